"""The log of a case gives back what was put in, however it was put in, in few bytes."""

from __future__ import annotations

from typing import Any, Literal, get_args, get_origin

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import words
from schemas.events import ENTITY_FIELD, TYPES, AgentHeartbeat
from schemas.words import ID_LENGTH_MAX
from streams.core.cases.case import Case
from streams.core.cases.event_log import EventLog
from streams.core.cases.kinds import KINDS
from streams.core.clocks.policy import Policy
from streams.testing.histories import histories
from tests.core.cases import ticket_tales as ticket

TICKETS = KINDS["tickets"].log
FEW = st.text(st.sampled_from("ab-é1"), min_size=1, max_size=6)
ANY = st.text(min_size=1, max_size=ID_LENGTH_MAX).map(lambda id_: id_.replace(words.ID_END, "_"))
IDS = st.lists(FEW | ANY, min_size=1, unique=True)


def empty_case() -> Case:
    return Case("1", b"t1", Policy(), 0, None)


def appended(log: EventLog, events: list[Any]) -> Case:
    case = empty_case()
    for event in events:
        kind = log.type_of(event)
        log.append(case, kind, event, kind.place(event))
    return case


def what_is_kept(case: Case) -> tuple[Any, ...]:
    return case.count, case.origin_ms, case.last_ms, case.last_place, case.ids_start, case.ids, case.log, case.agent_id


def as_kept(topic: str, event: Any) -> Any:
    """An event as a fold reads it: without its source and the id of its case."""
    fields = {name: getattr(event, name) for name in event.__struct_fields__}
    return type(event)(**fields | {"source": None, ENTITY_FIELD[topic]: ""})


def logged(history: list[Any]) -> list[Any]:
    """Those of a history that go into a log, in order. Heartbeats do not."""
    events = [event for event in history if not isinstance(event, AgentHeartbeat)]
    return sorted(events, key=lambda event: (event.time, event.seq, type(event).RANK, event.id))


def with_ids(ids: list[str]) -> list[Any]:
    events = [ticket.customer(n) for n in range(len(ids))]
    for event, id_ in zip(events, ids, strict=True):
        event.id = id_
    return events


@pytest.mark.parametrize("topic", sorted(TYPES))
@given(data=st.data())
def test_events_come_back_as_they_were_told_in_their_order(topic, data):
    log, events = KINDS[topic].log, logged(data.draw(histories(topic)))
    assert log.events(appended(log, events)) == [as_kept(topic, event) for event in events]


@pytest.mark.parametrize("topic", sorted(TYPES))
@given(data=st.data())
def test_a_log_written_at_once_is_the_one_that_grew_event_by_event(topic, data):
    log, events = KINDS[topic].log, logged(data.draw(histories(topic)))
    at_once = empty_case()
    log.write(at_once, events)
    if events:
        assert what_is_kept(at_once) == what_is_kept(appended(log, events))
    else:
        assert log.events(at_once) == []


@given(ids=IDS, other=FEW)
def test_ids_are_found_as_wholes_whatever_they_begin_with(ids, other):
    case = appended(TICKETS, with_ids(ids))
    assert [event.id for event in TICKETS.events(case)] == ids
    assert TICKETS.last_id(case) == ids[-1]
    assert all(TICKETS.holds(case, id_) for id_ in ids)
    assert TICKETS.holds(case, other) == (other in ids)


def test_what_all_ids_begin_with_is_kept_once():
    case = appended(TICKETS, with_ids([f"desk/ticket/4711-{n}" for n in range(10, 20)]))
    assert case.ids_start == "desk/ticket/4711-1"
    assert len(case.ids) == 21


def test_an_agent_who_goes_on_is_named_once():
    long = "agent-with-quite-a-long-name"
    events = [
        ticket.assigned(0, long),
        *(ticket.agent(n, agent_id=long) for n in range(1, 9)),
        ticket.assigned(9, None),
        ticket.assigned(10, long),
    ]
    for n, event in enumerate(events):
        event.id = f"{n:02}"
    case = appended(TICKETS, events)
    assert case.log.count(long.encode()) == 1
    assert [event.agent_id for event in TICKETS.events(case)] == [*[long] * 9, None, long]


def test_an_emptied_log_begins_anew():
    case = appended(TICKETS, with_ids(["x-1", "x-2"]))
    TICKETS.write(case, [])
    assert not TICKETS.holds(case, "x-1")
    (event,) = with_ids(["y"])
    event.time += 5_000
    kind = TICKETS.type_of(event)
    TICKETS.append(case, kind, event, kind.place(event))
    assert [(e.id, e.time) for e in TICKETS.events(case)] == [("y", event.time)]


def test_what_rows_name_by_its_place_keeps_it():
    """Words, types of events, their fields. Whoever changes one, also at its end, raises STATE_VERSION: workers of two releases run side by
    side while one takes over."""
    assert {name: get_args(kind) for name, kind in vars(words).items() if get_origin(kind) is Literal} == SETS
    fields = {topic: [" ".join((kind.event_type.__name__, *kind.names)) for kind in case.log.types] for topic, case in KINDS.items()}
    assert fields == FIELDS


SETS = {
    "Channel": ("phone", "chat", "email", "form", "social", "sms", "video", "messaging", "forum", "other"),
    "Priority": ("low", "normal", "high", "urgent"),
    "Direction": ("inbound", "outbound"),
    "TransferTo": ("queue", "agent", "external"),
    "TransferKind": ("blind", "consult"),
    "EndedBy": ("customer", "agent", "system"),
    "MissedReason": ("no_answer", "rejected", "unreachable", "other"),
    "LeftReason": ("timeout", "key", "overflow", "callback", "voicemail", "withdrawn", "other"),
    "BlockedReason": ("trunk_busy", "queue_full", "no_agents", "closed", "network_failure", "overload", "route_error", "other"),
    "CreatedBy": ("customer", "agent", "system"),
    "MessageBy": ("customer", "agent", "bot"),
    "Status": ("open", "pending", "on_hold", "bot", "resolved", "closed"),
    "DeletedReason": ("spam", "deleted", "other"),
    "AgentStateWord": ("available", "busy", "wrap_up", "break", "training", "offline"),
    "SurveyKind": ("csat", "nps", "ces", "iqs", "agent_satisfaction"),
    "ActivityKind": ("visit", "login", "social", "contact"),
    "EntryKind": ("support_cost", "revenue"),
}

FIELDS = {
    "calls": [
        "CallStarted seq channel direction customer_id line case_id",
        "CallQueued seq queue channel priority customer_id case_id",
        "CallOffered seq agent_id",
        "CallMissed seq agent_id reason",
        "CallAnswered seq agent_id queue",
        "CallHeld seq agent_id",
        "CallResumed seq agent_id",
        "CallTransferred seq to target kind",
        "CallLeft seq reason",
        "CallAbandoned seq",
        "CallRejoined seq",
        "CallBlocked seq reason queue sip_code",
        "CallEnded seq by",
        "CallWrapped seq agent_id",
    ],
    "tickets": [
        "TicketSnapshot seq created status queue agent_id channel priority waiting_since",
        "TicketCreated seq channel call_id queue priority topic customer_id by",
        "TicketUpdated seq queue priority channel topic customer_id",
        "TicketAssigned seq agent_id queue",
        "TicketMessage seq by agent_id public auto thanks",
        "TicketHandoff seq",
        "TicketStatus seq status agent_id",
        "TicketMerged seq into",
        "TicketDeleted seq reason",
    ],
    "agents": [
        "AgentState seq state reason queues until",
        "AgentHeartbeat seq",
    ],
    "surveys": [
        "SurveyAnswered seq kind score max min case_id queue channel agent_id customer_id",
        "SurveySent seq kind case_id queue channel agent_id customer_id",
    ],
    "customers": [
        "CustomerJoined seq referred_by program",
        "CustomerLeft seq reason",
        "CustomerPurchased seq amount currency",
        "CustomerActive seq kind",
    ],
    "articles": [
        "ArticleOpened seq article customer_id",
        "ArticleRead seq seconds",
        "ArticleContacted seq",
    ],
    "finance": [
        "FinanceEntry seq kind amount currency period",
    ],
}
