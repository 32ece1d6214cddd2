"""The embedded log, `embedded://PATH`: one process, no broker, everything above is the same code.

Its engine, and the Faust transport driver `deskpulse-embedded://`.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

from faust.transport import base
from faust.transport.drivers import TRANSPORTS
from faust.types import TP
from faust.types.transports import ConsumerT

from schemas.values import DAY_MS, DurationMs
from streams.core.log import Batch
from streams.errors import DeskpulseError
from streams.runtime.clock import Clock, wall_clock
from streams.runtime.layout import Layout
from streams.runtime.transport.database import WorkerLock
from streams.runtime.transport.delivery import RECORDS_MAX, BatchConsumer, IdleProducer
from streams.runtime.transport.embedded_log import EmbeddedAppender, EmbeddedLog, EmbeddedReader, EmbeddedTail, Place, WriterThread
from streams.runtime.transport.log import End, TopicPartition

log = logging.getLogger("deskpulse.worker")

SCHEME = "deskpulse-embedded"
GENERATION = 1  # there is nobody to share with, so no second one
KEEP_RECORDS_MS = DurationMs(7 * DAY_MS)
TRIM_INTERVAL_S = 600.0


class EmbeddedEngine:
    """`Engine`."""

    broker = f"{SCHEME}://"
    records_lost = 0  # what a shard has not read is not trimmed

    def __init__(self, directory: Path, layout: Layout, partitions: int, *, clock: Clock = wall_clock) -> None:
        """partitions  of every topic but the heartbeats, where the log is new"""
        self._place = Place(directory, layout, partitions, clock=clock)
        self._writer: WriterThread | None = None
        self._lock: WorkerLock | None = None
        self._reader: EmbeddedReader | None = None
        self._trimming: asyncio.Task[None] | None = None

    async def open(self) -> None:
        self._writer = WriterThread(self._place)
        self.log = EmbeddedLog(self._writer)
        self.appender = EmbeddedAppender(self._writer)

    async def open_worker(self) -> int:
        self._lock = WorkerLock(self._place.directory)
        self._reader = EmbeddedReader(self._place)
        self._trimming = asyncio.create_task(self._trim())
        return self._place.partitions

    @property
    def reader(self) -> EmbeddedReader:
        assert self._reader is not None, "open_worker() comes first"
        return self._reader

    def tail(self, topics: Sequence[str]) -> EmbeddedTail:
        return EmbeddedTail(self._place, topics)

    def understood(self, error: BaseException) -> BaseException:
        return error

    async def close(self) -> None:
        if self._trimming is not None:
            self._trimming.cancel()
        if self._writer is not None:
            await self.appender.close()
            await self._writer.close()
        if self._reader is not None:
            self._reader.close()
        if self._lock is not None:
            self._lock.release()

    async def _trim(self) -> None:
        while True:
            try:
                trimmed = await self.log.trim(KEEP_RECORDS_MS)
            except DeskpulseError as error:
                log.warning("old records are not trimmed: %s", error)
            else:
                log.debug("%d old records trimmed", trimmed)
            await asyncio.sleep(TRIM_INTERVAL_S)


class Consumer(BatchConsumer):
    """Owns all partitions from its subscription on."""

    consumer_stopped_errors = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._reader: EmbeddedReader = cast(Any, self.app).engine.reader
        self._assigned: set[TP] = set()

    async def subscribe(self, topics: Iterable[str]) -> None:
        self._assigned = {TP(topic, part) for topic in topics for part in range(self._reader.counts[topic])}
        app = cast(Any, self.app)
        app.on_rebalance_start()
        app.consumer_generation_id = GENERATION
        self.add_future(self.on_partitions_assigned(set(self._assigned), GENERATION))

    async def _getmany(self, active_partitions: set[TP] | None, timeout: float) -> Mapping[TP, list[Batch]]:
        wanted = {TopicPartition(*tp) for tp in active_partitions or ()}
        found = await self._reader.fetch(wanted, timeout, RECORDS_MAX)
        return {TP(*tp): batches for tp, batches in found.items()}

    async def seek_wait(self, partitions: Mapping[TP, int]) -> None:
        for tp, offset in partitions.items():
            self._reader.seek(TopicPartition(*tp), offset)
            self._read_offset.pop(tp, None)

    async def _seek(self, partition: TP, offset: int) -> None:
        await self.seek_wait({partition: offset})

    def stable_end(self, tp: TopicPartition) -> End | None:
        return self._reader.end(tp)

    def read_position(self, tp: TopicPartition) -> int | None:
        return self._reader.position(tp)

    def fault(self) -> BaseException | None:
        return None

    def assignment(self) -> set[TP]:
        return self._assigned

    def topic_partitions(self, topic: str) -> int | None:
        return self._reader.counts.get(topic)

    # Faust's tables and commits ask for these; there are none.

    async def create_topic(self, *_: Any, **__: Any) -> None:
        pass

    async def position(self, tp: TP) -> int | None:
        return None

    async def seek_to_committed(self) -> Mapping[TP, int]:
        return {}

    async def earliest_offsets(self, *partitions: TP) -> Mapping[TP, int]:
        return {}

    async def highwaters(self, *partitions: TP) -> Mapping[TP, int]:
        return {}

    async def _commit(self, offsets: Mapping[TP, int]) -> bool:
        return False

    def key_partition(self, topic: str, key: bytes | None, partition: int | None = None) -> int | None:
        return partition

    def _new_topicpartition(self, topic: str, partition: int) -> TP:
        return TP(topic, partition)


class Transport(base.Transport):
    Consumer = cast(type[ConsumerT], Consumer)
    Producer = IdleProducer
    driver_version = "sqlite"
    default_port = 0


TRANSPORTS.aliases[SCHEME] = f"{__name__}:Transport"
