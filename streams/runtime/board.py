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

import msgspec

from schemas.state import CLOCK_KEY
from schemas.values import HOUR_MS, MINUTE_MS, EpochMs, Partition
from streams.core.board import BoardSettings, BoardState
from streams.core.snapshot import Liveness, Snapshot
from streams.core.state_version import OtherStateVersion
from streams.errors import StateVersionError, Unreachable
from streams.runtime.beats import Beats
from streams.runtime.clock import Clock, steady_s, wall_clock
from streams.runtime.delays import DelayCounts, Delays
from streams.runtime.heartbeat import decode_heartbeat
from streams.runtime.layout import Layout
from streams.runtime.leader import Leadership
from streams.runtime.transport.log import LeftBehind, Tail

log = logging.getLogger("deskpulse.board")

Row = tuple[bytes, bytes | None]

READ_S = 0.1
RETRY_S = 0.5
CUT_OFF_S = 5.0
# As long as rows stay uncompacted (min.compaction.lag.ms). A board that was away for longer could miss that a row is gone.
AWAY_MS = HOUR_MS
SLICE_ROWS = 100
TURN_S = 0.004  # of work at a time, then others get the loop; who waits for it, waits up to two turns
FREEZE_S = 600.0
# A snapshot makes the next rows of each cell dearer, so that many who ask at once get the same one.
SNAPSHOT_S = 0.25
SNAPSHOT_CHANGED_S = 0.1


class BoardStats(msgspec.Struct, frozen=True, kw_only=True):
    """A moment of a board. Counts are since the start of the process.

    restored   it has read to the end that it saw at its start, and is in touch with the log
    leads      it exports the business figures
    rows       of the panes topic that were read, old versions of a row included
    heartbeats read
    restarts   it had to begin anew
    restore_seconds  of the last beginning, None while it lasts
    behind_ms  since the log last answered for the partition that is worst off; None: not yet
    delays     how long events took to get here
    """

    restored: bool
    leads: bool
    partitions: int
    live: int
    data_age_ms: int | None
    rows: int
    heartbeats: int
    restarts: int
    restore_seconds: float | None
    behind_ms: int | None
    snapshots: int
    delays: DelayCounts


class Board:
    """start(), then wait() until something ends it, then stop(), in any case."""

    _cached: tuple[float, int, Snapshot] | None  # when it was taken, how many rows were applied then

    def __init__(
        self,
        settings: BoardSettings,
        tails: Callable[[Sequence[str]], Tail],
        layout: Layout,
        leadership: Leadership,
        *,
        checkpoint_interval_s: float = 1.0,
        clock: Clock = wall_clock,
        steady: Callable[[], float] = steady_s,
    ) -> None:
        """tails  makes a tail of topics, as `Engine.tail`"""
        self._settings = settings
        self._tails = tails
        self._layout = layout
        self._leadership = leadership
        self._clock = clock
        self._steady = steady
        self._tail: Tail | None = None
        self._rows = self._heartbeats = self._restarts = self._snapshots = 0
        self._delays = Delays(checkpoint_interval_s)
        self._begin(0)
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
        await self._close()
        if self._end is not None and not self._end.done():
            self._end.set_result(None)

    def reload(self, settings: BoardSettings) -> None:
        """Shows by these settings from now on; those of the calendar must be the same."""
        self._settings = settings
        self._state.reload(settings)
        self._cached = None

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
            if same and 0 <= age_s < (SNAPSHOT_S if rows == self._rows else SNAPSHOT_CHANGED_S):
                return snapshot
        snapshot = self._state.snapshot(self._clock(), liveness)
        self._snapshots += 1
        self._cached = (now_s, self._rows, snapshot)
        return snapshot

    @property
    def restored(self) -> bool:
        """It has read to the end that was there at its start, and the log still answers."""
        return self._restore_seconds is not None and not self._cut_off()

    def exports(self) -> bool:
        """Whether this board, and no other, may hand out the business figures at this very moment.

        Ask before a scrape is rendered, and again before its bytes go out: the process may have stood still between the two.
        """
        since_ms = self._leadership.since_ms
        return since_ms is not None and self.restored and self._leadership.leads() and self._complete_behind(since_ms)

    def stats(self) -> BoardStats:
        liveness, (answered_ms, _) = self._liveness(), self._answered
        return BoardStats(
            restored=liveness.restored,
            leads=liveness.leads,
            partitions=liveness.partitions,
            live=liveness.live,
            data_age_ms=liveness.data_age_ms,
            rows=self._rows,
            heartbeats=self._heartbeats,
            restarts=self._restarts,
            restore_seconds=self._restore_seconds,
            behind_ms=max(0, self._clock() - answered_ms) if answered_ms else None,
            snapshots=self._snapshots,
            delays=self._delays.counted(),
        )

    def _liveness(self) -> Liveness:
        return Liveness(
            partitions=self._partitions,
            live=0 if self._cut_off() else self._beats.live(self._steady()),
            data_age_ms=self._beats.age_ms(self._clock()),
            restored=self.restored,
            leads=self.exports(),
        )

    def _cut_off(self) -> bool:
        return self._steady() - self._answered[1] >= CUT_OFF_S

    def _complete_behind(self, at_ms: EpochMs) -> bool:
        """Whether all was applied that was in the log at that instant."""
        return bool(self._complete_ms) and min(self._complete_ms) > at_ms

    # Beginning, and beginning anew

    async def _open(self) -> None:
        """What is shown is kept until the log has answered."""
        tail = self._tails([self._layout.panes, self._layout.heartbeats])
        try:
            await tail.open()
        except BaseException:
            await tail.close()
            raise
        self._tail = tail
        self._begin(tail.partitions(self._layout.panes))

    def _begin(self, partitions: int) -> None:
        self._partitions = partitions
        self._state = BoardState(self._settings)
        self._beats = Beats(partitions)
        self._gathered: dict[Partition, dict[bytes, bytes | None]] = {}  # rows of whole checkpoints
        self._halves: dict[Partition, dict[bytes, bytes | None]] = {}  # rows of one that is not read to its end
        self._whole: Snapshot | None = None  # of before the checkpoint that is being applied, where that takes several turns
        self._old_heartbeats: dict[bytes, bytes] = {}
        self._complete_ms: list[EpochMs] = []
        self._cached = None
        self._began_s = self._steady()
        self._answered = (EpochMs(0), self._began_s)  # when the log last answered: by its word, and by our clock
        self._restore_seconds: float | None = None
        self._turn_s = 0.0  # when others had one last
        self._frozen_s = self._began_s

    async def _close(self) -> None:
        tail, self._tail = self._tail, None
        if tail is not None:
            await tail.close()

    def _ended(self, task: asyncio.Task[None]) -> None:
        if self._end is not None and not self._end.done() and not task.cancelled() and (error := task.exception()) is not None:
            self._end.set_exception(error)

    def _away(self, answered_ms: EpochMs) -> bool:
        """Between two answers of the log, by either clock: one may have been set, the other may not know that we were asleep."""
        before_ms, before_s = self._answered
        return self._steady() - before_s > AWAY_MS / 1000 or (before_ms > 0 and answered_ms - before_ms > AWAY_MS)

    # Following

    async def _follow(self) -> None:
        while True:
            try:
                if self._tail is None:
                    await self._open()
                    self._restarts += 1
                await self._step()
            except LeftBehind as error:
                log.warning("this board begins anew: %s", error)
                self._restore_seconds, self._complete_ms = None, []
                await self._close()
            except Unreachable as error:
                log.warning("the board does not go on: %s", error)
                await asyncio.sleep(RETRY_S)

    async def _step(self) -> None:
        """One read, applied."""
        assert self._tail is not None
        found = await self._tail.read(READ_S)
        await self._breathe()
        late = self._cut_off()
        if (answered_ms := self._tail.answered_ms) != self._answered[0]:
            if self._away(answered_ms):
                raise LeftBehind(f"it was cut off from the log for over {AWAY_MS // MINUTE_MS} minutes")
            self._answered = (answered_ms, self._steady())
        for topic, partition, rows in found:
            if topic == self._layout.panes:
                self._rows += len(rows)
                self._gather(partition, rows)
                if self._restore_seconds is not None and partition in self._gathered:
                    await self._apply(partition, list(self._gathered.pop(partition).items()))
        for topic, _, rows in found:
            if topic == self._layout.heartbeats:
                self._hear(rows, late)
        if self._tail.restored and self._restore_seconds is None:
            await self._restore()
        if self._restore_seconds is not None:
            # Only now: while the rows were applied, others had their turn.
            self._complete_ms = [self._tail.complete_ms(self._layout.panes, partition) for partition in range(self._partitions)]
            self._beats.settle(self._complete_ms.__getitem__)
            if self._steady() - self._frozen_s > FREEZE_S:
                self._freeze()

    def _gather(self, partition: Partition, rows: Sequence[Row]) -> None:
        """A checkpoint ends with the clock of its shard. What was read of one that goes on waits for the rest of it."""
        end = max((place for place, (key, _) in enumerate(rows, 1) if key == CLOCK_KEY), default=0)
        if end:
            gathered = self._gathered.setdefault(partition, {})
            gathered.update(self._halves.pop(partition, {}))
            gathered.update(rows[:end])
        if end < len(rows):
            self._halves.setdefault(partition, {}).update(rows[end:])

    async def _restore(self) -> None:
        """Of each key only the last row, after all are read: a log holds every version of the last hour."""
        for partition in tuple(self._gathered):
            await self._apply(partition, list(self._gathered.pop(partition).items()))
        self._restore_seconds = self._steady() - self._began_s
        log.info("restored: %d rows in %.1f s", self._rows, self._restore_seconds)
        for value in self._old_heartbeats.values():
            self._take(value, old=True)
        self._old_heartbeats.clear()

    async def _apply(self, partition: Partition, rows: Sequence[Row]) -> None:
        """Rows of whole checkpoints. Others get their turns meanwhile, and see what was before."""
        restoring = self._restore_seconds is None
        if len(rows) > SLICE_ROWS and not restoring:
            self._whole = self.snapshot()
        try:
            for first in range(0, len(rows), SLICE_ROWS):
                some = rows[first : first + SLICE_ROWS]
                self._state.apply(partition, some)
                self._delays.see(partition, some, None if restoring or self._settings.event_clock else self._clock())
                if restoring:
                    self._freeze()
                if first + SLICE_ROWS < len(rows):
                    await self._breathe()
        except OtherStateVersion as error:
            raise StateVersionError(f"partition {partition} {error}") from None
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

    def _hear(self, rows: Sequence[Row], late: bool) -> None:
        self._heartbeats += len(rows)
        for worker, value in rows:
            if value is None:
                self._old_heartbeats.pop(worker, None)  # it has left; who comes after it says so
            elif self._restore_seconds is None:
                self._old_heartbeats[worker] = value
            else:
                self._take(value, old=late)

    def _take(self, value: bytes, *, old: bool) -> None:
        """old: it may have been in the log for long. Only then its own time is asked: clocks of machines differ."""
        heartbeat, now_ms = decode_heartbeat(value), self._clock()
        if heartbeat is not None:
            age_s = max(0, now_ms - heartbeat.at_ms) / 1000 if old else 0.0
            self._beats.hear(heartbeat, now_ms, self._steady(), age_s)
