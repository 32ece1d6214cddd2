"""Standings of one shard: how many stand since when, by standing and cell (metrics.md, section 1).

The starts themselves are kept, not ages, so whoever reads the rows ages them by a clock of its own.

The starts of one standing in one cell are spread over rows as the leaves of a B-tree are, each from an instant on up to the next row's.
What bounds a row is how many starts it has, not a stretch of time: to write one costs the same however many stand, of whichever day they
are, and where little stands one row has all of it.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from typing import Final

import msgspec

from schemas.state import STANDING, read_key, standing_key
from schemas.values import Cell
from streams.core.cases.fold import Standing

_encode = msgspec.msgpack.Encoder().encode
_decode_starts = msgspec.msgpack.Decoder(dict[int, int]).decode

Starts = dict[int, int]
"""Instant -> how many began then. Counts are positive."""

ROW_STARTS: Final = 64
"""Instants in a row, at most. With fewer there are more rows to keep and to read back, with more each costs more to write and to apply."""
FEW_STARTS: Final = ROW_STARTS // 2
"""Two neighbours that have no more together become one row."""


class Column:
    """One standing in one cell.

    begins   since when each row holds, ascending; the lowest row that there can be begins with 1970
    rows     the starts in each of them, never none
    changed  begins of rows that are others, or gone, since the last take
    """

    __slots__ = ("begins", "cell", "changed", "count", "rows", "standing")

    def __init__(self, standing: int, cell: Cell) -> None:
        self.standing = standing
        self.cell = cell
        self.count = 0
        self.begins: list[int] = []
        self.rows: list[Starts] = []
        self.changed: set[int] = set()

    def add(self, start_ms: int, weight: int) -> None:
        at = bisect_right(self.begins, start_ms) - 1
        if at < 0:
            at = 0
            self._insert(at, 0, {})
        starts = self.rows[at]
        count = starts.get(start_ms, 0) + weight
        assert count >= 0, f"negative standing {self.standing} in {self.cell}: {count} since {start_ms}"
        self.count += weight
        self.changed.add(self.begins[at])
        if count == 0:
            del starts[start_ms]
            self._shrink(at)
        else:
            starts[start_ms] = count
            if len(starts) > ROW_STARTS:
                self._split(at)

    def starts_of(self, begin_ms: int) -> Starts | None:
        """Of the row that begins there; None: there is none."""
        at = bisect_left(self.begins, begin_ms)
        return self.rows[at] if at < len(self.begins) and self.begins[at] == begin_ms else None

    def put(self, begin_ms: int, starts: Starts) -> None:
        """A row as it was written."""
        self._insert(bisect_left(self.begins, begin_ms), begin_ms, starts)
        self.count += sum(starts.values())

    def _insert(self, at: int, begin_ms: int, starts: Starts) -> None:
        self.begins.insert(at, begin_ms)
        self.rows.insert(at, starts)

    def _split(self, at: int) -> None:
        """Into halves. What comes in order leaves full rows behind, so the latest start goes on alone."""
        starts = self.rows[at]
        ordered = sorted(starts)
        upper = ordered[-1:] if next(reversed(starts)) == ordered[-1] else ordered[len(ordered) // 2 :]
        self._insert(at + 1, upper[0], {start_ms: starts.pop(start_ms) for start_ms in upper})
        self.changed.add(upper[0])

    def _shrink(self, at: int) -> None:
        """A row has become smaller."""
        rows = self.rows
        if at > 0 and len(rows[at - 1]) + len(rows[at]) <= FEW_STARTS:
            at -= 1
            self._fold(at)
        if at + 1 < len(rows) and len(rows[at]) + len(rows[at + 1]) <= FEW_STARTS:
            self._fold(at)
        if not rows[at]:
            del rows[at], self.begins[at]

    def _fold(self, at: int) -> None:
        """Put the next row's starts into a row."""
        self.rows[at].update(self.rows.pop(at + 1))
        self.changed.add(self.begins[at])
        self.changed.add(self.begins.pop(at + 1))


class Standings:
    """Counts of standings by their start."""

    def __init__(self) -> None:
        self._columns: dict[int, dict[Cell, Column]] = {}
        self._changed: list[Column] = []  # since the last take, each once

    def change(self, before: Iterable[Standing], after: Iterable[Standing]) -> None:
        """One case stood as in `before` and now stands as in `after`."""
        added = list(after)
        for one in before:
            if one in added:
                added.remove(one)  # it stands on, and no row is written for it
            else:
                self._add(one, -1)
        for one in added:
            self._add(one, 1)

    def _add(self, one: Standing, weight: int) -> None:
        standing, cell, start_ms = one
        column = self._column(standing, cell)
        if not column.changed:
            self._changed.append(column)
        column.add(start_ms, weight)

    def _column(self, standing: int, cell: Cell) -> Column:
        columns = self._columns.get(standing)
        if columns is None:
            columns = self._columns[standing] = {}
        column = columns.get(cell)
        if column is None:
            column = columns[cell] = Column(standing, cell)
        return column

    def count(self, standing: int, cell: Cell) -> int:
        """How many stand now."""
        column = self._columns.get(standing, {}).get(cell)
        return 0 if column is None else column.count

    def total(self, standing: int) -> int:
        """How many stand now in all cells."""
        return sum(column.count for column in self._columns.get(standing, {}).values())

    def take(self) -> list[tuple[bytes, bytes | None]]:
        """Rows changed since the last take; None where there is none any more."""
        rows: list[tuple[bytes, bytes | None]] = []
        for column in self._changed:
            for begin_ms in column.changed:
                starts = column.starts_of(begin_ms)
                rows.append((standing_key(column.standing, column.cell, begin_ms), None if starts is None else _encode(starts)))
            column.changed.clear()
        self._changed.clear()
        return rows

    def starts(self) -> Iterator[tuple[int, Cell, Starts]]:
        """(standing, cell, starts) of all that stands, row by row."""
        for standing, columns in self._columns.items():
            for cell, column in columns.items():
                for starts in column.rows:
                    yield standing, cell, starts

    def restore(self, key: bytes, value: bytes) -> None:
        """Take one row back."""
        kind, standing, *labels, begin_ms = read_key(key)
        assert kind == STANDING
        self._column(standing, Cell(*labels)).put(begin_ms, _decode_starts(value))
