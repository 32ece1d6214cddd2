"""Two workers and two boards on a real Kafka, and nothing goes well: at rest every figure is right, and until then none lies.

SEED=word repeats one run. `make chaos` is the long one.
"""

from __future__ import annotations

import json
import logging
import random
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.chaos.endings import grow_a_topic, lose_unread_records
from tests.chaos.ordeal import PARTITIONS, Ordeal
from tests.chaos.rest import check_dead_letters
from tests.desk import Desk, seed
from tests.feed import Feed
from tests.figures import Reports, compare, compared_rows, counter_differences
from tests.kafka.server import KafkaServer
from tests.traffic import Traffic
from tests.watcher import Watcher, read_page

pytestmark = [pytest.mark.kafka, pytest.mark.slow]

ZONE = "Europe/Riga"
SETTINGS = f"""
zone = "{ZONE}"
clock = "event"                 # the logs are old: now is the highest event time, as in a report
[limits]
partitions = {PARTITIONS}
[queue.PS]
threshold_seconds = 30
target = 0.9
"""

TARGETS = {"PS": 0.9}

RECORDS_PER_SECOND = 800


@pytest.fixture
def desk(kafka_server: KafkaServer, tmp_path: Path) -> Iterator[Desk]:
    with Desk(tmp_path / "desk", f"kafka://{kafka_server.bootstrap}", SETTINGS) as desk:
        yield desk


def test_whatever_happens_every_event_counts_once_and_no_figure_lies(
    kafka_server: KafkaServer, desk: Desk, shared_data: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    caplog.set_level(logging.CRITICAL, "kafka")  # the feed outlives the broker, and its client tells of each try
    chance = random.Random(seed())
    traffic = Traffic(shared_data, chance.randrange(1 << 32))
    desk.call("topics", "create")
    boards = [desk.instance("board", name) for name in ("board-1", "board-2")]
    workers = [desk.instance("worker", name) for name in ("worker-1", "worker-2")]
    for instance in (*boards, *workers):
        instance.launch()
    with Feed(kafka_server.bootstrap, traffic.records, RECORDS_PER_SECOND) as feed, Watcher(boards, feed) as watcher:
        ordeal = Ordeal(workers, watcher, chance)
        ordeal.healed()
        ordeal.kill_at_random()
        ordeal.all_work()
        ordeal.healed()
        ordeal.freeze_one()
        ordeal.freeze_leading_board(boards)
        ordeal.kill_leading_board(boards)
        ordeal.kill_both()
        ordeal.restart_broker(kafka_server)
        ordeal.come_to_rest(lambda: feed.done, 300)
    ordeal.tell(f"{len(traffic.records)} records sent")
    ordeal.tell(f"pages seen: {watcher.pages}, answers of rows: { {name: len(shown) for name, shown in watcher.shown.items()} }")
    assert watcher.complaints == []

    document, same = (compared_rows(board.document) for board in boards)
    assert document == same
    events = traffic.write(tmp_path / "events.jsonl")
    reports = Reports(lambda arguments: reported(desk, events, arguments))
    assert compare(document, reports, ZoneInfo(ZONE), TARGETS) == []
    page = read_page(next(board for board in boards if board.name == watcher.exports.leader).page())
    settle = timedelta(minutes=1)
    assert counter_differences(page.series, datetime.fromisoformat(document["as_of"]), settle, reports) == []
    ordeal.tell(f"{len(document['rows'])} rows are those of {reports.count} reports")

    check_dead_letters(kafka_server.bootstrap, traffic.rejected)
    for instance in (*workers, *boards):
        assert instance.program.running, f"{instance.name} ended by itself:\n{instance.log()[-2000:]}"
    lose_unread_records(ordeal, kafka_server, boards, workers)
    grow_a_topic(ordeal, kafka_server, boards, workers)
    assert [board.end() for board in boards] == [0, 0]
    for instance in (*workers, *boards):
        assert "Traceback" not in instance.log(), instance.log()


def reported(desk: Desk, events: Path, arguments: Sequence[str]) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads(desk.call("report", "--json", *arguments, events).out)["rows"]
    return rows
