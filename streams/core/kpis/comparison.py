"""Which KPIs can be told of the same window before: those that panes give, and those that count backwards from how many there are now."""

from __future__ import annotations

from streams.core.kpis.answers import Discreet
from streams.core.kpis.formulas import Formula, from_panes
from streams.core.kpis.membership import ActivitiesPerCustomer, Churn, Engagement, LifetimeValue, NetChurn, Retention
from streams.core.kpis.money import CostPer, CostRatio
from streams.core.kpis.staffing import Occupancy, RequestsPerAgent


def comparable(formula: Formula) -> bool:
    """Whether it has a number of an earlier window, or says itself why not."""
    backwards = Churn | NetChurn | Retention | Engagement | ActivitiesPerCustomer | LifetimeValue
    return from_panes(formula) or isinstance(formula, backwards | CostRatio | CostPer | Discreet | Occupancy | RequestsPerAgent)
