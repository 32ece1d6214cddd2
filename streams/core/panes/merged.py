"""Panes of all shards together, as a board keeps them: encoded, and decoded for those who look.

A day of a busy queue has thousands of buckets: as bytes it takes a twentieth of the room of a dictionary, and its row is replaced every
second while hardly anybody asks for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from schemas.state import ADDED, DAY, MONTH, PANE
from schemas.values import Partition, Topic
from streams.core.panes.moment import STEP_MS
from streams.core.panes.pane import Pane, decode_pane, encode_pane, merge
from streams.core.panes.windows import Span

Part = tuple[Partition, int]
"""A partition, and which of its rows of a stretch: PANE or ADDED."""


class Stretch:
    """One stretch of time in one cell over all shards. It is changed by the book that made it alone: others may share it.

    What is kept besides its rows says the same as they do, encoded too; another thread may let go of it.
    """

    __slots__ = ("_long", "_packed", "_rows", "maker", "version")

    def __init__(self, rows: Mapping[Part, bytes], maker: object, long: bytes | None = None) -> None:
        self._rows = dict(rows)
        self._long = long  # all panes together without what was added to them lately, where somebody has asked
        self._packed: bytes | None = None
        self.maker = maker
        self.version = 0
        """Of the book, when a row came last."""

    def __bool__(self) -> bool:
        return bool(self._rows)

    def remade(self, maker: object) -> Stretch:
        """The same, for another book to change."""
        return Stretch(self._rows, maker, self._long)

    def set(self, part: Part, row: bytes | None, version: int) -> None:
        """A row of a partition; None: it has none."""
        self.version = version
        self._packed = None
        if part[1] == PANE:
            self._long = None
        if row is None:
            self._rows.pop(part, None)
        else:
            self._rows[part] = row

    def panes(self) -> Iterator[Pane]:
        """Of each row, decoded anew: together they are what was counted."""
        return map(decode_pane, self._rows.values())

    def pane(self) -> Pane:
        """All rows together, decoded anew."""
        if (packed := self._packed) is not None:
            return decode_pane(packed)
        added = list(self._decoded(ADDED))
        pane = together((self._long_pane(), *added) if added else self.panes())
        assert pane is not None, "a stretch has a row"
        return pane

    def packed(self) -> Pane:
        """As `pane`, of a stretch to which little will come any more: it is not added up again."""
        pane = self.pane()
        if self._packed is None:
            self._packed = next(iter(self._rows.values())) if len(self._rows) == 1 else encode_pane(pane)
        self.let_go()
        return pane

    def let_go(self) -> None:
        """Of what is kept for a stretch that changes all the time."""
        self._long = None

    def _long_pane(self) -> Pane | None:
        if (long := self._long) is not None:
            return decode_pane(long)
        pane = together(self._decoded(PANE))
        if pane is not None:
            self._long = encode_pane(pane)
        return pane

    def _decoded(self, kind: int) -> Iterator[Pane]:
        return (decode_pane(row) for part, row in self._rows.items() if part[1] == kind)


class CellBook:
    """Stretches of one cell, by resolution and start."""

    __slots__ = ("_mark", "early_version", "last_day_ms", "removed_version", "stretches", "topics", "version")

    def __init__(self) -> None:
        self.stretches: dict[tuple[int, int], Stretch] = {}
        self._mark = object()  # of the stretches that no other book has
        self.topics: set[Topic] = set()
        self.version = 0
        """Grows with every change."""
        self.removed_version = 0
        """When a stretch lost its last row."""
        self.early_version = 0
        """Grows with every change of a day before the last, or of a month: seldom."""
        self.last_day_ms = -1
        """When the last day begins that anything is known of; -1: nothing is."""

    def copied(self) -> CellBook:
        """The same, to be changed apart from this one."""
        book = CellBook()
        book.stretches, book.topics = dict(self.stretches), set(self.topics)
        book.version, book.removed_version = self.version, self.removed_version
        book.early_version, book.last_day_ms = self.early_version, self.last_day_ms
        return book

    def set(self, part: Part, resolution: int, start_ms: int, row: bytes | None) -> None:
        """A row that a partition has of a stretch; None: it has none."""
        at = (resolution, start_ms)
        found = self.stretches.get(at, NOTHING)
        if found.maker is not self._mark:
            # Once for each snapshot, not for each row: a copy is as long as there are partitions.
            found = self.stretches[at] = found.remade(self._mark)
        self.version += 1
        found.set(part, row, self.version)
        if not found:
            del self.stretches[at]
            self.removed_version = self.version
        if resolution == DAY and start_ms > self.last_day_ms:
            if (former := self.stretches.get((DAY, self.last_day_ms))) is not None:
                former.let_go()
            self.last_day_ms = start_ms  # and the one before it is an early one from now on
            self.early_version += 1
        elif resolution == MONTH or (resolution == DAY and start_ms < self.last_day_ms):
            self.early_version += 1

    def early(self, span: Span) -> Pane | None:
        """Of a span of days or months: all but the last day, which changes all the time."""
        found = (stretch for at, stretch in self.stretches.items() if at != (DAY, self.last_day_ms) and span.holds(*at))
        return together(pane for stretch in found for pane in stretch.panes())

    def late(self, span: Span) -> Pane | None:
        """The last day, where it lies in such a span."""
        at = (DAY, self.last_day_ms)
        return self.stretches[at].pane() if span.holds(*at) and at in self.stretches else None

    def within(self, span: Span) -> Mapping[int, Stretch]:
        """Those of a span of minutes or quarter hours, by their start, in order."""
        length_ms = STEP_MS[span.resolution]
        starts: Iterable[int] = range(-(-span.start_ms // length_ms) * length_ms, span.end_ms, length_ms)
        if span.end_ms - span.start_ms > len(self.stretches) * length_ms:  # all of time, for one
            starts = sorted(start_ms for resolution, start_ms in self.stretches if span.holds(resolution, start_ms))
        found = ((start_ms, self.stretches.get((span.resolution, start_ms))) for start_ms in starts)
        return {start_ms: stretch for start_ms, stretch in found if stretch is not None}


NOTHING = Stretch({}, None)


def together(panes: Iterable[Pane | None]) -> Pane | None:
    """The panes as one, which may be one of them; None if there is none."""
    found = [pane for pane in panes if pane is not None]
    if len(found) < 2:
        return found[0] if found else None
    return Pane(found[0].start_ms, *merge(found))
