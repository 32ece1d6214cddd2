"""`deskpulse explain`: of files, of the log, of a board that runs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from streams.cli.example import example_events
from streams.core.kpis.kpi import WINDOWS
from tests.cli.calling import deskpulse
from tests.desk import Desk, wait_for
from tests.tools import free_port


@pytest.fixture
def day(tmp_path) -> Path:
    path: Path = tmp_path / "day.jsonl"
    path.write_bytes(example_events())
    return path


def test_a_person_is_shown_what_a_figure_is_made_of(day):
    """Of the example day in billing: in c1, c9, c17, c18; late c2, c3, c13 and c15; the rest of 13 joins is left out."""
    ended = deskpulse("explain", "service_level", "--stat", "event", "--queue", "billing", "--window", "today", "--from", day)
    assert (ended.code, ended.err) == (0, "")
    lines = [" ".join(line.split()) for line in ended.out.splitlines()]
    for line in (
        "service_level event today queue=billing",
        "50.0 % of 8 95 %: 21.5 to 78.5 %",
        "= service_in / (service_in + service_out)",
        "decided in time 4 service_in",
        "short abandons 1 given up within the short-abandon threshold",
        "unobserved within the threshold 1 nobody saw how it ended",
        "waiting within the threshold now 1 not decided yet",
        "threshold of billing by phone: 20 s, short abandon 5 s",
        "promised: 80.0 %",
    ):
        assert line in lines


def test_of_many_numbers_those_that_are_0_are_told_together(day):
    told = deskpulse("explain", "blockage", "--stat", "rate", "--from", day).out
    assert "blocked: trunk busy" in told
    assert "blocked: overload" not in told
    assert " others are 0" in told


def test_it_is_shown_with_the_zone_the_thresholds_and_the_targets_of_the_configuration(day, tmp_path):
    site = tmp_path / "site.toml"
    site.write_text("""
        zone = "Europe/Riga"
        queue.billing.threshold_seconds = 40
        target.abandon_rate = { better = "low", warn = 0.1, crit = 0.3, queue.billing = { warn = 0.2 } }
        limits.min_samples = 3
    """)
    told = deskpulse(
        "explain", "abandon_rate", "--stat", "of_decided", "--queue", "billing", "--from", day, "--window", "today", "-c", site
    )
    assert "threshold of billing by phone: 40 s, short abandon 5 s" in told.out
    assert "target: warn above 20.0 %, crit above 30.0 %" in told.out
    assert "28.6 %  of 7  95 %: 8.2 to 64.1 %  warn" in told.out
    assert "2026-03-02 00:00:00 EET to 2026-03-02 19:00:00 EET" in told.out


def test_all_of_time_in_files_may_be_asked_for_by_its_name(day):
    figure = ("explain", "service_level", "--stat", "event", "--from", day)
    assert deskpulse(*figure, "--window", "range") == deskpulse(*figure)


def test_without_files_there_is_no_all_of_time():
    ended = deskpulse("explain", "service_level", "--window", "range")
    assert (ended.code, ended.out) == (2, "")
    assert "--window range is all of time in files, --from FILE: of a log and of a board there is year at most" in ended.err


def test_for_programs_there_is_json(day):
    found = json.loads(deskpulse("explain", "calls_answered", "--json", "--from", day).out)
    (one,) = found["explanations"]
    assert (found["as_of"], one["window"], one["value"]) == ("2026-03-02T17:00:00.000Z", "range", 7)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["servce_level"], 'there is no kpi "servce_level": did you mean service_level?'),
        (["service_level", "--queue", "biling"], 'there is no queue "biling": did you mean billing?'),
        (["service_level", "--window", "dawn"], f'there is no window "dawn": there are: {", ".join((*WINDOWS, "now"))}\n'),
        (["service_level", "--priority", "high"], "service_level is not told by priority: it is told by nothing, queue, channel"),
    ],
)
def test_a_wrong_name_is_wrong_use(day, arguments, said):
    ended = deskpulse("explain", *arguments, "--from", day)
    assert (ended.code, ended.out) == (2, "")
    assert said in ended.err


def test_where_no_board_answers_it_says_what_else_there_is(tmp_path):
    site = tmp_path / "site.toml"
    port = free_port()
    site.write_text(f'http.address = "127.0.0.1:{port}"')
    ended = deskpulse("explain", "waiting", "-c", site)
    assert (ended.code, ended.out) == (3, "")
    assert f"http://127.0.0.1:{port}: no board answers there" in ended.err
    assert "--from-log" in ended.err


@pytest.mark.slow
def test_a_board_that_runs_the_log_and_the_files_explain_the_same(day, tmp_path):
    with Desk(tmp_path / "desk", f"embedded://{tmp_path / 'log'}", 'clock = "event"\nzone = "UTC"\n[limits]\npartitions = 2') as desk:
        desk.call("replay", "--shift", "keep", day)
        running = desk.instance("run", "r")
        running.start()
        wait_for("the last event is read", lambda: running.document()["as_of"] == "2026-03-02T17:00:00.000Z", 30)
        figure = ("explain", "service_level", "--queue", "billing", "--window", "today", "--json")
        asked = json.loads(deskpulse(*figure, "-c", running.config).out)
        by_url = json.loads(deskpulse(*figure, "--url", f"http://{running.http}/").out)
        read = json.loads(desk.call(*figure, "--from-log").out)
        wrong = deskpulse("explain", "servce_level", "-c", running.config)
    files = json.loads(deskpulse(*figure, "--from", day).out)
    assert len(files["explanations"]) == 10
    assert asked["explanations"] == by_url["explanations"] == read["explanations"] == files["explanations"]
    assert (wrong.code, wrong.err) == (2, 'deskpulse: there is no kpi "servce_level": did you mean service_level?\n')
