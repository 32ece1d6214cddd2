"""Events of the topic `calls`: anything with a live queue (phone, chat, video). Key: `call_id`.

A call may visit several queues, one after the other. A visit opens with `call.queued` and ends with the first of answered, abandoned,
left, blocked, ended after it, or with the next `call.queued`. RANK orders events of one call that share `time` and `seq`.
Optional fields are None when absent.
"""

from __future__ import annotations

from typing import ClassVar

from msgspec import Struct

from schemas.words import (
    BlockedReason,
    Channel,
    Direction,
    EndedBy,
    Id,
    Instant,
    Label,
    LeftReason,
    MissedReason,
    Priority,
    Seq,
    SipCode,
    TransferKind,
    TransferTo,
)


class CallBase(Struct, tag_field="type", gc=False, omit_defaults=True):
    """What every event of a call says."""

    id: Id
    time: Instant
    call_id: Id


class CallStarted(CallBase, tag="call.started"):
    """The call reached the system (trunk, IVR, chat opener). Without it the first event of the call stands for it."""

    RANK: ClassVar[int] = 1
    seq: Seq = 0
    source: str | None = None
    channel: Channel = "phone"
    direction: Direction = "inbound"
    customer_id: Id | None = None
    line: str | None = None
    case_id: Id | None = None


class CallQueued(CallBase, tag="call.queued"):
    """Opens a visit of that queue."""

    RANK: ClassVar[int] = 2
    queue: Label
    seq: Seq = 0
    source: str | None = None
    channel: Channel | None = None
    priority: Priority | None = None
    customer_id: Id | None = None
    case_id: Id | None = None


class CallOffered(CallBase, tag="call.offered"):
    """Rings at an agent."""

    RANK: ClassVar[int] = 3
    agent_id: Label
    seq: Seq = 0
    source: str | None = None


class CallMissed(CallBase, tag="call.missed"):
    """That offer failed; the visit goes on."""

    RANK: ClassVar[int] = 4
    agent_id: Label
    seq: Seq = 0
    source: str | None = None
    reason: MissedReason | None = None


class CallAnswered(CallBase, tag="call.answered"):
    """Agent and customer are connected; ends the visit as answered. Without an open visit: a direct call, handled but never
    offered to a queue; only then does `queue` count."""

    RANK: ClassVar[int] = 5
    agent_id: Label
    seq: Seq = 0
    source: str | None = None
    queue: Label | None = None


class CallHeld(CallBase, tag="call.held"):
    """The customer is put on hold."""

    RANK: ClassVar[int] = 6
    seq: Seq = 0
    source: str | None = None
    agent_id: Label | None = None


class CallResumed(CallBase, tag="call.resumed"):
    """Hold is over. Missing: the next end of the segment closes it."""

    RANK: ClassVar[int] = 7
    seq: Seq = 0
    source: str | None = None
    agent_id: Label | None = None


class CallTransferred(CallBase, tag="call.transferred"):
    """Ends the agent's segment. A transfer to a queue is followed by `call.queued`."""

    RANK: ClassVar[int] = 8
    to: TransferTo
    target: str
    kind: TransferKind
    seq: Seq = 0
    source: str | None = None


class CallLeft(CallBase, tag="call.left"):
    """Ends the visit as flow-out, with `callback` as outcome callback: neither answered nor abandoned."""

    RANK: ClassVar[int] = 9
    reason: LeftReason
    seq: Seq = 0
    source: str | None = None


class CallAbandoned(CallBase, tag="call.abandoned"):
    """The customer gave up: in a queue, ends the visit as abandoned; before any queue, `prequeue_abandoned`."""

    RANK: ClassVar[int] = 10
    seq: Seq = 0
    source: str | None = None


class CallRejoined(CallBase, tag="call.rejoined"):
    """Takes the last abandon back: the same customer is in the same visit again, as if never gone."""

    RANK: ClassVar[int] = 11
    seq: Seq = 0
    source: str | None = None


class CallBlocked(CallBase, tag="call.blocked"):
    """Not served for lack of lines, agents or network (`no_agents` also: the last agent left the queue). Ends an open visit as
    blocked."""

    RANK: ClassVar[int] = 12
    reason: BlockedReason
    seq: Seq = 0
    source: str | None = None
    queue: Label | None = None
    sip_code: SipCode | None = None


class CallEnded(CallBase, tag="call.ended"):
    """Conversation over; wrap-up starts. A visit still open ends as abandoned if `by` is customer, else as unobserved."""

    RANK: ClassVar[int] = 13
    seq: Seq = 0
    source: str | None = None
    by: EndedBy | None = None


class CallWrapped(CallBase, tag="call.wrapped"):
    """Wrap-up done. Missing: wrap-up is 0. Longer than the limit: capped there."""

    RANK: ClassVar[int] = 14
    seq: Seq = 0
    source: str | None = None
    agent_id: Label | None = None


CallEvent = (
    CallStarted
    | CallQueued
    | CallOffered
    | CallMissed
    | CallAnswered
    | CallHeld
    | CallResumed
    | CallTransferred
    | CallLeft
    | CallAbandoned
    | CallRejoined
    | CallBlocked
    | CallEnded
    | CallWrapped
)
