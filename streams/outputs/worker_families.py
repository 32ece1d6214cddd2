"""What a worker tells of itself: `deskpulse_worker_*`, from plain values that `app` hands in (output.md, section 3).

The Protocols say what is needed; the stats of `streams/runtime` have that shape, and nothing here knows them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final, Protocol, get_args

from prometheus_client import Metric

from schemas.records import RejectionReason
from streams.outputs.metric import add, counter, family, gauge, seconds

# Key of what shards and intake count -> family, help.
COUNTS: Final[Mapping[str, tuple[str, str]]] = {
    "accepted": ("events", "Events taken in."),
    "duplicate": ("duplicate_events", "Events that had come before, byte for byte of the same meaning."),
    "conflicting_duplicates": ("conflicting_duplicates", "Events with the id of another one and other content; the first stands."),
    "unknown_type": ("unknown_type_records", "Records of a type that this release does not know; passed over."),
    "tombstone": ("tombstone_records", "Records without a value; passed over."),
    "late_events": (
        "late_events",
        "Events of over 35 days ago, whose day is not kept any more: they count in months, totals and standings alone.",
    ),
    "sealed_early": ("sealed_early_events", "Events that were sealed before their time because a case grew too large."),
    "forgotten": ("forgotten_cases", "Cases forgotten after their time."),
    "labels_cut": ("cut_labels", "Labels of over 64 characters that were cut."),
    "priority_unknown": ("unknown_priorities", "Priorities that are none, taken as normal."),
}
REJECTED: Final = "rejected."


class WorkerCollector:
    """A worker of this process.

    counts  what its shards have counted since the process began, together: `Shard.stats` and the notes of its intakes
    """

    def __init__(self, worker: Callable[[], WorkerFigures], counts: Callable[[], Mapping[str, int]]) -> None:
        self._worker = worker
        self._counts = counts

    def collect(self) -> Iterator[Metric]:
        figures, counts = self._worker(), self._counts()
        yield gauge("worker_ready", "1 once every shard given to this worker is open.", int(figures.ready))
        yield gauge("worker_opening_partitions", "Partitions given to this worker that are being restored.", len(figures.opening))
        yield from _partitions(figures)
        for stem, help_, value in (
            ("records", "Records of source topics read.", figures.records),
            ("rebalances", "How often partitions were given out anew.", figures.rebalances),
            ("restores", "Shards opened from the log.", figures.restores),
            ("restored_rows", "Rows read to open shards.", figures.restore_rows),
            ("restore_seconds", "Time taken to open shards.", figures.restore_seconds),
            ("reopened_shards", "Shards closed and opened again after a failure.", figures.reopened),
            ("fenced_shards", "Shards closed because a newer owner has them.", figures.fenced),
            ("seeks", "How often a shard had to ask for records again.", figures.seeks),
            (
                "records_lost",
                "Records that the broker deleted before they were read, at most: retention is too short for how far workers are behind.",
                figures.records_lost,
            ),
            ("checkpoints", "Checkpoints written.", figures.checkpoints),
            ("failed_checkpoints", "Checkpoints that failed; their shards were opened again.", figures.checkpoints_failed),
            ("checkpoint_rows", "Rows written in checkpoints.", figures.checkpoint_rows),
            ("checkpoint_seconds", "Time taken to write checkpoints.", figures.checkpoint_seconds),
            *((stem, help_, counts.get(key, 0)) for key, (stem, help_) in COUNTS.items()),
        ):
            yield counter(f"worker_{stem}", help_, value)
        rejected = family("counter", "worker_rejected_records", "Records that are no events, in the dead letters, by reason.")
        for reason in get_args(RejectionReason):
            add(rejected, {"reason": reason}, counts.get(REJECTED + reason, 0), "_total")
        yield rejected
        last_success = seconds(figures.last_checkpoint_ms)
        yield gauge("worker_checkpoint_last_success_timestamp_seconds", "When a checkpoint was last written.", last_success)


def _partitions(figures: WorkerFigures) -> Iterator[Metric]:
    shards = sorted(figures.partitions, key=lambda shard: shard.partition)
    yield gauge("worker_partitions", "Partitions there are, whoever has them.", figures.of)
    for stem, help_, values in (
        ("partition_owner", "1 for each partition that this worker has.", [1.0 for _ in shards]),
        ("lag_records", "Records of a partition still to be read.", [float(shard.lag_records) for shard in shards]),
        (
            "lag_seconds",
            "How long ago the next record to be read was written; 0 at the end.",
            [seconds(shard.lag_ms) for shard in shards],
        ),
        ("watermark_timestamp_seconds", "The highest event time read.", [seconds(shard.watermark_ms) for shard in shards]),
        ("clock_timestamp_seconds", "The clock of a shard.", [seconds(shard.now_ms) for shard in shards]),
        (
            "caught_up_timestamp_seconds",
            "All that was in the log then was read.",
            [seconds(shard.caught_up_until_ms) for shard in shards],
        ),
    ):
        metric = family("gauge", f"worker_{stem}", help_)
        for shard, value in zip(shards, values, strict=True):
            if value is not None:
                add(metric, {"partition": str(shard.partition)}, value)
        yield metric


class PartitionFigures(Protocol):
    """One shard of this worker. None: not known yet."""

    @property
    def partition(self) -> int: ...
    @property
    def watermark_ms(self) -> int | None: ...
    @property
    def now_ms(self) -> int: ...
    @property
    def caught_up_until_ms(self) -> int | None: ...
    @property
    def lag_records(self) -> int: ...
    @property
    def lag_ms(self) -> int | None: ...


class WorkerFigures(Protocol):
    """A moment of a worker. Counts and sums of seconds since the start of the process."""

    @property
    def ready(self) -> bool: ...
    @property
    def of(self) -> int: ...
    @property
    def partitions(self) -> Sequence[PartitionFigures]: ...
    @property
    def opening(self) -> Sequence[int]: ...
    @property
    def rebalances(self) -> int: ...
    @property
    def records(self) -> int: ...
    @property
    def restores(self) -> int: ...
    @property
    def restore_rows(self) -> int: ...
    @property
    def restore_seconds(self) -> float: ...
    @property
    def reopened(self) -> int: ...
    @property
    def fenced(self) -> int: ...
    @property
    def seeks(self) -> int: ...
    @property
    def records_lost(self) -> int: ...
    @property
    def checkpoints(self) -> int: ...
    @property
    def checkpoints_failed(self) -> int: ...
    @property
    def checkpoint_rows(self) -> int: ...
    @property
    def checkpoint_seconds(self) -> float: ...
    @property
    def last_checkpoint_ms(self) -> int | None: ...
