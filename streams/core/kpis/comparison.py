"""Which KPIs can be told of the same window before: those that panes give, and those that count backwards from how many there are now."""

from __future__ import annotations

from streams.core.kpis.answers import Discreet, NetPromoters
from streams.core.kpis.callers import Callers
from streams.core.kpis.formulas import Count, Largest, Mean, OfCasesOrCalls, PartOfSite, Percentile, Ratio, Share
from streams.core.kpis.membership import ActivitiesPerCustomer, Churn, Engagement, LifetimeValue, NetChurn, Retention
from streams.core.kpis.money import CostPer, CostRatio
from streams.core.kpis.staffing import Occupancy, RequestsPerAgent
from streams.core.kpis.view import Formula


def comparable(formula: Formula) -> bool:
    """Whether it has a number of an earlier window, or says itself why not."""
    backwards = Churn | NetChurn | Retention | Engagement | ActivitiesPerCustomer | LifetimeValue
    return from_panes(formula) or isinstance(formula, backwards | CostRatio | CostPer | Discreet | Occupancy | RequestsPerAgent)


def from_panes(formula: Formula) -> bool:
    """Whether panes alone give it, so that it can be told of the past. Standings are not kept, only what they are now."""
    if isinstance(formula, Ratio):
        return formula.undecided is None
    return isinstance(formula, Count | Mean | Percentile | Largest | Callers | OfCasesOrCalls | Share | PartOfSite | NetPromoters)
