"""KPI rows as lines for a person: one per figure and cut, aligned, units said."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from streams.core.kpis.catalogue import CATALOGUE

UNITS = {(kpi.name, kpi.stat): kpi.unit for kpi in CATALOGUE}
REASONS = {
    "no_sample": "-",
    "no_agents": "nobody there",
    "unreachable": "out of reach",
    "hidden": "hidden",
    "restoring": "restoring",
    "not_kept": "not kept",
}


def table(document: Mapping[str, Any]) -> Iterator[str]:
    """Of what `deskpulse report` finds: of which moment it is, and of what; then the rows, with their windows where these differ."""
    yield f"as of {document['as_of']}"
    yield _events(document["events"]) if "events" in document else _state(document)
    several = len({row["window"] for row in document["rows"]} - {"now"}) > 1
    cells = [_cells(row, several) for row in document["rows"]]
    widths = [max((len(row[column]) for row in cells), default=0) for column in range(4)]
    last = ""
    for kpi, window, labels, value, samples in cells:
        if kpi.split()[0] != last:
            yield ""
        last = kpi.split()[0]
        shown_window = f"{window:{widths[1]}}  " if several else ""
        yield f"{kpi:{widths[0]}}  {shown_window}{labels:{widths[2]}}  {value:>{widths[3]}}  {samples}".rstrip()


def _events(events: Mapping[str, Any]) -> str:
    rejected = "".join(f", {count} {reason}" for reason, count in sorted(events["rejected"].items()))
    return (
        f"events: {events['read']} read, {events['accepted']} accepted, {events['duplicate']} duplicate, "
        f"{sum(events['rejected'].values())} rejected{rejected and f' ({rejected[2:]})'}, {events['unknown_type']} of unknown type"
    )


def _state(document: Mapping[str, Any]) -> str:
    age_s = document["data_age_seconds"]
    age = "nobody works on this log now" if age_s is None else f"data age {age_s:.1f} s"
    return f"{age}, {100 * document['completeness']:.0f} % of the partitions kept up to date"


def _cells(row: Mapping[str, Any], several: bool) -> tuple[str, str, str, str, str]:
    labels = " ".join(f"{label}={value}" for label, value in row["labels"].items())
    unit = UNITS[row["kpi"], row["stat"]]
    said = []
    if row["value"] is not None and "samples" in row:
        said.append(f"of {row['samples']}")
    if "low" in row:
        said.append(f"{100 * row['low']:.1f} to {100 * row['high']:.1f} %")
    if row.get("level", "ok") != "ok":
        said.append(row["level"])
    if "previous" in row:
        said.append(f"before: {_shown(row, 'previous', 'previous_reason', unit)}")
    window = row["window"] if several else ""
    return f"{row['kpi']} {row['stat']}", window, labels, _shown(row, "value", "reason", unit), "  ".join(said)


def _shown(row: Mapping[str, Any], value: str, reason: str, unit: str) -> str:
    return REASONS.get(row.get(reason, ""), "-") if row[value] is None else written(row[value], unit)


def written(value: float, unit: str) -> str:
    """80.0 %, 1 h 02 min, 41.5 s, 3.2 d."""
    if unit == "ratio":
        return f"{100 * value:.1f} %"
    if unit == "days":
        return f"{value:.1f} d"
    if unit == "money":
        return f"{value:.2f}"
    if unit != "seconds":
        return f"{value:g}" if isinstance(value, float) else str(value)
    if value < 100:
        return f"{value:.1f} s"
    minutes = round(value / 60)
    if minutes < 100:
        return f"{round(value) // 60} min {round(value) % 60:02} s"
    return f"{minutes // 60} h {minutes % 60:02} min" if minutes < 100 * 60 else f"{value / 86_400:.1f} d"
