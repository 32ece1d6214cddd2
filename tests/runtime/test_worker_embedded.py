"""A whole worker on the embedded log: start, work, stop, and what can go wrong on one machine."""

from __future__ import annotations

import asyncio
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import asynccontextmanager, closing
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from schemas.values import DurationMs, EpochMs, Partition
from streams.core.log import Batch, Changes, Restored
from streams.errors import StateVersionError, StorageFull, TopicLayoutError, Unreachable
from streams.runtime.clock import Clock, wall_clock
from streams.runtime.heartbeat import decode_heartbeat
from streams.runtime.layout import Layout
from streams.runtime.machine import MakeMachine
from streams.runtime.transport.database import FILE, connect
from streams.runtime.transport.embedded import EmbeddedEngine
from streams.runtime.transport.log import NewRecord, TopicPartition
from streams.runtime.worker import Worker, WorkerSettings
from streams.testing.clock import ManualClock
from tests.runtime.counting import CountingShard, counting

LAYOUT = Layout("app", ("calls", "tickets"), ("out",))
START = EpochMs(1_700_000_000_000)


@asynccontextmanager
async def running(directory: Path, make: MakeMachine | None = None, **settings: Any):
    engine = EmbeddedEngine(directory, LAYOUT, 4)
    await engine.open()
    worker = Worker(
        WorkerSettings(layout=LAYOUT, worker="w", checkpoint_interval_s=0.05, **settings), engine, lambda _: make or counting("out")
    )
    try:
        await worker.start()
        yield worker, engine
    finally:
        await worker.stop()
        await engine.close()


async def until(done: Callable[[], bool], limit_s: float = 10.0) -> None:
    async with asyncio.timeout(limit_s):
        while not done():
            await asyncio.sleep(0.01)


def has_read(worker: Worker, records: int) -> bool:
    return worker.stats().records >= records


async def append(engine: EmbeddedEngine, count: int, *, first: int = 0, topic: str = "calls") -> None:
    await engine.appender.append(topic, [NewRecord(b"k%d" % (number // 4), b"v") for number in range(first, first + count)])


async def counts(directory: Path) -> dict[bytes, int]:
    engine = EmbeddedEngine(directory, LAYOUT, 4)
    await engine.open()
    try:
        return {key: int(value) for part in range(4) for key, value in (await engine.log.open(part)).state.items()}
    finally:
        await engine.close()


async def test_everything_counts_once_over_restarts(tmp_path: Path):
    for turn in range(3):
        async with running(tmp_path) as (worker, engine):
            await append(engine, 2_000, first=turn * 2_000)
            await until(partial(has_read, worker, 2_000))
    found = await counts(tmp_path)
    assert found == {b"k%d" % number: 4 for number in range(1_500)}


async def test_a_restart_goes_on_after_what_another_process_has_appended_meanwhile(tmp_path: Path):
    async with running(tmp_path):
        pass
    engine = EmbeddedEngine(tmp_path, LAYOUT, 4)
    await engine.open()
    await append(engine, 40, topic="tickets")
    await engine.close()
    async with running(tmp_path) as (worker, _):
        await until(lambda: worker.stats().records == 40)
    assert sum((await counts(tmp_path)).values()) == 40


async def test_what_is_appended_while_it_runs_is_read_at_once(tmp_path: Path):
    async with running(tmp_path) as (worker, engine):
        began = asyncio.get_running_loop().time()
        await append(engine, 4)
        await until(lambda: worker.stats().records == 4)
        assert asyncio.get_running_loop().time() - began < 0.5


async def test_its_stats_and_heartbeats_say_what_it_owns(tmp_path: Path):
    async with running(tmp_path) as (worker, engine):
        await append(engine, 400)
        await until(lambda: worker.stats().checkpoints > 0 and worker.stats().records == 400)
        stats = worker.stats()
        assert (stats.ready, stats.of, stats.opening, stats.generation) == (True, 4, [], 1)
        assert [beat.partition for beat in stats.partitions] == [0, 1, 2, 3]
        assert sum(beat.positions["calls"] for beat in stats.partitions) == 400
        tail = engine.tail([LAYOUT.heartbeats])
        await tail.open()
        (rows,) = await tail.read(1.0)
        (key, value), *_ = rows.rows
        assert value is not None
        heartbeat = decode_heartbeat(value)
        assert heartbeat is not None
        assert (key, heartbeat.worker, heartbeat.of) == (b"w", "w", 4)
        assert [beat.partition for beat in heartbeat.partitions] == [0, 1, 2, 3]
        await tail.close()


async def test_after_a_stop_its_heartbeat_is_gone(tmp_path: Path):
    async with running(tmp_path):
        pass
    engine = EmbeddedEngine(tmp_path, LAYOUT, 4)
    await engine.open()
    tail = engine.tail([LAYOUT.heartbeats])
    await tail.open()
    assert [rows.rows for rows in await tail.read(1.0)] == [[(b"w", None)]]
    await tail.close()
    await engine.close()


async def test_a_second_worker_is_refused_by_name(tmp_path: Path):
    async with running(tmp_path):
        code = (
            "import asyncio, pathlib, sys\n"
            "from streams.runtime.layout import Layout\n"
            "from streams.runtime.transport.embedded import EmbeddedEngine\n"
            "async def main():\n"
            f"    engine = EmbeddedEngine(pathlib.Path({str(tmp_path)!r}), Layout('app', ('calls', 'tickets'), ('out',)), 4)\n"
            "    await engine.open()\n"
            "    await engine.open_worker()\n"
            "asyncio.run(main())\n"
        )
        done = await asyncio.to_thread(subprocess.run, [sys.executable, "-c", code], capture_output=True, text=True, timeout=30)
        assert "Unreachable" in done.stderr
        assert "is in use by a worker, process" in done.stderr
    async with running(tmp_path):
        pass


async def test_a_fault_of_ours_ends_the_worker(tmp_path: Path):
    class Faulty(CountingShard):
        def apply(self, topic: str, batch: Batch, wall_ms: EpochMs) -> bool:
            raise AssertionError("a sum that cannot be")

    async with running(tmp_path, lambda partition, restored: Faulty(partition, restored, None)) as (worker, engine):
        await append(engine, 4)
        with pytest.raises(AssertionError, match="cannot be"):
            async with asyncio.timeout(10):
                await worker.wait()


async def test_a_fault_in_a_checkpoint_ends_the_worker(tmp_path: Path):
    class Faulty(CountingShard):
        def take(self) -> Changes | None:
            raise AssertionError("ledger: 1 rest")

    with pytest.raises(AssertionError, match="ledger"):  # of a slow start it is the start that raises it
        async with running(tmp_path, lambda partition, restored: Faulty(partition, restored, None)) as (worker, _), asyncio.timeout(10):
            await worker.wait()


async def test_a_state_it_cannot_read_ends_the_start(tmp_path: Path):
    def newer(partition: Partition, restored: Restored) -> CountingShard:
        raise StateVersionError("3 holds state version 9 of deskpulse 7.0: start 7.0 or newer")

    with pytest.raises(StateVersionError, match=r"start 7\.0"):
        async with running(tmp_path, newer):
            pass


async def test_where_time_is_that_of_events_the_shards_follow_the_highest_of_all(tmp_path: Path):
    shards: list[CountingShard] = []

    def make(partition: Partition, restored: Restored) -> CountingShard:
        shards.append(CountingShard(partition, restored, None))
        return shards[-1]

    async with running(tmp_path, make, event_time=True) as (_, engine):
        await asyncio.sleep(0.6)
        assert {shard.now_ms for shard in shards} == {0}
        await engine.appender.append("calls", [NewRecord(b"a", b"v", (), START)])
        await until(lambda: {shard.now_ms for shard in shards} == {START})


async def test_a_full_disk_is_told_and_loses_nothing(tmp_path: Path):
    async with running(tmp_path) as (worker, engine):
        await append(engine, 400)
        await until(lambda: worker.stats().records == 400)
        store: Any = engine._writer._store
        pages = store._db.execute("pragma page_count").fetchone()[0]
        store._db.execute(f"pragma max_page_count = {pages + 8}")
        accepted = 400
        told: StorageFull | None = None
        while told is None:
            try:
                await append(engine, 400, first=accepted)
                accepted += 400
            except StorageFull as error:
                told = error
        assert "make room" in str(told)
        store._db.execute("pragma max_page_count = 1000000")
        await append(engine, 400, first=accepted)
        accepted += 400
        await until(lambda: worker.stats().records >= accepted, limit_s=20)
    found = await counts(tmp_path)
    assert found == {b"k%d" % number: 4 for number in range(accepted // 4)}


async def test_old_records_are_trimmed_once_they_were_read(tmp_path: Path):
    clock = ManualClock(START)
    engine = await opened(tmp_path, clock)
    await append(engine, 400)
    clock.forward(DurationMs(86_400_000))
    await append(engine, 400, first=400)
    assert await engine.log.trim(DurationMs(3_600_000)) == 0  # nobody has read them
    for part in range(4):
        await engine.log.open(part)
        await engine.log.checkpoint(part, Changes([], [], [], {"calls": 10_000, "tickets": 0}))
    assert await engine.log.trim(DurationMs(3_600_000)) == 400
    await engine.open_worker()
    read = 0
    for part in range(4):
        tp = TopicPartition("calls", part)
        for batch in (await engine.reader.fetch({tp}, 0.1, 10_000))[tp]:
            assert batch.start == 0
            read += len(batch)
    assert read == 400
    await engine.close()


async def test_another_number_of_partitions_is_refused(tmp_path: Path):
    async with running(tmp_path):
        pass
    with pytest.raises(TopicLayoutError, match=r"has 4 partitions.*partitions = 4 under \[limits\]"):
        await EmbeddedEngine(tmp_path, LAYOUT, 8).open()


async def test_a_newer_file_is_refused(tmp_path: Path):
    db = connect(tmp_path)
    db.execute("pragma user_version = 99")
    db.close()
    with pytest.raises(StateVersionError, match="version 99"):
        await EmbeddedEngine(tmp_path, LAYOUT, 4).open()


async def test_a_place_that_cannot_be_written_is_told(tmp_path: Path):
    (tmp_path / "file").write_text("")
    with pytest.raises(Unreachable, match="choose another directory"):
        await EmbeddedEngine(tmp_path / "file" / "log", LAYOUT, 4).open()
    (tmp_path / FILE).write_bytes(b"not a database, but long enough to be looked at by anybody" * 40)
    with pytest.raises(Exception, match="is damaged"):
        await EmbeddedEngine(tmp_path, LAYOUT, 4).open()


async def opened(directory: Path, clock: Clock = wall_clock) -> EmbeddedEngine:
    engine = EmbeddedEngine(directory, LAYOUT, 4, clock=clock)
    await engine.open()
    return engine


async def test_rows_that_are_gone_leave_the_log_once_whoever_follows_has_read_so(tmp_path: Path):
    def gone() -> int:
        with closing(sqlite3.connect(tmp_path / FILE)) as db:
            count: int = db.execute("select count(*) from tail where value is null").fetchone()[0]
            return count

    engine = await opened(tmp_path, ManualClock(START))
    await engine.log.open(0)
    await engine.log.checkpoint(0, Changes([], [(b"a", b"1"), (b"b", b"1")], [], {}))
    await engine.log.checkpoint(0, Changes([], [(b"a", None), (b"c", b"1")], [], {}))
    await engine.log.trim(DurationMs(0))
    assert gone() == 1, "until now it may not have been read"
    await engine.log.checkpoint(0, Changes([], [(b"c", None)], [], {}))
    await engine.log.trim(DurationMs(0))
    await engine.log.trim(DurationMs(0))
    assert gone() == 1, "the last row keeps its place, which is not given out again"
    await engine.log.checkpoint(0, Changes([], [(b"d", b"1")], [], {}))
    await engine.log.trim(DurationMs(0))
    await engine.log.trim(DurationMs(0))
    assert gone() == 0
    assert (await engine.log.open(0)).panes == {b"b": b"1", b"d": b"1"}
