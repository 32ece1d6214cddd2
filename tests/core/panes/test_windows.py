"""Which panes a window shows (metrics.md, section 2)."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from schemas.instants import instant_ms
from schemas.state import DAY, MINUTE, MONTH, QUARTER, RING
from schemas.values import MINUTE_MS
from streams.core.clocks.days import Days
from streams.core.kpis.kpi import WINDOWS
from streams.core.panes.windows import Span, span_before, span_days_before, span_of, spans_of_other_days

BERLIN = Days(ZoneInfo("Europe/Berlin"))
RESOLUTIONS = {"minute": MINUTE, "quarter": QUARTER, "day": DAY, "month": MONTH}


def span(resolution: str, start: str, end: str) -> Span:
    return Span(RESOLUTIONS[resolution], instant_ms(start), instant_ms(end))


@pytest.mark.parametrize(
    ("window", "expected"),
    [
        # Thursday, 2026-03-05, 10:44:30 in Berlin
        ("5m", span("minute", "2026-03-05T09:39:00Z", "2026-03-05T09:45:00Z")),
        ("15m", span("minute", "2026-03-05T09:29:00Z", "2026-03-05T09:45:00Z")),
        ("30m", span("minute", "2026-03-05T09:14:00Z", "2026-03-05T09:45:00Z")),
        ("1h", span("minute", "2026-03-05T08:44:00Z", "2026-03-05T09:45:00Z")),
        ("interval", span("quarter", "2026-03-05T09:30:00Z", "2026-03-05T10:00:00Z")),
        ("last_interval", span("quarter", "2026-03-05T09:00:00Z", "2026-03-05T09:30:00Z")),
        ("today", span("day", "2026-03-04T23:00:00Z", "2026-03-05T23:00:00Z")),
        ("yesterday", span("day", "2026-03-03T23:00:00Z", "2026-03-04T23:00:00Z")),
        ("7d", span("day", "2026-02-26T23:00:00Z", "2026-03-05T23:00:00Z")),
        ("30d", span("day", "2026-02-03T23:00:00Z", "2026-03-05T23:00:00Z")),
        ("last_week", span("day", "2026-02-22T23:00:00Z", "2026-03-01T23:00:00Z")),
        ("month", span("month", "2026-02-28T23:00:00Z", "2026-03-31T22:00:00Z")),
        ("last_month", span("month", "2026-01-31T23:00:00Z", "2026-02-28T23:00:00Z")),
        ("quarter", span("month", "2025-12-31T23:00:00Z", "2026-03-31T22:00:00Z")),
        ("year", span("month", "2025-12-31T23:00:00Z", "2026-12-31T23:00:00Z")),
    ],
)
def test_the_span_of_each_window(window, expected):
    assert span_of(window, instant_ms("2026-03-05T09:44:30Z"), BERLIN, 30) == expected


def test_every_window_of_the_catalogue_has_a_span_and_no_other():
    for window in WINDOWS:
        span_of(window, instant_ms("2026-03-05T09:44:30Z"), BERLIN, 30)
    with pytest.raises(KeyError):
        span_of("fortnight", instant_ms("2026-03-05T09:44:30Z"), BERLIN, 30)


def test_a_rolling_window_holds_the_minute_under_way_and_as_many_whole_ones_before_it():
    at_the_full_minute = span_of("5m", instant_ms("2026-03-05T09:44:00Z"), BERLIN, 30)
    at_its_end = span_of("5m", instant_ms("2026-03-05T09:44:59.999Z"), BERLIN, 30)
    assert at_the_full_minute == at_its_end == span("minute", "2026-03-05T09:39:00Z", "2026-03-05T09:45:00Z")


@pytest.mark.parametrize(
    ("zone", "minutes", "interval", "last"),
    [
        # 10:44:30 UTC is 07:14:30 in St. John's, 16:29:30 in Kathmandu and 00:29:30 of the next day on Chatham
        ("UTC", 15, ("10:30", "10:45"), ("10:15", "10:30")),
        ("UTC", 30, ("10:30", "11:00"), ("10:00", "10:30")),
        ("UTC", 60, ("10:00", "11:00"), ("09:00", "10:00")),
        ("America/St_Johns", 15, ("10:30", "10:45"), ("10:15", "10:30")),
        ("America/St_Johns", 30, ("10:30", "11:00"), ("10:00", "10:30")),
        ("America/St_Johns", 60, ("10:30", "11:30"), ("09:30", "10:30")),
        ("Asia/Kathmandu", 15, ("10:30", "10:45"), ("10:15", "10:30")),
        ("Asia/Kathmandu", 30, ("10:15", "10:45"), ("09:45", "10:15")),
        ("Asia/Kathmandu", 60, ("10:15", "11:15"), ("09:15", "10:15")),
        ("Pacific/Chatham", 30, ("10:15", "10:45"), ("09:45", "10:15")),
        ("Pacific/Chatham", 60, ("10:15", "11:15"), ("09:15", "10:15")),
    ],
)
def test_intervals_keep_to_the_clock_of_their_zone(zone, minutes, interval, last):
    days, now_ms = Days(ZoneInfo(zone)), instant_ms("2026-03-02T10:44:30Z")
    for window, (start, end) in (("interval", interval), ("last_interval", last)):
        assert span_of(window, now_ms, days, minutes) == span("quarter", f"2026-03-02T{start}:00Z", f"2026-03-02T{end}:00Z")


def test_today_has_23_hours_when_clocks_go_forward_and_25_when_they_go_back():
    assert span_of("today", instant_ms("2026-03-29T10:00:00Z"), BERLIN, 30) == span("day", "2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z")
    assert span_of("today", instant_ms("2026-10-25T10:00:00Z"), BERLIN, 30) == span("day", "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z")


def test_days_begin_at_the_reset_hour():
    days = Days(ZoneInfo("Europe/Berlin"), 6 * 60)
    early, late = instant_ms("2026-03-05T05:59:59+01:00"), instant_ms("2026-03-05T06:00:00+01:00")
    assert span_of("today", early, days, 30) == span_of("yesterday", late, days, 30)
    assert span_of("today", late, days, 30) == span("day", "2026-03-05T05:00:00Z", "2026-03-06T05:00:00Z")


def test_last_week_runs_from_monday_to_sunday_before_this_week_on_any_day_of_it():
    expected = span("day", "2026-02-23T00:00:00Z", "2026-03-02T00:00:00Z")
    for day in range(2, 9):
        assert span_of("last_week", instant_ms(f"2026-03-{day:02}T12:00:00Z"), Days(ZoneInfo("UTC")), 30) == expected


# --- months ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("at", "window", "start", "end"),
    [
        ("2026-01-01T00:00:00Z", "month", "2026-01-01", "2026-02-01"),
        ("2026-01-01T00:00:00Z", "last_month", "2025-12-01", "2026-01-01"),
        ("2025-12-31T23:59:59Z", "last_month", "2025-11-01", "2025-12-01"),
        ("2024-03-01T00:00:00Z", "last_month", "2024-02-01", "2024-03-01"),  # of 29 days
        ("2026-03-31T12:00:00Z", "last_month", "2026-02-01", "2026-03-01"),
        ("2026-04-01T00:00:00Z", "quarter", "2026-04-01", "2026-07-01"),
        ("2026-12-31T23:59:59Z", "quarter", "2026-10-01", "2027-01-01"),
        ("2026-12-31T23:59:59Z", "year", "2026-01-01", "2027-01-01"),
    ],
)
def test_calendar_windows_end_with_their_months_quarters_and_years(at, window, start, end):
    found = span_of(window, instant_ms(at), Days(ZoneInfo("UTC")), 30)
    assert found == span("month", f"{start}T00:00:00Z", f"{end}T00:00:00Z")


def test_a_month_begins_at_the_reset_hour_of_its_first_day():
    days = Days(ZoneInfo("Europe/Berlin"), 6 * 60)
    before, at = instant_ms("2026-11-01T05:59:59+01:00"), instant_ms("2026-11-01T06:00:00+01:00")
    october = span("month", "2026-10-01T04:00:00Z", "2026-11-01T05:00:00Z")  # with the day of 25 hours
    assert span_of("month", before, days, 30) == span_of("last_month", at, days, 30) == october


def test_a_span_of_months_takes_in_their_days_and_one_of_days_no_months():
    month = span("month", "2026-02-01T00:00:00Z", "2026-03-01T00:00:00Z")
    week = span("day", "2026-02-01T00:00:00Z", "2026-02-08T00:00:00Z")
    first, end = instant_ms("2026-02-01T00:00:00Z"), instant_ms("2026-03-01T00:00:00Z")
    assert [month.holds(resolution, first) for resolution in (MINUTE, QUARTER, DAY, MONTH)] == [False, False, True, True]
    assert [week.holds(resolution, first) for resolution in (MINUTE, QUARTER, DAY, MONTH)] == [False, False, True, False]
    assert not month.holds(DAY, end)


# --- the same window before ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("window", "expected"),
    [
        # Thursday, 2026-03-05, 10:44:30 in Berlin
        ("5m", span("minute", "2026-03-05T09:34:00Z", "2026-03-05T09:39:00Z")),
        ("1h", span("minute", "2026-03-05T07:44:00Z", "2026-03-05T08:44:00Z")),
        ("interval", span("minute", "2026-03-05T09:00:00Z", "2026-03-05T09:15:00Z")),
        ("last_interval", span("quarter", "2026-03-05T08:30:00Z", "2026-03-05T09:00:00Z")),
        ("today", span("quarter", "2026-03-03T23:00:00Z", "2026-03-04T09:45:00Z")),
        ("yesterday", span("day", "2026-03-02T23:00:00Z", "2026-03-03T23:00:00Z")),
        ("7d", span("day", "2026-02-19T23:00:00Z", "2026-02-26T23:00:00Z")),
        ("30d", None),  # 60 days are not kept
        ("last_week", span("day", "2026-02-15T23:00:00Z", "2026-02-22T23:00:00Z")),
        ("month", span("month", "2026-01-31T23:00:00Z", "2026-02-28T23:00:00Z")),
        ("last_month", span("month", "2025-12-31T23:00:00Z", "2026-01-31T23:00:00Z")),
        ("quarter", span("month", "2025-09-30T22:00:00Z", "2025-12-31T23:00:00Z")),
        ("year", span("month", "2024-12-31T23:00:00Z", "2025-12-31T23:00:00Z")),
    ],
)
def test_the_span_before_each_window(window, expected):
    assert span_before(window, instant_ms("2026-03-05T09:44:30Z"), BERLIN, 30) == expected


@pytest.mark.parametrize("window", WINDOWS)
@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "America/St_Johns", "Pacific/Chatham"])
def test_the_window_before_never_reaches_into_the_window_and_begins_where_panes_are_still_kept(window, zone):
    days = Days(ZoneInfo(zone))
    for at in ("2026-03-29T00:00:00Z", "2026-03-30T01:07:00Z", "2026-10-25T23:59:59Z", "2026-10-26T22:59:00Z", "2026-01-01T00:00:00Z"):
        now_ms = instant_ms(at)
        span, earlier = span_of(window, now_ms, days, 60), span_before(window, now_ms, days, 60)
        if earlier is None:
            continue
        assert earlier.start_ms < earlier.end_ms <= span.start_ms
        step_ms = {MINUTE: MINUTE_MS, QUARTER: 15 * MINUTE_MS}.get(earlier.resolution)
        if step_ms is not None:
            assert earlier.start_ms // step_ms > now_ms // step_ms - RING[earlier.resolution]
        elif earlier.resolution == DAY:
            assert days.number(earlier.start_ms) > days.number(now_ms) - RING[DAY]
        else:
            assert days.month(days.number(earlier.start_ms)) > days.month(days.number(now_ms)) - RING[MONTH]


@pytest.mark.parametrize(
    ("now", "end"),
    [
        # Berlin. Clocks go forward on the 29th at 2:00, and back on the 25th of October at 3:00
        ("2026-03-29T12:00:00+02:00", "2026-03-28T12:15:00+01:00"),
        ("2026-03-30T12:00:00+02:00", "2026-03-29T12:15:00+02:00"),
        ("2026-03-30T02:40:00+02:00", "2026-03-29T03:45:00+02:00"),  # 2:40 was left out, it would have been 3:40
        ("2026-10-25T12:00:00+01:00", "2026-10-24T12:15:00+02:00"),
        ("2026-10-26T12:00:00+01:00", "2026-10-25T12:15:00+01:00"),
        ("2026-10-26T23:59:59+01:00", "2026-10-26T00:00:00+01:00"),  # the whole day, and no more
    ],
)
def test_today_stands_beside_yesterday_up_to_the_same_time_by_the_clock_on_the_wall(now, end):
    found = span_before("today", instant_ms(now), BERLIN, 30)
    assert found is not None
    assert found.end_ms == instant_ms(end)


# --- the same on other days -------------------------------------------------------------------------------------------


def test_a_window_of_a_day_stands_beside_the_same_part_of_yesterday_and_what_is_kept_of_a_week_before():
    # Thursday, 2026-03-05, 10:44:30 in Berlin: the quarter under way ends at 10:45
    now_ms = instant_ms("2026-03-05T09:44:30Z")
    found = {window: spans_of_other_days(window, now_ms, BERLIN, 30) for window in WINDOWS}
    assert {window: spans for window, spans in found.items() if spans} == {
        "interval": {"yesterday": span("quarter", "2026-03-04T09:30:00Z", "2026-03-04T09:45:00Z")},
        "last_interval": {"yesterday": span("quarter", "2026-03-04T09:00:00Z", "2026-03-04T09:30:00Z")},
        "today": {
            "yesterday": span("quarter", "2026-03-03T23:00:00Z", "2026-03-04T09:45:00Z"),
            "last_week_day": span("day", "2026-02-25T23:00:00Z", "2026-02-26T23:00:00Z"),
        },
        "yesterday": {
            "yesterday": span("day", "2026-03-02T23:00:00Z", "2026-03-03T23:00:00Z"),
            "last_week": span("day", "2026-02-24T23:00:00Z", "2026-02-25T23:00:00Z"),
        },
    }


@pytest.mark.parametrize(
    ("now", "start", "end"),
    [
        # Berlin. Clocks go forward on the 29th of March at 2:00, and back on the 25th of October at 3:00
        ("2026-03-30T12:20:00+02:00", "2026-03-29T12:00:00+02:00", "2026-03-29T12:30:00+02:00"),
        ("2026-03-29T12:20:00+02:00", "2026-03-28T12:00:00+01:00", "2026-03-28T12:30:00+01:00"),
        ("2026-10-26T00:05:00+01:00", "2026-10-25T00:00:00+02:00", "2026-10-25T00:15:00+02:00"),
    ],
)
def test_an_interval_stands_beside_that_of_the_same_time_by_the_clock_on_the_wall(now, start, end):
    found = span_days_before("interval", instant_ms(now), BERLIN, 60, 1)
    assert found == Span(QUARTER, instant_ms(start), instant_ms(end))


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "America/St_Johns", "Pacific/Chatham"])
def test_yesterday_is_always_kept_and_a_week_before_never_by_the_quarter(zone):
    days = Days(ZoneInfo(zone))
    for at in ("2026-03-29T00:00:00Z", "2026-03-30T01:07:00Z", "2026-10-25T23:59:59Z", "2026-10-26T22:59:00Z", "2026-01-01T00:00:00Z"):
        for window in ("today", "interval", "last_interval"):
            found = span_days_before(window, instant_ms(at), days, 60, 1)
            assert found is not None
            assert found.end_ms <= span_of("today", instant_ms(at), days, 60).start_ms or window == "last_interval"
            assert span_days_before(window, instant_ms(at), days, 60, 7) is None
