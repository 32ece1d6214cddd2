"""What a call tells of its customer: one word of what became of it, and one each time that the customer was not served."""

from __future__ import annotations

from schemas.values import Cell
from streams.core.cases.call_contacts import tellings
from tests.core.cases.call_tales import (
    BILLING,
    HOUR,
    NOWHERE,
    START_MS,
    SUPPORT,
    Tale,
    abandoned,
    answered,
    blocked,
    ended,
    left,
    queued,
    rejoined,
    started,
    tell,
    transferred,
    wrapped,
)


def told(tale: Tale) -> list[tuple[str, str, float, Cell]]:
    """(name, kind, seconds after the start, labels) of what is to be told."""
    return [(name, contact.kind, (contact.at_ms - START_MS) / 1000, contact.cell) for name, contact in tellings(tale.state)]


def of_ann(*events, **more):
    return told(tell(started(0, customer_id="ann"), *events, **more))


def test_a_call_of_nobody_tells_nothing():
    assert told(tell(started(0), queued(1), answered(2), ended(60))) == []


def test_nothing_is_told_before_the_fate_is_known():
    assert of_ann() == of_ann(queued(1)) == of_ann(queued(1), answered(9)) == []
    assert of_ann(queued(1), left(9), queued(10)) == []


def test_a_handled_call_is_told_once_its_first_conversation_has_ended_and_stays_so():
    handled = [("c", "handled", 60.0, BILLING)]
    assert of_ann(queued(1), answered(9), ended(60)) == handled
    assert of_ann(queued(1), answered(9), transferred(60), queued(60, "support"), answered(70), ended(90)) == handled
    assert of_ann(queued(1), answered(9), transferred(60), queued(60, "support")) == handled


def test_who_is_named_when_the_call_is_queued_is_the_customer():
    ((_, contact),) = tellings(tell(started(0), queued(1, customer_id="bob", case_id="t1"), answered(9), ended(60)).state)
    assert (contact.customer_id, contact.case_id) == ("bob", "t1")


def test_a_direct_call_is_told_under_the_queue_that_it_says():
    assert of_ann(answered(9, queue="support"), ended(60)) == [("c", "handled", 60.0, SUPPORT)]
    assert of_ann(answered(9), ended(60), queued(70), answered(75), ended(80)) == [("c", "handled", 60.0, NOWHERE)]


def test_who_gives_up_was_not_served():
    assert of_ann(queued(1), abandoned(9)) == [("c", "unserved", 9.0, BILLING), ("c0", "abandoned", 9.0, BILLING)]
    assert of_ann(queued(1), ended(9, by="customer")) == [("c", "unserved", 9.0, BILLING), ("c0", "abandoned", 9.0, BILLING)]


def test_a_short_abandon_is_a_contact_and_owes_nothing():
    assert of_ann(queued(1), abandoned(6)) == [("c", "unserved", 6.0, BILLING)]
    assert of_ann(abandoned(6)) == [("c", "unserved", 6.0, NOWHERE)]  # before any queue


def test_who_gave_up_and_rejoined_was_never_gone():
    assert of_ann(queued(1), abandoned(9), rejoined(12)) == []
    assert of_ann(queued(1), abandoned(9), rejoined(12), answered(20), ended(60)) == [("c", "handled", 60.0, BILLING)]


def test_who_gave_up_after_a_conversation_was_handled_and_gave_up():
    tale = of_ann(queued(1), answered(9), transferred(60), queued(60, "support"), abandoned(80))
    assert tale == [("c", "handled", 60.0, BILLING), ("c0", "abandoned", 80.0, SUPPORT)]


def test_each_block_is_told_and_one_outside_a_queue_is_no_contact():
    assert of_ann(blocked(1, "trunk_busy")) == [("c0", "blocked", 1.0, NOWHERE)]
    assert of_ann(blocked(1, "closed", queue="billing")) == [("c0", "closed", 1.0, BILLING)]
    assert of_ann(queued(1), blocked(9), blocked(10)) == [
        ("c", "unserved", 9.0, BILLING),
        ("c0", "blocked", 9.0, BILLING),
        ("c1", "blocked", 10.0, NOWHERE),
    ]


def test_a_visit_that_flowed_out_or_that_nobody_saw_the_end_of_is_a_contact():
    for event in (left(9, "voicemail"), left(9, "callback"), ended(9, by="system")):
        assert of_ann(queued(1), event) == [("c", "unserved", 9.0, BILLING)]
    assert of_ann(queued(1), now_s=5 * HOUR) == [("c", "unserved", 1.0 + 4 * HOUR, BILLING)]
    assert of_ann(queued(1), answered(9), now_s=13 * HOUR) == [("c", "unserved", 9.0 + 12 * HOUR, BILLING)]


def test_a_call_that_we_make_reaches_the_customer_when_somebody_has_talked():
    ours = started(0, customer_id="ann", direction="outbound")
    assert told(tell(ours, answered(9), ended(60))) == [("c", "reached", 60.0, NOWHERE)]
    assert told(tell(ours, blocked(9))) == told(tell(ours, abandoned(9))) == []


def test_handle_time_is_told_of_a_call_that_names_its_case_and_changes_with_its_wrap_up():
    def handle_ms(*events, **more):
        ((_, contact),) = tellings(tell(started(0, **more), queued(1), answered(10), *events).state)
        return contact.handle_ms

    assert handle_ms(ended(70), customer_id="ann") == 0
    assert handle_ms(ended(70), customer_id="ann", case_id="t1") == handle_ms(ended(70), case_id="t1") == 60_000
    assert handle_ms(ended(70), wrapped(100), case_id="t1") == 90_000
    assert handle_ms(transferred(40), queued(40, "support"), answered(50), ended(70), case_id="t1") == 50_000


def test_of_a_case_of_nobody_only_handled_calls_are_told():
    assert [name for name, *_ in told(tell(started(0, case_id="t1"), queued(1), answered(9), ended(60), blocked(70)))] == ["c"]
    assert told(tell(started(0, case_id="t1"), queued(1), abandoned(60))) == []
