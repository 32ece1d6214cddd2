"""Tiles of a wallboard: which row of the catalogue is the big number of one, how it is drawn, and which rows it needs beside that."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, Literal

import msgspec

from streams.core.kpis.catalogue import CATALOGUE
from streams.core.kpis.kpi import WINDOWS_OF, Kpi, When
from streams.core.kpis.targets import Better, first_row

Kind = Literal["number", "waiting", "aging", "service_level", "sla_due", "agents", "blockage"]

CUT_LABELS: Final = ("queue", "channel", "priority")
"""What a tile may be about beside the labels of its KPI."""


class Tile(msgspec.Struct, frozen=True, kw_only=True):
    """One number that is shown, under the labels of its KPI and of its cut; `title` None: as the page calls it."""

    kpi: str
    stat: str
    window: str
    labels: Mapping[str, str] = {}
    title: str | None = None

    @property
    def row(self) -> Kpi:
        """Its row of the catalogue."""
        own = own_labels(self.labels)
        return next(kpi for kpi in CATALOGUE if (kpi.name, kpi.stat, kpi.labels) == (self.kpi, self.stat, own))

    @property
    def kind(self) -> Kind:
        """How it is drawn."""
        return KINDS.get(self.kpi, "number") if self.kpi != "backlog" or self.stat == "count" else "number"

    @property
    def cut(self) -> tuple[str, ...]:
        """Labels that it is by."""
        return tuple(label for label in CUT_LABELS if label in self.labels)

    def rows(self) -> Sequence[tuple[Kpi, str]]:
        """The rows of the catalogue that it needs, and in which window; its own first."""
        beside = BESIDE.get(self.kind, ())
        return [(self.row, self.window), *((kpi, window) for kpi in CATALOGUE if kpi.name in beside for window in self._windows(kpi))]

    def _windows(self, kpi: Kpi) -> Iterator[str]:
        if kpi is not self.row:
            window = "now" if kpi.when == "now" else self.window
            if window in WINDOWS_OF[kpi.when]:
                yield window


KINDS: Final[Mapping[str, Kind]] = {
    "waiting": "waiting",
    "waiting_by_age": "waiting",
    "open_cases": "aging",
    "unresolved_cases": "aging",
    "backlog": "aging",
    "backlog_by_age": "aging",
    "service_level": "service_level",
    "sla_clocks": "sla_due",
    "sla_clocks_due": "sla_due",
    "agents": "agents",
    "blockage": "blockage",
}
BESIDE: Final[Mapping[Kind, Sequence[str]]] = {
    "waiting": ("waiting",),
    "aging": ("open_cases", "backlog", "backlog_by_age"),
    "service_level": ("service_level",),
    "sla_due": ("sla_clocks", "sla_clocks_due"),
    "agents": ("agents",),
    "blockage": ("blockage", "calls_blocked"),
}
"""KPIs whose rows a tile of that kind shows beside its own: what outputs/wallboard/kinds reads of them."""

LISTS_QUEUES: Final[frozenset[Kind]] = frozenset({"waiting"})
"""Kinds that show each queue, where the tile is not about one."""

USUAL_WINDOW: Final[Mapping[When, str]] = {
    "window": "today",
    "now": "now",
    "today": "today",
    "days": "30d",
    "months": "month",
    "finished": "last_month",
}
WINDOW_OF: Final[Mapping[str, str]] = {"csat": "7d", "nps": "30d", "ces": "7d", "iqs": "30d", "first_contact_resolution": "7d"}
"""KPIs of which a day has few samples."""
STAT_OF: Final[Mapping[str, str]] = {"first_response_time": "within_target", "resolution_time": "within_target"}
"""What a person looks at, where that is not the first of the catalogue: a mean of hours says nothing, the share in time does."""

LOW: Final = (
    *("calls_abandoned", "calls_blocked", "blockage", "abandon_rate", "left_rate", "speed_of_answer", "abandon_wait", "handle_time"),
    *("wrap_time", "hold_time", "offers_missed", "waiting", "waiting_by_age", "expected_wait", "tickets_reopened", "open_cases"),
    *("unresolved_cases", "unassigned_cases", "backlog", "backlog_by_age", "reopen_rate", "escalations", "reassignments"),
    *("first_response_time", "next_response_time", "response_time", "resolution_time", "sla_clocks", "sla_clocks_due", "sla_breached"),
    *("repeat_contact_rate", "calls_to_resolution", "callbacks_owed", "churn_rate", "support_cost_ratio", "cost_per_ticket", "ces"),
)
HIGH: Final = (
    *("service_level", "answer_rate", "resolution_rate", "sla_met", "first_contact_resolution", "csat", "nps", "iqs"),
    *("agent_satisfaction", "engagement", "retention_rate", "referral_rate", "lifetime_value"),
)
HIGH_STATS: Final = frozenset({"within_target", "reached", "share"})
"""Good where they are high, also where the lengths beside them are good when short."""


def better(kpi: str, stat: str) -> Better | None:
    """Which values of it are good; None: neither, it is as it is."""
    if kpi in HIGH or (kpi in LOW and stat in HIGH_STATS):
        return "low" if stat == "answers_needed" else "high"
    return "low" if kpi in LOW else None


def own_labels(labels: Mapping[str, str]) -> dict[str, str]:
    """Those of the KPI itself, without those of the cut."""
    return {name: value for name, value in labels.items() if name not in CUT_LABELS}


def usual_tile(name: str, stat: str | None = None) -> Tile | None:
    """What a board shows of a KPI of which no more is said; None: there is no such KPI, or it has no such statistic."""
    row = first_row(name, stat or STAT_OF.get(name))
    if row is None:
        return None
    window = USUAL_WINDOW[row.when] if row.when != "window" else WINDOW_OF.get(name, USUAL_WINDOW[row.when])
    return Tile(kpi=name, stat=row.stat, window=window, labels=dict(row.labels))
