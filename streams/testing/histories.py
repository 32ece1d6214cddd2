"""Hypothesis strategies: what may happen to a call, a ticket, a customer, ..., the usual and the odd.

Pieces (pieces.py) make stories, one for each topic; `histories` then gives them times, ids and a few accidents: an event that is missing,
out of place, at an odd time, or of any type at all. Every history is one that the contract allows; whoever wants repeats or another order
makes them of it.
"""

from __future__ import annotations

from functools import cache
from typing import Any, Final

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from schemas import events as ev
from schemas.events import ENTITY_FIELD, TYPES, CallEvent, Event, TicketEvent
from schemas.surveys import SCALES
from schemas.values import DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS, EpochMs
from streams.testing.pieces import START_MS, Step, Story, maybe, nothing, one, some, steps, story

NEAR_MS: Final = (5 * SECOND_MS, 20 * SECOND_MS, 90 * SECOND_MS)  # short abandon, service level, silence of an agent
LIMITS_MS: Final = (4 * MINUTE_MS, 10 * MINUTE_MS, HOUR_MS, 4 * HOUR_MS, 12 * HOUR_MS, 16 * HOUR_MS, DAY_MS)
PREFIX_AND_SEQ: Final = (("a", 0), ("b", 0), ("a", 0), ("b", 0), ("a", 1), ("b", 2))  # ids that do not sort like the events, seq seldom
SURVEY_KINDS: Final = tuple(SCALES)


def call_histories(call_id: str = "C1", start_ms: EpochMs = START_MS) -> SearchStrategy[list[CallEvent]]:
    """The events of one call, at least one, in the order in which they are told; times may say something else."""
    return histories("calls", call_id, start_ms)


def ticket_histories(ticket_id: str = "T1", start_ms: EpochMs = START_MS) -> SearchStrategy[list[TicketEvent]]:
    """The events of one ticket, at least one, in the order in which they are told; times may say something else."""
    return histories("tickets", ticket_id, start_ms)


@st.composite
def many_cases(draw: DrawFn, cases_max: int = 4) -> list[Event]:
    """The events of some cases of any topic, by time, as a log would hold them: those of one case in the order of their times."""
    count = draw(st.integers(1, cases_max))
    events: list[Event] = []
    for number in range(count):
        start_ms = EpochMs(START_MS + draw(gaps_ms()))
        topic = draw(st.sampled_from(SEVERAL))
        events += draw(histories(topic, f"{topic}{number}", start_ms))
    return sorted(events, key=lambda event: event.time)


@st.composite
def histories(draw: DrawFn, topic: str, entity_id: str = "1", start_ms: EpochMs = START_MS) -> list[Any]:
    """The events of one case of that topic, at least one, in the order in which they are told; times may say something else."""
    stories, any_step = _tellers(topic)
    told = draw(stories)
    for stranger in draw(st.lists(any_step, min_size=0 if told else 1, max_size=2)):
        told.insert(draw(st.integers(0, len(told))), stranger)
    if len(told) > 1 and draw(st.booleans()):
        del told[draw(st.integers(0, len(told) - 1))]
    times_ms: list[int] = []
    for _ in told:
        times_ms.append((times_ms[-1] if times_ms else start_ms) + draw(gaps_ms()))
    for index in draw(st.lists(st.integers(0, len(told) - 1), max_size=1)):
        times_ms[index] = draw(st.integers(times_ms[0], times_ms[-1]))
    history = []
    for number, (event_type, fields) in enumerate(told):
        prefix, seq = draw(st.sampled_from(PREFIX_AND_SEQ))
        values: dict[str, Any] = fields | {"id": f"{prefix}{number}", "seq": seq, ENTITY_FIELD[topic]: entity_id}
        history.append(event_type(time=EpochMs(times_ms[number]), **values))
    return history


@cache
def gaps_ms() -> SearchStrategy[int]:
    """Time between two events: often none, often just before, at or just after a threshold."""
    near, far = ([limit + off for limit in limits for off in (-1, 0, 1)] for limits in (NEAR_MS, LIMITS_MS))
    return st.one_of(st.just(0), st.integers(1, 30 * SECOND_MS), st.sampled_from(near), st.sampled_from(far), st.integers(0, 5 * HOUR_MS))


# --- calls -----------------------------------------------------------------------------------------------------------


def conversations() -> Story:
    hold = story(one(ev.CallHeld), maybe(one(ev.CallResumed)))
    end = st.one_of(nothing(), story(one(ev.CallEnded), maybe(one(ev.CallWrapped))), one(ev.CallTransferred))
    return story(one(ev.CallAnswered), some(hold, 2), end)


def visits() -> Story:
    """One stay in a queue, with what became of it, or nothing."""
    offer = story(one(ev.CallOffered), maybe(one(ev.CallMissed)))
    fate = st.one_of(
        conversations(),
        one(ev.CallAbandoned),
        nothing(),
        one(ev.CallLeft),
        one(ev.CallBlocked),
        one(ev.CallEnded),
        story(one(ev.CallAbandoned), one(ev.CallRejoined), maybe(conversations())),
    )
    return story(one(ev.CallQueued), some(offer, 2), fate)


def calls() -> Story:
    queued = story(maybe(one(ev.CallStarted)), some(visits(), 3, least=1), maybe(one(ev.CallEnded)))
    turned_away = story(one(ev.CallStarted), st.one_of(one(ev.CallAbandoned), one(ev.CallBlocked)))
    outbound = story(one(ev.CallStarted, direction="outbound"), conversations())
    return st.sampled_from((queued, queued, queued, turned_away, conversations(), outbound)).flatmap(lambda kind: kind)


# --- tickets ---------------------------------------------------------------------------------------------------------


def exchanges() -> Story:
    """The customer writes and somebody answers, or not."""
    answer = st.one_of(one(ev.TicketMessage, by="agent"), one(ev.TicketMessage, by="agent", public=True, auto=False), nothing())
    return story(some(one(ev.TicketMessage, by="customer"), 2, least=1), answer)


def bot_talks() -> Story:
    machine = story(maybe(one(ev.TicketStatus, status="bot")), some(one(ev.TicketMessage, by="bot"), 2, least=1))
    return story(machine, st.one_of(one(ev.TicketHandoff), nothing(), one(ev.TicketStatus, status="resolved")))


def ticket_work() -> Story:
    handling = st.one_of(one(ev.TicketAssigned), one(ev.TicketStatus), one(ev.TicketUpdated))
    solved = story(one(ev.TicketStatus, status="resolved"), maybe(st.one_of(one(ev.TicketStatus), one(ev.TicketMessage, by="customer"))))
    return some(st.one_of(exchanges(), handling, solved, bot_talks()), 4)


def tickets() -> Story:
    opening = st.one_of(one(ev.TicketCreated), nothing(), one(ev.TicketSnapshot), one(ev.TicketMessage))
    end = st.one_of(nothing(), one(ev.TicketStatus, status="closed"), one(ev.TicketMerged), one(ev.TicketDeleted))
    late = st.one_of(nothing(), nothing(), one(ev.TicketCreated), one(ev.TicketSnapshot))
    return story(opening, ticket_work(), end, late)


# --- the other topics ------------------------------------------------------------------------------------------------


def agents() -> Story:
    return some(st.one_of(one(ev.AgentState), one(ev.AgentState), some(one(ev.AgentHeartbeat), 4, least=1)), 6, least=1)


def surveys() -> Story:
    """Asked or not, answered, and answered anew."""
    return st.sampled_from(SURVEY_KINDS).flatmap(
        lambda kind: story(maybe(one(ev.SurveySent, kind=kind)), some(one(ev.SurveyAnswered, kind=kind), 3))
    )


def customers() -> Story:
    deeds = st.one_of(one(ev.CustomerPurchased), one(ev.CustomerPurchased), one(ev.CustomerActive))
    stay = story(maybe(one(ev.CustomerJoined)), some(deeds, 4), maybe(one(ev.CustomerLeft)))
    return some(stay, 2, least=1)


def views() -> Story:
    return story(maybe(one(ev.ArticleOpened)), some(one(ev.ArticleRead), 3), maybe(one(ev.ArticleContacted)))


def entries() -> Story:
    return some(one(ev.FinanceEntry), 3, least=1)


# --- of each topic ----------------------------------------------------------------------------------------------------

STORIES: Final = {
    "calls": calls,
    "tickets": tickets,
    "agents": agents,
    "surveys": surveys,
    "customers": customers,
    "articles": views,
    "finance": entries,
}
SEVERAL: Final = ("calls", "tickets", *STORIES)
"""Calls and tickets twice: they have the longer stories."""


@cache
def _tellers(topic: str) -> tuple[Story, SearchStrategy[Step]]:
    """What is told of a case, and any event at all. Made once: hypothesis takes longer to make these than to draw from them."""
    stories = STORIES[topic]()
    return stories, st.one_of([steps(event_type) for event_type in TYPES[topic].values()])
