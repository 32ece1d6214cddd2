"""Calls and tickets thrown together at random, many at once: any event after any other, with gaps at the limits or just beside."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from random import Random
from typing import Any, Final

from schemas import events as ev
from schemas.events import ENTITY_FIELD, CallEvent, Event, TicketEvent
from schemas.values import DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS, EpochMs

START_MS: Final = 1_774_512_000_000  # Thursday, 2026-03-26T08:00:00Z; on Sunday clocks in Riga are put forward
QUEUES: Final = ("billing", "billing ", "Billing")
LIMITS_MS: Final = {
    "calls": (5 * SECOND_MS, 20 * SECOND_MS, 60 * SECOND_MS, 10 * MINUTE_MS, 4 * HOUR_MS, 12 * HOUR_MS, DAY_MS),
    "tickets": (2 * MINUTE_MS, 4 * MINUTE_MS, HOUR_MS, DAY_MS),
}
Fields = Callable[[Random], dict[str, Any]]
"""Of an event, drawn anew each time."""


def _some(rng: Random, **choices: Sequence[Any]) -> dict[str, Any]:
    """One of each, or nothing of it."""
    return {name: rng.choice(values) for name, values in choices.items() if rng.random() < 0.4}


CALLS: Final[Mapping[type[Event], tuple[int, Fields]]] = {
    ev.CallStarted: (2, lambda rng: _some(rng, direction=("inbound", "outbound"), channel=("phone", "chat", "other"))),
    ev.CallQueued: (
        6,
        lambda rng: {"queue": rng.choice(QUEUES), **_some(rng, channel=("phone", "chat", "video"), priority=("low", "urgent"))},
    ),
    ev.CallMissed: (1, lambda rng: {"agent_id": "ann"}),
    ev.CallAnswered: (5, lambda rng: {"agent_id": rng.choice(("ann", "bob")), **_some(rng, queue=("direct",))}),
    ev.CallHeld: (2, lambda rng: {}),
    ev.CallResumed: (2, lambda rng: {}),
    ev.CallTransferred: (2, lambda rng: {"to": "queue", "target": "billing", "kind": "blind"}),
    ev.CallLeft: (2, lambda rng: {"reason": rng.choice(("timeout", "callback", "voicemail", "other"))}),
    ev.CallAbandoned: (4, lambda rng: {}),
    ev.CallRejoined: (2, lambda rng: {}),
    ev.CallBlocked: (2, lambda rng: {"reason": rng.choice(("trunk_busy", "closed", "no_agents")), **_some(rng, queue=QUEUES)}),
    ev.CallEnded: (4, lambda rng: _some(rng, by=("customer", "agent", "system"))),
    ev.CallWrapped: (3, lambda rng: _some(rng, agent_id=("ann", "bob"))),
}
_PRIORITIES: Final = ("low", "normal", "high", "urgent")
_CHANNELS: Final = ("email", "social", "chat", "phone", "forum")
TICKETS: Final[Mapping[type[Event], tuple[int, Fields]]] = {
    ev.TicketCreated: (
        3,
        lambda rng: {
            "channel": rng.choice(_CHANNELS),
            **_some(rng, by=("customer", "agent", "system"), queue=QUEUES, priority=_PRIORITIES, call_id=("C1",)),
        },
    ),
    ev.TicketUpdated: (3, lambda rng: _some(rng, queue=QUEUES, priority=_PRIORITIES, channel=_CHANNELS)),
    ev.TicketAssigned: (3, lambda rng: {"agent_id": rng.choice(("ann", "bob", None)), **_some(rng, queue=QUEUES)}),
    ev.TicketMessage: (
        9,
        lambda rng: {
            "by": rng.choice(("customer", "customer", "agent", "agent", "bot")),
            **_some(rng, public=(True, True, False), auto=(False, True), thanks=(False, True)),
        },
    ),
    ev.TicketHandoff: (1, lambda rng: {}),
    ev.TicketStatus: (6, lambda rng: {"status": rng.choice(("open", "pending", "on_hold", "bot", "resolved", "resolved", "closed"))}),
    ev.TicketMerged: (1, lambda rng: {"into": "T0"}),
    ev.TicketDeleted: (1, lambda rng: {"reason": "spam"}),
}


def calls(rng: Random, count: int) -> list[list[CallEvent]]:
    return [_case(rng, "calls", CALLS, f"C{number}") for number in range(count)]


def tickets(rng: Random, count: int) -> list[list[TicketEvent]]:
    """Without snapshots: what is carried in has a past that nobody can read."""
    return [_case(rng, "tickets", TICKETS, f"T{number}") for number in range(count)]


def _case(rng: Random, topic: str, types: Mapping[type[Event], tuple[int, Fields]], id_: str) -> list[Any]:
    at_ms = START_MS + rng.randrange(HOUR_MS)
    events: list[Any] = []
    weights = [weight for weight, _ in types.values()]
    for number, event_type in enumerate(rng.choices(list(types), weights, k=rng.randrange(1, 12))):
        fields: dict[str, Any] = {
            "id": f"{rng.choice('ab')}{number}",
            "time": EpochMs(at_ms),
            "seq": rng.choice((0, 0, 0, 1)),
            ENTITY_FIELD[topic]: id_,
        }
        events.append(event_type(**fields, **types[event_type][1](rng)))
        at_ms += rng.choice((0, 0, rng.randrange(30 * SECOND_MS), rng.choice(LIMITS_MS[topic]) + rng.choice((-1, 0, 0, 1))))
    return events
