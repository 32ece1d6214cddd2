"""A shard between open and close: when its clock moves, what a failed checkpoint leads to. In memory, with a clock that stands still."""

from __future__ import annotations

import asyncio

import pytest

from schemas.values import DurationMs, EpochMs
from streams.core.log import Batch, Changes
from streams.errors import CheckpointFailed, DeskpulseError, Fenced
from streams.runtime.checkpoint import OpenShard
from streams.runtime.layout import Layout
from streams.runtime.stats import CheckpointStats
from streams.runtime.transport.log import End, Log, NewRecord, TopicPartition
from streams.testing.clock import ManualClock
from streams.testing.memory_log import Memory, MemoryLog, MemoryReader
from tests.runtime.counting import CountingShard

LAYOUT = Layout("app", ("calls", "tickets"), ("out",))
START = EpochMs(1_700_000_000_000)


class Scene:
    """One shard over a log in memory."""

    def __init__(self) -> None:
        self.clock = ManualClock(START)
        self.memory = Memory(LAYOUT, 1, self.clock)
        self.log = MemoryLog(self.memory)
        self.reader = MemoryReader(self.memory)
        self.failures: list[BaseException] = []

    async def open(self, log: Log | None = None, interval_s: float = 0.01) -> OpenShard:
        restored = await self.log.open(0)
        machine = CountingShard(0, restored, "out")
        for topic, offset in machine.positions.items():
            self.reader.seek(TopicPartition(topic, 0), offset)
        return OpenShard(
            0,
            machine,
            log or self.log,
            interval_s=interval_s,
            stats=CheckpointStats(self.clock),
            on_failure=lambda _, error: self.failures.append(error),
        )

    def write(self, topic: str, *keys: bytes) -> None:
        self.memory.write(TopicPartition(topic, 0), [NewRecord(key, b"v") for key in keys])

    async def deliver(self, shard: OpenShard, *topics: str) -> None:
        """What is new in all topics, or in these."""
        tps = [TopicPartition(topic, 0) for topic in topics or LAYOUT.read]
        for tp, batches in (await self.reader.fetch(tps, 0.01, 1_000)).items():
            for batch in batches:
                assert shard.apply(tp.topic, batch, self.clock())

    def ends(self) -> dict[str, End]:
        ends = {topic: self.reader.end(TopicPartition(topic, 0)) for topic in LAYOUT.read}
        return {topic: end for topic, end in ends.items() if end is not None}


def now_of(shard: OpenShard) -> int:
    return shard.machine.now_ms - START


async def test_a_shard_that_has_read_everything_goes_by_the_clock():
    scene = Scene()
    shard = await scene.open()
    scene.clock.forward(DurationMs(250))
    shard.tick(scene.ends(), None)
    assert now_of(shard) == 250
    assert shard.caught_up_until_ms == START + 250


async def test_while_something_is_unread_the_clock_does_not_pass_it_by():
    scene = Scene()
    shard = await scene.open()
    scene.write("calls", b"a")
    scene.clock.forward(DurationMs(60_000))
    shard.tick(scene.ends(), None)
    scene.clock.forward(DurationMs(60_000))
    shard.tick(scene.ends(), None)
    assert now_of(shard) <= 0
    assert shard.caught_up_until_ms is None
    assert shard.lag_records() == 1


async def test_under_steady_load_the_clock_follows_to_when_the_ends_were_asked_for():
    scene = Scene()
    shard = await scene.open()
    for second in range(1, 5):
        scene.write("calls", b"a")
        scene.clock.forward(DurationMs(1_000))
        shard.tick(scene.ends(), None)  # never finds it at the end: one is always unread
        await scene.deliver(shard)
        assert now_of(shard) <= (second - 1) * 1_000
    scene.write("calls", b"a")
    scene.clock.forward(DurationMs(1_000))
    shard.tick(scene.ends(), None)
    assert now_of(shard) == 4_000
    assert shard.caught_up_until_ms == START + 4_000


async def test_one_topic_behind_holds_back_the_clock_of_all():
    scene = Scene()
    shard = await scene.open()
    scene.write("tickets", b"t")
    scene.clock.forward(DurationMs(5_000))
    shard.tick(scene.ends(), None)
    assert now_of(shard) <= 0
    await scene.deliver(shard)
    shard.tick(scene.ends(), None)
    assert now_of(shard) == 5_000


async def test_a_clock_set_back_moves_nothing_back_and_nobody_is_told_of_what_is_still_to_come():
    scene = Scene()
    shard = await scene.open()
    scene.clock.forward(DurationMs(9_000))
    shard.tick(scene.ends(), None)
    scene.clock.forward(DurationMs(-5_000))
    shard.tick(scene.ends(), None)
    assert now_of(shard) == 9_000
    assert shard.caught_up_until_ms == START + 4_000


async def test_where_time_is_that_of_events_it_goes_by_their_clock_once_all_is_read():
    scene = Scene()
    shard = await scene.open()
    scene.clock.forward(DurationMs(250))
    shard.tick(scene.ends(), EpochMs(START - 86_400_000))
    assert now_of(shard) == START * 0 - 86_400_000
    scene.write("calls", b"a")
    shard.tick(scene.ends(), EpochMs(START))
    assert now_of(shard) < 0


async def test_a_checkpoint_is_written_after_each_interval_and_only_if_something_changed():
    scene = Scene()
    shard = await scene.open()
    shard.start()
    scene.write("calls", b"a", b"a", b"b")
    await scene.deliver(shard)
    async with asyncio.timeout(5):
        while scene.memory.positions.get(TopicPartition("calls", 0)) != 3:
            await asyncio.sleep(0.01)
    await asyncio.sleep(0.05)
    await shard.close(1.0)
    assert dict(scene.memory.latest(TopicPartition("app-state", 0))) == {b"a": b"2", b"b": b"1"}
    assert len(scene.memory.records[TopicPartition("app-panes", 0)]) == 1
    assert scene.failures == []


async def test_the_close_writes_what_the_last_checkpoint_has_not():
    scene = Scene()
    shard = await scene.open(interval_s=60.0)
    shard.start()
    scene.write("tickets", b"a")
    await scene.deliver(shard)
    await shard.close(1.0)
    assert dict(scene.memory.latest(TopicPartition("app-state", 0))) == {b"a": b"1"}
    assert scene.log.epoch(0) is None


@pytest.mark.parametrize("when", ["before", "after"])
async def test_after_a_failed_checkpoint_the_log_says_what_was_counted(when):
    scene = Scene()
    shard = await scene.open()
    scene.write("calls", b"a", b"a")
    await scene.deliver(shard)
    scene.log.fail_next(when)
    shard.start()
    async with asyncio.timeout(5):
        while not scene.failures:
            await asyncio.sleep(0.01)
    assert isinstance(scene.failures[0], CheckpointFailed)
    assert shard.failed
    await shard.close(1.0)
    again = await scene.open()
    await scene.deliver(again)  # reads again what was not committed, and nothing else
    await again.close(1.0)
    assert dict(scene.memory.latest(TopicPartition("app-state", 0))) == {b"a": b"2"}


async def test_a_checkpoint_that_the_client_gives_up_is_one_that_failed(monkeypatch):
    """Its task would end without a word, and the shard be neither written nor read any more."""
    scene = Scene()
    shard = await scene.open()
    scene.write("calls", b"a")
    await scene.deliver(shard)

    async def given_up(partition: int, changes: Changes) -> None:
        raise asyncio.CancelledError

    monkeypatch.setattr(scene.log, "checkpoint", given_up)
    shard.start()
    async with asyncio.timeout(5):
        while not scene.failures:
            await asyncio.sleep(0.01)
    assert isinstance(scene.failures[0], CheckpointFailed)
    await shard.close(1.0)


async def test_a_failed_shard_writes_nothing_more():
    scene = Scene()
    shard = await scene.open()
    scene.write("calls", b"a")
    await scene.deliver(shard)
    scene.log.fail_next("before")
    with pytest.raises(CheckpointFailed):
        await shard.checkpoint(1.0)
    await shard.checkpoint(1.0)
    await shard.close(1.0)
    assert scene.memory.records[TopicPartition("app-state", 0)] == []


async def test_a_shard_with_a_fault_is_not_asked_again_for_what_it_has_given_half():
    scene = Scene()
    shard = await scene.open()
    scene.write("calls", b"a")
    await scene.deliver(shard)
    whole = shard.machine.take

    def half() -> Changes | None:
        shard.machine.take = whole  # type: ignore[method-assign]
        raise AssertionError("calls do not add up")

    shard.machine.take = half  # type: ignore[method-assign]
    with pytest.raises(AssertionError):
        await shard.checkpoint(1.0)
    await shard.close(1.0)
    assert scene.memory.records[TopicPartition("app-state", 0)] == []


async def test_a_fenced_shard_is_told_apart():
    scene = Scene()
    shard = await scene.open()
    scene.write("calls", b"a")
    await scene.deliver(shard)
    await MemoryLog(scene.memory).open(0)
    shard.start()
    async with asyncio.timeout(5):
        while not scene.failures:
            await asyncio.sleep(0.01)
    assert isinstance(scene.failures[0], Fenced)
    await shard.close(1.0)


class HangingLog(MemoryLog):
    """A transaction that never ends, as after a restart of a broker."""

    async def checkpoint(self, partition: int, changes: Changes) -> None:
        await asyncio.Event().wait()


async def test_a_checkpoint_that_hangs_is_given_up():
    scene = Scene()
    hanging = HangingLog(scene.memory)
    shard = await scene.open(hanging)
    scene.write("calls", b"a")
    await scene.deliver(shard)
    with pytest.raises(CheckpointFailed, match=r"within 0\.05 s"):
        await shard.checkpoint(0.05)


async def test_a_close_takes_no_longer_than_it_may():
    scene = Scene()
    hanging = HangingLog(scene.memory)
    shard = await scene.open(hanging)
    scene.write("calls", b"a")
    await scene.deliver(shard)
    began = asyncio.get_running_loop().time()
    await shard.close(0.05)
    assert asyncio.get_running_loop().time() - began < 1.0


async def test_a_gap_is_refused_and_asks_for_a_seek_once_in_a_while():
    scene = Scene()
    shard = await scene.open()
    scene.write("calls", *[b"a"] * 10)
    scene.reader.seek(TopicPartition("calls", 0), 5)
    (batch,) = (await scene.reader.fetch([TopicPartition("calls", 0)], 0.1, 100))[TopicPartition("calls", 0)]
    assert batch.start == 5
    assert not shard.apply("calls", batch, scene.clock())
    assert shard.apply("calls", Batch([], 0, 0), scene.clock())
    shard._sought_at -= 60
    assert shard.wants_seek()
    assert not shard.wants_seek()


async def test_a_batch_that_was_dropped_on_the_way_is_missed_after_a_while():
    scene = Scene()
    shard = await scene.open()
    assert not shard.lost({"calls": 0})
    assert not shard.lost({"calls": 7})  # on its way
    shard._waiting["calls"] = (0, shard._waiting["calls"][1] - 60)
    shard._sought_at -= 60
    assert shard.lost({"calls": 7})
    assert not shard.lost({"calls": 7})  # sought a moment ago


async def test_a_reader_that_has_not_come_round_yet_has_lost_nothing():
    scene = Scene()
    shard = await scene.open()
    scene.write("calls", *[b"a"] * 10)
    shard.tick(scene.ends(), None)
    shard._sought_at -= 60
    assert shard.lag_records() == 10
    assert not shard.lost({"calls": 0, "tickets": 0})
    assert shard._waiting == {}


async def test_the_beat_says_how_far_it_is_behind():
    scene = Scene()
    shard = await scene.open()
    assert shard.beat(scene.clock()).lag_ms is None
    scene.write("calls", b"a", b"b")
    await scene.deliver(shard)
    shard.tick(scene.ends(), None)
    beat = shard.beat(scene.clock())
    assert (beat.lag_records, beat.lag_ms, beat.positions) == (0, 0, {"calls": 2, "tickets": 0, "app-contacts": 0})
    scene.write("calls", b"a", b"b", b"c")
    scene.clock.forward(DurationMs(3_000))
    shard.tick(scene.ends(), None)
    beat = shard.beat(scene.clock())
    assert (beat.lag_records, beat.lag_ms) == (3, 3_000)


async def test_a_shard_is_as_far_behind_as_its_slowest_topic():
    scene = Scene()
    shard = await scene.open()
    scene.write("calls", b"a")
    await scene.deliver(shard)
    shard.tick(scene.ends(), None)
    scene.write("tickets", b"b")
    scene.clock.forward(DurationMs(30_000))
    scene.write("calls", b"c")
    await scene.deliver(shard, "calls")
    shard.tick(scene.ends(), None)
    beat = shard.beat(scene.clock())
    assert (beat.lag_records, beat.lag_ms) == (1, 30_000)


def test_both_errors_are_ones_the_worker_survives():
    assert {error.exit_code for error in (Fenced, CheckpointFailed)} == {3}
    assert issubclass(Fenced, DeskpulseError)


async def test_a_heartbeat_tells_only_of_what_is_committed():
    """A board shows what is committed: what was read since must not make its figures look younger."""
    scene = Scene()
    shard = await scene.open()
    scene.clock.forward(DurationMs(250))
    shard.tick(scene.ends(), None)
    assert shard.beat(scene.clock()).caught_up_until_ms is None
    await shard.checkpoint(1.0)  # nothing to write: what is committed already holds up to then
    assert shard.beat(scene.clock()).caught_up_until_ms == START + 250
    scene.write("calls", b"a")
    await scene.deliver(shard)
    scene.clock.forward(DurationMs(500))
    shard.tick(scene.ends(), None)
    assert shard.beat(scene.clock()).caught_up_until_ms == START + 250
    scene.log.fail_next("before")
    with pytest.raises(CheckpointFailed):
        await shard.checkpoint(1.0)
    assert shard.beat(scene.clock()).caught_up_until_ms == START + 250
    shard = await scene.open()
    scene.clock.forward(DurationMs(250))
    await scene.deliver(shard)
    shard.tick(scene.ends(), None)
    await shard.checkpoint(1.0)
    assert shard.beat(scene.clock()).caught_up_until_ms == START + 1_000
