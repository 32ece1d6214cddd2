"""The fold of a survey (events.md, topic `surveys`).

Answers.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import msgspec

from schemas.events import SurveyAnswered, SurveySent
from schemas.values import EpochMs
from streams.core.cases.fold import NEVER_MS, Fact, Standing
from streams.core.clocks.policy import Policy


class SurveyState(msgspec.Struct, array_like=True, gc=False):
    """All that the next event needs to know."""

    last_ms: int = -1


class SurveyFold:
    """See `Fold`. The instance has no state."""

    topic = "surveys"
    event_types: tuple[type, ...] = (SurveyAnswered, SurveySent)

    def begin(self, base: SurveyState | None, events: Iterable[Any]) -> SurveyState:
        return SurveyState() if base is None else msgspec.structs.replace(base)

    def fits(self, state: SurveyState, event: Any) -> bool:
        return True

    def step(self, state: SurveyState, event: Any, policy: Policy, facts: list[Fact]) -> None:
        state.last_ms = event.time

    def due_ms(self, state: SurveyState, policy: Policy) -> EpochMs:
        return EpochMs(NEVER_MS)

    def pass_due(self, state: SurveyState, now_ms: EpochMs, policy: Policy, facts: list[Fact]) -> EpochMs:
        return EpochMs(0)

    def standings(self, state: SurveyState) -> tuple[Standing, ...]:
        return ()

    def ended_ms(self, state: SurveyState) -> EpochMs:
        return EpochMs(state.last_ms)


SURVEYS: Final = SurveyFold()
