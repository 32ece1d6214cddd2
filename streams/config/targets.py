"""`[target.NAME]`: from where on a KPI is a warning, and from where on it is critical; `[target.NAME.queue.QUEUE]`: of one queue."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from streams.config.table import Table
from streams.config.values import Parser, Wrong, nearest, number, one_of, ratio, text
from streams.core.kpis.catalogue import CATALOGUE, NAMES
from streams.core.kpis.kpi import Kpi
from streams.core.kpis.targets import Marks, Target, first_row


def target(kpi: str, table: Table) -> Target:
    """What is not said: of the first statistic that the catalogue names, under the labels of its first row."""
    if kpi not in NAMES:
        meant = nearest(kpi, NAMES)
        table.complaints.add(f"{table.path}: there is no such KPI: " + (f"did you mean {meant}?" if meant else "see `deskpulse catalogue`"))
    stats = tuple(dict.fromkeys(row.stat for row in CATALOGUE if row.name == kpi))
    first = first_row(kpi, table.get("stat", one_of(*stats) if stats else text, None))
    better: Any = table.get("better", one_of("low", "high"), None)
    if "better" not in table.entries and kpi in NAMES:
        table.complain("better", 'say which values are good: better = "low" or "high"')
    labels = table.get("labels", _labels(kpi, first.stat if first else ""), first.labels if first else {})
    marks = _marks(table, first, better)
    queues = {queue: _marks_of_queue(own, first, better, marks) for queue, own in table.tables("queue")}
    if not {"warn", "crit", "queue"} & set(table.entries):
        table.complain("warn", "a target needs warn, crit or both")
    table.finish()
    return Target(kpi=kpi, stat=first.stat if first else "", better=better or "low", marks=marks, labels=labels, queues=queues)


def _marks_of_queue(table: Table, row: Kpi | None, better: str | None, usual: Marks) -> Marks:
    """What a queue does not say is as for all."""
    if "warn" not in table.entries and "crit" not in table.entries:
        table.complain("warn", "a target needs warn, crit or both")
    marks = _marks(table, row, better, usual)
    table.finish()
    return marks


def _marks(table: Table, row: Kpi | None, better: str | None, usual: Marks | None = None) -> Marks:
    value: Parser[float] = ratio if row is not None and row.unit == "ratio" else number
    usual = usual or Marks()
    warn, crit = table.get("warn", value, usual.warn), table.get("crit", value, usual.crit)
    if better and warn is not None and crit is not None and (crit < warn if better == "low" else crit > warn):
        key = "crit" if "crit" in table.entries else "warn"
        lies = ("above" if better == "low" else "below") if key == "crit" else ("below" if better == "low" else "above")
        other = f"warn, {warn:g} here" if key == "crit" else f"crit, {crit:g} here"
        table.complain(key, f'with better = "{better}" it lies {lies} {other}')
    return Marks(warn, crit)


def _labels(kpi: str, stat: str) -> Parser[Mapping[str, str]]:
    """Those of one row of the catalogue: { responder = "human", clock = "business" }."""

    def parse(value: object) -> Mapping[str, str]:
        rows = [dict(row.labels) for row in CATALOGUE if (row.name, row.stat) == (kpi, stat)]
        if value not in rows:
            written = " or ".join("{ " + ", ".join(f'{key} = "{word}"' for key, word in row.items()) + " }" for row in rows if row)
            raise Wrong(f"expected {written}" if written else f"{kpi} {stat} has no labels of its own: take it out")
        return next(row for row in rows if row == value)

    return parse
