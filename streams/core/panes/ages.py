"""Starts of what stands, merged over shards, and aged by the reader's clock."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping
from itertools import accumulate

from schemas.values import DAY_MS


class StartsOfDay:
    """The starts of one standing, cell, shard and UTC day."""

    __slots__ = ("_offsets", "_running", "_starts", "begin_ms", "count", "first_ms")

    def __init__(self, day: int, starts: Mapping[int, int]) -> None:
        self._starts = starts
        self._offsets: list[int] | None = None
        self._running: list[int] = []
        self.begin_ms = day * DAY_MS
        self.count = sum(starts.values())
        self.first_ms = self.begin_ms + min(starts)

    def before(self, at_ms: int) -> int:
        """How many began before `at_ms`."""
        if at_ms <= self.first_ms:
            return 0
        if at_ms >= self.begin_ms + DAY_MS:
            return self.count
        if self._offsets is None:
            offsets = sorted(self._starts)
            self._running = list(accumulate(self._starts[offset] for offset in offsets))
            self._offsets = offsets  # last: another thread may read
        found = bisect_left(self._offsets, at_ms - self.begin_ms)
        return self._running[found - 1] if found else 0


class Ages:
    """All starts of one standing in one cell, by shard and day."""

    def __init__(self) -> None:
        self._days: dict[tuple[int, int], StartsOfDay] = {}
        self.count = 0

    def set(self, partition: int, day: int, starts: Mapping[int, int] | None) -> None:
        """Replace what `partition` said of `day`; None or empty: nothing stands since then."""
        old = self._days.pop((partition, day), None)
        if old is not None:
            self.count -= old.count
        if starts:
            new = self._days[partition, day] = StartsOfDay(day, starts)
            self.count += new.count

    def copied(self) -> Ages:
        """The same, to be changed apart from this one."""
        ages = Ages()
        ages._days = dict(self._days)
        ages.count = self.count
        return ages

    def first_ms(self) -> int | None:
        """The oldest start."""
        return min((day.first_ms for day in self._days.values()), default=None)

    def before(self, at_ms: int) -> int:
        """How many began before `at_ms`."""
        return sum(day.before(at_ms) for day in self._days.values())

    def include(self, other: Ages) -> None:
        """Add what stands in another cell, for a label that covers both."""
        for (partition, day), starts in other._days.items():
            self._days[len(self._days) << 32 | partition, day] = starts
        self.count += other.count
