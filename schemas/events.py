"""Every event that an input topic may carry, as typed classes: a union tagged by the field `type`.

On the wire `time` (with `created` and `waiting_since`) is RFC 3339 or epoch milliseconds; behind `streams.core.intake` it is always
whole epoch milliseconds. Unknown fields are ignored.
"""

from __future__ import annotations

from typing import Any, Final, get_args

from schemas.agents import AgentEvent, AgentHeartbeat, AgentState
from schemas.articles import ArticleContacted, ArticleEvent, ArticleOpened, ArticleRead
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
from schemas.customers import CustomerActive, CustomerEvent, CustomerJoined, CustomerLeft, CustomerPurchased
from schemas.finance import FinanceEntry, FinanceEvent
from schemas.surveys import SurveyAnswered, SurveyEvent, SurveySent
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

Event = CallEvent | TicketEvent | AgentEvent | SurveyEvent | CustomerEvent | ArticleEvent | FinanceEvent

# Input topic -> the union of its event classes, in the order of rank.
UNIONS: Final[dict[str, Any]] = {
    "calls": CallEvent,
    "tickets": TicketEvent,
    "agents": AgentEvent,
    "surveys": SurveyEvent,
    "customers": CustomerEvent,
    "articles": ArticleEvent,
    "finance": FinanceEvent,
}

# Topic -> its event classes by `type`. A union of one is that one.
TYPES: Final[dict[str, dict[str, type[Event]]]] = {
    topic: {cls.__struct_config__.tag: cls for cls in get_args(union) or (union,)} for topic, union in UNIONS.items()
}

# Topic -> the field that names the entity; it is also the record key.
ENTITY_FIELD: Final[dict[str, str]] = {
    "calls": "call_id",
    "tickets": "ticket_id",
    "agents": "agent_id",
    "surveys": "survey_id",
    "customers": "customer_id",
    "articles": "view_id",
    "finance": "entry_id",
}

__all__ = [
    "ENTITY_FIELD",
    "TYPES",
    "UNIONS",
    "AgentEvent",
    "AgentHeartbeat",
    "AgentState",
    "ArticleContacted",
    "ArticleEvent",
    "ArticleOpened",
    "ArticleRead",
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
    "CustomerActive",
    "CustomerEvent",
    "CustomerJoined",
    "CustomerLeft",
    "CustomerPurchased",
    "Event",
    "FinanceEntry",
    "FinanceEvent",
    "SurveyAnswered",
    "SurveyEvent",
    "SurveySent",
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
