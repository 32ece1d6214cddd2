"""Local time of the centre: weekday and hour of an instant, and the instant of an hour of a day."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from schemas.values import DAY_MS, HOUR_MS

from .centre import Hours

_STEP_MS = 900_000  # no zone changes its offset within a quarter of an hour


class LocalTime:
    """Of one zone. Remembers the offset of the quarter hour asked for last, as the simulation asks in order of time."""

    def __init__(self, zone: str) -> None:
        self._zone = ZoneInfo(zone)
        self._step = -1
        self._offset_ms = 0

    def local_ms(self, at_ms: int) -> int:
        """Milliseconds since 1970-01-01 00:00 on the wall clock of the place."""
        step = at_ms // _STEP_MS
        if step != self._step:
            self._step = step
            offset = datetime.fromtimestamp(step * _STEP_MS / 1000, self._zone).utcoffset()
            assert offset is not None
            self._offset_ms = round(offset.total_seconds() * 1000)
        return at_ms + self._offset_ms

    def weekday(self, at_ms: int) -> int:
        return (self.local_ms(at_ms) // DAY_MS + 3) % 7  # 1970-01-01 was a Thursday

    def hour(self, at_ms: int) -> int:
        return self.local_ms(at_ms) % DAY_MS // HOUR_MS

    def day(self, at_ms: int) -> int:
        """Number of the local day, in days since 1970-01-01."""
        return self.local_ms(at_ms) // DAY_MS

    def instant(self, day: int, hour: float) -> int:
        """When the clock of the place shows `hour` on local day `day`; more than 24 lies in the days after."""
        naive = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=day, hours=hour)
        return round(naive.replace(tzinfo=self._zone).timestamp() * 1000)

    def open(self, hours: Hours, at_ms: int) -> bool:
        local = self.local_ms(at_ms)
        in_day = local % DAY_MS
        return (local // DAY_MS + 3) % 7 in hours.days and hours.opens * HOUR_MS <= in_day < hours.closes * HOUR_MS
