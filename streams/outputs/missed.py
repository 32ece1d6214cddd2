"""Which targets are missed: the level that a row has, as a gauge that a rule can ask (docs/figures.md, Targets)."""

from __future__ import annotations

from collections.abc import Sequence

from prometheus_client import Metric

from streams.core.kpis.catalogue import CATALOGUE
from streams.core.kpis.kpi import WINDOWS_OF
from streams.core.kpis.targets import Level, Target
from streams.core.snapshot import Snapshot
from streams.outputs.cells import shown
from streams.outputs.metric import add, gauge

BY_QUEUE = ("queue",)
MARKS: tuple[tuple[Level, tuple[Level, ...]], ...] = (("warn", ("warn", "crit")), ("crit", ("crit",)))
"""A mark, and the levels at which its value lies past it."""


def missed_targets(snapshot: Snapshot, targets: Sequence[Target], window: str) -> Metric:
    """For each mark of each queue 1 where the value of `window` lies past it, else 0: also without a value, and on too small a sample."""
    prefix, within = ("", "") if window == "now" else (f"{window}_", f" In the window {window}.")
    what = "1 where the value of a KPI is past its mark in deskpulse_target; 0 where it is not, or cannot be judged yet."
    metric = gauge(f"{prefix}target_missed", f"{what}{within}")
    for target in targets:
        kpi = next(kpi for kpi in CATALOGUE if target.concerns(kpi))
        if window not in WINDOWS_OF[kpi.when]:
            continue
        seen: set[str] = set()  # hostile names can look the same once they are made readable
        for values in snapshot.groups(BY_QUEUE):
            queue = shown(values[0])
            if queue in seen or not snapshot.has(kpi, BY_QUEUE, values):
                continue
            seen.add(queue)
            result = snapshot.value(kpi, BY_QUEUE, values, window)
            judged = result.value is not None and not snapshot.is_few(kpi, result)
            level = target.level(result.value, values[0]) if judged and result.value is not None else "ok"
            marks = target.marks_of(values[0])
            for mark, past in MARKS:
                if getattr(marks, mark) is not None:
                    add(metric, {"kpi": target.kpi, "level": mark, "queue": queue}, int(level in past))
    return metric
