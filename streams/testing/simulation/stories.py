"""What happens to calls, tickets, agents and all the others in a simulated run: the usual and the odd, drawn from one `Random`.

Times like to lie at a threshold, or a millisecond beside it. What a network then does to the events is said in `traffic.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import Random
from typing import Any, Final

from schemas import events as ev
from schemas.events import ENTITY_FIELD, TYPES, Event
from schemas.surveys import SCALES
from schemas.values import DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS
from streams.testing.simulation.any_event import Step, any_event

THRESHOLDS_MS: Final = (5 * SECOND_MS, 20 * SECOND_MS, MINUTE_MS, 90 * SECOND_MS, 2 * MINUTE_MS, 4 * MINUTE_MS, 10 * MINUTE_MS)
LIMITS_MS: Final = (HOUR_MS, 4 * HOUR_MS, 12 * HOUR_MS, 16 * HOUR_MS, DAY_MS)


def gap_ms(rng: Random) -> int:
    """Between two events of a case."""
    match rng.randrange(10):
        case 0 | 1:
            return 0
        case 2 | 3 | 4:
            return rng.randrange(30 * SECOND_MS)
        case 5 | 6:
            return rng.choice(THRESHOLDS_MS) + rng.randrange(-1, 2)
        case 7:
            return rng.choice(LIMITS_MS) + rng.randrange(-1, 2)
        case 8:
            return rng.randrange(5 * HOUR_MS)
    return rng.randrange(5 * MINUTE_MS)


def case(rng: Random, topic: str, entity_id: str, start_ms: int) -> list[Event]:
    """The events of one case in the order in which they are told, at least one; their times mostly say the same."""
    told = list(STORIES[topic](rng))
    if len(told) > 1 and rng.random() < 0.3:
        del told[rng.randrange(len(told))]
    if rng.random() < 0.2 or not told:
        told.insert(rng.randint(0, len(told)), any_event(rng, rng.choice(list(TYPES[topic].values()))))
    times_ms = [start_ms]
    for _ in told[1:]:
        times_ms.append(times_ms[-1] + gap_ms(rng))
    if rng.random() < 0.2:
        times_ms[rng.randrange(len(times_ms))] = rng.randint(times_ms[0], times_ms[-1])
    events = []
    event_type: Any
    for number, (event_type, fields) in enumerate(told):
        # Ids that do not sort like the events; seq seldom.
        own = {"id": f"{rng.choice('ab')}{number}", "seq": rng.choice((0, 0, 0, 0, 1, 2)), ENTITY_FIELD[topic]: entity_id}
        events.append(event_type(time=times_ms[number], **fields, **own))
    return events


def _call(rng: Random) -> Iterator[Step]:
    match rng.randrange(8):
        case 0:
            yield any_event(rng, ev.CallStarted)
            yield any_event(rng, rng.choice((ev.CallAbandoned, ev.CallBlocked)))
        case 1:
            yield any_event(rng, ev.CallStarted, direction="outbound")
            yield from _conversation(rng)
        case 2:
            yield from _conversation(rng)
        case _:
            if rng.random() < 0.6:
                yield any_event(rng, ev.CallStarted)
            for _ in range(rng.randint(1, 2)):
                yield from _visit(rng)
            if rng.random() < 0.3:
                yield any_event(rng, ev.CallEnded)


def _visit(rng: Random) -> Iterator[Step]:
    """One stay in a queue, with what became of it, or nothing."""
    yield any_event(rng, ev.CallQueued)
    for _ in range(rng.randrange(3)):
        yield any_event(rng, ev.CallOffered)
        if rng.random() < 0.5:
            yield any_event(rng, ev.CallMissed)
    match rng.randrange(8):
        case 0 | 1 | 2:
            yield from _conversation(rng)
        case 3:
            yield any_event(rng, ev.CallAbandoned)
        case 4:
            yield any_event(rng, ev.CallAbandoned)
            yield any_event(rng, ev.CallRejoined)
            yield from _conversation(rng)
        case 5:
            yield any_event(rng, rng.choice((ev.CallLeft, ev.CallBlocked)))
        case 6:
            yield any_event(rng, ev.CallEnded)


def _conversation(rng: Random) -> Iterator[Step]:
    yield any_event(rng, ev.CallAnswered)
    for _ in range(rng.randrange(2)):
        yield any_event(rng, ev.CallHeld)
        if rng.random() < 0.8:
            yield any_event(rng, ev.CallResumed)
    match rng.randrange(4):
        case 0 | 1:
            yield any_event(rng, ev.CallEnded)
            yield any_event(rng, ev.CallWrapped)
        case 2:
            yield any_event(rng, ev.CallTransferred)


def _ticket(rng: Random) -> Iterator[Step]:
    match rng.randrange(6):
        case 0 | 1 | 2:
            yield any_event(rng, ev.TicketCreated)
        case 3:
            yield any_event(rng, ev.TicketSnapshot)
        case 4:
            yield any_event(rng, ev.TicketMessage)
    for _ in range(rng.randrange(5)):
        yield from rng.choice(TICKET_WORK)(rng)
    match rng.randrange(8):
        case 0:
            yield any_event(rng, ev.TicketStatus, status="closed")
        case 1:
            yield any_event(rng, rng.choice((ev.TicketMerged, ev.TicketDeleted)))
        case 2:
            yield any_event(rng, rng.choice((ev.TicketCreated, ev.TicketSnapshot)))  # told late


def _exchange(rng: Random) -> Iterator[Step]:
    for _ in range(rng.randint(1, 2)):
        yield any_event(rng, ev.TicketMessage, by="customer")
    if rng.random() < 0.7:
        yield any_event(rng, ev.TicketMessage, by="agent", public=True, auto=False)


def _bot(rng: Random) -> Iterator[Step]:
    if rng.random() < 0.5:
        yield any_event(rng, ev.TicketStatus, status="bot")
    yield any_event(rng, ev.TicketMessage, by="bot")
    yield any_event(rng, rng.choice((ev.TicketHandoff, ev.TicketStatus)))


def _handling(rng: Random) -> Iterator[Step]:
    yield any_event(rng, rng.choice((ev.TicketAssigned, ev.TicketStatus, ev.TicketUpdated)))


def _solved(rng: Random) -> Iterator[Step]:
    yield any_event(rng, ev.TicketStatus, status="resolved")
    if rng.random() < 0.4:
        yield any_event(rng, rng.choice((ev.TicketStatus, ev.TicketMessage)))


TICKET_WORK: Final[tuple[Callable[[Random], Iterator[Step]], ...]] = (_exchange, _exchange, _bot, _handling, _handling, _solved)


def _agent(rng: Random) -> Iterator[Step]:
    """Work, with heartbeats or without, and silences."""
    beats = rng.random() < 0.6
    for _ in range(rng.randint(1, 6)):
        yield any_event(rng, ev.AgentState)
        for _ in range(rng.randrange(6) if beats else 0):
            yield any_event(rng, ev.AgentHeartbeat)


def _survey(rng: Random) -> Iterator[Step]:
    """Asked or not, answered, and answered anew."""
    kind = rng.choice(tuple(SCALES))
    if rng.random() < 0.6:
        yield any_event(rng, ev.SurveySent, kind=kind)
    for _ in range(rng.randrange(3)):
        yield any_event(rng, ev.SurveyAnswered, kind=kind)


def _customer(rng: Random) -> Iterator[Step]:
    """Comes, buys, goes, and comes again."""
    for _ in range(rng.randint(1, 2)):
        if rng.random() < 0.7:
            yield any_event(rng, ev.CustomerJoined)
        for _ in range(rng.randrange(4)):
            yield any_event(rng, rng.choice((ev.CustomerPurchased, ev.CustomerActive)))
        if rng.random() < 0.3:
            yield any_event(rng, ev.CustomerLeft)


def _view(rng: Random) -> Iterator[Step]:
    if rng.random() < 0.8:
        yield any_event(rng, ev.ArticleOpened)
    for _ in range(rng.randrange(3)):
        yield any_event(rng, ev.ArticleRead)
    if rng.random() < 0.3:
        yield any_event(rng, ev.ArticleContacted)


def _entry(rng: Random) -> Iterator[Step]:
    for _ in range(rng.randint(1, 3)):
        yield any_event(rng, ev.FinanceEntry)


STORIES: Final[dict[str, Callable[[Random], Iterator[Step]]]] = {
    "calls": _call,
    "tickets": _ticket,
    "agents": _agent,
    "surveys": _survey,
    "customers": _customer,
    "articles": _view,
    "finance": _entry,
}
