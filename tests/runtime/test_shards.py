"""Whatever happens while the group gives shards out anew: in the end each that is ours is open, live, and read."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from functools import partial
from typing import Any, cast

import pytest
from faust.types import TP

from schemas.values import Partition
from streams.config.parts import Kafka, KafkaLog
from streams.core.log import Restored
from streams.errors import CheckpointFailed
from streams.runtime.clock import wall_clock
from streams.runtime.faust_app import FaustApp
from streams.runtime.layout import Layout
from streams.runtime.shards import Shards
from streams.runtime.transport.kafka import KafkaEngine
from streams.testing.memory_log import Memory, MemoryLog
from tests.runtime.counting import counting

LAYOUT = Layout("app", ("calls", "tickets"))
OURS = {TP(topic, 0) for topic in LAYOUT.read}


class Consumer:
    """In place of Faust's: what it would read."""

    def __init__(self) -> None:
        self.paused = set(OURS)

    def pause_partitions(self, some: set[TP]) -> None:
        self.paused |= some

    def resume_partitions(self, some: set[TP]) -> None:
        self.paused -= some

    def resume_flow(self) -> None:
        pass

    async def seek_wait(self, positions: Mapping[TP, int]) -> None:
        pass


class Fetcher:
    async def maybe_start(self) -> None:
        pass

    async def stop(self) -> None:
        pass


class GatedLog(MemoryLog):
    """Opens a partition when it is let."""

    def __init__(self, memory: Memory) -> None:
        super().__init__(memory)
        self.opens = asyncio.Event()
        self.opens.set()
        self.asked = asyncio.Event()

    async def open(self, partition: Partition) -> Restored:
        self.asked.set()
        await self.opens.wait()
        return await super().open(partition)


class Worker:
    """Shards in a Faust app that never starts: who tells it of the group is the test."""

    def __init__(self) -> None:
        self.failures: list[BaseException] = []
        self.log = GatedLog(Memory(LAYOUT, 1, wall_clock))
        make = partial(
            Shards, log=self.log, layout=LAYOUT, count=1, make_machine=counting(), interval_s=60.0, clock=wall_clock, event_clock=None,
            on_fatal=self.failures.append,
        )  # fmt: skip
        engine = KafkaEngine(KafkaLog(brokers=("127.0.0.1:1",)), Kafka(), LAYOUT)
        self.app = cast(Any, FaustApp(LAYOUT, engine, make, instance=None, on_fatal=self.failures.append))
        self.app.consumer = self.consumer = Consumer()
        self.app._fetcher = Fetcher()
        self.shards: Shards = self.app.shards

    async def assigned(self, generation: int) -> None:
        """A generation in which partition 0 is ours."""
        self.app.consumer_generation_id = generation
        self.app.on_rebalance_start()
        self.shards.on_partitions_revoked(OURS)
        self.consumer.pause_partitions(OURS)
        self.shards.ready.clear()
        await self.shards.on_rebalance(OURS, set(), OURS, generation)

    async def settled(self) -> None:
        """All that was begun is done."""
        async with asyncio.timeout(20):
            while self.shards._background:
                await asyncio.gather(*self.shards._background, return_exceptions=True)

    def check(self) -> None:
        assert self.failures == []
        (shard,) = self.shards.open_shards
        assert shard.live
        assert self.consumer.paused == set()

    async def end(self) -> None:
        await self.shards.close_all()


@pytest.fixture
async def worker():
    worker = Worker()
    yield worker
    await worker.end()


async def test_a_shard_that_is_opened_while_it_is_given_out_anew_goes_live(worker):
    """It failed, is being opened again, and is open when the next generation has looked at what is."""
    await worker.assigned(1)
    await worker.settled()
    worker.check()
    worker.log.opens.clear()
    worker.log.asked.clear()
    (shard,) = worker.shards.open_shards
    shard.failed, shard.live = True, False
    worker.shards._on_failure(shard, CheckpointFailed("the log did not take it within 8 s"))
    await worker.log.asked.wait()
    await worker.assigned(2)
    await asyncio.sleep(0)
    worker.log.opens.set()
    await worker.settled()
    worker.check()


async def test_what_is_said_late_of_a_shard_stops_nobody_who_has_taken_its_place(worker):
    await worker.assigned(1)
    await worker.settled()
    (former,) = worker.shards.open_shards
    former.failed, former.live = True, False
    await worker.assigned(2)
    await worker.settled()
    worker.check()
    worker.shards._on_failure(former, CheckpointFailed("the log did not take it within 8 s"))
    await worker.settled()
    worker.check()


async def test_a_shard_that_has_failed_unnoticed_is_opened_anew(worker):
    await worker.assigned(1)
    await worker.settled()
    (former,) = worker.shards.open_shards
    await worker.assigned(2)
    former.failed, former.live = True, False
    await worker.settled()
    worker.check()
    assert worker.shards.open_shards != [former]
