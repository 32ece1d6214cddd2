"""The same numbers over files; nothing is sealed or forgotten; the clock is the highest event time.

All of time is one window, `range`; or the windows are those of a board at that instant. An input may be split over any number of shards:
the figures are the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Final, NamedTuple
from zlib import crc32

import msgspec

from schemas.events import Event
from schemas.fields import topic_of_standing, topics_of
from schemas.instants import rfc3339
from schemas.values import DAY_MS, Cell, EpochMs, Topic
from streams.core.board import BoardSettings, BoardState
from streams.core.book import DEFAULT_TARGET, MIN_GROUP, Book, with_contacts
from streams.core.cases.fold import NEVER_MS
from streams.core.clocks.days import Days
from streams.core.intake import Intake, Rejected, Skipped
from streams.core.kpis.backlog import Backlog, BacklogLimits
from streams.core.kpis.targets import Target
from streams.core.log import Batch, Record
from streams.core.panes.ages import Ages
from streams.core.panes.pane import Pane, merge
from streams.core.panes.range import RangeStore
from streams.core.panes.store import PaneStore
from streams.core.pseudonyms import Pseudonyms
from streams.core.settings import ShardSettings
from streams.core.shard import Shard
from streams.core.snapshot import RANGE, Liveness, Snapshot

LINES: Final = 5_000
"""Per batch."""


class Line(NamedTuple):
    """A line of a file as a record of a topic."""

    offset: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes]] = ()
    timestamp: int = -1


class Events(msgspec.Struct):
    """What became of the records."""

    read: int = 0
    accepted: int = 0
    duplicate: int = 0
    rejected: dict[str, int] = {}
    unknown_type: int = 0


class IntakeUntil(Intake):
    """Hides events later than `until_ms`."""

    def __init__(self, until_ms: EpochMs | None, topic: str, partitions: int, currency: str, pseudonyms: Pseudonyms | None) -> None:
        super().__init__(topic, partitions, currency, pseudonyms)
        self._until_ms = NEVER_MS if until_ms is None else until_ms

    def read_all(self, records: Sequence[Record], wall_ms: EpochMs | None) -> Sequence[Event | Rejected | Skipped]:
        """As `Intake.read_all`; a later event is skipped."""
        events = super().read_all(records, wall_ms)
        return [LATER if not isinstance(event, Rejected | Skipped) and event.time > self._until_ms else event for event in events]


LATER: Final = Skipped("later")


class Report:
    """Takes records in, gives a snapshot."""

    def __init__(
        self,
        settings: ShardSettings,
        partitions: int = 1,
        backlog: BacklogLimits | None = None,
        targets: Mapping[str, float] | None = None,
        until_ms: EpochMs | None = None,
        board: BoardSettings | None = None,
        min_group: int = MIN_GROUP,
        kpi_targets: Sequence[Target] = (),
        min_samples: int = 0,
    ) -> None:
        """
        until_ms  later events are hidden, and the clock ends there
        board     the windows are those of such a board, whose targets and least samples hold then; without it there is `range` alone
        """
        # Lines of a file have no keys to check: `partitions` says only over how many shards they are spread here.
        settings = msgspec.structs.replace(settings, bounded=False, partitions=1)
        self._stores = [RangeStore() for _ in range(0 if board else partitions)]
        stores: Sequence[RangeStore | PaneStore] = self._stores or [unsettled(settings) for _ in range(partitions)]
        self._board = None if board is None else BoardState(board)
        self._until_ms = until_ms
        self._shards = [
            Shard(number, settings, store=store, make_intake=partial(IntakeUntil, until_ms)) for number, store in enumerate(stores)
        ]
        self._contacts = settings.contacts
        self._since_ms = settings.since_ms
        self._backlog = backlog or BacklogLimits()
        self._targets = targets or {}
        self._min_group = min_group
        self._kpi_targets = kpi_targets
        self._min_samples = min_samples
        self._read: dict[tuple[int, str], int] = {}

    def add(self, topic: str, values: Iterable[bytes], partition: int = 0) -> None:
        """Records of one topic, by its logical name."""
        shard = self._shards[partition]
        start = self._read.get((partition, topic), 0)
        batch = Batch([Line(start + i, None, value) for i, value in enumerate(values)], start, start)
        batch.end = self._read[partition, topic] = start + len(batch)
        applied = shard.apply(topic, batch, None)
        assert applied, f"{topic} was read on from {start}, wanted was {shard.positions[topic]}"
        if batch.end // 50_000 != start // 50_000:
            self._take(partition)  # encodes the cases: keeps memory in bounds

    def _take(self, partition: int) -> bool:
        """What has changed since the last take. Returns whether something of it was for other shards to hear."""
        changes = self._shards[partition].take()
        if changes is None:
            return False
        if self._board is not None:
            self._board.apply(partition, changes.panes)
        told: dict[int, list[Line]] = {}
        for output in changes.outputs:
            if output.topic == self._contacts:
                assert output.key is not None
                told.setdefault(crc32(output.key) % len(self._shards), []).append(Line(0, output.key, output.value))
        for number, lines in told.items():
            start = self._shards[number].positions[self._contacts]
            records = [line._replace(offset=offset) for offset, line in enumerate(lines, start)]
            self._shards[number].apply(self._contacts, Batch(records, start, start + len(lines)), None)
        return bool(told)

    def events(self) -> Events:
        """Counted so far."""
        events = Events()
        for shard in self._shards:
            for what, amount in shard.stats.items():
                if what in ("accepted", "duplicate", "unknown_type"):
                    setattr(events, what, getattr(events, what) + amount)
                elif what == "conflicting_duplicates":
                    events.duplicate += amount
                elif what.startswith("rejected."):
                    reason = what.removeprefix("rejected.")
                    events.rejected[reason] = events.rejected.get(reason, 0) + amount
        events.read = events.accepted + events.duplicate + sum(events.rejected.values()) + events.unknown_type
        return events

    def snapshot(self) -> Snapshot:
        """At the highest event time, or at `until_ms`."""
        now_ms = self._until_ms if self._until_ms is not None else EpochMs(max(shard.watermark_ms for shard in self._shards))
        live = Liveness(partitions=len(self._shards), live=len(self._shards), data_age_ms=0, restored=True, leads=True)
        moves = True
        while moves:  # what cases tell of their customers, until all have heard it
            moves = False
            for partition, shard in enumerate(self._shards):
                shard.advance(now_ms)
                moves |= self._take(partition)
        if self._board is not None:
            return self._board.snapshot(now_ms, live)
        return Snapshot(now_ms, self._book(now_ms), live, (RANGE,))

    def _book(self, now_ms: EpochMs) -> Book:
        """Of all of time."""
        ages: dict[tuple[int, Cell], Ages] = {}
        cells: dict[Cell, set[Topic]] = {}
        for shard in self._shards:
            for standing, cell, starts in shard.standings.starts():
                ages.setdefault((standing, cell), Ages()).change({}, starts)
                cells.setdefault(cell, set()).add(topic_of_standing(standing))
        for store in self._stores:
            for cell, sums in store.totals.items():
                cells.setdefault(cell, set()).update(topics_of(sums))
        firsts = [shard.first_ms for shard in self._shards if shard.first_ms is not None]
        first_ms = self._since_ms if self._since_ms is not None else min(firsts, default=now_ms)

        def pane(cell: Cell, window: str) -> Pane | None:
            panes = [store.panes[cell] for store in self._stores if cell in store.panes]
            return Pane(0, *merge(panes)) if panes else None

        return Book(
            cells={cell: with_contacts(topics) for cell, topics in cells.items() if not cell.about},
            apart={cell: topics for cell, topics in cells.items() if cell.about},
            pane=pane,
            ages=ages,
            window_days=lambda window: (now_ms - first_ms) / DAY_MS,
            window_ms=lambda window: (first_ms, now_ms),
            partial=lambda window: False,
            has_tickets=any("tickets" in shard.latest_ms() for shard in self._shards),
            backlog_after_ms=Backlog(self._backlog, cells, pane, RANGE).after_ms,
            min_group=self._min_group,
            target=lambda queue: self._targets.get(queue or "", DEFAULT_TARGET),
            targets=self._kpi_targets,
            min_samples=self._min_samples,
        )


def unsettled(settings: ShardSettings) -> PaneStore:
    """Panes as a live shard keeps them, without counters of closed minutes, which nobody reads here."""
    store = PaneStore(Days(settings.zone, settings.reset_minutes), 0, {})
    store.closed_minute = NEVER_MS
    return store


def document(
    report: Report, snapshot: Snapshot, cuts: Sequence[tuple[str, ...]], windows: Sequence[str] | None = None, compare: bool = False
) -> dict[str, object]:
    """What `deskpulse report --json` prints of files."""
    rows = snapshot.rows(windows=windows, cuts=cuts, empty_once=True, compare=compare)
    return {
        "as_of": rfc3339(snapshot.now_ms),
        "events": msgspec.to_builtins(report.events()),
        "rows": [row.document() for row in rows],
    }
