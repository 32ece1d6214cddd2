"""Reports over files: what since and until mean, and what is there at the end of time."""

from __future__ import annotations

from typing import Any

from schemas.events import Event
from schemas.values import DAY_MS
from streams.core.board import BoardSettings
from streams.core.cuts import REPORT_CUTS
from streams.core.report import Report, document
from tests.core.cases import call_tales as call
from tests.core.cases import ticket_tales as ticket
from tests.core.driving import one, settings, told


def small(since_s: float | None = None, until_s: float | None = None) -> Report:
    """A call that waits from 0 to 30 and talks to 90, one that waits from 60 on, a ticket that is created at 0 and resolved at 80."""
    report = Report(
        settings(since_ms=None if since_s is None else call.ms(since_s)), until_ms=None if until_s is None else call.ms(until_s)
    )
    report.add("calls", [told(call.queued(0)), told(call.answered(30), "2"), told(call.ended(90), "3")])
    report.add("calls", [told(call.queued(60), call_id="C2")])
    report.add("tickets", [told(ticket.created(0)), told(ticket.resolved(80), "2")])
    return report


def shown(report: Report, *kpis: str, stat: str = "count") -> list[Any]:
    snapshot = report.snapshot()
    return [one(snapshot, kpi, stat, "now" if kpi in ("waiting", "talking", "unresolved_cases") else "range").value for kpi in kpis]


def test_the_clock_of_a_report_is_the_highest_event_time():
    report = small()
    assert report.snapshot().now_ms == call.ms(90)
    assert shown(report, "calls_offered", "calls_answered", "calls_handled", "tickets_created", "waiting") == [2, 1, 1, 1, 1]
    assert one(report.snapshot(), "service_level", "event", "range").value == 0  # the second call crossed the threshold at 80


def test_until_hides_later_events_and_is_the_clock():
    report = small(until_s=70)
    assert report.snapshot().now_ms == call.ms(70)
    assert shown(report, "calls_handled", "talking", "waiting", "tickets_resolved", "unresolved_cases") == [0, 1, 1, 0, 1]
    assert shown(report, "waiting", stat="oldest") == [10]
    assert one(report.snapshot(), "service_level", "event", "range").samples == 1
    assert (report.events().read, report.events().accepted) == (4, 4)  # what it hides it has not read


def test_until_holds_to_the_millisecond():
    assert shown(small(until_s=80), "tickets_resolved") == [1]
    assert shown(small(until_s=79.999), "tickets_resolved") == [0]


def test_an_until_after_the_last_event_lets_time_go_on():
    report = small(until_s=5 * 3_600)
    assert shown(report, "waiting", "calls_unobserved") == [0, 1]
    assert shown(small(until_s=200), "waiting", stat="oldest") == [140]


def test_since_leaves_out_earlier_facts_and_still_understands_what_came_of_them():
    report = small(since_s=25)
    assert shown(report, "calls_offered", "calls_answered", "calls_handled", "tickets_created", "tickets_resolved") == [1, 1, 1, 0, 1]
    assert one(report.snapshot(), "speed_of_answer", "mean", "range").value == 30
    assert one(report.snapshot(), "service_level", "event", "range").samples == 1  # the first call's was at 20
    assert report.events().read == 6


def test_since_leaves_what_stands_alone():
    report = small(since_s=75, until_s=100)
    assert shown(report, "waiting", "calls_offered") == [1, 0]
    assert shown(report, "waiting", stat="oldest") == [40]


def test_since_holds_to_the_millisecond():
    assert shown(small(since_s=30), "calls_answered") == [1]
    assert shown(small(since_s=30.001), "calls_answered") == [0]


def test_the_days_of_a_backlog_are_those_from_since_or_the_first_event_on():
    report = Report(settings(since_ms=ticket.ms(0)), until_ms=ticket.ms(10 * 86_400))
    report.add("tickets", [told(ticket.created(n), ticket_id=f"T{n}") for n in range(6)])
    report.add("tickets", [told(ticket.resolved(9), "2", ticket_id=f"T{n}") for n in range(2)])
    assert one(report.snapshot(), "backlog", "days", "range").value == 4 * 10 / 2


def test_a_report_on_nothing_shows_nothing():
    report = Report(settings())
    assert document(report, report.snapshot(), REPORT_CUTS) == {
        "as_of": "1970-01-01T00:00:00.000Z",
        "events": {"read": 0, "accepted": 0, "duplicate": 0, "rejected": {}, "unknown_type": 0},
        "rows": [],
    }


def test_a_report_reads_on_after_a_snapshot():
    report = Report(settings())
    report.add("calls", [told(call.queued(0))])
    assert shown(report, "waiting", "calls_answered") == [1, 0]
    report.add("calls", [told(call.answered(5), "2")])
    assert shown(report, "waiting", "calls_answered") == [0, 1]


def test_nothing_is_too_late_for_a_report_and_nothing_from_the_future():
    report = Report(settings())
    report.add("calls", [told(call.queued(400 * 86_400)), told(call.queued(0), call_id="C2")])
    report.add("calls", [told(call.started(-86_400), "0", call_id="C2")])
    assert report.events().accepted == 3
    assert shown(report, "calls_received", "calls_unobserved") == [2, 1]


def test_rows_without_a_sample_stand_once():
    report = small(until_s=10)
    rows = document(report, report.snapshot(), REPORT_CUTS)["rows"]
    assert isinstance(rows, list)
    assert all(not r["labels"].keys() & {"queue", "channel"} for r in rows if r["value"] is None)
    assert [r["labels"] for r in rows if (r["kpi"], r["stat"]) == ("speed_of_answer", "mean")] == [{}]


def test_more_than_eight_longest_waits_can_be_taken_back():
    """A live pane keeps eight; a report has them all."""
    report = Report(settings())
    for n in range(20):
        report.add("calls", [told(call.queued(0), call_id=f"C{n}"), told(call.answered(100 + n), "3", call_id=f"C{n}")])
    report.snapshot()
    report.add("calls", [told(call.left(50), "2", call_id=f"C{n}") for n in range(5, 20)])
    row_ = one(report.snapshot(), "speed_of_answer", "max", "range")
    assert (row_.value, row_.samples) == (104, 5)


def test_a_report_may_show_the_windows_of_a_board_at_the_instant_of_the_last_event():
    """Calls of 40 days, one at each noon: today, the month and all of time, once read at once and once in two shards and small pieces."""
    events: tuple[Event, ...] = (call.queued(0), call.answered(10), call.ended(60))
    lines = [
        told(event, f"{day}-{n}", call_id=f"C{day}", time=event.time + day * DAY_MS) for day in range(40) for n, event in enumerate(events)
    ]
    shown = []
    for partitions in (1, 2):
        report = Report(settings(), partitions, board=BoardSettings())
        for number in range(0, len(lines), 3):
            report.add("calls", lines[number : number + 3], number % partitions)
        rows = report.snapshot().rows(kpis=["calls_answered"], cuts=[()])
        shown.append({row.window: row.value for row in rows})
    # The last one was queued on the 23rd of December 2023 at 22:13:20, the first on the 14th of November.
    assert shown[0] == shown[1] == {
        "5m": 1, "15m": 1, "30m": 1, "1h": 1, "interval": 1, "last_interval": 0, "today": 1, "yesterday": 1, "7d": 7, "30d": 30,
        "last_week": 7, "month": 23, "last_month": 17, "quarter": 40, "year": 40,
    }  # fmt: skip
