"""What a ticket tells of its customer: the waits that the customer asked for, its first and its last resolve, its first reopen."""

from __future__ import annotations

from schemas.tickets import TicketEvent
from streams.core.cases.ticket_contacts import ASKED_MAX, tellings
from streams.core.cases.tickets import TICKETS
from tests.core.cases.ticket_tales import (
    DAY,
    START_MS,
    agent,
    assigned,
    bot,
    created,
    customer,
    deleted,
    handoff,
    merged,
    snapshot,
    status,
    tell,
    updated,
)


def told(*events) -> list[tuple[str, str, float, int]]:
    """(name, kind, seconds after the start, contacts) of what is to be told."""
    contacts = tellings(tell(*events).state)
    return [(name, contact.kind, (contact.at_ms - START_MS) / 1000, contact.contacts) for name, contact in contacts]


def waits(*events) -> list[float]:
    return [at_s for _, kind, at_s, _ in told(*events) if kind == "contact"]


def test_waits_that_the_customer_asked_for_are_told_of_a_known_customer():
    story = (customer(10), agent(20), customer(30), customer(40), agent(50))
    assert told(created(0, customer_id="ann"), *story) == [("t0", "contact", 0.0, 0), ("t1", "contact", 30.0, 0)]
    assert told(created(0), *story) == []


def test_what_the_customer_did_not_ask_for_is_no_contact():
    assert waits(created(0, customer_id="ann", by="agent"), agent(5)) == []
    assert waits(created(0, customer_id="ann"), bot(5), handoff(10), agent(20)) == [0]
    assert waits(created(0, customer_id="ann"), agent(5), customer(10, public=False), customer(11, thanks=True)) == [0]
    assert waits(created(0, customer_id="ann"), status(5, "resolved"), status(9, "open")) == [0]
    assert waits(snapshot(50, "open", 0, 10), updated(51, customer_id="ann"), agent(60), customer(70)) == [70]


def test_a_customer_who_writes_after_the_resolve_comes_again():
    assert waits(created(0, customer_id="ann"), agent(5), status(9, "resolved"), customer(20)) == [0, 20]


def test_the_call_that_it_was_logged_for_is_its_first_contact_and_it_tells_of_those_after_it():
    contacts = tellings(tell(created(0, customer_id="ann", call_id="c1"), agent(5), customer(10), agent(20), status(30, "resolved")).state)
    assert [(name, contact.kind, contact.contacts, contact.call_id) for name, contact in contacts] == [
        ("t1", "contact", 0, None),
        ("tresolved", "resolved", 2, "c1"),
    ]


def test_a_ticket_that_an_agent_logged_for_a_call_has_the_call_for_its_first_contact():
    logged = created(0, customer_id="ann", by="agent", call_id="c1")
    assert told(logged, status(30, "resolved")) == [("tresolved", "resolved", 30.0, 1)]
    assert told(logged, customer(10), status(30, "resolved")) == [("t1", "contact", 10.0, 0), ("tresolved", "resolved", 30.0, 2)]


def test_a_resolve_says_how_often_the_customer_came_until_then_also_where_nobody_knows_who_that_is():
    assert told(created(0), agent(5), customer(10), agent(20), status(30, "resolved")) == [("tresolved", "resolved", 30.0, 2)]
    assert told(created(0, by="agent"), status(30, "closed")) == [("tresolved", "resolved", 30.0, 0)]


def test_the_first_resolve_the_first_reopen_and_the_last_resolve_are_told():
    story = [created(0), status(10, "resolved")]
    assert [name for name, *_ in told(*story)] == ["tresolved"]
    story.append(customer(20))
    assert told(*story) == [("tresolved", "resolved", 10.0, 1), ("treopened", "reopened", 20.0, 0)]
    story += [status(30, "resolved"), status(40, "open")]
    assert [name for name, *_ in told(*story)] == ["tresolved", "treopened"]
    story.append(status(50, "resolved"))
    assert told(*story) == [("tresolved", "resolved", 10.0, 1), ("treopened", "reopened", 20.0, 0), ("tagain", "again", 50.0, 2)]


def test_what_is_merged_or_deleted_was_never_resolved_and_its_contacts_stay():
    for gone in (merged(20), deleted(20)):
        assert told(created(0, customer_id="ann"), status(10, "resolved"), gone) == [("t0", "contact", 0.0, 0)]


def test_of_what_was_carried_in_nobody_knows_how_often_the_customer_came():
    assert told(snapshot(50, "open", 0, 0), status(60, "resolved")) == []


def test_labels_are_those_of_the_instant_customer_and_topic_those_of_now():
    contacts = tellings(
        tell(
            created(0, customer_id="ann", topic="other"),
            agent(5),
            assigned(8, queue="support"),
            customer(10),
            updated(20, customer_id="bob", topic="invoice"),
            status(30, "resolved"),
        ).state
    )
    assert [(name, contact.cell.queue) for name, contact in contacts] == [("t0", "billing"), ("t1", "support"), ("tresolved", "support")]
    assert {(contact.customer_id, contact.topic) for _, contact in contacts} == {("bob", "invoice")}


def test_waits_that_can_no_longer_change_are_let_go_and_still_count():
    events: list[TicketEvent] = [
        created(0, customer_id="ann"),
        agent(5),
        customer(10),
        agent(20),
        customer(9 * DAY),
        status(9 * DAY + 60, "resolved"),
    ]
    base, state = tell(*events[:4]).state, tell(*events).state
    assert TICKETS.let_go(base, state) == ["t0", "t1"]
    assert (tellings(base), [(name, contact.contacts) for name, contact in tellings(state)]) == ((), [("t2", 0), ("tresolved", 3)])
    assert TICKETS.let_go(base, state) == []
    assert TICKETS.begin(base, []).contacts.count == 2


def test_of_a_ticket_without_end_the_latest_waits_are_told_and_all_count():
    events: list[TicketEvent] = [created(0, customer_id="ann")]
    for number in range(150):
        events += [agent(10 * number + 5), customer(10 * number + 10)]
    found = told(*events, status(2_000, "resolved"))
    assert [name for name, *_ in found] == [*(f"t{number}" for number in range(151 - ASKED_MAX, 151)), "tresolved"]
    assert found[-1][3] == 151
