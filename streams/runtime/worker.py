"""A worker: the Faust app, its heartbeats, and their end. Runs in an asyncio loop that others may share."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from functools import partial
from typing import Any, cast

import msgspec
from faust.exceptions import ConsumerNotStarted

from schemas.values import EpochMs
from streams.errors import DeskpulseError, Unreachable
from streams.runtime.clock import Clock, wall_clock
from streams.runtime.ended import fault_of
from streams.runtime.engine import Engine
from streams.runtime.event_clock import EventClock
from streams.runtime.faust_app import FaustApp
from streams.runtime.heartbeat import HEARTBEAT_INTERVAL_S, Heartbeat, encode_heartbeat
from streams.runtime.layout import Layout
from streams.runtime.machine import MakeMachine
from streams.runtime.shards import Shards
from streams.runtime.stats import WorkerStats
from streams.runtime.trouble import Trouble

log = logging.getLogger("deskpulse.worker")

STOP_LIMIT_S = 10.0


class WorkerSettings(msgspec.Struct, frozen=True, kw_only=True):
    """worker      its id in heartbeats; unique among those that run
    static      it keeps its place in the group over restarts
    event_time  time is the highest watermark of all heartbeats, not the wall clock
    """

    layout: Layout
    worker: str
    static: bool = False
    checkpoint_interval_s: float = 1.0
    event_time: bool = False


class Worker:
    """start(), then wait() until something ends it, then stop(), in any case."""

    def __init__(
        self,
        settings: WorkerSettings,
        engine: Engine,
        make_machines: Callable[[int], MakeMachine],
        *,
        clock: Clock = wall_clock,
    ) -> None:
        """engine         open; stays so after stop()
        make_machines  the number of partitions -> what makes their shards
        """
        self._settings = settings
        self._engine = engine
        self._make_machines = make_machines
        self._clock = clock
        self._count = 0
        self._app: FaustApp | None = None
        self._event_clock: EventClock | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._starting: asyncio.Task[None] | None = None
        self._stopping = False
        self._end: asyncio.Future[None] | None = None

    async def start(self) -> None:
        """Returns when the shards given to it are restored. Raises what `wait()` raises."""
        settings = self._settings
        self._end = asyncio.get_running_loop().create_future()
        self._count = await self._engine.open_worker()
        if settings.event_time:
            self._event_clock = EventClock(lambda: self._engine.tail([settings.layout.heartbeats]), self._own_watermark_ms)
            await self._event_clock.open()
            self._tasks.append(self._supervised(self._event_clock.follow()))
        await self._engine.appender.open()
        # From here to the app nothing is awaited: a configuration that is read again meanwhile would be that of no shard.
        make_shards = partial(
            Shards,
            log=self._engine.log,
            layout=settings.layout,
            count=self._count,
            make_machine=self._make_machines(self._count),
            interval_s=settings.checkpoint_interval_s,
            clock=self._clock,
            event_clock=None if self._event_clock is None else self._event_clock.now_ms,
            on_fatal=self._fatal,
        )
        self._app = FaustApp(
            settings.layout, self._engine, make_shards, instance=settings.worker if settings.static else None, on_fatal=self._fatal
        )
        self._starting = self._supervised(self._app.start())
        self._tasks.append(self._supervised(self._beat()))
        ready = asyncio.ensure_future(self._app.shards.ready.wait())
        try:
            await asyncio.wait([cast(asyncio.Future[Any], ready), self._end], return_when=asyncio.FIRST_COMPLETED)
        finally:
            ready.cancel()
        if self._end.done():
            await self.wait()

    async def wait(self) -> None:
        """Returns after stop(). Raises a DeskpulseError if the world ends it; anything else that ends it is a fault of ours."""
        assert self._end is not None, "start() comes first"
        await asyncio.shield(self._end)

    async def stop(self) -> None:
        """One last checkpoint per shard, then leaves the group: the others take over without waiting for a timeout.

        Takes at most some STOP_LIMIT_S; what hangs then is left to the end of the process.
        """
        self._stopping = True
        for task in self._tasks:
            task.cancel()
        if self._app is not None:
            await self._app.shards.close_all()
            stopping = asyncio.create_task(self._leave(self._app))
            _, pending = await asyncio.wait({stopping}, timeout=STOP_LIMIT_S)
            if pending:
                log.warning("the group was not left in %g s: the others miss us after the session timeout", STOP_LIMIT_S)
                stopping.cancel()
        if self._starting is not None:
            self._starting.cancel()
        if self._event_clock is not None:
            await self._event_clock.close()
        if self._end is not None and not self._end.done():
            self._end.set_result(None)

    def reload(self, make_machines: Callable[[int], MakeMachine], change: Callable[[Any], None]) -> None:
        """Shards are made by these from now on; those that there are get `change`."""
        self._make_machines = make_machines
        if self._app is not None:
            self._app.shards.reload(make_machines(self._count), change)

    def stats(self) -> WorkerStats:
        if self._app is None:
            return WorkerStats(worker=self._settings.worker)
        shards = self._app.shards
        now_ms, checkpoints = self._clock(), shards.checkpoints
        return WorkerStats(
            worker=self._settings.worker,
            ready=shards.ready.is_set() and not shards.opening,
            of=self._count,
            partitions=[shard.beat(now_ms) for shard in shards.open_shards],
            opening=sorted(shards.opening),
            generation=cast(Any, self._app).consumer_generation_id,
            rebalances=shards.rebalances,
            records=shards.records,
            restores=shards.restores,
            restore_rows=shards.restore_rows,
            restore_seconds=shards.restore_seconds,
            reopened=shards.reopened,
            fenced=shards.fenced,
            seeks=shards.seeks,
            records_lost=self._engine.records_lost,
            checkpoints=checkpoints.count,
            checkpoints_failed=checkpoints.failed,
            checkpoint_rows=checkpoints.rows,
            checkpoint_seconds=checkpoints.seconds,
            last_checkpoint_ms=checkpoints.last_success_ms,
        )

    async def _leave(self, app: FaustApp) -> None:
        try:
            await app.stop()
            await self._engine.appender.put(self._settings.layout.heartbeats, self._settings.worker.encode(), None)
        except (DeskpulseError, ConsumerNotStarted) as error:
            log.warning("left without a word: %s", error)

    async def _beat(self) -> None:
        topic, key = self._settings.layout.heartbeats, self._settings.worker.encode()
        assert self._app is not None
        await self._app.shards.ready.wait()  # before, there is nothing to tell
        trouble = Trouble(log, "no heartbeat")
        while True:
            now_ms = self._clock()
            partitions = [shard.beat(now_ms) for shard in self._app.shards.open_shards]
            heartbeat = Heartbeat(worker=self._settings.worker, at_ms=now_ms, of=self._count, partitions=partitions)
            try:
                await self._engine.appender.put(topic, key, encode_heartbeat(heartbeat))
                trouble.over()
            except Unreachable as error:
                trouble.tell(error)
            await asyncio.sleep(HEARTBEAT_INTERVAL_S)

    def _own_watermark_ms(self) -> EpochMs | None:
        marks = [shard.machine.watermark_ms for shard in self._app.shards.open_shards] if self._app is not None else []
        return max((mark for mark in marks if mark), default=None)

    def _supervised(self, work: Any) -> asyncio.Task[None]:
        task: asyncio.Task[None] = asyncio.create_task(work)
        task.add_done_callback(self._done)
        return task

    def _done(self, task: asyncio.Task[None]) -> None:
        if not self._stopping and (error := fault_of(task)) is not None:
            self._fatal(error)

    def _fatal(self, error: BaseException) -> None:
        if self._end is not None and not self._end.done():
            self._end.set_exception(self._engine.understood(error))
