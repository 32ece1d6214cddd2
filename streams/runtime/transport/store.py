"""What an embedded log does with its tables, one call each. Synchronous, on one connection."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import msgspec

from schemas.values import EpochMs, Partition
from streams.core.log import Changes, Restored
from streams.errors import Fenced, TopicLayoutError
from streams.runtime.clock import Clock
from streams.runtime.layout import Layout
from streams.runtime.transport.database import connect, transaction
from streams.runtime.transport.log import NewRecord, Rows, TopicPartition
from streams.runtime.transport.partitioner import partition_of, place_of
from streams.runtime.transport.row_tables import (
    changes_after,
    followed_row,
    followed_rows,
    forget_gone,
    kept_rows,
    last_change,
    put_followed,
    put_kept,
)

CHUNK_RECORDS = 1_000


class Stored(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """A record as it lies in a chunk."""

    offset: int
    key: bytes | None
    value: bytes | None
    timestamp: int
    headers: list[tuple[str, bytes]] = []


_decode = msgspec.msgpack.Decoder(list[Stored]).decode
_encode = msgspec.msgpack.Encoder().encode


class Store:
    """One connection to the log in a directory. Its methods raise what `clear_errors` translates, and `Fenced`."""

    def __init__(self, directory: Path, layout: Layout, partitions: int, clock: Clock) -> None:
        """`partitions`: of every topic but the heartbeats; the topics are made with as many where they are missing.

        Raises Unreachable, StateVersionError; TopicLayoutError where they are there with another number.
        """
        self._db = connect(directory)
        self._layout = layout
        self._clock = clock
        topics = {**dict.fromkeys((*layout.partitioned, *layout.outputs), partitions), layout.heartbeats: 1}
        with transaction(self._db):
            self._declare(topics)
        self._ids: dict[str, int] = dict(self._db.execute("select name, id from topic").fetchall())
        self._names = {number: name for name, number in self._ids.items()}
        self.counts: dict[str, int] = dict(self._db.execute("select name, partitions from topic").fetchall())
        self._followed = 0  # up to where the tail was read, whoever reads it

    def close(self) -> None:
        self._db.close()

    # Shards

    def take_over(self, partition: Partition) -> tuple[int, Restored]:
        """The new epoch of `partition`, and its last checkpoint."""
        app, layout, db = self._layout.app, self._layout, self._db
        with transaction(db):
            db.execute("insert into owner values(?, ?, 1) on conflict do update set epoch = epoch + 1", (app, partition))
            epoch = db.execute("select epoch from owner where app = ? and part = ?", (app, partition)).fetchone()[0]
            state = kept_rows(db, self._ids[layout.state], partition)
            panes = followed_rows(db, self._ids[layout.panes], partition)
            positions = {topic: self.position(TopicPartition(topic, partition)) for topic in layout.read}
        return epoch, Restored(state, panes, positions)

    def checkpoint(self, partition: Partition, epoch: int, changes: Changes) -> None:
        app, layout, db = self._layout.app, self._layout, self._db
        with transaction(db):
            found = db.execute("select epoch from owner where app = ? and part = ?", (app, partition)).fetchone()[0]
            if found != epoch:
                raise Fenced(f"partition {partition} of {app} has a newer owner: epoch {found}, ours was {epoch}")
            put_kept(db, self._ids[layout.state], partition, changes.state)
            put_followed(db, self._ids[layout.panes], partition, changes.panes)
            outputs: dict[TopicPartition, list[NewRecord]] = {}
            for output in changes.outputs:
                tp = TopicPartition(output.topic, place_of(output, partition, self.counts[output.topic]))
                outputs.setdefault(tp, []).append(NewRecord(output.key, output.value, output.headers))
            self._append(outputs)
            positions = [(app, self._ids[topic], partition, offset) for topic, offset in changes.positions.items()]
            db.executemany("insert or replace into position values(?, ?, ?, ?)", positions)

    # Records

    def append(self, batches: Mapping[TopicPartition, Sequence[NewRecord]]) -> None:
        with transaction(self._db):
            self._append(batches)

    def place_of(self, topic: str, key: bytes | None, turn: int) -> TopicPartition:
        """As Kafka's default partitioner: a key means the same partition wherever a log moves. Without a key: `turn` decides."""
        if topic not in self.counts:
            raise TopicLayoutError(f"there is no topic {topic}: known are {', '.join(sorted(self.counts))}")
        count = self.counts[topic]
        return TopicPartition(topic, turn % count if key is None else partition_of(key, count))

    def span(self, tp: TopicPartition) -> tuple[int, int]:
        """First offset that is still there, and the next one that will be written."""
        where = (self._ids[tp.topic], tp.partition)
        start, end = self._db.execute("select start, end from span where topic = ? and part = ?", where).fetchone()
        return start, end

    def position(self, tp: TopicPartition) -> int:
        """The next offset its shard wants: as committed, never before what is still there."""
        where = (self._layout.app, self._ids[tp.topic], tp.partition)
        committed = self._db.execute("select off from position where app = ? and topic = ? and part = ?", where).fetchone()
        start, _ = self.span(tp)
        return max(committed[0], start) if committed else start

    def chunks(self, tp: TopicPartition, offset: int) -> Iterator[list[Stored]]:
        """Records in the order of their offsets, from the chunk that holds `offset`, or the first one behind it."""
        where = (self._ids[tp.topic], tp.partition, offset)
        first = "select max(off) from chunk where topic = ?1 and part = ?2 and off <= ?3"
        rows = self._db.execute(
            f"select off + n, records from chunk where topic = ?1 and part = ?2 and off >= coalesce(({first}), 0) order by off", where
        )
        for end, blob in rows:
            if end > offset:
                yield _decode(blob)

    def trim(self, before_ms: EpochMs) -> int:
        """Forgets chunks appended before that instant which every shard has read; returns how many records. Forgets, too, rows that were
        gone when it was last called: whoever follows has long read so.
        """
        trimmed = 0
        with transaction(self._db):
            forget_gone(self._db, self._followed)
            self._followed = self.tail_end()
            for topic in (*self._layout.read, *self._layout.outputs):
                for part in range(self.counts[topic]):
                    tp = TopicPartition(topic, part)
                    start, end = self.span(tp)
                    floor = self.position(tp) if topic in self._layout.read else end
                    where = (self._ids[topic], part, before_ms, floor)
                    old = "from chunk where topic = ? and part = ? and at_ms < ? and off + n <= ?"
                    upto = self._db.execute(f"select max(off + n) {old}", where).fetchone()[0]
                    if upto is not None:
                        self._db.execute(f"delete {old}", where)
                        self._db.execute("update span set start = ? where topic = ? and part = ?", (upto, self._ids[topic], part))
                        trimmed += upto - start
        return trimmed

    def rewrite(self, tp: TopicPartition, changed: Callable[[Stored], Stored | None]) -> int:
        """Let `changed` say what a record becomes, in its place; None: it stays. Returns how many it changed."""
        count = 0
        where = (self._ids[tp.topic], tp.partition)
        for (offset,) in self._db.execute("select off from chunk where topic = ? and part = ? order by off", where).fetchall():
            blob = self._db.execute("select records from chunk where topic = ? and part = ? and off = ?", (*where, offset)).fetchone()[0]
            records = _decode(blob)
            after = [changed(record) for record in records]
            if any(record is not None for record in after):
                count += sum(record is not None for record in after)
                blob = _encode([new or old for new, old in zip(after, records, strict=True)])
                with transaction(self._db):
                    self._db.execute("update chunk set records = ? where topic = ? and part = ? and off = ?", (blob, *where, offset))
        return count

    def compact(self) -> None:
        """Write the file anew, so that it holds nothing but what is there; nobody else may be at it."""
        self._db.execute("vacuum")
        self._db.execute("pragma wal_checkpoint(truncate)")

    # Rows that are followed

    def put(self, topic: str, key: bytes, value: bytes | None) -> None:
        with transaction(self._db):
            put_followed(self._db, self._ids[topic], 0, [(key, value)])

    def row(self, topic: str, part: Partition, key: bytes) -> bytes | None:
        """That of a key as it is now; None where there is none."""
        return followed_row(self._db, self._ids[topic], part, key)

    def tail_end(self) -> int:
        """The number of the last change of a followed row."""
        return last_change(self._db)

    def tail(self, topics: Sequence[str], after: int, rows_max: int) -> tuple[int, list[Rows]]:
        """Changes behind number `after`, and the number of the last one looked at."""
        last, found = changes_after(self._db, after, rows_max)
        named = [Rows(self._names[number], part, changed) for (number, part), changed in found.items()]
        return last, [some for some in named if some.topic in topics]

    # Inside of a transaction

    def _declare(self, topics: Mapping[str, int]) -> None:
        for name, partitions in topics.items():
            self._db.execute("insert or ignore into topic(name, partitions) values(?, ?)", (name, partitions))
            number, found = self._db.execute("select id, partitions from topic where name = ?", (name,)).fetchone()
            if found != partitions:
                raise TopicLayoutError(
                    f"topic {name} has {found} partitions in the embedded log, {partitions} are configured: "
                    f"write partitions = {found} under [limits], or start with another `log`"
                )
            self._db.executemany("insert or ignore into span values(?, ?, 0, 0)", [(number, part) for part in range(partitions)])

    def _append(self, batches: Mapping[TopicPartition, Sequence[NewRecord]]) -> None:
        now_ms = self._clock()
        for tp, records in batches.items():
            topic = self._ids[tp.topic]
            _, end = self.span(tp)
            for first in range(0, len(records), CHUNK_RECORDS):
                stored = [
                    Stored(offset, key, value, now_ms if timestamp_ms is None else timestamp_ms, list(headers))
                    for offset, (key, value, headers, timestamp_ms) in enumerate(records[first : first + CHUNK_RECORDS], end)
                ]
                chunk = (topic, tp.partition, end, len(stored), now_ms, _encode(stored))
                self._db.execute("insert into chunk(topic, part, off, n, at_ms, records) values(?, ?, ?, ?, ?, ?)", chunk)
                end += len(stored)
            self._db.execute("update span set end = ? where topic = ? and part = ?", (end, topic, tp.partition))
