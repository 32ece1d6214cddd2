"""Vectors of disorder and of cases: see test_vectors.py."""

from __future__ import annotations

from typing import Any, Final

from streams.core.clocks.policy import Policy
from tests.core.cases import call_tales as call
from tests.core.cases import ticket_tales as ticket
from tests.core.driving import KeptShard, comparable, one, settings, told
from tests.core.telling import BOT, DAY, HOUR, HUMAN, MINUTE, calls, clock, residual, tickets, told_all

# --- 9.3 disorder ----------------------------------------------------------------------------------------------------

ORDERED: Final = (call.queued(0), call.answered(30), call.held(40), call.resumed(50), call.ended(90), call.wrapped(100))


def rows_of(shard: KeptShard, now_s: float) -> Any:
    return comparable(row.document() for row in shard.board(call.ms(now_s)).rows())


def test_vector_17_the_same_event_twice_also_over_a_restart_changes_nothing():
    shard, once = KeptShard(), calls(ORDERED, now_s=HOUR)
    records = told_all([ORDERED])
    for _ in range(2):
        shard.says("calls", *records, *records)
        shard.crash()
    shard.at(call.ms(HOUR))
    assert rows_of(shard, HOUR) == rows_of(once, HOUR)


def test_vector_18_answer_before_queue_end_before_answer_and_resolve_before_creation_end_like_the_ordered_ones():
    shard = KeptShard()
    for record in reversed(told_all([ORDERED])):
        shard.says("calls", record)
    shard.at(call.ms(HOUR))
    assert rows_of(shard, HOUR) == rows_of(calls(ORDERED, now_s=HOUR), HOUR)
    story = (ticket.created(0), ticket.agent(60), ticket.resolved(120))
    late, ordered = KeptShard(), KeptShard()
    late.says("tickets", *reversed(told_all([story])))
    ordered.says("tickets", *told_all([story]))
    assert rows_of(late, HOUR) == rows_of(ordered, HOUR)
    assert late.value("resolution_time", "mean", to="first", clock="calendar") == 120


def test_vector_19_a_late_abandon_corrects_the_window_and_one_after_its_panes_are_gone_the_case_alone():
    shard = calls((call.queued(clock("10:00")),), (call.queued(clock("10:00")),), now_s=clock("10:15"))
    shard.says("calls", told(call.abandoned(clock("10:00:30")), "9", call_id="1"))
    snapshot = shard.board(call.ms(clock("10:15")))
    assert one(snapshot, "calls_abandoned", "count", "15m").value == 1
    assert residual(snapshot) == 0
    late = tickets((ticket.created(40 * DAY),), now_s=40 * DAY)
    late.says("tickets", told(ticket.created(0)), told(ticket.resolved(DAY), "2"))
    snapshot = late.board(ticket.ms(40 * DAY))
    assert late.count("late_events") == 2
    assert one(snapshot, "tickets_resolved", "count", "30d").value == 0
    assert one(snapshot, "unresolved_cases", "count", "now").value == 1  # the other ticket


def test_vector_20_a_visit_whose_end_is_missing_is_unobserved_and_waits_no_longer():
    shard = calls((call.queued(0),), (call.queued(0), call.ended(50, "agent")), now_s=3 * HOUR)
    assert shard.value("waiting", "oldest", "now") == 3 * HOUR
    assert shard.value("calls_unobserved") == 1
    shard.at(call.ms(4 * HOUR))
    assert shard.value("waiting", "oldest", "now") is None
    assert [shard.value(kpi) for kpi in ("calls_unobserved", "calls_abandoned", "calls_answered")] == [2, 0, 0]
    assert residual(shard.board(call.ms(4 * HOUR))) == 0


def test_vector_21_a_time_in_the_future_is_set_aside_and_no_duration_is_negative():
    shard = KeptShard()
    shard.produce("calls", told(call.queued(0)), told(call.queued(10 * MINUTE), call_id="C2"), told(call.answered(-5), "2"))
    shard.read("calls", wall_ms=call.ms(0))
    shard.checkpoint()
    assert [dict(letter.headers)["error.reason"] for letter in shard.outputs] == [b"future_time"]
    assert shard.value("waiting", window="now") == 1  # an answer before the visit is one of its own, a direct call
    assert shard.value("speed_of_answer", "mean") is None


# --- 9.4 cases -------------------------------------------------------------------------------------------------------


def test_vector_23_a_bot_reply_14_days_of_silence_a_message_and_a_reply_in_2_minutes_is_a_response_of_2_minutes():
    shard = tickets((ticket.created(0), ticket.bot(5), ticket.customer(14 * DAY), ticket.agent(14 * DAY + 2 * MINUTE)))
    assert shard.value("response_time", "mean", **HUMAN) == shard.value("first_response_time", "mean", **HUMAN) == 2 * MINUTE
    assert shard.value("first_response_time", "mean", window="30d", **BOT) is None  # that one left the 30 days


def test_vector_24_bot_resolved_reopened_after_5_days_and_replied_to_in_10_minutes_is_a_first_response_of_10_minutes():
    story = (ticket.created(0), ticket.bot(5), ticket.resolved(6), ticket.customer(5 * DAY), ticket.agent(5 * DAY + 10 * MINUTE))
    assert tickets(story, now_s=6 * DAY).value("first_response_time", "mean", **HUMAN) == 10 * MINUTE


def test_vector_25_neither_the_first_words_of_an_agents_own_ticket_nor_private_nor_automatic_ones_are_first_responses():
    shard = tickets(
        (ticket.created(0, by="agent"), ticket.agent(5)),
        (ticket.created(0), ticket.agent(5, public=False)),
        (ticket.created(0), ticket.agent(5, auto=True)),
        now_s=HOUR,
    )
    assert shard.value("first_response_time", "count", **HUMAN) == 0
    assert shard.value("open_cases", window="now") == 2


def test_vector_26_three_customer_messages_and_one_reply_are_one_wait_from_the_first():
    shard = tickets((ticket.created(0), ticket.customer(100), ticket.customer(200), ticket.agent(300)), now_s=HOUR)
    row = one(shard.board(ticket.ms(HOUR)), "response_time", "mean", **HUMAN)
    assert (row.value, row.samples) == (300, 1)


def test_vector_27_thanks_after_a_resolve_are_no_reopen_and_a_reopened_case_that_is_still_open_is_one():
    shard = tickets(
        (ticket.created(0), ticket.resolved(60), ticket.customer(70, thanks=True), ticket.resolved(80)),
        (ticket.created(0), ticket.resolved(60), ticket.customer(70)),
        now_s=HOUR,
    )
    assert shard.value("tickets_reopened") == 1
    assert shard.value("tickets_resolved") == 2
    assert shard.value("tickets_resolved_holding") == 1
    assert shard.value("reopen_rate", "rate") == 0.5


def test_vector_28_a_merged_ticket_leaves_the_backlog_and_has_no_resolution():
    shard = tickets((ticket.created(0), ticket.resolved(60), ticket.customer(90), ticket.merged(2 * DAY)), now_s=3 * DAY)
    assert [shard.value(kpi, window="now") for kpi in ("backlog", "unresolved_cases", "open_cases")] == [0, 0, 0]
    assert shard.value("resolution_time", "count", to="first", clock="calendar") == 0
    assert [shard.value(kpi) for kpi in ("tickets_created", "tickets_merged", "tickets_resolved", "tickets_reopened")] == [1, 1, 0, 0]
    assert shard.value("backlog", "growth") == 0


def test_vector_30_time_in_pending_over_a_weekend_and_a_change_of_policy_is_kept_out_of_the_working_time():
    shard = tickets((ticket.created(0), ticket.status(HOUR, "pending")), now_s=DAY)
    shard.settings = settings(policy=Policy(talk_limit_ms=call.ms(HOUR) - call.ms(0)))  # type: ignore[arg-type]
    shard.crash()
    shard.says("tickets", told(ticket.status(4 * DAY, "open"), "8", ticket_id="1"))
    shard.says("tickets", told(ticket.resolved(4 * DAY + HOUR), "9", ticket_id="1"))
    assert shard.value("resolution_time", "mean", to="first", clock="calendar") == 4 * DAY + HOUR
    assert shard.value("resolution_time", "mean", to="first", clock="working") == 2 * HOUR


def test_vector_31_a_ticket_that_is_pending_now_is_still_paused():
    shard = tickets((ticket.created(0), ticket.status(HOUR, "pending")), now_s=9 * DAY)
    assert shard.value("unresolved_cases", window="now", status="pending") == 1
    shard.says("tickets", told(ticket.resolved(9 * DAY), "9", ticket_id="1"))
    assert shard.value("resolution_time", "mean", to="full", clock="working") == HOUR


def test_vector_34_a_target_is_missed_at_its_instant_without_an_event_once_and_not_if_a_late_reply_was_in_time():
    """Of response targets that nobody promised; breaches of promises: test_vectors_of_promises.py."""
    shard = tickets((ticket.created(0, "chat"),), now_s=2 * MINUTE)

    def within() -> tuple[Any, int | None]:
        row = one(shard.board(shard.shard.now_ms), "first_response_time", "within_target", **HUMAN)
        return row.value, row.samples

    assert within() == (None, 0)
    shard.at(ticket.ms(2 * MINUTE + 0.001))
    assert within() == (0, 1)
    shard.at(ticket.ms(DAY))
    shard.crash()
    assert within() == (0, 1)
    shard.says("tickets", told(ticket.agent(2 * MINUTE), "9", ticket_id="1"))
    assert within() == (1, 1)
