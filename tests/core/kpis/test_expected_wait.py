"""The expected wait against what is counted by hand, or by a table (metrics.md, section 5)."""

from __future__ import annotations

from typing import Any

import pytest

from streams.core.kpis.expected_wait import sure_count
from streams.core.report import Report
from tests.core.cases import call_tales as call
from tests.core.cases.agent_tales import ms, says
from tests.core.driving import KeptShard, one, settings, told
from tests.core.kpis.duty import INPUTS, desk, tell


def busy_line(waiting: int, gone: int, *events: Any) -> KeptShard:
    """At 900 s so many wait, and so many were answered in the last 15 minutes; `events` are those of one agent."""
    shard = desk()
    for number in range(gone):
        shard.says("calls", told(call.queued(0), call_id=f"g{number}"), told(call.answered(300), "2", call_id=f"g{number}"))
    for number in range(waiting):
        shard.says("calls", told(call.queued(800), call_id=f"w{number}"))
    tell(shard, "ann", *events, now_s=900)
    return shard


def test_the_last_of_three_who_wait_is_expected_to_wait_for_three_departures():
    """30 left within the window: from 22:13:00 to 22:28:20 are 920 s, so one every 30.667 s."""
    snapshot = busy_line(3, 30).board(ms(900))
    for labels in ({}, {"queue": "billing"}):
        row = one(snapshot, "expected_wait", "p50", "now", **labels)
        assert row.value == pytest.approx(3 * 920 / 30)
        assert row.samples == 30
        # Of a Poisson stream at least 3 came with 9 in 10 where 5.322 were expected.
        assert one(snapshot, "expected_wait", "p90", "now", **labels).value == pytest.approx(5.3223 * 920 / 30, rel=1e-4)


def test_nobody_who_waits_waits_no_longer():
    snapshot = busy_line(0, 30).board(ms(900))
    assert [one(snapshot, "expected_wait", stat, "now").value for stat in ("p50", "p90")] == [0, 0]


def test_where_nobody_left_lately_nothing_can_be_expected():
    row = one(busy_line(3, 0).board(ms(900)), "expected_wait", "p50", "now")
    assert (row.value, row.samples, row.reason) == (None, 0, "no_sample")


def test_where_agents_are_known_and_none_is_there_the_reason_says_so():
    shard = busy_line(3, 30, says(0, "available", "support"))
    snapshot = shard.board(ms(900))
    assert one(snapshot, "expected_wait", "p50", "now").value == pytest.approx(92)
    row = one(snapshot, "expected_wait", "p50", "now", queue="billing")
    assert (row.value, row.reason) == (None, "no_agents")
    row = one(busy_line(3, 30, says(0, "break", "billing")).board(ms(900)), "expected_wait", "p90", "now")
    assert (row.value, row.reason) == (None, "no_agents")


def test_who_told_no_queue_is_there_for_each():
    snapshot = busy_line(3, 30, says(0, "busy")).board(ms(900))
    assert one(snapshot, "expected_wait", "p50", "now", queue="billing").value == pytest.approx(92)


def test_a_report_expects_nothing():
    report = Report(settings(topics=INPUTS))
    report.add("calls", [told(call.queued(0))])
    row = one(report.snapshot(), "expected_wait", "p50", "now")
    assert (row.value, row.reason) == (None, "no_sample")


@pytest.mark.parametrize(
    ("departures", "expected"),
    # Half of the 90 % quantile of chi-squared with 2, 4, 10, 20, 200 degrees of freedom.
    [(1, 2.302585), (2, 3.889720), (5, 7.993590), (10, 14.205990), (100, 113.010)],
)
def test_nine_in_ten_is_that_of_a_poisson_stream(departures, expected):
    assert sure_count(departures) == pytest.approx(expected, rel=1e-4)


def test_nine_in_ten_holds_for_lines_of_any_length():
    counts = [sure_count(n) for n in (1, 10, 100, 1_000, 10_000)]
    assert counts == sorted(counts)
    assert sure_count(10_000) == pytest.approx(10_000 + 1.2816 * 100, rel=1e-3)  # the normal law
