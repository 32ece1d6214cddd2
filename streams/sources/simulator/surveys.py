"""What people say when asked: customers after calls and tickets, who are less content where they waited long; reviewers; agents."""

from __future__ import annotations

import random

from schemas.values import HOUR_MS, MINUTE_MS

from .centre import Habits
from .tape import Subject, Tape

_CSAT = (0.05, 0.10, 0.22, 0.52)  # up to 1, 2, 3, 4 of 5
_NPS_DETRACTOR, _NPS_PASSIVE = 0.22, 0.50


class Surveys:
    """Sends a survey for some of what is finished, and some are answered."""

    def __init__(self, habits: Habits, tape: Tape, rng: random.Random, more: random.Random) -> None:
        """more: for what is asked beside the first question"""
        self._habits = habits
        self._tape = tape
        self._rng = rng
        self._more = more

    def ask(self, kind: str, case_id: str, labels: dict[str, object], content: float) -> None:
        """`content` 0..1 moves the answer: 1 is the usual, less is worse."""
        self._ask_more(case_id, labels, content)
        if self._rng.random() >= self._habits.surveyed:
            return
        survey = Subject("surveys", self._tape.new_id("surveys"))
        fields = {"kind": kind, "case_id": case_id, **labels}
        self._tape.say(survey, "survey.sent", fields)
        if self._rng.random() < self._habits.answers_survey:
            score = self._score(kind, self._rng.random() * content)
            wait_ms = round(min(self._rng.expovariate(1 / (40 * MINUTE_MS)), 48 * HOUR_MS))
            self._tape.after(wait_ms, self._tape.say, survey, "survey.answered", {**fields, "score": score})

    def ask_agent(self) -> None:
        """Somebody of the staff, who is not named, says what they think of their work."""
        survey = Subject("surveys", self._tape.new_id("surveys"))
        self._tape.say(survey, "survey.answered", {"kind": "agent_satisfaction", "score": self._more.choice((1, 2, 3, 3, 4, 4, 4, 5))})

    def _ask_more(self, case_id: str, labels: dict[str, object], content: float) -> None:
        rng, fields = self._more, {"case_id": case_id, **labels}
        if rng.random() < self._habits.surveyed * self._habits.answers_survey:
            survey = Subject("surveys", self._tape.new_id("surveys"))
            effort = {"kind": "ces", "score": 1 + round(6 * content * rng.random() ** 0.5), **fields}
            self._tape.after(round(rng.uniform(1, 60) * MINUTE_MS), self._tape.say, survey, "survey.answered", effort)
        if rng.random() < self._habits.reviewed:
            survey = Subject("surveys", self._tape.new_id("surveys"))
            review = {"kind": "iqs", "score": round(60 + 40 * rng.random() ** 0.5, 1), **fields}
            self._tape.after(round(rng.uniform(1, 8) * HOUR_MS), self._tape.say, survey, "survey.answered", review)

    def _score(self, kind: str, draw: float) -> int:
        if kind == "nps":
            if draw < _NPS_DETRACTOR:
                return int(draw / _NPS_DETRACTOR * 7)
            return (
                7 + int((draw - _NPS_DETRACTOR) / (_NPS_PASSIVE - _NPS_DETRACTOR) * 2) if draw < _NPS_PASSIVE else self._rng.choice((9, 10))
            )
        return 1 + sum(draw >= edge for edge in _CSAT)
