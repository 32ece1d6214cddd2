"""What workers and boards tell of themselves: plain values, which outputs turn into families (output.md, section 3)."""

from __future__ import annotations

import msgspec

from schemas.values import EpochMs
from streams.runtime.clock import Clock
from streams.runtime.delays import DelayCounts
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
    """A moment of a worker; the defaults are those before it has started. Counts are since then, seconds are sums.

    of              how many partitions there are
    partitions      those owned, as in its heartbeats
    opening         partitions given to it that are being restored
    generation      of the consumer group; -1: not a member yet
    records         records applied
    records_lost    records that were deleted before they were read, at most
    """

    worker: str
    ready: bool = False
    of: int = 0
    partitions: list[PartitionBeat] = []
    opening: list[int] = []
    generation: int = -1
    rebalances: int = 0
    records: int = 0
    restores: int = 0
    restore_rows: int = 0
    restore_seconds: float = 0.0
    reopened: int = 0
    fenced: int = 0
    seeks: int = 0
    records_lost: int = 0
    checkpoints: int = 0
    checkpoints_failed: int = 0
    checkpoint_rows: int = 0
    checkpoint_seconds: float = 0.0
    last_checkpoint_ms: EpochMs | None = None


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
