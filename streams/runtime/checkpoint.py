"""A shard that is open on this worker, and the task that writes its checkpoints.

Each shard has a task of its own with a limit on each checkpoint: after a restart of the broker a transaction can hang for
ever, and no shard may wait for another. After any failure the shard is given up and read again from the log.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping

from schemas.values import EpochMs, Partition
from streams.core.log import Batch
from streams.errors import CheckpointFailed, DeskpulseError
from streams.runtime.ended import told_to_end
from streams.runtime.heartbeat import PartitionBeat
from streams.runtime.machine import Machine
from streams.runtime.stats import CheckpointStats
from streams.runtime.transport.log import End, Log

CHECKPOINT_LIMIT_S = 8.0
ON_THE_WAY_S = 10.0  # longer than any batch waits in the queue of an agent
GOLDEN = 0.618  # multiples of it, without their whole part, lie apart from each other however many there are
SEEK_PAUSE_S = 1.0


class OpenShard:
    """Between a successful `Log.open` and the close.

    live    while batches may come
    failed  it is none any more
    wrote   a checkpoint, so that the log takes what it has to write
    """

    def __init__(
        self,
        partition: Partition,
        machine: Machine,
        log: Log,
        *,
        interval_s: float,
        stats: CheckpointStats,
        on_failure: Callable[[OpenShard, BaseException], None],
    ) -> None:
        self.partition = partition
        self.machine = machine
        self.live = False
        self.failed = False
        self.wrote = False
        self.caught_up_until_ms: EpochMs | None = None
        self.committed_until_ms: EpochMs | None = None
        self._read_until_ms: dict[str, int] = {}  # by topic, when what was read last was appended
        self._log = log
        self._interval_s = interval_s
        self._stats = stats
        self._on_failure = on_failure
        self._busy = asyncio.Lock()
        self._asked: Mapping[str, End] | None = None
        self._ends: Mapping[str, End] = {}
        self._waiting: dict[str, tuple[int, float]] = {}
        self._sought_at = time.monotonic()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._checkpoints(), name=f"checkpoints of partition {self.partition}")

    def apply(self, topic: str, batch: Batch, wall_ms: EpochMs) -> bool:
        """As `Machine.apply`."""
        applied = self.machine.apply(topic, batch, wall_ms)
        if applied and batch:
            self._read_until_ms[topic] = batch[-1].timestamp
        return applied

    def tick(self, ends: Mapping[str, End], event_clock_ms: EpochMs | None) -> None:
        """Moves the shard's clock.

        ends            topic -> where it ended when the log was last asked; all source topics
        event_clock_ms  the time to advance to where time is that of events; None: the wall clock

        What was in the log at some instant has been read as soon as the shard has reached the ends of that instant; only then
        may its clock be moved there, or a due instant would pass while the answer lies unread. Until then its clock is the
        event time that it has read up to in the topics that are behind.
        """
        self._ends = ends
        if self._asked is not None and _asked_ms(self._asked) > _asked_ms(ends):
            self._asked = None  # the clock was set back: that instant is still to come
        if self._reached(ends):
            self._asked, reached = None, ends
        elif self._asked is not None and self._reached(self._asked):
            self._asked, reached = ends, self._asked
        else:
            self._asked = self._asked or ends
            behind = [topic for topic, end in ends.items() if self.machine.positions[topic] < end.offset]
            self.machine.advance(EpochMs(min(self.machine.read_until_ms(behind), _asked_ms(ends))))
            return
        reached_ms = _asked_ms(reached)
        self.caught_up_until_ms = reached_ms  # earlier than before where the clock was set back: instants are told by the one there is
        self.machine.advance(reached_ms if event_clock_ms is None else event_clock_ms)

    def _reached(self, ends: Mapping[str, End]) -> bool:
        return all(self.machine.positions[topic] >= end.offset for topic, end in ends.items())

    def wants_seek(self) -> bool:
        """It has missed something, or it may have; at most once in a while."""
        now = time.monotonic()
        if now - self._sought_at < SEEK_PAUSE_S:
            return False
        self._sought_at = now
        return True

    def lost(self, read: Mapping[str, int]) -> bool:
        """A batch was dropped on its way, and there may never be another behind it to show the gap: so seek.

        read  topic -> position of the reader; while it is ahead of ours, a batch has to be on its way
        """
        now = time.monotonic()
        for topic, position in read.items():
            own = self.machine.positions[topic]
            waiting = self._waiting.get(topic)
            if position <= own:
                self._waiting.pop(topic, None)
            elif waiting is None or waiting[0] != own:
                self._waiting[topic] = (own, now)
            elif now - waiting[1] > ON_THE_WAY_S:
                return self.wants_seek()
        return False

    def lag_records(self) -> int:
        return sum(max(0, end.offset - self.machine.positions[topic]) for topic, end in self._ends.items())

    def _lag_ms(self, now_ms: EpochMs) -> int | None:
        """Of the topic that is furthest behind, of those of which it is known. None: of none."""
        behind = [topic for topic, end in self._ends.items() if self.machine.positions[topic] < end.offset]
        if not behind:
            return 0 if self._ends else None
        caught_up_ms = self.caught_up_until_ms or 0
        known_ms = 0 if caught_up_ms > now_ms else caught_up_ms  # it was before the clock was set back
        since_ms = [since_ms for topic in behind if (since_ms := max(known_ms, self._read_until_ms.get(topic, 0))) > 0]
        return max(0, now_ms - min(since_ms)) if since_ms else None

    def beat(self, now_ms: EpochMs) -> PartitionBeat:
        return PartitionBeat(
            partition=self.partition,
            epoch=self._log.epoch(self.partition),
            positions=dict(self.machine.positions),
            watermark_ms=self.machine.watermark_ms,
            now_ms=self.machine.now_ms,
            caught_up_until_ms=self.committed_until_ms,
            lag_records=self.lag_records(),
            lag_ms=self._lag_ms(now_ms),
        )

    async def checkpoint(self, limit_s: float) -> None:
        """Writes what has changed since the last one. On an error the shard has failed, and holds changes that nobody has."""
        async with self._busy:
            if self.failed:
                return
            until_ms = self.caught_up_until_ms
            try:
                changes = self.machine.take()
                if changes is None:
                    self.committed_until_ms = until_ms
                    return
                began = time.monotonic()
                async with asyncio.timeout(limit_s):
                    await self._log.checkpoint(self.partition, changes)
            except TimeoutError:
                self.failed, self.live = True, False
                raise CheckpointFailed(f"the log did not take it within {limit_s:g} s") from None
            except BaseException as error:
                self.failed, self.live = True, False
                if isinstance(error, asyncio.CancelledError) and not told_to_end():
                    raise CheckpointFailed("it was given up by the client of the log") from error
                raise
            self.committed_until_ms, self.wrote = until_ms, True
            self._stats.wrote(rows=len(changes.state) + len(changes.panes), seconds=time.monotonic() - began)

    async def close(self, last_checkpoint_s: float) -> None:
        """Tries one last checkpoint for so long (0: none), then gives up the partition. What the log says to it changes nothing."""
        self.live = False
        try:
            if last_checkpoint_s and not self.failed:
                async with asyncio.timeout(last_checkpoint_s):
                    await self.checkpoint(last_checkpoint_s)
        except (DeskpulseError, TimeoutError):
            self._stats.failed += 1
        except Exception as error:  # noqa: BLE001 - a fault of ours; the partition is given up all the same
            self._on_failure(self, error)
        finally:
            self.failed = True
            if self._task is not None:
                self._task.cancel()
                self._task = None  # it holds what it was cancelled in, and so us: the collector would have to free both, and seldom comes
            await self._log.close(self.partition, timeout_s=3.0)

    async def _checkpoints(self) -> None:
        loop = asyncio.get_running_loop()
        # Shards are opened together; that they do not encode their changes together keeps the loop free in between.
        next_at = loop.time() + self._interval_s * (0.5 + self.partition * GOLDEN % 1)
        while True:
            await asyncio.sleep(next_at - loop.time())
            next_at = max(next_at + self._interval_s, loop.time())
            try:
                await self.checkpoint(CHECKPOINT_LIMIT_S)
            except Exception as error:  # noqa: BLE001 - who handles it knows what ends the worker
                self._on_failure(self, error)
                return


def _asked_ms(ends: Mapping[str, End]) -> EpochMs:
    """When the log was asked for them."""
    return min(end.at_ms for end in ends.values())
