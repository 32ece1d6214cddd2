"""What the program tells of itself: `deskpulse_worker_*` and `deskpulse_board_*`, from plain values that `app` hands in.

The Protocols say what is needed; the stats of `streams/runtime` have that shape, and nothing here knows them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import accumulate
from typing import Final, Protocol, get_args

from prometheus_client import Metric

from schemas.records import RejectionReason
from schemas.values import SECOND_MS
from streams.outputs.metric import NO_LABELS, add, counter, family, gauge


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


class DelayFigures(Protocol):
    """Observations up to each edge and above the one before; one count more than edges."""

    @property
    def edges_s(self) -> Sequence[float]: ...
    @property
    def counts(self) -> Sequence[int]: ...
    @property
    def sum_s(self) -> float: ...


class BoardFigures(Protocol):
    """A moment of a board; what its snapshots say themselves is not among it."""

    @property
    def partitions(self) -> int: ...
    @property
    def live(self) -> int: ...
    @property
    def rows(self) -> int: ...
    @property
    def heartbeats(self) -> int: ...
    @property
    def restarts(self) -> int: ...
    @property
    def restore_seconds(self) -> float | None: ...
    @property
    def behind_ms(self) -> int | None: ...
    @property
    def snapshots(self) -> int: ...
    @property
    def delays(self) -> DelayFigures: ...


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
        last_success = _seconds(figures.last_checkpoint_ms)
        yield gauge("worker_checkpoint_last_success_timestamp_seconds", "When a checkpoint was last written.", last_success)


def _partitions(figures: WorkerFigures) -> Iterator[Metric]:
    shards = sorted(figures.partitions, key=lambda shard: shard.partition)
    yield gauge("worker_partitions", "Partitions there are, whoever has them.", figures.of)
    for stem, help_, values in (
        ("partition_owner", "1 for each partition that this worker has.", [1.0 for _ in shards]),
        ("lag_records", "Records of a partition still to be read.", [float(shard.lag_records) for shard in shards]),
        ("lag_seconds", "How long ago the next record to be read was written; 0 at the end.", [_seconds(shard.lag_ms) for shard in shards]),
        ("watermark_timestamp_seconds", "The highest event time read.", [_seconds(shard.watermark_ms) for shard in shards]),
        ("clock_timestamp_seconds", "The clock of a shard.", [_seconds(shard.now_ms) for shard in shards]),
        ("caught_up_timestamp_seconds", "All that was in the log then was read.", [_seconds(shard.caught_up_until_ms) for shard in shards]),
    ):
        metric = family("gauge", f"worker_{stem}", help_)
        for shard, value in zip(shards, values, strict=True):
            if value is not None:
                add(metric, {"partition": str(shard.partition)}, value)
        yield metric


class StreamFigures(Protocol):
    """Readers of /api/v1/stream: how many there are, and how many were dropped since the process began as they did not read."""

    @property
    def clients(self) -> int: ...
    @property
    def dropped(self) -> int: ...


class BoardSelfCollector:
    """A board of this process."""

    def __init__(self, board: Callable[[], BoardFigures], streams: StreamFigures) -> None:
        self._board = board
        self._streams = streams

    def collect(self) -> Iterator[Metric]:
        figures = self._board()
        yield gauge("board_partitions", "Partitions there are.", figures.partitions)
        yield gauge("board_live_partitions", "Partitions that a worker keeps up to date.", figures.live)
        yield gauge("board_stream_clients", "Wallboards and programs that follow /api/v1/stream.", self._streams.clients)
        for stem, help_, value in (
            ("rows", "Rows of the panes topic read and applied.", figures.rows),
            ("heartbeats", "Heartbeats of workers read.", figures.heartbeats),
            ("restarts", "How often the board had to begin anew.", figures.restarts),
            ("snapshots", "Snapshots taken.", figures.snapshots),
            ("stream_clients_dropped", "Readers of /api/v1/stream that did not read.", self._streams.dropped),
        ):
            yield counter(f"board_{stem}", help_, value)
        for stem, help_, seconds in (
            ("restore_seconds", "How long the board took to read its state. Absent while it does.", figures.restore_seconds),
            ("behind_seconds", "Since the log last answered for the partition that is worst off.", _seconds(figures.behind_ms)),
        ):
            yield gauge(f"board_{stem}", help_, seconds)
        yield _delays(figures.delays)


def _delays(delays: DelayFigures) -> Metric:
    metric = family("histogram", "board_event_to_board_seconds", "From the time of an event to its being shown.")
    bounds = [*(repr(float(edge)) for edge in delays.edges_s), "+Inf"]
    total = 0
    for bound, total in zip(bounds, accumulate(delays.counts), strict=True):
        add(metric, {"le": bound}, total, "_bucket")
    add(metric, NO_LABELS, total, "_count")
    add(metric, NO_LABELS, delays.sum_s, "_sum")
    return metric


class BuildCollector:
    """Which program this is."""

    def __init__(self, version: str, python: str, core: str) -> None:
        """core  plain or compiled"""
        self._labels = {"core": core, "python": python, "version": version}

    def collect(self) -> Iterator[Metric]:
        metric = family(
            "gauge",
            "build_info",
            "1, under the versions of the program and of its Python, and whether its core is plain Python or compiled.",
        )
        add(metric, self._labels, 1)
        yield metric


class StartCollector:
    """When this process began: all that its counters hold was counted since."""

    def __init__(self, began_ms: int) -> None:
        self._began_ms = began_ms

    def collect(self) -> Iterator[Metric]:
        yield gauge("process_started_timestamp_seconds", "When this process began to count.", _seconds(self._began_ms))


class ConfigCollector:
    """The configuration of this process. `in_force`: whether what its file said when it was last read is what holds."""

    def __init__(self, in_force: Callable[[], bool]) -> None:
        self._in_force = in_force

    def collect(self) -> Iterator[Metric]:
        what = "1 while the configuration is as its file was when it was last read; 0 once it was told to read it again and could not."
        yield gauge("config_last_reload_successful", what, int(self._in_force()))


class LoopCollector:
    """The event loop of this process. `tasks`: how many it has."""

    def __init__(self, tasks: Callable[[], int]) -> None:
        self._tasks = tasks

    def collect(self) -> Iterator[Metric]:
        yield gauge(
            "loop_tasks", "Tasks of the event loop. Their number goes with that of partitions and readers, not with time.", self._tasks()
        )


def _seconds(length_ms: int | None) -> float | None:
    return None if length_ms is None else length_ms / SECOND_MS
