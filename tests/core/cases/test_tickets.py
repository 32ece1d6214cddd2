"""A ticket from its opening to its end: labels, assignment, status, resolution, standings (metrics.md, sections 4 and 7)."""

from __future__ import annotations

import pytest

from schemas import fields as f
from schemas.values import Cell, EpochMs
from streams.core.cases.fold import NEVER_MS
from streams.core.cases.tickets import TICKETS, TicketState
from tests.core.cases.ticket_tales import (
    DAY,
    HOUR,
    MAIL,
    MINUTE,
    POLICY,
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
    status_of,
    tell,
    updated,
)

COHORTS = (f.COHORT_CREATED, f.COHORT_CREATED_RESOLVED, f.COHORT_ASSIGNED, f.COHORT_ASSIGNED_RESOLVED)


# --- opening and labels ----------------------------------------------------------------------------------------------


def test_a_ticket_opens_open_at_its_earliest_event():
    tale = tell(created(0))
    assert tale.when(f.TICKETS_CREATED) == [0]
    assert tale.count(f.TICKETS_CREATED, MAIL) == 1
    assert status_of(tale) == "open"
    assert tale.since(f.UNRESOLVED["open"]) == [0]
    assert tale.since(f.OPEN) == [0]
    assert tale.since(f.FIRST_UNANSWERED) == [0]


def test_what_ticket_created_says_holds_also_for_what_happened_before_it():
    tale = tell(status(0, "pending"), created(10, by="agent", channel="phone", priority="high"))
    cell = Cell("billing", "phone", "high")
    assert tale.when(f.TICKETS_CREATED) == [0]
    assert tale.count(f.TICKETS_CREATED, cell) == 1
    assert tale.count(f.TICKETS_REQUESTED) == 0
    assert tale.since(f.UNRESOLVED["pending"]) == [0]
    assert tale.since(f.OPEN) == []


def test_labels_that_changed_before_a_late_ticket_created_stay_changed():
    tale = tell(updated(0, queue="support"), created(10))
    assert tale.count(f.TICKETS_CREATED, Cell("support", "email", "normal")) == 1
    assert tale.standings[0][1].queue == "support"


def test_a_ticket_without_ticket_created_is_opened_by_the_customer_in_channel_other():
    tale = tell(assigned(0, None, queue="line 2"))
    cell = Cell("line 2", "other", "normal")
    assert [tale.count(field, cell) for field in (f.TICKETS_CREATED, f.TICKETS_REQUESTED, f.TICKETS_ASSIGNED)] == [1, 1, 1]
    assert tale.since(f.OPEN) == [0]


def test_of_two_ticket_created_the_earlier_holds():
    tale = tell(created(0, queue="billing"), created(5, queue="support", channel="sms"))
    assert tale.count(f.TICKETS_CREATED, MAIL) == 1
    assert tale.standings[0][1] == MAIL


def test_a_ticket_created_that_comes_second_does_not_fit_but_the_first_event_and_repeats_of_known_origin_do():
    event = created(5)
    assert TICKETS.fits(TicketState(), event)
    assert not TICKETS.fits(tell(updated(0)).state, event)
    assert TICKETS.fits(tell(created(0)).state, event)
    assert TICKETS.fits(tell(updated(0)).state, updated(5))


@pytest.mark.parametrize(
    ("by", "call_id", "requests", "wait"),
    [("customer", None, 1, [0]), ("system", None, 1, [0]), ("customer", "C1", 0, [0]), ("agent", None, 0, [])],
)
def test_a_request_is_created_by_a_customer_or_a_system_and_for_no_call(by, call_id, requests, wait):
    tale = tell(created(0, by=by, call_id=call_id))
    assert tale.count(f.TICKETS_REQUESTED) == requests
    assert tale.count(f.TICKETS_CREATED) == 1
    assert tale.since(f.OPEN) == wait


def test_facts_are_labelled_by_what_is_in_force_at_their_instant():
    tale = tell(created(0), agent(60), updated(70, queue="support"), updated(80, priority="urgent"), resolved(90), status(100, "open"))
    support = Cell("support", "email", "urgent")
    assert tale.count(f.FIRST_RESPONSE_HUMAN, MAIL) == 1
    assert tale.count(f.TICKETS_RESOLVED, support) == 1
    assert {cell for _, cell, _ in tale.standings} == {support}


def test_an_update_leaves_alone_what_it_does_not_say():
    tale = tell(created(0, priority="high"), updated(10, topic="invoice"), updated(20, channel="chat"))
    assert tale.standings[0][1] == Cell("billing", "chat", "high")


# --- assignment ------------------------------------------------------------------------------------------------------


def test_a_case_is_assigned_once_when_it_first_has_a_person_or_a_queue():
    tale = tell(created(0, queue=None), assigned(10, "ann"), assigned(20, "bob", queue="billing"), updated(30, queue="support"))
    assert tale.when(f.TICKETS_ASSIGNED) == [10]
    assert tale.when(f.COHORT_ASSIGNED) == [10]
    assert tell(created(0, queue="billing"), assigned(10, "ann")).when(f.TICKETS_ASSIGNED) == [0]
    assert tell(created(0, queue=None), updated(10, queue="billing")).when(f.TICKETS_ASSIGNED) == [10]
    assert tell(created(0, queue=None), assigned(10, None)).when(f.TICKETS_ASSIGNED) == []


def test_unassigned_is_who_has_no_person_and_who_changed_the_status_is_not_assigned_by_it():
    assert tell(created(0)).since(f.UNASSIGNED) == [0]
    assert tell(created(0), assigned(5, "ann")).since(f.UNASSIGNED) == []
    assert tell(created(0), assigned(5, "ann"), assigned(6, None)).since(f.UNASSIGNED) == [0]
    assert tell(created(0), status(5, "open", agent_id="ann"), agent(6, agent_id="ann")).since(f.UNASSIGNED) == [0]
    assert tell(created(0), resolved(5)).since(f.UNASSIGNED) == []


def test_a_case_assigned_when_it_is_resolved_already_joins_the_resolved_of_its_cohort():
    tale = tell(created(0, queue=None), resolved(5), assigned(9, "ann"))
    assert tale.when(f.COHORT_ASSIGNED_RESOLVED) == [9]


# --- resolution ------------------------------------------------------------------------------------------------------


def test_resolution_runs_from_creation_to_the_first_and_to_the_last_resolve():
    tale = tell(created(0), resolved(HOUR), status(3 * HOUR, "open"), resolved(4 * HOUR))
    assert tale.lengths(f.RESOLUTION_FIRST) == [HOUR]
    assert tale.lengths(f.RESOLUTION_FULL) == [4 * HOUR]
    assert tale.when(f.TICKETS_RESOLVED) == [HOUR, 4 * HOUR]
    assert tale.when(f.TICKETS_RESOLVED_HOLDING) == [4 * HOUR]
    assert tale.when(f.TICKETS_REOPENED) == [3 * HOUR]


def test_a_reopen_takes_the_full_resolution_back_and_leaves_the_first():
    tale = tell(created(0), updated(5, queue="support"), resolved(HOUR), updated(HOUR, queue="billing"), status(3 * HOUR, "open"))
    assert tale.lengths(f.RESOLUTION_FIRST) == [HOUR]
    assert tale.lengths(f.RESOLUTION_FULL) == tale.lengths(f.RESOLUTION_FULL_WORKING) == []
    assert tale.count(f.TICKETS_RESOLVED) == 1
    assert tale.count(f.TICKETS_RESOLVED_HOLDING) == 0
    assert status_of(tale) == "open"


def test_time_in_pending_and_on_hold_is_no_working_time_but_the_time_before_a_reopen_is():
    tale = tell(
        created(0),
        status(10 * MINUTE, "pending"),
        status(20 * MINUTE, "on_hold"),
        status(30 * MINUTE, "open"),
        resolved(40 * MINUTE),  # 20 min of 40 paused
        status(60 * MINUTE, "pending"),
        status(75 * MINUTE, "open"),
        resolved(80 * MINUTE),  # and 15 min more of 80
    )
    assert tale.lengths(f.RESOLUTION_FIRST_WORKING) == [20 * MINUTE]
    assert tale.lengths(f.RESOLUTION_FULL_WORKING) == [45 * MINUTE]
    assert tale.lengths(f.RESOLUTION_FULL) == [80 * MINUTE]


def test_a_case_resolved_while_it_is_still_paused_was_paused_to_the_end():
    tale = tell(created(0), status(10 * MINUTE, "pending"), resolved(HOUR))
    assert tale.lengths(f.RESOLUTION_FIRST_WORKING) == [10 * MINUTE]


def test_closed_resolves_a_case_that_is_not_resolved_and_means_nothing_else():
    tale = tell(created(0), status(HOUR, "closed"), status(DAY, "closed"), resolved(2 * DAY))
    assert tale.when(f.TICKETS_RESOLVED) == [HOUR]
    assert tell(created(0), resolved(HOUR), status(DAY, "closed")).lengths(f.RESOLUTION_FULL) == [HOUR]


def test_solved_then_thanks_then_solved_is_one_resolve_and_no_reopen():
    tale = tell(created(0), resolved(HOUR), customer(2 * HOUR, thanks=True), resolved(3 * HOUR))
    assert tale.when(f.TICKETS_RESOLVED) == [HOUR]
    assert tale.count(f.TICKETS_REOPENED) == 0


def test_a_case_reopened_and_still_open_has_one_reopen_already():
    tale = tell(created(0), resolved(HOUR), customer(2 * HOUR))
    assert tale.when(f.TICKETS_REOPENED) == [2 * HOUR]
    assert status_of(tale) == "open"
    assert tale.since(f.OPEN) == [2 * HOUR]
    assert tale.since(f.UNRESOLVED["open"]) == [0]


@pytest.mark.parametrize("word", ["open", "pending", "on_hold"])
def test_a_later_status_of_work_reopens(word):
    tale = tell(created(0), resolved(HOUR), status(2 * HOUR, word))
    assert tale.when(f.TICKETS_REOPENED) == [2 * HOUR]
    assert status_of(tale) == word


def test_neither_a_bot_nor_a_handoff_nor_an_agent_reopens_a_resolved_case():
    tale = tell(created(0), resolved(HOUR), status(2 * HOUR, "bot"), handoff(3 * HOUR), agent(4 * HOUR), bot(5 * HOUR))
    assert tale.count(f.TICKETS_REOPENED) == 0
    assert tale.standings == ()


def test_the_cohorts_count_what_became_of_a_case_where_it_was_created_and_assigned():
    tale = tell(created(0, queue=None), assigned(10, queue="billing"), updated(20, queue="support"), resolved(HOUR))
    assert tale.when(f.COHORT_CREATED_RESOLVED) == [0]
    assert tale.when(f.COHORT_ASSIGNED_RESOLVED) == [10]
    assert tale.count(f.COHORT_CREATED_RESOLVED, Cell("", "email", "normal")) == 1
    assert tale.count(f.COHORT_ASSIGNED_RESOLVED, MAIL) == 1
    reopened = tell(created(0), resolved(HOUR), status(DAY, "open"))
    assert [reopened.count(field) for field in COHORTS] == [1, 0, 1, 0]


# --- merged and deleted ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("end", "field"), [(merged, f.TICKETS_MERGED), (deleted, f.TICKETS_DELETED)])
def test_who_leaves_takes_back_resolves_reopens_and_cohorts_and_keeps_the_rest(end, field):
    tale = tell(created(0), agent(60), resolved(HOUR), customer(2 * HOUR), resolved(3 * HOUR), end(4 * HOUR))
    assert tale.when(field) == [4 * HOUR]
    taken_back = (f.TICKETS_RESOLVED, f.TICKETS_RESOLVED_HOLDING, f.TICKETS_REOPENED, *COHORTS)
    resolutions = (f.RESOLUTION_FIRST, f.RESOLUTION_FULL, f.RESOLUTION_FIRST_WORKING, f.RESOLUTION_FULL_WORKING)
    assert [tale.count(kept) for kept in (*taken_back, *resolutions)] == [0] * 11
    assert [tale.count(kept) for kept in (f.TICKETS_CREATED, f.TICKETS_REQUESTED, f.TICKETS_ASSIGNED)] == [1, 1, 1]
    assert tale.lengths(f.FIRST_RESPONSE_HUMAN) == [60]
    assert tale.standings == ()


def test_nothing_counts_after_a_merge_or_a_deletion():
    tale = tell(
        created(0), merged(10), customer(20), agent(30), resolved(40), status(50, "open"), deleted(60), assigned(70), now_s=30 * DAY
    )
    assert tale == tell(created(0), merged(10))


def test_a_merged_ticket_that_waits_owes_no_answer_any_more():
    tale = tell(created(0), merged(HOUR), now_s=30 * DAY)
    assert tale.count(f.FIRST_RESPONSE_HUMAN_OUT) == 0
    assert tell(created(0), merged(DAY + 1)).when(f.FIRST_RESPONSE_HUMAN_OUT) == [DAY]


# --- standings and ends ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("word", ["open", "pending", "on_hold", "bot"])
def test_an_unresolved_case_stands_under_its_status_since_creation(word):
    tale = tell(created(0), status(HOUR, word))
    assert tale.since(f.UNRESOLVED[word]) == [0]
    assert status_of(tale) == word


def test_a_case_that_a_bot_has_is_outside_open_cases_whatever_it_waits_for():
    tale = tell(created(0), status(5, "bot"))
    assert tale.since(f.OPEN) == []
    assert tale.since(f.FIRST_UNANSWERED) == [0]
    assert tell(created(0), status(5, "bot"), status(9, "open")).since(f.OPEN) == [0]


def test_a_pending_case_with_an_unanswered_message_is_open():
    tale = tell(created(0), agent(10), status(11, "pending"), customer(20))
    assert tale.since(f.OPEN) == [20]
    assert tale.since(f.NEXT_UNANSWERED) == [20]
    assert status_of(tale) == "pending"


def test_a_case_ends_with_its_resolve_merge_or_deletion_and_goes_on_with_a_reopen():
    assert TICKETS.ended_ms(tell(created(0)).state) == NEVER_MS
    assert TICKETS.ended_ms(tell(created(0), resolved(5), customer(9, thanks=True)).state) == ms(5)
    assert TICKETS.ended_ms(tell(created(0), resolved(5), merged(7)).state) == ms(7)
    assert TICKETS.ended_ms(tell(created(0), resolved(5), customer(9)).state) == NEVER_MS


def test_instants_at_the_beginning_of_time_are_instants():
    facts: list = []
    state = TicketState()
    early = created(0)
    early.time = EpochMs(0)
    TICKETS.step(state, early, POLICY, facts)
    assert TICKETS.due_ms(state, POLICY) == DAY * 1000 + 1
    assert (f.OPEN, MAIL, 0) in TICKETS.standings(state)
