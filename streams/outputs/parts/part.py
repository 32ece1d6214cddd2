"""One family of counts or sums that add: what it is called, under which labels it goes out, and which fields it adds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

import msgspec

from schemas.values import Topic
from streams.core.kpis.catalogue import CATALOGUE
from streams.core.kpis.formulas import Count

Scope = Literal["calls", "tickets", "both", "promises", "contacts", "surveys", "site", "agents", "queue_agents"]
Counts = Mapping[tuple[str, ...], Count]
CELL_LABELS: Final[Mapping[Scope, tuple[str, ...]]] = {
    "calls": ("queue", "channel"),
    "both": ("queue", "channel"),
    "tickets": ("queue", "channel", "priority"),
    "promises": ("queue", "channel", "priority"),
    "contacts": ("queue", "channel"),
    "surveys": ("queue", "channel"),
    "site": (),
    "agents": (),
    "queue_agents": ("queue",),
}
SCOPE_TOPICS: Final[Mapping[Scope, frozenset[Topic]]] = {
    "calls": frozenset({"calls"}),
    "tickets": frozenset({"tickets"}),
    "both": frozenset({"calls", "tickets"}),
    "promises": frozenset({"calls", "tickets"}),
    "contacts": frozenset({"contacts"}),
    "surveys": frozenset({"surveys"}),
    "site": frozenset({"customers", "articles"}),
    "agents": frozenset({"agents"}),
    "queue_agents": frozenset({"agents"}),
}
"""A cell is in a scope where one of its topics was seen in it."""


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """One family of counts or sums that add.

    stem     its name without prefix, window and `_total`
    kpi      the KPI that it is, or is needed for
    counts   values of `labels` -> what is added; together they are the whole
    in_ms    a sum of ms or of thousandths; goes out in seconds or whole scores
    counter  whether it is a counter as well; what a histogram or a later fact of a cohort tells is none
    fact     its name in `deskpulse_corrections_total`; the KPI id where it is a KPI
    """

    stem: str
    kpi: str
    scope: Scope
    help: str
    counts: Counts
    labels: tuple[str, ...] = ()
    in_ms: bool = False
    counter: bool = True
    fact: str = ""

    @property
    def fact_name(self) -> str:
        return self.fact or self.stem

    @property
    def fields(self) -> set[int]:
        """All fields it adds."""
        return {field for count in self.counts.values() for field in count.plus}


HELPS: Final = {kpi.name: kpi.help for kpi in reversed(CATALOGUE) if kpi.stat == "count" and not kpi.labels}


def one(field: int) -> Counts:
    """One count, without labels of its own."""
    return {(): Count((field,))}


def by(values: Mapping[str, int]) -> Counts:
    """A count for each value of one label."""
    return {(value,): Count((field,)) for value, field in values.items()}
