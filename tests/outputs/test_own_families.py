"""What worker and board tell of themselves: names, and that the stats of the runtime have the shape that is asked for."""

from __future__ import annotations

from collections import Counter

import msgspec
import pytest
from prometheus_client import Metric

from schemas.values import EpochMs
from streams.outputs.board_families import BoardFigures, BoardSelfCollector
from streams.outputs.encoding import encode
from streams.outputs.process_families import BuildCollector, ConfigCollector, LoopCollector, StartCollector
from streams.outputs.prometheus import BoardCollector, Export
from streams.outputs.worker_families import COUNTS, WorkerCollector, WorkerFigures
from streams.runtime.delays import DelayCounts
from streams.runtime.heartbeat import PartitionBeat
from streams.runtime.stats import BoardStats, WorkerStats
from tests.outputs.centre import morning
from tests.outputs.test_families import exposed_names
from tests.prometheus.server import promtool

BEAT = PartitionBeat(
    partition=3,
    epoch=1,
    positions={"calls": 7},
    watermark_ms=EpochMs(1_772_445_590_000),
    now_ms=EpochMs(1_772_445_600_000),
    caught_up_until_ms=None,
    lag_records=12,
    lag_ms=2_500,
)
# Numbers that each tell where they went; fields added since are whatever their type makes of 0.
WORKER = msgspec.convert(
    {
        **{field.name: 0 for field in msgspec.structs.fields(WorkerStats)},
        "worker": "w",
        "ready": True,
        "of": 4,
        "partitions": [],
        "opening": [1],
        "rebalances": 5,
        "records": 1000,
        "restores": 6,
        "restore_rows": 70,
        "restore_seconds": 1.5,
        "checkpoints": 8,
        "checkpoint_rows": 90,
        "checkpoint_seconds": 0.25,
        "last_checkpoint_ms": 1_772_445_600_500,
    },
    WorkerStats,
    strict=False,
)
BOARD = BoardStats(
    restored=True,
    leads=True,
    partitions=4,
    live=3,
    data_age_ms=400,
    rows=500,
    heartbeats=60,
    restarts=1,
    restore_seconds=None,
    behind_ms=30,
    snapshots=9,
    delays=DelayCounts((0.5, 2.0), (5, 3, 1), 11.5),
)


def worker() -> WorkerFigures:
    return msgspec.structs.replace(WORKER, partitions=[BEAT])


def board() -> BoardFigures:
    return BOARD


class Readers:
    clients = 3
    dropped = 1


def own_families() -> list[Metric]:
    counts = {"accepted": 900, "duplicate": 50, "rejected.bad_time": 4, "labels_cut": 2}
    collectors = (
        WorkerCollector(worker, lambda: counts),
        BoardSelfCollector(board, Readers()),
        BuildCollector("0.1.0", "3.11", "plain"),
        StartCollector(1_772_445_600_000),
        LoopCollector(lambda: 31),
        ConfigCollector(lambda: True),
    )
    return [metric for collector in collectors for metric in collector.collect()]


def exposed() -> dict[str, str]:
    lines = encode(own_families(), openmetrics=False).decode().splitlines()
    return dict(line.rsplit(" ", 1) for line in lines if not line.startswith("#"))


@pytest.mark.parametrize(
    ("series", "value"),
    [
        ("worker_ready", "1.0"),
        ("config_last_reload_successful", "1.0"),
        ("loop_tasks", "31.0"),
        ("process_started_timestamp_seconds", "1.7724456e+09"),
        ("board_stream_clients", "3.0"),
        ("board_stream_clients_dropped_total", "1.0"),
        ("worker_opening_partitions", "1.0"),
        ("worker_records_total", "1000.0"),
        ("worker_events_total", "900.0"),
        ("worker_duplicate_events_total", "50.0"),
        ("worker_conflicting_duplicates_total", "0.0"),
        ('worker_rejected_records_total{reason="bad_time"}', "4.0"),
        ('worker_rejected_records_total{reason="too_late"}', "0.0"),
        ("worker_cut_labels_total", "2.0"),
        ('worker_partition_owner{partition="3"}', "1.0"),
        ('worker_lag_records{partition="3"}', "12.0"),
        ('worker_lag_seconds{partition="3"}', "2.5"),
        ('worker_watermark_timestamp_seconds{partition="3"}', "1.77244559e+09"),
        ("worker_restore_seconds_total", "1.5"),
        ("worker_restored_rows_total", "70.0"),
        ("worker_checkpoint_seconds_total", "0.25"),
        ("worker_checkpoint_last_success_timestamp_seconds", "1.7724456005e+09"),
        ("board_live_partitions", "3.0"),
        ("board_behind_seconds", "0.03"),
        ('board_event_to_board_seconds_bucket{le="2.0"}', "8.0"),
        ('board_event_to_board_seconds_bucket{le="+Inf"}', "9.0"),
        ("board_event_to_board_seconds_count", "9.0"),
        ("board_event_to_board_seconds_sum", "11.5"),
        ('build_info{core="plain",python="3.11",version="0.1.0"}', "1.0"),
    ],
)
def test_each_number_has_its_series(series, value):
    assert exposed()[f"deskpulse_{series}"] == value


def test_what_is_not_known_yet_is_absent():
    assert not [series for series in exposed() if "caught_up" in series or series == "deskpulse_board_restore_seconds"]


def test_own_names_are_used_once_and_by_no_business_family():
    snapshot = morning().snapshot()
    business = BoardCollector(lambda: snapshot, Export()).families(snapshot)
    assert [name for name, times in Counter(exposed_names([*business, *own_families()])).items() if times > 1] == []


@pytest.mark.prometheus
def test_promtool_has_nothing_to_say_of_them():
    promtool("check", "metrics", stdin=encode(own_families(), openmetrics=False))


def test_all_that_a_shard_counts_has_a_family():
    centre = morning()
    centre.calls({"type": "call.queued", "call_id": "c1", "queue": "billing", "time": "09:00:00", "id": "1"})
    counted = {key for shard in centre.shards for key in shard.stats} - {"records"}
    assert {"accepted", "duplicate"} <= {key for key in counted if not key.startswith("rejected.")} <= set(COUNTS)
