"""Words on what people answer when they are asked: customers, reviewers, agents."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from streams.core.kpis.prose.prose import Elsewhere, Prose

REPLACED: Final = "A later answer to the same survey takes the place of the former: what that one counted is taken back."
SCALED: Final = "A score of another scale is moved to the usual one: lowest to lowest, highest to highest; finer than 0.001 is cut off."

SURVEY_PROSE: Final[Mapping[str, Prose]] = {
    "csat": Prose(
        definition=(
            "Satisfaction as customers say it, from 1 to 5: how many are satisfied (4 or 5), the mean, and how many of those asked "
            "answer at all. A share says little without the response rate beside it."
        ),
        edges=(
            REPLACED,
            SCALED,
            "An answer counts when it is given; the response rate, when the survey was sent, whenever the answer comes.",
            "A reminder is no second survey.",
        ),
        elsewhere=(
            Elsewhere(
                "Zendesk", "% Satisfaction score", False, "good / (good + bad), two answers only: send them with `max` 1 and `min` 0"
            ),
            Elsewhere("Intercom", "CSAT score", True, "4 and 5 of 5 / ratings, by the time of the rating"),
        ),
    ),
    "csat_answers": Prose(
        definition="Answers to the question how satisfied a customer is, and how they are spread over 1 to 5.",
        edges=(REPLACED, "A score between two whole ones counts with the lower, so 4 and 5 together are those of `csat`, `top2`."),
    ),
    "nps": Prose(
        definition=(
            "Whether customers would recommend us, from 0 to 10: per cent of promoters (9 and 10) less per cent of detractors (0 to 6). "
            "It runs from -100 to 100, so it is no share and has no interval."
        ),
        edges=(REPLACED, SCALED, "A score of 0 is a detractor.", "A score between 8 and 9 is a passive one, between 6 and 7 a detractor."),
    ),
    "ces": Prose(
        definition="How easy it was for customers to get help, from 1 to 7: the mean, and the share who found it easy (5 or more).",
        edges=(REPLACED, SCALED),
    ),
    "iqs": Prose(
        definition="What reviewers of our own find in conversations: their mean score, in per cent of the best there could be.",
        edges=(REPLACED, SCALED),
    ),
    "agent_satisfaction": Prose(
        definition="What agents say of their work, from 1 to 5: the mean, and the share of those who are satisfied (4 or 5).",
        edges=(
            "Only finished weeks and months of the whole site: the difference of two moments, or a small team, would give a person away.",
            "Rounded to 0.1, and hidden below 5 answers.",
            "No counter tells of it, and no history; `/metrics` has it where `[metrics] windows` names the last week or month.",
            "A report over files tells it of all of time: who has the files has the answers.",
        ),
    ),
}
