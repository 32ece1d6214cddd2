"""Two workers and two boards on a real Kafka, and nothing goes well: at rest every figure is right, and until then none lies.

SEED=word repeats one run.
"""

from __future__ import annotations

import json
import logging
import random
import signal
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import cycle
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from streams.runtime.beats import SILENT_S
from streams.runtime.faust_app import SESSION_S
from tests.desk import Desk, Instance, seed, wait_for
from tests.feed import Feed
from tests.figures import Reports, compare, compared_rows, counter_differences
from tests.kafka.records import Place, records
from tests.kafka.server import KafkaServer
from tests.traffic import Traffic
from tests.watcher import Watcher, read_page

pytestmark = [pytest.mark.kafka, pytest.mark.slow]

ZONE = "Europe/Riga"
PARTITIONS = 4
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
KILLS = [signal.SIGKILL] * 4 + [signal.SIGTERM] * 2
HEALED_S = 30.0
FRESH_S = 4.0
"""Data is young where it is at most so old: a checkpoint each second, a heartbeat each second, and what a busy machine needs."""


@pytest.fixture
def desk(kafka_server: KafkaServer, tmp_path: Path) -> Iterator[Desk]:
    with Desk(tmp_path / "desk", f"kafka://{kafka_server.bootstrap}", SETTINGS) as desk:
        yield desk


class Ordeal:
    """What happens to the workers, each step followed by what the boards have to say of it."""

    def __init__(self, workers: Sequence[Instance], watcher: Watcher, chance: random.Random) -> None:
        self.workers = workers
        self.watcher = watcher
        self.chance = chance
        self.began_s = time.time()

    def tell(self, text: str) -> None:
        print(f"{time.time() - self.began_s:6.1f} s  {text}")

    def healed(self) -> None:
        took_s = self.watcher.wait("complete and fresh", lambda shown: shown.completeness == 1 and _age(shown.age_s) < FRESH_S, HEALED_S)
        self.tell(f"complete and fresh after {took_s:.1f} s")

    def missed(self, worker: Instance) -> None:
        """The boards say that its partitions are kept up to date by nobody, unless another is so quick that it is no longer so."""
        began_s = time.time()
        others = [other for other in self.workers if other is not worker]
        seen = [False] * len(self.watcher.shown)

        def is_said() -> bool:
            seen[:] = [any(shown.completeness < 1 for shown in self.watcher.since(began_s, name)) for name in self.watcher.shown]
            return all(seen) or sum(map(_partitions, others)) == PARTITIONS

        wait_for(f"the boards miss {worker.name}", is_said, SILENT_S + 5)
        self.tell(f"missed after {time.time() - began_s:.1f} s" if all(seen) else "taken over before it was missed")

    def all_work(self) -> None:
        """Each worker has partitions, so that it is missed when it goes."""
        wait_for("all workers have partitions", lambda: all(worker.is_ready() and _partitions(worker) for worker in self.workers), HEALED_S)

    def kill_at_random(self) -> None:
        kills = list(KILLS)
        self.chance.shuffle(kills)
        for number, worker in zip(kills, cycle(self.workers), strict=False):
            time.sleep(self.chance.uniform(1, 5))
            if number == signal.SIGKILL:
                worker.program.kill()
            else:
                code = worker.end()
                if code == -signal.SIGTERM and not worker.program.output():
                    code = 0  # the interpreter itself was just starting
                assert code == 0, f"{worker.name} ended with {code}:\n{worker.log()[-2000:]}"
            self.tell(f"{worker.name}: {number.name}")
            time.sleep(self.chance.uniform(0, 3))
            worker.launch()

    def freeze_one(self) -> None:
        """For longer than the group waits for it: another takes over, and it wakes up as one who has lost everything."""
        self.all_work()
        worker = self.chance.choice(self.workers)
        worker.program.pause()
        self.tell(f"{worker.name}: stopped")
        frozen_s = time.time()
        self.missed(worker)
        time.sleep(max(0.0, frozen_s + SESSION_S + 3 - time.time()))
        self.healed()  # while it still sleeps
        worker.program.resume()
        self.tell(f"{worker.name}: goes on after {time.time() - frozen_s:.1f} s")
        time.sleep(3)
        self.healed()

    def kill_both(self) -> None:
        """Nobody reads: the boards show what they had, say that nobody keeps it up to date, and how old it is."""
        for worker in self.workers:
            worker.program.kill()
        gone_s = time.time()
        took_s = self.watcher.wait("nothing is kept up to date", lambda shown: shown.completeness == 0, SILENT_S + 3)
        self.tell(f"both killed; nothing live after {took_s:.1f} s")
        time.sleep(2)
        for name in self.watcher.shown:
            shown = self.watcher.latest(name)
            assert shown.age_s is not None
            assert shown.age_s > shown.at_s - gone_s - 0.5, f"{name} says {shown.age_s} s, nobody has read for {shown.at_s - gone_s:.1f} s"
        for worker in self.workers:
            worker.launch()
        self.healed()

    def restart_broker(self, server: KafkaServer) -> None:
        server.stop()
        gone_s = time.time()
        self.tell("the broker is stopped")
        time.sleep(4)
        for name in self.watcher.shown:
            shown = self.watcher.latest(name)
            assert shown.age_s is not None
            assert shown.age_s > shown.at_s - gone_s - 0.5, f"{name} says {shown.age_s} s without a broker for {shown.at_s - gone_s:.1f} s"
        server.start()
        self.tell("the broker is back")
        self.healed()

    def freeze_leading_board(self, boards: Sequence[Instance]) -> None:
        """Another exports. When the first one wakes up it exports nothing, not even to who had asked it before."""
        leading = next(board for board in boards if board.name == self.watcher.exports.leader)
        leading.program.pause()
        self.another_exports(leading, "stopped")
        leading.program.resume()
        time.sleep(2)
        assert self.watcher.exports.leader != leading.name

    def kill_leading_board(self, boards: Sequence[Instance]) -> None:
        """Another exports, and goes on from where this one was; it comes back and shows nothing before it has read everything."""
        leading = next(board for board in boards if board.name == self.watcher.exports.leader)
        leading.program.kill()
        self.another_exports(leading, "killed")
        leading.start()

    def another_exports(self, leading: Instance, what: str) -> None:
        began_s = time.time()
        wait_for("another board exports", lambda: self.watcher.exports.leader != leading.name, 20)
        self.tell(f"{leading.name}: {what}, {self.watcher.exports.leader} exports {self.watcher.exports.since_s - began_s:.1f} s later")


def _partitions(worker: Instance) -> int:
    return worker.page().count("\ndeskpulse_worker_partition_owner{")


def _age(age_s: float | None) -> float:
    return float("inf") if age_s is None else age_s


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
        wait_for("everything is sent", lambda: feed.done, 120)
        sent_s = time.time()
        ordeal.tell(f"{len(traffic.records)} records sent")
        watcher.wait(
            "everything sent is in the figures",
            lambda shown: shown.completeness == 1 and _age(shown.age_s) < shown.at_s - 1 - sent_s,
            HEALED_S,
        )
        time.sleep(3)  # every shard's clock goes on to the highest event time that another one has read
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

    check_dead_letters(kafka_server.bootstrap, traffic)
    for instance in (*workers, *boards):
        assert instance.program.running, f"{instance.name} ended by itself:\n{instance.log()[-2000:]}"
        assert instance.end() == 0
        assert "Traceback" not in instance.log(), instance.log()


def reported(desk: Desk, events: Path, arguments: Sequence[str]) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads(desk.call("report", "--json", *arguments, events).out)["rows"]
    return rows


def check_dead_letters(bootstrap: str, traffic: Traffic) -> None:
    """Each bad record stands in them once, byte for byte, under its reason and the place it came from; nothing else does."""
    reasons = {(sent.topic, sent.key, sent.value): sent.reason for sent in traffic.rejected}
    wanted = {
        found.place: (found.key, found.value, reasons[found.place.topic, found.key, found.value])
        for found in records(bootstrap, "calls", "tickets")
        if (found.place.topic, found.key, found.value) in reasons
    }
    assert len(wanted) == len(traffic.rejected) == len(reasons)
    letters = list(records(bootstrap, "dead-letters"))
    places = [_origin(letter.headers) for letter in letters]
    assert Counter(places) == Counter(wanted.keys())
    for place, letter in zip(places, letters, strict=True):
        assert (letter.key, letter.value, letter.headers["error.reason"]) == wanted[place]
        assert letter.headers["error.detail"]


def _origin(headers: dict[str, str]) -> Place:
    return Place(headers["error.topic"], int(headers["error.partition"]), int(headers["error.offset"]))
