"""KPIs of the topic `articles` (metrics.md, section 5)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from schemas import fields as f
from schemas.values import Topic
from streams.core.kpis.formulas import Count, Mean, Percentile, Ratio
from streams.core.kpis.kpi import REQUESTS, SITE_CUTS, Kpi, Unit
from streams.core.kpis.view import Formula

ARTICLES: Final[tuple[Topic, ...]] = ("articles",)
ARTICLE_CUTS: Final[tuple[tuple[str, ...], ...]] = ((), ("article",))
READS: Final = Count((f.ARTICLES_READ,))


def article_kpis() -> Iterator[Kpi]:
    """All of them, in the order of output.md."""

    def kpi(name: str, stat: str, unit: Unit, formula: Formula, help_: str, cuts: tuple[tuple[str, ...], ...] = ARTICLE_CUTS) -> Kpi:
        return Kpi(name=name, stat=stat, unit=unit, formula=formula, help=help_, topics=ARTICLES, cuts=cuts)

    yield kpi("articles_per_request", "ratio", "number", Ratio(READS, REQUESTS, bounded=False), "Articles read / requests.", SITE_CUTS)
    yield kpi(
        "articles_per_request",
        "per_call",
        "number",
        Ratio(READS, Count((f.CALLS_RECEIVED,)), bounded=False),
        "Articles read / inbound calls.",
        SITE_CUTS,
    )
    yield kpi("articles_read", "count", "count", READS, "Views of an article with a reading time of at least 10 s.")
    time_read = Mean(Count((f.ARTICLE_READ + 1,)), Count((f.ARTICLE_READ,)))
    yield kpi("article_read_time", "mean", "seconds", time_read, "Mean reading time of articles read.")
    yield kpi(
        "article_read_time", "p50", "seconds", Percentile((f.ARTICLE_READ,), 50), "Half of the articles read were read at most so long."
    )
    yield kpi(
        "article_contact_rate",
        "rate",
        "ratio",
        Ratio(Count((f.VIEWS_CONTACTED,)), Count((f.VIEWS,))),
        "Views whose reader asked for help from the page / views opened.",
    )
