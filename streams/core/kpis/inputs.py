"""The numbers that a formula was given: what an explanation lists between the formula and its result."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final, Literal, NamedTuple

import msgspec

from schemas import fields as f
from schemas.values import SECOND_MS
from streams.core.kpis.callers import Callers
from streams.core.kpis.expected_wait import ExpectedWait
from streams.core.kpis.formula_text import FIELDS, STANDINGS
from streams.core.kpis.formulas import AnswersNeeded, Count, OfCasesOrCalls, PartOfSite, Share
from streams.core.kpis.membership import ActivitiesPerCustomer, Churn, Engagement, LifetimeValue, NetChurn, Retention, active, members
from streams.core.kpis.money import CostPer, CostRatio, units
from streams.core.kpis.staffing import STAFFED, ConversationsAtOnce, Occupancy, People, RequestsPerAgent
from streams.core.kpis.standing import Backlog, BacklogDays, Oldest, ShareOfStanding
from streams.core.kpis.view import Formula, View, under_way
from streams.core.kpis.words import standing_words, words_of

InputUnit = Literal["count", "seconds", "ratio", "money"]


class Input(NamedTuple):
    """`name` as it stands in the text of the formula, `what` in words."""

    name: str
    what: str
    amount: float
    unit: InputUnit = "count"


def inputs_of(formula: Formula, view: View) -> list[Input]:
    """Each once, in the order of the formula. Not to be shown where the result is hidden: it would give somebody away."""
    return list(dict.fromkeys(_inputs(formula, view)))


def _inputs(formula: Formula, view: View) -> Iterator[Input]:
    told = SPECIAL.get(type(formula))
    if told is not None:
        yield from told(formula, view)
    elif isinstance(formula, OfCasesOrCalls):
        yield from _inputs(formula.cases if view.has_tickets else formula.calls, view)
    else:
        yield from _parts(formula, view)


def _parts(formula: Formula, view: View) -> Iterator[Input]:
    """Of a formula that is made of counts, durations and standings: what it is made of."""
    if isinstance(formula, Count):
        yield from _counted(formula, view.sums)
        return
    for name in getattr(formula, "__struct_fields__", ()):
        part = getattr(formula, name)
        if isinstance(part, Count):
            yield from _counted(part, view.sums)
        elif name == "durations":
            yield from (_field(duration, view.sums) for duration in part)
        elif name == "duration":
            yield _field(part, view.sums)
        elif name == "standings":
            yield from (_standing(standing, view) for standing in part)
        elif name == "undecided" and part is not None:
            yield Input(STANDINGS[part], standing_words(part), under_way(view, part))
        elif isinstance(part, msgspec.Struct):
            yield from _inputs(part, view)  # type: ignore[arg-type]


def _counted(count: Count, sums: Mapping[int, int]) -> Iterator[Input]:
    yield from (_field(field, sums) for field in (*count.plus, *count.minus))


def _field(field: int, sums: Mapping[int, int]) -> Input:
    name, amount = FIELDS[field], sums.get(field, 0)
    if name.endswith("_ms") or "_ms_" in name:
        return Input(name, words_of(field), amount / SECOND_MS, "seconds")
    return Input(name, words_of(field), amount)


def _standing(standing: int, view: View) -> Input:
    return Input(STANDINGS[standing], standing_words(standing), view.standing(standing))


# --- formulas that say more than their parts -----------------------------------------------------------------------------


def _oldest(formula: Oldest, view: View) -> Iterator[Input]:
    yield from _parts(formula, view)
    age_ms = view.oldest_age_ms(formula.standings)
    if age_ms is not None:
        yield Input("oldest", "age of the oldest of them", age_ms / SECOND_MS, "seconds")


def _backlog(formula: Backlog, view: View) -> Iterator[Input]:
    yield from _parts(formula, view)
    yield Input("backlog.after", "older than this, or than the limit of their queue", view.backlog_after_ms() / SECOND_MS, "seconds")


def _backlog_days(formula: BacklogDays, view: View) -> Iterator[Input]:
    yield from _parts(formula, view)
    yield Input("days", "days of the window so far", view.days)


def _share(formula: Share, view: View) -> Iterator[Input]:
    yield from _counted(formula.count, view.sums)
    yield Input("site", "the same of the whole site", formula.count.amount(view.all_sums))


def _part_of_site(formula: PartOfSite, view: View) -> Iterator[Input]:
    yield from _counted(formula.part, view.sums)
    yield from _counted(formula.whole, view.all_sums)


def _share_of_standing(formula: ShareOfStanding, view: View) -> Iterator[Input]:
    yield _standing(formula.standing, view)
    yield Input("site", "the same of the whole site", view.everywhere(formula.standing))


def _answers_needed(formula: AnswersNeeded, view: View) -> Iterator[Input]:
    yield from _parts(formula, view)
    yield Input("p", "the promise", view.target_ratio, "ratio")


def _callers(formula: Callers, view: View) -> Iterator[Input]:
    yield Input("callers", "known customers who were blocked", formula.of(view).value or 0)


def _members(_: object, view: View) -> Iterator[Input]:
    found = members(view)
    yield Input("start", "customers at the start", found.start)
    yield Input("end", "customers at the end", found.end)
    yield Input("lost", "of those at the start, gone at the end", found.lost)


def _active(_: object, view: View) -> Iterator[Input]:
    yield Input("active", "distinct customers with an activity", active(view))
    yield Input("end", "customers at the end", members(view).end)
    yield _field(f.ACTIVITIES, view.sums)


def _lifetime(_: object, view: View) -> Iterator[Input]:
    yield from _members(_, view)
    yield _field(f.PURCHASES, view.sums)
    yield Input("purchased", "what they came to", units(view, f.PURCHASED), "money")
    yield Input("days", "days of the window so far", view.days)


def _costs(_: object, view: View) -> Iterator[Input]:
    yield Input("support_cost", "support cost", units(view, f.SUPPORT_COST), "money")
    yield Input("revenue", "revenue", units(view, f.REVENUE), "money")


def _cost_per(formula: CostPer, view: View) -> Iterator[Input]:
    yield Input("support_cost", "support cost", units(view, f.SUPPORT_COST), "money")
    yield from _counted(formula.count, view.sums)


def _people(formula: People, view: View) -> Iterator[Input]:
    yield Input(f"agents[{formula.state}]", f"people who are {formula.state.replace('_', ' ')} now", formula.of(view).value or 0)


def _occupancy(formula: Occupancy, view: View) -> Iterator[Input]:
    found = formula.of(view)
    staffed_s = found.samples or 0
    yield Input("occupied", "time busy or in wrap-up", (found.value or 0) * staffed_s, "seconds")
    yield Input("staffed", "time busy, in wrap-up or available", staffed_s, "seconds")


def _conversations(_: object, view: View) -> Iterator[Input]:
    yield _standing(f.TALKING, view)
    yield _standing(f.HOLDING, view)
    for state in STAFFED:
        yield from _people(People(state), view)


def _requests_per_agent(formula: RequestsPerAgent, view: View) -> Iterator[Input]:
    found = formula.of(view)
    if found.value is not None and found.samples:
        yield Input("requests", "cases given to a person and conversations finished", round(found.value * found.samples))
    yield Input("agents", "people with any", found.samples or 0)


def _expected_wait(formula: ExpectedWait, view: View) -> Iterator[Input]:
    lately, length_ms = view.lately()
    yield _standing(f.WAITING, view)
    yield Input("departures", "visits that ended lately", formula.departures.amount(lately))
    yield Input("lately", "the time in which they did", length_ms / SECOND_MS, "seconds")


Told = Callable[..., Iterator[Input]]
SPECIAL: Final[Mapping[type, Told]] = {
    Oldest: _oldest,
    Backlog: _backlog,
    BacklogDays: _backlog_days,
    Share: _share,
    PartOfSite: _part_of_site,
    ShareOfStanding: _share_of_standing,
    AnswersNeeded: _answers_needed,
    Callers: _callers,
    Churn: _members,
    NetChurn: _members,
    Retention: _members,
    Engagement: _active,
    ActivitiesPerCustomer: _active,
    LifetimeValue: _lifetime,
    CostRatio: _costs,
    CostPer: _cost_per,
    People: _people,
    Occupancy: _occupancy,
    ConversationsAtOnce: _conversations,
    RequestsPerAgent: _requests_per_agent,
    ExpectedWait: _expected_wait,
}
"""Formula -> what it was given, where its parts alone do not say it."""
