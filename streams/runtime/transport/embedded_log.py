"""The log contract over one SQLite file: a checkpoint is one transaction.

Writes run on a thread of their own, one after the other, so that no wait for the disk holds up the event loop. Reads of
records run where they are asked for: a few rows, each a whole batch of records.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from schemas.values import DurationMs, EpochMs, Partition
from streams.core.log import Batch, Changes, Restored
from streams.errors import Fenced
from streams.runtime.clock import Clock, wall_clock
from streams.runtime.layout import Layout
from streams.runtime.transport.database import clear_errors
from streams.runtime.transport.log import End, NewRecord, Rows, TopicPartition
from streams.runtime.transport.store import Store, Stored

T = TypeVar("T")

POLL_S = 0.02  # of those who follow: what another process has written shows only by looking
TAIL_ROWS = 1_000


class Place:
    """Where an embedded log lies, and what is in it: all that its parts have to know to open it."""

    def __init__(self, directory: Path, layout: Layout, partitions: int, *, clock: Clock = wall_clock) -> None:
        self.directory = directory
        self.layout = layout
        self.partitions = partitions
        self.clock = clock

    def store(self) -> Store:
        with clear_errors(self.directory):
            return Store(self.directory, self.layout, self.partitions, self.clock)


class WriterThread:
    """A store on a thread of its own; what is asked for happens in that order, and an awaited call that is cancelled still happens."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self._store = place.store()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="embedded-log")
        self.place_of = self._store.place_of

    async def do(self, work: Callable[[Store], T]) -> T:
        def run() -> T:
            with clear_errors(self.place.directory):
                return work(self._store)

        return await asyncio.get_running_loop().run_in_executor(self._thread, run)

    async def close(self) -> None:
        """After everything asked for is done."""
        await asyncio.get_running_loop().run_in_executor(None, self._thread.shutdown)
        self._store.close()


class EmbeddedLog:
    """`Log`."""

    def __init__(self, writer: WriterThread) -> None:
        self._writer = writer
        self._epochs: dict[Partition, int] = {}

    async def open(self, partition: Partition) -> Restored:
        self._epochs.pop(partition, None)
        epoch, restored = await self._writer.do(lambda store: store.take_over(partition))
        self._epochs[partition] = epoch
        return restored

    def epoch(self, partition: Partition) -> int | None:
        return self._epochs.get(partition)

    async def checkpoint(self, partition: Partition, changes: Changes) -> None:
        epoch = self._epochs.get(partition)
        if epoch is None:
            raise Fenced(f"partition {partition} is not open here")
        await self._writer.do(lambda store: store.checkpoint(partition, epoch, changes))

    async def close(self, partition: Partition, timeout_s: float) -> None:
        self._epochs.pop(partition, None)

    async def trim(self, older_than_ms: DurationMs) -> int:
        """Forgets records that were appended longer ago and that every shard has read; returns how many."""
        before_ms = EpochMs(self._writer.place.clock() - older_than_ms)
        return await self._writer.do(lambda store: store.trim(before_ms))


class EmbeddedReader:
    """`Reader`."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._store = place.store()
        self._offsets: dict[TopicPartition, int] = {}
        self._turn = 0

    @property
    def counts(self) -> Mapping[str, int]:
        return self._store.counts

    async def fetch(self, wanted: Collection[TopicPartition], timeout_s: float, records_max: int) -> Mapping[TopicPartition, list[Batch]]:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + timeout_s
        while True:
            with clear_errors(self._place.directory):
                found = self._next(wanted, records_max)
            if found or loop.time() + POLL_S > deadline:
                return found
            await asyncio.sleep(POLL_S)

    def seek(self, tp: TopicPartition, offset: int) -> None:
        self._offsets[TopicPartition(*tp)] = offset

    def position(self, tp: TopicPartition) -> int | None:
        return self._offsets.get(tp)

    def end(self, tp: TopicPartition) -> End | None:
        if tp.topic not in self._store.counts:
            return None
        now_ms = self._place.clock()  # before the question, so that the answer holds for it
        with clear_errors(self._place.directory):
            return End(self._store.span(tp)[1], now_ms)

    def close(self) -> None:
        self._store.close()

    def _next(self, wanted: Collection[TopicPartition], records_max: int) -> dict[TopicPartition, list[Batch]]:
        """Begins with another partition each time, so that none waits for the others to run dry."""
        order = sorted(TopicPartition(*tp) for tp in wanted)
        self._turn += 1
        shift = self._turn % len(order) if order else 0
        found: dict[TopicPartition, list[Batch]] = {}
        for tp in (*order[shift:], *order[:shift]):
            batch = self._read(tp, records_max)
            if batch is not None:
                found[tp] = [batch]
                self._offsets[tp] = batch.end
                records_max -= len(batch)
                if records_max <= 0:
                    break
        return found

    def _read(self, tp: TopicPartition, records_max: int) -> Batch | None:
        offset = self._offsets.get(tp, 0)
        _, end = self._store.span(tp)
        if offset >= end:
            return None
        records: list[Stored] = []
        for chunk in self._store.chunks(tp, offset):
            records += chunk if chunk[0].offset >= offset else chunk[offset - chunk[0].offset :]
            if len(records) >= records_max:
                break
        del records[records_max:]
        return Batch(records, offset, records[-1].offset + 1 if records else end)


class EmbeddedAppender:
    """`Appender`. Those who append while the disk is busy share the next transaction."""

    def __init__(self, writer: WriterThread) -> None:
        self._writer = writer
        self._pending: dict[TopicPartition, list[NewRecord]] = {}
        self._next: asyncio.Task[None] | None = None  # gathers
        self._written: asyncio.Task[None] | None = None  # the one before it
        self._turn = 0

    async def open(self) -> None:
        pass

    async def append(self, topic: str, records: Sequence[NewRecord]) -> None:
        self._turn += 1
        for turn, record in enumerate(records, self._turn):
            self._pending.setdefault(self._writer.place_of(topic, record.key, turn), []).append(record)
        if self._next is None:
            self._next = asyncio.create_task(self._flush(self._written))
        await asyncio.shield(self._next)

    async def put(self, topic: str, key: bytes, value: bytes | None) -> None:
        await self._writer.do(lambda store: store.put(topic, key, value))

    async def close(self) -> None:
        for task in (self._written, self._next):
            if task is not None:
                await asyncio.wait({task})

    async def _flush(self, before: asyncio.Task[None] | None) -> None:
        """Gathers until the one before is done, then writes what has come together."""
        if before is not None:
            await asyncio.wait({before})
        batches, self._pending = self._pending, {}
        self._written, self._next = self._next, None
        await self._writer.do(lambda store: store.append(batches))


class EmbeddedTail:
    """`Tail`, also of a log that a worker in another process writes."""

    def __init__(self, place: Place, topics: Sequence[str]) -> None:
        self._place = place
        self._topics = topics
        self._store: Store | None = None
        self._after = 0
        self._end = 0
        self._answered_ms = self._complete_ms = EpochMs(0)

    async def open(self) -> None:
        self._store = self._place.store()
        with clear_errors(self._place.directory):
            self._after, self._end = 0, self._store.tail_end()

    async def read(self, timeout_s: float) -> list[Rows]:
        assert self._store is not None, "open() comes first"
        loop = asyncio.get_running_loop()
        deadline = loop.time() + timeout_s
        while True:
            now_ms = self._place.clock()
            with clear_errors(self._place.directory):
                end = self._store.tail_end()
                self._after, found = self._store.tail(self._topics, self._after, TAIL_ROWS)
            self._answered_ms = now_ms
            if self._after >= end:
                self._complete_ms = now_ms
            if found or loop.time() + POLL_S > deadline:
                return found
            await asyncio.sleep(POLL_S)

    @property
    def restored(self) -> bool:
        return self._store is not None and self._after >= self._end

    def partitions(self, topic: str) -> int:
        assert self._store is not None, "open() comes first"
        return self._store.counts[topic]

    @property
    def answered_ms(self) -> EpochMs:
        return self._answered_ms

    def complete_ms(self, topic: str, partition: Partition) -> EpochMs:
        """A checkpoint is there as a whole or not at all, and rows come in the order of their changes over all partitions."""
        return self._complete_ms

    async def close(self) -> None:
        if self._store is not None:
            self._store.close()
            self._store = None
