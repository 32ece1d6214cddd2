"""Many partitions on a real Kafka, and workers that join while events come in: at rest every figure is that of a report."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from functools import partial
from itertools import islice
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from schemas.values import EpochMs
from streams.config import load
from streams.runtime.layout import layout_of
from streams.runtime.sender import sender
from streams.sources.benchload import BenchRecord, bench_records
from tests.cli.calling import deskpulse
from tests.desk import Desk, Instance, wait_for
from tests.figures import Reports, compare, compared_rows
from tests.tools import calls_and_tickets_alone

pytestmark = [pytest.mark.kafka, pytest.mark.slow]

PARTITIONS = 64
RECORDS = 6_000
LIMIT_S = 120.0
START_MS = 1_772_445_600_000  # 2026-03-02T10:00:00Z
OWNED = re.compile(r'\ndeskpulse_worker_partition_owner\{partition="(\d+)"\} 1')
LAG = re.compile(r'\ndeskpulse_worker_lag_records\{partition="\d+"\} (\S+)')


@pytest.fixture
def desk(kafka: str, prefix: str, tmp_path: Path) -> Iterator[Desk]:
    settings = (
        f'app = "{prefix}desk"\nzone = "UTC"\nclock = "event"\n{calls_and_tickets_alone(prefix)}\n[limits]\npartitions = {PARTITIONS}\n'
    )
    with Desk(tmp_path / "desk", f"kafka://{kafka}", settings) as desk:
        yield desk


def share(workers: Sequence[Instance]) -> bool:
    """Each of them has some partitions, and together they have each one once."""
    for worker in workers:
        assert worker.program.running, f"{worker.name} ended by itself:\n{worker.log()[-2000:]}"
    try:
        owned = [OWNED.findall(worker.page()) for worker in workers]
    except OSError:
        return False
    return all(owned) and sorted(int(number) for some in owned for number in some) == list(range(PARTITIONS))


def lag(workers: Sequence[Instance]) -> int:
    return sum(int(float(records)) for worker in workers for records in LAG.findall(worker.page()))


def at_rest(board: Instance, workers: Sequence[Instance], last_ms: int) -> bool:
    """All is read, and the board shows the last event."""
    try:
        document = board.document(kpi="calls_offered")
    except OSError:
        return False
    shown_ms = datetime.fromisoformat(document["as_of"]).timestamp() * 1000
    return document["completeness"] == 1 and shown_ms >= last_ms and not lag(workers)


def test_64_partitions_move_from_2_workers_to_4_under_load_and_nothing_is_lost_or_counted_twice(desk, prefix, tmp_path):
    # For 320 partitions a busy broker takes longer than the command waits, which may be called again.
    wait_for("the topics are there", lambda: deskpulse("topics", "create", "-c", desk.config).code == 0, LIMIT_S)
    config = load(desk.config, {})
    records = list(bench_records(RECORDS, EpochMs(START_MS), events_per_second=20))
    board = desk.instance("board", "board")
    workers = [desk.instance("worker", f"worker-{number}") for number in range(4)]
    for instance in (board, *workers[:2]):
        instance.launch()
    wait_for("two workers have all partitions", lambda: share(workers[:2]), LIMIT_S)
    coming = iter(records)
    with sender(config.log, config.kafka, layout_of(config), PARTITIONS) as out:

        def put(some: Iterable[BenchRecord]) -> None:
            for topic, key, value in some:
                out.send(f"{prefix}{topic}", key, value)
            out.flush()

        put(islice(coming, RECORDS // 4))
        for worker in workers[2:]:
            worker.launch()

        def moved() -> bool:
            put(islice(coming, 200))
            return share(workers)

        wait_for("four workers have them", moved, LIMIT_S)
        put(coming)
    events = tmp_path / "events.jsonl"
    events.write_bytes(b"\n".join(value for _, _, value in records) + b"\n")
    last_ms = max(json.loads(value)["time"] for _, _, value in records)
    wait_for("all is read and shown", lambda: at_rest(board, workers, last_ms), LIMIT_S)
    time.sleep(3)  # each shard's clock goes on to the highest event time that another one has read
    reports = Reports(lambda arguments: json.loads(desk.call("report", "--json", *arguments, events).out)["rows"])
    assert compare(compared_rows(partial(board.document, LIMIT_S)), reports, ZoneInfo("UTC"), {}) == []
    for instance in (*workers, board):
        assert instance.program.running, f"{instance.name} ended by itself:\n{instance.log()[-2000:]}"
        assert instance.end() == 0
        assert "Traceback" not in instance.log(), instance.log()
