"""The fold of an agent: what a person who works is doing (events.md, topic `agents`).

An agent is never forgotten: the case has no end.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import msgspec

from schemas.events import AgentHeartbeat, AgentState
from schemas.values import EpochMs
from streams.core.cases.fold import NEVER_MS, Fact, Standing
from streams.core.clocks.policy import Policy


class Desk(msgspec.Struct, array_like=True, gc=False):
    """All that the next event needs to know."""

    last_ms: int = -1


class AgentFold:
    """See `Fold`. The instance has no state."""

    topic = "agents"
    event_types: tuple[type, ...] = (AgentState, AgentHeartbeat)

    def begin(self, base: Desk | None, events: Iterable[Any]) -> Desk:
        return Desk() if base is None else msgspec.structs.replace(base)

    def fits(self, state: Desk, event: Any) -> bool:
        return True

    def step(self, state: Desk, event: Any, policy: Policy, facts: list[Fact]) -> None:
        state.last_ms = event.time

    def due_ms(self, state: Desk, policy: Policy) -> EpochMs:
        return EpochMs(NEVER_MS)

    def pass_due(self, state: Desk, now_ms: EpochMs, policy: Policy, facts: list[Fact]) -> EpochMs:
        return EpochMs(0)

    def standings(self, state: Desk) -> tuple[Standing, ...]:
        return ()

    def ended_ms(self, state: Desk) -> EpochMs:
        return EpochMs(NEVER_MS)


AGENTS: Final = AgentFold()
