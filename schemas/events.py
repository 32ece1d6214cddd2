"""Every event that an input topic may carry, as typed classes: a union tagged by the field `type`.

On the wire `time` (with `created` and `waiting_since`) is RFC 3339 or epoch milliseconds; behind `streams.core.intake` it is always
whole epoch milliseconds. Unknown fields are ignored.
"""

from __future__ import annotations

from typing import Final, get_args

from schemas.calls import (
    CallAbandoned,
    CallAnswered,
    CallBlocked,
    CallEnded,
    CallEvent,
    CallHeld,
    CallLeft,
    CallMissed,
    CallOffered,
    CallQueued,
    CallRejoined,
    CallResumed,
    CallStarted,
    CallTransferred,
    CallWrapped,
)
from schemas.tickets import (
    TicketAssigned,
    TicketCreated,
    TicketDeleted,
    TicketEvent,
    TicketHandoff,
    TicketMerged,
    TicketMessage,
    TicketSnapshot,
    TicketStatus,
    TicketUpdated,
)

Event = CallEvent | TicketEvent

# Topic -> its event classes by `type`, in the order of rank.
TYPES: Final[dict[str, dict[str, type[Event]]]] = {
    "calls": {cls.__struct_config__.tag: cls for cls in get_args(CallEvent)},
    "tickets": {cls.__struct_config__.tag: cls for cls in get_args(TicketEvent)},
}

# Topic -> the field that names the entity; it is also the record key.
ENTITY_FIELD: Final[dict[str, str]] = {"calls": "call_id", "tickets": "ticket_id"}

__all__ = [
    "ENTITY_FIELD",
    "TYPES",
    "CallAbandoned",
    "CallAnswered",
    "CallBlocked",
    "CallEnded",
    "CallEvent",
    "CallHeld",
    "CallLeft",
    "CallMissed",
    "CallOffered",
    "CallQueued",
    "CallRejoined",
    "CallResumed",
    "CallStarted",
    "CallTransferred",
    "CallWrapped",
    "Event",
    "TicketAssigned",
    "TicketCreated",
    "TicketDeleted",
    "TicketEvent",
    "TicketHandoff",
    "TicketMerged",
    "TicketMessage",
    "TicketSnapshot",
    "TicketStatus",
    "TicketUpdated",
]
