"""Business days and calendar intervals of a time zone, also when they have 23 or 25 hours."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from schemas.values import DAY_MS, MINUTE_MS, EpochMs

EPOCH = date(1970, 1, 1)


class Days:
    """Business days of a site: from `reset` (minutes after midnight) in `zone` to the same the next day.

    Numbered by the date they begin on, in days since 1970-01-01.
    """

    def __init__(self, zone: ZoneInfo, reset_minutes: int = 0) -> None:
        assert 0 <= reset_minutes < 24 * 60
        self.zone = zone
        self.reset = time(reset_minutes // 60, reset_minutes % 60)
        self._starts: dict[int, EpochMs] = {}
        self._last = (1, 0, 0)  # start, end and number of the day found last: events come close together

    @property
    def calendar(self) -> str:
        """The name of these days: sums by days of another one are others."""
        return f"{self.zone.key} from {self.reset:%H:%M}"

    def start_ms(self, day: int) -> EpochMs:
        """When day number `day` begins. Where the clock skips the reset hour, it begins when the skipped hour would have."""
        start = self._starts.get(day)
        if start is None:
            local = datetime.combine(EPOCH + timedelta(days=day), self.reset, self.zone)
            start = self._starts[day] = EpochMs(round(local.timestamp() * 1000))
            if len(self._starts) > 10_000:
                self._starts.clear()
        return start

    def number(self, at_ms: int) -> int:
        """The day that `at_ms` lies in."""
        start, end, day = self._last
        if start <= at_ms < end:
            return day
        day = at_ms // DAY_MS  # not far from it, wherever the site is
        start = self.start_ms(day)
        while at_ms < start:
            day -= 1
            start = self.start_ms(day)
        end = self.start_ms(day + 1)
        while at_ms >= end:
            day += 1
            start, end = end, self.start_ms(day + 1)
        self._last = (start, end, day)
        return day

    def month(self, day: int) -> int:
        """The month that a day belongs to, by the date it begins on. Numbered from the year 0: 12 * year + 0 for January."""
        begins = EPOCH + timedelta(days=day)
        return begins.year * 12 + begins.month - 1

    def first_day(self, month: int) -> int:
        """The number of the first day of a month."""
        return (date(month // 12, month % 12 + 1, 1) - EPOCH).days

    def month_start_ms(self, month: int) -> EpochMs:
        """When a month begins: with its first day."""
        return self.start_ms(self.first_day(month))

    def same_time(self, at_ms: int, day: int) -> EpochMs:
        """The instant of `day` at which clocks show the time that they show at `at_ms`; within that day in any case."""
        local = datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(self.zone)
        shifted = local + timedelta(days=day - self.number(at_ms))  # by the clock on the wall, whatever it does in between
        return EpochMs(min(max(round(shifted.timestamp() * 1000), self.start_ms(day)), self.start_ms(day + 1)))

    def weekday(self, day: int) -> int:
        """0 = Monday."""
        return (day + 3) % 7

    def interval_start_ms(self, at_ms: int, minutes: int) -> EpochMs:
        """Start of the calendar interval of 15, 30 or 60 minutes that `at_ms` lies in.

        Intervals begin on the full hour of the zone's clock and every `minutes` after.
        """
        local = datetime.fromtimestamp(at_ms // 1000, UTC).astimezone(self.zone)
        offset = local.utcoffset()
        assert offset is not None
        offset_ms = round(offset.total_seconds() * 1000)
        step_ms = minutes * MINUTE_MS
        return EpochMs((at_ms + offset_ms) // step_ms * step_ms - offset_ms)


@cache
def business_days(zone: str, reset_minutes: int) -> Days:
    """The one that all share who only know the name of the zone."""
    return Days(ZoneInfo(zone), reset_minutes)
