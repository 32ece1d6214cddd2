"""Two workers as processes on a real Kafka, killed and stopped while records come: every record counts exactly once."""

from __future__ import annotations

import asyncio
import collections
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from aiokafka import TopicPartition as AiokafkaTopicPartition

from schemas.state import POSITIONS_KEY
from streams.runtime.transport.log import NewRecord, TopicPartition
from tests.runtime.counting import COMPLETE, TOTAL
from tests.runtime.logs import PARTITIONS, KafkaWorld, create_topics, layout_for, read_until

pytestmark = [pytest.mark.kafka, pytest.mark.slow]


class Workers:
    """Processes by name. Their output goes to `directory`, for the one who has to find out what happened."""

    def __init__(self, bootstrap: str, prefix: str, directory: Path) -> None:
        self._arguments = [sys.executable, "-m", "tests.runtime.worker_process", bootstrap, prefix]
        self._directory = directory
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, name: str) -> None:
        with (self._directory / f"{name}.log").open("ab") as output:
            self._running[name] = subprocess.Popen([*self._arguments, name], stdout=output, stderr=output)

    def signal(self, name: str, number: signal.Signals) -> None:
        os.kill(self._running[name].pid, number)

    def kill(self, name: str) -> None:
        self._running[name].kill()
        self._running.pop(name).wait()

    def end(self, name: str) -> int:
        """The exit code after SIGTERM."""
        self._running[name].terminate()
        return self._running.pop(name).wait(20)

    def ended(self) -> list[str]:
        """Those that ended by themselves."""
        return [name for name, process in self._running.items() if process.poll() is not None]

    def close(self) -> None:
        for name in tuple(self._running):
            self.kill(name)

    def output(self, name: str) -> str:
        return (self._directory / f"{name}.log").read_text()


@pytest.fixture
def workers(kafka: str, prefix: str, tmp_path: Path) -> Iterator[Workers]:
    create_topics(kafka, layout_for(prefix))
    workers = Workers(kafka, prefix, tmp_path)
    yield workers
    workers.close()


class Load:
    """Records at a steady rate: each key comes COMPLETE times, spread over both source topics."""

    def __init__(self, world: KafkaWorld) -> None:
        self._world = world
        self.keys = 0

    async def run(self, seconds: float, keys_per_second: int) -> None:
        appender = await self._world.appender()
        calls, tickets = self._world.layout.sources
        began = asyncio.get_running_loop().time()
        step = max(1, keys_per_second // 20)
        for first in range(self.keys, self.keys + int(seconds * keys_per_second), step):
            keys = [b"k%d" % number for number in range(first, first + step)]
            await appender.append(calls, [NewRecord(key, b"1") for key in keys for _ in range(COMPLETE - 1)])
            await appender.append(tickets, [NewRecord(key, b"1") for key in keys])
            self.keys = first + step
            await asyncio.sleep(began + self.keys / keys_per_second - asyncio.get_running_loop().time())


async def counted(world: KafkaWorld, limit_s: float = 40.0) -> tuple[dict[bytes, int], int]:
    """Counts per key and the sum of the panes, as soon as everything that is in the log has been committed."""
    connection = (await world.engine()).connection
    layout = world.layout
    consumer: Any = connection.consumer(group_id=layout.app)
    await consumer.start()
    try:
        sources = [AiokafkaTopicPartition(topic, part) for topic in layout.sources for part in range(PARTITIONS)]
        async with asyncio.timeout(limit_s):
            while any([(await consumer.committed(tp) or 0) < end for tp, end in (await consumer.end_offsets(sources)).items()]):
                await asyncio.sleep(0.2)
        rows: dict[tuple[str, int, bytes], int] = {}
        tps = [AiokafkaTopicPartition(topic, part) for topic in (layout.state, layout.panes) for part in range(PARTITIONS)]
        consumer.assign(tps)
        await consumer.seek_to_beginning(*tps)
        ends = await consumer.end_offsets(tps)
        while any([await consumer.position(tp) < ends[tp] for tp in tps]):
            for tp, records in (await consumer.getmany(timeout_ms=500)).items():
                rows.update({(tp.topic, tp.partition, record.key): int(record.value) for record in records if record.key != POSITIONS_KEY})
    finally:
        await consumer.stop()
    total = sum(value for (topic, _, key), value in rows.items() if topic == layout.panes and key == TOTAL)
    return {key: value for (topic, _, key), value in rows.items() if topic == layout.state}, total


async def outputs(world: KafkaWorld) -> collections.Counter[bytes]:
    found: collections.Counter[bytes] = collections.Counter()
    for part in range(PARTITIONS):
        tp = TopicPartition(world.layout.outputs[0], part)
        reader = await world.reader(tp)
        reader.seek(tp, 0)
        consumer: Any = reader._consumer  # type: ignore[attr-defined]
        (end,) = (await consumer.end_offsets([tp])).values()
        found.update(record.key or b"" for batch in (await read_until(reader, tp, end) if end else []) for record in batch)
    return found


async def check(world: KafkaWorld, keys: int) -> None:
    counts, total = await counted(world)
    assert len(counts) == keys
    assert collections.Counter(counts.values()) == {COMPLETE: keys}
    assert total == keys * COMPLETE
    written = await outputs(world)
    assert len(written) == keys
    assert set(written.values()) == {1}


async def test_killed_and_frozen_workers_count_everything_once(kafka: str, prefix: str, workers: Workers):
    """One is killed and comes back, the other is frozen until it is given up, and wakes up as a zombie."""
    async with AsyncExitStack() as stack:
        world = KafkaWorld(layout_for(prefix), kafka, stack)
        load = Load(world)
        workers.start("a")
        workers.start("b")
        running = asyncio.create_task(load.run(seconds=22, keys_per_second=1_000))
        await asyncio.sleep(5)
        workers.kill("a")
        workers.start("a")
        await asyncio.sleep(5)
        workers.signal("b", signal.SIGSTOP)
        await asyncio.sleep(9)
        workers.signal("b", signal.SIGCONT)
        await running
        await check(world, load.keys)
    assert workers.ended() == []
    assert [workers.end(name) for name in ("a", "b")] == [0, 0]
    for name in ("a", "b"):
        assert "Traceback" not in workers.output(name), workers.output(name)


async def joined(workers: Workers, name: str) -> None:
    """It has its shards, so it knows what a signal means."""
    async with asyncio.timeout(60):
        while "shards" not in workers.output(name):
            await asyncio.sleep(0.1)


async def test_workers_come_and_go_cleanly(kafka: str, prefix: str, workers: Workers):
    async with AsyncExitStack() as stack:
        world = KafkaWorld(layout_for(prefix), kafka, stack)
        load = Load(world)
        workers.start("a")
        running = asyncio.create_task(load.run(seconds=12, keys_per_second=1_000))
        await joined(workers, "a")
        workers.start("b")
        await joined(workers, "b")
        await asyncio.sleep(2)
        assert await asyncio.to_thread(workers.end, "a") == 0
        await running
        await check(world, load.keys)
        assert await asyncio.to_thread(workers.end, "b") == 0
    for name in ("a", "b"):
        assert "Traceback" not in workers.output(name), workers.output(name)
