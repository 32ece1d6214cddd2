"""Agents as cases: they send heartbeats all day, which do not go into the log."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from schemas.events import AgentHeartbeat
from schemas.values import EpochMs
from streams.core.cases.case import Case
from streams.core.cases.desk import remember
from streams.core.cases.fold import Fact
from streams.core.cases.heartbeats import hear
from streams.core.cases.kind import CaseKind, Verdict
from streams.core.clocks.policy import Policy


class AgentKind(CaseKind):
    """The state keeps the runs of heartbeats, whatever the case is folded from."""

    def add(self, case: Case, event: Any, policy: Policy, now_ms: EpochMs, facts: list[Fact]) -> Verdict:
        if type(event) is not AgentHeartbeat:
            return super().add(case, event, policy, now_ms, facts)
        runs = case.state.runs.copy()
        if not hear(runs, event.time):
            return "duplicate"  # there may have been none at that instant, but it says nothing new
        if event.time < case.sealed_ms:
            return "too_late"
        if event.time > case.passed_ms and self._fits(case.state, event):
            self._step(case.state, event, policy, facts)
        else:
            self._hear_late(case, runs, event.time, policy, now_ms, facts)
        return "accepted"

    def _hear_late(self, case: Case, runs: list[int], heard_ms: int, policy: Policy, now_ms: EpochMs, facts: list[Fact]) -> None:
        events = self._take_back(case, policy, now_ms, facts)
        first_ms = case.state.first_beat_ms
        case.state.runs, case.state.first_beat_ms = runs, heard_ms if first_ms < 0 else min(first_ms, heard_ms)
        self._assert_anew(case, events, policy, now_ms, facts)

    def _begin(self, case: Case, base: Any, events: Sequence[Any]) -> Any:
        desk = super()._begin(case, base, events)
        remember(desk, case.state.runs, case.state.first_beat_ms)
        return desk
