"""The formula of callers who were blocked, each counted once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

from schemas import fields as f
from streams.core.kpis.result import NO_SAMPLE, Result
from streams.core.kpis.view import View


class Callers(msgspec.Struct, frozen=True):
    """Distinct callers who were blocked. One counts once in each stretch of the calendar, and once in what ends now, whenever it began; of
    other stretches nobody knows how many were the same.
    """

    def of(self, view: View) -> Result:
        stretch = CALLER_STRETCHES.get(view.window)
        return NO_SAMPLE if stretch is None else Result(view.sums.get(f.CALLERS_BLOCKED[view.cut, stretch], 0))


CALLER_STRETCHES: Final[Mapping[str, str]] = {
    **dict.fromkeys(("5m", "15m", "30m", "1h", "interval", "today", "7d", "30d", "month", "quarter", "year", "range"), "latest"),
    **dict.fromkeys(("last_interval", "before last_interval"), "interval"),
    **dict.fromkeys(("yesterday", "before yesterday"), "day"),
    **dict.fromkeys(("last_week", "before last_week"), "week"),
    **dict.fromkeys(("last_month", "before last_month", "before month"), "month"),
    # Of a history.
    "a minute": "minute",
    "a quarter": "quarter",
    "a day": "day",
}
"""Window -> how callers count in it (schemas/fields.py)."""
