"""The invented histories reach what they are made for, and keep the contract."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from schemas.events import (
    TYPES,
    ArticleOpened,
    ArticleRead,
    CallAnswered,
    CallQueued,
    CallRejoined,
    CallTransferred,
    CustomerJoined,
    CustomerLeft,
    CustomerPurchased,
    SurveyAnswered,
    SurveySent,
    TicketCreated,
    TicketHandoff,
    TicketStatus,
)
from streams.testing.histories import call_histories, histories, many_cases, ticket_histories
from streams.testing.pieces import START_MS
from streams.testing.wire import topic_of


def types_of(history: list[Any]) -> list[type]:
    return [type(event) for event in history]


def in_time(history: list[Any]) -> bool:
    return [event.time for event in history] == sorted(event.time for event in history)


def waits_ms(history: list[Any]) -> list[int]:
    """How long after each `call.queued` the next event comes."""
    return [after.time - event.time for event, after in pairwise(history) if type(event) is CallQueued]


CALLS: dict[str, Callable[[list[Any]], bool]] = {
    "two queues, one after the other": lambda h: types_of(h).count(CallQueued) == 2 and in_time(h),
    "an abandon taken back and answered": lambda h: types_of(h)[-2:] == [CallRejoined, CallAnswered],
    "a transfer that queues again": lambda h: (CallTransferred, CallQueued) in pairwise(types_of(h)),
    "two events at the same time and seq": lambda h: len({(event.time, event.seq) for event in h}) < len(h),
    "an order that is not that of the times": lambda h: not in_time(h),
    "a wait exactly as long as the threshold": lambda h: 20_000 in waits_ms(h),
    "a wait one millisecond longer": lambda h: 20_001 in waits_ms(h),
    "a wait as long as the longest short abandon": lambda h: 5_000 in waits_ms(h),
    "more than the longest conversation": lambda h: h[-1].time - h[0].time > 12 * 3_600_000,
}
TICKETS: dict[str, Callable[[list[Any]], bool]] = {
    "a ticket created after its first event": lambda h: TicketCreated in types_of(h)[1:] and type(h[0]) is not TicketCreated,
    "a bot that hands over": lambda h: TicketHandoff in types_of(h) and any(getattr(event, "by", "") == "bot" for event in h),
    "a reopen": lambda h: [event.status for event in h if isinstance(event, TicketStatus)][:2] == ["resolved", "open"],
}


SURVEYS: dict[str, Callable[[list[Any]], bool]] = {
    "an answer replaced": lambda h: types_of(h).count(SurveyAnswered) > 1,
    "sent and answered": lambda h: {SurveySent, SurveyAnswered} <= set(types_of(h)),
}
CUSTOMERS: dict[str, Callable[[list[Any]], bool]] = {
    "somebody who leaves before anything else": lambda h: type(h[0]) is CustomerLeft,
    "somebody who comes again": lambda h: CustomerJoined in types_of(h)[[*types_of(h), CustomerLeft].index(CustomerLeft) :],
    "a purchase after leaving": lambda h: (CustomerLeft, CustomerPurchased) in pairwise(types_of(h)),
}
VIEWS: dict[str, Callable[[list[Any]], bool]] = {
    "just long enough to be a read": lambda h: any(getattr(event, "seconds", None) == 10 for event in h),
    "reading time of a page not seen opened": lambda h: ArticleRead in types_of(h) and ArticleOpened not in types_of(h),
}
MARKS = {"calls": CALLS, "tickets": TICKETS, "surveys": SURVEYS, "customers": CUSTOMERS, "articles": VIEWS}


@pytest.mark.parametrize("topic", TYPES)
def test_histories_reach_what_they_are_made_for(topic):
    marks = MARKS.get(topic, {})
    seen: set[Any] = set()

    @settings(max_examples=1_000, database=None, derandomize=True, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
    @given(histories(topic))
    def look(history: list[Any]) -> None:
        seen.update(types_of(history))
        seen.update(name for name, reached in marks.items() if name not in seen and reached(history))

    look()
    assert {*marks, *TYPES[topic].values()} - seen == set()


@given(call_histories("c7"), ticket_histories("t7"))
def test_a_history_is_of_one_case_with_ids_of_its_own(call, ticket):
    for history, entity_field, entity_id in ((call, "call_id", "c7"), (ticket, "ticket_id", "t7")):
        assert history
        assert {getattr(event, entity_field) for event in history} == {entity_id}
        assert len({event.id for event in history}) == len(history)
        assert all(event.time >= START_MS for event in history)


@given(many_cases())
def test_many_cases_come_by_time(events):
    assert in_time(events)
    assert {topic_of(type(event)) for event in events} <= set(TYPES)
