"""Business days and calendar intervals in zones whose clocks jump (metrics.md, section 2)."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from schemas.instants import instant_ms
from schemas.values import DAY_MS, HOUR_MS, MINUTE_MS
from streams.core.clocks.days import Days

ZONES = (
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "America/St_Johns",
    "America/Sao_Paulo",
    "America/Havana",
    "Africa/Cairo",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Pacific/Chatham",
    "Pacific/Apia",
)
EPOCH = date(1970, 1, 1)


def number(day: str) -> int:
    return (date.fromisoformat(day) - EPOCH).days


def start(zone: str, day: str, reset_minutes: int = 0) -> str:
    """In UTC."""
    ms = Days(ZoneInfo(zone), reset_minutes).start_ms(number(day))
    return datetime.fromtimestamp(ms // 1000, UTC).strftime("%Y-%m-%dT%H:%MZ")


def hours(zone: str, day: str, reset_minutes: int = 0) -> float:
    days = Days(ZoneInfo(zone), reset_minutes)
    return (days.start_ms(number(day) + 1) - days.start_ms(number(day))) / HOUR_MS


# --- days ------------------------------------------------------------------------------------------------------------


def test_a_day_begins_at_midnight_of_its_zone():
    assert start("UTC", "2026-03-02") == "2026-03-02T00:00Z"
    assert start("Europe/Berlin", "2026-03-02") == "2026-03-01T23:00Z"
    assert start("America/New_York", "2026-03-02") == "2026-03-02T05:00Z"
    assert start("Asia/Kathmandu", "2026-03-02") == "2026-03-01T18:15Z"


def test_a_day_can_begin_at_a_reset_hour():
    assert start("Europe/Berlin", "2026-03-02", 5 * 60) == "2026-03-02T04:00Z"
    days = Days(ZoneInfo("Europe/Berlin"), 5 * 60)
    assert days.number(instant_ms("2026-03-02T04:59:59.999+01:00")) == number("2026-03-01")
    assert days.number(instant_ms("2026-03-02T05:00:00+01:00")) == number("2026-03-02")


@pytest.mark.parametrize(
    ("zone", "day", "length"),
    [
        ("Europe/Berlin", "2026-03-29", 23),
        ("Europe/Berlin", "2026-10-25", 25),
        ("Europe/Berlin", "2026-10-26", 24),
        ("America/New_York", "2026-03-08", 23),
        ("America/New_York", "2026-11-01", 25),
        ("Australia/Lord_Howe", "2026-04-05", 24.5),
        ("Australia/Lord_Howe", "2026-10-04", 23.5),
        ("America/Sao_Paulo", "2017-10-15", 23),  # its midnight does not exist: the clock goes from 23:59:59 to 01:00
        ("America/Sao_Paulo", "2018-02-17", 25),  # its last hour comes twice
        ("Africa/Cairo", "2023-04-28", 23),  # no midnight either
        ("Africa/Cairo", "2023-10-26", 25),
        ("America/Havana", "2026-11-01", 25),  # its midnight comes twice
        ("Pacific/Apia", "2011-12-30", 0),  # left out, to be on the other side of the date line
        ("UTC", "2026-03-29", 24),
    ],
)
def test_days_are_as_long_as_their_zone_makes_them(zone, day, length):
    assert hours(zone, day) == length


def test_a_day_without_a_midnight_begins_at_the_jump():
    assert start("America/Sao_Paulo", "2017-10-15") == "2017-10-15T03:00Z"
    assert start("Africa/Cairo", "2023-04-28") == "2023-04-27T22:00Z"


def test_of_two_midnights_the_first_begins_the_day():
    assert start("America/Havana", "2026-11-01") == "2026-11-01T04:00Z"
    days = Days(ZoneInfo("America/Havana"))
    assert days.number(instant_ms("2026-11-01T05:30:00Z")) == number("2026-11-01")


def test_a_reset_hour_that_is_skipped_begins_the_day_when_it_would_have_been():
    """02:30 in Berlin on the day on which 02:00 becomes 03:00 is 01:30 in UTC, when clocks show 03:30."""
    assert start("Europe/Berlin", "2026-03-29", 150) == "2026-03-29T01:30Z"
    assert hours("Europe/Berlin", "2026-03-28", 150) == 24
    assert hours("Europe/Berlin", "2026-03-29", 150) == 23


def test_a_reset_hour_that_comes_twice_begins_the_day_at_the_first():
    assert start("Europe/Berlin", "2026-10-25", 150) == "2026-10-25T00:30Z"
    days = Days(ZoneInfo("Europe/Berlin"), 150)
    assert {days.number(instant_ms(f"2026-10-25T{clock}Z")) for clock in ("00:30:00", "01:15:00", "01:45:00")} == {number("2026-10-25")}


@given(st.sampled_from(ZONES), st.integers(0, 4_000_000_000_000), st.sampled_from([0, 1, 150, 5 * 60, 23 * 60 + 59]))
def test_every_instant_lies_in_the_day_that_it_is_numbered_by(zone, at_ms, reset_minutes):
    days = Days(ZoneInfo(zone), reset_minutes)
    day = days.number(at_ms)
    assert days.start_ms(day) <= at_ms < days.start_ms(day + 1)


@given(st.sampled_from(ZONES), st.integers(0, 46_000), st.sampled_from([0, 150, 5 * 60]))
def test_number_and_start_are_each_others_inverse(zone, day, reset_minutes):
    days = Days(ZoneInfo(zone), reset_minutes)
    assume(days.start_ms(day) < days.start_ms(day + 1))  # but for the day that Apia left out
    assert days.number(days.start_ms(day)) == day
    assert days.number(days.start_ms(day + 1) - 1) == day


@given(st.sampled_from(ZONES), st.lists(st.integers(1_700_000_000_000, 1_800_000_000_000), min_size=2, max_size=5))
def test_what_was_asked_before_changes_no_answer(zone, instants_ms):
    days = Days(ZoneInfo(zone))
    assert [days.number(at_ms) for at_ms in instants_ms] == [Days(ZoneInfo(zone)).number(at_ms) for at_ms in instants_ms]


def test_weekdays_count_from_monday():
    days = Days(ZoneInfo("UTC"))
    assert [days.weekday(number(day)) for day in ("1970-01-01", "2026-03-02", "2026-03-08")] == [3, 0, 6]


def test_more_days_than_are_remembered_can_be_asked_for():
    days = Days(ZoneInfo("Europe/Berlin"))
    assert all(days.start_ms(day) < days.start_ms(day + 1) for day in range(0, 20_002, 2))


# --- intervals -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("zone", "at", "minutes", "began"),
    [
        ("UTC", "2026-03-02T10:44:59.999Z", 30, "2026-03-02T10:30:00Z"),
        ("UTC", "2026-03-02T10:44:59.999Z", 15, "2026-03-02T10:30:00Z"),
        ("UTC", "2026-03-02T10:44:59.999Z", 60, "2026-03-02T10:00:00Z"),
        ("UTC", "2026-03-02T10:30:00Z", 30, "2026-03-02T10:30:00Z"),
        ("America/St_Johns", "2026-03-02T10:45:00Z", 60, "2026-03-02T10:30:00Z"),  # 07:15 there
        ("Asia/Kathmandu", "2026-03-02T10:44:00Z", 60, "2026-03-02T10:15:00Z"),  # 16:29 there
        ("Asia/Kathmandu", "2026-03-02T10:44:00Z", 30, "2026-03-02T10:15:00Z"),
        ("Asia/Kathmandu", "2026-03-02T10:46:00Z", 30, "2026-03-02T10:45:00Z"),
        ("Pacific/Chatham", "2026-03-02T10:10:00Z", 60, "2026-03-02T09:15:00Z"),  # 23:55 there
    ],
)
def test_an_interval_begins_on_the_hour_of_the_zone_and_every_so_many_minutes_after(zone, at, minutes, began):
    assert Days(ZoneInfo(zone)).interval_start_ms(instant_ms(at), minutes) == instant_ms(began)


@given(st.sampled_from(ZONES), st.integers(0, 4_000_000_000_000), st.sampled_from([15, 30, 60]))
def test_every_instant_lies_in_its_interval_which_is_made_of_whole_quarter_hours(zone, at_ms, minutes):
    began_ms = Days(ZoneInfo(zone)).interval_start_ms(at_ms, minutes)
    assert began_ms <= at_ms < began_ms + minutes * MINUTE_MS
    assert began_ms % (15 * MINUTE_MS) == 0


def test_a_day_of_25_hours_has_its_intervals_one_after_the_other():
    days = Days(ZoneInfo("Europe/Berlin"))
    began_ms = days.start_ms(number("2026-10-25"))
    starts = {days.interval_start_ms(at_ms, 30) for at_ms in range(began_ms, days.start_ms(number("2026-10-26")), MINUTE_MS)}
    assert sorted(starts) == list(range(began_ms, began_ms + DAY_MS + HOUR_MS, 30 * MINUTE_MS))
