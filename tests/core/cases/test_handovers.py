"""Reassignments and escalations (metrics.md, section 7)."""

from __future__ import annotations

from schemas import fields as f
from schemas.values import Cell
from tests.core.cases.ticket_tales import (
    DAY,
    HOUR,
    MAIL,
    Tale,
    assigned,
    created,
    deleted,
    merged,
    resolved,
    snapshot,
    status,
    tell,
    updated,
)

CASH, DESK = MAIL, MAIL._replace(queue="support")


def reassigned(tale: Tale) -> list[float]:
    return tale.when(f.TICKETS_REASSIGNED)


def escalated(tale: Tale) -> list[float]:
    return tale.when(f.TICKETS_ESCALATED)


def test_another_person_than_before_is_a_reassignment_also_after_nobody_had_it():
    tale = tell(created(0), assigned(10), assigned(20), assigned(30, "bob"), assigned(40, None), assigned(50, "bob"), assigned(60))
    assert reassigned(tale) == [30, 60]
    assert tale.count(f.COHORT_CREATED_REASSIGNED) == 1
    assert tale.when(f.COHORT_CREATED_REASSIGNED) == [0]


def test_another_queue_than_before_or_a_raised_priority_is_an_escalation_and_both_at_once_are_one():
    tale = tell(
        created(0),
        updated(10, queue="support"),
        updated(20, priority="high"),
        updated(30, queue="billing", priority="urgent"),
        updated(40, priority="low"),
        updated(50, channel="chat"),
        assigned(60, queue="support"),
        assigned(70, queue="support"),
    )
    assert escalated(tale) == [10, 20, 30, 60]
    assert tale.count(f.TICKETS_ESCALATED, DESK) == 1
    assert tale.when(f.COHORT_CREATED_ESCALATED) == [0]
    assert tale.count(f.COHORT_CREATED_ESCALATED, CASH) == 1


def test_a_first_queue_is_no_escalation():
    tale = tell(created(0, queue=None), updated(10, queue="billing"), updated(20, queue="support"))
    assert escalated(tale) == [20]
    assert escalated(tell(created(0, queue=None), assigned(10, queue="billing"))) == []


def test_they_count_whatever_the_status_and_stay_when_the_case_goes_while_the_cohort_leaves_it_out():
    events = (created(0), assigned(5), assigned(10, "bob"), resolved(20), updated(30, queue="support"), status(40, "open"))
    assert (reassigned(tell(*events)), escalated(tell(*events))) == ([10], [30])
    for end in (merged(HOUR), deleted(HOUR)):
        tale = tell(*events, end)
        assert (reassigned(tale), escalated(tale)) == ([10], [30])
        assert tale.count(f.COHORT_CREATED_REASSIGNED) == tale.count(f.COHORT_CREATED_ESCALATED) == tale.count(f.COHORT_CREATED) == 0


def test_what_a_snapshot_tells_of_counts_when_it_is_known_and_a_case_carried_in_has_no_cohort():
    tale = tell(created(0), assigned(10), snapshot(DAY, "open", 0, queue="support", agent_id="bob"))
    assert (reassigned(tale), escalated(tale)) == ([DAY], [DAY])
    carried = tell(snapshot(DAY, "open", 0, queue="billing", agent_id="ann"), assigned(2 * DAY, "bob"))
    assert reassigned(carried) == [2 * DAY]
    assert carried.count(f.COHORT_CREATED_REASSIGNED) == 0
    assert carried.count(f.TICKETS_REASSIGNED, Cell("billing", "other", "normal")) == 1
