"""A call's conversations with agents: talk, hold, wrap-up, transfers, direct and outbound calls (metrics.md, sections 3, 5 and 7)."""

from __future__ import annotations

import pytest

from schemas import fields as f
from schemas.values import Cell
from streams.core.cases.calls import CALLS
from tests.core.cases.call_tales import (
    BILLING,
    HOUR,
    MINUTE,
    NOWHERE,
    SUPPORT,
    abandoned,
    answered,
    ended,
    held,
    missed,
    queued,
    resumed,
    started,
    tell,
    transferred,
    wrapped,
)


def test_a_conversation_is_handled_at_its_end_and_lasts_from_the_answer_on():
    tale = tell(queued(0), answered(10), ended(190))
    assert tale.when(f.HANDLE) == tale.when(f.CONVERSATION) == tale.when(f.CALLS_HANDLED_ANY) == [190]
    assert tale.lengths(f.HANDLE) == tale.lengths(f.CONVERSATION) == [180]
    assert tale.seconds(f.TALK_MS, BILLING) == 180
    assert tale.seconds(f.HOLD_MS) == tale.seconds(f.WRAP_MS) == 0
    assert tale.count(f.HELD_SEGMENTS) == 0


def test_a_conversation_under_way_is_talking_and_nothing_else_yet():
    tale = tell(queued(0), answered(10), now_s=100)
    assert tale.since(f.TALKING, BILLING) == [10]
    assert tale.count(f.HANDLE) == 0
    assert tell(queued(0), answered(10), ended(20)).standings == ()


def test_a_conversation_that_lasts_no_time_is_handled():
    tale = tell(queued(0), answered(10), ended(10))
    assert tale.lengths(f.HANDLE) == [0]
    assert tale.count(f.CALLS_HANDLED_ANY) == 1


# --- hold ------------------------------------------------------------------------------------------------------------


def test_hold_times_add_up_and_are_no_talk():
    tale = tell(queued(0), answered(10), held(20), resumed(50), held(60), resumed(75), ended(110))
    assert tale.seconds(f.HOLD_MS, BILLING) == 45
    assert tale.seconds(f.TALK_MS, BILLING) == 55
    assert tale.lengths(f.HANDLE) == [100]
    assert tale.count(f.HELD_SEGMENTS) == 1


def test_a_hold_without_an_end_is_closed_by_the_end_of_the_conversation():
    for end in (ended(110), transferred(110), queued(110, "support"), answered(110, "bob")):
        tale = tell(queued(0), answered(10), held(90), end)
        assert tale.seconds(f.HOLD_MS, BILLING) == 20
        assert tale.seconds(f.TALK_MS, BILLING) == 80


def test_talking_and_holding_are_disjoint():
    on_hold = tell(queued(0), answered(10), held(20))
    assert on_hold.since(f.HOLDING, BILLING) == [20]
    assert on_hold.since(f.TALKING) == []
    back = tell(queued(0), answered(10), held(20), resumed(50))
    assert back.since(f.HOLDING) == []
    assert back.since(f.TALKING) == [10]


def test_a_second_held_does_not_begin_the_hold_anew_and_a_resumed_without_hold_means_nothing():
    tale = tell(queued(0), answered(10), resumed(15), held(20), held(40), resumed(50), resumed(60), ended(110))
    assert tale.seconds(f.HOLD_MS) == 30


def test_hold_outside_a_conversation_means_nothing():
    assert tell(queued(0), held(5), answered(10), ended(30)).facts == tell(queued(0), answered(10), ended(30)).facts
    after = tell(queued(0), answered(10), ended(30), held(31), resumed(60))
    assert after.seconds(f.HOLD_MS) == 0
    assert after.standings == ()


def test_hold_of_one_conversation_does_not_pass_on_to_the_next():
    tale = tell(queued(0), answered(10), held(20), transferred(30), queued(30, "support"), answered(40, "bob"), ended(100))
    assert [tale.seconds(f.HOLD_MS, cell) for cell in (BILLING, SUPPORT)] == [10, 0]
    assert [tale.seconds(f.TALK_MS, cell) for cell in (BILLING, SUPPORT)] == [10, 60]
    assert tale.count(f.HELD_SEGMENTS) == 1


# --- wrap-up ---------------------------------------------------------------------------------------------------------


def test_wrap_up_counts_at_the_end_of_its_conversation():
    tale = tell(queued(0), answered(10), ended(190), wrapped(220))
    assert tale.seconds(f.WRAP_MS, BILLING) == 30
    assert tale.when(f.HANDLE) == [190]
    assert tale.lengths(f.HANDLE) == [210]
    assert tale.lengths(f.CONVERSATION) == [180]
    assert tale.count(f.HANDLE) == 1


def test_wrap_up_that_is_never_told_is_0():
    assert tell(queued(0), answered(10), ended(190), now_s=HOUR).lengths(f.HANDLE) == [180]


def test_wrap_up_is_capped_at_10_minutes():
    assert tell(queued(0), answered(10), ended(20), wrapped(20 + 10 * MINUTE)).seconds(f.WRAP_MS) == 600
    assert tell(queued(0), answered(10), ended(20), wrapped(20 + 11 * MINUTE)).seconds(f.WRAP_MS) == 600
    assert tell(queued(0), answered(10), ended(20), wrapped(20 + 11 * MINUTE)).lengths(f.HANDLE) == [610]


def test_wrap_up_belongs_to_the_conversation_of_its_agent():
    calls = (queued(0), answered(10, "ann"), transferred(40), queued(40, "support"), answered(50, "bob"), ended(110))
    tale = tell(*calls, wrapped(115, "ann"), wrapped(140, "bob"))
    assert [tale.seconds(f.WRAP_MS, cell) for cell in (BILLING, SUPPORT)] == [75, 30]
    assert tale.lengths(f.HANDLE) == [30 + 75, 60 + 30]


def test_wrap_up_without_an_agent_belongs_to_the_latest_conversation_that_has_none_yet():
    calls = (queued(0), answered(10, "ann"), transferred(40), queued(40, "support"), answered(50, "bob"), ended(110))
    tale = tell(*calls, wrapped(120), wrapped(130))
    assert [tale.seconds(f.WRAP_MS, cell) for cell in (BILLING, SUPPORT)] == [90, 10]


def test_wrap_up_of_nobodys_conversation_counts_nowhere_and_a_second_one_neither():
    once = (queued(0), answered(10, "ann"), ended(40), wrapped(50, "ann"))
    assert tell(*once, wrapped(60, "ann"), wrapped(70, "bob")).seconds(f.WRAP_MS) == 10
    assert tell(queued(0), wrapped(5)).seconds(f.WRAP_MS) == 0
    assert tell(queued(0), answered(10), wrapped(50), ended(60)).seconds(f.WRAP_MS) == 0  # still talking


# --- transfers -------------------------------------------------------------------------------------------------------


def test_a_call_transferred_to_a_queue_has_two_visits_and_two_conversations():
    tale = tell(queued(0), answered(19), transferred(79), queued(79, "support", seq=1), answered(109, "bob"), ended(229))
    assert tale.when(f.CALLS_TRANSFERRED) == [79]
    assert tale.count(f.CALLS_TRANSFERRED, BILLING) == 1
    assert tale.lengths(f.ANSWER_WAIT) == [19, 30]
    assert tale.count(f.SERVICE_IN, BILLING) == tale.count(f.SERVICE_OUT, SUPPORT) == 1
    assert tale.count(f.SERVICE_OUT, BILLING) == tale.count(f.SERVICE_IN, SUPPORT) == 0
    assert [tale.count(f.HANDLE, cell) for cell in (BILLING, SUPPORT)] == [1, 1]
    assert tale.lengths(f.HANDLE) == [60, 120]
    assert tale.count(f.CALLS_HANDLED_ANY) == 1  # one call
    assert tale.count(f.CALLS_RECEIVED) == 1


def test_a_call_transferred_to_an_agent_is_handled_twice_and_offered_once():
    tale = tell(queued(0), answered(10), transferred(60, "agent", "bob", "consult"), answered(65, "bob"), ended(125))
    assert tale.count(f.CALLS_OFFERED) == tale.count(f.ANSWER_WAIT) == 1
    assert tale.lengths(f.HANDLE) == [50, 60]
    assert tale.count(f.HANDLE, BILLING) == 2


def test_a_call_transferred_away_is_over_for_us():
    tale = tell(queued(0), answered(10), transferred(60, "external", "+441632960101"))
    assert tale.standings == ()
    assert tale.lengths(f.HANDLE) == [50]
    assert CALLS.ended_ms(tale.state) == tale.state.last_ms


@pytest.mark.parametrize("next_", [queued(60, "support"), answered(60, "bob")], ids=str)
def test_the_next_visit_or_answer_closes_a_conversation_that_is_still_open(next_):
    tale = tell(queued(0), answered(10), next_)
    assert tale.lengths(f.HANDLE) == [50]
    assert tale.count(f.HANDLE, BILLING) == 1
    assert tale.count(f.CALLS_TRANSFERRED) == 0


def test_a_transfer_at_the_instant_of_the_visit_that_follows_it_counts_there_unless_seq_says_which_came_first():
    """At one instant the ranks of events.md order them: the visit begins first."""
    calls = (queued(0), answered(10), transferred(60), answered(70, "bob"), ended(100))
    assert tell(*calls, queued(60, "support")).count(f.CALLS_TRANSFERRED, SUPPORT) == 1
    assert tell(*calls, queued(60, "support", seq=1)).count(f.CALLS_TRANSFERRED, BILLING) == 1


def test_a_transfer_while_nobody_talks_counts_and_ends_nothing():
    tale = tell(queued(0), transferred(5), answered(8))
    assert tale.count(f.CALLS_TRANSFERRED, BILLING) == 1
    assert tale.lengths(f.ANSWER_WAIT) == [8]


# --- direct and outbound calls ---------------------------------------------------------------------------------------


def test_a_direct_call_is_handled_and_received_but_never_offered_to_a_queue():
    tale = tell(started(0), answered(12), ended(72))
    assert tale.count(f.CALLS_OFFERED) == tale.count(f.ANSWER_WAIT) == tale.count(f.SERVICE_IN) == tale.count(f.SERVICE_OUT) == 0
    assert tale.count(f.HANDLE, NOWHERE) == tale.count(f.CALLS_RECEIVED, NOWHERE) == 1
    assert tale.lengths(f.HANDLE) == [60]


def test_the_queue_of_an_answer_counts_for_direct_calls_only():
    assert tell(started(0), answered(12, queue="billing"), ended(72)).count(f.HANDLE, BILLING) == 1
    visited = tell(queued(0), answered(12, queue="support"), ended(72))
    assert visited.count(f.HANDLE, BILLING) == visited.count(f.ANSWER_WAIT, BILLING) == 1
    assert visited.count(f.HANDLE, SUPPORT) == 0


def test_an_answer_after_the_visit_ended_is_a_direct_call():
    tale = tell(queued(0), abandoned(10), answered(40), ended(100))
    assert tale.count(f.ABANDON_WAIT) == 1
    assert tale.count(f.ANSWER_WAIT) == 0
    assert tale.lengths(f.HANDLE) == [60]


def test_an_outbound_call_is_handled_apart():
    tale = tell(started(0, direction="outbound"), answered(8), held(20), resumed(30), ended(68), wrapped(78))
    assert tale.count(f.HANDLE) == tale.count(f.TALK_MS) == tale.count(f.CALLS_HANDLED_ANY) == tale.count(f.WRAP_MS) == 0
    assert tale.lengths(f.HANDLE_OUTBOUND) == [70]
    assert tale.seconds(f.TALK_MS_OUTBOUND) == 50
    assert tale.seconds(f.HOLD_MS_OUTBOUND) == 10
    assert tale.seconds(f.WRAP_MS_OUTBOUND) == 10
    assert tale.count(f.HELD_SEGMENTS_OUTBOUND) == tale.count(f.CALLS_HANDLED_ANY_OUTBOUND) == 1
    assert tale.lengths(f.CONVERSATION) == [60]  # whatever the direction


# --- without an end --------------------------------------------------------------------------------------------------


def test_a_conversation_without_an_end_is_left_after_12_hours_and_handled_by_nobody():
    before, at = (tell(queued(0), answered(10), now_s=10 + 12 * HOUR - less) for less in (0.001, 0))
    assert before.since(f.TALKING) == [10]
    assert at.standings == ()
    assert at.when(f.CONVERSATIONS_UNOBSERVED) == [10 + 12 * HOUR]
    assert at.count(f.CONVERSATIONS_UNOBSERVED, BILLING) == 1
    assert at.count(f.HANDLE) == at.count(f.CALLS_HANDLED_ANY) == 0
    assert tell(queued(0), answered(10), held(20), now_s=10 + 12 * HOUR).standings == ()


def test_its_real_end_takes_the_place_of_the_limit():
    tale = tell(queued(0), answered(10), ended(10 + 13 * HOUR), wrapped(40 + 13 * HOUR))
    assert tale.count(f.CONVERSATIONS_UNOBSERVED) == 0
    assert tale.lengths(f.HANDLE) == [13 * HOUR + 30]
    assert not CALLS.fits(tell(queued(0), answered(10), now_s=13 * HOUR).state, ended(14 * HOUR))


def test_what_ends_nothing_leaves_the_limit_in_force():
    tale = tell(queued(0), answered(10), missed(13 * HOUR, "bob"))
    assert tale.when(f.CONVERSATIONS_UNOBSERVED) == [10 + 12 * HOUR]
    assert tale.since(f.TALKING) == []


def test_labels_of_what_happens_after_a_visit_are_those_of_the_visit():
    cell = Cell("billing", "chat", "urgent")
    tale = tell(queued(0, channel="chat", priority="urgent"), answered(10), transferred(20, "agent", "bob"), answered(30, "bob"), ended(50))
    assert {own for _, _, own, _ in tale.facts} == {cell}
