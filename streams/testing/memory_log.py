"""The log contract in memory: for tests and simulations that need neither a broker nor a disk.

    broker = Memory(layout, partitions=4, clock=clock)
    log, reader, tail = MemoryLog(broker), MemoryReader(broker), MemoryTail(broker, [layout.panes])

Each `MemoryLog` is one worker's; two over one `Memory` fence each other, as two processes would.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from typing import Literal

import msgspec

from schemas.values import EpochMs, Partition
from streams.core.log import Batch, Changes, Restored
from streams.errors import CheckpointFailed, Fenced, TopicLayoutError
from streams.runtime.clock import Clock
from streams.runtime.layout import Layout
from streams.runtime.transport.log import End, NewRecord, Rows, TopicPartition
from streams.runtime.transport.partitioner import partition_of, place_of


class Kept(msgspec.Struct, frozen=True):
    offset: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...]
    timestamp: int


class Memory:
    """All topics: records of each partition in a list. Rows of compacted topics are records like others; nothing is compacted."""

    def __init__(self, layout: Layout, partitions: int, clock: Clock) -> None:
        self.layout = layout
        self.clock = clock
        self.counts: dict[str, int] = {**dict.fromkeys((*layout.partitioned, *layout.outputs), partitions), layout.heartbeats: 1}
        self.records: dict[TopicPartition, list[Kept]] = {
            TopicPartition(topic, part): [] for topic, count in self.counts.items() for part in range(count)
        }
        self.positions: dict[TopicPartition, int] = {}
        self.epochs: dict[Partition, int] = {}
        self.appended = asyncio.Condition()

    def write(self, tp: TopicPartition, records: Sequence[NewRecord]) -> None:
        kept = self.records[tp]
        for key, value, headers, timestamp_ms in records:
            stamp = self.clock() if timestamp_ms is None else timestamp_ms
            kept.append(Kept(len(kept), key, value, tuple(headers), stamp))

    def latest(self, tp: TopicPartition) -> dict[bytes, bytes]:
        rows = {record.key: record.value for record in self.records[tp] if record.key is not None}
        return {key: value for key, value in rows.items() if value is not None}

    async def announce(self) -> None:
        async with self.appended:
            self.appended.notify_all()


class MemoryLog:
    """`Log`, with faults on demand."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        self._epochs: dict[Partition, int] = {}
        self._fault: Literal["before", "after"] | None = None

    def fail_next(self, when: Literal["before", "after"]) -> None:
        """The next checkpoint raises CheckpointFailed: nothing of it is in the log, or, the harder case, all of it."""
        self._fault = when

    async def open(self, partition: Partition) -> Restored:
        memory, layout = self._memory, self._memory.layout
        epoch = memory.epochs[partition] = memory.epochs.get(partition, 0) + 1
        self._epochs[partition] = epoch
        positions = {topic: memory.positions.get(TopicPartition(topic, partition), 0) for topic in layout.read}
        state, panes = (memory.latest(TopicPartition(topic, partition)) for topic in (layout.state, layout.panes))
        return Restored(state, panes, positions)

    def epoch(self, partition: Partition) -> int | None:
        return self._epochs.get(partition)

    async def checkpoint(self, partition: Partition, changes: Changes) -> None:
        epoch, memory, layout = self._epochs.get(partition), self._memory, self._memory.layout
        if epoch is None or epoch != memory.epochs[partition]:
            raise Fenced(f"partition {partition} has a newer owner")
        fault, self._fault = self._fault, None
        if fault == "before":
            raise CheckpointFailed("as the test wants it, before it was written")
        memory.write(TopicPartition(layout.state, partition), [NewRecord(key, value) for key, value in changes.state])
        memory.write(TopicPartition(layout.panes, partition), [NewRecord(key, value) for key, value in changes.panes])
        for output in changes.outputs:
            tp = TopicPartition(output.topic, place_of(output, partition, memory.counts[output.topic]))
            memory.write(tp, [NewRecord(output.key, output.value, output.headers)])
        memory.positions.update({TopicPartition(topic, partition): offset for topic, offset in changes.positions.items()})
        await memory.announce()
        if fault == "after":
            raise CheckpointFailed("as the test wants it, after it was written")

    async def close(self, partition: Partition, timeout_s: float) -> None:
        self._epochs.pop(partition, None)


class MemoryReader:
    """`Reader`."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        self._offsets: dict[TopicPartition, int] = {}

    async def fetch(self, wanted: Collection[TopicPartition], timeout_s: float, records_max: int) -> Mapping[TopicPartition, list[Batch]]:
        try:
            async with asyncio.timeout(timeout_s), self._memory.appended:
                await self._memory.appended.wait_for(lambda: any(self._left(tp) for tp in wanted))
        except TimeoutError:
            return {}
        found = {}
        for tp in sorted(TopicPartition(*tp) for tp in wanted):
            records = self._left(tp)[:records_max]
            if records:
                start = self._offsets.get(tp, 0)
                found[tp] = [Batch(records, start, records[-1].offset + 1)]
                self._offsets[tp] = records[-1].offset + 1
                records_max -= len(records)
        return found

    def seek(self, tp: TopicPartition, offset: int) -> None:
        self._offsets[tp] = offset

    def position(self, tp: TopicPartition) -> int | None:
        return self._offsets.get(tp)

    def end(self, tp: TopicPartition) -> End | None:
        return End(len(self._memory.records[tp]), self._memory.clock()) if tp in self._memory.records else None

    def _left(self, tp: TopicPartition) -> list[Kept]:
        return self._memory.records[TopicPartition(*tp)][self._offsets.get(TopicPartition(*tp), 0) :]


class MemoryTail:
    """`Tail`."""

    def __init__(self, memory: Memory, topics: Sequence[str]) -> None:
        self._memory = memory
        self._offsets = {tp: 0 for tp in memory.records if tp.topic in topics}
        self._ends: dict[TopicPartition, int] | None = None
        self._answered_ms = EpochMs(0)

    async def open(self) -> None:
        self._ends = {tp: len(self._memory.records[tp]) for tp in self._offsets}

    async def read(self, timeout_s: float) -> list[Rows]:
        try:
            async with asyncio.timeout(timeout_s), self._memory.appended:
                await self._memory.appended.wait_for(lambda: any(self._left(tp) for tp in self._offsets))
        except TimeoutError:
            pass
        self._answered_ms = self._memory.clock()
        found = [Rows(*tp, [(record.key or b"", record.value) for record in self._left(tp)]) for tp in self._offsets if self._left(tp)]
        self._offsets = {tp: len(self._memory.records[tp]) for tp in self._offsets}
        return found

    @property
    def restored(self) -> bool:
        return self._ends is not None and all(self._offsets[tp] >= end for tp, end in self._ends.items())

    def partitions(self, topic: str) -> int:
        return self._memory.counts[topic]

    @property
    def answered_ms(self) -> EpochMs:
        return self._answered_ms

    def complete_ms(self, topic: str, partition: Partition) -> EpochMs:
        return self._answered_ms

    async def close(self) -> None:
        pass

    def _left(self, tp: TopicPartition) -> list[Kept]:
        return self._memory.records[tp][self._offsets[tp] :]


class MemoryAppender:
    """`Appender`."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    async def open(self) -> None:
        pass

    async def append(self, topic: str, records: Sequence[NewRecord]) -> None:
        count = self._memory.counts.get(topic)
        if count is None:
            raise TopicLayoutError(f"there is no topic {topic}: known are {', '.join(sorted(self._memory.counts))}")
        for record in records:
            part = partition_of(record.key, count) if record.key is not None else 0
            self._memory.write(TopicPartition(topic, part), [record])
        await self._memory.announce()

    async def put(self, topic: str, key: bytes, value: bytes | None) -> None:
        await self.append(topic, [NewRecord(key, value)])

    async def close(self) -> None:
        pass
