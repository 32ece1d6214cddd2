"""KPIs of the topic `finance` (metrics.md, section 5)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from schemas import fields as f
from schemas.values import Topic
from streams.core.kpis.formulas import Count
from streams.core.kpis.kpi import SITE_CUTS, Kpi
from streams.core.kpis.money import CostPer, CostRatio

FINANCE: Final[tuple[Topic, ...]] = ("finance",)


def finance_kpis() -> Iterator[Kpi]:
    """All of them, in the order of output.md."""
    yield Kpi(
        name="support_cost_ratio",
        stat="ratio",
        unit="ratio",
        formula=CostRatio(),
        help="Support cost / revenue of the months of the window.",
        topics=FINANCE,
        when="months",
        cuts=SITE_CUTS,
    )
    yield Kpi(
        name="cost_per_ticket",
        stat="mean",
        unit="money",
        formula=CostPer(Count((f.TICKETS_CREATED,))),
        help="Support cost of the months of the window / tickets created in it.",
        topics=FINANCE,
        when="months",
        cuts=SITE_CUTS,
    )
