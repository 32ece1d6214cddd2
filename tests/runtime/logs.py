"""One way to open each of the three logs, for tests that run over all of them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, Protocol

from aiokafka import TopicPartition as AiokafkaTopicPartition
from kafka.admin import KafkaAdminClient, NewTopic

from streams.config.parts import Kafka, KafkaLog
from streams.core.log import Batch
from streams.runtime.clock import wall_clock
from streams.runtime.layout import PANE_ROWS, Layout
from streams.runtime.transport.embedded import EmbeddedEngine
from streams.runtime.transport.embedded_log import EmbeddedReader, Place
from streams.runtime.transport.kafka import KafkaEngine
from streams.runtime.transport.kafka_reader import KafkaReader
from streams.runtime.transport.log import Appender, Log, Reader, Rows, Tail, TopicPartition
from streams.runtime.transport.overtaken import Losses
from streams.testing.memory_log import Memory, MemoryAppender, MemoryLog, MemoryReader, MemoryTail

PARTITIONS = 4


def layout_for(prefix: str) -> Layout:
    return Layout(f"{prefix}app", (f"{prefix}calls", f"{prefix}tickets"), (f"{prefix}out",))


class World(Protocol):
    """A log, from the outside. Each call of `log()` is another worker."""

    layout: Layout

    async def log(self) -> Log: ...
    async def appender(self) -> Appender: ...
    async def reader(self, *tps: TopicPartition) -> Reader: ...
    def tail(self, topics: Sequence[str]) -> Tail: ...


class MemoryWorld:
    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.memory = Memory(layout, PARTITIONS, wall_clock)

    async def log(self) -> Log:
        return MemoryLog(self.memory)

    async def appender(self) -> Appender:
        return MemoryAppender(self.memory)

    async def reader(self, *tps: TopicPartition) -> Reader:
        return MemoryReader(self.memory)

    def tail(self, topics: Sequence[str]) -> Tail:
        return MemoryTail(self.memory, topics)


class EmbeddedWorld:
    def __init__(self, layout: Layout, directory: Path, stack: AsyncExitStack) -> None:
        self.layout = layout
        self.directory = directory
        self._stack = stack

    async def engine(self) -> EmbeddedEngine:
        engine = EmbeddedEngine(self.directory, self.layout, PARTITIONS)
        await engine.open()
        self._stack.push_async_callback(engine.close)
        return engine

    async def log(self) -> Log:
        return (await self.engine()).log

    async def appender(self) -> Appender:
        return (await self.engine()).appender

    async def reader(self, *tps: TopicPartition) -> Reader:
        reader = EmbeddedReader(Place(self.directory, self.layout, PARTITIONS))
        self._stack.callback(reader.close)
        return reader

    def tail(self, topics: Sequence[str]) -> Tail:
        tail = EmbeddedEngine(self.directory, self.layout, PARTITIONS).tail(topics)
        self._stack.push_async_callback(tail.close)
        return tail


class KafkaWorld:
    def __init__(self, layout: Layout, bootstrap: str, stack: AsyncExitStack) -> None:
        self.layout = layout
        self.bootstrap = bootstrap
        self.losses = Losses()
        self._stack = stack

    async def engine(self) -> KafkaEngine:
        engine = KafkaEngine(KafkaLog(brokers=(self.bootstrap,)), Kafka(), self.layout)
        await engine.open()
        self._stack.push_async_callback(engine.close)
        return engine

    async def log(self) -> Log:
        return (await self.engine()).log

    async def appender(self) -> Appender:
        appender = (await self.engine()).appender
        await appender.open()
        return appender

    async def reader(self, *tps: TopicPartition) -> Reader:
        consumer = (await self.engine()).connection.consumer(auto_offset_reset="earliest", fetch_max_wait_ms=100)
        await consumer.start()
        self._stack.push_async_callback(consumer.stop)
        consumer.assign([AiokafkaTopicPartition(*tp) for tp in tps])
        return KafkaReader(consumer, self.losses)

    def tail(self, topics: Sequence[str]) -> Tail:
        tail = KafkaEngine(KafkaLog(brokers=(self.bootstrap,)), Kafka(), self.layout).tail(topics)
        self._stack.push_async_callback(tail.close)
        return tail


def create_topics(bootstrap: str, layout: Layout, partitions: int = PARTITIONS) -> None:
    admin: Any = KafkaAdminClient(bootstrap_servers=bootstrap)
    compacted = (layout.state, layout.panes, layout.heartbeats)
    try:
        admin.create_topics(
            [
                NewTopic(
                    topic,
                    num_partitions=1 if topic == layout.heartbeats else partitions,
                    replication_factor=1,
                    topic_configs=dict(PANE_ROWS) if topic in compacted else {},
                )
                for topic in layout.all
            ]
        )
        admin.wait_for_topics(list(layout.all))
    finally:
        admin.close()


@asynccontextmanager
async def open_world(kind: str, layout: Layout, directory: Path, bootstrap: Callable[[], str]) -> AsyncIterator[World]:
    async with AsyncExitStack() as stack:
        if kind == "memory":
            yield MemoryWorld(layout)
        elif kind == "embedded":
            yield EmbeddedWorld(layout, directory, stack)
        else:
            await asyncio.to_thread(create_topics, bootstrap(), layout)
            yield KafkaWorld(layout, bootstrap(), stack)


async def read_until(reader: Reader, tp: TopicPartition, end: int, *, limit_s: float = 15.0) -> list[Batch]:
    """Batches of `tp` up to offset `end` or beyond."""
    batches: list[Batch] = []
    async with asyncio.timeout(limit_s):
        while not batches or batches[-1].end < end:
            batches += (await reader.fetch({tp}, 0.5, 1_000)).get(tp, [])
    return batches


async def follow_until(tail: Tail, done: Callable[[list[Rows]], bool], *, limit_s: float = 15.0) -> list[Rows]:
    """All rows read until `done` says so of them."""
    rows: list[Rows] = []
    async with asyncio.timeout(limit_s):
        while not done(rows):
            rows += await tail.read(0.5)
    return rows


def partition_of_four(key: bytes) -> int:
    """As Kafka's default partitioner says."""
    h, mask = 0x9747B28C ^ len(key), 0xFFFFFFFF
    m = 0x5BD1E995
    for place in range(0, len(key) & ~3, 4):
        k = int.from_bytes(key[place : place + 4], "little") * m & mask
        k = ((k ^ (k >> 24)) * m) & mask
        h = (h * m & mask) ^ k
    rest = key[len(key) & ~3 :]
    if rest:
        h = ((h ^ int.from_bytes(rest, "little")) * m) & mask
    h = ((h ^ (h >> 13)) * m) & mask
    return ((h ^ (h >> 15)) & 0x7FFFFFFF) % 4
