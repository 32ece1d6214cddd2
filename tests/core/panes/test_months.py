"""Months: what days hold when they leave their slots, and what comes for days that have left (metrics.md, section 2)."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import fields as f
from schemas.instants import instant_ms
from schemas.state import DAY, MONTH, PANE, RING, read_key
from schemas.values import DAY_MS, HOUR_MS, Cell
from streams.core.clocks.days import Days
from streams.core.panes.histogram import bucket_field, bucket_of
from streams.core.panes.merged import CellBook
from streams.core.panes.pane import Pane
from streams.core.panes.windows import Span
from tests.core.panes.test_store import BILLING, SUPPORT, Kept, offered, waited

BERLIN = "Europe/Berlin"


def day(written: str) -> int:
    return (datetime.fromisoformat(written) - datetime(1970, 1, 1)).days  # noqa: DTZ001  dates alone


def months_written(kept: Kept) -> dict[str, int]:
    """Month -> offered in its own pane."""
    found = {}
    for key, value in kept.rows.items():
        kind, *rest = read_key(key)
        if kind == PANE and rest[-2] == MONTH:
            pane = read_pane(value)
            found[datetime.fromtimestamp(pane.start_ms / 1000, ZoneInfo(kept.zone)).strftime("%Y-%m")] = pane.sums.get(f.CALLS_OFFERED, 0)
    return found


def read_pane(value: Any) -> Pane:
    book = CellBook()
    book.set((0, PANE), MONTH, 0, value)
    return next(book.stretches[MONTH, 0].panes())


def months_shown(kept: Kept, cell: Cell = BILLING) -> dict[str, int]:
    """Month -> offered as a board adds it up: the month's pane and the days that still have a slot."""
    book = CellBook()
    for key, value in kept.rows.items():
        kind, *rest = read_key(key)
        if kind == PANE and Cell(*rest[:-2]) == cell and rest[-2] in (DAY, MONTH):
            book.set((0, PANE), rest[-2], read_pane(value).start_ms, value)
    days = Days(ZoneInfo(kept.zone))
    found = {}
    for month in range(12 * 2020, 12 * 2030):
        span = Span(MONTH, days.month_start_ms(month), days.month_start_ms(month + 1))
        counted = sum(pane.sums.get(f.CALLS_OFFERED, 0) for pane in (book.early(span), book.late(span)) if pane is not None)
        if counted:
            found[f"{month // 12}-{month % 12 + 1:02}"] = counted
    return found


def test_a_month_has_no_row_before_one_of_its_days_leaves_its_slot():
    kept = Kept()
    for written in ("2026-01-30", "2026-01-31", "2026-02-01"):
        noon_ms = instant_ms(f"{written}T12:00:00Z")
        kept.change(noon_ms, offered(noon_ms))
    assert months_written(kept) == {}
    assert months_shown(kept) == {"2026-01": 2, "2026-02": 1}


def test_a_day_that_leaves_its_slot_goes_over_to_its_month_with_its_buckets_and_its_largest_values():
    kept = Kept()
    january, later = instant_ms("2026-01-31T12:00:00Z"), instant_ms("2026-03-07T12:00:00Z")  # 35 days later
    kept.change(january, waited(january, 5_234), waited(january, 9_000))
    written = kept.change(later, waited(later, 1_000))
    assert {what[1] for what in written if isinstance(what, tuple)} >= {DAY, MONTH}
    assert kept.pane(BILLING, MONTH, 12 * 2026) == Pane(
        instant_ms("2026-01-01T00:00:00Z"),
        {
            f.ANSWER_WAIT: 2,
            f.ANSWER_WAIT + 1: 14_234,
            bucket_field(f.ANSWER_WAIT, bucket_of(5_240)): 1,
            bucket_field(f.ANSWER_WAIT, bucket_of(9_000)): 1,
        },
        {f.ANSWER_WAIT: [5_234, 9_000]},
    )
    assert kept.pane(BILLING, DAY, day("2026-03-07")) == Pane(
        instant_ms("2026-03-07T00:00:00Z"),
        {f.ANSWER_WAIT: 1, f.ANSWER_WAIT + 1: 1_000, bucket_field(f.ANSWER_WAIT, bucket_of(1_000)): 1},
        {f.ANSWER_WAIT: [1_000]},
    )


def test_a_row_of_a_month_is_written_once_in_the_life_of_a_slot():
    """It holds all that the month ever saw: written with each checkpoint, it would be dearer than everything else together."""
    kept = Kept()
    first = instant_ms("2026-01-31T00:00:00Z")
    kept.change(first, offered(first))
    later = first + 35 * DAY_MS
    written = [kept.change(at_ms, offered(at_ms)) for at_ms in range(later, later + HOUR_MS, 60_000)]
    assert [(BILLING.queue, MONTH) in rows for rows in written] == [True] + [False] * 59


def test_what_comes_for_a_day_that_has_left_its_slot_goes_to_its_month():
    kept = Kept()
    december, march = instant_ms("2025-12-31T12:00:00Z"), instant_ms("2026-03-10T12:00:00Z")
    kept.change(december, offered(december))
    kept.change(march, offered(march))
    kept.change(march, offered(december + 1), offered(instant_ms("2026-01-01T00:00:00Z")))
    assert months_shown(kept) == {"2025-12": 2, "2026-01": 1, "2026-03": 1}


def test_what_is_taken_back_from_a_day_that_has_left_leaves_nothing_in_its_month():
    kept = Kept()
    january, march = instant_ms("2026-01-31T12:00:00Z"), instant_ms("2026-03-07T12:00:00Z")
    kept.change(january, waited(january, 7_000))
    kept.change(march, offered(march))
    kept.change(march, waited(january, 7_000, -1), offered(january))
    assert kept.pane(BILLING, MONTH, 12 * 2026) == Pane(instant_ms("2026-01-01T00:00:00Z"), {f.CALLS_OFFERED: 1}, {f.ANSWER_WAIT: []})


def test_a_day_without_a_successor_keeps_its_slot_for_as_long_as_its_queue_is_quiet():
    """So a fact of it that is taken back goes from where it is."""
    kept = Kept()
    january, summer = instant_ms("2026-01-31T12:00:00Z"), instant_ms("2026-08-01T12:00:00Z")
    kept.change(january, offered(january), offered(january))
    kept.change(summer, offered(summer, SUPPORT))
    kept.change(summer, offered(january, weight=-1))
    assert kept.pane(BILLING, DAY, day("2026-01-31")) == Pane(instant_ms("2026-01-31T00:00:00Z"), {f.CALLS_OFFERED: 1})
    assert months_shown(kept) == {"2026-01": 1}


def test_months_are_kept_for_two_years_and_the_month_under_way():
    kept = Kept()
    now_ms = instant_ms("2026-03-10T12:00:00Z")
    assert RING[MONTH] == 25
    for written in ("2024-02-29", "2024-03-01", "2025-03-31"):
        kept.change(now_ms, offered(instant_ms(f"{written}T12:00:00Z")))
    assert months_shown(kept) == {"2024-03": 1, "2025-03": 1}


def test_a_month_takes_the_slot_of_the_one_25_months_before():
    kept = Kept()
    for now, late in (("2024-03-10", "2024-01-20"), ("2026-03-31", "2026-02-20")):
        kept.change(instant_ms(f"{now}T12:00:00Z"), offered(instant_ms(f"{late}T12:00:00Z")))
    assert months_written(kept) == {"2026-02": 1}


@pytest.mark.parametrize(
    ("at", "month"),
    [
        ("2026-01-31T22:59:59.999Z", "2026-01"),
        ("2026-01-31T23:00:00Z", "2026-02"),  # midnight in Berlin
        ("2025-12-31T23:00:00Z", "2026-01"),  # a year begins
        ("2026-03-31T21:59:59.999Z", "2026-03"),  # in summer an hour earlier
        ("2026-03-31T22:00:00Z", "2026-04"),
    ],
)
def test_a_month_begins_with_its_first_day_in_the_zone_of_the_site(at, month):
    kept = Kept(BERLIN)
    kept.change(instant_ms("2026-12-24T00:00:00Z"), offered(instant_ms(at)))
    assert months_shown(kept) == {month: 1}


def test_a_month_begins_at_the_reset_hour():
    days = Days(ZoneInfo(BERLIN), 5 * 60)
    assert days.month_start_ms(12 * 2026 + 3) == instant_ms("2026-04-01T05:00:00+02:00")
    assert days.month(days.number(instant_ms("2026-04-01T04:59:59+02:00"))) == 12 * 2026 + 2
    assert days.month(days.number(instant_ms("2026-04-01T05:00:00+02:00"))) == 12 * 2026 + 3


@given(
    st.sampled_from(("UTC", BERLIN, "America/Sao_Paulo", "Pacific/Chatham")),
    st.lists(
        st.one_of(
            st.tuples(st.just("fact"), st.integers(-700, 1), st.sampled_from((-2, 1, 2, 3))),
            st.tuples(st.just("back"), st.integers(0, 30), st.just(0)),
            st.tuples(st.just("tick"), st.sampled_from((0, 1, 5, 34, 35, 36, 100)), st.just(0)),
            st.tuples(st.just("restart"), st.just(0), st.just(0)),
        ),
        max_size=40,
    ),
)
def test_months_are_what_the_facts_of_their_days_add_up_to_whenever_they_come(zone, steps):
    """Against a count by the calendar of the zone: facts up to two years late or a day early, taken back, over restarts and quiet weeks."""
    kept = Kept(zone)
    now_ms = instant_ms("2025-11-03T10:00:00Z")
    told: list[tuple[int, int]] = []
    for what, days, weight in steps:
        if what == "fact":
            told.append((now_ms + days * DAY_MS, weight))
            kept.change(now_ms, offered(now_ms + days * DAY_MS, weight=weight))
        elif what == "back" and told:
            at_ms, weight = told.pop(days % len(told))
            kept.change(now_ms, offered(at_ms, weight=-weight))
        elif what == "tick":
            now_ms += days * DAY_MS
        elif what == "restart":
            kept.restart()
    by_hand: Counter[str] = Counter()
    for at_ms, weight in told:
        by_hand[datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(ZoneInfo(zone)).strftime("%Y-%m")] += weight
    now = datetime.fromtimestamp(now_ms / 1000, UTC).astimezone(ZoneInfo(zone))
    oldest = f"{now.year - 2}-{now.month:02}"  # with it 25 months
    assert {month: count for month, count in months_shown(kept).items() if month >= oldest} == {
        month: count for month, count in by_hand.items() if count and month >= oldest
    }
