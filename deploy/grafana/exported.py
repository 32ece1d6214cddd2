"""What `/metrics` has by default: each family with its help, from the collectors themselves."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import NamedTuple

from prometheus_client import Metric

from schemas.values import EpochMs
from streams.core.board import BoardSettings, BoardState
from streams.core.snapshot import Liveness
from streams.outputs.board_families import BoardSelfCollector
from streams.outputs.exposition import page_time
from streams.outputs.process_families import BuildCollector, LoopCollector
from streams.outputs.prometheus import BoardCollector, Export
from streams.outputs.worker_families import WorkerCollector
from streams.runtime.delays import DelayCounts
from streams.runtime.stats import BoardStats, WorkerStats


class Nobody(NamedTuple):
    """Follows the stream."""

    clients: int = 0
    dropped: int = 0


@cache
def families() -> Mapping[str, Metric]:
    """Name without `_total` and the like -> the family, without samples that matter."""
    snapshot = BoardState(BoardSettings()).snapshot(EpochMs(0), Liveness(partitions=1, live=1, data_age_ms=0, restored=True, leads=True))
    board = BoardStats(
        restored=True,
        leads=True,
        partitions=1,
        live=1,
        data_age_ms=0,
        rows=0,
        heartbeats=0,
        restarts=0,
        restore_seconds=0.0,
        behind_ms=0,
        snapshots=0,
        delays=DelayCounts((), (0,), 0.0),
    )
    collectors = (
        BoardCollector(lambda: snapshot, Export()),
        WorkerCollector(lambda: WorkerStats(worker=""), dict),
        BoardSelfCollector(lambda: board, Nobody()),
        BuildCollector("", "", ""),
        LoopCollector(lambda: 0),
    )
    found = [page_time(0.0), *(metric for collector in collectors for metric in collector.collect())]
    return {metric.name: metric for metric in found}


def names() -> frozenset[str]:
    """All names that a query may ask for."""
    suffixes = {"histogram": ("_bucket", "_sum", "_count"), "counter": ("_total",), "gauge": ("",)}
    return frozenset(name + suffix for name, metric in families().items() for suffix in suffixes[metric.type])
