"""Standings of one shard: how many stand since when, by standing, cell and UTC day of the start (metrics.md, section 1).

The starts themselves are kept, not ages, so whoever reads the rows ages them by a clock of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from schemas.state import STANDING, read_key, standing_key
from schemas.values import DAY_MS, Cell
from streams.core.cases.fold import Standing

_encode = msgspec.msgpack.Encoder().encode
_decode_starts = msgspec.msgpack.Decoder(dict[int, int]).decode

Starts = dict[int, int]
"""ms since the start of the UTC day -> how many began then. Counts are positive."""


class Standings:
    """Counts of standings by their start."""

    def __init__(self) -> None:
        self._starts: dict[tuple[int, Cell, int], Starts] = {}
        self._counts: dict[tuple[int, Cell], int] = {}
        self._dirty: set[tuple[int, Cell, int]] = set()

    def change(self, before: Iterable[Standing], after: Iterable[Standing]) -> None:
        """One case stood as in `before` and now stands as in `after`."""
        for standing, cell, start_ms in before:
            self._add(standing, cell, start_ms, -1)
        for standing, cell, start_ms in after:
            self._add(standing, cell, start_ms, 1)

    def count(self, standing: int, cell: Cell) -> int:
        """How many stand now."""
        return self._counts.get((standing, cell), 0)

    def total(self, standing: int) -> int:
        """How many stand now in all cells."""
        return sum(count for (which, _), count in self._counts.items() if which == standing)

    def _add(self, standing: int, cell: Cell, start_ms: int, weight: int) -> None:
        day, offset_ms = divmod(start_ms, DAY_MS)
        key = (standing, cell, day)
        starts = self._starts.get(key)
        if starts is None:
            starts = self._starts[key] = {}
        count = starts.get(offset_ms, 0) + weight
        if count:
            starts[offset_ms] = count
        else:
            del starts[offset_ms]
        self._counts[standing, cell] = self._counts.get((standing, cell), 0) + weight
        self._dirty.add(key)

    def take(self) -> list[tuple[bytes, bytes | None]]:
        """Rows changed since the last take; None where nothing stands any more."""
        rows: list[tuple[bytes, bytes | None]] = []
        for key in self._dirty:
            starts = self._starts[key]
            assert all(count > 0 for count in starts.values()), f"negative standing {key}: {starts}"
            rows.append((standing_key(*key), _encode(starts) if starts else None))
            if not starts:
                del self._starts[key]
        self._dirty.clear()
        return rows

    def by_day(self) -> Iterator[tuple[int, Cell, int, Starts]]:
        """(standing, cell, UTC day, starts) of all that stands."""
        for (standing, cell, day), starts in self._starts.items():
            yield standing, cell, day, starts

    def restore(self, key: bytes, value: bytes) -> None:
        """Take one row back."""
        kind, standing, queue, channel, priority, day = read_key(key)
        assert kind == STANDING
        cell = Cell(queue, channel, priority)
        starts = _decode_starts(value)
        self._starts[standing, cell, day] = starts
        self._counts[standing, cell] = self._counts.get((standing, cell), 0) + sum(starts.values())
