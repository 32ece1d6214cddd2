"""KPIs of the topic `tickets` (metrics.md, sections 4 and 5)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from schemas import fields as f
from streams.core.clocks.sla import RESOLUTION
from streams.core.kpis.formulas import Count, Ratio
from streams.core.kpis.kpi import AGE_BANDS_CASES, TICKETS, UNRESOLVED_ALL, Kpi, Unit, counted, lengths
from streams.core.kpis.standing import Aged, Backlog, BacklogDays, Oldest, Standing
from streams.core.kpis.view import Formula


def ticket_kpis() -> Iterator[Kpi]:
    """All of them, in the order of output.md."""
    yield from ticket_counts()
    yield from ticket_standings()
    yield from ticket_flow()
    yield from ticket_times()
    yield from ticket_waits()


def ticket_counts() -> Iterator[Kpi]:
    for name, field, help_ in (
        ("tickets_created", f.TICKETS_CREATED, "Cases opened, at their earliest event."),
        ("tickets_resolved", f.TICKETS_RESOLVED, "Resolves: transitions, each counts."),
        ("tickets_resolved_holding", f.TICKETS_RESOLVED_HOLDING, "Resolves without a reopen since."),
        ("tickets_reopened", f.TICKETS_REOPENED, "Reopens: transitions, each counts."),
        ("tickets_merged", f.TICKETS_MERGED, "Cases merged into another."),
        ("tickets_deleted", f.TICKETS_DELETED, "Cases deleted or found to be spam."),
        ("tickets_assigned", f.TICKETS_ASSIGNED, "Cases that first had a person or a queue."),
    ):
        yield counted(name, TICKETS, Count((field,)), help_)


def ticket_standings() -> Iterator[Kpi]:
    def now(name: str, stat: str, unit: Unit, formula: Formula, help_: str, **labels: str) -> Kpi:
        return Kpi(name=name, stat=stat, unit=unit, formula=formula, topics=TICKETS, when="now", help=help_, labels=labels)

    yield now("open_cases", "count", "count", Standing((f.OPEN,)), "Unresolved cases whose customer is owed a reply.")
    yield now("open_cases", "oldest", "seconds", Oldest((f.OPEN,)), "The oldest such wait.")
    yield now("unresolved_cases", "count", "count", Standing(UNRESOLVED_ALL), "Cases not resolved.")
    for status, standing in f.UNRESOLVED.items():
        yield now("unresolved_cases", "count", "count", Standing((standing,)), "Cases not resolved, by status.", status=status)
    yield now("unassigned_cases", "count", "count", Standing((f.UNASSIGNED,)), "Cases not resolved that no person has.")
    yield now(
        "backlog",
        "count",
        "count",
        Backlog(f.BACKLOG_STANDINGS),
        "Cases unresolved for longer than the limit of their queue, or of the site (24 h).",
    )
    for band, above_ms, up_to_ms in AGE_BANDS_CASES:
        yield now(
            "backlog_by_age",
            "count",
            "count",
            Aged(f.BACKLOG_STANDINGS, above_ms, up_to_ms),
            "Unresolved cases by age since creation.",
            age_band=band,
        )


def ticket_flow() -> Iterator[Kpi]:
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
    for name, field, of_cohort, what in (
        ("escalations", f.TICKETS_ESCALATED, f.COHORT_CREATED_ESCALATED, "went to another queue, or were raised in priority"),
        ("reassignments", f.TICKETS_REASSIGNED, f.COHORT_CREATED_REASSIGNED, "went to another person"),
    ):
        yield counted(name, TICKETS, Count((field,)), f"How often cases {what}.")
        share = Ratio(Count((of_cohort,)), Count((f.COHORT_CREATED,)))
        help_ = f"Of the cases created in the window, the share that {what} by now."
        yield Kpi(name=name, stat="rate", unit="ratio", formula=share, topics=TICKETS, help=help_)
    yield Kpi(
        name="reopen_rate",
        stat="rate",
        unit="ratio",
        formula=Ratio(Count((f.TICKETS_REOPENED,)), resolved, False),
        topics=TICKETS,
        help="Reopens / resolves, both in the window.",
    )


def ticket_times() -> Iterator[Kpi]:
    for responder in RESPONDERS:
        first, next_ = RESPONSES["first", responder], RESPONSES["next", responder]
        for name, responses, what in (
            ("first_response_time", (first,), "waits for the first answer"),
            ("next_response_time", (next_,), "later waits for an answer"),
            ("response_time", (first, next_), "waits for an answer"),
        ):
            yield from _responses(name, responder, responses, what)
    for to in ("first", "full"):
        yield from _resolutions(to)


class Responses(NamedTuple):
    """Of one kind of wait, ended by one kind of responder: its durations, and how many came within the target or went past it."""

    calendar: int
    business: int
    in_time: int
    out: int


RESPONDERS: Final = ("human", "bot")
RESPONSES: Final = {
    ("first", "human"): Responses(
        f.FIRST_RESPONSE_HUMAN, f.FIRST_RESPONSE_HUMAN_BUSINESS, f.FIRST_RESPONSE_HUMAN_IN, f.FIRST_RESPONSE_HUMAN_OUT
    ),
    ("next", "human"): Responses(
        f.NEXT_RESPONSE_HUMAN, f.NEXT_RESPONSE_HUMAN_BUSINESS, f.NEXT_RESPONSE_HUMAN_IN, f.NEXT_RESPONSE_HUMAN_OUT
    ),
    ("first", "bot"): Responses(f.FIRST_RESPONSE_BOT, f.FIRST_RESPONSE_BOT_BUSINESS, f.FIRST_RESPONSE_BOT_IN, f.FIRST_RESPONSE_BOT_OUT),
    ("next", "bot"): Responses(f.NEXT_RESPONSE_BOT, f.NEXT_RESPONSE_BOT_BUSINESS, f.NEXT_RESPONSE_BOT_IN, f.NEXT_RESPONSE_BOT_OUT),
}
RESOLUTIONS: Final[Mapping[tuple[str, ...], int]] = {
    ("first", "calendar"): f.RESOLUTION_FIRST,
    ("first", "business"): f.RESOLUTION_FIRST_BUSINESS,
    ("first", "working"): f.RESOLUTION_FIRST_WORKING,
    ("full", "calendar"): f.RESOLUTION_FULL,
    ("full", "business"): f.RESOLUTION_FULL_BUSINESS,
    ("full", "working"): f.RESOLUTION_FULL_WORKING,
}
CLOCKS: Final = {
    "calendar": "",
    "business": ", in the hours of the queue",
    "working": ", without those pending or on hold",
}
"""Clock -> what of a duration counts."""


def _responses(name: str, responder: str, responses: tuple[Responses, ...], what: str) -> Iterator[Kpi]:
    for clock, durations in (
        ("calendar", tuple(response.calendar for response in responses)),
        ("business", tuple(response.business for response in responses)),
    ):
        labels = {"responder": responder, "clock": clock}
        yield from lengths(name, TICKETS, durations, f"the {what} by a {responder}{CLOCKS[clock]}", **labels)
        if clock == "calendar":
            met = Count(tuple(response.in_time for response in responses))
            yield Kpi(
                name=name,
                stat="within_target",
                unit="ratio",
                formula=Ratio(met, Count(met.plus + tuple(response.out for response in responses))),
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
            help=f"{what[0].upper()}{what[1:]} that a {responder} ended{CLOCKS[clock]}.",
        )


def _resolutions(to: str) -> Iterator[Kpi]:
    which = "first" if to == "first" else "last"
    for clock, what in CLOCKS.items():
        labels = {"to": to, "clock": clock}
        duration = RESOLUTIONS[to, clock]
        yield from lengths("resolution_time", TICKETS, (duration,), f"the times from creation to the {which} resolve{what}", **labels)
        if clock == "calendar":
            met, broken = (f.RESOLUTION_FIRST_IN, f.RESOLUTION_FIRST_OUT) if to == "first" else (SLA_MET, SLA_BREACHED)
            yield Kpi(
                name="resolution_time",
                stat="within_target",
                unit="ratio",
                formula=Ratio(Count((met,)), Count((met, broken))),
                topics=TICKETS,
                labels=labels,
                help=f"Of the cases with a promised resolution that had their {which} resolve or went past it, the share in time.",
            )
        yield Kpi(
            name="resolution_time",
            stat="count",
            unit="count",
            formula=Count((duration,)),
            topics=TICKETS,
            labels=labels,
            help="Cases with such a time.",
        )


SLA_MET: Final = f.SLA_MET[RESOLUTION]
SLA_BREACHED: Final = f.SLA_BREACHED[RESOLUTION]


def ticket_waits() -> Iterator[Kpi]:
    for name, standings, help_ in (
        ("first_response_time", (f.FIRST_UNANSWERED,), "The oldest wait for a first answer that runs now."),
        ("next_response_time", (f.NEXT_UNANSWERED,), "The oldest later wait for an answer that runs now."),
        ("response_time", (f.FIRST_UNANSWERED, f.NEXT_UNANSWERED), "The oldest wait for an answer that runs now."),
    ):
        yield Kpi(name=name, stat="oldest_unanswered", unit="seconds", formula=Oldest(standings), topics=TICKETS, when="now", help=help_)
