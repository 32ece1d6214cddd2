"""What `ticket.snapshot` does to a ticket that is not known, and to one that is (events.md, topic `tickets`)."""

from __future__ import annotations

from typing import Any

import pytest

from schemas import fields as f
from schemas.values import Cell
from streams.core.cases.fold import NEVER_MS
from streams.core.cases.tickets import TICKETS
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
    ms,
    resolved,
    snapshot,
    status,
    status_of,
    tell,
    updated,
)

OPENINGS = (f.TICKETS_CREATED, f.TICKETS_REQUESTED, f.TICKETS_CARRIED_IN, f.TICKETS_ASSIGNED)
LABELS: dict[str, Any] = {"queue": "billing", "channel": "email", "priority": "normal"}


def test_a_ticket_first_known_by_a_snapshot_is_carried_in_and_not_created():
    tale = tell(snapshot(DAY, "pending", created_s=0, agent_id="ann", **LABELS))
    assert [tale.count(field) for field in OPENINGS] == [0, 0, 1, 0]
    assert tale.count(f.TICKETS_CARRIED_IN, MAIL) == 1
    assert tale.when(f.TICKETS_CARRIED_IN) == [DAY]
    assert len(tale.facts) == 1
    assert tale.standings == ((f.UNRESOLVED["pending"], MAIL, ms(0)),)


def test_a_snapshot_sets_every_standing():
    tale = tell(snapshot(DAY, "open", created_s=0, waiting_since_s=HOUR, **LABELS))
    assert tale.since(f.UNRESOLVED["open"]) == [0]
    assert tale.since(f.UNASSIGNED) == [0]
    assert tale.since(f.OPEN) == [HOUR]
    assert tale.since(f.NEXT_UNANSWERED) == [HOUR]
    assert tell(snapshot(DAY, "open", created_s=0, waiting_since_s=0)).since(f.FIRST_UNANSWERED) == [0]


def test_a_ticket_that_a_snapshot_tells_without_labels_has_those_of_an_unlabelled_one():
    assert tell(snapshot(DAY, "open", created_s=0)).standings[0][1] == Cell("", "other", "normal")


def test_a_target_that_passed_before_the_snapshot_is_past_and_one_after_it_counts():
    assert tell(snapshot(2 * DAY, "open", 0, 0, **LABELS), agent(3 * DAY)).when(f.FIRST_RESPONSE_HUMAN_OUT) == []
    late = tell(snapshot(2 * HOUR, "open", 0, HOUR, **LABELS), agent(3 * DAY))
    assert late.when(f.NEXT_RESPONSE_HUMAN_OUT) == [DAY + HOUR]
    assert late.lengths(f.NEXT_RESPONSE_HUMAN) == [3 * DAY - HOUR]
    at_that_instant = tell(snapshot(DAY, "open", 0, 0, **LABELS), now_s=2 * DAY)
    assert at_that_instant.when(f.FIRST_RESPONSE_HUMAN_OUT) == [DAY]


def test_who_does_not_wait_since_creation_has_been_answered_before_so_the_next_answer_is_no_first_one():
    tale = tell(snapshot(DAY, "open", created_s=0, **LABELS), customer(DAY + 60), agent(DAY + 120))
    assert tale.lengths(f.FIRST_RESPONSE_HUMAN) == []
    assert tale.lengths(f.NEXT_RESPONSE_HUMAN) == [60]


def test_a_carried_in_ticket_is_resolved_since_its_creation_and_its_working_time_is_not_known():
    tale = tell(snapshot(DAY, "open", created_s=0, **LABELS), status(DAY, "pending"), resolved(2 * DAY))
    assert tale.lengths(f.RESOLUTION_FIRST) == tale.lengths(f.RESOLUTION_FULL) == [2 * DAY]
    assert tale.lengths(f.RESOLUTION_FIRST_WORKING) == tale.lengths(f.RESOLUTION_FULL_WORKING) == []
    assert tale.count(f.COHORT_CREATED) == tale.count(f.COHORT_CREATED_RESOLVED) == 0
    assert tale.count(f.TICKETS_RESOLVED_HOLDING) == 1


def test_an_assignment_before_the_snapshot_is_past_and_the_first_one_after_it_counts():
    known = tell(snapshot(DAY, "open", 0, queue="billing"), assigned(DAY + 5, "ann"))
    assert known.count(f.TICKETS_ASSIGNED) == known.count(f.COHORT_ASSIGNED) == 0
    assert tell(snapshot(DAY, "open", 0), assigned(DAY + 5, "ann")).when(f.TICKETS_ASSIGNED) == [DAY + 5]


def test_a_ticket_known_as_resolved_only_asserts_nothing_until_it_is_reopened():
    opening = snapshot(DAY, "resolved", created_s=0, **LABELS)
    tale = tell(opening)
    assert not tale.facts
    assert tale.standings == ()
    assert TICKETS.ended_ms(tale.state) == ms(DAY)
    reopened = tell(opening, customer(2 * DAY))
    assert reopened.when(f.TICKETS_CARRIED_IN) == reopened.when(f.TICKETS_REOPENED) == [2 * DAY]
    assert reopened.since(f.UNRESOLVED["open"]) == [0]
    assert TICKETS.ended_ms(reopened.state) == NEVER_MS
    again = tell(opening, customer(2 * DAY), resolved(3 * DAY))
    assert again.lengths(f.RESOLUTION_FULL) == [3 * DAY]
    assert again.lengths(f.RESOLUTION_FIRST) == []  # that one was before the snapshot


def test_a_ticket_known_as_resolved_only_leaves_nothing_behind_when_it_is_deleted():
    opening = snapshot(DAY, "closed", created_s=0, **LABELS)
    assert not tell(opening, deleted(2 * DAY)).facts
    reopened = tell(opening, customer(2 * DAY), resolved(3 * DAY), deleted(4 * DAY))
    # growth: the reopen made it one more unresolved, the deletion one less
    assert reopened.count(f.TICKETS_REOPENED) == reopened.count(f.TICKETS_DELETED) == 1
    assert reopened.count(f.TICKETS_RESOLVED) == 0


def test_an_event_before_the_snapshot_makes_the_ticket_an_ordinary_one():
    tale = tell(customer(0), snapshot(DAY, "pending", created_s=-HOUR, waiting_since_s=0, **LABELS))
    assert [tale.count(field) for field in OPENINGS] == [1, 1, 0, 1]
    assert tale.when(f.TICKETS_CREATED) == [0]
    assert status_of(tale) == "pending"
    assert tale.since(f.OPEN) == [0]
    assert tale.since(f.UNRESOLVED["pending"]) == [-HOUR]  # its age is that of the older creation


def test_a_ticket_created_with_the_time_of_its_snapshot_labels_it_and_leaves_it_carried_in():
    tale = tell(snapshot(0, "open", created_s=-DAY), created(0))
    assert [tale.count(field) for field in OPENINGS] == [0, 0, 1, 0]
    assert tale.count(f.TICKETS_CARRIED_IN, MAIL) == 1


def test_a_snapshot_that_says_what_is_known_changes_nothing():
    story = (created(0), assigned(5, "ann"), agent(60), customer(90), status(100, "pending"))
    repaired = tell(*story, snapshot(DAY, "pending", 0, 90, agent_id="ann", **LABELS))
    assert repaired.facts == tell(*story, now_s=DAY).facts
    assert repaired.standings == tell(*story).standings


def test_a_resolve_that_was_missed_counts_when_it_becomes_known_and_has_no_duration():
    tale = tell(created(0), snapshot(DAY, "resolved", created_s=0))
    assert tale.when(f.TICKETS_RESOLVED) == tale.when(f.TICKETS_RESOLVED_HOLDING) == [DAY]
    assert tale.when(f.COHORT_CREATED_RESOLVED) == [0]
    assert tale.lengths(f.RESOLUTION_FIRST) == tale.lengths(f.RESOLUTION_FULL) == []
    later = tell(created(0), snapshot(DAY, "resolved", created_s=0), status(2 * DAY, "open"), resolved(3 * DAY))
    assert later.lengths(f.RESOLUTION_FIRST) == []
    assert later.lengths(f.RESOLUTION_FULL) == [3 * DAY]


@pytest.mark.parametrize("word", ["open", "pending", "on_hold", "bot"])
def test_a_reopen_that_was_missed_counts_when_it_becomes_known(word):
    tale = tell(created(0), resolved(HOUR), snapshot(DAY, word, created_s=0, waiting_since_s=2 * HOUR))
    assert tale.when(f.TICKETS_REOPENED) == [DAY]
    assert tale.count(f.TICKETS_RESOLVED_HOLDING) == 0
    assert tale.lengths(f.RESOLUTION_FULL) == []
    assert status_of(tale) == word
    assert tale.since(f.FIRST_UNANSWERED) == [2 * HOUR]


def test_an_answer_that_was_missed_ends_the_wait_and_counts_nowhere():
    tale = tell(created(0), snapshot(HOUR, "open", created_s=0), customer(2 * HOUR), agent(2 * HOUR + 60), now_s=9 * DAY)
    assert tale.lengths(f.FIRST_RESPONSE_HUMAN) == []
    assert tale.lengths(f.NEXT_RESPONSE_HUMAN) == [60]
    assert tale.count(f.FIRST_RESPONSE_HUMAN_OUT) == 0


def test_an_older_unanswered_message_that_was_missed_is_where_the_wait_starts():
    tale = tell(created(0), bot(5), customer(HOUR), snapshot(2 * HOUR, "open", 0, 30 * MINUTE), agent(3 * HOUR))
    assert tale.lengths(f.FIRST_RESPONSE_HUMAN) == [150 * MINUTE]


def test_a_person_and_labels_that_were_missed_are_in_force_from_the_snapshot_on():
    tale = tell(created(0, queue=None), snapshot(DAY, "open", 0, 0, agent_id="ann", queue="support"), resolved(2 * DAY))
    assert tale.when(f.TICKETS_ASSIGNED) == [DAY]
    assert tale.count(f.TICKETS_RESOLVED, Cell("support", "email", "normal")) == 1
    unassigned = tell(created(0), assigned(5, "ann"), updated(6, priority="high"), snapshot(DAY, "open", 0, 0))
    assert unassigned.since(f.UNASSIGNED) == [0]
    assert unassigned.standings[0][1] == Cell("billing", "email", "high")


def test_a_snapshot_in_order_fits_wherever_it_stands():
    assert TICKETS.fits(tell(created(0)).state, snapshot(5, "open", 0))


def test_instants_ahead_of_their_snapshot_are_taken_as_its_own():
    tale = tell(snapshot(0, "open", created_s=DAY, waiting_since_s=DAY, **LABELS), resolved(60))
    assert tale.lengths(f.RESOLUTION_FULL) == [60]
    assert TICKETS.due_ms(tell(snapshot(0, "open", DAY, DAY, **LABELS)).state, POLICY) == ms(DAY) + 1
