"""Drives shards and boards in tests as a worker would: batches in, changes kept as a log would keep them, restored from there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from zlib import crc32

import msgspec

from schemas.events import ENTITY_FIELD, TYPES, Event
from schemas.values import EpochMs
from streams.core.board import BoardSettings, BoardState
from streams.core.cuts import REPORT_CUTS
from streams.core.log import Batch, Changes, Output, Restored
from streams.core.report import Line, Report
from streams.core.row import Row
from streams.core.settings import ShardSettings
from streams.core.shard import Shard
from streams.core.snapshot import Liveness, Snapshot
from streams.testing.wire import to_wire, topic_of

TOPICS = {topic: topic for topic in TYPES}
LIVE = Liveness(partitions=1, live=1, data_age_ms=0, restored=True, leads=True)


def settings(**changes: Any) -> ShardSettings:
    """Of one partition, so that keys are not checked."""
    return msgspec.structs.replace(ShardSettings(topics=TOPICS, partitions=1), **changes)


class KeptShard:
    """One shard with the rows of its checkpoints.

    outputs  what it wrote for the world; what it told of customers went to `peers`, those among whom these are shared
    """

    def __init__(self, shard_settings: ShardSettings | None = None) -> None:
        self.settings = shard_settings or settings()
        self.state: dict[bytes, bytes] = {}
        self.panes: dict[bytes, bytes] = {}
        self.outputs: list[Output] = []
        self.positions = dict.fromkeys((*self.settings.topics, self.settings.contacts), 0)
        self.records: dict[str, list[Line]] = {topic: [] for topic in self.positions}
        self.checkpoints: list[Changes] = []
        self.peers: Sequence[KeptShard] = [self]
        self.shard = Shard(0, self.settings)

    def says(self, topic: str, *values: bytes) -> None:
        """Append records to a topic, let the shard read them and write."""
        self.produce(topic, *values)
        self.read(topic)
        self.checkpoint()
        self.hear()

    def at(self, now_ms: int) -> None:
        """Let the clock go on and write."""
        self.shard.advance(EpochMs(now_ms))
        self.checkpoint()
        self.hear()

    def hear(self) -> None:
        """Let the shard read what was told of its customers, and write."""
        contacts = self.settings.contacts
        while self.shard.positions[contacts] < len(self.records[contacts]):
            self.read(contacts)
            self.checkpoint()

    def count(self, what: str) -> int:
        """Counted since its start."""
        return self.shard.stats.get(what, 0)

    def produce(self, topic: str, *values: bytes) -> None:
        """Append records to a topic."""
        for value in values:
            self.records[topic].append(Line(len(self.records[topic]), None, value))

    def read(self, topic: str, records: int | None = None, wall_ms: EpochMs | None = None) -> None:
        """Let the shard read on, at most `records`."""
        start = self.shard.positions[topic]
        lines = self.records[topic][start:] if records is None else self.records[topic][start : start + records]
        assert self.shard.apply(topic, Batch(lines, start, start + len(lines)), wall_ms)

    def checkpoint(self) -> None:
        """Write what changed, whole."""
        changes = self.shard.take()
        if changes is None:
            return
        self.checkpoints.append(changes)
        for rows, kept in ((changes.state, self.state), (changes.panes, self.panes)):
            for key, value in rows:
                if value is None:
                    kept.pop(key, None)
                else:
                    kept[key] = value
        for output in changes.outputs:
            if output.topic == self.settings.contacts:
                assert output.key is not None
                told = self.peers[crc32(output.key) % len(self.peers)].records[output.topic]
                told.append(Line(len(told), output.key, output.value))
            else:
                self.outputs.append(output)
        self.positions = changes.positions

    def crash(self) -> None:
        """Lose what is not in a checkpoint and begin again from there."""
        self.shard = Shard(0, self.settings, Restored(dict(self.state), dict(self.panes), dict(self.positions)))

    def value(self, kpi: str, stat: str = "count", window: str = "30d", **labels: str) -> Any:
        """Of one row of a board, at the shard's clock or its latest event."""
        return one(self.board(EpochMs(max(self.shard.now_ms, self.shard.watermark_ms))), kpi, stat, window, **labels).value

    def board(self, now_ms: EpochMs, board_settings: BoardSettings | None = None) -> Snapshot:
        """A board that reads the rows from the beginning."""
        board = BoardState(board_settings or BoardSettings())
        board.apply(0, self.panes.items())
        return board.snapshot(now_ms, LIVE)


def one(snapshot: Snapshot, kpi: str, stat: str = "count", window: str = "30d", **labels: str) -> Row:
    """The row of that name."""
    (row,) = (r for r in snapshot.rows(kpis=[kpi], windows=[window]) if r.stat == stat and r.labels == labels)
    return row


def told(event: Event, id_: str = "1", **own: Any) -> bytes:
    """The value of the record that says it; `own`: another call_id or ticket_id."""
    return to_wire(msgspec.structs.replace(event, id=id_, **own))[1]


def wires(events: Iterable[Any]) -> list[tuple[str, bytes]]:
    """(topic, value) of each event."""
    return [(topic_of(type(event)), to_wire(event)[1]) for event in events]


def report_rows(
    lines: Sequence[tuple[str, bytes]], partitions: int = 1, batch: int = 5_000, until_ms: EpochMs | None = None
) -> list[dict[str, Any]]:
    """The rows of a report over (topic, value), spread over `partitions` by the entity id."""
    report = Report(settings(), partitions, until_ms=until_ms)
    for i in range(0, len(lines), batch):
        for topic, value in lines[i : i + batch]:
            id_ = msgspec.json.decode(value)[ENTITY_FIELD[topic]]
            report.add(topic, [value], crc32(id_.encode()) % partitions)
    return [row.document() for row in report.snapshot().rows(cuts=REPORT_CUTS)]


def comparable(rows: Iterable[dict[str, Any]]) -> dict[tuple[str, str, str, str], dict[str, Any]]:
    """Rows by their name."""
    return {(row["kpi"], row["stat"], row["window"], str(sorted(row["labels"].items()))): row for row in rows}
