"""What a worker tells of itself: plain values that outputs turn into `deskpulse_worker_*` (output.md, section 3)."""

from __future__ import annotations

import msgspec

from schemas.values import EpochMs
from streams.runtime.clock import Clock
from streams.runtime.heartbeat import PartitionBeat


class CheckpointStats:
    """Counts over all shards of this process, since its start."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.count = 0
        self.failed = 0
        self.rows = 0
        self.seconds = 0.0
        self.last_success_ms: EpochMs | None = None

    def wrote(self, rows: int, seconds: float) -> None:
        self.count += 1
        self.rows += rows
        self.seconds += seconds
        self.last_success_ms = self._clock()


class WorkerStats(msgspec.Struct, frozen=True, kw_only=True):
    """A moment of a worker. Counts are since the start of the process, seconds are sums.

    of              how many partitions there are
    partitions      those owned, as in its heartbeats
    opening         partitions given to it that are being restored
    generation      of the consumer group; -1: not a member yet
    records         records applied
    """

    worker: str
    ready: bool
    of: int
    partitions: list[PartitionBeat]
    opening: list[int]
    generation: int
    rebalances: int
    records: int
    restores: int
    restore_rows: int
    restore_seconds: float
    reopened: int
    fenced: int
    seeks: int
    checkpoints: int
    checkpoints_failed: int
    checkpoint_rows: int
    checkpoint_seconds: float
    last_checkpoint_ms: EpochMs | None
