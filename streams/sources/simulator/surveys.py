"""What customers say when asked: satisfaction after calls and tickets. Who waited long is less content."""

from __future__ import annotations

import random

from schemas.values import HOUR_MS, MINUTE_MS

from .centre import Habits
from .tape import Subject, Tape

_CSAT = (0.05, 0.10, 0.22, 0.52)  # up to 1, 2, 3, 4 of 5
_NPS_DETRACTOR, _NPS_PASSIVE = 0.22, 0.50


class Surveys:
    """Sends a survey for some of what is finished, and some are answered."""

    def __init__(self, habits: Habits, tape: Tape, rng: random.Random) -> None:
        self._habits = habits
        self._tape = tape
        self._rng = rng

    def ask(self, kind: str, case_id: str, labels: dict[str, object], content: float) -> None:
        """`content` 0..1 moves the answer: 1 is the usual, less is worse."""
        if self._rng.random() >= self._habits.surveyed:
            return
        survey = Subject("surveys", self._tape.new_id("surveys"))
        fields = {"kind": kind, "case_id": case_id, **labels}
        self._tape.say(survey, "survey.sent", fields)
        if self._rng.random() < self._habits.answers_survey:
            score = self._score(kind, self._rng.random() * content)
            wait_ms = round(min(self._rng.expovariate(1 / (40 * MINUTE_MS)), 48 * HOUR_MS))
            self._tape.after(wait_ms, self._tape.say, survey, "survey.answered", {**fields, "score": score})

    def _score(self, kind: str, draw: float) -> int:
        if kind == "nps":
            if draw < _NPS_DETRACTOR:
                return int(draw / _NPS_DETRACTOR * 7)
            return (
                7 + int((draw - _NPS_DETRACTOR) / (_NPS_PASSIVE - _NPS_DETRACTOR) * 2) if draw < _NPS_PASSIVE else self._rng.choice((9, 10))
            )
        return 1 + sum(draw >= edge for edge in _CSAT)
