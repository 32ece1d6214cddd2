"""What a customer is owed: when a wait starts, what ends it, and when its target has passed (metrics.md, sections 4 and 7)."""

from __future__ import annotations

import pytest

from schemas import fields as f
from schemas.values import SECOND_MS, Cell
from streams.core.cases.fold import NEVER_MS
from streams.core.cases.tickets import TICKETS
from streams.core.clocks.policy import RESPONSE_TARGETS_MS
from tests.core.cases.ticket_tales import (
    DAY,
    HOUR,
    MAIL,
    MINUTE,
    POLICY,
    START_MS,
    agent,
    assigned,
    bot,
    created,
    customer,
    deleted,
    handoff,
    merged,
    ms,
    resolved,
    status,
    tell,
    updated,
)

FIRST_IN, FIRST_OUT = f.FIRST_RESPONSE_HUMAN_IN, f.FIRST_RESPONSE_HUMAN_OUT
NEXT_IN, NEXT_OUT = f.NEXT_RESPONSE_HUMAN_IN, f.NEXT_RESPONSE_HUMAN_OUT
FIRST, NEXT = f.FIRST_RESPONSE_HUMAN, f.NEXT_RESPONSE_HUMAN
RESPONSES = (FIRST, NEXT, f.FIRST_RESPONSE_BOT, f.NEXT_RESPONSE_BOT)
COUNTS = tuple(range(f.FIRST_RESPONSE_HUMAN_IN, f.NEXT_RESPONSE_BOT_OUT + 1))


def test_golden_figure_first_responses_of_54_000_s_over_800_tickets_take_67_5_s_in_the_mean():
    # 200 tickets each answered after 30, 60, 80 and 100 s: 200 x 270 = 54,000.
    lengths = [
        length
        for after_s in (30, 60, 80, 100)
        for number in range(200)
        for length in tell(created(number), agent(number + after_s)).lengths(FIRST)
    ]
    assert sum(lengths) == 54_000
    assert len(lengths) == 800
    assert sum(lengths) / len(lengths) == 67.5


# --- start and end ---------------------------------------------------------------------------------------------------


def test_three_customer_messages_and_one_reply_are_one_wait_from_the_first():
    tale = tell(created(0), agent(10), customer(100), customer(200), customer(300), agent(400))
    assert tale.lengths(FIRST) == [10]
    assert tale.lengths(NEXT) == [300]
    assert tale.since(f.OPEN) == []


def test_a_message_before_the_first_answer_does_not_shorten_the_wait_since_creation():
    assert tell(created(0), customer(500), agent(600)).lengths(FIRST) == [600]


def test_private_notes_and_automatic_replies_answer_nothing_whoever_writes_them():
    notes = (agent(10, public=False), agent(20, auto=True), bot(30, auto=True), bot(40, public=False))
    tale = tell(created(0), *notes, agent(60))
    assert tale.lengths(FIRST) == [60]
    assert tale.lengths(f.FIRST_RESPONSE_BOT) == []


def test_a_private_message_of_a_customer_starts_no_wait():
    assert tell(created(0), agent(10), customer(20, public=False)).since(f.OPEN) == []


def test_thanks_start_no_wait():
    assert tell(created(0), agent(10), customer(20, thanks=True), agent(30)).lengths(NEXT) == []


def test_an_agent_created_ticket_has_no_first_response_whatever_is_written_in_it():
    tale = tell(created(0, by="agent"), agent(5, public=False), agent(6, auto=True), customer(100), agent(160))
    assert tale.lengths(FIRST) == []
    assert tale.lengths(NEXT) == [60]


def test_an_answer_that_nobody_waits_for_has_no_length_but_is_the_first_word_of_a_human():
    tale = tell(created(0), bot(10), agent(20), customer(30), agent(40))
    assert tale.lengths(f.FIRST_RESPONSE_BOT) == [10]
    assert tale.lengths(FIRST) == []
    assert tale.lengths(NEXT) == [10]


def test_a_resolve_ends_the_wait_without_an_answer():
    tale = tell(created(0), resolved(HOUR), agent(2 * HOUR), now_s=9 * DAY)
    assert [tale.lengths(field) for field in RESPONSES] == [[], [], [], []]
    assert [tale.count(field) for field in COUNTS] == [0] * 8


# --- bots ------------------------------------------------------------------------------------------------------------


def test_a_bot_reply_then_silence_for_14_days_then_a_message_answered_in_2_minutes_is_a_first_response_of_2_minutes():
    tale = tell(created(0), bot(5), customer(14 * DAY), agent(14 * DAY + 2 * MINUTE))
    assert tale.lengths(FIRST) == [2 * MINUTE]
    assert tale.lengths(f.FIRST_RESPONSE_BOT) == [5]


def test_bot_resolved_reopened_after_5_days_and_replied_to_in_10_minutes_is_a_first_response_of_10_minutes():
    opening = (created(0), bot(5), resolved(6))
    assert tell(*opening, status(5 * DAY, "open"), agent(5 * DAY + 10 * MINUTE)).lengths(FIRST) == [10 * MINUTE]
    assert tell(*opening, customer(5 * DAY), agent(5 * DAY + 10 * MINUTE)).lengths(FIRST) == [10 * MINUTE]


def test_a_reopen_by_status_starts_no_wait_once_a_human_has_written():
    tale = tell(created(0), agent(5), resolved(6), status(DAY, "open"), agent(2 * DAY))
    assert tale.lengths(NEXT) == []
    assert tell(created(0), agent(5), resolved(6), status(DAY, "open")).since(f.OPEN) == []


def test_a_handoff_starts_the_wait_again_from_the_handoff():
    tale = tell(created(0), bot(5), handoff(100), agent(160))
    assert tale.lengths(FIRST) == [60]
    assert tell(created(0), bot(5), handoff(100)).since(f.OPEN) == [100]


def test_a_handoff_leaves_an_older_unanswered_message_alone():
    assert tell(created(0), bot(5), customer(50), handoff(100), agent(160)).lengths(FIRST) == [110]


def test_the_first_bot_answer_is_one_that_nobody_wrote_before_and_later_ones_are_next():
    tale = tell(created(0), bot(5), customer(10), bot(17), customer(20), agent(30), customer(40), bot(51))
    assert tale.lengths(f.FIRST_RESPONSE_BOT) == [5]
    assert tale.lengths(f.NEXT_RESPONSE_BOT) == [7, 11]
    assert tale.lengths(FIRST) == [10]
    after_a_human = tell(created(0), agent(5), customer(10), bot(15))
    assert after_a_human.lengths(f.FIRST_RESPONSE_BOT) == []
    assert after_a_human.lengths(f.NEXT_RESPONSE_BOT) == [5]


# --- targets ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("channel", RESPONSE_TARGETS_MS)
def test_an_answer_at_the_target_is_in_time_and_one_after_it_is_not(channel):
    target_s = RESPONSE_TARGETS_MS[channel] // SECOND_MS
    in_time = tell(created(0, channel), agent(target_s))
    assert in_time.when(FIRST_IN) == [target_s]
    assert in_time.when(FIRST_OUT) == []
    late = tell(created(0, channel), agent(target_s + 0.001))
    assert late.when(FIRST_IN) == []
    assert late.when(FIRST_OUT) == [target_s]
    assert late.lengths(FIRST) == [target_s + 0.001]


def test_later_waits_have_targets_of_their_own():
    tale = tell(created(0, "chat"), agent(1), customer(100), agent(220), customer(300), agent(421))
    assert tale.when(NEXT_IN) == [220]
    assert tale.when(NEXT_OUT) == [420]


def test_a_target_passes_by_the_clock_alone_one_ms_after_its_instant_and_once():
    assert tell(created(0), now_s=DAY).when(FIRST_OUT) == []
    tale = tell(created(0), now_s=DAY + 0.001)
    assert tale.when(FIRST_OUT) == [DAY]
    assert tale.since(f.OPEN) == [0]
    facts: list = []
    assert TICKETS.pass_due(tale.state, ms(9 * DAY), POLICY, facts) == 0
    assert facts == []


def test_the_fold_says_when_it_is_due_and_what_passed():
    state = tell(created(0)).state
    assert TICKETS.due_ms(state, POLICY) == ms(DAY) + 1
    assert TICKETS.pass_due(state, ms(DAY), POLICY, []) == 0
    assert TICKETS.pass_due(state, ms(2 * DAY), POLICY, []) == ms(DAY)
    assert TICKETS.due_ms(state, POLICY) == NEVER_MS
    assert TICKETS.due_ms(tell(created(0), agent(5)).state, POLICY) == NEVER_MS


@pytest.mark.parametrize("end", [resolved, merged, deleted, agent, bot])
def test_a_wait_past_due_is_out_at_its_due_instant_whatever_ends_it(end):
    assert tell(created(0), end(2 * DAY)).when(FIRST_OUT) == [DAY]


@pytest.mark.parametrize("end", [resolved, merged, deleted])
def test_a_wait_that_ends_before_its_due_instant_without_an_answer_counts_nowhere(end):
    tale = tell(created(0), end(DAY), now_s=9 * DAY)
    assert [tale.count(field) for field in COUNTS] == [0] * 8


def test_out_of_time_counts_under_the_labels_of_the_due_instant():
    tale = tell(created(0), updated(DAY, queue="support"), updated(DAY + 1, queue="third"), agent(2 * DAY))
    assert tale.count(FIRST_OUT, Cell("support", "email", "normal")) == 1
    assert tale.count(FIRST, Cell("third", "email", "normal")) == 1


def test_a_bot_answer_in_time_is_in_for_the_bot_and_nothing_for_humans():
    tale = tell(created(0), bot(HOUR), now_s=9 * DAY)
    assert tale.when(f.FIRST_RESPONSE_BOT_IN) == [HOUR]
    assert [tale.count(field) for field in COUNTS] == [0, 0, 1, 0, 0, 0, 0, 0]


def test_a_late_bot_answer_is_out_for_humans_when_due_and_for_the_bot_when_it_comes():
    tale = tell(created(0), bot(2 * DAY), customer(3 * DAY), bot(5 * DAY))
    assert tale.when(f.FIRST_RESPONSE_BOT_OUT) == [2 * DAY]
    assert tale.when(f.NEXT_RESPONSE_BOT_OUT) == [5 * DAY]
    assert tale.when(FIRST_OUT) == [DAY, 4 * DAY]  # no human has written


def test_another_channel_moves_the_target_of_the_running_wait_from_its_start():
    tale = tell(created(0), updated(60, channel="sms"), agent(2 * HOUR))
    assert tale.when(FIRST_OUT) == [HOUR]
    longer = tell(created(0, "sms"), updated(60, channel="email"), agent(2 * HOUR))
    assert longer.when(FIRST_IN) == [2 * HOUR]
    missed_already = tell(created(0, "sms"), updated(2 * HOUR, channel="email"), agent(3 * HOUR))
    assert missed_already.when(FIRST_OUT) == [HOUR]
    assert missed_already.when(FIRST_IN) == []


def test_a_wait_runs_whoever_has_the_ticket_and_whatever_its_status():
    tale = tell(created(0), assigned(5, None), status(6, "bot"), status(7, "pending"), now_s=2 * DAY)
    assert tale.when(FIRST_OUT) == [DAY]
    assert tale.count(FIRST_OUT, MAIL) == 1
    assert TICKETS.due_ms(tell(created(0), status(6, "bot")).state, POLICY) == START_MS + DAY * 1000 + 1
