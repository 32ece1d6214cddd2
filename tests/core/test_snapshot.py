"""Rows of one moment: what is shown, in which windows and cuts (metrics.md, sections 2, 3 and 6; output.md, section 1)."""

from __future__ import annotations

import gc
import weakref

import pytest

from schemas.events import CallEvent
from schemas.values import MINUTE_MS, EpochMs
from streams.core.board import BoardSettings
from streams.core.kpis.backlog import BacklogLimits
from streams.core.kpis.catalogue import CATALOGUE
from streams.core.kpis.kpi import WINDOWS
from tests.core.cases import call_tales as call
from tests.core.cases import ticket_tales as ticket
from tests.core.driving import KeptShard, one, told

HOUR, DAY = 3_600, 86_400
DESK = BoardSettings(queues={"billing": ["phone"], "mail": ["email"]}, targets={"billing": 0.9, "support": 1.0})


def told_calls(*calls: tuple[CallEvent, ...]) -> list[bytes]:
    """Records of several calls, C0, C1, ..."""
    return [told(event, str(n), call_id=f"C{number}") for number, events in enumerate(calls) for n, event in enumerate(events)]


def shard_with(*calls: tuple[CallEvent, ...], now_s: float) -> KeptShard:
    shard = KeptShard()
    shard.says("calls", *told_calls(*calls))
    shard.at(call.ms(now_s))
    return shard


# --- nothing ---------------------------------------------------------------------------------------------------------


def test_without_traffic_counts_are_0_and_ratios_and_times_have_no_sample():
    snapshot = KeptShard().board(call.ms(0), DESK)
    rows = list(snapshot.rows())
    kpis = {(kpi.name, kpi.stat): kpi for kpi in CATALOGUE}
    for row in rows:
        unit, labels = kpis[row.kpi, row.stat].unit, set(row.labels)
        if unit == "count":
            assert row.value == 0, row
        else:
            assert (row.value, row.samples, row.reason) == (None, 0, "no_sample"), row
        assert labels <= {"queue", "channel", "priority", "age_band", "band", "status", "state", "responder", "clock", "to", "direction"}
    assert {row.kpi for row in rows} == {
        kpi.name for kpi in CATALOGUE if {"calls", "tickets", "contacts"} & set(kpi.topics) and not kpi.sparse
    }


def test_configured_queues_are_there_from_the_start_each_with_what_it_serves():
    snapshot = KeptShard().board(call.ms(0), DESK)
    assert [row.labels["queue"] for row in snapshot.rows(kpis=["waiting"], cuts=[("queue",)]) if row.stat == "count"] == ["billing"]
    assert [row.labels["queue"] for row in snapshot.rows(kpis=["open_cases"], cuts=[("queue",)]) if row.stat == "count"] == ["mail"]


def test_a_kpi_whose_topic_was_never_seen_has_no_rows():
    snapshot = shard_with((call.queued(0),), now_s=1).board(call.ms(1))
    assert not list(snapshot.rows(kpis=["tickets_created", "open_cases"]))
    assert list(snapshot.rows(kpis=["request_volume"]))


def test_a_rolling_window_decays_to_nothing_by_itself():
    """One call answered at 0:05; the minutes in which it counts have left the 15 minutes at 0:16."""
    shard = shard_with((call.queued(0), call.answered(5), call.ended(10)), now_s=11)
    base_s = -((call.START_MS // 1000) % 60)  # the full minute before
    for minutes, samples in ((1, 1), (15, 1), (16, 0)):
        row = one(shard.board(EpochMs(call.ms(base_s) + minutes * MINUTE_MS)), "service_level", "event", "15m")
        assert (row.samples, row.value) == (samples, 1.0 if samples else None)
    assert one(shard.board(call.ms(16 * 60)), "calls_answered", "count", "15m").value == 0
    assert one(shard.board(call.ms(16 * 60)), "calls_answered", "count", "1h").value == 1


# --- what a window knows ---------------------------------------------------------------------------------------------


def test_a_window_that_reaches_back_before_the_first_event_is_partial_and_says_since_when():
    shard = shard_with((call.queued(0),), now_s=20 * 60)
    snapshot = shard.board(call.ms(20 * 60))
    row = one(snapshot, "calls_offered", "count", "1h")
    assert (row.partial, row.since) == (True, "2023-11-14T22:13:20.000Z")
    whole = one(snapshot, "calls_offered", "count", "15m")
    assert (whole.partial, whole.since) == (False, None)
    assert {window for window in WINDOWS if not one(snapshot, "calls_offered", "count", window).partial} == {"5m", "15m", "interval"}
    now = one(snapshot, "waiting", "count", "now")
    assert (now.partial, now.since) == (False, None)
    assert "partial" not in whole.document()
    assert whole.document()["value"] == 0


def test_before_any_event_every_window_is_partial_and_nobody_knows_since_when():
    row = one(KeptShard().board(call.ms(0), DESK), "calls_offered", "count", "5m")
    assert (row.partial, row.since) == (True, None)


def test_a_row_without_a_number_prints_null_and_why():
    row = one(KeptShard().board(call.ms(0), DESK), "service_level", "event", "5m")
    assert row.document() == {
        "kpi": "service_level",
        "stat": "event",
        "window": "5m",
        "labels": {},
        "value": None,
        "samples": 0,
        "partial": True,
        "reason": "no_sample",
    }


# --- service level ---------------------------------------------------------------------------------------------------

JAM = (
    *((call.queued(40), call.answered(50)) for _ in range(5)),
    *((call.queued(0),) for _ in range(5)),
    *((call.queued(57),) for _ in range(5)),
)
"""At 60 s: five answered in time, five waiting for 60 s, five for 3 s."""


def test_who_waits_past_the_threshold_is_out_at_once_and_bounds_say_what_may_become_of_the_rest():
    snapshot = shard_with(*JAM, now_s=60).board(call.ms(60))
    shown = {stat: one(snapshot, "service_level", stat) for stat in ("event", "lowest", "highest", "answered", "offered")}
    assert {stat: (row.value, row.samples) for stat, row in shown.items()} == {
        "event": (5 / 10, 10),
        "lowest": (5 / 15, 15),
        "highest": (10 / 15, 15),
        "answered": (1.0, 5),
        "offered": (1.0, 5),  # of the visits that ended
    }


def test_answers_needed_are_those_of_today_and_of_the_target_of_the_queue():
    """70 in, 30 out: 50 more make 120 of 150. At a target of 90 % it takes 200: 270 of 300."""
    calls = [
        *((call.queued(0), call.answered(10)) for _ in range(70)),
        *((call.queued(0), call.answered(30)) for _ in range(30)),
    ]
    shard = shard_with(*calls, now_s=60)
    snapshot = shard.board(call.ms(60), DESK)
    assert [
        (row.window, row.labels, row.value)
        for row in snapshot.rows(kpis=["service_level"], cuts=[(), ("queue",)])
        if row.stat == "answers_needed"
    ] == [
        ("today", {}, 50),
        ("today", {"queue": "billing"}, 200),
    ]
    unreachable = BoardSettings(targets={"billing": 1.0})
    row = one(shard.board(call.ms(60), unreachable), "service_level", "answers_needed", "today", queue="billing")
    assert (row.value, row.reason, row.samples) == (None, "unreachable", 100)


def test_ratios_carry_their_sample_and_an_interval():
    snapshot = shard_with(*JAM, now_s=60).board(call.ms(60))
    row = one(snapshot, "service_level", "event")
    assert row.low == pytest.approx(0.2366, abs=1e-4)
    assert row.high == pytest.approx(0.7634, abs=1e-4)


# --- waiting now -----------------------------------------------------------------------------------------------------


def test_ages_go_on_with_the_clock_of_the_reader():
    shard = shard_with((call.queued(0),), (call.queued(15),), now_s=20)
    for now_s, oldest, bands in ((20, 20, {"0-20s": 2}), (20.001, 20.001, {"0-20s": 1, "20-60s": 1}), (400, 400, {"5m+": 2})):
        snapshot = shard.board(call.ms(now_s))
        assert one(snapshot, "waiting", "oldest", "now").value == oldest
        assert one(snapshot, "waiting", "count", "now").value == 2
        shown = {row.labels["age_band"]: row.value for row in snapshot.rows(kpis=["waiting_by_age"], cuts=[()])}
        assert {band: count for band, count in shown.items() if count} == bands


def test_nobody_waiting_has_no_oldest():
    snapshot = shard_with((call.queued(0), call.left(1)), now_s=20).board(call.ms(20))
    row = one(snapshot, "waiting", "oldest", "now")
    assert (row.value, row.samples, row.reason) == (None, 0, "no_sample")


def test_what_begins_ahead_of_the_readers_clock_is_new_and_not_younger_than_nothing():
    snapshot = shard_with((call.queued(30),), now_s=0).board(call.ms(0))
    assert one(snapshot, "waiting", "oldest", "now").value == 0
    assert one(snapshot, "waiting_by_age", "count", "now", age_band="0-20s").value == 1


# --- tickets now -----------------------------------------------------------------------------------------------------


def test_a_backlog_is_strictly_older_than_its_age_and_bots_have_theirs_outside_it():
    shard = KeptShard()
    for number, status in enumerate(("open", "pending", "on_hold", "bot")):
        shard.says("tickets", told(ticket.created(0), ticket_id=f"T{number}"), told(ticket.status(1, status), "2", ticket_id=f"T{number}"))
    assert one(shard.board(ticket.ms(DAY)), "backlog", "count", "now").value == 0
    assert one(shard.board(ticket.ms(DAY + 0.001)), "backlog", "count", "now").value == 3
    assert one(shard.board(ticket.ms(9 * DAY), BoardSettings(backlog=BacklogLimits(9 * DAY * 1000))), "backlog", "count", "now").value == 0
    snapshot = shard.board(ticket.ms(2 * DAY))
    assert one(snapshot, "unresolved_cases", "count", "now").value == 4
    assert one(snapshot, "unresolved_cases", "count", "now", status="bot").value == 1
    assert {row.labels["age_band"]: row.value for row in snapshot.rows(kpis=["backlog_by_age"], cuts=[()])}["1-3d"] == 3
    assert one(snapshot, "open_cases", "count", "now").value == 3


def test_days_of_backlog_are_by_the_pace_of_the_window():
    """Three unresolved; one resolved within the last hour. The window 1h is 1 h long, and the minute under way: 3 x 1 h / 1."""
    shard = KeptShard()
    shard.says(
        "tickets", *(told(ticket.created(0), ticket_id=f"T{n}") for n in range(4)), told(ticket.resolved(3_000), "2", ticket_id="T0")
    )
    full_minute = ticket.ms(3_600) // MINUTE_MS * MINUTE_MS
    row = one(shard.board(EpochMs(full_minute)), "backlog", "days", "1h")
    assert row.value == pytest.approx(3 / 24)
    assert row.samples == 1


# --- cuts ------------------------------------------------------------------------------------------------------------


def test_what_has_no_queue_is_in_no_cut_by_queue():
    shard = shard_with((call.started(0), call.abandoned(5)), (call.queued(0),), now_s=10)
    rows = list(shard.board(call.ms(10)).rows(kpis=["calls_received"], windows=["5m"]))
    assert [(row.labels, row.value) for row in rows] == [
        ({}, 2),
        ({"queue": "billing"}, 1),
        ({"channel": "phone"}, 2),
        ({"queue": "billing", "channel": "phone"}, 1),
    ]


def test_a_cut_by_several_labels_adds_up_to_the_one_by_fewer():
    shard = shard_with(
        (call.queued(0, channel="chat"),), (call.queued(0, priority="high"),), (call.queued(0, "support", channel="chat"),), now_s=1
    )
    rows = list(shard.board(call.ms(1)).rows(kpis=["calls_offered"], windows=["today"]))
    by_cut = {tuple(row.labels): 0 for row in rows}
    for row in rows:
        by_cut[tuple(row.labels)] += int(row.value or 0)
    assert by_cut == {(): 3, ("queue",): 3, ("channel",): 3, ("queue", "channel"): 3}


def test_tickets_are_cut_by_priority_too():
    shard = KeptShard()
    shard.says("tickets", told(ticket.created(0)), told(ticket.created(0, priority="urgent"), ticket_id="T2"))
    rows = list(shard.board(ticket.ms(1)).rows(kpis=["tickets_created"], windows=["today"]))
    assert [row.labels for row in rows if "priority" in row.labels] == [
        {"priority": "normal"},
        {"priority": "urgent"},
        {"queue": "billing", "priority": "normal"},
        {"queue": "billing", "priority": "urgent"},
    ]


def test_rows_can_be_asked_for_by_kpi_window_queue_channel_and_cut():
    shard = shard_with((call.queued(0),), (call.queued(0, "support"),), (call.queued(0, channel="chat"),), now_s=1)
    snapshot = shard.board(call.ms(1))
    assert {row.labels["queue"] for row in snapshot.rows(queues=["support"])} == {"support"}
    assert {row.labels["channel"] for row in snapshot.rows(channels=["chat"], windows=["5m"])} == {"chat"}
    assert {row.window for row in snapshot.rows(windows=["5m", "now"])} == {"5m", "now"}
    assert not list(snapshot.rows(queues=["nowhere"]))
    assert {tuple(row.labels) for row in snapshot.rows(kpis=["calls_offered"], cuts=[("queue",)])} == {("queue",)}


def test_reasons_that_did_not_occur_have_no_row():
    shard = shard_with((call.queued(0), call.left(5, "overflow")), now_s=6)
    rows = list(shard.board(call.ms(6)).rows(kpis=["calls_left"], windows=["5m"], cuts=[()]))
    assert [(row.labels, row.value) for row in rows] == [({}, 1), ({"reason": "overflow"}, 1)]


def test_shares_of_channels_add_up_to_1_and_requests_are_calls_and_tickets_together():
    shard = shard_with((call.queued(0),), (call.queued(0, channel="chat"),), now_s=1)
    shard.says("tickets", told(ticket.created(0)), told(ticket.created(0, call_id="C0"), ticket_id="T2"))
    snapshot = shard.board(call.ms(1))
    assert one(snapshot, "request_volume", "count", "today").value == 3
    shares = {row.labels["channel"]: row.value for row in snapshot.rows(kpis=["contact_share"], windows=["today"])}
    assert shares == {"chat": 1 / 3, "email": 1 / 3, "phone": 1 / 3}


def test_completeness_is_the_share_of_partitions_that_live():
    snapshot = KeptShard().board(call.ms(0))
    assert snapshot.completeness == 1.0


def test_what_was_decoded_for_a_moment_goes_with_it():
    """Not with a collection of garbage, which comes seldom: a busy board would keep the panes of many moments."""
    snapshot = shard_with((call.queued(0), call.answered(5), call.ended(10)), now_s=11).board(call.ms(11), DESK)
    assert len(list(snapshot.rows(windows=["today"], compare=True))) > 100
    decoded = weakref.ref(snapshot.book.pane)
    gc.disable()
    try:
        del snapshot
        assert decoded() is None
    finally:
        gc.enable()
