"""Numbers of everything that is counted or stands: the keys of a pane and of the rows of standings, on disk and in memory.

A pane is one flat mapping `int -> int` in which every entry can be added and subtracted (metrics.md, section 1):

    0 ..  999                 counts and sums, named below
    (d + 1) << 20 | bucket    one bucket of the histogram of duration `d` (streams/core/panes/histogram.py)
    2 << 62 | hash            a distinct agent, requests of that agent

A duration `d` has its count at `d` and its sum in milliseconds at `d + 1`. Numbers are part of the stored state: append, never renumber.
A spell `s` (so long as an agent is busy) is told by its two ends, however long it lasts: at `s` stand beginnings less ends, at `s + 1` the
sum of the instants (epoch ms) of beginnings less that of ends. Both may be negative, in a pane too. Where n run at b, all together lasted
n * (b - a) - (sum at s + 1) + a * (sum at s) within [a, b): see streams/core/kpis/staffing.py.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from operator import itemgetter
from typing import Final

from schemas.values import Topic

# --- calls: counts ---------------------------------------------------------------------------------------------------
CALLS_RECEIVED: Final = 1
CALLS_OFFERED: Final = 2  # joins of a queue
ANSWERED_IN: Final = 3  # answered within the threshold: a1
ABANDONED_IN: Final = 4  # abandoned, not short, within the threshold: b1
CALLBACK_IN: Final = 5  # left for a callback within the threshold: k1
CALLS_SHORT_ABANDONED: Final = 6
CALLS_PREQUEUE_ABANDONED: Final = 7
CALLS_CALLBACK: Final = 8
CALLS_UNOBSERVED: Final = 9
CALLS_TRANSFERRED: Final = 10
OFFERS_MISSED: Final = 11
SERVICE_IN: Final = 12  # service-level events in time
SERVICE_OUT: Final = 13
BLOCKED_IN_QUEUE: Final = 14  # visits ended by a block, whatever the reason
CALLS_HANDLED_ANY: Final = 16  # calls with at least one finished inbound segment
CONVERSATIONS_UNOBSERVED: Final = 17
HELD_SEGMENTS: Final = 18  # finished inbound segments with hold time
TALK_MS: Final = 19
HOLD_MS: Final = 20
WRAP_MS: Final = 21
HELD_SEGMENTS_OUTBOUND: Final = 22
TALK_MS_OUTBOUND: Final = 23
HOLD_MS_OUTBOUND: Final = 24
WRAP_MS_OUTBOUND: Final = 25
CALLS_HANDLED_ANY_OUTBOUND: Final = 26

LEFT_UNDECIDED: Final = 27  # visits that left within the threshold: no service-level event; so do the next two
BLOCKED_UNDECIDED: Final = 28
UNOBSERVED_UNDECIDED: Final = 29

LEFT_REASONS: Final = ("timeout", "key", "overflow", "voicemail", "withdrawn", "requeued", "other")
LEFT: Final = {reason: 40 + i for i, reason in enumerate(LEFT_REASONS)}  # flow-outs by reason; callback is an outcome of its own
BLOCKED_REASONS: Final = ("trunk_busy", "queue_full", "no_agents", "closed", "network_failure", "overload", "route_error", "other")
BLOCKED: Final = {reason: 50 + i for i, reason in enumerate(BLOCKED_REASONS)}  # in a queue and outside

UNDECIDED_ENDS: Final = {
    **dict.fromkeys(LEFT.values(), LEFT_UNDECIDED),
    **dict.fromkeys(BLOCKED.values(), BLOCKED_UNDECIDED),
    CALLS_UNOBSERVED: UNOBSERVED_UNDECIDED,
    CALLS_CALLBACK: CALLBACK_IN,
}
"""Outcome of a visit that ends within the threshold without being decided -> where it counts as left out of the service level."""

# --- calls: durations (count at d, sum at d + 1) ------------------------------------------------------------------------
ANSWER_WAIT: Final = 100  # its count is "calls answered"
ABANDON_WAIT: Final = 102  # its count is "calls abandoned", short ones left out
HANDLE: Final = 104  # talk + hold + wrap-up of a finished inbound segment; its count is "handled"
HANDLE_OUTBOUND: Final = 106
CONVERSATION: Final = 108  # talk + hold of a finished segment, any direction

# --- tickets: counts ------------------------------------------------------------------------------------------------------
TICKETS_CREATED: Final = 200
TICKETS_REQUESTED: Final = 201  # created by a customer or a system, without a call_id: a request of its own
TICKETS_CARRIED_IN: Final = 202  # first known by a snapshot
TICKETS_ASSIGNED: Final = 203
TICKETS_RESOLVED: Final = 204  # transitions
TICKETS_RESOLVED_HOLDING: Final = 205  # resolves without a reopen since
TICKETS_REOPENED: Final = 206
TICKETS_MERGED: Final = 207
TICKETS_DELETED: Final = 208
COHORT_CREATED: Final = 209  # created, neither merged nor deleted, at the instant of creation
COHORT_CREATED_RESOLVED: Final = 210  # of them now resolved, at the instant of creation
COHORT_ASSIGNED: Final = 211
COHORT_ASSIGNED_RESOLVED: Final = 212
TICKETS_ESCALATED: Final = 213  # another queue than before, or a raised priority
TICKETS_REASSIGNED: Final = 214  # another person than before
COHORT_CREATED_ESCALATED: Final = 215  # of the cohort those escalated by now, at the instant of creation
COHORT_CREATED_REASSIGNED: Final = 216
FIRST_RESPONSE_HUMAN_IN: Final = 220
FIRST_RESPONSE_HUMAN_OUT: Final = 221
FIRST_RESPONSE_BOT_IN: Final = 222
FIRST_RESPONSE_BOT_OUT: Final = 223
NEXT_RESPONSE_HUMAN_IN: Final = 224
NEXT_RESPONSE_HUMAN_OUT: Final = 225
NEXT_RESPONSE_BOT_IN: Final = 226
NEXT_RESPONSE_BOT_OUT: Final = 227

# --- tickets: durations ---------------------------------------------------------------------------------------------------
FIRST_RESPONSE_HUMAN: Final = 300
FIRST_RESPONSE_BOT: Final = 302
NEXT_RESPONSE_HUMAN: Final = 304
NEXT_RESPONSE_BOT: Final = 306
RESOLUTION_FIRST: Final = 308
RESOLUTION_FULL: Final = 310
RESOLUTION_FIRST_WORKING: Final = 312
RESOLUTION_FULL_WORKING: Final = 314
FIRST_RESPONSE_HUMAN_BUSINESS: Final = 316  # the same durations in the hours of the queue's calendar
FIRST_RESPONSE_BOT_BUSINESS: Final = 318
NEXT_RESPONSE_HUMAN_BUSINESS: Final = 320
NEXT_RESPONSE_BOT_BUSINESS: Final = 322
RESOLUTION_FIRST_BUSINESS: Final = 324
RESOLUTION_FULL_BUSINESS: Final = 326

# --- agents ---------------------------------------------------------------------------------------------------------------
STAFFED: Final = 400  # spells of available, busy or wrap-up, each person once
OCCUPIED: Final = 402  # spells of busy or wrap-up
AGENTS_TIMED_OUT: Final = 404
QUEUE_STAFFED: Final = 410  # the same for each queue of the person
QUEUE_OCCUPIED: Final = 412

# --- surveys --------------------------------------------------------------------------------------------------------------
CSAT: Final = {score: 449 + score for score in range(1, 6)}  # answers by whole score, downwards
CSAT_SCORES: Final = 455  # sums of scores are in thousandths
CSAT_SENT: Final = 456
CSAT_SENT_ANSWERED: Final = 457  # of them those answered by now, at the instant of sending
NPS: Final = {"promoters": 458, "passives": 459, "detractors": 460}
CES: Final = 461
CES_SCORES: Final = 462
CES_EASY: Final = 463  # at least 5 of 7
IQS: Final = 464
IQS_SCORES: Final = 465
AGENT_SATISFACTION: Final = 466
AGENT_SATISFACTION_SCORES: Final = 467
AGENTS_SATISFIED: Final = 468  # at least 4 of 5

# --- customers ------------------------------------------------------------------------------------------------------------
# What has to be counted once in a stretch of time: in the stretch of its calendar, or in whatever ends now.
STRETCHES: Final = ("day", "week", "month", "quarter", "year")
CUSTOMERS_JOINED: Final = 520
CUSTOMERS_REFERRED: Final = 521  # of them those who came by referral
CUSTOMERS_LEFT: Final = 522
CUSTOMERS_STAYING: Final = 523  # of the joined those who have not left by now, at the instant of joining
CUSTOMERS_LEFT_AGAIN: Final = {stretch: 524 + i for i, stretch in enumerate(STRETCHES)}  # of those who left: joined in the same stretch
ACTIVITIES: Final = 530
CUSTOMERS_ACTIVE: Final = 531  # at the instant of the latest activity
CUSTOMERS_ACTIVE_IN: Final = {stretch: 532 + i for i, stretch in enumerate(STRETCHES)}  # at the first activity in the stretch
PURCHASES: Final = 540
PURCHASED: Final = 541  # an amount, in two halves (schemas/amounts.py)

# --- articles -------------------------------------------------------------------------------------------------------------
VIEWS: Final = 560
VIEWS_CONTACTED: Final = 561  # of them those whose reader asked for help, at the instant of the view
ARTICLES_READ: Final = 562  # at the instant at which a reading time of 10 s was told
ARTICLE_READ: Final = 570  # a duration: the reading time of these, at the instant at which it was told last

# --- finance: amounts, at the start of their month -------------------------------------------------------------------------
SUPPORT_COSTS: Final = 580  # entries
SUPPORT_COST: Final = 581
REVENUES: Final = 583
REVENUE: Final = 584

# --- contacts -------------------------------------------------------------------------------------------------------------
CONTACTS: Final = 600  # of known customers: inbound calls, and waits of tickets
CONTACTS_REPEATED: Final = 601  # with an earlier one of the same customer in `repeat_days`
# Case by case: cases resolved, at their first resolve; of them those with one contact, no repeat and no reopen so far. FINAL: N days later.
FIRST_CONTACT_CASES: Final = 602
FIRST_CONTACT_CASES_MET: Final = 603
FIRST_CONTACT_CASES_FINAL: Final = 604
FIRST_CONTACT_CASES_MET_FINAL: Final = 605
FIRST_CONTACT_CALLS: Final = 606  # the same of handled inbound calls of known customers
FIRST_CONTACT_CALLS_MET: Final = 607
FIRST_CONTACT_CALLS_FINAL: Final = 608
FIRST_CONTACT_CALLS_MET_FINAL: Final = 609
CASES_WITH_CONTACTS: Final = 610  # resolved and not reopened since, at the last resolve
CASE_CONTACTS: Final = 611  # contacts until then
CASES_HANDLED: Final = 612  # cases with handled inbound calls, at the last one
CASES_HANDLE_MS: Final = 613  # talk, hold and wrap-up of all their calls
CALLBACKS_DUE: Final = 614  # a customer gave up or was blocked, at the first time since the last conversation
CALLBACKS_REACHED: Final = 615  # of them those reached since, at the same instant
# Blocked callers, each once in a stretch of time: in that of its calendar, or (LATEST) in whatever ends now. And once in each cut.
CALLER_STRETCHES: Final = ("latest", "minute", "quarter", "interval", "day", "week", "month")
CALLER_CUTS: Final[tuple[tuple[str, ...], ...]] = ((), ("queue",), ("channel",), ("queue", "channel"))
CALLERS_BLOCKED: Final = {
    (cut, stretch): 620 + 8 * i + j for i, cut in enumerate(CALLER_CUTS) for j, stretch in enumerate(CALLER_STRETCHES)
}

# --- SLA, each by the number of its clock: queue_wait, first_response, next_response, resolution -----------------------------
SLA_MET: Final = (700, 720, 722, 724)
SLA_BREACHED: Final = (701, 721, 723, 725)  # at the due instant, whatever ends the clock later
RESOLUTION_FIRST_IN: Final = 726  # first resolves before the target of the resolution was due
RESOLUTION_FIRST_OUT: Final = 727  # due without any resolve so far, at that instant

# --- standings ------------------------------------------------------------------------------------------------------------
WAITING: Final = 1  # start: when the visit began
UNDECIDED: Final = 2  # waiting, threshold not passed yet
TALKING: Final = 3
HOLDING: Final = 4
OPEN: Final = 5  # the customer is owed a reply; start: the oldest unanswered message
UNRESOLVED: Final = {"open": 6, "pending": 7, "on_hold": 8, "bot": 9}  # start: creation
UNASSIGNED: Final = 10  # unresolved, without a person; start: creation
FIRST_UNANSWERED: Final = 11  # start: the wait for the first human answer
NEXT_UNANSWERED: Final = 12
BACKLOG_STANDINGS: Final = (UNRESOLVED["open"], UNRESOLVED["pending"], UNRESOLVED["on_hold"])
"""`bot` has its case outside open cases and backlog (events.md, ticket.status)."""
AGENT_STATES: Final = ("available", "busy", "wrap_up", "break", "training", "offline")
AGENTS: Final = {state: 20 + i for i, state in enumerate(AGENT_STATES)}  # each person once; start: of that state
QUEUE_AGENTS: Final = {state: 26 + i for i, state in enumerate(AGENT_STATES)}  # the same for each queue of the person
OWED: Final = 40  # a customer who gave up or was blocked and was not reached since; start: the first time
PREFERRED: Final = 41  # a customer, at the channel used most in 30 days; start: 0, since when it is so is nothing to know
SLA_CLOCKS_DUE: Final = (60, 70, 71, 72)  # clocks that run; start: when they are due
SLA_CLOCKS_AT_RISK: Final = (61, 73, 74, 75)  # of them those at risk; start: since when
SLA_CLOCKS_BREACHED: Final = (62, 76, 77, 78)  # past due and not over; start: when they were due
CUSTOMERS: Final = 50  # start: when they joined, or were first heard of

# --- what kind a field is -----------------------------------------------------------------------------------------------
SPELLS: Final = frozenset({STAFFED, OCCUPIED, QUEUE_STAFFED, QUEUE_OCCUPIED})
AMOUNTS: Final = frozenset({PURCHASED, SUPPORT_COST, REVENUE})
NO_COUNTS: Final = SPELLS | AMOUNTS | {number + 1 for number in SPELLS | AMOUNTS}
"""What means nothing without what stands beside it: it becomes no counter."""

DURATIONS: Final = frozenset(
    {
        ANSWER_WAIT,
        ABANDON_WAIT,
        HANDLE,
        HANDLE_OUTBOUND,
        CONVERSATION,
        FIRST_RESPONSE_HUMAN,
        FIRST_RESPONSE_BOT,
        NEXT_RESPONSE_HUMAN,
        NEXT_RESPONSE_BOT,
        RESOLUTION_FIRST,
        RESOLUTION_FULL,
        RESOLUTION_FIRST_WORKING,
        RESOLUTION_FULL_WORKING,
        FIRST_RESPONSE_HUMAN_BUSINESS,
        FIRST_RESPONSE_BOT_BUSINESS,
        NEXT_RESPONSE_HUMAN_BUSINESS,
        NEXT_RESPONSE_BOT_BUSINESS,
        RESOLUTION_FIRST_BUSINESS,
        RESOLUTION_FULL_BUSINESS,
        ARTICLE_READ,
    }
)
WITH_MAXIMUM: Final = frozenset({ANSWER_WAIT, ABANDON_WAIT})
"""Durations whose largest values a pane keeps."""

NAMED_FIELDS: Final = 1000
"""Fields below this one are counts and sums; those above are buckets and agents."""
FIRST_AGENT: Final = 2 << 62
"""Fields from this one on are agents."""

# --- where they came from ----------------------------------------------------------------------------------------------
FIELD_TOPICS: Final[tuple[tuple[int, Topic], ...]] = (
    (0, "calls"),
    (200, "tickets"),
    (400, "agents"),
    (450, "surveys"),
    (520, "customers"),
    (560, "articles"),
    (580, "finance"),
    (600, "contacts"),
    (700, "calls"),  # SLA clocks of calls
    (720, "tickets"),  # SLA clocks of tickets
)
"""(first field, topic): which topic counts and sums came from."""
STANDING_TOPICS: Final[tuple[tuple[int, Topic], ...]] = (
    (0, "calls"),
    (5, "tickets"),
    (20, "agents"),
    (40, "contacts"),
    (50, "customers"),
    (60, "calls"),  # SLA clocks of calls
    (70, "tickets"),  # SLA clocks of tickets
)


def topics_of(fields: Iterable[int]) -> set[Topic]:
    """Which topics counts and sums came from."""
    return {_topic_of(field, FIELD_TOPICS) for field in fields if field < NAMED_FIELDS}


def topic_of_standing(standing: int) -> Topic:
    """Which topic it came from."""
    return _topic_of(standing, STANDING_TOPICS)


def _topic_of(number: int, firsts: tuple[tuple[int, Topic], ...]) -> Topic:
    return firsts[bisect_right(firsts, number, key=itemgetter(0)) - 1][1]
