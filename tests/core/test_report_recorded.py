"""Reports over recorded logs against an independent program and the figures of third parties.

The logs and where the figures come from: README.md beside them. Tolerances are those stated there.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import pytest

from schemas import fields as f
from schemas.instants import instant_ms
from schemas.values import HOUR_MS, SECOND_MS, EpochMs
from streams.core.cuts import REPORT_CUTS
from streams.core.log import Batch
from streams.core.panes.range import RangeStore
from streams.core.report import Line, Report, document
from streams.core.shard import Shard
from streams.core.snapshot import Snapshot
from tests.cli.test_report import differences
from tests.core.driving import one, settings
from tests.core.recorded import NAMES, by_instant, lines_of, report_on, time_of, topic_of


@cache
def printed(path: Path) -> dict[str, Any]:
    """The report on a log in the order of its lines."""
    report = report_on(topic_of(path.name.removesuffix(".jsonl.gz")), lines_of(path))
    return document(report, report.snapshot(), REPORT_CUTS)


def log_of(shared_data: Path, name: str) -> Path:
    return shared_data / "events" / f"{name}.jsonl.gz"


LARGE = ("bank_1999-02-01_14", "servicenow_2016-03")
MIXED = [pytest.param(name, marks=pytest.mark.slow) if name in LARGE else name for name in NAMES]


# --- recorded logs ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_a_recorded_log_gives_the_figures_of_an_independent_program(shared_data, name):
    expected = json.loads((shared_data / "expected" / f"{name}.json").read_text())
    found = printed(log_of(shared_data, name))
    assert (found["as_of"], found["events"]) == (expected["as_of"], expected["events"])
    assert not differences(found["rows"], expected["rows"])


@pytest.mark.parametrize("name", MIXED)
def test_shuffled_and_over_four_partitions_it_gives_the_same_rows_to_the_bit(shared_data, name):
    mixed = list(lines_of(log_of(shared_data, name)))
    Random(4711).shuffle(mixed)
    report = report_on(topic_of(name), mixed, partitions=4)
    assert document(report, report.snapshot(), REPORT_CUTS) == printed(log_of(shared_data, name))


@pytest.mark.parametrize("name", MIXED)
def test_with_each_event_three_times_over_thirteen_partitions_it_gives_the_same_rows_to_the_bit(shared_data, name):
    """All at once, where the log is small; else one pass after the other, which takes half as long."""
    log = log_of(shared_data, name)
    times = list(lines_of(log)) * 3
    if len(times) < 100_000:
        Random(4711).shuffle(times)
    report = report_on(topic_of(name), times, partitions=13)
    found, alone = document(report, report.snapshot(), REPORT_CUTS), printed(log)
    assert found["rows"] == alone["rows"]
    accepted = alone["events"]["accepted"]
    assert found["events"] == {**alone["events"], "read": len(times), "duplicate": len(times) - accepted}


# --- third parties: the bank -----------------------------------------------------------------------------------------


def row(found: dict[str, Any], kpi: str, stat: str, **labels: str) -> dict[str, Any]:
    (only,) = (r for r in found["rows"] if (r["kpi"], r["stat"], r["labels"]) == (kpi, stat, labels))
    return dict(only)


def test_the_waits_of_the_bank_are_those_of_its_reference(shared_data):
    found = printed(log_of(shared_data, "bank_1999-02-01_14"))
    speed = row(found, "speed_of_answer", "mean")
    assert speed["samples"] == 14_405
    assert speed["value"] == pytest.approx(34.405, abs=5e-4)
    assert max(row(found, kpi, "max")["value"] for kpi in ("speed_of_answer", "abandon_wait")) == 730
    assert row(found, "service_level", "answered")["value"] == 9_163 / 14_405
    assert row(found, "calls_prequeue_abandoned", "count")["value"] == 1_040
    abandons = row(found, "calls_abandoned", "count")["value"] + row(found, "calls_short_abandoned", "count")["value"]
    assert abandons == 1_868
    # 275 calls were answered by NO_SERVER, for 9,481 s in all: no service for the reference, conversations for us.
    handled = row(found, "talk_time", "mean")
    assert handled["samples"] == 14_130 + 275
    assert handled["value"] * handled["samples"] == pytest.approx(14_130 * 169.433 + 9_481, abs=14_130 * 5e-4)


@pytest.mark.slow
def test_the_gauges_of_the_bank_peak_when_its_reference_says_and_the_one_of_waiting_adds_up_to_the_sum_of_waits(shared_data):
    """Of calls in service the reference says 13:53:20: by the agents' clock, which runs 1 s before that of the queue here."""
    shard = Shard(0, settings(bounded=False), store=RangeStore())
    waiting = talking = waited_ms = position = before_ms = 0
    peaks = {"waiting": (0, 0), "talking": (0, 0)}
    for time, lines in by_instant(lines_of(log_of(shared_data, "bank_1999-02-01_14"))):
        at_ms = int(time)
        waited_ms += waiting * (at_ms - before_ms)
        records = [Line(position + i, None, line) for i, line in enumerate(lines)]
        assert shard.apply("calls", Batch(records, position, position + len(lines)), None)
        shard.take()
        position += len(lines)
        before_ms = at_ms
        waiting, talking = shard.standings.total(f.WAITING), shard.standings.total(f.TALKING)
        for name, count in (("waiting", waiting), ("talking", talking)):
            peaks[name] = max(peaks[name], (count, -at_ms))
    assert waited_ms == 603_720 * SECOND_MS
    assert peaks["waiting"] == (17, -instant_ms("1999-02-03T13:27:21Z"))
    assert peaks["talking"] == (11, -instant_ms("1999-02-08T13:53:21Z"))


@pytest.mark.parametrize(
    ("kpi", "until", "count"),
    [
        ("waiting", "1999-02-03T13:27:20.999Z", 16),
        ("waiting", "1999-02-03T13:27:21Z", 17),
        ("talking", "1999-02-08T13:53:20.999Z", 10),
        ("talking", "1999-02-08T13:53:21Z", 11),
    ],
)
def test_a_report_until_an_instant_shows_what_stood_then(shared_data, kpi, until, count):
    until_ms = instant_ms(until)
    that_day = [line for line in lines_of(log_of(shared_data, "bank_1999-02-01_14")) if abs(int(time_of(line)) - until_ms) < 8 * HOUR_MS]
    snapshot = report_on("calls", that_day, until_ms=until_ms).snapshot()
    assert one(snapshot, kpi, "count", "now").value == count
    assert snapshot.now_ms == until_ms


# --- third parties: tickets ------------------------------------------------------------------------------------------

UNSOLVED = {
    "helpdesk_italy": {
        "2010-07-01": {"": 29, "open": 20 + 3, "pending": 6, "on_hold": 0},
        "2011-06-30": {"": 46, "open": 18 + 13, "pending": 15, "on_hold": 0},
        "2012-05-01": {"": 33, "open": 5 + 13, "pending": 15, "on_hold": 0},
        "2013-01-01": {"": 33, "open": 20 + 6, "pending": 7, "on_hold": 0},
        "2014-01-03": {"": 12, "open": 0 + 1, "pending": 11, "on_hold": 0},
    },
    "servicenow_2016-03": {
        "2016-03-15": {"": 1_796, "open": 418 + 670, "pending": 665, "on_hold": 43},
        "2016-03-31": {"": 1_481, "open": 314 + 587, "pending": 544, "on_hold": 36},
        "2016-04-15": {"": 537, "open": 66 + 232, "pending": 206, "on_hold": 33},
        "2016-05-16": {"": 228, "open": 28 + 101, "pending": 89, "on_hold": 10},
    },
}
"""new and open / pending / hold of the reference; new is open here."""


def unsolved(snapshot: Snapshot) -> dict[str, int]:
    found = {r.labels.get("status", ""): int(r.value or 0) for r in snapshot.rows(kpis=["unresolved_cases"], cuts=[()])}
    assert found.pop("bot") == 0
    return found


@pytest.mark.parametrize("name", UNSOLVED)
def test_unsolved_tickets_at_the_end_of_a_day_are_those_of_the_reference(shared_data, name):
    """A report that reads on, day after day."""
    lines = lines_of(log_of(shared_data, name))
    report, read = Report(settings()), 0
    found = {}
    for day in UNSOLVED[name]:
        end = read + sum(_ms(line) <= end_of(day) for line in lines[read:])
        report.add("tickets", lines[read:end])
        read = end
        found[day] = unsolved(report.snapshot())
    assert found == UNSOLVED[name]


@pytest.mark.parametrize(("name", "day"), [("helpdesk_italy", "2010-07-01"), ("servicenow_2016-03", "2016-03-15")])
def test_until_the_end_of_a_day_a_report_shows_what_was_unsolved_then(shared_data, name, day):
    lines = lines_of(log_of(shared_data, name))
    read = sum(_ms(line) <= end_of(day) for line in lines)
    report = report_on("tickets", lines[: read + 500], until_ms=end_of(day))  # 500 that it has to leave out
    assert unsolved(report.snapshot()) == UNSOLVED[name][day]
    assert report.events().read == read


def end_of(day: str) -> EpochMs:
    return instant_ms(f"{day}T23:59:59.999Z")


def _ms(line: bytes) -> EpochMs:
    time = time_of(line)
    return EpochMs(int(time)) if time.isdecimal() else instant_ms(time)
