"""The pure part of a board: rows of all shards, merged (architecture.md, section 5).

Rows are absolute: a new one replaces the former of its key and partition, so that reading a row twice changes nothing.
A snapshot shares what it shows with the board, and the board copies a part before it changes it: what a snapshot shows stays that moment,
also for another thread.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cache
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from schemas.fields import topic_of_standing, topics_of
from schemas.instants import rfc3339
from schemas.state import (
    ADDED,
    CLOCK,
    CORRECTIONS,
    PANE,
    PRESSING,
    SETTLED,
    STANDING,
    TOTAL,
    ClockRow,
    read_key,
)
from schemas.values import Cell, EpochMs, Topic
from streams.core.book import DEFAULT_TARGET, MIN_GROUP, Book, with_contacts
from streams.core.cap import Capped
from streams.core.cases.pressing import PressingCase, decode_pressing
from streams.core.clocks.days import Days
from streams.core.kpis.backlog import Backlog, BacklogLimits
from streams.core.kpis.kpi import WINDOWS
from streams.core.kpis.targets import Target
from streams.core.panes.addition import add_sums
from streams.core.panes.ages import Ages
from streams.core.panes.merged import CellBook, Part, together
from streams.core.panes.moment import Moment
from streams.core.panes.pane import Pane, Sums, start_of
from streams.core.panes.window_panes import WindowPanes
from streams.core.snapshot import Liveness, Snapshot
from streams.core.state_version import check_calendar, check_state_version

LIVE_CHANNELS: Final = ("phone", "chat", "video")
"""What calls come by (events.md); tickets come by all others, as far as is known before the first event."""
RECENT: Final = "15m"
"""The window that shows at what pace callers leave the queue."""


_decode_sums = msgspec.msgpack.Decoder(Sums).decode
_decode_starts = msgspec.msgpack.Decoder(dict[int, int]).decode
_decode_corrections = msgspec.msgpack.Decoder(dict[int, list[int]]).decode
_decode_clock = msgspec.msgpack.Decoder(ClockRow).decode


class BoardSettings(msgspec.Struct, frozen=True, kw_only=True):
    """queues: configured name -> channels it serves, present from the start. targets: queue -> service-level target. min_group: of fewer
    people nothing is told that is about each of them."""

    zone: ZoneInfo = ZoneInfo("UTC")
    reset_minutes: int = 0
    interval_minutes: int = 30
    event_clock: bool = False
    queues: Mapping[str, Collection[str]] = msgspec.field(default_factory=dict)
    targets: Mapping[str, float] = msgspec.field(default_factory=dict)
    kpi_targets: Sequence[Target] = ()
    min_samples: int = 5
    backlog: BacklogLimits = BacklogLimits()
    min_group: int = MIN_GROUP
    label_values: int = 200


class BoardState:
    """Applies rows, gives snapshots."""

    def __init__(self, settings: BoardSettings) -> None:
        self.settings = settings
        self._days = Days(settings.zone, settings.reset_minutes)
        self._rows: dict[tuple[int, bytes], Sums] = {}
        self._starts_of_rows: dict[tuple[int, bytes], bytes] = {}  # encoded, which takes a fraction of the room
        self._starts_of_slots: dict[tuple[int, bytes], int] = {}
        self._cells: dict[Cell, CellBook] = {}
        self._ages: dict[tuple[int, Cell], Ages] = {}
        self._settled: dict[Cell, Sums] = {}
        self._totals: dict[Cell, Sums] = {}
        self._corrections: dict[int, dict[int, list[int]]] = {}
        self._clocks: dict[int, ClockRow] = {}
        self._pressing: dict[tuple[int, bytes], PressingCase] = {}
        self._window_panes = WindowPanes()
        self._parts: dict[Part, Part] = {}
        self._own_cells: set[Cell] = set()  # not shared with a snapshot
        self._own_ages: set[tuple[int, Cell]] = set()
        self.reload(settings)

    def reload(self, settings: BoardSettings) -> None:
        """Show by these settings from now on. Those of the calendar stay; of a queue that is not configured any more, what there is."""
        was = self.settings
        assert (was.zone, was.reset_minutes, was.interval_minutes) == (settings.zone, settings.reset_minutes, settings.interval_minutes)
        self.settings = settings
        for queue, channels in settings.queues.items():
            for channel in channels:
                self._add_topics(Cell(queue, channel, "normal"), {"calls" if channel in LIVE_CHANNELS else "tickets"})

    def apply(self, partition: int, rows: Iterable[tuple[bytes, bytes | None]]) -> None:
        """Take rows of `<app>-panes` in log order. Raises OtherStateVersion, CalendarChanged."""
        for key, value in rows:
            kind, *rest = read_key(key)
            if kind in (PANE, ADDED):
                *labels, resolution, _ = rest
                self._set_pane((partition, kind), key, Cell(*labels), resolution, value)
            elif kind == STANDING:
                standing, *labels, _ = rest
                cell = Cell(*labels)
                self._add_topics(cell, {topic_of_standing(standing)})
                self._set_starts(partition, key, self._own(standing, cell), value)
            elif kind == SETTLED:
                # Of a cell whose facts were all taken back this row alone is left, and its counters must not go.
                cell = Cell(*rest)
                self._add_topics(cell, topics_of(self._set_sums(self._settled, partition, key, cell, value)))
            elif kind == TOTAL:
                cell = Cell(*rest)
                sums = self._set_sums(self._totals, partition, key, cell, value)
                self._add_topics(cell, topics_of(sums))
            elif kind == PRESSING:
                if value is None:
                    self._pressing.pop((partition, key), None)
                else:
                    self._pressing[partition, key] = PressingCase(rest[0], rest[1], decode_pressing(value))
            elif kind == CORRECTIONS and value is not None:
                self._corrections[partition] = _decode_corrections(value)
            elif kind == CLOCK and value is not None:
                check_state_version(value)
                clock = self._clocks[partition] = _decode_clock(value)
                check_calendar(clock.calendar, self._days)

    def _cell(self, cell: Cell) -> CellBook:
        """To be changed."""
        if cell not in self._own_cells:
            shared = self._cells.get(cell)
            self._cells[cell] = CellBook() if shared is None else shared.copied()
            self._own_cells.add(cell)
        return self._cells[cell]

    def _add_topics(self, cell: Cell, topics: set[Topic]) -> None:
        book = self._cells.get(cell)
        if book is None or not topics <= book.topics:
            self._cell(cell).topics.update(topics)

    def _own(self, standing: int, cell: Cell) -> Ages:
        """To be changed."""
        key = (standing, cell)
        if key not in self._own_ages:
            shared = self._ages.get(key)
            self._ages[key] = Ages() if shared is None else shared.copied()
            self._own_ages.add(key)
        return self._ages[key]

    def _set_pane(self, part: Part, key: bytes, cell: Cell, resolution: int, row: bytes | None) -> None:
        book = self._cell(cell)
        part = self._parts.setdefault(part, part)  # one for all rows, of which there are many
        start_ms = None if row is None else start_of(row)
        slot = (part[0], key)
        former_ms = self._starts_of_slots.pop(slot, None)
        if former_ms is not None and former_ms != start_ms:
            book.set(part, resolution, former_ms, None)
        if start_ms is not None:
            self._starts_of_slots[slot] = start_ms
            book.set(part, resolution, start_ms, row)

    def _set_starts(self, partition: int, key: bytes, ages: Ages, value: bytes | None) -> None:
        old = self._starts_of_rows.pop((partition, key), None)
        ages.change({} if old is None else _decode_starts(old), {} if value is None else _decode_starts(value))
        if value is not None:
            self._starts_of_rows[partition, key] = value

    def _set_sums(self, merged: dict[Cell, Sums], partition: int, key: bytes, cell: Cell, value: bytes | None) -> Sums:
        new = {} if value is None else _decode_sums(value)
        old = self._rows.pop((partition, key), None)
        into = merged[cell] = dict(merged.get(cell, ()))
        if old is not None:
            add_sums(into, old, -1)
        add_sums(into, new)
        self._rows[partition, key] = new
        return new

    # --- out ----------------------------------------------------------------------------------------------------------

    def event_now_ms(self) -> EpochMs:
        """The highest clock or event time of all shards, 0 before the first row.

        A shard that writes its last event before its clock has moved there has nothing more to write: its row says the event's time alone.
        """
        return EpochMs(max((at_ms for clock in self._clocks.values() for at_ms in (clock.now_ms, *clock.sources.values())), default=0))

    def totals(self) -> Mapping[Cell, Sums]:
        """Counts and sums since ever, for the ledgers."""
        return self._totals

    def snapshot(self, now_ms: EpochMs, liveness: Liveness) -> Snapshot:
        """The moment `now_ms`; with an event clock, the highest event time instead."""
        settings = self.settings  # a snapshot keeps them, whatever they are later
        if settings.event_clock and self._clocks:
            now_ms = self.event_now_ms()
        first_ms = min((clock.first_ms for clock in self._clocks.values() if clock.first_ms is not None), default=None)
        moment = Moment(now_ms, WINDOWS, self._days, settings.interval_minutes, first_ms)
        capped = Capped(self._cells, settings.queues, settings.label_values)
        members = capped.members
        books = dict(self._cells)
        self._window_panes.turn(now_ms)
        self._own_cells.clear()
        self._own_ages.clear()
        cells = {shown: {topic for cell in hidden for topic in books[cell].topics} for shown, hidden in members.items()}

        @cache  # decoded as long as somebody looks at this moment: each cell is part of many cuts
        def pane(cell: Cell, window: str) -> Pane | None:
            span = moment.span(window)
            return together(self._window_panes.pane(books[c], c, window, span) for c in members[cell])

        @cache
        def after(cell: Cell, window: str) -> Pane | None:
            span = moment.span_after(window)
            return together(self._window_panes.pane(books[c], c, f"after {window}", span) for c in members[cell])

        def stretch(cell: Cell, resolution: int, start_ms: int) -> Pane | None:
            found = (books[c].stretches.get((resolution, start_ms)) for c in members[cell])
            return together(pane for one in found if one is not None for pane in one.panes())

        book = Book(
            cells={cell: with_contacts(topics) for cell, topics in cells.items() if not cell.about},
            apart={cell: topics for cell, topics in cells.items() if cell.about},
            pane=pane,
            after=after,
            stretch=stretch,
            starts=moment.starts,
            ages=capped.ages(self._ages),
            before=moment.before_ms,
            other_days=moment.other_days,
            window_ms=moment.window_ms,
            recent=RECENT,
            window_days=moment.length_days,
            partial=moment.is_partial,
            since=None if first_ms is None else rfc3339(first_ms),
            has_tickets=any("tickets" in clock.sources for clock in self._clocks.values()),
            backlog_after_ms=Backlog(settings.backlog, cells, pane, "30d").after_ms,
            min_group=settings.min_group,
            target=lambda queue: settings.targets.get(queue or "", DEFAULT_TARGET),
            targets=settings.kpi_targets,
            min_samples=settings.min_samples,
        )
        snapshot = Snapshot(
            now_ms,
            book,
            liveness,
            WINDOWS,
            settled=capped.sums(self._settled),
            corrections=self._corrected(),
            sources=self._sources(),
            totals=capped.sums(self._totals),
        )
        snapshot.pressing = tuple(self._pressing.values())
        snapshot.hidden_queues = capped.hidden_queues
        return snapshot

    def _corrected(self) -> dict[int, tuple[int, int]]:
        """Field -> (added, removed), in all partitions."""
        corrections: dict[int, tuple[int, int]] = {}
        for by_field in self._corrections.values():
            for field, (added, removed) in by_field.items():
                have = corrections.get(field, (0, 0))
                corrections[field] = (have[0] + added, have[1] + removed)
        return corrections

    def _sources(self) -> dict[str, int]:
        """Topic -> time of its latest event, in any partition."""
        sources: dict[str, int] = {}
        for clock in self._clocks.values():
            for topic, last_ms in clock.sources.items():
                sources[topic] = max(sources.get(topic, 0), last_ms)
        return sources
