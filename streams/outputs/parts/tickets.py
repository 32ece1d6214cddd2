"""Counts of tickets, their promises, and sums of their times."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from schemas import fields as f
from streams.core.clocks.sla import CLOCKS, RESOLUTION
from streams.core.kpis.catalogue import CATALOGUE
from streams.core.kpis.formulas import Count
from streams.core.kpis.tickets import RESOLUTIONS
from streams.outputs.parts.part import HELPS, Counts, Part, by, one

SIMPLE_TICKETS: Final = {
    "tickets_created": f.TICKETS_CREATED,
    "tickets_assigned": f.TICKETS_ASSIGNED,
    "tickets_resolved": f.TICKETS_RESOLVED,
    "tickets_resolved_holding": f.TICKETS_RESOLVED_HOLDING,
    "tickets_reopened": f.TICKETS_REOPENED,
    "tickets_merged": f.TICKETS_MERGED,
    "tickets_deleted": f.TICKETS_DELETED,
}
COHORTS: Final = {
    "created": (f.COHORT_CREATED, f.COHORT_CREATED_RESOLVED),
    "assigned": (f.COHORT_ASSIGNED, f.COHORT_ASSIGNED_RESOLVED),
}
RESPONSES: Final = {
    "first_response": (
        ("human", f.FIRST_RESPONSE_HUMAN, f.FIRST_RESPONSE_HUMAN_BUSINESS, f.FIRST_RESPONSE_HUMAN_IN, f.FIRST_RESPONSE_HUMAN_OUT),
        ("bot", f.FIRST_RESPONSE_BOT, f.FIRST_RESPONSE_BOT_BUSINESS, f.FIRST_RESPONSE_BOT_IN, f.FIRST_RESPONSE_BOT_OUT),
    ),
    "next_response": (
        ("human", f.NEXT_RESPONSE_HUMAN, f.NEXT_RESPONSE_HUMAN_BUSINESS, f.NEXT_RESPONSE_HUMAN_IN, f.NEXT_RESPONSE_HUMAN_OUT),
        ("bot", f.NEXT_RESPONSE_BOT, f.NEXT_RESPONSE_BOT_BUSINESS, f.NEXT_RESPONSE_BOT_IN, f.NEXT_RESPONSE_BOT_OUT),
    ),
}
PROMISED: Final = {
    "first": (f.RESOLUTION_FIRST_IN, f.RESOLUTION_FIRST_OUT),
    "full": (f.SLA_MET[RESOLUTION], f.SLA_BREACHED[RESOLUTION]),
}
"""Resolve -> in time, past due; of those promised."""
HANDOVERS: Final = {
    "escalations": (f.TICKETS_ESCALATED, "tickets_cohort_created_escalated", f.COHORT_CREATED_ESCALATED),
    "reassignments": (f.TICKETS_REASSIGNED, "tickets_cohort_created_reassigned", f.COHORT_CREATED_REASSIGNED),
}


def ticket_parts() -> Iterator[Part]:
    def part(stem: str, kpi: str, help_: str, counts: Counts, counter: bool = True, labels: tuple[str, ...] = ()) -> Part:
        return Part(stem=stem, kpi=kpi, scope="tickets", help=help_, counts=counts, counter=counter, labels=labels)

    for stem, field in SIMPLE_TICKETS.items():
        yield part(stem, stem, HELPS[stem], one(field))
    carried_in = "Cases first known by a snapshot, their creation not seen."
    yield part("tickets_carried_in", "tickets_created", carried_in, one(f.TICKETS_CARRIED_IN))
    growth = next(kpi for kpi in CATALOGUE if (kpi.name, kpi.stat) == ("backlog", "growth"))
    assert isinstance(growth.formula, Count)
    yield part("backlog_growth", "backlog", growth.help, {(): growth.formula}, counter=False)
    for cohort, (all_of_it, resolved) in COHORTS.items():
        said = "Cases created" if cohort == "created" else "Cases first assigned"
        yield part(f"tickets_cohort_{cohort}", "resolution_rate", f"{said}, merged and deleted ones left out.", one(all_of_it), False)
        yield part(f"tickets_cohort_{cohort}_resolved", "resolution_rate", f"{said} and resolved by now.", one(resolved), False)
    for stem, responders in RESPONSES.items():
        which = "First waits" if stem == "first_response" else "Later waits"
        met: Counts = {(who,): Count((in_target,)) for who, _, _, in_target, _ in responders}
        decided: Counts = {(who,): Count((in_target, out)) for who, _, _, in_target, out in responders}
        met_help = f"{which} for an answer that ended within their target."
        decided_help = f"{which} for an answer that ended in time or went past their target."
        yield part(f"{stem}_in_target", f"{stem}_time", met_help, met, labels=("responder",))
        yield part(f"{stem}_decided", f"{stem}_time", decided_help, decided, labels=("responder",))
        durations = response_durations(stem)
        yield from _duration(stem, f"{which} for an answer.", ("responder", "clock"), durations, stem != "first_response")
    in_time: Counts = {(to,): Count((in_target,)) for to, (in_target, _) in PROMISED.items()}
    in_time_or_out: Counts = {(to,): Count(both) for to, both in PROMISED.items()}
    yield part("resolution_in_target", "resolution_time", "Promised resolutions in time.", in_time, labels=("to",))
    yield part("resolution_decided", "resolution_time", "Promised resolutions in time or past due.", in_time_or_out, labels=("to",))
    yield from _duration("resolution", "From creation to the resolve.", ("to", "clock"), RESOLUTIONS, False)
    for kpi, (field, cohort_stem, cohort_field) in HANDOVERS.items():
        yield part(kpi, kpi, HELPS[kpi], one(field))
        yield part(cohort_stem, kpi, f"Cases created that had {kpi} by now, merged and deleted ones left out.", one(cohort_field), False)


def response_durations(stem: str) -> Mapping[tuple[str, ...], int]:
    """Responder and clock -> duration."""
    durations: dict[tuple[str, ...], int] = {(who, "calendar"): duration for who, duration, _, _, _ in RESPONSES[stem]}
    return durations | {(who, "business"): business for who, _, business, _, _ in RESPONSES[stem]}


def _duration(stem: str, help_: str, labels: tuple[str, ...], durations: Mapping[tuple[str, ...], int], counter: bool) -> Iterator[Part]:
    """How many there were, and how long together."""
    for name, in_ms in ((f"{stem}s", False), (f"{stem}_seconds", True)):
        counts = {values: Count((duration + in_ms,)) for values, duration in durations.items()}
        kpi = f"{stem}_time"
        yield Part(stem=name, kpi=kpi, scope="tickets", help=help_, counts=counts, labels=labels, in_ms=in_ms, counter=counter, fact=kpi)


def promise_parts() -> Iterator[Part]:
    for stem, fields in (("sla_met", f.SLA_MET), ("sla_breached", f.SLA_BREACHED)):
        by_clock = by(dict(zip(CLOCKS, fields, strict=True)))
        yield Part(stem=stem, kpi=stem, scope="promises", help=HELPS[stem], counts=by_clock, labels=("clock",))
