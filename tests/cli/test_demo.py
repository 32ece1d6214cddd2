"""The demonstration needs nothing, shows figures at once that move, and leaves nothing behind."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from schemas.values import DAY_MS, HOUR_MS, MINUTE_MS, DurationMs, EpochMs
from streams.cli import demo
from streams.cli.demo import Story, Teller, centre_of
from streams.cli.narrator import Figures, Narrator
from streams.cli.simulate import TOPICS, Plan
from streams.config import Config, read
from streams.runtime.clock import wall_clock
from streams.runtime.layout import Layout
from streams.runtime.transport.log import TopicPartition
from streams.runtime.transport.store import Store
from streams.sources.simulator import Incident
from tests.cli.calling import deskpulse
from tests.program import Program
from tests.tools import ROOT

NOW_MS = EpochMs(1_750_000_000_000)  # 2025-06-15 15:06 UTC


def test_in_real_time_everything_is_told_when_it_happens():
    story = Story.told(NOW_MS, 3, 1)
    assert story.begins_ms == NOW_MS - 3 * HOUR_MS
    assert story.opens_ms == NOW_MS
    assert story.due_s(NOW_MS + 5_000) == 5


def test_a_time_lapse_catches_up_with_the_clock_and_never_passes_it():
    story = Story.told(NOW_MS, 3, 20)
    assert story.opens_ms == NOW_MS - DAY_MS
    assert story.due_s(story.opens_ms) == 0
    assert story.due_s(story.opens_ms + HOUR_MS) == 180
    for hours in (24, 25, 26, 48):
        at_ms = story.opens_ms + hours * HOUR_MS
        assert story.now_ms + story.due_s(at_ms) * 1000 >= at_ms
    assert story.due_s(NOW_MS + DAY_MS) == DAY_MS / 1000


@pytest.mark.parametrize("hours", [0, 6])
@pytest.mark.parametrize("speed", [1, 20])
def test_trouble_lies_ahead_by_some_minutes_and_none_behind(hours, speed):
    story = Story.told(NOW_MS, hours, speed)
    first, second, *_ = (story.begins_ms + incident.after_ms - story.opens_ms for incident in centre_of(story, 700).incidents)
    assert first == demo.INCIDENT_AFTER_MS
    assert second - first > 60 * MINUTE_MS


@pytest.mark.parametrize("later_ms", range(0, DAY_MS, 5 * HOUR_MS))
def test_its_site_is_right_at_any_hour_and_promises_answers_in_queues_that_are_open(tmp_path, later_ms):
    story = Story.told(EpochMs(NOW_MS + later_ms), 6, 20)
    config = config_of(tmp_path, story)
    assert {queue.name: queue.title for queue in config.queues} == demo.TITLES
    opens = datetime.fromtimestamp(story.opens_ms / 1000, ZoneInfo(centre_of(story, 700).zone))
    assert 11 <= opens.hour <= 12
    assert config.policy().promised
    assert len({queue.calendar for queue in config.queues}) == 3


def calm(**changes: float) -> Figures:
    return Figures(waiting=2, oldest_s=5.0, service_level=0.95, today=0.96, broken=1, blocked=0)._replace(**changes)


def test_what_an_incident_does_is_told_once_each_until_the_figures_have_recovered():
    begins, minute = NOW_MS, MINUTE_MS
    narrator = Narrator(begins, [Incident(10 * minute), Incident(100 * minute)], 0.8, DurationMs(2 * minute), UTC)

    def told(after_min: float, figures: Figures) -> str:
        return " | ".join(narrator.lines(EpochMs(begins + round(after_min * minute)), figures))

    bad = calm(waiting=40, oldest_s=240.0, service_level=0.2, broken=4, blocked=12)
    assert told(9, calm()) == ""
    assert re.fullmatch(r"15:16  Trouble, for 15 minutes: 3 times the calls, 40% .* leave, 40% .* still work\.", told(10.1, calm()))
    assert told(11, calm()) == ""
    assert told(12, bad) == "15:18  The first promise is broken: an answer within 2m."
    assert told(13, bad) == ""
    stands = (
        "40 wait, the oldest for 4 min; service level of the last 5 minutes 20% (target 80%); promises broken: 3, calls turned away: 12."
    )
    assert told(15, bad) == f"15:21  {stands}"
    assert told(24, bad).startswith("15:30  40 wait")
    assert told(25.2, bad).startswith("15:31  It is over")
    assert told(26, bad) == ""
    assert told(31, bad).startswith("15:37  40 wait")
    recovered = told(34, bad._replace(waiting=3, service_level=0.85))
    assert recovered.startswith("15:40  Recovered: 3 wait; service level of the last 5 minutes 85%, of the whole day 96%.")
    assert told(60, bad) == ""
    assert "Trouble" in told(100, calm())


@pytest.mark.parametrize("opened_ms", [NOW_MS, NOW_MS - NOW_MS % DAY_MS + 20 * MINUTE_MS])
def test_its_day_begins_with_the_story_so_that_no_midnight_empties_it(opened_ms):
    story = Story.told(EpochMs(opened_ms), 3, 1)
    began = datetime.fromtimestamp(story.begins_ms / 1000, UTC)
    assert demo.settings(Path("/x"), centre_of(story, 700), story, UTC)["reset"] == f"{began:%H}:00"


def config_of(directory: Path, story: Story) -> Config:
    return read(demo.settings(directory, centre_of(story, 700), story, UTC))


def stored(directory: Path) -> list[int]:
    """Times of what lies in the log."""
    store = Store(directory, Layout(app="deskpulse", sources=TOPICS, outputs=("dead-letters",)), 4, wall_clock)
    times = [
        json.loads(record.value)["time"]
        for topic in TOPICS
        for part in range(4)
        for chunk in store.chunks(TopicPartition(topic, part), 0)
        for record in chunk
        if record.value
    ]
    store.close()
    return sorted(times)


def test_the_past_is_told_at_once_and_the_rest_until_hushed(tmp_path):
    story = Story(EpochMs(NOW_MS - HOUR_MS), NOW_MS, NOW_MS, 1.0)
    faster = story._replace(now_ms=EpochMs(NOW_MS + DAY_MS), speed=600.0)  # ten minutes a second; the clock on the wall is far ahead
    teller = Teller(config_of(tmp_path, story), faster, Plan(centre_of(story, 700), 1, story.begins_ms, None, 1.0, TOPICS))
    count = teller.tell_past()
    past = stored(tmp_path)
    assert len(past) == count > 1_000
    assert NOW_MS - MINUTE_MS < past[-1] <= NOW_MS
    telling = threading.Thread(target=teller.tell_on)
    telling.start()
    end_s = time.monotonic() + 30
    while stored(tmp_path)[-1] <= NOW_MS and time.monotonic() < end_s:
        time.sleep(0.02)
    teller.hush()
    telling.join(10)
    assert not telling.is_alive()
    assert stored(tmp_path)[-1] > NOW_MS


@pytest.fixture
def shown(tmp_path) -> Iterator[tuple[subprocess.Popen[str], str, str, str]]:
    """A demonstration that runs: process, addresses of page, rows and metrics as it tells them."""
    argv = [sys.executable, "-m", "streams.cli", "demo", "--http-port", "0", "--metrics-port", "0", "--rate", "2000"]
    process = subprocess.Popen(
        argv, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={"PATH": "", "TMPDIR": str(tmp_path), "TZ": "UTC"}
    )
    assert process.stdout
    told = "".join(process.stdout.readline() for _ in range(2))
    page, figures, metrics = re.findall(r"http://[^\s,]+", told) or ("", "", "")
    try:
        yield process, page, figures, metrics
    finally:
        process.kill()
        process.communicate()


def asked(address: str) -> dict[str, Any]:
    with urllib.request.urlopen(address, timeout=30) as answer:
        document: dict[str, Any] = json.load(answer)
    return document


def rows(page: str) -> dict[str, Any]:
    document = asked(f"{page}api/v1/rows?kpi=calls_offered")
    found = {row["window"]: row["value"] for row in document["rows"] if not row["labels"]}
    return {"as_of": document["as_of"], **found}


def test_figures_are_there_at_once_and_move_and_nothing_is_left(shown, tmp_path):
    process, page, figures, metrics = shown
    end_s = time.monotonic() + 60
    while (first := rows(page)).get("today", 0) < 500:
        assert time.monotonic() < end_s
        time.sleep(0.1)
    while (now := rows(page))["today"] == first["today"] or now["as_of"] == first["as_of"]:
        assert time.monotonic() < end_s
        time.sleep(0.1)
    while sum(row["window"] == "today" for row in asked(figures)["rows"]) < 7_000:  # in all windows they would be too many for an answer
        assert time.monotonic() < end_s
        time.sleep(0.5)
    with urllib.request.urlopen(metrics, timeout=30) as answer:
        assert b"deskpulse_" in answer.read()
    assert list(tmp_path.iterdir())
    process.send_signal(signal.SIGINT)
    assert process.wait(30) == 0
    assert process.stderr.read() == ""
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
def test_a_newcomer_sees_a_promise_broken_and_the_figures_recover(tmp_path):
    """At 200 times life, so that its minutes are seconds here."""
    argv = [sys.executable, "-m", "streams.cli", "demo", "--http-port", "0", "--metrics-port", "0", "--hours", "1", "--speed", "200"]
    program = Program(argv, tmp_path / "demo.log", {"TMPDIR": str(tmp_path), "TZ": "UTC"})
    try:
        program.start(lambda: "Recovered" in program.output(), timeout_s=120)
    finally:
        program.stop()
    told = re.findall(r"^\d\d:\d\d  (Trouble|The first promise|It is over|Recovered)", program.output(), re.MULTILINE)
    assert (told[0], told[-1], len(told)) == ("Trouble", "Recovered", 4), program.output()
    assert set(told[1:3]) == {"The first promise", "It is over"}


def test_slower_than_life_is_refused():
    ended = deskpulse("demo", "--speed", "0.5")
    assert ended.code == 2
    assert "write 1 or more" in ended.err
