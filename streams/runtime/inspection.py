"""What lies in a log, for people: what is not read yet, and the records of a topic. Takes part in nothing.

async with inspection_of(config.log, config.kafka, layout, partitions) as log:
    await log.unread()
    there = await log.records("dead-letters")
    async for more in log.follow("dead-letters", there):
        ...
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, NamedTuple, Protocol

from aiokafka import TopicPartition as AiokafkaTopicPartition

from schemas.state import CLOCK_KEY
from schemas.values import EpochMs, Partition
from streams.config.parts import EmbeddedLog, Kafka, KafkaLog
from streams.errors import TopicLayoutError, Unreachable
from streams.runtime.clock import wall_clock
from streams.runtime.heartbeat import Heartbeat, decode_heartbeat
from streams.runtime.layout import Layout
from streams.runtime.transport.connection import Connection
from streams.runtime.transport.database import FILE, clear_errors
from streams.runtime.transport.kafka_positions import committed_positions
from streams.runtime.transport.log import Tail, TopicPartition
from streams.runtime.transport.store import Store

READ_MS = 5_000
CLOCK_WITHIN = 200
"""Of each partition of the panes, so many last offsets hold the row of its clock as a rule: a checkpoint ends with it, and a mark of Kafka.
Behind it may lie what was written and never committed, however much."""
LOOK_S = 0.5
"""Between two looks for what is new."""


class Unread(NamedTuple):
    """What the shard of a partition has not taken in: how many offsets, and when the first of them was written; None: nothing is."""

    topic: str
    partition: Partition
    records: int
    first_ms: EpochMs | None


class Found(NamedTuple):
    """A record, and where it lies."""

    partition: Partition
    offset: int
    timestamp_ms: EpochMs
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes]]


class Inspection(Protocol):
    """Raises Unreachable, TopicLayoutError."""

    async def unread(self) -> list[Unread]:
        """Of each source topic and partition, as committed."""
        ...

    async def records(self, topic: str, last: int | None = None) -> list[Found]:
        """Those that are there, committed ones only, by partition and offset: all, or of the `last` so many offsets of each partition."""
        ...

    async def clocks(self) -> list[bytes]:
        """The row of its clock of each shard that has ever written one, encoded: `schemas.state.ClockRow`."""
        ...

    def follow(self, topic: str, there: Sequence[Found]) -> AsyncIterator[list[Found]]:
        """What comes behind those that were there, as it comes; never ends by itself."""
        ...


@asynccontextmanager
async def inspection_of(log: EmbeddedLog | KafkaLog, kafka: Kafka, layout: Layout, partitions: int) -> AsyncIterator[Inspection]:
    """`partitions`: of an embedded log, as configured. Raises Unreachable, also where nothing has run yet."""
    if isinstance(log, EmbeddedLog):
        if not (log.directory / FILE).exists():
            raise Unreachable(f"{log}: nothing has run there yet: name the configuration of the installation with -c site.toml")
        with clear_errors(log.directory):
            store = Store(log.directory, layout, partitions, wall_clock)
        try:
            yield EmbeddedInspection(store, layout, log)
        finally:
            store.close()
        return
    connection = Connection(log, kafka)
    # The one is asked for what its group has committed, and never joins it; the other reads.
    asked, reader = connection.consumer(group_id=layout.app), connection.consumer(group_id=None, auto_offset_reset="none")
    with connection.errors():
        try:
            await asked.start()
            await reader.start()
            yield KafkaInspection(connection, asked, reader, layout)
        finally:
            await reader.stop()
            await asked.stop()


class EmbeddedInspection:
    """`Inspection`."""

    def __init__(self, store: Store, layout: Layout, log: EmbeddedLog) -> None:
        self._store = store
        self._layout = layout
        self._directory = log.directory

    async def unread(self) -> list[Unread]:
        with clear_errors(self._directory):
            return [self._unread(TopicPartition(topic, part)) for topic in self._layout.read for part in range(self._store.counts[topic])]

    def _unread(self, tp: TopicPartition) -> Unread:
        position, (_, end) = self._store.position(tp), self._store.span(tp)
        if position >= end:
            return Unread(*tp, 0, None)
        first = next(record for chunk in self._store.chunks(tp, position) for record in chunk if record.offset >= position)
        return Unread(*tp, end - position, EpochMs(first.timestamp))

    async def records(self, topic: str, last: int | None = None) -> list[Found]:
        found: list[Found] = []
        with clear_errors(self._directory):
            for part in range(self._store.counts[topic]):
                begin, end = self._store.span(TopicPartition(topic, part))
                found += self._from(topic, part, begin if last is None else max(begin, end - last))
        return found

    async def clocks(self) -> list[bytes]:
        topic = self._layout.panes
        with clear_errors(self._directory):
            rows = [self._store.row(topic, part, CLOCK_KEY) for part in range(self._store.counts[topic])]
        return [row for row in rows if row is not None]

    async def follow(self, topic: str, there: Sequence[Found]) -> AsyncIterator[list[Found]]:
        wanted = [0] * self._store.counts[topic]
        new = list(there)
        while True:
            for found in new:
                wanted[found.partition] = found.offset + 1
            await asyncio.sleep(LOOK_S)
            with clear_errors(self._directory):
                new = [found for part, offset in enumerate(wanted) for found in self._from(topic, part, offset)]
            if new:
                yield new

    def _from(self, topic: str, part: Partition, offset: int) -> Iterator[Found]:
        for chunk in self._store.chunks(TopicPartition(topic, part), offset):
            for record in chunk:
                if record.offset >= offset:
                    yield Found(part, record.offset, EpochMs(record.timestamp), record.key, record.value, record.headers)


class KafkaInspection:
    """`Inspection`."""

    def __init__(self, connection: Connection, asked: Any, reader: Any, layout: Layout) -> None:
        self._connection = connection
        self._asked = asked
        self._reader = reader
        self._layout = layout

    async def unread(self) -> list[Unread]:
        tps = await self._partitions(self._layout.read)
        with self._connection.errors():
            begins, ends = await self._reader.beginning_offsets(tps), await self._reader.end_offsets(tps)
            committed = await committed_positions(self._asked, tps)
            found = []
            for tp in tps:
                position = max(begins[tp], committed.get(tp) or 0)
                first_ms = None if position >= ends[tp] else await self._written_ms(tp, position)
                # Markers of transactions have offsets too: behind the last record there is nothing left to read.
                found.append(Unread(tp.topic, tp.partition, 0 if first_ms is None else ends[tp] - position, first_ms))
        return found

    async def records(self, topic: str, last: int | None = None) -> list[Found]:
        tps = await self._partitions([topic])
        found: list[Found] = []
        with self._connection.errors():
            begins, ends = await self._reader.beginning_offsets(tps), await self._reader.end_offsets(tps)
            self._reader.assign(tps)
            for tp in tps:
                self._reader.seek(tp, begins[tp] if last is None else max(begins[tp], ends[tp] - last))
                while await self._reader.position(tp) < ends[tp]:
                    fetched = await self._reader.getmany(tp, timeout_ms=READ_MS)
                    found += [_found(record) for record in fetched.get(tp, ())]
        return found

    async def clocks(self) -> list[bytes]:
        topic, last = self._layout.panes, CLOCK_WITHIN
        tps = await self._partitions([topic])
        with self._connection.errors():
            begins, ends = await self._reader.beginning_offsets(tps), await self._reader.end_offsets(tps)
        written = {tp.partition: ends[tp] - begins[tp] for tp in tps}
        found: dict[Partition, bytes] = {}
        while True:
            rows = await self.records(topic, last)
            found |= {row.partition: row.value for row in rows if row.key == CLOCK_KEY and row.value is not None}
            if all(part in found or length <= last for part, length in written.items()):
                return list(found.values())
            last *= 10

    async def follow(self, topic: str, there: Sequence[Found]) -> AsyncIterator[list[Found]]:
        tps = await self._partitions([topic])
        last = {found.partition: found.offset for found in there}
        with self._connection.errors():
            self._reader.assign(tps)
            await self._reader.seek_to_beginning(*tps)
            for tp in tps:
                if tp.partition in last:
                    self._reader.seek(tp, last[tp.partition] + 1)
            while True:
                fetched = await self._reader.getmany(timeout_ms=READ_MS)
                if new := [_found(record) for records in fetched.values() for record in records]:
                    yield new

    async def _written_ms(self, tp: Any, offset: int) -> EpochMs | None:
        """When the first record from there on was written; None where there is none."""
        self._reader.assign([tp])
        self._reader.seek(tp, offset)
        fetched = await self._reader.getmany(tp, timeout_ms=READ_MS, max_records=1)
        return next((EpochMs(record.timestamp) for record in fetched.get(tp, ())), None)

    async def _partitions(self, topics: Sequence[str]) -> list[Any]:
        counts = await self._connection.partitions()
        missing = [topic for topic in topics if not counts.get(topic)]
        if missing:
            raise TopicLayoutError(f"topics are missing: {', '.join(missing)}: create them with `deskpulse topics create`")
        return [AiokafkaTopicPartition(topic, part) for topic in topics for part in range(counts[topic])]


def _found(record: Any) -> Found:
    """As aiokafka hands it over."""
    return Found(record.partition, record.offset, EpochMs(record.timestamp), record.key, record.value, record.headers)


async def heartbeats_of(tail: Tail) -> list[Heartbeat]:
    """The last word of each worker that has not left. Raises Unreachable, TopicLayoutError."""
    last: dict[bytes, bytes | None] = {}
    try:
        await tail.open()
        while not tail.restored:
            for rows in await tail.read(0.1):
                last.update(rows.rows)
    finally:
        await tail.close()
    decoded = (decode_heartbeat(value) for value in last.values() if value is not None)
    return [heartbeat for heartbeat in decoded if heartbeat is not None]
