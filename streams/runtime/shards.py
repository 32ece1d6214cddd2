"""The shards of this worker: takes the place of Faust's tables (setting `TableManager`).

Faust says which partitions are ours; each is opened (fenced, restored), sought and resumed, then fed by `deliver` until it is
revoked. One that fails is closed and opened again in place.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import defaultdict
from collections.abc import Callable, Coroutine
from typing import Any, cast

from faust.tables import TableManager
from faust.types import TP, AppT

from schemas.values import EpochMs, Partition
from streams.core.log import Batch
from streams.errors import ConfigError, DeskpulseError, Fenced
from streams.runtime.checkpoint import OpenShard
from streams.runtime.clock import Clock
from streams.runtime.ended import fault_of
from streams.runtime.failures import Failures, pauses_s
from streams.runtime.layout import Layout, shards_of
from streams.runtime.machine import MakeMachine
from streams.runtime.stats import CheckpointStats
from streams.runtime.transport.delivery import Cursor
from streams.runtime.transport.log import End, Log, TopicPartition
from streams.runtime.trouble import Trouble
from streams.runtime.twin import Twin

log = logging.getLogger("deskpulse.worker")

TICK_S = 0.25
LAST_CHECKPOINT_S = 1.0
OPENING_AT_ONCE = 4  # a restore holds all rows of its shard once more
OPEN_LIMIT_S = 300.0


class Shards(TableManager):
    """All shards this worker owns."""

    def __init__(
        self,
        app: AppT,
        *,
        log: Log,
        layout: Layout,
        count: int,
        make_machine: MakeMachine,
        interval_s: float,
        clock: Clock,
        event_clock: Callable[[], EpochMs | None] | None,
        on_fatal: Callable[[BaseException], None],
        **kwargs: Any,
    ) -> None:
        """count        of partitions, each a shard
        event_clock  the highest watermark there is, where time is that of events; None: time is the wall clock's
        on_fatal     called once with what ends this worker
        """
        super().__init__(app, **kwargs)
        self.checkpoints = CheckpointStats(clock)
        self.opening: set[Partition] = set()
        self.records = self.restores = self.restore_rows = self.reopened = self.fenced = self.seeks = self.rebalances = 0
        self.restore_seconds = 0.0
        self.ready = asyncio.Event()
        self._log = log
        self._layout = layout
        self._count = count
        self._make_machine = make_machine
        self._interval_s = interval_s
        self._clock = clock
        self._event_clock = event_clock
        self._on_fatal = on_fatal
        self._failed = False
        self._twin = Twin()
        self._wanted: set[Partition] = set()
        self._open: dict[Partition, OpenShard] = {}
        self._failures = Failures()
        self._slots = asyncio.Semaphore(OPENING_AT_ONCE)
        # The log knows partitions, not attempts: of one that fails while it is assigned anew, closing and opening must not mix.
        self._locks: defaultdict[Partition, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._taking_over: asyncio.Task[None] | None = None
        self._background: set[asyncio.Task[None]] = set()

    @property
    def open_shards(self) -> list[OpenShard]:
        return [shard for _, shard in sorted(self._open.items()) if not shard.failed]

    def reload(self, make_machine: MakeMachine, change: Callable[[Any], None]) -> None:
        """Shards are made by this from now on; those that there are get `change`."""
        self._make_machine = make_machine
        for shard in self._open.values():
            change(shard.machine)

    # Records

    async def deliver(self, topic: str, partition: Partition, batch: Batch) -> None:
        """Called by the agents, batch by batch. One that does not fit is dropped, and read again from where it would."""
        shard = self._open.get(partition)
        if shard is not None and shard.live:
            if shard.apply(topic, batch, self._clock()):
                self.records += len(batch)
            elif shard.wants_seek():
                await self._seek(shard)
        await asyncio.sleep(0)  # the queue of the agent may have more at hand; let others run

    async def _seek(self, shard: OpenShard) -> None:
        self.seeks += 1
        positions = {TP(topic, shard.partition): offset for topic, offset in shard.machine.positions.items()}
        await self._cursor.seek_wait(positions)

    def fail(self, error: BaseException) -> None:
        """Ends the worker. What its shards hold is not to be trusted any more, and is not written."""
        self._failed = True
        for shard in self._open.values():
            shard.failed, shard.live = True, False
        self._on_fatal(error)

    # What Faust calls

    async def on_start(self) -> None:
        self._tables_registered.set()
        self._spawn(self._ticks())

    async def on_stop(self) -> None:
        await cast(Any, self.app)._fetcher.stop()
        await self.close_all()

    def on_partitions_revoked(self, revoked: set[TP]) -> None:
        """Eager: all are revoked before any is assigned anew. Those that come back go on where they are."""
        for shard in self._open.values():
            shard.live = False

    async def checkpoint_revoked(self) -> None:
        """While the group waits for us: whoever gets a shard next has less to read again."""
        await asyncio.gather(*(self._try_checkpoint(shard) for shard in self.open_shards))

    async def on_rebalance(self, assigned: set[TP], revoked: set[TP], newly_assigned: set[TP], generation_id: int = 0) -> None:
        self.rebalances += 1
        name = self.app.conf.consumer_group_instance_id
        if self._twin.shows(generation_id, time.monotonic()) and name:
            self._on_fatal(ConfigError(f"another worker is named {name}, too: give each its own under [worker], or none"))
        if self._taking_over is not None:
            self._taking_over.cancel()
        self._taking_over = self._spawn(self._take_over(assigned, generation_id))

    async def wait_until_recovery_completed(self) -> bool:
        return bool(await self.wait_for_stopped(cast(Any, self.ready)))

    # Opening, keeping, closing

    async def _take_over(self, assigned: set[TP], generation: int) -> None:
        app = cast(Any, self.app)
        await app.on_rebalance_complete.send()
        wanted = self._wanted = shards_of(self._layout, self._count, assigned)
        lost = [shard for partition, shard in self._open.items() if partition not in wanted or shard.failed]
        await asyncio.gather(*(self._close(shard) for shard in lost))
        if not self._is_current(generation):
            return
        for shard in self.open_shards:
            await self._go_live(shard)
        app.flow_control.resume()
        app.consumer.resume_flow()
        await app._fetcher.maybe_start()
        self.on_actives_ready()
        self.on_standbys_ready()
        app.on_rebalance_end()
        # One that is open may have failed meanwhile.
        missing = wanted - {shard.partition for shard in self.open_shards if shard.live}
        await asyncio.gather(*(self._open_one(partition, generation) for partition in sorted(missing)))
        if self._is_current(generation):
            self.ready.set()
            log.info("generation %d: shards %s of %d", generation, ", ".join(map(str, sorted(self._open))) or "none", self._count)

    async def _open_one(self, partition: Partition, generation: int, wait_s: float = 0.0) -> None:
        """Tries until it is open and live, or no longer ours. One that is already does not notice."""
        trouble = Trouble(log, f"partition {partition} cannot be opened, trying again")
        self.opening.add(partition)
        try:
            for pause_s in pauses_s(wait_s):
                await asyncio.sleep(pause_s)
                try:
                    async with self._slots, self._locks[partition], asyncio.timeout(OPEN_LIMIT_S):
                        if not self._is_current(generation) or cast(Any, self.app).rebalancing:
                            return  # whoever is given it opens it, and nobody who has it is to be fenced
                        shard = self._open.get(partition)
                        if shard is not None and shard.failed:
                            del self._open[partition]
                            await shard.close(0)
                            shard = None
                        if shard is None:
                            shard = self._open[partition] = await self._restore(partition)
                            shard.start()
                except (DeskpulseError, TimeoutError) as error:
                    if isinstance(error, DeskpulseError) and error.exit_code != 3:
                        raise
                    trouble.tell(str(error) or "it takes too long")
                    continue
                if self._is_current(generation):
                    if not shard.live:
                        await self._go_live(shard)
                elif partition not in self._wanted:
                    await self._close(shard)  # who took over has looked before it was open; else it is found
                return
        finally:
            self.opening.discard(partition)

    async def _restore(self, partition: Partition) -> OpenShard:
        began = time.monotonic()
        try:
            restored = await self._log.open(partition)
            rows = len(restored.state) + len(restored.panes)
            machine = self._make_machine(partition, restored)
        except BaseException:
            await self._log.close(partition, timeout_s=0.5)
            raise
        self.restores += 1
        self.restore_rows += rows
        self.restore_seconds += time.monotonic() - began
        return OpenShard(
            partition,
            machine,
            self._log,
            interval_s=self._interval_s,
            stats=self.checkpoints,
            on_failure=self._on_failure,
        )

    async def _go_live(self, shard: OpenShard) -> None:
        """From its own position, whatever the group thinks."""
        await self._seek(shard)
        cast(Any, self.app).consumer.resume_partitions(self._tps(shard))
        shard.live = True

    def _on_failure(self, shard: OpenShard, error: BaseException) -> None:
        if not isinstance(error, DeskpulseError) or error.exit_code != 3:
            self.fail(error)
            return
        self.checkpoints.failed += 1
        self.fenced += isinstance(error, Fenced)
        wait_s = self._failures.wait_s(shard.partition, error, anew=shard.wrote)
        self._spawn(self._reopen(shard, wait_s))

    async def _reopen(self, shard: OpenShard, wait_s: float) -> None:
        app = cast(Any, self.app)
        if self._open.get(shard.partition) is not shard:
            return  # another has its place, and reads
        app.consumer.pause_partitions(self._tps(shard))
        await self._close(shard)
        if not app.rebalancing:
            self.reopened += 1
            await self._open_one(shard.partition, app.consumer_generation_id, wait_s)

    async def close_all(self) -> None:
        """Each with one last checkpoint, unless it was a fault that ended the worker."""
        for task in tuple(self._background):
            task.cancel()
        await asyncio.gather(*(self._close(shard) for shard in tuple(self._open.values())))

    async def _close(self, shard: OpenShard) -> None:
        async with self._locks[shard.partition]:
            if self._open.get(shard.partition) is shard:
                del self._open[shard.partition]
                await shard.close(0 if self._failed else LAST_CHECKPOINT_S)

    async def _try_checkpoint(self, shard: OpenShard) -> None:
        try:
            async with asyncio.timeout(LAST_CHECKPOINT_S):  # also where one hangs already
                await shard.checkpoint(LAST_CHECKPOINT_S)
        except (DeskpulseError, TimeoutError) as error:
            log.warning("partition %d: no checkpoint before the rebalance: %s", shard.partition, str(error) or "one hangs")

    # Time

    async def _ticks(self) -> None:
        while True:
            await asyncio.sleep(TICK_S)
            if (fault := self._cursor.fault()) is not None:
                self._on_fatal(fault)
                return
            event_clock_ms = self._event_clock() if self._event_clock is not None else None
            for shard in self.open_shards:
                if not shard.live:
                    continue
                ends = self._ends(shard.partition)
                if ends is not None and (self._event_clock is None or event_clock_ms is not None):
                    shard.tick(ends, event_clock_ms)
                if shard.lost(self._read(shard.partition)):
                    self._spawn(self._seek(shard))

    def _ends(self, partition: Partition) -> dict[str, End] | None:
        ends = {topic: self._cursor.stable_end(TopicPartition(topic, partition)) for topic in self._layout.read}
        known = {topic: end for topic, end in ends.items() if end is not None}
        return known if len(known) == len(ends) else None

    def _read(self, partition: Partition) -> dict[str, int]:
        read = {topic: self._cursor.read_position(TopicPartition(topic, partition)) for topic in self._layout.read}
        return {topic: position for topic, position in read.items() if position is not None}

    # Faust and asyncio

    @property
    def _cursor(self) -> Cursor:
        return cast(Cursor, self.app.consumer)

    def _tps(self, shard: OpenShard) -> set[TP]:
        return {TP(topic, shard.partition) for topic in self._layout.read}

    def _is_current(self, generation: int) -> bool:
        return bool(cast(Any, self.app).consumer_generation_id == generation) and not self.should_stop

    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._background.add(task)
        task.add_done_callback(self._done)
        return task

    def _done(self, task: asyncio.Task[None]) -> None:
        self._background.discard(task)
        if (error := fault_of(task)) is not None:
            self.fail(error)
