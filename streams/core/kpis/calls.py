"""KPIs of the topic `calls` (metrics.md, sections 3 and 5)."""

from __future__ import annotations

from collections.abc import Iterator

from schemas import fields as f
from streams.core.kpis.callers import Callers
from streams.core.kpis.formulas import AnswersNeeded, Count, Largest, Mean, Ratio
from streams.core.kpis.kpi import (
    ABANDONED,
    AGE_BANDS_CALLS,
    ANSWERED,
    BLOCKED_ALL,
    BLOCKED_NOT_CLOSED,
    CALLS,
    DECIDED,
    ENDED,
    LEFT_ALL,
    SERVICE_IN,
    Kpi,
    counted,
    lengths,
)
from streams.core.kpis.standing import Aged, Oldest, Standing


def call_kpis() -> Iterator[Kpi]:
    """All of them, in the order of output.md."""
    yield from call_counts()
    yield from call_ratios()
    yield from call_times()
    yield from call_standings()


def call_counts() -> Iterator[Kpi]:
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
        yield counted(name, CALLS, count, help_)
    for reason, field in f.LEFT.items():
        yield counted("calls_left", CALLS, Count((field,)), "Visits that flowed out, by reason.", reason=reason)
    yield counted("calls_handled", CALLS, Count((f.HANDLE_OUTBOUND,)), "Finished outbound conversations.", direction="outbound")
    for reason, field in f.BLOCKED.items():
        yield counted("calls_blocked", CALLS, Count((field,)), "Blocked calls, by reason.", reason=reason)


def call_ratios() -> Iterator[Kpi]:
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


def call_times() -> Iterator[Kpi]:
    yield from lengths("speed_of_answer", CALLS, (f.ANSWER_WAIT,), "the waits of answered visits")
    yield Kpi(
        name="speed_of_answer",
        stat="max",
        unit="seconds",
        formula=Largest(f.ANSWER_WAIT),
        topics=CALLS,
        help="Longest wait of an answered visit.",
    )
    yield from lengths("abandon_wait", CALLS, (f.ABANDON_WAIT,), "the waits of abandoned visits, short ones left out")
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
        yield from lengths("handle_time", CALLS, (handle,), f"talk, hold and wrap-up of finished {what} conversations", **labels)
        for name, stat, formula, help_ in (
            ("handle_time", "per_call", Mean(Count((handle + 1,)), Count((any_,))), f"Talk, hold and wrap-up / {what} calls handled."),
            ("talk_time", "mean", Mean(Count((talk,)), count), f"Talk without hold / finished {what} conversations."),
            ("wrap_time", "mean", Mean(Count((wrap,)), count), f"Wrap-up / finished {what} conversations."),
            ("hold_time", "per_held", Mean(Count((hold,)), Count((held,))), f"Hold / finished {what} conversations with hold."),
            ("hold_time", "per_handled", Mean(Count((hold,)), count), f"Hold / finished {what} conversations."),
        ):
            yield Kpi(name=name, stat=stat, unit="seconds", formula=formula, topics=CALLS, labels=labels, help=help_)
    yield Kpi(
        name="handle_time",
        stat="per_case",
        unit="seconds",
        formula=Mean(Count((f.CASES_HANDLE_MS,)), Count((f.CASES_HANDLED,))),
        topics=CALLS,
        help="Talk, hold and wrap-up of all inbound calls of a case / cases, at the last of these calls.",
    )


def call_standings() -> Iterator[Kpi]:
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
