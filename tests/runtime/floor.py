"""Calls through real shards into a log, with a heartbeat when the test wants one: what a board follows."""

from __future__ import annotations

import itertools
import json
from collections.abc import Sequence
from zlib import crc32

from schemas.values import EpochMs
from streams.core.board import BoardSettings
from streams.core.log import Batch
from streams.core.report import Line
from streams.core.settings import ShardSettings
from streams.core.shard import Shard
from streams.core.snapshot import Snapshot
from streams.runtime.clock import wall_clock
from streams.runtime.heartbeat import Heartbeat, PartitionBeat, encode_heartbeat
from streams.runtime.layout import Layout
from streams.runtime.transport.log import Appender, Log
from tests.runtime.logs import PARTITIONS, World

SETTINGS = BoardSettings(queues={"billing": ["phone"], "sales": ["phone"]})


class Floor:
    """One worker that has all partitions. `caught_up_until_ms`: what its heartbeats say; None: that of the last checkpoint."""

    def __init__(self, layout: Layout, log: Log, appender: Appender, worker: str) -> None:
        self.layout = layout
        self.log = log
        self.worker = worker
        self.checkpointed_ms: EpochMs | None = None
        self._appender = appender
        self._shards: list[Shard] = []
        self._ids = itertools.count()

    @classmethod
    async def open(cls, world: World, worker: str = "w1") -> Floor:
        floor = cls(world.layout, await world.log(), await world.appender(), worker)
        topics = dict(zip(world.layout.sources, ("calls", "tickets"), strict=True))
        settings = ShardSettings(topics=topics, partitions=PARTITIONS, contacts=world.layout.contacts)
        floor._shards = [Shard(partition, settings, await floor.log.open(partition)) for partition in range(PARTITIONS)]
        return floor

    def call(self, queue: str = "billing", at_ms: int | None = None) -> None:
        """One that is answered after 3 s and over after 5."""
        number = next(self._ids)
        began_ms = (wall_clock() if at_ms is None else at_ms) - 5_000
        call_id = f"{self.worker}-{number}"
        self._tell(call_id, {"type": "call.queued", "queue": queue, "time": began_ms})
        self._tell(call_id, {"type": "call.answered", "agent_id": "ann", "time": began_ms + 3_000})
        self._tell(call_id, {"type": "call.ended", "by": "customer", "time": began_ms + 5_000})

    def calls(self, count: int, queue: str = "billing") -> None:
        for _ in range(count):
            self.call(queue)

    async def checkpoint(self, partitions: Sequence[int] = range(PARTITIONS)) -> None:
        for partition in partitions:
            shard, now_ms = self._shards[partition], wall_clock()
            shard.advance(now_ms)
            changes = shard.take()
            if changes is not None:
                await self.log.checkpoint(partition, changes)
            self.checkpointed_ms = now_ms

    async def beat(self, partitions: Sequence[int] = range(PARTITIONS), until_ms: EpochMs | None = None) -> None:
        beats = [
            PartitionBeat(
                partition=partition,
                epoch=self.log.epoch(partition),
                positions={},
                watermark_ms=None,
                now_ms=self._shards[partition].now_ms,
                caught_up_until_ms=until_ms if until_ms is not None else self.checkpointed_ms,
                lag_records=0,
                lag_ms=0,
            )
            for partition in partitions
        ]
        heartbeat = Heartbeat(worker=self.worker, at_ms=wall_clock(), of=PARTITIONS, partitions=beats)
        await self._appender.put(self.layout.heartbeats, self.worker.encode(), encode_heartbeat(heartbeat))

    async def work(self, calls: int = 1, queue: str = "billing") -> None:
        """Calls, their checkpoint, and a heartbeat behind it."""
        self.calls(calls, queue)
        await self.checkpoint()
        await self.beat()

    def _tell(self, call_id: str, event: dict[str, object]) -> None:
        key = call_id.encode()
        shard = self._shards[crc32(key) % PARTITIONS]
        value = json.dumps({"id": str(next(self._ids)), "call_id": call_id, **event}).encode()
        topic = self.layout.sources[0]
        offset = shard.positions[topic]
        assert shard.apply(topic, Batch([Line(offset, key, value)], offset, offset + 1), wall_clock())


def answered(snapshot: Snapshot, queue: str | None = None) -> int:
    """Calls of the last days, as the board shows them."""
    cuts = [("queue",)] if queue else [()]
    rows = snapshot.rows(kpis=["calls_answered"], windows=["7d"], queues=None if queue is None else [queue], cuts=cuts)
    return sum(int(row.value or 0) for row in rows)
