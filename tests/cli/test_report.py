"""Reports over files: the recorded logs give the figures an independent program computed from the definitions."""

from __future__ import annotations

import csv
import gzip
import io
import json
import random
from pathlib import Path
from typing import Any

import pytest

from streams.cli.row_table import written
from tests.cli.calling import deskpulse
from tests.tools import ROOT

NAMES = ("queue_log_freepbx_2010", "helpdesk_italy", "bpi2013_closed_problems", "bank_1999-02-01_14", "servicenow_2016-03")


def report(*arguments: str | Path) -> dict[str, Any]:
    ended = deskpulse("report", "--json", *arguments)
    assert (ended.code, ended.err) == (0, "")
    answer: dict[str, Any] = json.loads(ended.out)
    return answer


def by_name(rows: list[dict[str, Any]]) -> dict[tuple[Any, ...], dict[str, Any]]:
    found = {(row["kpi"], row["stat"], row["window"], *sorted(row["labels"].items())): row for row in rows}
    assert len(found) == len(rows)
    return found


def differences(rows: list[dict[str, Any]], expected: list[dict[str, Any]]) -> list[str]:
    found = by_name(rows)
    return [f"{name}: {found.get(name)}, expected {row}" for name, row in by_name(expected).items() if not same(found.get(name), row)]


def same(found: dict[str, Any] | None, expected: dict[str, Any]) -> bool:
    if found is None or (found["value"] is None) != (expected["value"] is None):
        return False
    if "samples" in expected and found.get("samples") != expected["samples"]:
        return False
    if any(found.get(end) != pytest.approx(expected[end], abs=0.001) for end in ("low", "high") if end in expected):
        return False
    if expected["value"] is None:
        return True
    if expected["stat"].startswith("p") and expected["stat"][1:].isdecimal():
        return bool(found["value"] == pytest.approx(expected["value"], rel=0.01, abs=0.001))
    return bool(found["value"] == pytest.approx(expected["value"], rel=1e-6, abs=0))


@pytest.mark.parametrize("name", NAMES)
def test_a_recorded_log_gives_the_expected_figures(name, shared_data):
    expected = json.loads((shared_data / "expected" / f"{name}.json").read_text())
    found = report(shared_data / "events" / f"{name}.jsonl.gz")
    assert (found["as_of"], found["events"]) == (expected["as_of"], expected["events"])
    assert not differences(found["rows"], expected["rows"])


def test_the_order_of_the_lines_and_repeats_change_no_row(tmp_path, shared_data):
    lines = gzip.decompress((shared_data / "events" / "queue_log_freepbx_2010.jsonl.gz").read_bytes()).splitlines()
    mixed = lines * 2
    random.Random(7).shuffle(mixed)
    file = tmp_path / "mixed.jsonl"
    file.write_bytes(b"\n".join(mixed))
    found = report(file)
    assert found["events"] == {"read": 538, "accepted": 269, "duplicate": 269, "rejected": {}, "unknown_type": 0}
    assert found["rows"] == report(shared_data / "events" / "queue_log_freepbx_2010.jsonl.gz")["rows"]


def call(n: int, queue: str, wait_s: int, at: str = "10:00") -> list[dict[str, Any]]:
    start = {"type": "call.queued", "id": "1", "time": f"2024-03-04T{at}:00Z", "call_id": f"c{n}", "queue": queue}
    return [start, {"type": "call.answered", "id": "2", "time": f"2024-03-04T{at}:{wait_s:02}Z", "call_id": f"c{n}", "agent_id": "ann"}]


def file_of(path: Path, *events: dict[str, Any] | str) -> Path:
    path.write_text("\n".join(event if isinstance(event, str) else json.dumps(event) for event in events))
    return path


def values(answer: dict[str, Any], kpi: str, stat: str) -> dict[str, Any]:
    return {
        ",".join(f"{label}={value}" for label, value in row["labels"].items()): row["value"]
        for row in answer["rows"]
        if (row["kpi"], row["stat"]) == (kpi, stat)
    }


def test_cuts_are_those_asked_for(tmp_path):
    file = file_of(tmp_path / "a.jsonl", *call(1, "billing", 10), *call(2, "sales", 30))
    assert values(report(file), "service_level", "event") == {"": 0.5, "queue=billing": 1.0, "queue=sales": 0.0, "channel=phone": 0.5}
    by = values(report("--by", "queue,channel", file), "service_level", "event")
    assert by == {"": 0.5, "queue=billing,channel=phone": 1.0, "queue=sales,channel=phone": 0.0}


def test_thresholds_are_those_of_the_configuration(tmp_path):
    site = tmp_path / "site.toml"
    site.write_text("queue.sales.threshold_seconds = 30")
    file = file_of(tmp_path / "a.jsonl", *call(1, "billing", 10), *call(2, "sales", 30))
    assert values(report("-c", site, file), "service_level", "event")["queue=sales"] == 1.0


def test_rows_of_all_time_are_judged_as_those_of_a_window_are(tmp_path):
    """By the targets and the least samples of the configuration: who has fewer is `few`, and has no level."""
    site = tmp_path / "site.toml"
    site.write_text('[target.abandon_rate]\nbetter = "low"\ncrit = 0.1\n[limits]\nmin_samples = 3\n')
    gone = {"type": "call.abandoned", "id": "2", "time": "2024-03-04T10:00:30Z", "call_id": "c3"}
    file = file_of(tmp_path / "a.jsonl", *call(1, "billing", 10), *call(2, "sales", 9), call(3, "sales", 9)[0], gone)
    found = [report("-c", site, *window, file) for window in ((), ("--window", "today"))]
    for answer in found:
        rows = {
            row["labels"].get("queue", ""): row for row in answer["rows"] if row["stat"] == "of_decided" and "channel" not in row["labels"]
        }
        judged = {queue: (row["samples"], row.get("few", False), row.get("level")) for queue, row in rows.items()}
        assert judged == {"": (3, False, "crit"), "billing": (1, True, None), "sales": (2, True, None)}, answer["rows"][0]["window"]
    usual = report(file)["rows"]
    assert all(row.get("few", False) == (0 < row["samples"] < 5) for row in usual if "low" in row), "5 is the default"


def test_since_drops_earlier_facts_and_until_hides_later_events(tmp_path):
    file = file_of(tmp_path / "a.jsonl", *call(1, "q", 10, "09:00"), *call(2, "q", 10, "10:00"), *call(3, "q", 10, "11:00"))
    since = report("--since", "2024-03-04T09:00:05Z", file)
    assert values(since, "calls_answered", "count")[""] == 3
    assert values(since, "calls_offered", "count")[""] == 2
    until = report("--until", "2024-03-04T10:00:05Z", file)
    assert until["as_of"] == "2024-03-04T10:00:05.000Z"
    assert values(until, "calls_answered", "count")[""] == 1
    assert values(until, "waiting", "count")[""] == 1
    assert values(until, "waiting", "oldest")[""] == 5


def test_records_that_are_no_events_are_counted_by_reason(tmp_path):
    bad = ["no json", "[]", '{"type":"call.queued","id":"1","time":"noon","call_id":"c"}', '{"type":"robot.state","id":"1","time":1}']
    file = file_of(tmp_path / "a.jsonl", *bad, *call(1, "q", 1))
    ended = deskpulse("report", "--json", file)
    events = json.loads(ended.out)["events"]
    assert (ended.code, events["read"]) == (0, 6)
    assert (events["accepted"], events["unknown_type"]) == (2, 1)
    assert events["rejected"] == {"not_json": 1, "not_object": 1, "bad_time": 1}
    assert [line.split(": ")[1:3] for line in ended.err.splitlines()] == [
        [f"{file}:1", "not_json"],
        [f"{file}:2", "not_object"],
        [f"{file}:3", "bad_time"],
    ], "the first of them are named, not what is of another product"


@pytest.mark.parametrize("command", [["report"], ["report", "--json"], ["report", "--csv"], ["explain", "waiting", "--from"]])
def test_of_no_event_at_all_there_are_no_figures_and_it_is_said_why(tmp_path, command):
    file = file_of(tmp_path / "a.jsonl", "", '{"type":"robot.state","id":"1","time":1}', "no json", "[]", '{"type":"call.queued","time":1}')
    ended = deskpulse(*command, file)
    assert (ended.code, ended.out) == (1, "")
    *lines, last = ended.err.splitlines()
    assert [line.split(": ")[1:3] for line in lines] == [
        [f"{file}:2", "unknown_type"],
        [f"{file}:3", "not_json"],
        [f"{file}:4", "not_object"],
    ]
    assert f"{file}: not one of 4 lines is an event (1 missing_field, 1 not_json, 1 not_object, 1 unknown_type): " in last


def test_an_empty_file_and_one_of_later_events_have_no_figures(tmp_path):
    empty, later = file_of(tmp_path / "empty.jsonl"), file_of(tmp_path / "later.jsonl", *call(1, "q", 1))
    assert deskpulse("report", empty).err.startswith(f"deskpulse: {empty}: there is no line: ")
    ended = deskpulse("report", "--until", "2024-03-04T08:00:00Z", later)
    assert (ended.code, ended.out) == (1, "")
    assert f"{later}: there is no line up to 2024-03-04T08:00:00.000Z: " in ended.err


def test_a_topic_without_events_has_no_rows(tmp_path):
    rows = report(file_of(tmp_path / "a.jsonl", *call(1, "q", 1)))["rows"]
    assert not {row["kpi"] for row in rows} & {"tickets_created", "open_cases", "first_response_time"}


def test_a_person_gets_a_table(tmp_path):
    ended = deskpulse("report", file_of(tmp_path / "a.jsonl", *call(1, "billing", 10), *call(2, "sales", 30)))
    assert ended.code == 0
    lines = [" ".join(line.split()) for line in ended.out.splitlines()]
    assert lines[:2] == [
        "as of 2024-03-04T10:00:30.000Z",
        "events: 4 read, 4 accepted, 0 duplicate, 0 rejected, 0 of unknown type",
    ]
    assert "service_level event queue=billing 100.0 % of 1 20.7 to 100.0 %" in lines
    assert "speed_of_answer mean 20.0 s of 2" in lines


def test_files_may_be_shown_by_the_windows_of_a_board_at_the_last_event(tmp_path):
    """Yesterday one of two was answered in time, today both; the last event is of 10:40."""
    yesterday = [{**event, "time": event["time"].replace("03-04", "03-03")} for n, s in ((3, 10), (4, 30)) for event in call(n, "q", s)]
    file = file_of(tmp_path / "a.jsonl", *yesterday, *call(1, "q", 10), *call(2, "q", 5, "10:40"))
    found = report("--window", "today", "--window", "yesterday", "--window", "month", "--compare", "previous", file)
    level = [
        (row["window"], row["value"], row["previous"])
        for row in found["rows"]
        if (row["kpi"], row["stat"]) == ("service_level", "event") and not row["labels"]
    ]
    assert level == [("today", 1.0, 0.5), ("yesterday", 0.5, None), ("month", 0.75, None)]
    lines = [" ".join(line.split()) for line in deskpulse("report", "--window", "today", "--compare", "previous", file).out.splitlines()]
    assert "service_level event queue=q 100.0 % of 2 34.2 to 100.0 % before: 50.0 %" in lines


def test_all_of_time_may_be_asked_for_by_its_name(tmp_path):
    file = file_of(tmp_path / "a.jsonl", *call(1, "q", 10), *call(2, "q", 30, "11:00"))
    shown = report(file)["rows"]
    assert report("--window", "range", file)["rows"] == [row for row in shown if row["window"] == "range"]
    assert report("--window", "range", "--window", "now", file)["rows"] == shown


def test_a_spreadsheet_gets_a_table(tmp_path):
    file = file_of(tmp_path / "a.jsonl", *call(1, "billing", 10), *call(2, "=sales", 30))
    found = list(csv.DictReader(io.StringIO(deskpulse("report", "--csv", file).out)))
    assert list(found[0])[:3] == ["kpi", "stat", "window"]
    told = {row["queue"]: row["value"] for row in found if (row["kpi"], row["stat"]) == ("speed_of_answer", "mean")}
    assert told == {"": "20.0", "billing": "10.0", "'=sales": "30.0"}


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (0.8, "ratio", "80.0 %"),
        (41.5, "seconds", "41.5 s"),
        (119.6, "seconds", "2 min 00 s"),
        (3_600, "seconds", "60 min 00 s"),
        (7_260, "seconds", "2 h 01 min"),
        (864_000, "seconds", "10.0 d"),
        (3, "count", "3"),
        (2.25, "days", "2.2 d"),
    ],
)
def test_numbers_have_their_units(value, unit, text):
    assert written(value, unit) == text


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nix.jsonl"], "nix.jsonl: there is no such file"),
        (
            ["--since", "yesterday", "x"],
            "argument --since: yesterday: write 2024-03-04T08:00:00Z or epoch milliseconds: see `deskpulse report --help`",
        ),
        (["--since", "5", "--until", "5", str(ROOT / "README.md")], "--until is not after --since: nothing lies between them"),
        ([], "name files of events, or --from-log for the figures of the configured log"),
        (["--from-log", "x.jsonl"], "--from-log reads the log, not files: name files, or --from-log"),
        (["--from-log", "--since", "5"], "--since and --until are for files: a log is shown by --window"),
        (["--compare", "previous", "x.jsonl"], "--compare needs --window: before the whole range there is nothing"),
        (["--compare", "previous", "--window", "range", "x"], "--compare needs --window: before the whole range there is nothing"),
        (["--window", "range", "--from-log"], "--window range is all of time in files: of a log there is year at most"),
        (
            ["--window", "range", "--window", "today", str(ROOT / "README.md")],
            "--window range is all of time, and goes with `now` alone: ask for the others apart",
        ),
    ],
)
def test_wrong_use_is_told(arguments, said):
    assert deskpulse("report", *arguments) == (2, "", f"deskpulse: {said}\n")
