"""Windows: which panes are shown under which name, and which under the same name before (metrics.md, section 2)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal, NamedTuple

from schemas.state import DAY, MINUTE, MONTH, QUARTER, RING
from schemas.values import MINUTE_MS, EpochMs
from streams.core.clocks.days import Days

ROLLING: Final = {"5m": 5, "15m": 15, "30m": 30, "1h": 60}
DAYS: Final = {"7d": 7, "30d": 30}
MONTHS: Final = {"month": 1, "quarter": 3, "year": 12}
OVER: Final = frozenset({"last_interval", "yesterday", "last_week", "last_month"})
"""Those that have ended: what stands now is no part of them."""
QUARTER_MS: Final = 15 * MINUTE_MS


OtherDay = Literal["yesterday", "last_week", "last_week_day"]
"""The same part of the day before, of the day a week before; the whole of that day."""


class Span(NamedTuple):
    """The panes of `resolution` that start in [start_ms, end_ms). Of MONTH: months and days, which are the whole together."""

    resolution: int
    start_ms: EpochMs
    end_ms: EpochMs

    def holds(self, resolution: int, start_ms: int) -> bool:
        """Whether a pane is one of them."""
        same = resolution == self.resolution or (resolution == DAY and self.resolution == MONTH)
        return same and self.start_ms <= start_ms < self.end_ms


def span_of(window: str, now_ms: EpochMs, days: Days, interval_minutes: int) -> Span:
    """What `window` shows at `now_ms`. Raises KeyError for an unknown window.

    5m .. 1h       minutes that start in [floor(now) - W, floor(now)]
    interval       the calendar interval under way; last_interval: the one before
    today          the business day under way; 7d, 30d: with the 6 or 29 before; last_week: the seven from Monday to Sunday before this week
    month, quarter, year  those under way, with today; last_month: the one before. A day belongs to the month it begins in
    """
    if window in ROLLING:
        minute = now_ms // MINUTE_MS
        return _minutes(minute - ROLLING[window], minute + 1)
    if window in ("interval", "last_interval"):
        start_ms = days.interval_start_ms(now_ms, interval_minutes)
        if window == "interval":
            return Span(QUARTER, start_ms, EpochMs(start_ms + interval_minutes * MINUTE_MS))
        return Span(QUARTER, days.interval_start_ms(start_ms - 1, interval_minutes), start_ms)
    today = days.number(now_ms)
    if window == "today":
        return _days(days, today, today)
    if window == "yesterday":
        return _days(days, today - 1, today - 1)
    if window == "last_week":
        monday = today - days.weekday(today) - 7
        return _days(days, monday, monday + 6)
    month = days.month(today)
    if window == "last_month":
        return _months(days, month - 1, 1)
    if window in MONTHS:
        length = MONTHS[window]
        return _months(days, month // length * length, length)
    return _days(days, today - DAYS[window] + 1, today)


def span_before(window: str, now_ms: EpochMs, days: Days, interval_minutes: int) -> Span | None:
    """The same window before, None where the panes of it are not kept any more. Raises KeyError for an unknown window.

    5m .. 1h       the W minutes before those of the window
    interval       the interval before, up to the minute of it that is under way in this one
    today          yesterday, up to the end of the quarter of an hour that is under way by the clock of the zone
    all others     the whole stretch before, as long or as many days: a month under way stands beside the whole month before
    """
    span = span_of(window, now_ms, days, interval_minutes)
    if window in ROLLING:
        first = span.start_ms // MINUTE_MS
        return _minutes(first - ROLLING[window], first)
    if window in ("interval", "last_interval"):
        before_ms = days.interval_start_ms(span.start_ms - 1, interval_minutes)
        if window == "last_interval":
            return Span(QUARTER, before_ms, span.start_ms)
        gone = (now_ms - span.start_ms) // MINUTE_MS + 1
        return Span(MINUTE, before_ms, EpochMs(before_ms + gone * MINUTE_MS))
    today = days.number(now_ms)
    first_day = days.number(span.start_ms)
    if window == "today":
        return span_days_before(window, now_ms, days, interval_minutes, 1)
    if span.resolution == MONTH:
        first = days.month(first_day)
        length = days.month(days.number(span.end_ms)) - first
        return _months(days, first - length, length)
    length = days.number(span.end_ms) - first_day
    if first_day - length <= today - RING[DAY]:
        return None
    return _days(days, first_day - length, first_day - 1)


def span_days_before(window: str, now_ms: EpochMs, days: Days, interval_minutes: int, ago: int) -> Span | None:
    """The same window on the business day `ago` days before; None where it is no part of a day, or its panes are not kept any more.

    interval       the interval of the same time, up to the end of the quarter of an hour that is under way; last_interval: all of it
    today          up to the end of the quarter of an hour that is under way by the clock of the zone
    yesterday      the whole day
    """
    if window not in ("interval", "last_interval", "today", "yesterday"):
        return None
    span = span_of(window, now_ms, days, interval_minutes)
    day = days.number(span.start_ms) - ago
    if window == "yesterday":
        return _days(days, day, day) if day > days.number(now_ms) - RING[DAY] else None
    last_ms = now_ms if window != "last_interval" else EpochMs(span.end_ms - 1)
    if window == "today":
        start_ms = days.start_ms(day)
        end_ms = min((days.same_time(last_ms, day) // QUARTER_MS + 1) * QUARTER_MS, days.start_ms(day + 1))
    else:
        start_ms = days.same_time(span.start_ms, day)
        end_ms = start_ms + ((last_ms - span.start_ms) // QUARTER_MS + 1) * QUARTER_MS
    kept_ms = (now_ms // QUARTER_MS - RING[QUARTER] + 1) * QUARTER_MS
    return Span(QUARTER, start_ms, EpochMs(end_ms)) if start_ms >= kept_ms else None


def spans_of_other_days(window: str, now_ms: EpochMs, days: Days, interval_minutes: int) -> Mapping[OtherDay, Span]:
    """What `window` stands beside on other days, as far as the panes of it are kept.

    Quarters of an hour of a week ago are not: beside today stands the whole day of a week before, under a name of its own.
    """
    found: dict[OtherDay, Span | None] = {
        "yesterday": span_days_before(window, now_ms, days, interval_minutes, 1),
        "last_week": span_days_before(window, now_ms, days, interval_minutes, 7),
    }
    if window == "today":
        day = days.number(now_ms) - 7
        found["last_week_day"] = _days(days, day, day)
    return {name: span for name, span in found.items() if span is not None}


def _minutes(first: int, end: int) -> Span:
    return Span(MINUTE, EpochMs(first * MINUTE_MS), EpochMs(end * MINUTE_MS))


def _days(days: Days, first: int, last: int) -> Span:
    return Span(DAY, days.start_ms(first), days.start_ms(last + 1))


def _months(days: Days, first: int, months: int) -> Span:
    return Span(MONTH, days.month_start_ms(first), days.month_start_ms(first + months))
