"""Targets: from where on the value of a KPI is a warning, and from where on it is critical; for all, and for single queues."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import msgspec

from streams.core.kpis.catalogue import CATALOGUE
from streams.core.kpis.kpi import Kpi

Level = Literal["ok", "warn", "crit"]
Better = Literal["low", "high"]


class Marks(msgspec.Struct, frozen=True):
    """In the unit of the row; None: there is no such level."""

    warn: float | None = None
    crit: float | None = None


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """Of one statistic of one KPI.

    labels  of its rows beside those of the cut: of humans, not of bots
    queues  those with marks of their own, which stand in place of the others
    """

    kpi: str
    stat: str
    better: Better
    marks: Marks
    labels: Mapping[str, str] = {}
    queues: Mapping[str, Marks] = {}

    def concerns(self, kpi: Kpi) -> bool:
        return kpi.name == self.kpi and kpi.stat == self.stat and kpi.labels == self.labels

    def marks_of(self, queue: str | None) -> Marks:
        """Those of a queue; None: of several together."""
        return self.marks if queue is None else self.queues.get(queue, self.marks)

    def level(self, value: float, queue: str | None) -> Level:
        """What `value` is; at a mark it is still what it was before."""
        marks = self.marks_of(queue)
        if _past(value, marks.crit, self.better):
            return "crit"
        return "warn" if _past(value, marks.warn, self.better) else "ok"


def _past(value: float, mark: float | None, better: Better) -> bool:
    return mark is not None and (value > mark if better == "low" else value < mark)


def first_row(name: str, stat: str | None = None) -> Kpi | None:
    """The row of the catalogue that a target means which says no more; None where there is none."""
    return next((kpi for kpi in CATALOGUE if kpi.name == name and stat in (None, kpi.stat)), None)
