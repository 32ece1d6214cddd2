"""Formulas over amounts, in the unit of the site's currency (metrics.md, section 5)."""

from __future__ import annotations

import msgspec

from schemas import fields as f
from schemas.amounts import HALF, MILLIONTHS
from streams.core.kpis.formulas import Count
from streams.core.kpis.result import NO_SAMPLE, Result
from streams.core.kpis.view import View


def units(view: View, amount: int) -> float:
    """A sum of amounts in the currency's unit."""
    return (view.sums.get(amount, 0) * HALF + view.sums.get(amount + 1, 0)) / MILLIONTHS


class CostRatio(msgspec.Struct, frozen=True):
    """What support cost / what the company earned."""

    def of(self, view: View) -> Result:
        costs, revenue = view.sums.get(f.SUPPORT_COSTS, 0), units(view, f.REVENUE)
        return Result(units(view, f.SUPPORT_COST) / revenue, costs) if costs and revenue > 0 else NO_SAMPLE


class CostPer(msgspec.Struct, frozen=True):
    """What support cost / a count."""

    count: Count

    def of(self, view: View) -> Result:
        count = self.count.amount(view.sums)
        return Result(units(view, f.SUPPORT_COST) / count, count) if count and view.sums.get(f.SUPPORT_COSTS, 0) else NO_SAMPLE
