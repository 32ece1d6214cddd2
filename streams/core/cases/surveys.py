"""The fold of a survey: who was asked, and what the answer in force says (events.md, topic `surveys`; metrics.md, sections 5 and 7).

A later answer takes the place of the former: the former one's facts are taken back. Scores are thousandths of the usual scale of their
kind; what is finer is cut off, so no score reaches a threshold that it did not. Answers of agents about their work count for the site
alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import msgspec

from schemas import fields as f
from schemas.amounts import thousandths
from schemas.events import SurveyAnswered, SurveySent
from schemas.surveys import SCALES, scale_of
from schemas.values import NO_QUEUE, SITE, Cell, EpochMs
from streams.core.cases.fold import NEVER_MS, Fact, Standing
from streams.core.cases.persons import cell_of
from streams.core.clocks.policy import Policy

SATISFIED: Final = 4_000
EASY: Final = 5_000
PROMOTER: Final = 9_000
PASSIVE: Final = 7_000


class SurveyState(msgspec.Struct, array_like=True, gc=False):
    """All that the next event needs to know.

    cells     where the answer in force counts
    sent_ms   when it was sent to ask a customer how satisfied they are, -1 if it was not
    """

    last_ms: int = -1
    kind: str = ""
    score: int = 0
    answered_ms: int = -1
    cells: tuple[Cell, ...] = ()
    sent_ms: int = -1
    sent_cells: tuple[Cell, ...] = ()


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
        if type(event) is SurveyAnswered:
            _answer(state, event, policy, facts)
        elif event.kind == "csat" and state.sent_ms < 0:
            state.sent_ms = event.time
            state.sent_cells = _cells(event, policy)
            facts.extend((f.CSAT_SENT, state.sent_ms, cell, 0, 1) for cell in state.sent_cells)
            if state.answered_ms >= 0:
                facts.extend((f.CSAT_SENT_ANSWERED, state.sent_ms, cell, 0, 1) for cell in state.sent_cells)

    def due_ms(self, state: SurveyState, policy: Policy) -> EpochMs:
        return EpochMs(NEVER_MS)

    def pass_due(self, state: SurveyState, now_ms: EpochMs, policy: Policy, facts: list[Fact]) -> EpochMs:
        return EpochMs(0)

    def standings(self, state: SurveyState) -> tuple[Standing, ...]:
        return ()

    def ended_ms(self, state: SurveyState) -> EpochMs:
        return EpochMs(state.last_ms)


def _answer(state: SurveyState, event: SurveyAnswered, policy: Policy, facts: list[Fact]) -> None:
    if state.answered_ms >= 0:
        _say(state, -1, facts)
    elif state.sent_ms >= 0:
        facts.extend((f.CSAT_SENT_ANSWERED, state.sent_ms, cell, 0, 1) for cell in state.sent_cells)
    state.kind = event.kind
    state.score = usual_score(event)
    state.answered_ms = event.time
    state.cells = (SITE,) if event.kind == "agent_satisfaction" else _cells(event, policy)
    _say(state, 1, facts)


def usual_score(answer: SurveyAnswered) -> int:
    """The score in thousandths, moved from its own scale to the usual one: lowest to lowest, highest to highest, straight between."""
    low, high = (thousandths(end) for end in scale_of(answer))
    usual_low, usual_high = (end * 1_000 for end in SCALES[answer.kind])
    if high <= low:  # ends that differ by less than a thousandth
        return usual_low
    return usual_low + (thousandths(answer.score) - low) * (usual_high - usual_low) // (high - low)


def _say(state: SurveyState, weight: int, facts: list[Fact]) -> None:
    """Assert the answer in force (weight 1), or take it back (-1)."""
    counted = [(field, amount) for field, amount in _COUNTED[state.kind](state.score) if amount]
    facts.extend((field, state.answered_ms, cell, 0, weight * amount) for cell in state.cells for field, amount in counted)


def _csat(score: int) -> tuple[tuple[int, int], ...]:
    return (f.CSAT[score // 1_000], 1), (f.CSAT_SCORES, score)


def _nps(score: int) -> tuple[tuple[int, int], ...]:
    return ((f.NPS["promoters" if score >= PROMOTER else "passives" if score >= PASSIVE else "detractors"], 1),)


def _ces(score: int) -> tuple[tuple[int, int], ...]:
    return (f.CES, 1), (f.CES_SCORES, score), (f.CES_EASY, int(score >= EASY))


def _iqs(score: int) -> tuple[tuple[int, int], ...]:
    return (f.IQS, 1), (f.IQS_SCORES, score)


def _agent_satisfaction(score: int) -> tuple[tuple[int, int], ...]:
    return (f.AGENT_SATISFACTION, 1), (f.AGENT_SATISFACTION_SCORES, score), (f.AGENTS_SATISFIED, int(score >= SATISFIED))


_COUNTED: Final = {"csat": _csat, "nps": _nps, "ces": _ces, "iqs": _iqs, "agent_satisfaction": _agent_satisfaction}


def _cells(event: SurveyAnswered | SurveySent, policy: Policy) -> tuple[Cell, ...]:
    """Under its labels, and where that is wanted, once more for the agent."""
    cell = Cell(event.queue or NO_QUEUE, event.channel or "other", "normal")
    if policy.per_agent and event.agent_id is not None:
        return cell, cell_of(event.agent_id)
    return (cell,)


SURVEYS: Final = SurveyFold()
