"""Whatever happens while the group gives shards out anew: in the end each that is ours is open, live, and read."""

from __future__ import annotations

import asyncio
import gc
import weakref
from collections.abc import Mapping
from functools import partial
from typing import Any, cast

import pytest
from faust.types import TP

from schemas.values import Partition
from streams.config.parts import Kafka, KafkaLog
from streams.core.log import Changes, Restored
from streams.errors import CheckpointFailed, Fenced
from streams.runtime import failures
from streams.runtime import shards as carrying
from streams.runtime.clock import wall_clock
from streams.runtime.faust_app import FaustApp
from streams.runtime.layout import Layout
from streams.runtime.machine import MakeMachine
from streams.runtime.shards import Shards
from streams.runtime.transport.kafka import KafkaEngine
from streams.testing.memory_log import Memory, MemoryLog
from tests.runtime.counting import CountingShard, counting

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
    """Opens a partition, and takes a checkpoint, when it is let."""

    def __init__(self, memory: Memory) -> None:
        super().__init__(memory)
        self.opens, self.takes = asyncio.Event(), asyncio.Event()
        self.opens.set()
        self.takes.set()
        self.asked = asyncio.Event()
        self.opened = self.checkpoints = 0
        self.full = self.gives_up = False

    async def open(self, partition: Partition) -> Restored:
        self.opened += 1
        self.asked.set()
        await self.opens.wait()
        if self.gives_up:
            raise asyncio.CancelledError
        return await super().open(partition)

    async def checkpoint(self, partition: Partition, changes: Changes) -> None:
        await self.takes.wait()
        if self.full:
            raise CheckpointFailed("no room")
        self.checkpoints += 1
        await super().checkpoint(partition, changes)


class Restless(CountingShard):
    """Has always something to write."""

    def take(self) -> Changes:
        return Changes([], [], [], dict(self.positions))


class Worker:
    """Shards in a Faust app that never starts: who tells it of the group is the test."""

    def __init__(self, make_machine: MakeMachine | None = None, interval_s: float = 60.0, name: str | None = None) -> None:
        self.failures: list[BaseException] = []
        self.log = GatedLog(Memory(LAYOUT, 1, wall_clock))
        make = partial(
            Shards, log=self.log, layout=LAYOUT, count=1, make_machine=make_machine or counting(), interval_s=interval_s, clock=wall_clock,
            event_clock=None, on_fatal=self.failures.append,
        )  # fmt: skip
        engine = KafkaEngine(KafkaLog(brokers=("127.0.0.1:1",)), Kafka(), LAYOUT)
        self.app = cast(Any, FaustApp(LAYOUT, engine, make, instance=name, on_fatal=self.failures.append))
        self.app.consumer = self.consumer = Consumer()
        self.app._fetcher = Fetcher()
        self.shards: Shards = self.app.shards

    def revoked(self) -> None:
        """The group begins to give shards out anew."""
        self.app.on_rebalance_start()
        self.shards.on_partitions_revoked(OURS)
        self.consumer.pause_partitions(OURS)
        self.shards.ready.clear()

    async def assigned(self, generation: int, ours: set[TP] = OURS) -> None:
        """A generation in which partition 0 is ours, or nothing is."""
        self.revoked()
        self.app.consumer_generation_id = generation
        await self.shards.on_rebalance(ours, set(), ours, generation)

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


async def fails_and_waits_for_the_log(worker: Worker) -> None:
    """Its one shard has failed, and is being opened again until `worker.log.opens` is set."""
    worker.log.opens.clear()
    worker.log.asked.clear()
    (shard,) = worker.shards.open_shards
    shard.failed, shard.live = True, False
    worker.shards._on_failure(shard, CheckpointFailed("the log did not take it within 8 s"))
    await worker.log.asked.wait()


async def test_a_shard_that_is_opened_while_it_is_given_out_anew_goes_live(worker):
    """It failed, is being opened again, and is open when the next generation has looked at what is."""
    await worker.assigned(1)
    await worker.settled()
    worker.check()
    await fails_and_waits_for_the_log(worker)
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


async def test_a_shard_that_was_opened_too_late_to_be_ours_is_closed(worker):
    """It would hold its rows and be told of in heartbeats, and who has it now would be fenced by it."""
    await worker.assigned(1)
    await worker.settled()
    await fails_and_waits_for_the_log(worker)
    await worker.assigned(2, set())
    await asyncio.wait_for(worker.shards.ready.wait(), 5)
    worker.log.opens.set()
    await worker.settled()
    assert worker.shards.open_shards == []
    assert worker.log.epoch(0) is None
    assert worker.failures == []


async def given_away(worker: Worker) -> None:
    await worker.assigned(2, set())


async def failed(worker: Worker) -> None:
    worker.log.full = True
    while not worker.shards.checkpoints.failed:
        await asyncio.sleep(0.001)
    worker.log.full = False


@pytest.mark.parametrize("goes", [given_away, failed])
async def test_the_memory_of_a_shard_that_goes_is_free_at_once(goes):
    """It is most of a worker's. The collector comes seldom to a worker, and may never find what has become old with it."""
    worker = Worker(lambda partition, restored: Restless(partition, restored, None), interval_s=0.001)
    try:
        await worker.assigned(1)
        await worker.settled()
        machine = weakref.ref(worker.shards.open_shards[0].machine)
        gc.disable()
        await goes(worker)
        await worker.settled()
        assert machine() is None, f"it is held by {gc.get_referrers(machine())}"
    finally:
        gc.enable()
        await worker.end()


async def test_nobody_is_fenced_while_it_is_not_known_whose_a_shard_is(worker, monkeypatch):
    """A worker that stood still wakes up, is fenced, and hears of its group only then: the partition has another owner."""
    monkeypatch.setattr(failures, "FENCED_WAIT_S", 0.01)
    await worker.assigned(1)
    await worker.settled()
    (shard,) = worker.shards.open_shards
    shard.failed, shard.live = True, False
    worker.shards._on_failure(shard, Fenced("partition 0 has a newer owner"))
    while not worker.shards.opening:
        await asyncio.sleep(0)
    worker.revoked()
    await worker.settled()
    assert worker.log.opened == 1
    await worker.assigned(2)
    await worker.settled()
    worker.check()


async def test_a_log_that_takes_nothing_is_told_once_and_tried_ever_more_rarely(monkeypatch, caplog):
    monkeypatch.setattr(failures, "REOPEN_WAITS_S", (0.0, 0.0, 0.0, 3600.0))
    worker = Worker(lambda partition, restored: Restless(partition, restored, None), interval_s=0.001)
    worker.log.full = True
    try:
        await worker.assigned(1)
        async with asyncio.timeout(20):
            while worker.shards.checkpoints.failed < 4 or not worker.shards.opening:
                await asyncio.sleep(0)
        assert worker.log.opened == 4
        assert [record.message for record in caplog.records].count("partition 0 is read again from the log: no room") == 1
        assert worker.shards.opening == {0}, "it waits, and is not given up"
    finally:
        await worker.end()


async def test_a_shard_that_was_cancelled_by_its_log_is_not_closed_and_forgotten(monkeypatch):
    """A client that is closed cancels who waits for it. Nobody told the worker to end, so it says so, and another goes on."""
    worker = Worker()
    try:
        await worker.assigned(1)
        await worker.settled()
        worker.log.gives_up = True
        (shard,) = worker.shards.open_shards
        shard.failed, shard.live = True, False
        worker.shards._on_failure(shard, CheckpointFailed("the log did not take it within 8 s"))
        await worker.settled()
        assert [str(error) for error in worker.failures] == ["Shards._reopen was cancelled by something that it waited for"]
    finally:
        worker.log.gives_up = False
        await worker.end()


async def test_the_group_does_not_wait_for_a_checkpoint_that_hangs(monkeypatch):
    """All its members stand still until all have answered."""
    monkeypatch.setattr(carrying, "LAST_CHECKPOINT_S", 0.01)
    worker = Worker(lambda partition, restored: Restless(partition, restored, None))
    try:
        await worker.assigned(1)
        await worker.settled()
        (shard,) = worker.shards.open_shards
        worker.log.takes.clear()
        hanging = asyncio.create_task(shard.checkpoint(60.0))
        await asyncio.sleep(0)
        await asyncio.wait_for(worker.shards.checkpoint_revoked(), 5)
        assert not hanging.done()
        worker.log.takes.set()
        await hanging
    finally:
        await worker.end()


async def test_after_a_fault_nothing_is_written_that_came_of_it():
    """The task of checkpoints may wake up between the fault and the end of the worker."""
    worker = Worker(lambda partition, restored: Restless(partition, restored, None))
    try:
        await worker.assigned(1)
        await worker.settled()
        (shard,) = worker.shards.open_shards
        worker.shards.fail(AssertionError("a sum that cannot be"))
        await shard.checkpoint(1.0)
        await worker.end()
        assert worker.log.checkpoints == 0
    finally:
        await worker.end()


@pytest.mark.parametrize(
    ("name", "generations", "ended"),
    [("w", [1] * 6, True), ("w", [1, 1, 2, 2, 3, 3, 4, 4], False), ("w", [1, 2, 3, 4, 5, 6, 7], False), (None, [1] * 6, False)],
)
async def test_who_is_given_the_same_generation_again_and_again_has_a_twin(name, generations, ended):
    worker = Worker(name=name)
    try:
        for generation in generations:
            await worker.assigned(generation)
            await worker.settled()
        assert [str(error) for error in worker.failures] == (
            ["another worker is named w, too: give each its own under [worker], or none"] if ended else []
        )
    finally:
        await worker.end()
