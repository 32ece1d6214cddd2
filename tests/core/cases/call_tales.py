"""Short words to tell a call, and what the fold makes of it. Times are seconds after the start of the tale."""

from __future__ import annotations

from typing import Any, TypeVar

from schemas import fields as f
from schemas.events import (
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
from schemas.values import Cell, EpochMs
from streams.core.cases.call_state import CallState
from streams.core.cases.calls import CALLS
from streams.core.cases.fold import Fact
from streams.core.clocks.policy import Policy
from tests.core.cases import tale
from tests.core.cases.tale import Truth, net

Tale = Truth[CallState]

START_MS = tale.START_MS
MINUTE, HOUR = 60, 3_600
POLICY = Policy()
BILLING = Cell("billing", "phone", "normal")
SUPPORT = Cell("support", "phone", "normal")
NOWHERE = Cell("", "phone", "normal")


OUTCOMES = {
    "answered": f.ANSWER_WAIT,
    "abandoned": f.ABANDON_WAIT,
    "short_abandoned": f.CALLS_SHORT_ABANDONED,
    "callback": f.CALLS_CALLBACK,
    "blocked": f.BLOCKED_IN_QUEUE,
    "unobserved": f.CALLS_UNOBSERVED,
    **{f"left {reason}": field for reason, field in f.LEFT.items()},
}


def ms(at_s: float) -> EpochMs:
    return EpochMs(START_MS + round(at_s * 1000))


E = TypeVar("E")


def _event(kind: type[E], at_s: float, fields: dict[str, Any]) -> E:
    return kind(**{"id": "", "time": ms(at_s), "call_id": "C1", **fields})


def started(at_s: float, **more: Any) -> CallStarted:
    return _event(CallStarted, at_s, more)


def queued(at_s: float, queue: str = "billing", **more: Any) -> CallQueued:
    return _event(CallQueued, at_s, {"queue": queue, **more})


def offered(at_s: float, agent_id: str = "ann") -> CallOffered:
    return _event(CallOffered, at_s, {"agent_id": agent_id})


def missed(at_s: float, agent_id: str = "ann", **more: Any) -> CallMissed:
    return _event(CallMissed, at_s, {"agent_id": agent_id, **more})


def answered(at_s: float, agent_id: str = "ann", **more: Any) -> CallAnswered:
    return _event(CallAnswered, at_s, {"agent_id": agent_id, **more})


def held(at_s: float) -> CallHeld:
    return _event(CallHeld, at_s, {})


def resumed(at_s: float) -> CallResumed:
    return _event(CallResumed, at_s, {})


def transferred(at_s: float, to: str = "queue", target: str = "support", kind: str = "blind") -> CallTransferred:
    return _event(CallTransferred, at_s, {"to": to, "target": target, "kind": kind})


def left(at_s: float, reason: str = "timeout") -> CallLeft:
    return _event(CallLeft, at_s, {"reason": reason})


def abandoned(at_s: float, **more: Any) -> CallAbandoned:
    return _event(CallAbandoned, at_s, more)


def rejoined(at_s: float) -> CallRejoined:
    return _event(CallRejoined, at_s, {})


def blocked(at_s: float, reason: str = "no_agents", **more: Any) -> CallBlocked:
    return _event(CallBlocked, at_s, {"reason": reason, **more})


def ended(at_s: float, by: str | None = None) -> CallEnded:
    return _event(CallEnded, at_s, {"by": by})


def wrapped(at_s: float, agent_id: str | None = None) -> CallWrapped:
    return _event(CallWrapped, at_s, {"agent_id": agent_id})


def tell(*events: CallEvent, now_s: float | None = None, policy: Policy = POLICY) -> Tale:
    """The call as these events make it at `now_s`, else at the last of them; any order is sorted, as the shard does."""
    for number, event in enumerate(events):
        event.id = f"e{number:02}"
    ordered = sorted(events, key=lambda event: (event.time, event.seq, event.RANK, event.id))
    facts: list[Fact] = []
    state = CALLS.begin(None, ordered)
    for event in ordered:
        CALLS.step(state, event, policy, facts)
    CALLS.pass_due(state, ordered[-1].time if now_s is None else ms(now_s), policy, facts)
    return Truth(net(facts), CALLS.standings(state), state)


def outcomes(tale: Tale) -> list[str]:
    """Of its visits that have ended, by name."""
    return sorted(name for name, field in OUTCOMES.items() for _ in range(tale.count(field)))


def service(tale: Tale) -> tuple[list[float], list[float]]:
    """When it counted as in, and as out."""
    return tale.when(f.SERVICE_IN), tale.when(f.SERVICE_OUT)
