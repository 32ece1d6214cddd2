"""`deskpulse run` on the embedded log, killed again and again while events come in by HTTP and from files: figures are exact.

SEED=word repeats one run.
"""

from __future__ import annotations

import json
import random
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from streams.runtime.clock import wall_clock
from streams.runtime.layout import Layout
from streams.runtime.transport.log import TopicPartition
from streams.runtime.transport.store import Store, Stored
from tests.desk import Desk, Instance, ask, seed, wait_for
from tests.feed import Tallies, slices
from tests.figures import Reports, compare, compared_rows, counter_differences
from tests.traffic import Sent, Traffic
from tests.watcher import Watcher, read_page

pytestmark = pytest.mark.slow

ZONE = "Europe/Riga"
SETTINGS = f"""
zone = "{ZONE}"
clock = "event"
[limits]
partitions = 3
[queue.PS]
threshold_seconds = 30
target = 0.9
"""
TARGETS = {"PS": 0.9}
TOKEN = "of-the-test"
PARTITIONS = 3
LAYOUT = Layout(app="deskpulse", sources=("calls", "tickets"), outputs=("dead-letters",))

KILLS = 3
LINES = 500
POSTS_PER_SECOND = 5.0


class Posts(Tallies):
    """POST /api/v1/events, again and again until each request is answered: what may be in the log is sent once more."""

    def __init__(self, instance: Instance, records: Sequence[Sent]) -> None:
        super().__init__()
        self.retries = 0
        self.failure: BaseException | None = None
        self._instance = instance
        self._records = records
        self._thread = threading.Thread(target=self._run, name="posts", daemon=True)

    @property
    def done(self) -> bool:
        return not self._thread.is_alive()

    def start(self) -> None:
        self._thread.start()

    def _run(self) -> None:
        try:
            for some in slices(self._records, LINES):
                body = b"\n".join(value for _, _, value, _ in some if value is not None)
                self.sending(some)
                while not self._post(body):
                    self.retries += 1
                    time.sleep(0.1)
                self.sent()
                time.sleep(1 / POSTS_PER_SECOND)
        except BaseException as failure:
            self.failure = failure
            raise

    def _post(self, body: bytes) -> bool:
        try:
            answer = ask("POST", self._instance.http, "/api/v1/events", body, headers=self._instance.rights)
        except OSError:
            return False  # nobody there, or gone before the answer
        assert answer.status in (202, 503), answer
        return answer.status == 202


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with Desk(tmp_path / "desk", f"embedded://{tmp_path / 'log'}", SETTINGS) as desk:
        yield desk


def test_killed_at_any_moment_it_goes_on_exactly(desk: Desk, shared_data: Path, tmp_path: Path):
    chance = random.Random(seed())
    traffic = Traffic(shared_data, chance.randrange(1 << 32))
    good = [sent for sent in traffic.records if sent.reason is None and sent.value is not None and b"call.dreamt" not in sent.value]
    bad = [sent for sent in traffic.rejected if sent.reason != "key_mismatch"]  # nobody but a client of Kafka can give a wrong key
    by_http, from_file = good[: len(good) * 2 // 3], good[len(good) * 2 // 3 :]
    instance = desk.instance("run", "run", {"DESKPULSE_TOKEN": TOKEN})
    posts = Posts(instance, by_http)
    began_s = time.time()
    instance.start()
    with Watcher([instance], posts) as watcher:
        posts.start()
        kill_at_random(instance, chance, KILLS)
        kill_at_work(instance, chance, KILLS)
        wait_for("all posts are answered", lambda: posts.done, 90)
        assert posts.failure is None
        # From files, by another process on the same log, while this one works and is killed once more.
        posts.sending(from_file)
        killer = threading.Timer(1.5, kill_at_random, (instance, chance, 1))
        killer.start()
        for topic, records in {"good": from_file, "calls": of(bad, "calls"), "tickets": of(bad, "tickets")}.items():
            replay(desk, tmp_path / f"{topic}.jsonl", records, topic)
        killer.join()
        posts.sent()
        sent_s = time.time()
        watcher.wait("everything is shown", lambda shown: shown.age_s is not None and shown.at_s - shown.age_s > sent_s + 1, 30)
        time.sleep(1.5)
    print(f"{2 * KILLS + 1} kills, {posts.retries} posts tried again, {watcher.pages} pages, {time.time() - began_s:.0f} s")
    assert watcher.complaints == []

    document = compared_rows(instance.document)
    events = traffic.write(tmp_path / "events.jsonl")
    reports = Reports(lambda arguments: reported(desk, events, arguments))
    assert compare(document, reports, ZoneInfo(ZONE), TARGETS) == []
    page = read_page(instance.page())
    assert counter_differences(page.series, datetime.fromisoformat(document["as_of"]), timedelta(minutes=1), reports) == []

    assert instance.end() == 0
    check_dead_letters(tmp_path / "log", bad)
    instance.start()
    assert compared_rows(instance.document) == document
    assert instance.end() == 0
    assert "Traceback" not in instance.log()


def kill_at_random(instance: Instance, chance: random.Random, kills: int) -> None:
    """Also while it starts."""
    for _ in range(kills):
        time.sleep(chance.uniform(0.3, 3))
        instance.program.kill()
        instance.launch()


def kill_at_work(instance: Instance, chance: random.Random, kills: int) -> None:
    """Only once it is ready, so that each has something to lose."""
    for _ in range(kills):
        wait_for("it is ready", instance.is_ready, 30)
        time.sleep(chance.uniform(0.1, 1.5))
        instance.program.kill()
        instance.launch()


def of(records: Sequence[Sent], topic: str) -> list[Sent]:
    return [sent for sent in records if sent.topic == topic]


def replay(desk: Desk, path: Path, records: Sequence[Sent], topic: str) -> None:
    path.write_bytes(b"".join(sent.value + b"\n" for sent in records if sent.value is not None))
    where = () if topic == "good" else ("--topic", topic)
    said = json.loads(desk.call("replay", "--shift", "keep", "--json", *where, path).out)
    assert sum(said["sent"].values()) == len(records), said


def reported(desk: Desk, events: Path, arguments: Sequence[str]) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads(desk.call("report", "--json", *arguments, events).out)["rows"]
    return rows


def check_dead_letters(directory: Path, bad: Sequence[Sent]) -> None:
    store = Store(directory, LAYOUT, PARTITIONS, wall_clock)
    letters = [record for part in range(PARTITIONS) for record in stored(store, TopicPartition("dead-letters", part))]
    store.close()
    found = Counter((headers["error.topic"], letter.value, headers["error.reason"]) for letter in letters for headers in [text(letter)])
    assert found == Counter((sent.topic, sent.value, sent.reason) for sent in bad)
    origins = [tuple(text(letter)[f"error.{what}"] for what in ("topic", "partition", "offset")) for letter in letters]
    assert len(set(origins)) == len(origins)


def stored(store: Store, tp: TopicPartition) -> Iterator[Stored]:
    for chunk in store.chunks(tp, 0):
        yield from chunk


def text(letter: Stored) -> dict[str, str]:
    return {name: value.decode() for name, value in letter.headers}
