"""Short words to tell a ticket, and what the fold makes of it. Times are seconds after the start of the tale."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from schemas import fields as f
from schemas.events import (
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
from schemas.values import Cell, EpochMs
from streams.core.cases.fold import Fact
from streams.core.cases.tickets import TICKETS, TicketState
from streams.core.clocks.policy import Policy
from tests.core.cases import tale
from tests.core.cases.tale import Truth, net

Tale = Truth[TicketState]

START_MS = tale.START_MS
MINUTE, HOUR, DAY = 60, 3_600, 86_400
POLICY = Policy()
MAIL = Cell("billing", "email", "normal")


def ms(at_s: float) -> EpochMs:
    return EpochMs(START_MS + int(at_s * 1000))


def created(at_s: float, channel: str = "email", queue: str | None = "billing", **more: Any) -> TicketCreated:
    return TicketCreated(id="", time=ms(at_s), ticket_id="T1", channel=channel, queue=queue, **more)  # type: ignore[arg-type]


def snapshot(at_s: float, status: str, created_s: float, waiting_since_s: float | None = None, **more: Any) -> TicketSnapshot:
    since_ms = None if waiting_since_s is None else ms(waiting_since_s)
    return TicketSnapshot(
        id="",
        time=ms(at_s),
        ticket_id="T1",
        created=ms(created_s),
        status=status,  # type: ignore[arg-type]
        waiting_since=since_ms,
        **more,
    )


def updated(at_s: float, **more: Any) -> TicketUpdated:
    return TicketUpdated(id="", time=ms(at_s), ticket_id="T1", **more)


def assigned(at_s: float, agent_id: str | None = "ann", **more: Any) -> TicketAssigned:
    return TicketAssigned(id="", time=ms(at_s), ticket_id="T1", agent_id=agent_id, **more)


def writes(at_s: float, by: str, **more: Any) -> TicketMessage:
    return TicketMessage(id="", time=ms(at_s), ticket_id="T1", by=by, **more)  # type: ignore[arg-type]


def customer(at_s: float, **more: Any) -> TicketMessage:
    return writes(at_s, "customer", **more)


def agent(at_s: float, **more: Any) -> TicketMessage:
    return writes(at_s, "agent", **more)


def bot(at_s: float, **more: Any) -> TicketMessage:
    return writes(at_s, "bot", **more)


def handoff(at_s: float) -> TicketHandoff:
    return TicketHandoff(id="", time=ms(at_s), ticket_id="T1")


def status(at_s: float, word: str, **more: Any) -> TicketStatus:
    return TicketStatus(id="", time=ms(at_s), ticket_id="T1", status=word, **more)  # type: ignore[arg-type]


def resolved(at_s: float) -> TicketStatus:
    return status(at_s, "resolved")


def merged(at_s: float) -> TicketMerged:
    return TicketMerged(id="", time=ms(at_s), ticket_id="T1", into="T2")


def deleted(at_s: float) -> TicketDeleted:
    return TicketDeleted(id="", time=ms(at_s), ticket_id="T1", reason="spam")


def status_of(tale: Tale) -> str | None:
    """Of an unresolved ticket."""
    words = [word for word, standing in f.UNRESOLVED.items() if tale.since(standing)]
    assert len(words) <= 1
    return words[0] if words else None


def tell(*events: TicketEvent, now_s: float | None = None, policy: Policy = POLICY) -> Tale:
    """Fold the events as told, in order of time; without `now_s` the clock stands at the last of them."""
    for number, event in enumerate(events):
        event.id = f"e{number:02}"
    ordered = sorted(events, key=order)
    return fold(ordered, ordered[-1].time if now_s is None else ms(now_s), policy)


def fold(events: Sequence[TicketEvent], now_ms: EpochMs, policy: Policy = POLICY) -> Tale:
    """Events in order -> what is true at `now_ms`."""
    facts: list[Fact] = []
    state = TICKETS.begin(None, events)
    for event in events:
        TICKETS.step(state, event, policy, facts)
    TICKETS.pass_due(state, now_ms, policy, facts)
    return Truth(net(facts), TICKETS.standings(state), state)


def order(event: TicketEvent) -> tuple[int, int, int, str]:
    return event.time, event.seq, event.RANK, event.id
