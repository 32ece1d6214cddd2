"""Formulas over customers who come, stay and leave (metrics.md, section 5).

How many there were is counted backwards from how many there are: who joined since is taken off, who left since is added. So nobody has to
be told apart, and who was a customer before the first event is one at every start.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import msgspec

from schemas import fields as f
from streams.core.kpis.formulas import NO_SAMPLE, Result, View, ratio
from streams.core.kpis.money import units

DAYS_OF_A_MONTH: Final = 365.25 / 12
LIFETIME_MONTHS_MAX: Final = 60

STRETCH_OF_WINDOW: Final = {
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
"""Windows that are over -> their stretch of the calendar. All others that these formulas are asked for end now."""


class Members(NamedTuple):
    """Customers of a window: at its start, at its end, and those of the start who are none at the end."""

    start: int
    end: int
    lost: int


def members(view: View) -> Members:
    """Of the whole site."""
    sums, later = view.sums, view.sums_after
    end = view.standing(f.CUSTOMERS) - later.get(f.CUSTOMERS_JOINED, 0) + later.get(f.CUSTOMERS_LEFT, 0)
    joined, left = sums.get(f.CUSTOMERS_JOINED, 0), sums.get(f.CUSTOMERS_LEFT, 0)
    start = end - joined + left
    stretch = STRETCH_OF_WINDOW.get(view.window)
    if stretch is None:
        again = joined - sums.get(f.CUSTOMERS_STAYING, 0)
    else:
        again = sums.get(f.CUSTOMERS_LEFT_AGAIN[stretch], 0)
    return Members(start, end, left - again)


class Churn(msgspec.Struct, frozen=True):
    """Customers of the start who left / customers at the start; who joins and leaves within the window is no part of it."""

    def of(self, view: View) -> Result:
        start, _, lost = members(view)
        return ratio(lost, start, True) if start > 0 else NO_SAMPLE


class NetChurn(msgspec.Struct, frozen=True):
    """(Customers at the start - customers at the end) / customers at the start. Below 0 where there are more."""

    def of(self, view: View) -> Result:
        start, end, _ = members(view)
        return ratio(start - end, start, False) if start > 0 else NO_SAMPLE


class Retention(msgspec.Struct, frozen=True):
    """Customers at the end without those who joined meanwhile / customers at the start."""

    def of(self, view: View) -> Result:
        start, _, lost = members(view)
        return ratio(start - lost, start, True) if start > 0 else NO_SAMPLE


def active(view: View) -> int:
    """Distinct customers with an activity in the window."""
    stretch = STRETCH_OF_WINDOW.get(view.window)
    return view.sums.get(f.CUSTOMERS_ACTIVE if stretch is None else f.CUSTOMERS_ACTIVE_IN[stretch], 0)


class Engagement(msgspec.Struct, frozen=True):
    """Distinct active customers / customers at the end."""

    def of(self, view: View) -> Result:
        return ratio(active(view), members(view).end, False)


class ActivitiesPerCustomer(msgspec.Struct, frozen=True):
    """Activities / distinct active customers."""

    def of(self, view: View) -> Result:
        customers = active(view)
        return Result(view.sums.get(f.ACTIVITIES, 0) / customers, customers) if customers else NO_SAMPLE


class LifetimeValue(msgspec.Struct, frozen=True):
    """Mean purchase x purchases per customer and month x months that a customer stays: 1 / monthly churn, 60 at most."""

    def of(self, view: View) -> Result:
        start, end, lost = members(view)
        purchases, months = view.sums.get(f.PURCHASES, 0), view.days / DAYS_OF_A_MONTH
        if not purchases or start <= 0 or end <= 0 or months <= 0:
            return NO_SAMPLE
        monthly_churn = lost / start / months
        lifetime_months = min(1 / monthly_churn, LIFETIME_MONTHS_MAX) if monthly_churn else LIFETIME_MONTHS_MAX
        mean = units(view, f.PURCHASED) / purchases
        return Result(mean * (purchases / end / months) * lifetime_months, purchases)
