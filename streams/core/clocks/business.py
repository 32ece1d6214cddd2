"""Business time: what of a stretch of time lies within the hours of a calendar, and when so much of it has passed (metrics.md, section 4).

A calendar is open at an instant if its hours say so for the date and the time that a clock on the wall shows then. So a day on which clocks
are changed has an hour more or less of it where the hours cover the change, and local times that come twice are open twice.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import cached_property
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

import msgspec

from schemas.values import DAY_MS, MINUTE_MS, NEVER_MS, SECOND_MS, DurationMs, EpochMs

Span = tuple[int, int]
"""Minutes after midnight of a date at which it opens and closes. What closes after 24:00 runs into the next."""

DATES_END: Final = 84_006
"""2200-01-01, in days since 1970-01-01. No calendar is open from then on, so that a clock that is wrong by centuries costs no more."""


class Stretch(NamedTuple):
    """The open part of a day of UTC: when it opens and closes, in ms of that day, ascending; and how long it is open in all."""

    spans: tuple[tuple[int, int], ...]
    length_ms: int


class Calendar(msgspec.Struct, frozen=True, array_like=True, dict=True):
    """
    week   hours of Monday to Sunday
    dates  days since 1970-01-01 -> hours of that date instead of those of its weekday; none: closed
    """

    zone: str
    week: tuple[tuple[Span, ...], ...]
    dates: dict[int, tuple[Span, ...]] = {}

    def between(self, start_ms: int, end_ms: int) -> DurationMs:
        """How much business time lies between two instants; 0 if `end_ms` is not the later one."""
        if end_ms <= start_ms:
            return DurationMs(0)
        first, last = start_ms // DAY_MS, end_ms // DAY_MS
        total = self._before(last, end_ms - last * DAY_MS) - self._before(first, start_ms - first * DAY_MS)
        for day in range(first, last if last < DATES_END else DATES_END):
            total += self._stretch(day).length_ms
        return DurationMs(total)

    def add(self, start_ms: int, amount_ms: int) -> EpochMs:
        """The first instant at which `amount_ms` of business time have passed since `start_ms`; NEVER_MS if they never do.

        As this is the first one, it may be when the calendar closes, never when it opens: a deadline at the end of a day is of that day.
        """
        if amount_ms <= 0:
            return EpochMs(start_ms)
        day = start_ms // DAY_MS
        left_ms = amount_ms + self._before(day, start_ms - day * DAY_MS)
        while day < DATES_END:
            spans, length_ms = self._stretch(day)
            if left_ms <= length_ms:
                for opens, closes in spans:
                    if left_ms <= closes - opens:
                        return EpochMs(day * DAY_MS + opens + left_ms)
                    left_ms -= closes - opens
            left_ms -= length_ms
            day += 1
        return EpochMs(NEVER_MS)

    def is_open(self, at_ms: int) -> bool:
        """Whether it is open at that instant: from when it opens until just before it closes."""
        return self.between(at_ms, at_ms + 1) > 0

    def _before(self, day: int, until_ms: int) -> int:
        """Business time of a day of UTC before `until_ms` of it."""
        total = 0
        for opens, closes in self._stretch(day).spans:
            if until_ms <= closes:
                return total + until_ms - opens if until_ms > opens else total
            total += closes - opens
        return total

    def _stretch(self, day: int) -> Stretch:
        found = self._stretches.get(day)
        if found is None:
            made = self._make(day)
            found = self._stretches[day] = self._same.setdefault(made, made)
        return found

    @cached_property
    def _stretches(self) -> dict[int, Stretch]:
        """By day of UTC."""
        return {}

    @cached_property
    def _same(self) -> dict[Stretch, Stretch]:
        """Most days are like others: each kind is kept once."""
        return {}

    @cached_property
    def _tz(self) -> ZoneInfo:
        return ZoneInfo(self.zone)

    def _make(self, day: int) -> Stretch:
        if not 0 <= day < DATES_END:
            return Stretch((), 0)
        start_ms = day * DAY_MS
        spans: list[tuple[int, int]] = []
        for from_ms, to_ms, offset_ms in self._offsets(start_ms):
            first, last = (start_ms + from_ms + offset_ms) // DAY_MS, (start_ms + to_ms + offset_ms - 1) // DAY_MS
            for date in range(first - 1, last + 1):  # the date before may run into the first
                midnight_ms = date * DAY_MS - offset_ms - start_ms
                for opens, closes in self.hours_of(date):
                    spans.append((max(from_ms, midnight_ms + opens * MINUTE_MS), min(to_ms, midnight_ms + closes * MINUTE_MS)))
        united = _united(spans)
        return Stretch(united, sum(closes - opens for opens, closes in united))

    def hours_of(self, date: int) -> tuple[Span, ...]:
        """Of the date so many days after 1970-01-01, a Thursday."""
        found = self.dates.get(date)
        return self.week[(date + 3) % 7] if found is None else found

    def _offsets(self, start_ms: int) -> Iterator[tuple[int, int, int]]:
        """The day of UTC in parts of one offset to local time: from, to, offset. Clocks change at most once in it, on a full second."""
        begins, ends = self._offset_ms(start_ms), self._offset_ms(start_ms + DAY_MS)
        if begins == ends:
            yield 0, DAY_MS, begins
            return
        before, after = 0, DAY_MS
        while after - before > SECOND_MS:
            middle = (before + after) // 2 // SECOND_MS * SECOND_MS
            if self._offset_ms(start_ms + middle) == begins:
                before = middle
            else:
                after = middle
        yield 0, after, begins
        yield after, DAY_MS, ends

    def _offset_ms(self, at_ms: int) -> int:
        offset = datetime.fromtimestamp(at_ms // SECOND_MS, self._tz).utcoffset()
        assert offset is not None
        return round(offset.total_seconds()) * SECOND_MS


def _united(spans: Sequence[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """The union of spans, ascending; empty ones are left out, adjoining ones are one."""
    found: list[tuple[int, int]] = []
    for opens, closes in sorted(span for span in spans if span[0] < span[1]):
        if found and opens <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], closes))
        else:
            found.append((opens, closes))
    return tuple(found)
