"""Events of the topic `tickets`: cases worked off without a live queue. Key: `ticket_id`.

RANK orders events of one ticket that share `time` and `seq`. Optional fields are None when absent.
"""

from __future__ import annotations

from typing import ClassVar

from msgspec import Struct

from schemas.words import Channel, CreatedBy, DeletedReason, Id, Instant, Label, MessageBy, Priority, Seq, Status


class TicketBase(Struct, tag_field="type", gc=False, omit_defaults=True):
    """What every event of a ticket says."""

    id: Id
    time: Instant
    ticket_id: Id


class TicketSnapshot(TicketBase, tag="ticket.snapshot"):
    """What is true now of a ticket whose past we did not see (first start, nightly repair): sets standings, asserts no past
    facts; events before it are taken in as they come."""

    RANK: ClassVar[int] = 0
    created: Instant
    status: Status
    seq: Seq = 0
    source: str | None = None
    queue: Label | None = None
    agent_id: Label | None = None
    channel: Channel | None = None
    priority: Priority | None = None
    waiting_since: Instant | None = None


class TicketCreated(TicketBase, tag="ticket.created"):
    """Opens the case. `by` customer or system: a customer is owed a reply from now on. `call_id`: logged for this call."""

    RANK: ClassVar[int] = 1
    channel: Channel
    seq: Seq = 0
    source: str | None = None
    call_id: Id | None = None
    queue: Label | None = None
    priority: Priority | None = None
    topic: Label | None = None
    customer_id: Id | None = None
    by: CreatedBy = "customer"


class TicketUpdated(TicketBase, tag="ticket.updated"):
    """Fields changed, an absent one did not; the ones in force at the time of a fact label it."""

    RANK: ClassVar[int] = 2
    seq: Seq = 0
    source: str | None = None
    queue: Label | None = None
    priority: Priority | None = None
    channel: Channel | None = None
    topic: Label | None = None
    customer_id: Id | None = None


class TicketAssigned(TicketBase, tag="ticket.assigned"):
    """The ticket has this person now; null: nobody."""

    RANK: ClassVar[int] = 3
    agent_id: Label | None
    seq: Seq = 0
    source: str | None = None
    queue: Label | None = None


class TicketMessage(TicketBase, tag="ticket.message"):
    """A public customer message starts a wait if none runs; a public agent message that is not `auto` ends it, a bot message ends it
    as a bot reply. `thanks`: a customer's last word, no reopen."""

    RANK: ClassVar[int] = 4
    by: MessageBy
    seq: Seq = 0
    source: str | None = None
    agent_id: Label | None = None
    public: bool = True
    auto: bool = False
    thanks: bool = False


class TicketHandoff(TicketBase, tag="ticket.handoff"):
    """Bot to people: a wait starts now unless an older unanswered customer message runs."""

    RANK: ClassVar[int] = 5
    seq: Seq = 0
    source: str | None = None


class TicketStatus(TicketBase, tag="ticket.status"):
    """`bot`: a machine has it; `pending` waits for the customer, `on_hold` for a third party; `resolved` stops the resolution clock, a
    later open, pending or on_hold is a reopen."""

    RANK: ClassVar[int] = 6
    status: Status
    seq: Seq = 0
    source: str | None = None
    agent_id: Label | None = None


class TicketMerged(TicketBase, tag="ticket.merged"):
    """Leaves every standing count, as if deleted; its oldest unanswered customer message counts in the target only if the producer
    repeats it there."""

    RANK: ClassVar[int] = 7
    into: Id
    seq: Seq = 0
    source: str | None = None


class TicketDeleted(TicketBase, tag="ticket.deleted"):
    """Leaves every standing count; its resolves and reopens are taken back, its other facts stay."""

    RANK: ClassVar[int] = 8
    reason: DeletedReason
    seq: Seq = 0
    source: str | None = None


TicketEvent = (
    TicketSnapshot
    | TicketCreated
    | TicketUpdated
    | TicketAssigned
    | TicketMessage
    | TicketHandoff
    | TicketStatus
    | TicketMerged
    | TicketDeleted
)
