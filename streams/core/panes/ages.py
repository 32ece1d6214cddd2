"""Starts of what stands, merged over shards, and aged by the reader's clock."""

from __future__ import annotations

from array import array
from bisect import bisect_left, insort
from collections.abc import Mapping

from schemas.values import DAY_MS


class Ages:
    """All starts of one standing in one cell, of all shards, by UTC day.

    A day is an array of 4 bytes for each that stands: ms since the day began. Copies share the days, and copy one before they change it, as
    another thread may read the others.
    """

    __slots__ = ("_days", "_own", "_unordered", "count")

    def __init__(self) -> None:
        self._days: dict[int, array[int]] = {}
        self._own: set[int] = set()  # days that no copy shares
        self._unordered: set[int] = set()  # days that came together from several cells, and were not asked for yet
        self.count = 0

    def change(self, before: Mapping[int, int], after: Mapping[int, int]) -> None:
        """A row of a shard held the starts `before` (instant -> how many), and now holds those of `after`."""
        for start_ms, count in before.items() ^ after.items():
            day = start_ms // DAY_MS
            starts = self._days[day] if day in self._own else self._day(day)
            offset_ms = start_ms - day * DAY_MS
            if after.get(start_ms) == count:
                self.count += count
                if count == 1:
                    insort(starts, offset_ms)
                else:
                    at = bisect_left(starts, offset_ms)
                    starts[at:at] = array("i", (offset_ms,)) * count
            else:
                self.count -= count
                at = bisect_left(starts, offset_ms)
                assert starts[at : at + count].count(offset_ms) == count, f"{count} do not stand since {start_ms}"
                del starts[at : at + count]
                if not starts:
                    del self._days[day]
                    self._own.discard(day)

    def _day(self, day: int) -> array[int]:
        """To be changed."""
        if day not in self._own:
            self._own.add(day)
            self._days[day] = self._days.get(day, _NONE)[:]
        return self._days[day]

    def copied(self) -> Ages:
        """The same, to be changed apart from this one."""
        ages = Ages()
        ages._days, ages.count = dict(self._days), self.count
        self._own.clear()
        return ages

    def first_ms(self) -> int | None:
        """The oldest start."""
        if not self._days:
            return None
        day = min(self._days)
        return day * DAY_MS + self._in_order(day)[0]

    def before(self, at_ms: int) -> int:
        """How many began before `at_ms`."""
        day, offset_ms = divmod(at_ms, DAY_MS)
        days = sum(len(starts) for number, starts in self._days.items() if number < day)
        return days + bisect_left(self._in_order(day), offset_ms)

    def _in_order(self, day: int) -> array[int]:
        if day in self._unordered:
            self._days[day] = array("i", sorted(self._days[day]))
            self._unordered.discard(day)  # last: another thread may ask
        return self._days.get(day, _NONE)

    def include(self, other: Ages) -> None:
        """Add what stands in another cell, for a label that covers both. Nothing is changed after that."""
        for day, starts in other._days.items():
            if day in self._days:
                self._day(day).extend(starts)
                self._unordered.add(day)
            else:
                self._days[day] = starts
                if day in other._unordered:
                    self._unordered.add(day)
        self.count += other.count


_NONE: array[int] = array("i")
