"""KPI rows as lines for a person: one per figure and cut, aligned, units said."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from streams.core.kpis.catalogue import CATALOGUE

UNITS = {(kpi.name, kpi.stat): kpi.unit for kpi in CATALOGUE}
REASONS = {"no_sample": "-", "no_agents": "nobody there", "unreachable": "out of reach", "hidden": "hidden", "restoring": "restoring"}


def table(document: Mapping[str, Any]) -> Iterator[str]:
    """Of what `deskpulse report` finds: what was read, then the rows."""
    events = document["events"]
    rejected = "".join(f", {count} {reason}" for reason, count in sorted(events["rejected"].items()))
    yield f"as of {document['as_of']}"
    yield (
        f"events: {events['read']} read, {events['accepted']} accepted, {events['duplicate']} duplicate, "
        f"{sum(events['rejected'].values())} rejected{rejected and f' ({rejected[2:]})'}, {events['unknown_type']} of unknown type"
    )
    cells = [_cells(row) for row in document["rows"]]
    widths = [max((len(row[column]) for row in cells), default=0) for column in range(3)]
    last = ""
    for kpi, labels, value, samples in cells:
        if kpi.split()[0] != last:
            yield ""
        last = kpi.split()[0]
        yield f"{kpi:{widths[0]}}  {labels:{widths[1]}}  {value:>{widths[2]}}  {samples}".rstrip()


def _cells(row: Mapping[str, Any]) -> tuple[str, str, str, str]:
    labels = " ".join(f"{label}={value}" for label, value in row["labels"].items())
    value = row["value"]
    shown = REASONS.get(row.get("reason", ""), "-") if value is None else written(value, UNITS[row["kpi"], row["stat"]])
    of = f"of {row['samples']}" if value is not None and "samples" in row else ""
    interval = f"  {100 * row['low']:.1f} to {100 * row['high']:.1f} %" if "low" in row else ""
    return f"{row['kpi']} {row['stat']}", labels, shown, of + interval


def written(value: float, unit: str) -> str:
    """80.0 %, 1 h 02 min, 41.5 s, 3.2 d."""
    if unit == "ratio":
        return f"{100 * value:.1f} %"
    if unit == "days":
        return f"{value:.1f} d"
    if unit != "seconds":
        return f"{value:g}" if isinstance(value, float) else str(value)
    if value < 100:
        return f"{value:.1f} s"
    minutes = round(value / 60)
    if minutes < 100:
        return f"{round(value) // 60} min {round(value) % 60:02} s"
    return f"{minutes // 60} h {minutes % 60:02} min" if minutes < 100 * 60 else f"{value / 86_400:.1f} d"
