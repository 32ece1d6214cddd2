"""The pure part of a board: rows of all shards, merged (architecture.md, section 5).

Rows are absolute: a new one replaces the former of its key and partition, so that reading a row twice changes nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from schemas.state import CLOCK, CORRECTIONS, MINUTE, PANE, QUARTER, SETTLED, STANDING, STATE_VERSION, TOTAL, ClockRow, read_key
from schemas.values import DAY_MS, MINUTE_MS, Cell, EpochMs
from streams.core.clocks.days import Days
from streams.core.kpis.catalogue import WINDOWS, Topic
from streams.core.panes.ages import Ages
from streams.core.panes.pane import KEPT_MAXIMA, Pane, Sums, add_sums
from streams.core.panes.windows import Span, span_of
from streams.core.shard import StateTooNew
from streams.core.snapshot import BACKLOG_AFTER_MS, DEFAULT_TARGET, Book, Liveness, Snapshot, merge

STEP_MS: Final = {MINUTE: MINUTE_MS, QUARTER: 15 * MINUTE_MS}

_decode_pane = msgspec.msgpack.Decoder(Pane).decode
_decode_sums = msgspec.msgpack.Decoder(Sums).decode
_decode_starts = msgspec.msgpack.Decoder(dict[int, int]).decode
_decode_corrections = msgspec.msgpack.Decoder(dict[int, list[int]]).decode
_decode_clock = msgspec.msgpack.Decoder(ClockRow).decode


class BoardSettings(msgspec.Struct, frozen=True, kw_only=True):
    """queues: configured name -> channels it serves, present from the start. targets: queue -> service-level target."""

    zone: ZoneInfo = ZoneInfo("UTC")
    reset_minutes: int = 0
    interval_minutes: int = 30
    event_clock: bool = False
    queues: Mapping[str, Collection[str]] = msgspec.field(default_factory=dict)
    targets: Mapping[str, float] = msgspec.field(default_factory=dict)
    backlog_after_ms: int = BACKLOG_AFTER_MS
    label_values: int = 200


class MergedPane:
    """One stretch in one cell over all shards."""

    __slots__ = ("maxima", "sums")

    def __init__(self) -> None:
        self.sums: Sums = {}
        self.maxima: dict[int, dict[int, list[int]]] = {}  # by partition: largest values cannot be subtracted

    def as_pane(self, start_ms: int) -> Pane:
        if len(self.maxima) == 1:
            return Pane(start_ms, self.sums, next(iter(self.maxima.values())))
        largest: dict[int, list[int]] = {}
        for maxima in self.maxima.values():
            for duration, values in maxima.items():
                largest[duration] = sorted(largest.get(duration, []) + values)[-KEPT_MAXIMA:]
        return Pane(start_ms, self.sums, largest)


class CellBook:
    """Panes of one cell, by resolution and start."""

    __slots__ = ("panes", "topics", "version")

    def __init__(self) -> None:
        self.panes: dict[tuple[int, int], MergedPane] = {}
        self.topics: set[Topic] = set()
        self.version = 0


class BoardState:
    """Applies rows, gives snapshots."""

    def __init__(self, settings: BoardSettings) -> None:
        self.settings = settings
        self._days = Days(settings.zone, settings.reset_minutes)
        self._rows: dict[tuple[int, bytes], Pane | Sums] = {}
        self._cells: dict[Cell, CellBook] = {}
        self._ages: dict[tuple[int, Cell], Ages] = {}
        self._settled: dict[Cell, Sums] = {}
        self._totals: dict[Cell, Sums] = {}
        self._corrections: dict[int, dict[int, list[int]]] = {}
        self._clocks: dict[int, ClockRow] = {}
        self._windows: dict[tuple[Cell, str], tuple[int, Span, Pane | None]] = {}
        for queue, channels in settings.queues.items():
            for channel in channels:
                self._cell(Cell(queue, channel, "normal")).topics.add("calls")

    def apply(self, partition: int, rows: Iterable[tuple[bytes, bytes | None]]) -> None:
        """Take rows of `<app>-panes` in log order. Raises StateTooNew."""
        for key, value in rows:
            kind, *rest = read_key(key)
            if kind == PANE:
                queue, channel, priority, resolution, _ = rest
                self._set_pane(partition, key, Cell(queue, channel, priority), resolution, None if value is None else _decode_pane(value))
            elif kind == STANDING:
                standing, queue, channel, priority, day = rest
                cell = Cell(queue, channel, priority)
                self._cell(cell).topics.add("calls" if standing < 5 else "tickets")
                ages = self._ages.get((standing, cell))
                if ages is None:
                    ages = self._ages[standing, cell] = Ages()
                ages.set(partition, day, None if value is None else _decode_starts(value))
            elif kind == SETTLED:
                self._set_sums(self._settled, partition, key, Cell(*rest), value)
            elif kind == TOTAL:
                cell = Cell(*rest)
                sums = self._set_sums(self._totals, partition, key, cell, value)
                topics = self._cell(cell).topics
                if len(topics) < 2:
                    topics.update("calls" if field < 200 else "tickets" for field in sums)
            elif kind == CORRECTIONS and value is not None:
                self._corrections[partition] = _decode_corrections(value)
            elif kind == CLOCK and value is not None:
                version, release = msgspec.msgpack.decode(value)[:2]
                if version > STATE_VERSION:
                    raise StateTooNew(version, release)
                self._clocks[partition] = _decode_clock(value)

    def _cell(self, cell: Cell) -> CellBook:
        book = self._cells.get(cell)
        if book is None:
            book = self._cells[cell] = CellBook()
        return book

    def _set_pane(self, partition: int, key: bytes, cell: Cell, resolution: int, new: Pane | None) -> None:
        book = self._cell(cell)
        book.version += 1
        old = self._rows.pop((partition, key), None)
        if old is not None:
            assert isinstance(old, Pane)
            at = (resolution, old.start_ms)
            merged = book.panes[at]
            add_sums(merged.sums, old.sums, -1)
            merged.maxima.pop(partition, None)
            if not merged.sums:
                del book.panes[at]
        if new is not None and new.sums:
            self._rows[partition, key] = new
            merged_ = book.panes.get((resolution, new.start_ms))
            if merged_ is None:
                merged_ = book.panes[resolution, new.start_ms] = MergedPane()
            add_sums(merged_.sums, new.sums)
            if new.maxima:
                merged_.maxima[partition] = new.maxima

    def _set_sums(self, merged: dict[Cell, Sums], partition: int, key: bytes, cell: Cell, value: bytes | None) -> Sums:
        new = {} if value is None else _decode_sums(value)
        old = self._rows.pop((partition, key), None)
        into = merged.setdefault(cell, {})
        if old is not None:
            assert isinstance(old, dict)
            add_sums(into, old, -1)
        add_sums(into, new)
        self._rows[partition, key] = new
        return new

    # --- out ----------------------------------------------------------------------------------------------------------

    def event_now_ms(self) -> EpochMs:
        """The highest clock of all shards, 0 before the first row."""
        return EpochMs(max((clock.now_ms for clock in self._clocks.values()), default=0))

    def totals(self) -> Mapping[Cell, Sums]:
        """Counts and sums since ever, for the ledgers."""
        return self._totals

    def snapshot(self, now_ms: EpochMs, liveness: Liveness) -> Snapshot:
        """The moment `now_ms`; with an event clock, the highest event time instead."""
        if self.settings.event_clock:
            now_ms = self.event_now_ms()
        first_ms = min((clock.first_ms for clock in self._clocks.values() if clock.first_ms is not None), default=None)
        spans = {window: span_of(window, now_ms, self._days, self.settings.interval_minutes) for window in WINDOWS}
        renamed = self._capped()
        cells: dict[Cell, set[Topic]] = {}
        members: dict[Cell, list[Cell]] = {}
        for cell, book in self._cells.items():
            shown = cell if renamed is None else cell._replace(queue=renamed.get(cell.queue, cell.queue))
            cells.setdefault(shown, set()).update(book.topics)
            members.setdefault(shown, []).append(cell)

        def pane(cell: Cell, window: str) -> Pane | None:
            if renamed is None:
                return self._window_pane(cell, window, spans[window])
            panes = [p for c in members[cell] if (p := self._window_pane(c, window, spans[window])) is not None]
            return Pane(0, *merge(panes)) if panes else None

        book = Book(
            cells=cells,
            pane=pane,
            ages=self._ages if renamed is None else self._regrouped_ages(members),
            window_days=lambda window: (min(spans[window].end_ms, now_ms) - spans[window].start_ms) / DAY_MS,
            partial=lambda window: first_ms is None or spans[window].start_ms < first_ms,
            since=None if first_ms is None else rfc3339(first_ms),
            backlog_after_ms=self.settings.backlog_after_ms,
            target=lambda queue: self.settings.targets.get(queue or "", DEFAULT_TARGET),
        )
        corrections: dict[int, tuple[int, int]] = {}
        for by_field in self._corrections.values():
            for field, (added, removed) in by_field.items():
                have = corrections.get(field, (0, 0))
                corrections[field] = (have[0] + added, have[1] + removed)
        settled = self._settled if renamed is None else self._regrouped(self._settled, members)
        sources: dict[str, int] = {}
        for clock in self._clocks.values():
            for topic, last_ms in clock.sources.items():
                sources[topic] = max(sources.get(topic, 0), last_ms)
        return Snapshot(now_ms, book, liveness, WINDOWS, settled, corrections, sources)

    def _window_pane(self, cell: Cell, window: str, span: Span) -> Pane | None:
        book = self._cells[cell]
        cached = self._windows.get((cell, window))
        if cached is not None and cached[0] == book.version and cached[1] == span:
            return cached[2]
        panes = [
            merged.as_pane(start_ms)
            for (resolution, start_ms), merged in book.panes.items()
            if resolution == span.resolution and span.start_ms <= start_ms < span.end_ms
        ]
        pane = None if not panes else panes[0] if len(panes) == 1 else Pane(span.start_ms, *merge(panes))
        if pane is not None and len(panes) == 1:
            pane = Pane(pane.start_ms, dict(pane.sums), pane.maxima)  # rows go on changing the merged one
        self._windows[cell, window] = (book.version, span, pane)
        return pane

    def _capped(self) -> Mapping[str, str] | None:
        """Queues beyond the cap -> `other`; configured ones come first, then by name. None: all have a place."""
        names = {cell.queue for cell in self._cells}
        if len(names) <= self.settings.label_values:
            return None
        ordered = sorted(names, key=lambda name: (name not in self.settings.queues, name))
        return dict.fromkeys(ordered[self.settings.label_values :], "other")

    def _regrouped(self, sums: Mapping[Cell, Sums], members: Mapping[Cell, Iterable[Cell]]) -> dict[Cell, Sums]:
        regrouped: dict[Cell, Sums] = {}
        for shown, cells in members.items():
            for cell in cells:
                if cell in sums:
                    add_sums(regrouped.setdefault(shown, {}), sums[cell])
        return regrouped

    def _regrouped_ages(self, members: Mapping[Cell, Iterable[Cell]]) -> dict[tuple[int, Cell], Ages]:
        where = {cell: shown for shown, cells in members.items() for cell in cells}
        regrouped: dict[tuple[int, Cell], Ages] = {}
        for (standing, cell), ages in self._ages.items():
            regrouped.setdefault((standing, where[cell]), Ages()).include(ages)
        return regrouped


def rfc3339(at_ms: int) -> str:
    """UTC with milliseconds and `Z`."""
    return datetime.fromtimestamp(at_ms // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%S") + f".{at_ms % 1000:03d}Z"
