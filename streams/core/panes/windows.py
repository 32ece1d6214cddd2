"""Windows: which panes are shown under which name (metrics.md, section 2)."""

from __future__ import annotations

from typing import Final, NamedTuple

from schemas.state import DAY, MINUTE, QUARTER
from schemas.values import MINUTE_MS, EpochMs
from streams.core.clocks.days import Days

ROLLING: Final = {"5m": 5, "15m": 15, "30m": 30, "1h": 60}
DAYS: Final = {"7d": 7, "30d": 30}


class Span(NamedTuple):
    """The panes of `resolution` that start in [start_ms, end_ms)."""

    resolution: int
    start_ms: EpochMs
    end_ms: EpochMs


def span_of(window: str, now_ms: EpochMs, days: Days, interval_minutes: int) -> Span:
    """What `window` shows at `now_ms`. Raises KeyError for an unknown window.

    5m .. 1h       minutes that start in [floor(now) - W, floor(now)]
    interval       the calendar interval under way; last_interval: the one before
    today          the business day under way; 7d, 30d: with the 6 or 29 before; last_week: the seven from Monday to Sunday before this week
    """
    if window in ROLLING:
        minute = now_ms // MINUTE_MS
        return Span(MINUTE, EpochMs((minute - ROLLING[window]) * MINUTE_MS), EpochMs((minute + 1) * MINUTE_MS))
    if window in ("interval", "last_interval"):
        start_ms = days.interval_start_ms(now_ms, interval_minutes)
        if window == "interval":
            return Span(QUARTER, start_ms, EpochMs(start_ms + interval_minutes * MINUTE_MS))
        return Span(QUARTER, days.interval_start_ms(start_ms - 1, interval_minutes), start_ms)
    today = days.number(now_ms)
    if window == "today":
        first, last = today, today
    elif window == "yesterday":
        first, last = today - 1, today - 1
    elif window == "last_week":
        first = today - days.weekday(today) - 7
        last = first + 6
    else:
        first, last = today - DAYS[window] + 1, today
    return Span(DAY, days.start_ms(first), days.start_ms(last + 1))
