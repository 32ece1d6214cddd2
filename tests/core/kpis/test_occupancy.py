"""Occupancy against what is counted second by second, or by hand (metrics.md, section 5)."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.instants import instant_ms
from schemas.state import DAY as DAY_STEP
from schemas.state import MINUTE as MINUTE_STEP
from schemas.state import QUARTER as QUARTER_STEP
from schemas.values import DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS, EpochMs
from streams.core.board import BoardSettings
from streams.core.history import History
from streams.core.kpis.catalogue import CATALOGUE
from streams.core.report import Report
from tests.core.cases import call_tales as call
from tests.core.cases.agent_tales import HOUR, MINUTE, OCCUPIED, STAFFED, beats, ms, ordered, queues_at, says, shown_at
from tests.core.driving import comparable, one, settings, told
from tests.core.kpis.duty import INPUTS, desk, tell


def test_vector_08_without_anybody_on_duty_occupancy_has_no_sample():
    shard = desk()
    tell(shard, "ann", says(0, "break"), now_s=60)
    row = one(shard.board(ms(60)), "occupancy", "ratio", "30d")
    assert (row.value, row.samples, row.reason) == (None, 0, "no_sample")


def test_one_state_that_still_runs_counts_up_to_the_readers_clock():
    shard = desk()
    tell(shard, "ann", says(0, "available"), says(60, "busy"), now_s=60)
    for now_s in (60, 90, 120, 240):
        row = one(shard.board(ms(now_s)), "occupancy", "ratio", "30d")
        assert (row.value, row.samples) == ((now_s - 60) / now_s, now_s)


def test_vector_36_three_chats_at_once_are_no_more_than_busy():
    shard = desk()
    tell(shard, "ann", says(0, "busy", "billing"), now_s=100)
    for chat in "123":
        shard.says("calls", told(call.queued(0, channel="chat"), call_id=chat), told(call.answered(10), "2", call_id=chat))
    snapshot = shard.board(ms(100))
    assert one(snapshot, "occupancy", "ratio", "30d").value == 1.0
    assert one(snapshot, "conversations_per_agent", "mean", "now").value == 3.0


def test_vector_12_a_spell_over_three_half_hours_is_split_and_a_call_in_them_is_not():
    """Busy from 05:23 to 06:15: 7, 30 and 15 minutes; the conversation of 52 minutes is handled once, where it ends."""
    start_ms = instant_ms("2026-03-02T05:23:00Z")
    at_s = (start_ms - ms(0)) / 1000
    shard = desk()
    tell(shard, "ann", says(at_s, "busy"), says(at_s + 52 * MINUTE, "available"))
    shard.says("calls", told(call.answered(at_s)), told(call.ended(at_s + 52 * MINUTE), "2"))
    for clock, minutes, handled in (("05:30:00", 7, 0), ("06:00:00", 30, 0), ("06:30:00", 15, 1)):
        now_ms = instant_ms(f"2026-03-02T{clock}Z")
        shard.at(now_ms)
        snapshot = shard.board(now_ms)
        row = one(snapshot, "occupancy", "ratio", "last_interval")
        assert row.value is not None
        assert row.samples is not None
        assert round(row.value * row.samples) == minutes * 60
        assert one(snapshot, "calls_handled", "count", "last_interval").value == handled


def test_vector_13_time_over_midnight_is_split_between_both_days():
    """Busy from 23:50 to 00:20: ten minutes of one day, twenty of the next."""
    start_s = (instant_ms("2026-03-02T23:50:00Z") - ms(0)) / 1000
    shard = desk()
    tell(shard, "ann", says(start_s, "busy"), says(start_s + 30 * MINUTE, "offline"), now_s=start_s + HOUR)
    snapshot = shard.board(ms(start_s + HOUR))
    assert [one(snapshot, "occupancy", "ratio", window).samples for window in ("yesterday", "today")] == [600, 1_200]


@pytest.mark.parametrize(
    ("day", "first", "hours"),
    [("2026-03-29", "2026-03-28T23:00:00Z", 23), ("2026-10-25", "2026-10-24T22:00:00Z", 25), ("2026-06-01", "2026-05-31T22:00:00Z", 24)],
)
def test_a_day_of_23_or_25_hours_is_all_of_today_and_of_yesterday(day, first, hours):
    """Available all day, busy from half past midnight UTC for an hour, over the change of clocks."""
    zone = ZoneInfo("Europe/Berlin")
    start_ms = instant_ms(first)
    begin_s, busy_s = ((at_ms - ms(0)) / 1000 for at_ms in (start_ms, instant_ms(f"{day}T00:30:00Z")))
    shard = desk(zone=zone)
    words = (
        says(begin_s - HOUR, "available"),
        says(busy_s, "busy"),
        says(busy_s + HOUR, "available"),
        says(begin_s + 15 * HOUR, "available"),
    )
    tell(shard, "ann", *words)
    board = BoardSettings(zone=zone)
    for window, now_ms in (("today", start_ms + hours * HOUR_MS - 1), ("yesterday", start_ms + (hours + 1) * HOUR_MS)):
        shard.at(now_ms)
        row = one(shard.board(EpochMs(now_ms), board), "occupancy", "ratio", window)
        assert row.value == pytest.approx(1 / hours, rel=1e-7)
        assert row.samples == hours * HOUR - (window == "today")  # whole seconds


WORDS = st.sampled_from(["available", "busy", "wrap_up", "break", "training", "offline"])
QUEUES = st.sampled_from([(), ("billing",), ("billing", "support"), ("support",)])


@st.composite
def days_at_work(draw: st.DrawFn) -> list[list[Any]]:
    """What one to three people do within two hours, on whole seconds; some send heartbeats."""
    people = []
    for _ in range(draw(st.integers(1, 3))):
        at_s = 0
        events: list[Any] = []
        for _ in range(draw(st.integers(1, 6))):
            at_s += draw(st.integers(0, 1_500))
            until_s = at_s + draw(st.integers(0, 600)) if draw(st.integers(0, 4)) == 0 else None
            events.append(says(at_s, draw(WORDS), *draw(QUEUES), until_s=until_s))
            if draw(st.integers(0, 2)) == 0:
                events += beats(*(at_s + 40 * n for n in range(draw(st.integers(1, 12)))))
        people.append(ordered(events))
    return people


Lived = list[list[tuple[str | None, set[str]]]]
"""Of each person, state and queues in each second since the beginning of these tales."""


def by_second(everyone: list[list[Any]], now_ms: int) -> Lived:
    return [[(shown_at(events, at_ms), queues_at(events, at_ms)) for at_ms in range(ms(0), now_ms, SECOND_MS)] for events in everyone]


def seconds(lived: Lived, states: set[str], begin_ms: int, end_ms: int, queue: str | None = None) -> int:
    """Counted one by one."""
    first, end = ((max(at_ms, ms(0)) - ms(0)) // SECOND_MS for at_ms in (begin_ms, end_ms))
    return sum(shown in states and (queue is None or queue in queues) for person in lived for shown, queues in person[first:end])


@given(days_at_work(), st.randoms(use_true_random=False), st.integers(0, 4_000))
def test_occupancy_is_what_is_counted_second_by_second_in_any_window_and_order(everyone, rng, later_s):
    last_ms = max(event.time for events in everyone for event in events)
    now_ms = EpochMs(last_ms + later_s * SECOND_MS)
    records = [told(event, event.id, agent_id=f"agent{n}") for n, events in enumerate(everyone) for event in events]
    records += rng.choices(records, k=3)
    rng.shuffle(records)
    shard = desk()
    for record in records:
        shard.says("agents", record)
    shard.at(now_ms)
    snapshot = shard.board(now_ms)
    minute = now_ms // MINUTE_MS * MINUTE_MS
    half = now_ms // (30 * MINUTE_MS) * 30 * MINUTE_MS
    day = now_ms // DAY_MS * DAY_MS
    windows = {
        "5m": (minute - 5 * MINUTE_MS, now_ms),
        "1h": (minute - HOUR_MS, now_ms),
        "interval": (half, now_ms),
        "last_interval": (half - 30 * MINUTE_MS, half),
        "today": (day, now_ms),
        "yesterday": (day - DAY_MS, day),
        "30d": (ms(0), now_ms),
    }
    lived = by_second(everyone, now_ms)
    for window, (begin_ms, end_ms) in windows.items():
        for queue, labels in ((None, {}), ("billing", {"queue": "billing"})):
            staffed, occupied = (seconds(lived, states, begin_ms, end_ms, queue) for states in (STAFFED, OCCUPIED))
            found = [row for row in snapshot.rows(kpis=["occupancy"], windows=[window]) if row.labels == labels]
            if not found:
                assert (queue, staffed) == ("billing", 0)
                continue
            assert [(row.value, row.samples) for row in found] == [(occupied / staffed if staffed else None, staffed)]


@given(days_at_work(), st.randoms(use_true_random=False))
def test_a_report_in_any_order_says_the_same(everyone, rng):
    records = [told(event, event.id, agent_id=f"agent{n}") for n, events in enumerate(everyone) for event in events]
    shuffled = rng.sample(records, len(records))
    shown = []
    for some in (records, shuffled):
        report = Report(settings(topics=INPUTS))
        report.add("agents", some)
        shown.append(comparable(row.document() for row in report.snapshot().rows()))
    assert shown[0] == shown[1]
    now_ms = max(event.time for events in everyone for event in events)
    staffed, occupied = (seconds(by_second(everyone, now_ms), states, ms(0), now_ms) for states in (STAFFED, OCCUPIED))
    row = shown[0]["occupancy", "ratio", "range", "[]"]
    assert (row["value"], row["samples"]) == (occupied / staffed if staffed else None, staffed)


@given(days_at_work(), st.integers(0, 4_000))
def test_the_history_of_occupancy_is_what_is_counted_second_by_second_in_each_stretch(everyone, later_s):
    now_ms = EpochMs(max(event.time for events in everyone for event in events) + later_s * SECOND_MS)
    shard = desk()
    for number, events in enumerate(everyone):
        tell(shard, f"agent{number}", events)
    shard.at(now_ms)
    snapshot = shard.board(now_ms)
    lived = by_second(everyone, now_ms)
    (kpi,) = (kpi for kpi in CATALOGUE if kpi.name == "occupancy")
    for resolution in (MINUTE_STEP, QUARTER_STEP, DAY_STEP):
        history = History(snapshot, resolution, 0)
        ends = [*history.starts[1:], now_ms]
        for cut, values in (((), ()), (("queue",), ("billing",))):
            if values not in snapshot.groups(cut):
                continue
            queue = values[0] if values else None
            for start_ms, end_ms, result in zip(history.starts, ends, history.of(kpi, cut, values), strict=True):
                staffed, occupied = (seconds(lived, states, start_ms, end_ms, queue) for states in (STAFFED, OCCUPIED))
                assert (result.value, result.samples) == (occupied / staffed if staffed else None, staffed)


def test_occupancy_stands_beside_that_of_the_window_before():
    """Available all the time, busy for the last minute: 60 of 300 s within five minutes, none of the five before."""
    shard = desk()
    tell(shard, "ann", says(-40, "available"), says(560, "busy"), now_s=620)
    (row,) = (row for row in shard.board(ms(620)).rows(kpis=["occupancy"], windows=["5m"], compare=True) if not row.labels)
    assert (row.value, row.samples, row.previous, row.previous_samples) == (60 / 340, 340, 0.0, 300)
