"""Formulas over customers who come, stay and leave (metrics.md, section 5).

How many there were is counted backwards from how many there are: who joined since is taken off, who left since is added. So nobody has to
be told apart, and who was a customer before the first event is one at every start.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import msgspec

from schemas import fields as f
from schemas.values import DAY_MS
from streams.core.kpis.money import units
from streams.core.kpis.result import NO_SAMPLE, Result, ratio
from streams.core.kpis.view import View

MONTH_MS: Final = 365.25 / 12 * DAY_MS
MONTHS_MAX: Final = 60

ENDS_NOW: Final = frozenset({"today", "7d", "30d", "month", "quarter", "year", "range"})
STRETCHES: Final = {
    "yesterday": "day",
    "last_week": "week",
    "last_month": "month",
    "before today": "day",
    "before yesterday": "day",
    "before last_week": "week",
    "before month": "month",
    "before last_month": "month",
    "before quarter": "quarter",
    "before year": "year",
}
"""Windows that are over -> their stretch of the calendar. Of others that are over nobody knows how many were the same."""


class Members(NamedTuple):
    """Customers of a window: at its start, at its end, and those of the start who left in it, once or more."""

    start: int
    end: int
    lost: int


def members(view: View) -> Members:
    """Of the whole site."""
    sums, later = view.sums, view.sums_after
    end = view.standing(f.CUSTOMERS) - later.get(f.CUSTOMERS_JOINED, 0) + later.get(f.CUSTOMERS_LEFT, 0)
    joined, left = sums.get(f.CUSTOMERS_JOINED, 0), sums.get(f.CUSTOMERS_LEFT, 0)
    if view.window in STRETCHES:
        again = sums.get(f.CUSTOMERS_LEFT_AGAIN[STRETCHES[view.window]], 0)
    else:
        again = joined - sums.get(f.CUSTOMERS_STAYING, 0)
    return Members(end - joined + left, end, left - again)


def active(view: View) -> int:
    """Distinct customers with an activity in the window."""
    field = f.CUSTOMERS_ACTIVE_IN[STRETCHES[view.window]] if view.window in STRETCHES else f.CUSTOMERS_ACTIVE
    return view.sums.get(field, 0)


def is_known(view: View) -> bool:
    """Whether who counts twice in the window can be told."""
    return view.window in STRETCHES or view.window in ENDS_NOW


class Churn(msgspec.Struct, frozen=True):
    """Customers of the start who left / customers at the start; who joins and leaves within the window is no part of it."""

    def of(self, view: View) -> Result:
        start, _, lost = members(view)
        return ratio(lost, start, True) if start > 0 and is_known(view) else NO_SAMPLE


class NetChurn(msgspec.Struct, frozen=True):
    """(Customers at the start - customers at the end) / customers at the start. Below 0 where there are more."""

    def of(self, view: View) -> Result:
        start, end, _ = members(view)
        return ratio(start - end, start, False) if start > 0 else NO_SAMPLE


class Retention(msgspec.Struct, frozen=True):
    """Customers at the end without those who joined meanwhile / customers at the start."""

    def of(self, view: View) -> Result:
        start, _, lost = members(view)
        return ratio(start - lost, start, True) if start > 0 and is_known(view) else NO_SAMPLE


class Engagement(msgspec.Struct, frozen=True):
    """Distinct active customers / customers at the end."""

    def of(self, view: View) -> Result:
        return ratio(active(view), members(view).end, False) if is_known(view) else NO_SAMPLE


class ActivitiesPerCustomer(msgspec.Struct, frozen=True):
    """Activities / distinct active customers."""

    def of(self, view: View) -> Result:
        customers = active(view)
        return Result(view.sums.get(f.ACTIVITIES, 0) / customers, customers) if customers and is_known(view) else NO_SAMPLE


class LifetimeValue(msgspec.Struct, frozen=True):
    """Mean purchase x purchases per customer and month x months that a customer stays: 1 / monthly churn, 60 at most."""

    def of(self, view: View) -> Result:
        start, end, lost = members(view)
        begin_ms, end_ms = view.window_ms
        purchases, months = view.sums.get(f.PURCHASES, 0), (end_ms - begin_ms) / MONTH_MS
        if not purchases or start <= 0 or end <= 0 or months <= 0 or not is_known(view):
            return NO_SAMPLE
        monthly_churn = lost / start / months
        stays_months = min(1 / monthly_churn, MONTHS_MAX) if monthly_churn else MONTHS_MAX
        return Result(units(view, f.PURCHASED) / purchases * (purchases / end / months) * stays_months, purchases)
