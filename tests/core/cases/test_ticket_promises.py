"""What is promised to a ticket: when it is kept, at risk and breached, and what others are told of it.

Targets are those of promise_tales.py; expected instants are written out by hand.
"""

from __future__ import annotations

from typing import Any

import pytest

from schemas import fields as f
from schemas.events import TicketEvent
from schemas.values import HOUR_MS, MINUTE_MS, Cell
from streams.core.cases.fold import NEVER_MS
from streams.core.cases.sla_clocks import SlaTold
from streams.core.cases.tickets import TICKETS
from streams.core.clocks.policy import Policy
from streams.core.clocks.sla import FIRST_RESPONSE, NEXT_RESPONSE, RESOLUTION, SlaRule
from streams.testing.promises import targets
from tests.core.cases.promise_tales import POLICY, PROMPT, USUAL, breached, contents, met, standing, tellings, told
from tests.core.cases.ticket_tales import (
    DAY,
    HOUR,
    MAIL,
    MINUTE,
    START_MS,
    agent,
    assigned,
    bot,
    created,
    customer,
    deleted,
    handoff,
    merged,
    resolved,
    snapshot,
    status,
    tell,
    updated,
)

# --- first response --------------------------------------------------------------------------------------------------


def test_an_answer_at_the_due_instant_is_in_time_and_one_a_millisecond_later_is_not():
    in_time, late = told(created(0), agent(HOUR)), told(created(0), agent(HOUR + 0.001))
    assert (met(in_time, FIRST_RESPONSE), breached(in_time, FIRST_RESPONSE)) == ([HOUR], [])
    assert (met(late, FIRST_RESPONSE), breached(late, FIRST_RESPONSE)) == ([], [HOUR])
    assert (in_time.count(f.FIRST_RESPONSE_HUMAN_IN), late.when(f.FIRST_RESPONSE_HUMAN_OUT)) == (1, [HOUR])


def test_a_breach_happens_at_its_due_instant_by_the_clock_without_an_event():
    assert breached(told(created(0), now_s=HOUR), FIRST_RESPONSE) == []
    tale = told(created(0), now_s=HOUR + 0.001)
    assert breached(tale, FIRST_RESPONSE) == [HOUR]
    assert tale.count(f.SLA_BREACHED[FIRST_RESPONSE], MAIL) == 1


def test_a_clock_is_due_then_at_risk_then_breached_and_gone_with_the_answer():
    assert standing(told(created(0), now_s=48 * MINUTE), FIRST_RESPONSE) == {"due": [HOUR]}
    assert standing(told(created(0), now_s=48 * MINUTE + 0.001), FIRST_RESPONSE) == {"due": [HOUR], "at_risk": [48 * MINUTE]}
    assert standing(told(created(0), now_s=2 * HOUR), FIRST_RESPONSE) == {"breached": [HOUR]}
    assert standing(told(created(0), agent(2 * HOUR)), FIRST_RESPONSE) == {}


def test_the_fold_says_when_each_instant_of_its_clocks_passes():
    for now_s, next_s in (
        (0, 48 * MINUTE),
        (48 * MINUTE + 0.001, HOUR),
        (HOUR + 0.001, 6.4 * HOUR),
        (7 * HOUR, 8 * HOUR),
        (9 * HOUR, None),
    ):
        tale = told(created(0), now_s=now_s)
        expected = NEVER_MS if next_s is None else START_MS + round(next_s * 1000) + 1
        assert TICKETS.due_ms(tale.state, POLICY) == expected


def test_nothing_is_counted_where_nothing_is_promised():
    tale = tell(created(0), agent(2 * HOUR), resolved(9 * HOUR), policy=Policy())
    assert tale.state.sla is None
    assert [met(tale, clock) + breached(tale, clock) for clock in (FIRST_RESPONSE, NEXT_RESPONSE, RESOLUTION)] == [[], [], []]
    assert tale.count(f.FIRST_RESPONSE_HUMAN_IN) == 1  # by the default of its channel, 24 h


def test_the_bot_answers_neither_keep_a_promise_nor_break_it():
    tale = told(created(0), bot(5), handoff(30 * MINUTE), agent(80 * MINUTE))
    assert (met(tale, FIRST_RESPONSE), breached(tale, FIRST_RESPONSE)) == ([80 * MINUTE], [])
    late = told(created(0), bot(5), handoff(30 * MINUTE), agent(91 * MINUTE))
    assert breached(late, FIRST_RESPONSE) == [90 * MINUTE]


def test_a_wait_that_ends_before_it_is_due_without_an_answer_counts_nowhere():
    for end in (resolved(MINUTE), merged(MINUTE), deleted(MINUTE)):
        tale = told(created(0), end)
        assert met(tale, FIRST_RESPONSE) == breached(tale, FIRST_RESPONSE) == []


def test_an_agents_own_ticket_has_no_clock_of_a_first_response_but_one_of_the_next():
    tale = told(created(0, by="agent"), customer(HOUR), agent(HOUR + 31 * MINUTE), now_s=2 * HOUR)
    assert breached(tale, FIRST_RESPONSE) == []
    assert breached(tale, NEXT_RESPONSE) == [HOUR + 30 * MINUTE]


def test_each_later_wait_has_a_clock_of_its_own():
    tale = told(created(0), agent(60), customer(HOUR), agent(HOUR + 60), customer(2 * HOUR), now_s=3 * HOUR)
    assert (met(tale, NEXT_RESPONSE), breached(tale, NEXT_RESPONSE)) == ([HOUR + 60], [2.5 * HOUR])
    assert standing(tale, NEXT_RESPONSE) == {"breached": [2.5 * HOUR]}
    assert tellings(tale) == [(NEXT_RESPONSE, "e04", "breached")]


# --- resolution ------------------------------------------------------------------------------------------------------


def test_a_resolve_in_time_keeps_the_promise_until_it_is_taken_back_by_a_reopen():
    solved = told(created(0), agent(60), resolved(6 * HOUR))
    assert met(solved, RESOLUTION) == solved.when(f.RESOLUTION_FIRST_IN) == [6 * HOUR]
    assert standing(solved, RESOLUTION) == {}
    again = told(created(0), agent(60), resolved(6 * HOUR), status(30 * HOUR, "open"))
    assert met(again, RESOLUTION) == []
    assert again.when(f.RESOLUTION_FIRST_IN) == [6 * HOUR]


def test_while_it_is_resolved_the_clock_stands_and_it_goes_on_where_it_was():
    """Six hours of eight are used up, so two are left after the reopen; at 80 %, 6.4 h, there are 24 minutes."""
    events = (created(0), agent(60), resolved(6 * HOUR), status(30 * HOUR, "open"))
    assert standing(told(*events), RESOLUTION) == {"due": [32 * HOUR]}
    assert standing(told(*events, now_s=30.5 * HOUR), RESOLUTION) == {"due": [32 * HOUR], "at_risk": [30.4 * HOUR]}
    assert breached(told(*events, now_s=33 * HOUR), RESOLUTION) == [32 * HOUR]
    kept = told(*events, resolved(31 * HOUR))
    assert (met(kept, RESOLUTION), kept.when(f.RESOLUTION_FIRST_IN)) == ([31 * HOUR], [6 * HOUR])


def test_a_breach_before_the_first_resolve_is_one_of_the_first_resolution_too():
    tale = told(created(0), agent(60), resolved(9 * HOUR))
    assert (breached(tale, RESOLUTION), tale.when(f.RESOLUTION_FIRST_OUT)) == ([8 * HOUR], [8 * HOUR])
    assert met(tale, RESOLUTION) == tale.when(f.RESOLUTION_FIRST_IN) == []
    later = told(created(0), agent(60), resolved(HOUR), status(2 * HOUR, "open"), now_s=DAY)
    assert (breached(later, RESOLUTION), later.when(f.RESOLUTION_FIRST_OUT)) == ([9 * HOUR], [])


def test_merged_and_deleted_cases_keep_no_promise_and_what_they_broke_stays():
    for end in (merged(10 * HOUR), deleted(10 * HOUR)):
        kept = told(created(0), agent(60), resolved(HOUR), end)
        assert met(kept, RESOLUTION) == kept.when(f.RESOLUTION_FIRST_IN) == []
        broken = told(created(0), agent(60), end)
        assert breached(broken, RESOLUTION) == [8 * HOUR]
        assert tellings(broken) == [(RESOLUTION, "e00", "breached")]
        assert broken.standings == ()


# --- other labels ----------------------------------------------------------------------------------------------------


def test_a_raised_priority_plans_open_clocks_anew_from_their_start_with_their_pauses_kept():
    """One hour of work, one of pause, then urgent: 2 h from the start and 1 h of pause."""
    events = (created(0), agent(60), status(HOUR, "pending"), status(2 * HOUR, "open"), updated(2.5 * HOUR, priority="urgent"))
    assert standing(told(*events), RESOLUTION) == {"due": [3 * HOUR]}
    tale = told(*events, now_s=4 * HOUR)
    assert breached(tale, RESOLUTION) == [3 * HOUR]
    assert tale.count(f.SLA_BREACHED[RESOLUTION], PROMPT) == 1


def test_a_lowered_priority_gives_an_open_clock_more_time():
    tale = told(created(0, priority="urgent"), agent(60), updated(1.9 * HOUR, priority="low"), now_s=7 * HOUR)
    assert breached(tale, RESOLUTION) == []
    assert standing(tale, RESOLUTION) == {"due": [8 * HOUR], "at_risk": [1.6 * HOUR]}  # since it was urgent, and again since 6.4 h


def test_a_target_that_a_raised_priority_finds_passed_was_due_where_it_would_have_been():
    tale = told(created(0), updated(30 * MINUTE, priority="urgent"), now_s=HOUR)
    assert breached(tale, FIRST_RESPONSE) == [15 * MINUTE]
    assert tale.when(f.FIRST_RESPONSE_HUMAN_OUT) == [15 * MINUTE]
    paused = told(
        created(0), agent(60), status(HOUR, "on_hold"), status(2 * HOUR, "open"), updated(4 * HOUR, priority="urgent"), agent(5 * HOUR)
    )
    assert breached(paused, RESOLUTION) == [3 * HOUR]


def test_a_change_after_a_promise_was_kept_or_broken_changes_nothing_of_it():
    kept = told(created(0), agent(20 * MINUTE), updated(30 * MINUTE, priority="urgent"))
    assert (met(kept, FIRST_RESPONSE), breached(kept, FIRST_RESPONSE)) == ([20 * MINUTE], [])
    broken = told(created(0, priority="urgent"), updated(30 * MINUTE, priority="low"), agent(40 * MINUTE))
    assert (met(broken, FIRST_RESPONSE), breached(broken, FIRST_RESPONSE)) == ([], [15 * MINUTE])


def test_a_promise_that_comes_with_a_label_runs_from_the_start_of_the_wait():
    policy = Policy(slas=(SlaRule(queue="vip", targets_ms=targets(None, HOUR_MS, None, None)),))
    tale = told(created(0), updated(30 * MINUTE, queue="vip"), now_s=2 * HOUR, policy=policy)
    assert breached(tale, FIRST_RESPONSE) == [HOUR]
    gone = told(created(0, queue="vip"), assigned(30 * MINUTE, queue="billing"), now_s=2 * HOUR, policy=policy)
    assert breached(gone, FIRST_RESPONSE) == []
    assert standing(gone, FIRST_RESPONSE) == {}
    back = told(created(0, queue="vip"), updated(30 * MINUTE, queue="billing"), updated(40 * MINUTE, queue="vip"), now_s=DAY, policy=policy)
    assert breached(back, FIRST_RESPONSE) == [HOUR]


# --- snapshots -------------------------------------------------------------------------------------------------------


def test_of_a_case_carried_in_what_was_due_before_stands_and_is_not_told():
    events = (snapshot(DAY, "open", 0, 0, queue="billing", channel="email"),)
    rule = SlaRule(targets_ms=targets(None, HOUR_MS, None, 8 * HOUR_MS))
    policy = Policy(slas=(rule,))
    tale = told(*events, now_s=2 * DAY, policy=policy)
    assert standing(tale, FIRST_RESPONSE) == {"breached": [HOUR]}
    assert standing(tale, RESOLUTION) == {"breached": [8 * HOUR]}
    assert breached(tale, FIRST_RESPONSE) == breached(tale, RESOLUTION) == []
    assert tellings(tale, policy) == []
    solved = told(*events, agent(25 * HOUR), resolved(26 * HOUR), policy=policy)
    assert met(solved, FIRST_RESPONSE) == met(solved, RESOLUTION) == []


def test_of_a_case_carried_in_whose_promise_pauses_nobody_knows_how_long_it_stood():
    tale = told(snapshot(HOUR, "open", 0, 0, queue="billing", channel="email"), now_s=3 * DAY)
    assert standing(tale, RESOLUTION) == {}
    assert breached(tale, RESOLUTION) == []


def test_a_snapshot_that_knows_of_an_earlier_creation_makes_the_clock_older():
    events: tuple[TicketEvent, ...] = (created(4 * HOUR), agent(4 * HOUR + 60), snapshot(5 * HOUR, "open", 0))
    assert standing(told(*events), RESOLUTION) == {"due": [8 * HOUR]}


# --- what is told ----------------------------------------------------------------------------------------------------


def test_what_was_at_risk_and_then_kept_stays_told_and_what_was_not_is_not():
    assert tellings(told(created(0), agent(50 * MINUTE))) == [(FIRST_RESPONSE, "e00", "at risk")]
    assert tellings(told(created(0), agent(40 * MINUTE))) == []


def test_a_breach_says_its_labels_target_and_due_instant():
    (content,) = contents(told(created(0, priority="urgent"), agent(HOUR)))
    assert content == SlaTold(FIRST_RESPONSE, "e00", START_MS + 720_000, START_MS + 900_000, START_MS + 900_000, PROMPT, 15 * MINUTE_MS)


@pytest.mark.parametrize("end", [agent(2 * HOUR), resolved(2 * HOUR), merged(2 * HOUR)])
def test_a_breach_stays_told_whatever_ends_its_clock(end: Any):
    assert (FIRST_RESPONSE, "e00", "breached") in tellings(told(created(0), end))


def test_however_many_labels_producers_make_up_the_promises_that_are_kept_looked_up_stay_few():
    policy = Policy(slas=(USUAL,))
    for number in range(10_001):
        assert policy.promise(RESOLUTION, Cell(f"q{number}", "email", "normal")) is not None
    assert len(policy._promises) <= 10_000
