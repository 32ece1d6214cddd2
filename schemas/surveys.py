"""Events of the topic `surveys`: what customers, reviewers and agents answer when they are asked. Key: `survey_id`.

RANK orders events of one survey that share `time` and `seq`. Optional fields are None when absent.
"""

from __future__ import annotations

from typing import ClassVar, Final

from msgspec import Struct

from schemas.words import Channel, Id, Instant, Label, Score, Seq, SurveyKind

SCALES: Final[dict[SurveyKind, tuple[int, int]]] = {
    "csat": (1, 5),
    "nps": (0, 10),
    "ces": (1, 7),
    "iqs": (0, 100),
    "agent_satisfaction": (1, 5),
}
"""The usual ends of the scale of each kind."""


class SurveyBase(Struct, tag_field="type", gc=False, omit_defaults=True):
    """What every event of a survey says."""

    id: Id
    time: Instant
    survey_id: Id


class SurveyAnswered(SurveyBase, tag="survey.answered"):
    """The answer; a later one of the same survey replaces it. `min` and `max` are the ends of the scale; absent, those of SCALES."""

    RANK: ClassVar[int] = 1
    kind: SurveyKind
    score: Score
    seq: Seq = 0
    source: str | None = None
    max: Score | None = None
    min: Score | None = None
    case_id: Id | None = None
    queue: Label | None = None
    channel: Channel | None = None
    agent_id: Label | None = None
    customer_id: Id | None = None


class SurveySent(SurveyBase, tag="survey.sent"):
    """Somebody was asked; for the response rate."""

    RANK: ClassVar[int] = 2
    kind: SurveyKind
    seq: Seq = 0
    source: str | None = None
    case_id: Id | None = None
    queue: Label | None = None
    channel: Channel | None = None
    agent_id: Label | None = None
    customer_id: Id | None = None


SurveyEvent = SurveyAnswered | SurveySent


def scale_of(answer: SurveyAnswered) -> tuple[float, float]:
    """Lowest and highest score of its scale."""
    low, high = SCALES[answer.kind]
    return low if answer.min is None else answer.min, high if answer.max is None else answer.max
