"""What windows show at one moment."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from schemas.instants import instant_ms
from schemas.state import DAY, MINUTE, MONTH, QUARTER
from schemas.values import DAY_MS, HOUR_MS, MINUTE_MS
from streams.core.clocks.days import Days
from streams.core.kpis.kpi import WINDOWS
from streams.core.panes.moment import Moment, before, on_other_day
from streams.core.panes.windows import span_before, span_of

DAYS = Days(ZoneInfo("Europe/Berlin"))
NOW_MS = instant_ms("2026-03-05T09:44:30Z")
MIDNIGHT_MS = DAYS.start_ms(DAYS.number(NOW_MS))


def moment(first_ms: int | None = 0) -> Moment:
    return Moment(NOW_MS, WINDOWS, DAYS, 30, first_ms)


def test_what_a_window_stands_beside_has_a_name_of_its_own():
    found = moment()
    for window in WINDOWS:
        assert found.span(window) == span_of(window, NOW_MS, DAYS, 30)
        earlier = span_before(window, NOW_MS, DAYS, 30)
        assert found.before_ms(window) == (None if earlier is None else (earlier.start_ms, earlier.end_ms))
        if earlier is not None:
            assert found.span(before(window)) == earlier
        for day in found.other_days(window):
            assert found.span(on_other_day(window, day)).end_ms <= NOW_MS


def test_a_window_under_way_ends_now_and_one_that_is_over_at_its_end():
    found = moment()
    assert found.window_ms("today") == (MIDNIGHT_MS, NOW_MS)
    assert found.window_ms("yesterday") == (MIDNIGHT_MS - DAY_MS, MIDNIGHT_MS)
    assert found.length_days("yesterday") == 1
    assert found.length_days("today") == (NOW_MS - MIDNIGHT_MS) / DAY_MS


@pytest.mark.parametrize(("window", "resolution"), [("5m", MINUTE), ("interval", QUARTER), ("yesterday", MONTH), ("month", MONTH)])
def test_what_comes_after_a_window_begins_where_it_ends(window, resolution):
    found = moment()
    after = found.span_after(window)
    assert (after.resolution, after.start_ms) == (resolution, found.span(window).end_ms)
    assert after.end_ms > NOW_MS + 1_000 * DAY_MS


def test_before_the_first_event_known_nothing_is_whole_and_no_other_day_is_shown():
    late = moment(MIDNIGHT_MS + HOUR_MS)
    assert [late.is_partial(window) for window in ("today", "1h")] == [True, False]
    assert late.other_days("today") == []
    assert moment(MIDNIGHT_MS - DAY_MS).other_days("today") == ["yesterday"]
    never = moment(None)
    assert never.is_partial("5m")
    assert never.other_days("today") == []


def test_stretches_begin_with_the_one_asked_for_or_the_first_event_and_end_with_the_one_under_way():
    since_ms = NOW_MS - HOUR_MS
    assert list(moment().starts(QUARTER, since_ms)) == [MIDNIGHT_MS + quarter * 15 * MINUTE_MS for quarter in range(38, 43)]
    assert list(moment(NOW_MS - MINUTE_MS).starts(MINUTE, since_ms)) == [NOW_MS // MINUTE_MS * MINUTE_MS - MINUTE_MS, NOW_MS - 30_000]
    assert moment().starts(DAY, NOW_MS - DAY_MS) == [MIDNIGHT_MS - DAY_MS, MIDNIGHT_MS]
    assert list(moment(None).starts(MINUTE, since_ms)) == [NOW_MS - 30_000]
