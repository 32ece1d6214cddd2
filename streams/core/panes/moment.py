"""Windows at one moment: when each begins and ends, what it stands beside, and which stretches are still kept."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from schemas.state import DAY, MINUTE, MONTH, QUARTER, RING
from schemas.values import DAY_MS, MINUTE_MS, NEVER_MS, EpochMs
from streams.core.clocks.days import Days
from streams.core.panes.windows import OtherDay, Span, span_before, span_of, spans_of_other_days

STEP_MS: Final = {MINUTE: MINUTE_MS, QUARTER: 15 * MINUTE_MS}


def before(window: str) -> str:
    """The name of the same window before."""
    return f"before {window}"


def on_other_day(window: str, day: OtherDay) -> str:
    """The name of the same window on another day."""
    return f"{window} {day}"


class Moment:
    """Asked by the name of a window; what that stands beside has the names `before(window)` and `on_other_day(window, day)`."""

    def __init__(self, now_ms: EpochMs, windows: Iterable[str], days: Days, interval_minutes: int, first_ms: int | None) -> None:
        """first_ms  the first event known; None: there is none"""
        self._now_ms = now_ms
        self._days = days
        self._first_ms = first_ms
        now = (now_ms, days, interval_minutes)
        self._spans = {window: span_of(window, *now) for window in windows}
        earlier = {window: span_before(window, *now) for window in windows}
        self._other_days: Mapping[str, Mapping[OtherDay, Span]] = {window: spans_of_other_days(window, *now) for window in windows}
        self._spans |= {before(window): span for window, span in earlier.items() if span is not None}
        self._spans |= {on_other_day(window, day): span for window, found in self._other_days.items() for day, span in found.items()}

    def span(self, window: str) -> Span:
        """Which panes it shows."""
        return self._spans[window]

    def span_after(self, window: str) -> Span:
        """The panes since its end."""
        resolution, _, end_ms = self._spans[window]
        return Span(MONTH if resolution == DAY else resolution, end_ms, EpochMs(NEVER_MS))

    def window_ms(self, window: str) -> tuple[int, int]:
        """When it begins and ends, now at the latest."""
        _, start_ms, end_ms = self._spans[window]
        return start_ms, min(end_ms, self._now_ms)

    def length_days(self, window: str) -> float:
        start_ms, end_ms = self.window_ms(window)
        return (end_ms - start_ms) / DAY_MS

    def is_partial(self, window: str) -> bool:
        """Whether it reaches back before the first event known."""
        return self._first_ms is None or self._spans[window].start_ms < self._first_ms

    def before_ms(self, window: str) -> tuple[int, int] | None:
        """When the same window before begins and ends; None where it is not kept."""
        span = self._spans.get(before(window))
        return None if span is None else span[1:]

    def other_days(self, window: str) -> list[OtherDay]:
        """The other days it stands beside: those that are kept, and not before the first event known."""
        first_ms = self._first_ms
        return [day for day, span in self._other_days[window].items() if first_ms is not None and span.start_ms >= first_ms]

    def starts(self, resolution: int, since_ms: int) -> Sequence[int]:
        """Of the stretches still kept, from the one that `since_ms` or the first event lies in to the one under way."""
        since_ms = max(since_ms, self._now_ms if self._first_ms is None else self._first_ms)
        kept = RING[resolution] - 1
        if resolution == DAY:
            today = self._days.number(self._now_ms)
            first = max(today - kept, self._days.number(since_ms))
            return [self._days.start_ms(day) for day in range(first, today + 1)]
        step_ms = STEP_MS[resolution]
        last_ms = self._now_ms // step_ms * step_ms
        return range(max(last_ms - kept * step_ms, since_ms // step_ms * step_ms), last_ms + 1, step_ms)
