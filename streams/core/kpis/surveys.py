"""KPIs of the topic `surveys` (metrics.md, section 5)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from schemas import fields as f
from schemas.values import Topic
from streams.core.kpis.answers import Discreet, NetPromoters
from streams.core.kpis.formulas import Count, Mean, Ratio
from streams.core.kpis.kpi import SITE_CUTS, Kpi, Unit, counted
from streams.core.kpis.view import Formula

SURVEYS: Final[tuple[Topic, ...]] = ("surveys",)
CSAT: Final = Count(tuple(f.CSAT.values()))
NPS: Final = Count(tuple(f.NPS.values()))


def survey_kpis() -> Iterator[Kpi]:
    """All of them, in the order of output.md."""
    yield from _of_customers()
    satisfied = Ratio(Count((f.AGENTS_SATISFIED,)), Count((f.AGENT_SATISFACTION,)))
    mean = Mean(Count((f.AGENT_SATISFACTION_SCORES,)), Count((f.AGENT_SATISFACTION,)))
    hidden = "Finished weeks and months only, rounded to 0.1, hidden below 5 answers."
    about = "answers of agents about their work"
    yield _discreet("mean", "score", Discreet(mean), f"Mean of {about}, of 5. {hidden}")
    yield _discreet("share", "ratio", Discreet(satisfied), f"Those of at least 4 of 5 among {about}. {hidden}")


def _discreet(stat: str, unit: Unit, formula: Formula, help_: str) -> Kpi:
    """Of the site, and not before the window is over: what changes from one moment to the next would give a person away."""
    return Kpi(
        name="agent_satisfaction", stat=stat, unit=unit, formula=formula, help=help_, topics=SURVEYS, when="finished", cuts=SITE_CUTS
    )


def _of_customers() -> Iterator[Kpi]:
    def kpi(name: str, stat: str, unit: Unit, formula: Formula, help_: str, per_agent: bool = False) -> Kpi:
        return Kpi(name=name, stat=stat, unit=unit, formula=formula, help=help_, topics=SURVEYS, per_agent=per_agent)

    top2 = Count((f.CSAT[4], f.CSAT[5]))
    sent = Ratio(Count((f.CSAT_SENT_ANSWERED,)), Count((f.CSAT_SENT,)))
    yield kpi("csat", "top2", "ratio", Ratio(top2, CSAT), "Answers of at least 4 of 5 / answers.", per_agent=True)
    yield kpi("csat", "mean", "score", Mean(Count((f.CSAT_SCORES,)), CSAT), "Mean answer, of 5.", per_agent=True)
    yield kpi("csat", "response_rate", "ratio", sent, "Surveys sent in the window and answered by now / surveys sent.")
    promoters, detractors = Count((f.NPS["promoters"],)), Count((f.NPS["detractors"],))
    score = NetPromoters(promoters, detractors, NPS)
    yield kpi("nps", "score", "score", score, "Per cent of answers of 9 and 10 less per cent of those from 0 to 6: -100 to 100.")
    for stat, help_ in (("promoters", "Answers of 9 and 10."), ("passives", "Answers of 7 and 8."), ("detractors", "Answers from 0 to 6.")):
        yield kpi("nps", stat, "count", Count((f.NPS[stat],)), help_)
    yield counted("csat_answers", SURVEYS, CSAT, "Answers to the question how satisfied a customer is.")
    for score_, field in f.CSAT.items():
        yield counted(
            "csat_answers",
            SURVEYS,
            Count((field,)),
            "The same by score, of 5; a score between two counts with the lower.",
            score=str(score_),
        )
    effort = Count((f.CES,))
    yield kpi("ces", "mean", "score", Mean(Count((f.CES_SCORES,)), effort), "Mean answer to how easy it was, of 7.")
    yield kpi("ces", "share", "ratio", Ratio(Count((f.CES_EASY,)), effort), "Answers of at least 5 of 7 / answers.")
    yield kpi(
        "iqs", "mean", "score", Mean(Count((f.IQS_SCORES,)), Count((f.IQS,))), "Mean score of reviewed conversations, per cent of the best."
    )
