"""A snapshot is one moment, whatever the board is told afterwards; and the panes behind it can be walked."""

from __future__ import annotations

from schemas.state import DAY, MINUTE, QUARTER
from schemas.values import MINUTE_MS
from streams.core.history import History
from streams.core.kpis.catalogue import CATALOGUE
from streams.core.kpis.comparison import from_panes
from streams.core.kpis.kpi import Kpi
from streams.core.kpis.result import Result
from streams.core.snapshot import Snapshot
from tests.outputs.centre import Centre, at_ms, morning

SPEED = next(kpi for kpi in CATALOGUE if (kpi.name, kpi.stat) == ("speed_of_answer", "mean"))
OFFERED = next(kpi for kpi in CATALOGUE if kpi.name == "calls_offered")
SHARE = next(kpi for kpi in CATALOGUE if kpi.name == "contact_share")


Told = list[tuple[int, Result]]


def history(snapshot: Snapshot, kpi: Kpi, cut: tuple[str, ...], values: tuple[str, ...], step: int, since_ms: int) -> Told:
    found = History(snapshot, step, since_ms)
    return list(zip(found.starts, found.of(kpi, cut, values), strict=True))


def test_a_snapshot_stays_its_moment_while_the_board_goes_on():
    centre, untouched = morning(), morning().snapshot()
    early = centre.snapshot()
    centre.visit("c20", "billing", "10:00:10", "10:00:20", "10:00:40")
    centre.calls({"type": "call.abandoned", "call_id": "c7", "time": "10:00:30"})
    centre.tickets({"type": "ticket.message", "ticket_id": "t2", "by": "agent", "time": "10:01:00"})
    centre.settle("10:05:00")
    late = centre.snapshot()
    assert list(early.rows()) == list(untouched.rows())  # asked for only now
    assert (early.settled, early.totals, early.book.cells) == (untouched.settled, untouched.totals, untouched.book.cells)
    assert list(late.rows()) != list(early.rows())


def test_a_kpi_is_told_by_minute_quarter_and_day():
    snapshot = morning().snapshot()
    minutes = history(snapshot, SPEED, ("queue",), ("billing",), MINUTE, at_ms("08:59:30"))
    assert [start for start, _ in minutes][:2] == [at_ms("09:00:00"), at_ms("09:01:00")], "nothing is told of before the first event"
    assert [start for start, _ in minutes][-1] == at_ms("10:00:00"), "the minute under way is there"
    assert [result.value for _, result in minutes[:3]] == [12.0, 41.0, None]
    ((quarter, result), *_) = history(snapshot, SPEED, ("queue",), ("billing",), QUARTER, at_ms("09:00:00"))
    assert (quarter, result.value, result.samples) == (at_ms("09:00:00"), 26.5, 2)
    (day,) = history(snapshot, SPEED, (), (), DAY, 0)
    assert day[1].samples == 3


def test_a_history_goes_back_as_far_as_panes_are_kept():
    centre = morning()
    centre.settle(at_ms("10:00:00") + 30 * 24 * 60 * MINUTE_MS)
    snapshot = centre.snapshot()
    assert [len(history(snapshot, OFFERED, (), (), step, 0)) for step in (MINUTE, QUARTER, DAY)] == [121, 200, 31]


def test_shares_are_those_of_each_stretch():
    snapshot = morning().snapshot()
    first, *_ = history(snapshot, SHARE, ("channel",), ("phone",), QUARTER, at_ms("09:00:00"))
    assert (first[1].value, first[1].samples) == (5 / 7, 7)


def test_what_only_stands_now_has_no_history():
    rows = [kpi for kpi in CATALOGUE if kpi.when != "now" and set(kpi.topics) <= {"calls", "tickets"}]
    without = {(kpi.name, kpi.stat) for kpi in rows if not from_panes(kpi.formula)}
    assert without >= {("service_level", "lowest"), ("service_level", "highest"), ("service_level", "answers_needed"), ("backlog", "days")}
    assert not any(from_panes(kpi.formula) for kpi in CATALOGUE if kpi.when == "now")


def test_the_history_of_an_empty_board_is_the_stretch_under_way():
    assert [result.value for _, result in history(Centre().snapshot(), OFFERED, (), (), MINUTE, 0)] == [0]
