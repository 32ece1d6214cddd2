"""A board: reads what all shards have written, follows, and gives snapshots. Any number of them show equal figures.

board = Board(settings, engine.tail, layout, leadership)
await board.start()
board.snapshot()                    # at any time; says itself how complete and how old it is
board.exports()                     # whether /metrics may show the business figures, right now
await board.stop()
"""

from __future__ import annotations

import asyncio
import gc
import logging
from collections.abc import Callable, Sequence
from copy import copy

from schemas.values import Partition
from streams.core.board import BoardSettings, BoardState
from streams.core.snapshot import Liveness, Snapshot
from streams.errors import Unreachable
from streams.runtime.beats import Beats
from streams.runtime.clock import Clock, steady_s, wall_clock
from streams.runtime.delays import Delays
from streams.runtime.ended import fault_of
from streams.runtime.following import Following, Row
from streams.runtime.layout import Layout
from streams.runtime.leader import Leadership
from streams.runtime.stats import BoardStats
from streams.runtime.strange_state import strange_state_told
from streams.runtime.transport.log import LeftBehind, Tail
from streams.runtime.trouble import Trouble

log = logging.getLogger("deskpulse.board")

RETRY_S = 0.5
SLICE_ROWS = 100
TURN_S = 0.004  # of work at a time, then others get the loop; who waits for it, waits up to two turns
FREEZE_S = 600.0
# A snapshot makes the next rows of each cell dearer, so that many who ask at once get the same one.
SNAPSHOT_S = 0.25
SNAPSHOT_CHANGED_S = 0.1


class Board:
    """start(), then wait() until something ends it, then stop(), in any case."""

    _cached: tuple[float, int, Snapshot] | None  # when it was taken, how many rows were read then

    def __init__(
        self,
        settings: BoardSettings,
        tails: Callable[[Sequence[str]], Tail],
        layout: Layout,
        leadership: Leadership,
        *,
        clock: Clock = wall_clock,
        steady: Callable[[], float] = steady_s,
    ) -> None:
        """tails  makes a tail of topics, as `Engine.tail`"""
        self._settings = settings
        self._following = Following(tails, layout, steady)
        self._leadership = leadership
        self._clock = clock
        self._steady = steady
        self._heartbeats = self._restarts = self._snapshots = 0
        self._delays = Delays()
        self._begin()
        self._tasks: list[asyncio.Task[None]] = []
        self._end: asyncio.Future[None] | None = None

    # Life

    async def start(self) -> None:
        """Returns when it follows the log; it is restored some time later. Raises Unreachable, TopicLayoutError."""
        self._end = asyncio.get_running_loop().create_future()
        await self._open()
        await self._leadership.open()
        for work in (self._follow(), self._leadership.hold()):
            task = asyncio.create_task(work)
            task.add_done_callback(self._ended)
            self._tasks.append(task)

    async def wait(self) -> None:
        """Returns after stop(). Raises a DeskpulseError if the world ends it."""
        assert self._end is not None, "start() comes first"
        await asyncio.shield(self._end)

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)
        await self._leadership.close()
        await self._following.close()
        if self._end is not None and not self._end.done():
            self._end.set_result(None)

    def reload(self, settings: BoardSettings) -> None:
        """Shows by these settings from now on; those of the calendar must be the same."""
        self._settings = settings
        self._state.reload(settings)
        self._cached = None

    def _ended(self, task: asyncio.Task[None]) -> None:
        if self._end is not None and not self._end.done() and (error := fault_of(task)) is not None:
            self._end.set_exception(error)

    # What others ask

    def snapshot(self) -> Snapshot:
        """This moment, or one just before; never one between two rows of a checkpoint. It stays as it is while the board goes on."""
        now_s, liveness = self._steady(), self._liveness()
        if self._whole is not None:
            whole = copy(self._whole)
            whole.liveness = liveness
            return whole
        if self._cached is not None:
            taken_s, rows, snapshot = self._cached
            known = snapshot.liveness
            age_s = now_s - taken_s
            same = (known.restored, known.leads, known.live) == (liveness.restored, liveness.leads, liveness.live)
            if same and 0 <= age_s < (SNAPSHOT_S if rows == self._following.rows else SNAPSHOT_CHANGED_S):
                return snapshot
        snapshot = self._state.snapshot(self._clock(), liveness)
        self._snapshots += 1
        self._cached = (now_s, self._following.rows, snapshot)
        return snapshot

    @property
    def restored(self) -> bool:
        """It has read to the end that was there at its start, and the log still answers."""
        return self._restore_seconds is not None and not self._following.cut_off()

    def exports(self) -> bool:
        """Whether this board, and no other, may hand out the business figures at this very moment.

        Ask before a scrape is rendered, and again before its bytes go out: the process may have stood still between the two.
        """
        since_ms = self._leadership.since_ms
        return since_ms is not None and self.restored and self._leadership.leads() and self._following.complete_behind(since_ms)

    def stats(self) -> BoardStats:
        liveness, answered_ms = self._liveness(), self._following.answered_ms
        return BoardStats(
            restored=liveness.restored,
            leads=liveness.leads,
            partitions=liveness.partitions,
            live=liveness.live,
            data_age_ms=liveness.data_age_ms,
            rows=self._following.rows,
            heartbeats=self._heartbeats,
            restarts=self._restarts,
            restore_seconds=self._restore_seconds,
            behind_ms=max(0, self._clock() - answered_ms) if answered_ms else None,
            snapshots=self._snapshots,
            delays=self._delays.counted(),
        )

    def _liveness(self) -> Liveness:
        return Liveness(
            partitions=self._following.partitions,
            live=0 if self._following.cut_off() else self._beats.live(self._steady()),
            data_age_ms=self._beats.age_ms(self._clock()),
            restored=self.restored,
            leads=self.exports(),
        )

    # Beginning, and beginning anew

    async def _open(self) -> None:
        """What is shown is kept until the log has answered."""
        await self._following.open()
        self._begin()

    def _begin(self) -> None:
        self._state = BoardState(self._settings)
        self._beats = Beats(self._following.partitions)
        self._whole: Snapshot | None = None  # of before the checkpoint that is being applied, where that takes several turns
        self._old_heartbeats: dict[bytes, bytes | None] = {}  # the last of each worker, while rows are restored
        self._cached = None
        self._began_s = self._steady()
        self._restore_seconds: float | None = None
        self._turn_s = 0.0  # when others had one last
        self._frozen_s = self._began_s

    # Following

    async def _follow(self) -> None:
        trouble = Trouble(log, "the board does not go on")
        while True:
            try:
                if not self._following.is_open:
                    await self._open()
                    self._restarts += 1
                await self._step()
                trouble.over()
            except LeftBehind as error:
                log.warning("this board begins anew: %s", error)
                self._restore_seconds = None
                await self._following.close()
            except Unreachable as error:
                trouble.tell(error)
                await asyncio.sleep(RETRY_S)

    async def _step(self) -> None:
        """One read, applied."""
        heard = await self._following.read()
        self._heartbeats += len(heard.rows)
        await self._breathe()
        if self._restore_seconds is None:
            self._old_heartbeats.update(heard.rows)
            if not self._following.read_to_its_end():
                return
            await self._restore()
        else:
            await self._apply_all()
            self._beats.read(heard.rows, self._clock(), self._steady(), old=heard.late)
        # Only now: while the rows were applied, others had their turn.
        self._following.applied()
        self._beats.settle(self._following.complete_ms)
        if self._steady() - self._frozen_s > FREEZE_S:
            self._freeze()

    async def _restore(self) -> None:
        """Of each key only the last row, after all are read: a log holds every version of the last minutes."""
        await self._apply_all()
        self._restore_seconds = self._steady() - self._began_s
        log.info("restored: %d rows in %.1f s", self._following.rows, self._restore_seconds)
        self._beats.read(self._old_heartbeats.items(), self._clock(), self._steady(), old=True)
        self._old_heartbeats.clear()

    async def _apply_all(self) -> None:
        for partition, rows in self._following.checkpoints():
            await self._apply(partition, rows)
        clocks = self._following.clocks()
        if self._restore_seconds is not None and not self._settings.event_clock:
            self._delays.see(clocks, self._clock())

    async def _apply(self, partition: Partition, rows: Sequence[Row]) -> None:
        """Rows of whole checkpoints. Others get their turns meanwhile, and see what was before."""
        restoring = self._restore_seconds is None
        if len(rows) > SLICE_ROWS and not restoring:
            self._whole = self.snapshot()
        try:
            for first in range(0, len(rows), SLICE_ROWS):
                some = rows[first : first + SLICE_ROWS]
                with strange_state_told(partition):
                    self._state.apply(partition, some)
                if restoring:
                    self._freeze()
                if first + SLICE_ROWS < len(rows):
                    await self._breathe()
        finally:
            self._whole = None
        await self._breathe()

    async def _breathe(self) -> None:
        """Gives others a turn where ours has lasted; reads may come back at once, again and again."""
        if self._steady() - self._turn_s > TURN_S:
            await asyncio.sleep(0)
            self._turn_s = self._steady()

    def _freeze(self) -> None:
        """Takes all there is out of the sight of the garbage collector: a full collection of a million rows' parts stops the loop for
        0.3 s, and takes half of the time of a restore. What is replaced goes by its reference count all the same.
        """
        gc.freeze()
        self._frozen_s = self._steady()
