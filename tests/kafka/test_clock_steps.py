"""The wall clock of a worker is set, ahead and back, while calls come in: at rest nothing tells of it, and no figure ever looks younger
than it is."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from kafka import KafkaProducer

from tests.chaos.rest import in_log
from tests.desk import Desk, Instance, wait_for
from tests.kafka.server import KafkaServer
from tests.set_clock import SetClock

pytestmark = [pytest.mark.kafka, pytest.mark.compiler, pytest.mark.slow]

CALLS = 20
WAIT_MS = 3_000
STILL_S = 4.0  # shorter than the session of the group
SAID = "set the clock of this machine right"
SETTINGS = """
zone = "UTC"
[limits]
partitions = 2
[queue.sales]
threshold_seconds = 20
[[sla]]
queue = "sales"
queue_wait = "30s"
"""


class Scene:
    """A worker with a clock of its own, a board that goes by the machine's, and some calls now and then."""

    def __init__(self, desk: Desk, bootstrap: str, clock: SetClock) -> None:
        self.clock = clock
        self.offered = 0
        self.board, self.worker = desk.instance("board", "board"), desk.instance("worker", "worker", clock.env)
        self._producer: Any = KafkaProducer(bootstrap_servers=bootstrap, acks="all")

    def start(self) -> None:
        self.board.start()
        self.worker.start()

    def begin_calls(self) -> dict[str, int]:
        """Id and when it was queued."""
        calls = {f"call-{self.offered + number}": time.time_ns() // 1_000_000 for number in range(CALLS)}
        self.offered += CALLS
        for call, at_ms in calls.items():
            self._put("queued", call, at_ms, queue="sales", customer_id=call)
        return calls

    def end_calls(self, calls: dict[str, int]) -> None:
        """Each was answered after WAIT_MS."""
        for call, at_ms in calls.items():
            self._put("answered", call, at_ms + WAIT_MS, agent_id="ann")
            self._put("ended", call, at_ms + WAIT_MS + 1, by="customer")

    def _put(self, kind: str, call: str, at_ms: int, **fields: str) -> None:
        event = {"type": f"call.{kind}", "id": f"{call}-{kind}", "time": at_ms, "call_id": call, **fields}
        self._producer.send("calls", key=call.encode(), value=json.dumps(event).encode()).get(timeout=30)

    def waiting(self) -> Any:
        return figure(self.document(), "waiting", "count")

    def document(self) -> dict[str, Any]:
        return self.board.document(window=["now", "30d"], cut="site")

    def age_is(self, least_s: float, most_s: float) -> bool:
        age_s = self.document()["data_age_seconds"]
        return age_s is not None and least_s <= age_s < most_s

    def close(self) -> None:
        self._producer.close()


def figure(document: dict[str, Any], kpi: str, stat: str) -> Any:
    (value,) = (row["value"] for row in document["rows"] if (row["kpi"], row["stat"]) == (kpi, stat))
    return value


@pytest.fixture
def desk(kafka_server: KafkaServer, tmp_path: Path) -> Iterator[Desk]:
    with Desk(tmp_path / "desk", f"kafka://{kafka_server.bootstrap}", SETTINGS) as desk:
        yield desk


@pytest.fixture
def scene(desk: Desk, kafka_server: KafkaServer, tmp_path: Path) -> Iterator[Scene]:
    desk.call("topics", "create")
    scene = Scene(desk, kafka_server.bootstrap, SetClock(tmp_path))
    scene.start()
    yield scene
    scene.close()


def test_a_worker_whose_clock_is_set_ahead_and_back_counts_as_if_it_had_not_been(scene: Scene, desk: Desk, kafka_server: KafkaServer):
    # What comes from more than 5 minutes ahead would be a dead letter; and more than an hour ahead no Kafka takes what we write.
    for ahead_s in (0, 3_000, -240, 0):
        scene.clock.set(ahead_s)
        calls = scene.begin_calls()
        wait_for("they wait", lambda: scene.waiting() == CALLS, 20)
        scene.end_calls(calls)
        wait_for("nobody waits", lambda: scene.waiting() == 0, 20)
        # Who is behind lets what is due pass as late as that, and so is as old.
        behind_s = max(0, -ahead_s)
        wait_for("the board is told by the new clock", partial(scene.age_is, behind_s, behind_s + 4), 20)
        scene.worker.program.pause()
        time.sleep(STILL_S)
        assert scene.age_is(behind_s + STILL_S - 1, behind_s + STILL_S + 6), f"{scene.document()['data_age_seconds']} s, {ahead_s} s ahead"
        scene.worker.program.resume()

    wait_for("all is kept up to date", lambda: scene.document()["completeness"] == 1, 20)
    check_figures(scene)
    told = in_log(desk, kafka_server.bootstrap)
    assert told.breaches == set()
    assert len(told.contacts) == scene.offered


def test_a_clock_so_far_ahead_that_the_broker_takes_nothing_is_said_and_nothing_is_lost_by_it(scene: Scene):
    scene.clock.set(2 * 3_600)
    calls = scene.begin_calls()
    wait_for("it is said", lambda: SAID in scene.worker.log(), 30)
    wait_for("nobody keeps the board up to date, and it says so", lambda: scene.document()["completeness"] < 1, 30)
    time.sleep(3)  # it tries again and again
    assert scene.worker.log().count(SAID) <= 3, "once for each shard, and for its heartbeats"
    scene.clock.set(0)
    wait_for("they wait", lambda: scene.waiting() == CALLS, 60)
    scene.end_calls(calls)
    wait_for("nobody waits", lambda: scene.waiting() == 0, 20)
    wait_for("all is kept up to date", lambda: scene.document()["completeness"] == 1, 20)
    check_figures(scene)


def check_figures(scene: Scene) -> None:
    document = scene.document()
    assert figure(document, "calls_offered", "count") == scene.offered
    assert figure(document, "calls_answered", "count") == scene.offered
    assert figure(document, "service_level", "event") == 1.0
    assert figure(document, "speed_of_answer", "mean") == WAIT_MS / 1000
    assert rejected(scene.worker) == 0
    assert scene.worker.end() == 0, scene.worker.log()[-2000:]
    assert "Traceback" not in scene.worker.log() + scene.board.log()


def rejected(worker: Instance) -> float:
    lines = [line for line in worker.page().splitlines() if line.startswith("deskpulse_worker_rejected_records_total{")]
    return sum(float(line.rpartition(" ")[2]) for line in lines)
