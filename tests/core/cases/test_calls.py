"""A call's visits of queues: how they begin and end, and what the service level makes of them (metrics.md, sections 3 and 7).

Its conversations stand in test_conversations.py. Defaults: T = 20 s, chat 60 s, short abandons up to 5 s.
"""

from __future__ import annotations

import pytest

from schemas import fields as f
from schemas.values import Cell, DurationMs
from streams.core.cases.calls import CALLS
from streams.core.cases.fold import NEVER_MS
from streams.core.clocks.policy import Policy, QueuePolicy
from tests.core.cases.call_tales import (
    BILLING,
    HOUR,
    MINUTE,
    OUTCOMES,
    POLICY,
    SUPPORT,
    abandoned,
    answered,
    blocked,
    ended,
    held,
    left,
    missed,
    ms,
    outcomes,
    queued,
    rejoined,
    service,
    started,
    tell,
    wrapped,
)

# --- outcomes --------------------------------------------------------------------------------------------------------


def test_a_visit_that_goes_on_waits_and_has_no_outcome():
    tale = tell(queued(0))
    assert outcomes(tale) == []
    assert tale.count(f.CALLS_OFFERED, BILLING) == 1
    assert tale.since(f.WAITING, BILLING) == tale.since(f.UNDECIDED, BILLING) == [0]
    assert service(tale) == ([], [])


@pytest.mark.parametrize(
    ("end", "outcome"),
    [
        (answered(10), "answered"),
        (abandoned(10), "abandoned"),
        (abandoned(3), "short_abandoned"),
        (blocked(10), "blocked"),
        (blocked(10, "closed"), "blocked"),
        (left(10, "callback"), "callback"),
        (ended(10, "customer"), "abandoned"),
        (ended(3, "customer"), "short_abandoned"),
        (ended(10, "agent"), "unobserved"),
        (ended(10, "system"), "unobserved"),
        (ended(10), "unobserved"),
        (queued(10, "support"), "left requeued"),
        *((left(10, reason), f"left {reason}") for reason in ("timeout", "key", "overflow", "voicemail", "withdrawn", "other")),
    ],
    ids=str,
)
def test_a_visit_ends_with_the_first_of_its_ends_and_has_one_outcome(end, outcome):
    tale = tell(queued(0), end)
    assert outcomes(tale) == [outcome]
    assert tale.since(f.WAITING, BILLING) == []
    after = tell(queued(0), end, abandoned(16), left(17), blocked(18), ended(19, "customer"))
    of_the_next_visit = ["abandoned"] if outcome == "left requeued" else []
    assert outcomes(after) == [*of_the_next_visit, outcome]


def test_waits_are_those_of_the_visit_in_milliseconds():
    assert tell(queued(1), answered(13.456)).lengths(f.ANSWER_WAIT) == [12.456]
    assert tell(queued(1), abandoned(13.456)).lengths(f.ABANDON_WAIT) == [12.456]


def test_an_outcome_counts_at_the_end_of_the_visit_under_the_labels_of_the_visit():
    cell = Cell("billing", "chat", "high")
    tale = tell(started(0, channel="chat"), queued(5, priority="high"), abandoned(100))
    assert tale.when(f.ABANDON_WAIT) == [100]
    assert tale.count(f.ABANDON_WAIT, cell) == tale.count(f.CALLS_OFFERED, cell) == 1


def test_the_channel_of_the_queue_is_that_of_the_visit():
    assert tell(started(0), queued(5, channel="video")).since(f.WAITING, Cell("billing", "video", "normal")) == [5]


def test_an_abandon_outside_a_visit_means_nothing_once_there_was_one():
    tale = tell(queued(0), left(10), abandoned(20))
    assert outcomes(tale) == ["left timeout"]
    assert tale.count(f.CALLS_PREQUEUE_ABANDONED) == 0


def test_several_visits_each_have_their_own_wait_and_outcome():
    tale = tell(queued(0), left(10, "overflow"), queued(11, "support"), abandoned(26), queued(100), answered(103))
    assert outcomes(tale) == ["abandoned", "answered", "left overflow"]
    assert [tale.count(f.CALLS_OFFERED, cell) for cell in (BILLING, SUPPORT)] == [2, 1]
    assert tale.lengths(f.ABANDON_WAIT) == [15]
    assert tale.lengths(f.ANSWER_WAIT) == [3]


def test_being_queued_again_in_the_same_queue_is_another_visit():
    tale = tell(queued(0), queued(30), answered(40))
    assert outcomes(tale) == ["answered", "left requeued"]
    assert tale.lengths(f.ANSWER_WAIT) == [10]
    assert service(tale) == ([40], [20])  # the first visit was out at 20 s


# --- service level ---------------------------------------------------------------------------------------------------


def test_an_answer_at_exactly_t_is_in_and_one_a_millisecond_later_is_out_since_t():
    assert service(tell(queued(0), answered(20))) == ([20], [])
    late = tell(queued(0), answered(20.001))
    assert service(late) == ([], [20])
    assert late.count(f.ANSWERED_IN) == 0


def test_an_abandon_at_exactly_s_is_short_and_excluded_and_one_a_millisecond_later_is_out():
    short = tell(queued(0), abandoned(5))
    assert outcomes(short) == ["short_abandoned"]
    assert service(short) == ([], [])
    assert service(tell(queued(0), abandoned(5), rejoined(5))) == ([], [])
    longer = tell(queued(0), abandoned(5.001))
    assert outcomes(longer) == ["abandoned"]
    assert longer.count(f.ABANDONED_IN) == 1
    assert service(longer) == ([], [5.001])


def test_an_abandon_at_exactly_t_is_within_it_and_out_at_its_own_instant():
    tale = tell(queued(0), abandoned(20))
    assert tale.count(f.ABANDONED_IN) == 1
    assert service(tale) == ([], [20])


def test_t_passes_by_the_clock_without_an_event():
    before, after = tell(queued(0), now_s=20), tell(queued(0), now_s=20.001)
    assert service(before) == ([], [])
    assert before.since(f.UNDECIDED) == [0]
    assert service(after) == ([], [20])
    assert after.since(f.UNDECIDED) == []
    assert after.since(f.WAITING) == [0]


@pytest.mark.parametrize("end", [abandoned, answered, left, blocked, ended])
def test_a_call_that_crosses_t_is_out_once_whatever_ends_it_and_whether_or_not_the_clock_was_asked_in_between(end):
    assert service(tell(queued(0), end(45))) == ([], [20])
    assert service(tell(queued(0), end(45), now_s=HOUR)) == ([], [20])
    facts: list = []
    state = CALLS.begin(None, [])
    CALLS.step(state, queued(0), POLICY, facts)
    assert CALLS.pass_due(state, ms(30), POLICY, facts) == ms(20)
    CALLS.step(state, end(45), POLICY, facts)
    assert [at_ms for field, at_ms, *_ in facts if field == f.SERVICE_OUT] == [ms(20)]
    assert [field for field, *_ in facts if field == f.ABANDONED_IN] == []


@pytest.mark.parametrize("end", [left(20), left(20, "callback"), blocked(20), ended(20), queued(20, "support")], ids=str)
def test_flow_outs_callbacks_blocks_and_unseen_ends_up_to_t_are_excluded(end):
    assert service(tell(queued(0), end)) == ([], [])


def test_a_callback_within_t_counts_for_the_method_connect_and_a_later_one_does_not():
    assert tell(queued(0), left(20, "callback")).count(f.CALLBACK_IN) == 1
    late = tell(queued(0), left(20.001, "callback"))
    assert late.count(f.CALLBACK_IN) == 0
    assert outcomes(late) == ["callback"]
    assert service(late) == ([], [20])


def test_thresholds_are_those_of_the_channel_unless_the_queue_has_its_own():
    assert service(tell(queued(0, channel="chat"), answered(60))) == ([60], [])
    assert service(tell(queued(0, channel="video"), answered(60.001))) == ([], [60])
    assert service(tell(queued(0, channel="social"), answered(20.001))) == ([], [20])
    own = Policy(queues={"billing": QueuePolicy(threshold_ms=ms(90) - ms(0), short_abandon_ms=0)})  # type: ignore[arg-type]
    assert service(tell(queued(0), answered(90), policy=own)) == ([90], [])
    assert outcomes(tell(queued(0), abandoned(0.001), policy=own)) == ["abandoned"]
    assert outcomes(tell(queued(0), abandoned(0), policy=own)) == ["short_abandoned"]
    assert service(tell(queued(0, "support"), answered(90), policy=own)) == ([], [20])


# --- rejoining -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("gone", [abandoned(10), ended(10, "customer"), abandoned(3), ended(3, "customer")], ids=str)
def test_who_rejoins_was_never_gone(gone):
    tale = tell(queued(0), gone, rejoined(12), answered(15))
    assert outcomes(tale) == ["answered"]
    assert tale.lengths(f.ANSWER_WAIT) == [15]
    assert service(tale) == ([15], [])
    assert tale.count(f.ABANDONED_IN) == 0
    assert tell(queued(0), gone, rejoined(12)).since(f.WAITING) == [0]


def test_who_was_away_while_t_passed_crossed_it_all_the_same():
    tale = tell(queued(0), abandoned(10), rejoined(30), answered(31))
    assert outcomes(tale) == ["answered"]
    assert service(tale) == ([], [20])
    assert tell(queued(0), abandoned(10), now_s=HOUR).when(f.SERVICE_OUT) == [10]


def test_who_abandons_after_t_rejoins_and_abandons_again_is_out_once_and_abandoned_once():
    tale = tell(queued(0), abandoned(25), rejoined(26), abandoned(40))
    assert outcomes(tale) == ["abandoned"]
    assert tale.lengths(f.ABANDON_WAIT) == [40]
    assert service(tale) == ([], [20])


@pytest.mark.parametrize("end", [left(10), ended(10, "agent"), answered(10), blocked(10)], ids=str)
def test_only_an_abandon_can_be_taken_back(end):
    assert tell(queued(0), end, rejoined(12)).facts == tell(queued(0), end).facts


def test_a_rejoin_without_a_visit_changes_nothing():
    assert tell(started(0), rejoined(5)).facts == tell(started(0)).facts
    assert tell(started(0), abandoned(4), rejoined(5)).count(f.CALLS_PREQUEUE_ABANDONED) == 1


# --- limits ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("channel", "limit_s"), [("phone", 4 * HOUR), ("video", 4 * HOUR), ("chat", 24 * HOUR)])
def test_a_visit_without_an_end_is_unobserved_at_its_limit(channel, limit_s):
    before, at = tell(queued(0, channel=channel), now_s=limit_s - 0.001), tell(queued(0, channel=channel), now_s=limit_s)
    assert outcomes(before) == []
    assert before.since(f.WAITING) == [0]
    assert at.when(f.CALLS_UNOBSERVED) == [limit_s]
    assert at.since(f.WAITING) == []
    assert len(at.when(f.SERVICE_OUT)) == 1


@pytest.mark.parametrize(
    ("end", "outcome"),
    [(answered, "answered"), (abandoned, "abandoned"), (left, "left timeout"), (blocked, "blocked"), (ended, "unobserved")],
)
def test_a_real_end_after_the_limit_takes_its_place(end, outcome):
    tale = tell(queued(0), end(5 * HOUR), now_s=6 * HOUR)
    assert outcomes(tale) == [outcome]
    assert tale.when(OUTCOMES[outcome]) == [5 * HOUR]
    assert service(tale) == ([], [20])


def test_after_a_limit_passed_nothing_fits_so_that_the_case_is_folded_anew():
    state = tell(queued(0), now_s=4 * HOUR).state
    assert not any(CALLS.fits(state, event) for event in (abandoned(5 * HOUR), missed(5 * HOUR)))
    assert CALLS.fits(tell(queued(0), now_s=MINUTE).state, abandoned(61))


@pytest.mark.parametrize("threshold_s", [4 * HOUR, 5 * HOUR])
def test_a_threshold_that_the_limit_comes_before_never_passes_however_late_the_clock_is_asked(threshold_s):
    policy = Policy(queues={"billing": QueuePolicy(threshold_ms=DurationMs(threshold_s * 1_000))})
    for now_s in (4 * HOUR, 6 * HOUR):
        tale = tell(queued(0), now_s=now_s, policy=policy)
        assert outcomes(tale) == ["unobserved"]
        assert service(tale) == ([], []), f"asked {now_s} s after it was queued"
        assert tale.count(f.UNOBSERVED_UNDECIDED) == 1


def test_an_event_that_ends_nothing_leaves_the_limit_in_force():
    tale = tell(queued(0), missed(5 * HOUR), now_s=6 * HOUR)
    assert tale.when(f.CALLS_UNOBSERVED) == [4 * HOUR]


# --- when it is due, and over ----------------------------------------------------------------------------------------


def test_the_fold_says_when_time_changes_it_next():
    assert CALLS.due_ms(tell(queued(0)).state, POLICY) == ms(20) + 1
    assert CALLS.due_ms(tell(queued(0), now_s=21).state, POLICY) == ms(4 * HOUR)
    assert CALLS.due_ms(tell(queued(0), answered(5)).state, POLICY) == ms(5 + 12 * HOUR)
    assert CALLS.due_ms(tell(started(0)).state, POLICY) == NEVER_MS
    assert CALLS.due_ms(tell(queued(0), abandoned(5)).state, POLICY) == NEVER_MS
    assert CALLS.pass_due(tell(queued(0)).state, ms(20), POLICY, []) == 0
    assert CALLS.pass_due(tell(queued(0)).state, ms(9 * HOUR), POLICY, []) == ms(4 * HOUR)


def test_a_call_is_over_at_its_last_event_unless_it_waits_or_talks():
    assert CALLS.ended_ms(tell(queued(0), abandoned(8)).state) == ms(8)
    assert CALLS.ended_ms(tell(queued(0), answered(5), ended(60), wrapped(90)).state) == ms(90)
    assert CALLS.ended_ms(tell(queued(0)).state) == NEVER_MS
    assert CALLS.ended_ms(tell(queued(0), answered(5), held(6)).state) == NEVER_MS
