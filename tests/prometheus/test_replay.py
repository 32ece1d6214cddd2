"""A real Prometheus beside real boards while recorded logs are replayed: what it holds in the end is what the boards show."""

from __future__ import annotations

import logging
import math
import random
import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from tests.desk import Desk, Instance, seed, wait_for
from tests.feed import Feed
from tests.kafka.server import KafkaServer
from tests.prometheus.asking import asked, name_of
from tests.prometheus.server import PrometheusServer, promtool
from tests.traffic import Traffic
from tests.watcher import OWN, Watcher, read_page

pytestmark = [pytest.mark.kafka, pytest.mark.prometheus, pytest.mark.slow]

SETTINGS = """
zone = "Europe/Riga"
clock = "event"
[limits]
partitions = 4
[queue.PS]
threshold_seconds = 30
target = 0.9
[target.abandon_rate]
better = "low"
warn = 0.05
crit = 0.10
"""
RECORDS_PER_SECOND = 2_000
OPENMETRICS = "application/openmetrics-text; version=1.0.0"
SCRAPES_S = 3.0
"""Two scrapes and some time for each."""


@pytest.fixture
def desk(kafka_server: KafkaServer, tmp_path: Path) -> Iterator[Desk]:
    with Desk(tmp_path / "desk", f"kafka://{kafka_server.bootstrap}", SETTINGS) as desk:
        yield desk


def test_prometheus_holds_what_the_boards_show(
    kafka_server: KafkaServer,
    desk: Desk,
    shared_data: Path,
    prometheus: Callable[..., PrometheusServer],
    caplog: pytest.LogCaptureFixture,
):
    caplog.set_level(logging.CRITICAL, "kafka")
    traffic = Traffic(shared_data, random.Random(seed()).randrange(1 << 32))
    desk.call("topics", "create")
    boards = [desk.instance("board", name) for name in ("board-1", "board-2")]
    worker = desk.instance("worker", "worker-1")
    for instance in (*boards, worker):
        instance.launch()
    server = prometheus({instance.name: instance.metrics for instance in (*boards, worker)})
    with Feed(kafka_server.bootstrap, traffic.records, RECORDS_PER_SECOND) as feed, Watcher(boards, feed) as watcher:
        server.wait_for("deskpulse_calls_offered_total > 0", 40)
        first = watcher.exports.leader
        for instance in (*boards, worker):
            check_page(instance)
        time.sleep(8)
        assert next(board for board in boards if board.name == first).end() == 0
        wait_for("the other board exports", lambda: watcher.exports.leader != first, 20)
        next(board for board in boards if board.name == first).start()
        wait_for("everything is sent", lambda: feed.done, 90)
        sent_s = time.time()
        watcher.wait("everything is shown", lambda shown: shown.age_s is not None and shown.at_s - shown.age_s > sent_s + 1, 30)
        time.sleep(3)  # every shard's clock goes on to the highest event time
    assert watcher.complaints == []
    time.sleep(SCRAPES_S)

    leader = next(board for board in boards if board.name == watcher.exports.leader)
    for instance in (*boards, worker):
        check_page(instance)
    check_series(server, leader, boards)
    check_rows(server, leader.document(window=["now", "today", "interval"], cut=["site", "queue"]))
    check_parts_by_other_labels(server, leader.document(window=["now", "today", "interval"], cut=["channel", "queue_channel", "priority"]))
    page = read_page(leader.page())
    check_history(server, page.counters.keys() & page.business.keys())


def check_page(instance: Instance) -> None:
    """No complaint of promtool about the text, none of the strict parser about OpenMetrics."""
    assert promtool("check", "metrics", stdin=instance.page()).strip() == ""
    families = list(text_string_to_metric_families(instance.page(OPENMETRICS)))
    assert len(families) > 5


def check_series(server: PrometheusServer, leader: Instance, boards: Sequence[Instance]) -> None:
    """Every business series of the page, with its value, and no other, of the leading board alone."""
    shown = {_series(name): value for name, value in read_page(leader.page()).business.items()}
    held = {
        frozenset({(key, value) for key, value in series["metric"].items() if key not in ("job", "instance")}): float(series["value"][1])
        for series in server.get("query", query=f'{{job="{leader.name}", __name__=~"deskpulse_.*"}}')["result"]
        if not series["metric"]["__name__"].startswith(OWN)
    }
    assert held == shown
    assert len(shown) > 1_000
    for other in boards:
        if other is not leader:
            assert server.query(f'count({{job="{other.name}", __name__!~"{"|".join(f"{own}.*" for own in OWN)}|up|scrape_.*"}})') == []


def _series(written: str) -> frozenset[tuple[str, str]]:
    name, _, labels = written.partition("{")
    return frozenset({("__name__", name), *re.findall(r'(\w+)="((?:[^"\\]|\\.)*)"', labels)})


def check_rows(server: PrometheusServer, document: Mapping[str, Any]) -> None:
    """Each row has its question, and the answer is its value; without a value there is no answer."""
    answers = Answers(server)
    wrong, compared = [], 0
    for row in document["rows"]:
        if (row["kpi"], row["stat"]) in NO_QUESTION or not {"queue"} >= set(row["labels"]) & {"queue", "channel", "priority"}:
            continue
        question = asked(row)
        if question is None:
            wrong.append(f"{name_of(row)}: no question gives it")
            continue
        held = answers.of(question.promql).get(question.labels)
        compared += 1
        if not _same(held, row["value"], question.scale):
            wrong.append(f"{name_of(row)} is {row['value']}, Prometheus has {held} by {question.promql}")
    assert wrong == []
    assert compared > 500


def check_parts_by_other_labels(server: PrometheusServer, document: Mapping[str, Any]) -> None:
    """What adds up can be asked by any labels, also those of no ready family."""
    answers = Answers(server)
    wrong, compared = [], 0
    for row in document["rows"]:
        if row["stat"] not in ("count", "oldest", "oldest_unanswered") or (row["kpi"] in OF_BOTH and "priority" in row["labels"]):
            continue
        question = asked(row)
        assert question is not None, row
        compared += 1
        if not _same(held := answers.of(question.promql).get(question.labels), row["value"], question.scale):
            wrong.append(f"{name_of(row)} is {row['value']}, Prometheus has {held} by {question.promql}")
    assert wrong == []
    assert compared > 100


NO_QUESTION = {
    ("backlog", "days"),  # unresolved / resolves per day: made of two others
}


OF_BOTH = ("request_volume",)  # calls and tickets in one family, which has the labels of both only


class Answers:
    """Each question is asked once."""

    def __init__(self, server: PrometheusServer) -> None:
        self._server = server
        self._known: dict[str, dict[tuple[tuple[str, str], ...], float]] = {}

    def of(self, promql: str) -> Mapping[tuple[tuple[str, str], ...], float]:
        if promql not in self._known:
            self._known[promql] = {
                tuple(sorted((key, value) for key, value in labels.items() if key not in ("job", "instance"))): number
                for labels, number in self._server.query(promql)
            }
        return self._known[promql]


def _same(held: float | None, value: float | None, scale: float) -> bool:
    """A count of 0 need not be a series; a missing number has to be none."""
    if held is None or value is None:
        return held is None and not value
    return math.isclose(held, value * scale, rel_tol=1e-9, abs_tol=1e-6)


def check_history(server: PrometheusServer, counters: Iterable[str]) -> None:
    """Over the whole replay, a change of the leader in it: no counter ever fell, and nothing was there twice."""
    names = sorted({series.partition("{")[0] for series in counters})
    assert len(names) > 30
    fallen = [name for name in names if server.query(f"sum(resets(max without (job, instance) ({name})[5m:1s])) > 0")]
    assert fallen == []
    assert server.query("max_over_time(count(deskpulse_calls_offered_total{queue='PS'})[5m:1s])") == [({}, 1.0)]
    assert server.query("max_over_time(sum(deskpulse_board_leader)[5m:1s])") == [({}, 1.0)]
