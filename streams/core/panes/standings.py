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


class Column:
    """One standing in one cell: its starts by UTC day."""

    __slots__ = ("cell", "changed_days", "count", "days", "standing")

    def __init__(self, standing: int, cell: Cell) -> None:
        self.standing = standing
        self.cell = cell
        self.count = 0
        self.days: dict[int, Starts] = {}
        self.changed_days: set[int] = set()

    def add(self, start_ms: int, weight: int) -> None:
        day = start_ms // DAY_MS
        offset_ms = start_ms - day * DAY_MS
        starts = self.days.get(day)
        if starts is None:
            starts = self.days[day] = {}
        count = starts.get(offset_ms, 0) + weight
        if count:
            starts[offset_ms] = count
        else:
            del starts[offset_ms]
        self.count += weight
        self.changed_days.add(day)


class Standings:
    """Counts of standings by their start."""

    def __init__(self) -> None:
        self._columns: dict[int, dict[Cell, Column]] = {}
        self._changed: list[Column] = []  # since the last take, each once

    def change(self, before: Iterable[Standing], after: Iterable[Standing]) -> None:
        """One case stood as in `before` and now stands as in `after`."""
        for standing, cell, start_ms in before:
            self._add(standing, cell, start_ms, -1)
        for standing, cell, start_ms in after:
            self._add(standing, cell, start_ms, 1)

    def _add(self, standing: int, cell: Cell, start_ms: int, weight: int) -> None:
        column = self._column(standing, cell)
        if not column.changed_days:
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
        """Rows changed since the last take; None where nothing stands any more."""
        rows: list[tuple[bytes, bytes | None]] = []
        for column in self._changed:
            for day in column.changed_days:
                starts = column.days[day]
                assert min(starts.values(), default=1) > 0, f"negative standing {column.standing} in {column.cell}: {starts}"
                rows.append((standing_key(column.standing, column.cell, day), _encode(starts) if starts else None))
                if not starts:
                    del column.days[day]
            column.changed_days.clear()
        self._changed.clear()
        return rows

    def by_day(self) -> Iterator[tuple[int, Cell, int, Starts]]:
        """(standing, cell, UTC day, starts) of all that stands."""
        for standing, columns in self._columns.items():
            for cell, column in columns.items():
                for day, starts in column.days.items():
                    yield standing, cell, day, starts

    def restore(self, key: bytes, value: bytes) -> None:
        """Take one row back."""
        kind, standing, *labels, day = read_key(key)
        assert kind == STANDING
        column = self._column(standing, Cell(*labels))
        starts = column.days[day] = _decode_starts(value)
        column.count += sum(starts.values())
