"""A worker of the simulation: what it believes of the group, what is on its way to it, and the production shards that it holds.

It does what `streams/runtime/shards.py` does, one move at a time. When a shard's clock may move is `OpenShard.tick` itself.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection
from typing import Any, Final, cast

from schemas.values import SECOND_MS, EpochMs, Partition
from streams.core.clocks.days import Days
from streams.core.log import Batch
from streams.core.panes.slots import WHOLE_BYTES
from streams.core.panes.store import PaneStore
from streams.core.settings import ShardSettings
from streams.core.shard import Shard
from streams.errors import CheckpointFailed, DeskpulseError, Fenced, StorageFull
from streams.runtime.checkpoint import OpenShard
from streams.runtime.stats import CheckpointStats
from streams.runtime.transport.log import End
from streams.testing.simulation.log import SimulatedLog, TopicPartition

SEEK_PAUSE_MS: Final = SECOND_MS
LOST_MS: Final = 10 * SECOND_MS
REOPEN_MS: Final = SECOND_MS // 2
FENCED_MS: Final = 4 * SECOND_MS


def panes_of(partition: Partition, settings: ShardSettings) -> PaneStore:
    """Panes of the simulation are short, so every other shard takes each of them for a long one."""
    days = Days(settings.zone, settings.reset_minutes)
    return PaneStore(days, settings.settle_ms, settings.edges_ms(), whole_bytes=0 if partition % 2 else WHOLE_BYTES)


class Held:
    """A shard that is open here."""

    def __init__(self, shard: Shard, epoch: int, now_ms: int) -> None:
        self.shard = shard
        self.epoch = epoch
        self.writes = False
        """A transaction is under way."""
        self.sought_ms = now_ms
        self.behind_since_ms: int | None = None
        # Only for its rule of time: the log is simulated here.
        never: Callable[..., None] = lambda *_: None  # noqa: E731
        self.open = OpenShard(
            shard.partition, shard, cast(Any, None), interval_s=1.0, stats=CheckpointStats(lambda: EpochMs(0)), on_failure=never
        )


class Worker:
    """One life of a process.

    hears    it takes part in the group; False: it is a zombie, or about to be one
    skew_ms  how far its clock is ahead
    """

    def __init__(self, name: str, log: SimulatedLog, settings: ShardSettings, happened: Counter[str]) -> None:
        self.name = name
        self.hears = True
        self.skew_ms = 0
        self.assigned: frozenset[Partition] = frozenset()
        self.held: dict[Partition, Held] = {}
        self.on_their_way: list[tuple[str, Partition, Batch]] = []
        self._log = log
        self._happened = happened
        self.settings = settings
        self._reading: dict[TopicPartition, int] = {}
        self._ends: dict[TopicPartition, End] = {}
        self._open_at_ms: dict[Partition, int] = {}

    # --- the group ------------------------------------------------------------------------------------------------------

    def hear(self, assigned: Collection[Partition], now_ms: int, *, last_checkpoint: bool) -> None:
        """Which shards are ours from now on. Lost ones try one last checkpoint; those that stay go on where they are."""
        self.assigned = frozenset(assigned)
        for partition in sorted(self.held.keys() - self.assigned):
            if last_checkpoint:
                self.begin_checkpoint(partition, now_ms)
                self.end_checkpoint(partition, now_ms)
            self.held.pop(partition, None)
        for partition in sorted(self.held):
            self._seek(partition, now_ms)

    def to_open(self, now_ms: int) -> list[Partition]:
        """Shards that it believes to be its own, and does not hold."""
        return [p for p in sorted(self.assigned - self.held.keys()) if self._open_at_ms.get(p, 0) <= now_ms]

    def open(self, partition: Partition, now_ms: int) -> Shard | None:
        """Fence, restore, seek. None: there is no room for it."""
        try:
            epoch, restored = self._log.open(partition, self.name)
        except StorageFull:
            self._open_at_ms[partition] = now_ms + REOPEN_MS
            return None
        shard = Shard(partition, self.settings, restored, panes_of(partition, self.settings))
        self.held[partition] = Held(shard, epoch, now_ms)
        self._seek(partition, now_ms)
        return shard

    def _give_up(self, partition: Partition, error: DeskpulseError, now_ms: int) -> None:
        del self.held[partition]
        self._open_at_ms[partition] = now_ms + (FENCED_MS if isinstance(error, Fenced) else REOPEN_MS)
        self._happened["fenced"] += isinstance(error, Fenced)

    # --- records --------------------------------------------------------------------------------------------------------

    def fetch(self, topic: str, partition: Partition, records_max: int, now_ms: int) -> bool:
        """Ask the log for what is next; whether there was anything. It says where it ends, too."""
        tp = (topic, partition)
        batch = self._log.read(topic, partition, self._reading[tp], records_max)
        self._ends[tp] = End(self._log.ends[tp], self.wall_ms(now_ms))
        if batch.start == batch.end:
            return False
        self._reading[tp] = batch.end
        self.on_their_way.append((topic, partition, batch))
        return True

    def deliver(self, index: int, now_ms: int) -> None:
        """A batch arrives at its shard."""
        topic, partition, batch = self.on_their_way.pop(index)
        held = self.held.get(partition)
        if held is None:
            return
        if not held.open.apply(topic, batch, self.wall_ms(now_ms)) and now_ms - held.sought_ms >= SEEK_PAUSE_MS:
            self._happened["gap seen"] += 1
            self._seek(partition, now_ms)

    def _seek(self, partition: Partition, now_ms: int) -> None:
        held = self.held[partition]
        held.sought_ms, held.behind_since_ms = now_ms, None
        for topic, position in held.shard.positions.items():
            self._reading[topic, partition] = position

    # --- time -----------------------------------------------------------------------------------------------------------

    def wall_ms(self, now_ms: int) -> EpochMs:
        return EpochMs(now_ms + self.skew_ms)

    def tick(self, partition: Partition, now_ms: int, event_clock_ms: EpochMs | None) -> None:
        """Let the shard's clock go on as far as it may; where a batch must have been lost, go back to it."""
        held = self.held[partition]
        ends = {topic: self._ends.get((topic, partition)) for topic in self._log.topics}
        known = {topic: end for topic, end in ends.items() if end is not None}
        if len(known) == len(ends):
            held.open.tick(known, event_clock_ms)
        if all(self._reading[topic, partition] <= position for topic, position in held.shard.positions.items()):
            held.behind_since_ms = None
        elif held.behind_since_ms is None:
            held.behind_since_ms = now_ms
        elif now_ms - held.behind_since_ms > LOST_MS:
            self._happened["loss seen"] += 1
            self._seek(partition, now_ms)

    # --- checkpoints ----------------------------------------------------------------------------------------------------

    def begin_checkpoint(self, partition: Partition, now_ms: int) -> None:
        """Write what has changed, in a transaction; the shard goes on."""
        held = self.held[partition]
        if held.writes:
            return
        changes = held.shard.take()
        if changes is None:
            return
        try:
            self._log.prepare(partition, held.epoch, changes)
        except (Fenced, StorageFull) as error:
            self._give_up(partition, error, now_ms)
        else:
            held.writes = True

    def end_checkpoint(self, partition: Partition, now_ms: int, *, answered: bool = True) -> bool:
        """Commit it; whether that has worked, and we have been told so."""
        held = self.held.get(partition)
        if held is None or not held.writes:
            return False
        held.writes = False
        try:
            self._log.commit(partition, held.epoch, now_ms)
            if not answered:
                raise CheckpointFailed("the answer was lost")
        except (Fenced, CheckpointFailed) as error:
            self._give_up(partition, error, now_ms)
            return False
        return True

    def writing(self) -> list[Partition]:
        return [partition for partition, held in sorted(self.held.items()) if held.writes]
