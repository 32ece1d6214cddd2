"""Months, quarters and years on a board, and each window beside the same one before: against a count of the raw calls by the calendar."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest

from schemas.instants import instant_ms
from schemas.values import DAY_MS, HOUR_MS, MINUTE_MS, EpochMs
from streams.core.board import BoardSettings, BoardState
from streams.core.snapshot import Snapshot
from streams.testing.wire import to_wire
from tests.core.cases import call_tales as call
from tests.core.driving import LIVE, KeptShard, settings

BERLIN = ZoneInfo("Europe/Berlin")
SITE = BoardSettings(zone=BERLIN)


def answered_call(call_id: str, queued_ms: int, wait_ms: int) -> list[bytes]:
    queued, answered = call.queued(0), call.answered(1)
    changes: tuple[tuple[Any, int], ...] = ((queued, queued_ms), (answered, queued_ms + wait_ms))
    return [
        to_wire(msgspec.structs.replace(event, id=f"{call_id}-{n}", time=EpochMs(at_ms), call_id=call_id))[1]
        for n, (event, at_ms) in enumerate(changes)
    ]


def local(at_ms: int) -> datetime:
    return datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(BERLIN)


def row(snapshot: Snapshot, kpi: str, stat: str, window: str) -> Any:
    """Of the whole site, with the same of the window before."""
    (found,) = (r for r in snapshot.rows(kpis=[kpi], windows=[window], cuts=[()], compare=True) if r.stat == stat and not r.labels)
    return found


def answered(snapshot: Snapshot, *windows: str) -> dict[str, int]:
    return {window: row(snapshot, "calls_answered", "count", window).value for window in windows}


CALENDAR = ("month", "last_month", "quarter", "year")


class Years:
    """A shard that lives through two years and more, a few calls each day, with a restart now and then."""

    def __init__(self) -> None:
        self.rng = Random(7)
        self.shard = KeptShard(settings(zone=BERLIN))
        self.waits: dict[int, int] = {}  # answered at -> wait

    def answer(self, answered_ms: int, wait_ms: int) -> None:
        while answered_ms in self.waits:
            answered_ms += 1
        self.waits[answered_ms] = wait_ms
        self.shard.produce("calls", *answered_call(f"C{len(self.waits)}", answered_ms - wait_ms, wait_ms))

    def day(self, day: date) -> None:
        """Its calls, some of them late: of any day of the months before."""
        midnight = datetime(day.year, day.month, day.day, tzinfo=BERLIN)
        for _ in range(self.rng.randrange(4)):
            seconds = self.rng.randrange(86_000)
            self.answer(round((midnight + timedelta(seconds=seconds)).timestamp() * 1000), self.rng.randrange(1_000, 90_000))
        if self.rng.random() < 0.1:
            late_ms = round((midnight - timedelta(days=self.rng.randrange(400))).timestamp() * 1000)
            self.answer(late_ms + self.rng.randrange(80_000_000), 30_000)
        self.shard.read("calls")
        self.shard.at(round((midnight + timedelta(hours=23, minutes=59)).timestamp() * 1000))
        if self.rng.random() < 0.05:
            self.shard.crash()

    def board(self, now_ms: int) -> Snapshot:
        return self.shard.board(EpochMs(now_ms), SITE)

    def count(self, *months: str) -> int:
        return sum(local(at_ms).strftime("%Y-%m") in months for at_ms in self.waits)


@pytest.fixture(scope="module")
def years() -> Years:
    found = Years()
    day = date(2024, 1, 1)
    while day <= date(2026, 3, 31):
        found.day(day)
        day += timedelta(days=1)
    return found


def test_a_board_shows_the_months_the_quarter_and_the_year_of_its_zone(years):
    snapshot = years.board(instant_ms("2026-03-31T23:59:30+02:00"))
    shown = answered(snapshot, *CALENDAR)
    first_quarter = years.count("2026-01", "2026-02", "2026-03")
    assert shown == {
        "month": years.count("2026-03"),
        "last_month": years.count("2026-02"),
        "quarter": first_quarter,
        "year": first_quarter,
    }
    assert min(shown.values()) > 20


def test_a_new_month_begins_at_midnight_of_the_zone_whatever_has_been_written(years):
    snapshot = years.board(instant_ms("2026-04-01T00:00:00+02:00"))
    shown = answered(snapshot, *CALENDAR)
    whole = years.count("2026-01", "2026-02", "2026-03")
    assert shown == {"month": 0, "last_month": years.count("2026-03"), "quarter": 0, "year": whole}


@pytest.mark.parametrize(
    ("window", "now", "before"),
    [
        ("month", "2026-03-31T23:59:30+02:00", ["2026-02"]),
        ("last_month", "2026-03-31T23:59:30+02:00", ["2026-01"]),
        ("quarter", "2026-03-31T23:59:30+02:00", ["2025-10", "2025-11", "2025-12"]),
        ("year", "2026-03-31T23:59:30+02:00", [f"2025-{month:02}" for month in range(1, 13)]),
        ("year", "2026-01-01T00:00:00+01:00", [f"2025-{month:02}" for month in range(1, 13)]),
        ("last_month", "2026-01-01T00:00:00+01:00", ["2025-11"]),
    ],
)
def test_the_window_before_a_window_of_months_is_the_whole_one_before(years, window, now, before):
    found = row(years.board(instant_ms(now)), "calls_answered", "count", window)
    assert found.previous == years.count(*before) > 0


def test_means_percentiles_and_the_longest_of_a_past_month_are_made_of_all_its_waits(years):
    snapshot = years.board(instant_ms("2026-03-31T23:59:30+02:00"))
    waits = sorted(wait for at_ms, wait in years.waits.items() if local(at_ms).strftime("%Y-%m") == "2026-02")
    found = row(snapshot, "speed_of_answer", "mean", "last_month")
    assert (found.value, found.samples) == (pytest.approx(sum(waits) / len(waits) / 1000), len(waits))
    assert row(snapshot, "speed_of_answer", "max", "last_month").value == waits[-1] / 1000
    nearest = waits[-(-len(waits) * 90 // 100) - 1]
    assert nearest <= row(snapshot, "speed_of_answer", "p90", "last_month").value * 1000 <= nearest * 1.01


def test_a_late_call_corrects_the_month_in_which_it_was_answered(years):
    now_ms = instant_ms("2026-03-31T23:59:40+02:00")
    before = answered(years.board(now_ms), *CALENDAR)
    years.answer(instant_ms("2026-02-01T00:00:00+01:00"), 12_000)
    years.shard.read("calls")
    years.shard.at(now_ms)
    years.shard.crash()
    after = answered(years.board(now_ms), *CALENDAR)
    assert {w: after[w] - before[w] for w in before} == {"month": 0, "last_month": 1, "quarter": 1, "year": 1}


def test_a_board_that_follows_shows_what_one_that_reads_the_last_rows_shows(years):
    """Through the days on which panes leave their slots and go over to their months."""
    follower = BoardState(SITE)
    windows = (*CALENDAR, "30d", "today")
    for changes in years.shard.checkpoints:
        follower.apply(0, changes.panes)
        if follower.event_now_ms() > instant_ms("2026-01-20T00:00:00Z"):
            list(follower.snapshot(follower.event_now_ms(), LIVE).rows(kpis=["calls_answered"], windows=windows))
    now_ms = follower.event_now_ms()
    followed, read = (
        {(row.window, row.kpi, row.stat): (row.value, row.previous) for row in each.rows(cuts=[()], compare=True)}
        for each in (follower.snapshot(now_ms, LIVE), years.board(now_ms))
    )
    assert followed == read


# --- the same window before ------------------------------------------------------------------------------------------


def test_today_stands_beside_yesterday_up_to_the_same_time():
    """Calls at 8:00 to 20:00 on both days; at 12:05 five are there of today, and of yesterday those up to 12:15."""
    story = Years()
    for day in ("2026-03-03", "2026-03-04"):
        for hour in range(8, 21):
            at_ms = instant_ms(f"{day}T{hour:02}:00:00+01:00")
            if at_ms < instant_ms("2026-03-04T12:05:00+01:00"):
                story.answer(at_ms, 5_000)
    story.answer(instant_ms("2026-03-03T12:14:59+01:00"), 45_000)
    story.answer(instant_ms("2026-03-03T12:15:00+01:00"), 45_000)
    story.shard.read("calls")
    story.shard.at(instant_ms("2026-03-04T12:05:00+01:00"))
    snapshot = story.board(instant_ms("2026-03-04T12:05:00+01:00"))
    found = row(snapshot, "calls_answered", "count", "today")
    assert (found.value, found.previous) == (5, 6)
    assert (found.previous_start, found.previous_end) == ("2026-03-02T23:00:00.000Z", "2026-03-03T11:15:00.000Z")
    level = row(snapshot, "service_level", "answered", "today")
    assert (level.value, level.samples, level.previous, level.previous_samples) == (1.0, 5, 5 / 6, 6)


def test_a_window_before_without_a_sample_has_no_number_and_says_why():
    story = Years()
    story.answer(instant_ms("2026-03-04T12:00:00+01:00"), 5_000)
    story.shard.read("calls")
    now_ms = instant_ms("2026-03-04T12:01:00+01:00")
    story.shard.at(now_ms)
    snapshot = story.board(now_ms)
    found = row(snapshot, "speed_of_answer", "mean", "today")
    assert (found.value, found.previous, found.previous_samples, found.previous_reason) == (5.0, None, 0, "no_sample")
    assert row(snapshot, "calls_answered", "count", "today").previous == 0
    kept = row(snapshot, "calls_answered", "count", "30d")
    assert (kept.value, kept.previous, kept.previous_reason) == (1, None, "not_kept")


def test_what_stands_now_has_nothing_beside_it():
    story = Years()
    story.answer(instant_ms("2026-03-04T12:00:00+01:00"), 5_000)
    story.shard.read("calls")
    now_ms = instant_ms("2026-03-04T12:01:00+01:00")
    story.shard.at(now_ms)
    rows = list(story.board(now_ms).rows(kpis=["waiting", "service_level"], compare=True))
    for row in rows:
        beside = {key for key in row.document() if key.startswith("previous")}
        standing = row.window == "now" or row.stat in ("lowest", "highest", "answers_needed")
        assert bool(beside) != standing, row
    assert not any(key.startswith("previous") for row in story.board(now_ms).rows(kpis=["service_level"]) for key in row.document())


@pytest.mark.parametrize(("window", "minutes"), [("5m", 5), ("15m", 15), ("30m", 30), ("1h", 60)])
def test_a_rolling_window_stands_beside_as_many_minutes_before_it(window, minutes):
    story = Years()
    now_ms = instant_ms("2026-03-04T12:00:30+01:00")
    rng = Random(3)
    times = [now_ms - rng.randrange(3 * HOUR_MS) for _ in range(200)]
    for at_ms in times:
        story.answer(at_ms, 5_000)
    story.shard.read("calls")
    story.shard.at(now_ms)
    floor_ms = now_ms // MINUTE_MS * MINUTE_MS
    expected = Counter(
        "window" if at_ms >= floor_ms - minutes * MINUTE_MS else "before"
        for at_ms in story.waits
        if at_ms >= floor_ms - 2 * minutes * MINUTE_MS
    )
    found = row(story.board(now_ms), "calls_answered", "count", window)
    assert (found.value, found.previous) == (expected["window"], expected["before"])


def test_a_day_of_23_hours_is_whole_beside_one_of_24():
    story = Years()
    for day in ("2026-03-28", "2026-03-29"):
        start_ms = round(datetime.fromisoformat(f"{day}T00:00:00").replace(tzinfo=BERLIN).timestamp() * 1000)
        end_ms = round((datetime.fromisoformat(f"{day}T00:00:00").replace(tzinfo=BERLIN) + timedelta(days=1)).timestamp() * 1000)
        for at_ms in range(start_ms, end_ms, HOUR_MS):
            story.answer(at_ms + 60_000, 5_000)
    story.shard.read("calls")
    now_ms = instant_ms("2026-03-30T00:00:00+02:00")
    story.shard.at(now_ms)
    found = row(story.board(now_ms), "calls_answered", "count", "yesterday")
    assert (found.value, found.previous) == (23, 24)
    assert instant_ms(found.previous_end) - instant_ms(found.previous_start) == DAY_MS
