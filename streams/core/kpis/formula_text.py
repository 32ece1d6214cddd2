"""Formulas of the catalogue as text: `service_in / (service_in + service_out)`. Names are those of `schemas/fields.py`, in lower case."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from schemas import fields as f
from schemas.lengths import duration_text
from streams.core.clocks.sla import CLOCKS
from streams.core.kpis.answers import ANONYMOUS, Discreet, NetPromoters
from streams.core.kpis.callers import Callers
from streams.core.kpis.expected_wait import ExpectedWait
from streams.core.kpis.formulas import AnswersNeeded, Count, Largest, Mean, OfCasesOrCalls, PartOfSite, Percentile, Ratio, Share
from streams.core.kpis.membership import ActivitiesPerCustomer, Churn, Engagement, LifetimeValue, NetChurn, Retention
from streams.core.kpis.money import CostPer, CostRatio
from streams.core.kpis.staffing import ConversationsAtOnce, Occupancy, People, RequestsPerAgent
from streams.core.kpis.standing import Aged, Backlog, BacklogDays, DueWithin, Oldest, ShareOfStanding, Standing
from streams.core.kpis.view import Formula

_NAMED: Final = ("WAITING", "UNDECIDED", "TALKING", "HOLDING", "OPEN", "UNASSIGNED", "FIRST_UNANSWERED", "NEXT_UNANSWERED")
_SLA_CLOCKS: Final = {
    standings[clock]: f"sla_clocks_{state}[{name}]"
    for state, standings in (("due", f.SLA_CLOCKS_DUE), ("at_risk", f.SLA_CLOCKS_AT_RISK), ("breached", f.SLA_CLOCKS_BREACHED))
    for clock, name in enumerate(CLOCKS)
}
STANDINGS: Final = (
    {getattr(f, name): name.lower() for name in (*_NAMED, "CUSTOMERS", "OWED", "PREFERRED")}
    | {standing: f"unresolved[{status}]" for status, standing in f.UNRESOLVED.items()}
    | _SLA_CLOCKS
)

# A number may have more than one name; the first one says what is counted.
_CONSTANTS: Final = [(name.lower(), value) for name, value in vars(f).items() if name.isupper() and isinstance(value, int)]
_PANE_NAMES: Final = {value: name for name, value in reversed(_CONSTANTS) if name not in STANDINGS.values()}
FIELDS: Final = (
    _PANE_NAMES
    | {duration + 1: f"{_PANE_NAMES[duration]}_ms" for duration in f.DURATIONS}
    | {field: f"left[{reason}]" for reason, field in f.LEFT.items()}
    | {field: f"blocked[{reason}]" for reason, field in f.BLOCKED.items()}
    | {field: f"sla_met[{CLOCKS[clock]}]" for clock, field in enumerate(f.SLA_MET)}
    | {field: f"sla_breached[{CLOCKS[clock]}]" for clock, field in enumerate(f.SLA_BREACHED)}
    | {field: f"csat[{score}]" for score, field in f.CSAT.items()}
    | {field: f"nps[{group}]" for group, field in f.NPS.items()}
)

LOST: Final = "(left - joined and left within the window)"
PLAIN: Final[dict[type, str]] = {
    Callers: "customers blocked in the window, each once",
    Churn: f"{LOST} / customers at the start",
    NetChurn: "(customers at the start - customers at the end) / customers at the start",
    Retention: f"(customers at the start - {LOST}) / customers at the start",
    Engagement: "distinct customers with an activity / customers at the end",
    ActivitiesPerCustomer: "activities / distinct customers with an activity",
    LifetimeValue: "purchased / purchases * (purchases / customers at the end / months) * min(1 / monthly gross churn, 60)",
    CostRatio: "support_cost / revenue",
    Occupancy: "(time busy + time in wrap-up) / (time busy + time in wrap-up + time available)",
    ConversationsAtOnce: "(talking + holding) / agents[available, busy, wrap_up]",
    RequestsPerAgent: "(cases given to a person + conversations finished) / people with any",
}
"""Of formulas without parts. Customers at the end: now - joined since + left since. At the start: at the end - joined + left."""


def formula_text(formula: Formula) -> str:
    """Of any formula there is; another one is a fault of ours."""
    match formula:
        case Count():
            return _sum(formula)
        case Ratio(part, whole, _, undecided, undecided_in):
            waiting = f" + {STANDINGS[undecided]}" if undecided is not None else ""
            return f"{_grouped(_sum(part) + (waiting if undecided_in else ''))} / {_grouped(_sum(whole) + waiting)}"
        case Mean(sum_ms, count):
            return f"{_grouped(_sum(sum_ms))} / {_grouped(_sum(count))} / 1000"
        case Percentile(durations, per_cent):
            return f"p{per_cent} of {_names(durations)}"
        case Largest(duration):
            return f"largest {FIELDS[duration]}"
        case OfCasesOrCalls(cases, calls):
            return f"{formula_text(cases)}; without tickets {formula_text(calls)}"
        case ShareOfStanding(standing):
            return f"{STANDINGS[standing]} / the same of the whole site"
        case Share(count):
            return f"{_grouped(_sum(count))} / the same of the whole site"
        case Standing(standings):
            return " + ".join(STANDINGS[standing] for standing in standings)
        case Oldest(standings):
            return f"now - oldest start of {' + '.join(STANDINGS[standing] for standing in standings)}"
        case Aged(standings, above_ms, up_to_ms):
            return f"{_standings(standings)} {_band(above_ms, up_to_ms)}"
        case Backlog(standings):
            return f"{_standings(standings)} older than the limit of their queue"
        case DueWithin(standings, above_ms, up_to_ms):
            after = f", in more than {duration_text(above_ms)}" if above_ms > 0 else ""
            return f"{_standings(standings)} due within {duration_text(up_to_ms)}{after}"
        case BacklogDays(standings, done):
            return f"{_standings(standings)} / ({_sum(done)} per day)"
        case AnswersNeeded(part, whole):
            return f"max(0, ceil((p * d - 10000 * n) / (10000 - p))), p the target in 1/10000, n = {_sum(part)}, d = {_sum(whole)}"
        case PartOfSite(part, whole):
            return f"{_grouped(_sum(part))} / {_grouped(_sum(whole))} of the whole site"
        case NetPromoters(promoters, detractors, answers):
            return f"100 * ({_sum(promoters)} - {_sum(detractors)}) / {_grouped(_sum(answers))}"
        case Discreet(formula):
            return f"round({formula_text(formula)}, 1), from {ANONYMOUS} answers on"
        case People(state):
            return f"agents[{state}]"
        case ExpectedWait(departures, sure):
            position = "(x with P(Poisson(x) >= waiting) = 0.9)" if sure else "waiting"
            return f"{position} / (({_sum(departures)}) per second of the last 15 min)"
        case CostPer(count):
            return f"support_cost / {_grouped(_sum(count))}"
    if type(formula) in PLAIN:
        return PLAIN[type(formula)]
    raise AssertionError(f"no text for {formula}")


def _sum(count: Count) -> str:
    return _names(count.plus) + "".join(f" - {FIELDS[field]}" for field in count.minus)


def _names(fields: Iterable[int]) -> str:
    return " + ".join(FIELDS[field] for field in fields)


def _standings(standings: Iterable[int]) -> str:
    return _grouped(" + ".join(STANDINGS[standing] for standing in standings))


def _grouped(text: str) -> str:
    return f"({text})" if " " in text else text


def _band(above_ms: int, up_to_ms: int | None) -> str:
    if up_to_ms is None:
        return f"older than {duration_text(above_ms)}"
    return f"up to {duration_text(up_to_ms)} old" + (f", older than {duration_text(above_ms)}" if above_ms > 0 else "")
