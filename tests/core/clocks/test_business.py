"""Business time: by hand, by its laws, and against a count of minutes that knows nothing of tables."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import accumulate, chain, pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.values import DAY_MS, HOUR_MS, MINUTE_MS, NEVER_MS
from streams.core.clocks.business import Calendar, Span

OFFICE: tuple[tuple[Span, ...], ...] = (((480, 1080),),) * 5 + ((), ())
"""Monday to Friday, 08:00 to 18:00."""


def days(text: str) -> int:
    """Of a date, since 1970-01-01."""
    return (date.fromisoformat(text) - date(1970, 1, 1)).days


def at(text: str, zone: str = "UTC", fold: int = 0) -> int:
    """Epoch ms of local time: 2024-03-04 09:00."""
    return round(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold).timestamp() * 1000)


def hours(calendar: Calendar, start: str, end: str) -> float:
    return calendar.between(at(start, calendar.zone), at(end, calendar.zone)) / HOUR_MS


def due(calendar: Calendar, start: str, hours_: float) -> str:
    """In local time."""
    found_ms = calendar.add(at(start, calendar.zone), round(hours_ * HOUR_MS))
    return datetime.fromtimestamp(found_ms / 1000, ZoneInfo(calendar.zone)).strftime("%Y-%m-%d %H:%M")


# --- by hand ---------------------------------------------------------------------------------------------------------


def test_of_an_evening_and_a_morning_only_the_open_hours_count():
    riga = Calendar("Europe/Riga", OFFICE)
    assert hours(riga, "2024-03-04 17:00", "2024-03-05 09:00") == 2
    assert hours(riga, "2024-03-08 17:00", "2024-03-11 09:00") == 2  # over a weekend
    assert hours(riga, "2024-03-09 08:00", "2024-03-10 18:00") == 0
    assert hours(riga, "2024-03-05 09:00", "2024-03-04 09:00") == 0


def test_a_deadline_moves_to_the_next_open_hours_and_stays_on_its_day_where_it_is_the_closing_time():
    riga = Calendar("Europe/Riga", OFFICE)
    assert due(riga, "2024-03-08 17:00", 4) == "2024-03-11 11:00"
    assert due(riga, "2024-03-08 17:00", 1) == "2024-03-08 18:00"
    assert due(riga, "2024-03-09 03:00", 1) == "2024-03-11 09:00"
    assert riga.add(at("2024-03-09 03:00"), 0) == at("2024-03-09 03:00")


def test_a_holiday_is_closed_and_a_day_with_hours_of_its_own_has_these():
    office = Calendar("Europe/Riga", OFFICE, {days("2024-05-01"): (), days("2024-04-30"): ((480, 720), (780, 840))})
    assert hours(office, "2024-04-30 00:00", "2024-05-02 00:00") == 5
    assert due(office, "2024-04-30 13:30", 1) == "2024-05-02 08:30"


def test_hours_over_midnight_belong_to_the_day_on_which_they_begin():
    night = Calendar("Europe/Berlin", ((), (), (), (), ((1320, 1800),), (), ()), {days("2024-03-09"): ()})
    assert hours(night, "2024-03-08 00:00", "2024-03-10 00:00") == 8  # Friday 22:00 to Saturday 06:00, also where Saturday is a holiday
    assert hours(night, "2024-03-09 05:00", "2024-03-09 12:00") == 1
    closed = Calendar("Europe/Berlin", night.week, {days("2024-03-08"): ()})
    assert hours(closed, "2024-03-08 00:00", "2024-03-10 00:00") == 0


@pytest.mark.parametrize(("day", "length"), [("2024-03-31", 23), ("2024-10-27", 25), ("2024-06-01", 24)])
def test_a_day_that_is_always_open_has_23_24_or_25_hours(day, length):
    always = Calendar("Europe/Berlin", (((0, 1440),),) * 7)
    midnight = at(f"{day} 00:00", "Europe/Berlin")
    next_midnight = at(f"{date.fromisoformat(day) + timedelta(days=1)} 00:00", "Europe/Berlin")
    assert always.between(midnight, next_midnight) == next_midnight - midnight == length * HOUR_MS


def test_hours_that_the_clock_skips_are_not_there_and_hours_that_come_twice_count_twice():
    early = Calendar("Europe/Berlin", (((120, 240),),) * 7)  # 02:00 to 04:00
    assert hours(early, "2024-03-31 00:00", "2024-03-31 12:00") == 1
    assert hours(early, "2024-10-27 00:00", "2024-10-27 12:00") == 3
    half = Calendar("Europe/Berlin", (((150, 165),),) * 7)  # 02:30 to 02:45
    first, second = (at("2024-10-27 02:30", "Europe/Berlin", fold) for fold in (0, 1))
    assert second - first == HOUR_MS
    assert half.between(first, second) == 15 * MINUTE_MS
    assert half.add(first, 20 * MINUTE_MS) == second + 5 * MINUTE_MS
    assert half.is_open(second)
    assert not half.is_open(second - 1)


def test_a_calendar_that_never_opens_again_has_no_deadline():
    assert Calendar("UTC", ((),) * 7).add(at("2199-03-04 09:00"), 1) == NEVER_MS
    assert Calendar("UTC", ((),) * 7).between(0, at("2024-03-04 09:00")) == 0
    far = at("2199-12-31 23:00")
    assert Calendar("UTC", (((0, 1440),),) * 7).between(far, far + DAY_MS) == HOUR_MS


# --- laws ------------------------------------------------------------------------------------------------------------

ZONES = ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca", "Pacific/Apia")
"""An hour in spring and autumn, in both directions; half an hour; around Ramadan; and one that once left out a day."""
FIRST_DAY, LAST_DAY = days("2011-12-01"), days("2012-12-01")


@st.composite
def hours_of_a_day(draw: st.DrawFn) -> tuple[Span, ...]:
    """None, one or two spans, the last of which may run into the next day."""
    marks = sorted(draw(st.sets(st.integers(0, 1440 + 600), max_size=4)))
    spans = tuple((opens, closes) for opens, closes in list(pairwise(marks))[::2] if opens < 1440)
    return tuple((opens, min(closes, opens + 1440)) for opens, closes in spans)


@st.composite
def calendars(draw: st.DrawFn) -> Calendar:
    week = tuple(draw(hours_of_a_day()) for _ in range(6))
    open_day = ((draw(st.integers(0, 600)), draw(st.integers(601, 1440))),)
    dates = draw(st.dictionaries(st.integers(FIRST_DAY, LAST_DAY), hours_of_a_day(), max_size=5))
    return Calendar(draw(st.sampled_from(ZONES)), (open_day, *week), dates)


instants = st.integers(FIRST_DAY * DAY_MS, LAST_DAY * DAY_MS)


@given(calendars(), instants, st.integers(0, 30 * DAY_MS))
def test_adding_and_then_measuring_is_the_identity_and_nothing_shorter_will_do(calendar, start, amount):
    found = calendar.add(start, amount)
    assert calendar.between(start, found) == amount
    assert amount == 0 or calendar.between(start, found - 1) == amount - 1


@given(calendars(), st.lists(instants, min_size=2, max_size=6))
def test_parts_add_up_to_the_whole(calendar, cuts):
    cuts.sort()
    assert sum(calendar.between(a, b) for a, b in pairwise(cuts)) == calendar.between(cuts[0], cuts[-1])


@given(calendars(), instants, st.integers(0, 5 * DAY_MS), st.integers(0, 5 * DAY_MS))
def test_adding_in_two_steps_is_adding_at_once(calendar, start, one, other):
    assert calendar.add(calendar.add(start, one), other) == calendar.add(start, one + other)


@given(calendars(), instants)
def test_it_is_open_where_the_next_millisecond_counts(calendar, instant):
    assert calendar.is_open(instant) == (calendar.between(instant, instant + 1) == 1)
    assert 0 <= calendar.between(instant, instant + DAY_MS) <= DAY_MS


# --- naive -----------------------------------------------------------------------------------------------------------

MINUTES = 366 * 1440
BUSY: tuple[tuple[Span, ...], ...] = (
    ((90, 165), (480, 1080)),
    ((0, 1440),),
    ((1320, 1800),),
    ((150, 1080),),
    ((480, 720), (780, 1110)),
    ((1380, 1500),),
    ((30, 210), (1350, 1560)),
)
HOLIDAYS: dict[int, tuple[Span, ...]] = {days("2024-03-31"): ((60, 300),), days("2024-05-01"): (), days("2024-12-31"): ((480, 780),)}


@cache
def counted(zone: str) -> tuple[Calendar, int, list[int]]:
    """A calendar, the first minute of a year, and how many minutes were open before each of it: by what the hours say of the date and
    the time that a clock on the wall shows in each minute."""
    calendar = Calendar(zone, BUSY, HOLIDAYS)
    shown = {
        day: {
            *chain(*(range(o, c) for o, c in calendar.hours_of(day)), *(range(o - 1440, c - 1440) for o, c in calendar.hours_of(day - 1)))
        }
        for day in range(days("2023-12-30"), days("2025-01-03"))
    }
    first = int(datetime(2024, 1, 1, tzinfo=UTC).timestamp()) // 60
    tz, epoch = ZoneInfo(zone), date(1970, 1, 1).toordinal()
    on_the_wall = (datetime.fromtimestamp((first + n) * 60, tz) for n in range(MINUTES))
    opened = (local.hour * 60 + local.minute in shown[local.toordinal() - epoch] for local in on_the_wall)
    return calendar, first, list(accumulate(opened, initial=0))


def probes() -> Iterator[tuple[int, int]]:
    """Pairs of minutes of the year, far apart and close together."""
    for n in range(0, MINUTES - 1, 337):
        yield n, min(MINUTES, n + 1 + n * n % 5_003)
        yield n * 31 % MINUTES, MINUTES


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca", "America/Santiago"])
def test_a_year_of_a_zone_is_what_a_count_of_its_minutes_says(zone):
    calendar, first, before = counted(zone)
    for n in range(0, MINUTES, 15):
        assert calendar.between((first + n) * MINUTE_MS, (first + n + 15) * MINUTE_MS) == (before[n + 15] - before[n]) * MINUTE_MS
    for start, end in probes():
        assert calendar.between((first + start) * MINUTE_MS, (first + end) * MINUTE_MS) == (before[end] - before[start]) * MINUTE_MS


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca", "America/Santiago"])
def test_a_deadline_in_a_year_of_a_zone_is_where_a_count_of_its_minutes_ends(zone):
    calendar, first, before = counted(zone)
    for start, end in probes():
        amount = before[end] - before[start]
        if amount:
            expected = bisect_left(before, before[start] + amount)  # the first minute before which so many were open
            assert calendar.add((first + start) * MINUTE_MS, amount * MINUTE_MS) == (first + expected) * MINUTE_MS
