"""A call outside its visits: received, given up before any queue, blocked, offered in vain (metrics.md, sections 3 and 7)."""

from __future__ import annotations

import pytest

from schemas import fields as f
from schemas.values import Cell
from streams.core.cases.calls import CALLS
from tests.core.cases.call_tales import (
    BILLING,
    NOWHERE,
    abandoned,
    answered,
    blocked,
    ended,
    left,
    missed,
    offered,
    outcomes,
    queued,
    service,
    started,
    tell,
    transferred,
)

# --- received --------------------------------------------------------------------------------------------------------


def test_a_call_is_received_at_its_earliest_event_under_the_first_queue_that_it_visits():
    tale = tell(started(0), queued(30), left(40), queued(41, "support"))
    assert tale.when(f.CALLS_RECEIVED) == [0]
    assert tale.count(f.CALLS_RECEIVED, BILLING) == 1
    assert tell(started(0)).count(f.CALLS_RECEIVED, NOWHERE) == 1
    assert tell(queued(7)).when(f.CALLS_RECEIVED) == [7]


def test_a_call_started_that_comes_after_the_first_event_describes_the_whole_call():
    tale = tell(queued(0), abandoned(30), started(40, channel="chat"))
    cell = Cell("billing", "chat", "normal")
    assert tale.when(f.CALLS_RECEIVED) == [0]
    assert tale.count(f.CALLS_RECEIVED, cell) == tale.count(f.CALLS_OFFERED, cell) == tale.count(f.ABANDONED_IN, cell) == 1
    assert not CALLS.fits(tell(queued(0)).state, started(5))
    assert CALLS.fits(CALLS.begin(None, []), started(5))


def test_of_two_call_started_the_earlier_describes():
    assert tell(started(0, channel="chat"), started(5, channel="video"), queued(6)).since(f.WAITING, Cell("billing", "chat", "normal")) == [
        6
    ]


def test_an_outbound_call_is_not_received():
    assert tell(started(0, direction="outbound"), answered(5), ended(65)).count(f.CALLS_RECEIVED) == 0
    assert tell(answered(0), started(5, direction="outbound"), ended(65)).count(f.CALLS_RECEIVED) == 0


def test_a_call_dated_at_the_beginning_of_1970_is_received_once():
    tale = tell(queued(0, time=0), answered(0, time=10_000), ended(1))
    assert tale.count(f.CALLS_RECEIVED) == 1


# --- before and beside queues ----------------------------------------------------------------------------------------


def test_an_abandon_before_any_queue_counts_apart_and_once():
    tale = tell(started(0), abandoned(8), abandoned(9))
    assert tale.when(f.CALLS_PREQUEUE_ABANDONED) == [8]
    assert tale.count(f.CALLS_PREQUEUE_ABANDONED, NOWHERE) == 1
    assert outcomes(tale) == []
    assert service(tale) == ([], [])
    assert tell(abandoned(8)).when(f.CALLS_PREQUEUE_ABANDONED) == [8]


def test_an_abandon_in_or_after_a_conversation_counts_nowhere():
    assert tell(answered(0), abandoned(8)).count(f.CALLS_PREQUEUE_ABANDONED) == 0
    assert tell(answered(0), transferred(5, "external", "+441632960101"), abandoned(8)).count(f.CALLS_PREQUEUE_ABANDONED) == 0


def test_a_customer_who_ends_a_call_before_any_queue_abandons_nothing():
    assert tell(started(0), ended(8, "customer")).facts == tell(started(0)).facts


def test_missed_offers_count_each_and_leave_the_visit_alone():
    tale = tell(queued(0), offered(1), missed(6), offered(7), missed(12, reason="rejected"), offered(13, "bob"), answered(14, "bob"))
    assert tale.when(f.OFFERS_MISSED) == [6, 12]
    assert tale.count(f.OFFERS_MISSED, BILLING) == 2
    assert outcomes(tale) == ["answered"]
    assert service(tale) == ([14], [])


def test_a_call_that_rings_at_everybody_is_one_visit():
    agents = [f"a{number}" for number in range(5)]
    tale = tell(queued(0), *(offered(1, a) for a in agents), answered(6, "a3"), *(missed(6, a) for a in agents if a != "a3"))
    assert outcomes(tale) == ["answered"]
    assert tale.count(f.CALLS_OFFERED) == 1
    assert tale.count(f.OFFERS_MISSED, BILLING) == 4


# --- blocks ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("reason", f.BLOCKED_REASONS)
def test_a_block_outside_a_visit_counts_by_its_reason_where_it_says(reason):
    tale = tell(started(0), blocked(1, reason, queue="billing"))
    assert tale.count(f.BLOCKED[reason], BILLING) == 1
    assert tale.count(f.BLOCKED_IN_QUEUE) == 0
    assert tale.count(f.CALLS_OFFERED) == 0
    assert tell(started(0), blocked(1, reason)).count(f.BLOCKED[reason], NOWHERE) == 1


@pytest.mark.parametrize("reason", f.BLOCKED_REASONS)
def test_a_block_in_a_visit_ends_it_under_its_labels(reason):
    tale = tell(queued(0), blocked(10, reason, queue="support"))
    assert tale.count(f.BLOCKED[reason], BILLING) == tale.count(f.BLOCKED_IN_QUEUE, BILLING) == 1
    assert outcomes(tale) == ["blocked"]
