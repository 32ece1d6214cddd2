"""Every KPI of this release, as data: the one place where a name, a formula, a unit and a help text are written down.

Code, Prometheus names, docs and tables are generated from it or checked against it. Definitions: metrics.md, sections 3 to 7.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, Literal

import msgspec

from schemas import fields as f
from schemas.values import DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS
from streams.core.kpis.formulas import (
    Aged,
    AnswersNeeded,
    Backlog,
    BacklogDays,
    Callers,
    Count,
    Formula,
    Largest,
    Mean,
    Oldest,
    Percentile,
    Ratio,
    Share,
    Standing,
)

Unit = Literal["count", "ratio", "seconds", "days"]
Topic = Literal["calls", "tickets"]
When = Literal["window", "now", "today"]

WINDOWS: Final = ("5m", "15m", "30m", "1h", "interval", "last_interval", "today", "yesterday", "7d", "30d", "last_week")


class Kpi(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the catalogue: one number per cut and window.

    labels   beyond those of the cut, the same on each of its rows
    topics   which topics it needs: without an event of one of them it has no rows
    when     in which windows: all, `now` for standings, `today` alone
    cuts     False: only by channel
    sparse   a row that is 0 is left out: reasons that did not occur
    """

    name: str
    stat: str
    unit: Unit
    formula: Formula
    help: str
    topics: tuple[Topic, ...]
    labels: Mapping[str, str] = {}
    when: When = "window"
    by_channel_only: bool = False
    sparse: bool = False
    aka: str = ""


CALLS: Final[tuple[Topic, ...]] = ("calls",)
TICKETS: Final[tuple[Topic, ...]] = ("tickets",)
BOTH: Final[tuple[Topic, ...]] = ("calls", "tickets")

LEFT_ALL: Final = tuple(f.LEFT.values())
BLOCKED_ALL: Final = tuple(f.BLOCKED.values())
BLOCKED_NOT_CLOSED: Final = tuple(field for reason, field in f.BLOCKED.items() if reason != "closed")
UNRESOLVED_ALL: Final = tuple(f.UNRESOLVED.values())

ANSWERED: Final = Count((f.ANSWER_WAIT,))
ABANDONED: Final = Count((f.ABANDON_WAIT,))
ENDED: Final = Count(
    (f.ANSWER_WAIT, f.ABANDON_WAIT, f.CALLS_SHORT_ABANDONED, *LEFT_ALL, f.CALLS_CALLBACK, f.BLOCKED_IN_QUEUE, f.CALLS_UNOBSERVED)
)
HANDLED: Final = Count((f.HANDLE,))
HANDLE_MS: Final = Count((f.HANDLE + 1,))
REQUESTS: Final = Count((f.CALLS_RECEIVED, f.TICKETS_REQUESTED))
DECIDED: Final = Count((f.SERVICE_IN, f.SERVICE_OUT))
SERVICE_IN: Final = Count((f.SERVICE_IN,))

AGE_BANDS_CALLS: Final = (
    ("0-20s", -1, 20 * SECOND_MS),
    ("20-60s", 20 * SECOND_MS, MINUTE_MS),
    ("1-2m", MINUTE_MS, 2 * MINUTE_MS),
    ("2-5m", 2 * MINUTE_MS, 5 * MINUTE_MS),
    ("5m+", 5 * MINUTE_MS, None),
)
AGE_BANDS_CASES: Final = (
    ("0-1h", -1, HOUR_MS),
    ("1-4h", HOUR_MS, 4 * HOUR_MS),
    ("4-24h", 4 * HOUR_MS, DAY_MS),
    ("1-3d", DAY_MS, 3 * DAY_MS),
    ("3-7d", 3 * DAY_MS, 7 * DAY_MS),
    ("7d+", 7 * DAY_MS, None),
)


def _count(name: str, topics: tuple[Topic, ...], count: Count, help_: str, **labels: str) -> Kpi:
    return Kpi(name=name, stat="count", unit="count", formula=count, help=help_, topics=topics, labels=labels, sparse=bool(labels))


def _volumes() -> Iterator[Kpi]:
    yield _count(
        "request_volume",
        BOTH,
        REQUESTS,
        "Calls received and tickets created by a customer or a system; a ticket logged for a call is no second request.",
    )
    yield Kpi(
        name="contact_volume",
        stat="count",
        unit="count",
        formula=REQUESTS,
        topics=BOTH,
        by_channel_only=True,
        help="Requests of one channel.",
    )
    yield Kpi(
        name="contact_share",
        stat="share",
        unit="ratio",
        formula=Share(REQUESTS),
        topics=BOTH,
        by_channel_only=True,
        help="Requests of one channel / all requests.",
    )


def _call_counts() -> Iterator[Kpi]:
    for name, count, help_ in (
        ("calls_received", Count((f.CALLS_RECEIVED,)), "Inbound calls, at their earliest event, under the first queue that they visit."),
        ("calls_offered", Count((f.CALLS_OFFERED,)), "Joins of a queue."),
        ("calls_answered", ANSWERED, "Visits of a queue that ended with an agent."),
        ("calls_abandoned", ABANDONED, "Visits given up by the customer after more than the short-abandon threshold."),
        ("calls_short_abandoned", Count((f.CALLS_SHORT_ABANDONED,)), "Visits given up by the customer within the short-abandon threshold."),
        ("calls_prequeue_abandoned", Count((f.CALLS_PREQUEUE_ABANDONED,)), "Calls given up before any queue."),
        ("calls_left", Count(LEFT_ALL), "Visits that flowed out of the queue: neither answered nor abandoned."),
        ("calls_callback", Count((f.CALLS_CALLBACK,)), "Visits left for a callback."),
        ("calls_unobserved", Count((f.CALLS_UNOBSERVED,)), "Visits whose end nobody saw."),
        ("calls_transferred", Count((f.CALLS_TRANSFERRED,)), "Transfers by an agent."),
        ("offers_missed", Count((f.OFFERS_MISSED,)), "Offers to an agent that failed; the visit went on."),
        ("calls_handled", Count((f.HANDLE, f.HANDLE_OUTBOUND)), "Finished conversations; a transferred call counts once for each."),
        ("calls_blocked", Count(BLOCKED_ALL), "Calls not served for lack of lines, agents or network, or because it was closed."),
    ):
        yield _count(name, CALLS, count, help_)
    for reason, field in f.LEFT.items():
        yield _count("calls_left", CALLS, Count((field,)), "Visits that flowed out, by reason.", reason=reason)
    yield _count("calls_handled", CALLS, Count((f.HANDLE_OUTBOUND,)), "Finished outbound conversations.", direction="outbound")
    for reason, field in f.BLOCKED.items():
        yield _count("calls_blocked", CALLS, Count((field,)), "Blocked calls, by reason.", reason=reason)


def _call_ratios() -> Iterator[Kpi]:
    blocked = Count(BLOCKED_NOT_CLOSED)
    attempts = Count((*ENDED.plus, *BLOCKED_NOT_CLOSED), (f.BLOCKED_IN_QUEUE,))
    late_or_abandoned = Count((f.ANSWER_WAIT, f.ABANDON_WAIT))
    for name, stat, formula, help_ in (
        ("blockage", "rate", Ratio(blocked, attempts), "Blocked, but for closed / visits ended and blocks outside a visit."),
        (
            "service_level",
            "event",
            Ratio(SERVICE_IN, DECIDED),
            "In time / decided; a waiting call is decided, and out, once the threshold has passed.",
        ),
        ("service_level", "answered", Ratio(Count((f.ANSWERED_IN,)), ANSWERED), "Answered in time / answered."),
        ("service_level", "offered", Ratio(Count((f.ANSWERED_IN,)), ENDED), "Answered in time / visits ended."),
        (
            "service_level",
            "abandons_ignored",
            Ratio(Count((f.ANSWERED_IN,)), Count((f.ANSWER_WAIT, f.ABANDON_WAIT), (f.ABANDONED_IN,))),
            "Answered in time / answered and abandoned after the threshold.",
        ),
        ("service_level", "abandons_hurt", Ratio(Count((f.ANSWERED_IN,)), late_or_abandoned), "Answered in time / answered and abandoned."),
        (
            "service_level",
            "abandons_help",
            Ratio(Count((f.ANSWERED_IN, f.ABANDONED_IN)), late_or_abandoned),
            "Answered or abandoned in time / answered and abandoned.",
        ),
        (
            "service_level",
            "connect",
            Ratio(Count((f.ANSWERED_IN, f.ABANDONED_IN, f.CALLS_SHORT_ABANDONED, f.CALLBACK_IN)), ENDED),
            "Out of the queue in time, answered, abandoned or for a callback / visits ended.",
        ),
        (
            "service_level",
            "lowest",
            Ratio(SERVICE_IN, DECIDED, undecided=f.UNDECIDED),
            "Method event, if all who wait undecided were answered late.",
        ),
        (
            "service_level",
            "highest",
            Ratio(SERVICE_IN, DECIDED, undecided=f.UNDECIDED, undecided_in=True),
            "Method event, if all who wait undecided were answered in time.",
        ),
        ("abandon_rate", "of_decided", Ratio(ABANDONED, late_or_abandoned), "Abandoned / answered and abandoned."),
        ("abandon_rate", "of_offered", Ratio(ABANDONED, ENDED), "Abandoned / visits ended."),
        (
            "abandon_rate",
            "of_offered_net",
            Ratio(ABANDONED, Count(ENDED.plus, (f.CALLS_SHORT_ABANDONED,))),
            "Abandoned / visits ended, short abandons left out.",
        ),
        ("answer_rate", "rate", Ratio(ANSWERED, ENDED), "Answered / visits ended."),
        ("left_rate", "rate", Ratio(Count(LEFT_ALL), ENDED), "Flowed out / visits ended."),
    ):
        yield Kpi(name=name, stat=stat, unit="ratio", formula=formula, help=help_, topics=CALLS)
    yield Kpi(
        name="blockage",
        stat="distinct_callers",
        unit="count",
        formula=Callers(),
        topics=CALLS,
        help="Known customers who were blocked, each once; closed left out.",
    )
    yield Kpi(
        name="service_level",
        stat="answers_needed",
        unit="count",
        formula=AnswersNeeded(SERVICE_IN, DECIDED),
        topics=CALLS,
        when="today",
        help="In-time answers in a row that bring today back to the target.",
    )


def _durations(name: str, topics: tuple[Topic, ...], durations: tuple[int, ...], what: str, **labels: str) -> Iterator[Kpi]:
    count = Count(durations)
    total_ms = Count(tuple(duration + 1 for duration in durations))
    yield Kpi(name=name, stat="mean", unit="seconds", formula=Mean(total_ms, count), topics=topics, labels=labels, help=f"Mean of {what}.")
    for per_cent in (50, 90, 95):
        yield Kpi(
            name=name,
            stat=f"p{per_cent}",
            unit="seconds",
            formula=Percentile(durations, per_cent),
            topics=topics,
            labels=labels,
            help=f"{per_cent} % of {what} are at most this long (nearest rank, within 1 %).",
        )


def _call_times() -> Iterator[Kpi]:
    yield from _durations("speed_of_answer", CALLS, (f.ANSWER_WAIT,), "the waits of answered visits")
    yield Kpi(
        name="speed_of_answer",
        stat="max",
        unit="seconds",
        formula=Largest(f.ANSWER_WAIT),
        topics=CALLS,
        help="Longest wait of an answered visit.",
    )
    yield from _durations("abandon_wait", CALLS, (f.ABANDON_WAIT,), "the waits of abandoned visits, short ones left out")
    yield Kpi(
        name="abandon_wait",
        stat="max",
        unit="seconds",
        formula=Largest(f.ABANDON_WAIT),
        topics=CALLS,
        help="Longest wait of an abandoned visit.",
    )
    for labels, handle, any_, talk, hold, wrap, held, what in (
        ({}, f.HANDLE, f.CALLS_HANDLED_ANY, f.TALK_MS, f.HOLD_MS, f.WRAP_MS, f.HELD_SEGMENTS, "inbound"),
        (
            {"direction": "outbound"},
            f.HANDLE_OUTBOUND,
            f.CALLS_HANDLED_ANY_OUTBOUND,
            f.TALK_MS_OUTBOUND,
            f.HOLD_MS_OUTBOUND,
            f.WRAP_MS_OUTBOUND,
            f.HELD_SEGMENTS_OUTBOUND,
            "outbound",
        ),
    ):
        count = Count((handle,))
        yield from _durations("handle_time", CALLS, (handle,), f"talk, hold and wrap-up of finished {what} conversations", **labels)
        for name, stat, formula, help_ in (
            ("handle_time", "per_call", Mean(Count((handle + 1,)), Count((any_,))), f"Talk, hold and wrap-up / {what} calls handled."),
            ("talk_time", "mean", Mean(Count((talk,)), count), f"Talk without hold / finished {what} conversations."),
            ("wrap_time", "mean", Mean(Count((wrap,)), count), f"Wrap-up / finished {what} conversations."),
            ("hold_time", "per_held", Mean(Count((hold,)), Count((held,))), f"Hold / finished {what} conversations with hold."),
            ("hold_time", "per_handled", Mean(Count((hold,)), count), f"Hold / finished {what} conversations."),
        ):
            yield Kpi(name=name, stat=stat, unit="seconds", formula=formula, topics=CALLS, labels=labels, help=help_)


def _call_standings() -> Iterator[Kpi]:
    for name, standing, help_ in (
        ("waiting", f.WAITING, "Calls waiting in a queue now."),
        ("talking", f.TALKING, "Conversations under way now, not on hold."),
        ("holding", f.HOLDING, "Conversations on hold now."),
    ):
        yield Kpi(name=name, stat="count", unit="count", formula=Standing((standing,)), topics=CALLS, when="now", help=help_)
    yield Kpi(
        name="waiting",
        stat="oldest",
        unit="seconds",
        formula=Oldest((f.WAITING,)),
        topics=CALLS,
        when="now",
        help="Longest wait of those waiting now.",
    )
    for band, above_ms, up_to_ms in AGE_BANDS_CALLS:
        yield Kpi(
            name="waiting_by_age",
            stat="count",
            unit="count",
            formula=Aged((f.WAITING,), above_ms, up_to_ms),
            topics=CALLS,
            labels={"age_band": band},
            when="now",
            help="Calls waiting now, by how long they have waited.",
        )


def _ticket_counts() -> Iterator[Kpi]:
    for name, field, help_ in (
        ("tickets_created", f.TICKETS_CREATED, "Cases opened, at their earliest event."),
        ("tickets_resolved", f.TICKETS_RESOLVED, "Resolves: transitions, each counts."),
        ("tickets_resolved_holding", f.TICKETS_RESOLVED_HOLDING, "Resolves without a reopen since."),
        ("tickets_reopened", f.TICKETS_REOPENED, "Reopens: transitions, each counts."),
        ("tickets_merged", f.TICKETS_MERGED, "Cases merged into another."),
        ("tickets_deleted", f.TICKETS_DELETED, "Cases deleted or found to be spam."),
        ("tickets_assigned", f.TICKETS_ASSIGNED, "Cases that first had a person or a queue."),
    ):
        yield _count(name, TICKETS, Count((field,)), help_)


def _ticket_standings() -> Iterator[Kpi]:
    def now(name: str, stat: str, unit: Unit, formula: Formula, help_: str, **labels: str) -> Kpi:
        return Kpi(name=name, stat=stat, unit=unit, formula=formula, topics=TICKETS, when="now", help=help_, labels=labels)

    yield now("open_cases", "count", "count", Standing((f.OPEN,)), "Unresolved cases whose customer is owed a reply.")
    yield now("open_cases", "oldest", "seconds", Oldest((f.OPEN,)), "The oldest such wait.")
    yield now("unresolved_cases", "count", "count", Standing(UNRESOLVED_ALL), "Cases not resolved.")
    for status, standing in f.UNRESOLVED.items():
        yield now("unresolved_cases", "count", "count", Standing((standing,)), "Cases not resolved, by status.", status=status)
    yield now("unassigned_cases", "count", "count", Standing((f.UNASSIGNED,)), "Cases not resolved that no person has.")
    yield now("backlog", "count", "count", Backlog(f.BACKLOG_STANDINGS), "Cases unresolved for longer than the configured age (24 h).")
    for band, above_ms, up_to_ms in AGE_BANDS_CASES:
        yield now(
            "backlog_by_age",
            "count",
            "count",
            Aged(f.BACKLOG_STANDINGS, above_ms, up_to_ms),
            "Unresolved cases by age since creation.",
            age_band=band,
        )
    for name, standings, help_ in (
        ("first_response_time", (f.FIRST_UNANSWERED,), "The oldest wait for a first answer that runs now."),
        ("next_response_time", (f.NEXT_UNANSWERED,), "The oldest later wait for an answer that runs now."),
        ("response_time", (f.FIRST_UNANSWERED, f.NEXT_UNANSWERED), "The oldest wait for an answer that runs now."),
    ):
        yield now(name, "oldest_unanswered", "seconds", Oldest(standings), help_)


def _ticket_flow() -> Iterator[Kpi]:
    resolved = Count((f.TICKETS_RESOLVED,))
    growth = Count((f.TICKETS_CREATED, f.TICKETS_REOPENED), (f.TICKETS_RESOLVED, f.TICKETS_MERGED, f.TICKETS_DELETED))
    yield Kpi(
        name="backlog",
        stat="growth",
        unit="count",
        formula=growth,
        topics=TICKETS,
        help="Created and reopened less resolved, merged and deleted.",
    )
    yield Kpi(
        name="backlog",
        stat="days",
        unit="days",
        formula=BacklogDays(UNRESOLVED_ALL, resolved),
        topics=TICKETS,
        help="Unresolved cases / resolves per day of the window.",
    )
    for stat, part, whole, bounded, help_ in (
        (
            "of_assigned",
            (f.COHORT_ASSIGNED_RESOLVED,),
            (f.COHORT_ASSIGNED,),
            True,
            "Of the cases first assigned in the window, the share resolved now.",
        ),
        (
            "of_created",
            (f.COHORT_CREATED_RESOLVED,),
            (f.COHORT_CREATED,),
            True,
            "Of the cases created in the window, the share resolved now.",
        ),
        ("throughput", (f.TICKETS_RESOLVED,), (f.TICKETS_CREATED,), False, "Resolves / cases created; may pass 1."),
    ):
        yield Kpi(
            name="resolution_rate", stat=stat, unit="ratio", formula=Ratio(Count(part), Count(whole), bounded), topics=TICKETS, help=help_
        )
    yield Kpi(
        name="reopen_rate",
        stat="rate",
        unit="ratio",
        formula=Ratio(Count((f.TICKETS_REOPENED,)), resolved, False),
        topics=TICKETS,
        help="Reopens / resolves, both in the window.",
    )


def _ticket_times() -> Iterator[Kpi]:
    for responder, first, next_ in (
        ("human", f.FIRST_RESPONSE_HUMAN, f.NEXT_RESPONSE_HUMAN),
        ("bot", f.FIRST_RESPONSE_BOT, f.NEXT_RESPONSE_BOT),
    ):
        in_out = {
            f.FIRST_RESPONSE_HUMAN: (f.FIRST_RESPONSE_HUMAN_IN, f.FIRST_RESPONSE_HUMAN_OUT),
            f.FIRST_RESPONSE_BOT: (f.FIRST_RESPONSE_BOT_IN, f.FIRST_RESPONSE_BOT_OUT),
            f.NEXT_RESPONSE_HUMAN: (f.NEXT_RESPONSE_HUMAN_IN, f.NEXT_RESPONSE_HUMAN_OUT),
            f.NEXT_RESPONSE_BOT: (f.NEXT_RESPONSE_BOT_IN, f.NEXT_RESPONSE_BOT_OUT),
        }
        for name, durations, what in (
            ("first_response_time", (first,), "waits for the first answer"),
            ("next_response_time", (next_,), "later waits for an answer"),
            ("response_time", (first, next_), "waits for an answer"),
        ):
            labels = {"responder": responder, "clock": "calendar"}
            yield from _durations(name, TICKETS, durations, f"the {what} by a {responder}", **labels)
            met = Count(tuple(in_out[d][0] for d in durations))
            yield Kpi(
                name=name,
                stat="within_target",
                unit="ratio",
                formula=Ratio(met, Count(met.plus + tuple(in_out[d][1] for d in durations))),
                topics=TICKETS,
                labels=labels,
                help=f"Of the {what} that were answered by a {responder} or went past their target, the share answered in time.",
            )
            yield Kpi(
                name=name,
                stat="count",
                unit="count",
                formula=Count(durations),
                topics=TICKETS,
                labels=labels,
                help=f"{what[0].upper()}{what[1:]} that a {responder} ended.",
            )
    for to, clock, duration in (
        ("first", "calendar", f.RESOLUTION_FIRST),
        ("first", "working", f.RESOLUTION_FIRST_WORKING),
        ("full", "calendar", f.RESOLUTION_FULL),
        ("full", "working", f.RESOLUTION_FULL_WORKING),
    ):
        what = f"the times from creation to the {'first' if to == 'first' else 'last'} resolve"
        if clock == "working":
            what += ", without those pending or on hold"
        yield from _durations("resolution_time", TICKETS, (duration,), what, to=to, clock=clock)
        yield Kpi(
            name="resolution_time",
            stat="count",
            unit="count",
            formula=Count((duration,)),
            topics=TICKETS,
            labels={"to": to, "clock": clock},
            help="Cases with such a time.",
        )


CATALOGUE: Final[tuple[Kpi, ...]] = (
    *_volumes(),
    *_call_counts(),
    *_call_ratios(),
    *_call_times(),
    *_call_standings(),
    *_ticket_counts(),
    *_ticket_standings(),
    *_ticket_flow(),
    *_ticket_times(),
)

NAMES: Final = tuple(dict.fromkeys(kpi.name for kpi in CATALOGUE))
