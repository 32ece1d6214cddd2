"""The fold of an agent: what a person who works is doing, and in which queues (events.md, topic `agents`; metrics.md, section 5).

What was told last is in force while there are signs of life: who once sent heartbeats and is silent for 90 s, or sends nothing for 16 h,
is offline until the next one. A state with `until` ends then by itself: wrap-up turns into available, every other into offline. An agent
is never forgotten: the case has no end.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import msgspec

from schemas import fields as f
from schemas.events import AgentHeartbeat, AgentState
from schemas.values import NEVER_MS, SITE, Cell, EpochMs
from streams.core.cases.desk import OFFLINE, Desk, heard, live, show, silence_ms
from streams.core.cases.fold import Fact, Standing
from streams.core.cases.heartbeats import hear
from streams.core.clocks.policy import Policy

_PLACES: Final = {state: place for place, state in enumerate(f.AGENT_STATES)}
_STATES: Final = tuple(f.AGENTS.values())
_QUEUE_STATES: Final = tuple(f.QUEUE_AGENTS.values())


class AgentFold:
    """See `Fold`. The instance has no state."""

    topic = "agents"
    event_types: tuple[type, ...] = (AgentState, AgentHeartbeat)

    def begin(self, base: Desk | None, events: Iterable[Any]) -> Desk:
        return Desk() if base is None else msgspec.structs.replace(base, runs=base.runs.copy())

    def fits(self, state: Desk, event: Any) -> bool:
        # Heartbeats are not in the log, so it does not know how far they went.
        return event.time >= state.told_ms and (not state.runs or event.time > state.runs[-1])

    def step(self, state: Desk, event: Any, policy: Policy, facts: list[Fact]) -> None:
        at_ms = event.time
        live(state, at_ms, 0, facts)
        if type(event) is AgentHeartbeat:
            hear(state.runs, at_ms)
            state.lived_runs = len(state.runs) // 2
            if state.first_beat_ms < 0:
                state.first_beat_ms = at_ms
            heard(state, at_ms, at_ms, facts)
            return
        state.state = _PLACES[event.state]
        state.until_ms = NEVER_MS if event.until is None or state.state == OFFLINE else max(event.until, at_ms)
        state.told_ms = at_ms
        state.sign_ms = max(state.sign_ms, at_ms)
        state.silent = False
        show(state, at_ms, state.queues if event.queues is None else sorted(set(event.queues)), facts)

    def due_ms(self, state: Desk, policy: Policy) -> EpochMs:
        return EpochMs(min(state.until_ms, silence_ms(state)))

    def pass_due(self, state: Desk, now_ms: EpochMs, policy: Policy, facts: list[Fact]) -> EpochMs:
        return EpochMs(live(state, NEVER_MS, now_ms, facts))

    def standings(self, state: Desk) -> tuple[Standing, ...]:
        since_ms = state.since_ms
        if since_ms < 0:
            return ()
        of_queue = _QUEUE_STATES[state.shown]
        queues = [(of_queue, Cell(queue, "", ""), since_ms) for queue in state.queues]
        return ((_STATES[state.shown], SITE, since_ms), *(queues or [(of_queue, SITE, since_ms)]))

    def ended_ms(self, state: Desk) -> EpochMs:
        return EpochMs(NEVER_MS)


AGENTS: Final = AgentFold()
