"""`report --from-log`: the figures of an installation as they stand in its log, running or not, without disturbing it."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cli.calling import deskpulse
from tests.desk import Desk, Instance, wait_for
from tests.tools import calls_and_tickets_alone

CALLS = [
    {"type": "call.queued", "id": "1", "time": f"2026-0{month}-10T09:00:00Z", "call_id": f"c{month}{n}", "queue": queue}
    for month, calls in ((1, ["billing"] * 3), (2, ["billing", "billing", "sales"]), (3, ["sales"] * 2))
    for n, queue in enumerate(calls)
]
"""Three calls of January, three of February, two of March, each abandoned after 30 s: the 10th of March is today."""


def events() -> list[dict[str, Any]]:
    ends = [{**call, "type": "call.abandoned", "id": "2", "time": call["time"].replace("09:00:00", "09:00:30")} for call in CALLS]
    return [event for pair in zip(CALLS, ends, strict=True) for event in pair]


def fed(desk: Desk, tmp_path: Path) -> Instance:
    """An instance that runs and has read all."""
    file = tmp_path / "calls.jsonl"
    file.write_text("\n".join(json.dumps(event) for event in events()))
    desk.call("replay", "--shift", "keep", file)
    running = desk.instance("run", "r")
    running.start()
    wait_for("all calls are counted", lambda: running_values(running)["year"] == 8, 30)
    return running


def running_values(running: Instance) -> dict[str, Any]:
    rows = running.document(kpi="calls_abandoned", cut="site")["rows"]
    return {row["window"]: row["value"] for row in rows} or {"year": None}


@pytest.fixture
def desk(tmp_path) -> Iterator[Desk]:
    with Desk(tmp_path / "desk", f"embedded://{tmp_path / 'log'}", 'clock = "event"\nzone = "UTC"\n[limits]\npartitions = 2') as made:
        yield made


def rows_of(desk: Desk, *arguments: str) -> dict[tuple[str, str], Any]:
    answer = json.loads(desk.call("report", "--from-log", "--json", *arguments).out)
    return {
        (row["window"], row["labels"].get("queue", "")): row["value"]
        for row in answer["rows"]
        if row["kpi"] == "calls_abandoned" and "channel" not in row["labels"]
    }


@pytest.mark.slow
def test_the_log_of_a_running_installation_gives_the_figures_that_it_shows_itself(desk, tmp_path):
    running = fed(desk, tmp_path)
    windows = [argument for window in ("today", "last_month", "month", "quarter") for argument in ("--window", window)]
    found = rows_of(desk, *windows)
    assert found == {
        ("today", ""): 2, ("today", "billing"): 0, ("today", "sales"): 2,
        ("last_month", ""): 3, ("last_month", "billing"): 2, ("last_month", "sales"): 1,
        ("month", ""): 2, ("month", "billing"): 0, ("month", "sales"): 2,
        ("quarter", ""): 8, ("quarter", "billing"): 5, ("quarter", "sales"): 3,
    }  # fmt: skip
    assert {window: value for (window, queue), value in found.items() if not queue} == {
        window: value for window, value in running_values(running).items() if window in ("today", "last_month", "month", "quarter")
    }
    told = desk.call("report", "--from-log", "--window", "last_month").out.splitlines()
    assert told[0] == "as of 2026-03-10T09:00:30.000Z"
    assert told[1].startswith("data age ")
    assert told[1].endswith("100 % of the partitions kept up to date")
    assert running.program.running
    assert "stopped" not in running.log()


@pytest.mark.slow
def test_a_log_at_rest_is_read_too_and_said_to_be_at_rest(desk, tmp_path):
    assert fed(desk, tmp_path).end() == 0
    answer = desk.call("report", "--from-log", "--window", "last_month", "--csv", "--compare", "previous").out
    (row,) = (
        row for row in csv.DictReader(io.StringIO(answer)) if row["kpi"] == "calls_abandoned" and not row["queue"] and not row["channel"]
    )
    assert (row["window"], row["value"], row["previous"], row["previous_start"], row["previous_end"]) == (
        "last_month", "3", "3", "2026-01-01T00:00:00.000Z", "2026-02-01T00:00:00.000Z",
    )  # fmt: skip
    assert desk.call("report", "--from-log").out.splitlines()[1] == "nobody works on this log now, 0 % of the partitions kept up to date"


def test_where_nothing_has_run_it_says_so_and_makes_nothing(tmp_path):
    site = tmp_path / "site.toml"
    site.write_text(f'log = "embedded://{tmp_path / "log"}"')
    ended = deskpulse("report", "--from-log", "-c", site)
    said = f"embedded://{tmp_path / 'log'}: nothing has run there yet: name the configuration of the installation with -c site.toml"
    assert ended == (3, "", f"deskpulse: {said}\n")
    assert not (tmp_path / "log").exists()


@pytest.mark.kafka
def test_the_log_of_an_installation_on_kafka_is_read_without_joining_it(kafka, prefix, tmp_path):
    settings = f'app = "{prefix}app"\nclock = "event"\nzone = "UTC"\n{calls_and_tickets_alone(prefix)}'
    with Desk(tmp_path / "desk", f"kafka://{kafka}", settings) as desk:
        desk.call("topics", "create")
        running = fed(desk, tmp_path)
        assert rows_of(desk, "--window", "last_month") == {
            ("last_month", ""): 3, ("last_month", "billing"): 2, ("last_month", "sales"): 1,
        }  # fmt: skip
        assert running.program.running
