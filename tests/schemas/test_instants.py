"""RFC 3339 text becomes milliseconds, or a ValueError."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from schemas.instants import EPOCH, FORM, instant_ms
from schemas.words import TIME_MS_MAX


@pytest.mark.parametrize(
    ("text", "at_ms"),
    [
        ("1970-01-01T00:00:00Z", 0),
        ("2024-02-29T12:30:00Z", 1_709_209_800_000),
        ("2024-02-29t12:30:00z", 1_709_209_800_000),
        ("2024-02-29T12:30:00.123Z", 1_709_209_800_123),
        ("2024-02-29T12:30:00.1Z", 1_709_209_800_100),
        ("2024-02-29T12:30:00.1239999999999Z", 1_709_209_800_123),
        ("2024-02-29T12:30:00.0009Z", 1_709_209_800_000),
        ("2024-02-29T14:30:00+02:00", 1_709_209_800_000),
        ("2024-02-29T12:30:00-00:00", 1_709_209_800_000),
        ("2024-02-29T00:00:00.5-12:30", 1_709_209_800_500),
        ("2024-03-01T12:29:00+23:59", 1_709_209_800_000),
        ("1970-01-01T01:00:00+01:00", 0),
        ("1969-12-31T23:30:00-00:30", 0),
        ("9999-12-31T23:59:59.999Z", TIME_MS_MAX),
    ],
)
def test_an_instant_is_read_to_the_millisecond(text, at_ms):
    assert instant_ms(text) == at_ms


def test_a_leap_second_is_the_first_second_of_the_next_day():
    midnight_ms = instant_ms("2017-01-01T00:00:00Z")
    assert instant_ms("2016-12-31T23:59:60Z") == midnight_ms
    assert instant_ms("2016-12-31T23:59:60.250Z") == midnight_ms + 250
    assert instant_ms("2017-01-01T00:59:60+01:00") == midnight_ms


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2024-02-29",
        "2024-02-29T12:30:00",
        "2024-02-29T12:30Z",
        "2024-02-29 12:30:00Z",
        "2024-02-29T12:30:00.Z",
        "2024-02-29T12:30:00,5Z",
        "2024-02-29T12:30,00Z",
        "2024-02-29T12:30:00+0200",
        "2024-02-29T12:30:00+02",
        "2024-02-29T12:30:00+24:00",
        "2024-02-29T12:30:00+02:60",
        "2024-02-29T24:00:00Z",
        "2024-02-29T12:60:00Z",
        "2024-02-29T12:30:60Z",
        "2024-02-29T12:30:61Z",
        "2016-12-31T23:59:60+01:00",
        "2023-02-29T12:30:00Z",
        "2024-13-01T12:30:00Z",
        "2024-W09-4T12:30:00Z",
        "20240229T123000.000Z",
        "24-02-29T12:30:00.00Z",
        " 2024-02-29T12:30:00Z",
        "2024-02-29T12:30:00Z\n",
        "2024-02-29T12:30:0٣Z",
        "0000-01-01T00:00:00Z",
        "0001-01-01T00:00:00+23:59",
        "1969-12-31T23:59:59.999Z",
        "9999-12-31T23:59:59-00:01",
        "1709209800000",
    ],
)
def test_anything_else_is_refused(text):
    with pytest.raises(ValueError, match=r"."):
        instant_ms(text)


@given(st.integers(0, TIME_MS_MAX), st.integers(0, 999), st.integers(-23 * 60 - 59, 23 * 60 + 59))
def test_every_instant_of_every_zone_is_read(at_ms, micros, offset_minutes):
    moment = EPOCH + timedelta(milliseconds=at_ms, microseconds=micros)
    try:
        there = moment.astimezone(timezone(timedelta(minutes=offset_minutes)))
    except OverflowError:  # year 10000 over there
        there = moment.astimezone(UTC)
    assert instant_ms(there.isoformat()) == at_ms
    assert instant_ms(moment.replace(tzinfo=None).isoformat(timespec="microseconds") + "z") == at_ms


TEXTS = st.from_regex(FORM, fullmatch=True) | st.text(alphabet="0123456789-:.TZ+W, ", min_size=18, max_size=26)


@given(TEXTS)
@example("2024-02-29T12:30,00Z")
def test_the_short_way_lets_nothing_through_that_has_another_form(text):
    try:
        at_ms = instant_ms(text)
    except ValueError:
        return
    assert FORM.fullmatch(text)
    assert 0 <= at_ms <= TIME_MS_MAX
    if ":60" not in text:
        exact = datetime.fromisoformat(text.upper()) - EPOCH
        assert at_ms == exact // timedelta(milliseconds=1)
