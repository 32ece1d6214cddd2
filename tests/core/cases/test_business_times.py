"""Durations of tickets in the hours of their queue. Expected lengths are counted by hand."""

from __future__ import annotations

from datetime import UTC, datetime

from schemas import fields as f
from schemas.events import TicketEvent
from streams.core.clocks.business import Calendar
from streams.core.clocks.policy import Policy, QueuePolicy
from tests.core.cases.ticket_tales import (
    HOUR,
    MINUTE,
    START_MS,
    Tale,
    agent,
    bot,
    created,
    customer,
    handoff,
    merged,
    resolved,
    snapshot,
    status,
    tell,
    updated,
)

POLICY = Policy(
    queues={"billing": QueuePolicy(calendar="office"), "night": QueuePolicy(calendar="night")},
    calendars={
        "office": Calendar("UTC", (((540, 1020),),) * 5 + ((), ())),  # Monday to Friday, 09:00 to 17:00
        "night": Calendar("UTC", (((1320, 1800),),) * 7),  # 22:00 to 06:00
    },
)


def at(text: str) -> float:
    """Seconds after the start of a tale, of a day in November 2023: the 16th is a Thursday."""
    return datetime.fromisoformat(f"2023-11-{text}").replace(tzinfo=UTC).timestamp() - START_MS / 1000


def told(*events: TicketEvent, policy: Policy = POLICY) -> Tale:
    return tell(*events, policy=policy)


def test_an_answer_of_the_next_morning_took_the_hours_that_were_open():
    tale = told(created(at("16 16:00")), agent(at("17 09:30")))
    assert tale.lengths(f.FIRST_RESPONSE_HUMAN) == [17.5 * HOUR]
    assert tale.lengths(f.FIRST_RESPONSE_HUMAN_BUSINESS) == [1.5 * HOUR]


def test_created_and_solved_outside_the_hours_took_none_and_counts():
    tale = told(created(at("18 10:00")), agent(at("18 10:05")), resolved(at("18 11:00")))
    assert tale.lengths(f.FIRST_RESPONSE_HUMAN_BUSINESS) == [0]
    assert tale.lengths(f.RESOLUTION_FIRST_BUSINESS) == tale.lengths(f.RESOLUTION_FULL_BUSINESS) == [0]


def test_each_kind_of_response_has_its_business_variant():
    tale = told(
        created(at("16 16:00")),
        bot(at("16 16:10")),
        handoff(at("16 16:30")),
        agent(at("17 09:10")),
        customer(at("17 16:50")),
        bot(at("20 09:10")),
        customer(at("20 10:00")),
        agent(at("20 10:20")),
    )
    assert tale.lengths(f.FIRST_RESPONSE_BOT_BUSINESS) == [10 * MINUTE]
    assert tale.lengths(f.FIRST_RESPONSE_HUMAN_BUSINESS) == [40 * MINUTE]
    assert tale.lengths(f.NEXT_RESPONSE_BOT_BUSINESS) == [20 * MINUTE]
    assert tale.lengths(f.NEXT_RESPONSE_HUMAN_BUSINESS) == [20 * MINUTE]


def test_a_reopen_takes_the_full_resolution_back_and_the_first_stays():
    events = (created(at("16 16:00")), agent(at("16 16:10")), resolved(at("17 10:00")))
    assert told(*events).lengths(f.RESOLUTION_FULL_BUSINESS) == [2 * HOUR]
    again = told(*events, status(at("20 09:00"), "open"))
    assert (again.lengths(f.RESOLUTION_FIRST_BUSINESS), again.lengths(f.RESOLUTION_FULL_BUSINESS)) == ([2 * HOUR], [])
    # 1 h of Thursday, 8 h of Friday, 2 h of Monday: the time between a resolve and its reopen stays in it.
    solved = told(*events, status(at("20 09:00"), "open"), resolved(at("20 11:00")))
    assert solved.lengths(f.RESOLUTION_FULL_BUSINESS) == [11 * HOUR]
    assert told(*events, merged(at("20 09:00"))).lengths(f.RESOLUTION_FIRST_BUSINESS) == []


def test_under_two_calendars_the_time_under_each_adds_up():
    """16:00 to 17:00 in the office, from 20:00 on with the night shift: 22:00 to 01:00. The wait began at 16:30."""
    tale = told(
        created(at("16 16:00")),
        agent(at("16 16:10")),
        customer(at("16 16:30")),
        updated(at("16 20:00"), queue="night"),
        agent(at("16 23:00")),
        customer(at("16 23:30")),
        agent(at("17 00:30")),
        resolved(at("17 01:00")),
    )
    assert tale.lengths(f.NEXT_RESPONSE_HUMAN_BUSINESS) == [1.5 * HOUR, HOUR]
    assert tale.lengths(f.RESOLUTION_FULL_BUSINESS) == [4 * HOUR]


def test_a_queue_without_a_calendar_is_always_open():
    tale = told(created(at("18 10:00"), queue="shop"), agent(at("18 12:00")))
    assert tale.lengths(f.FIRST_RESPONSE_HUMAN_BUSINESS) == [2 * HOUR]


def test_without_any_calendar_there_are_no_business_variants():
    tale = told(created(0), agent(60), resolved(90), policy=Policy())
    assert tale.count(f.FIRST_RESPONSE_HUMAN_BUSINESS) == tale.count(f.RESOLUTION_FULL_BUSINESS) == 0


def test_of_a_case_carried_in_the_queue_of_the_past_is_not_known():
    tale = told(
        snapshot(at("17 10:00"), "open", at("16 10:00"), at("17 09:30"), queue="billing"), agent(at("17 11:00")), resolved(at("17 12:00"))
    )
    assert tale.lengths(f.NEXT_RESPONSE_HUMAN_BUSINESS) == [1.5 * HOUR]
    assert tale.count(f.RESOLUTION_FULL) == 1
    assert tale.count(f.RESOLUTION_FULL_BUSINESS) == 0
