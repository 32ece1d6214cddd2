"""KPI rows as questions to Prometheus: what one who builds a dashboard has to write to see the number of a row."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from streams.outputs.ready import CUTS, READY, UNIT_SUFFIX

CELL: Final = ("queue", "channel", "priority")
CUT_NAMES: Final = {labels: name for name, labels in CUTS.items()}

SUMS: Final = {
    "request_volume": ("requests",),
    "contact_volume": ("requests",),
    "first_response_time": ("first_responses",),
    "next_response_time": ("next_responses",),
    "response_time": ("first_responses", "next_responses"),
    "resolution_time": ("resolutions",),
}
"""Counts that are not called as their KPI is."""

STANDINGS: Final = {
    ("waiting", "count"): "waiting_calls",
    ("waiting_by_age", "count"): "waiting_calls_by_age",
    ("talking", "count"): "talking_calls",
    ("holding", "count"): "holding_calls",
    ("open_cases", "count"): "open_cases",
    ("unresolved_cases", "count"): "unresolved_cases",
    ("unassigned_cases", "count"): "unassigned_cases",
    ("backlog", "count"): "backlog_cases",
    ("backlog_by_age", "count"): "backlog_cases_by_age",
    ("sla_clocks", "count"): "sla_clocks",
    ("sla_clocks_due", "count"): "sla_clocks_due",
    ("callbacks_owed", "count"): "callbacks_owed",
}

OLDEST: Final = {
    ("waiting", "oldest"): ("oldest_waiting_start_timestamp_seconds",),
    ("callbacks_owed", "oldest"): ("oldest_callback_owed_start_timestamp_seconds",),
    ("open_cases", "oldest"): ("oldest_open_case_start_timestamp_seconds",),
    ("first_response_time", "oldest_unanswered"): ("oldest_first_response_wait_start_timestamp_seconds",),
    ("next_response_time", "oldest_unanswered"): ("oldest_next_response_wait_start_timestamp_seconds",),
    ("response_time", "oldest_unanswered"): (
        "oldest_first_response_wait_start_timestamp_seconds",
        "oldest_next_response_wait_start_timestamp_seconds",
    ),
}
"""Standings with a beginning. The age of the oldest is by the clock of the numbers."""


class Asked(NamedTuple):
    """`promql` gives series of which the one with `labels` is the row."""

    promql: str
    labels: tuple[tuple[str, str], ...]
    scale: float = 1.0


def asked(row: Mapping[str, Any]) -> Asked | None:
    """None: no question gives it."""
    name, labels = (row["kpi"], row["stat"]), dict(row["labels"])
    cut = tuple(label for label in CELL if label in labels)
    own = tuple(sorted(labels.keys() - set(CELL)))
    by, wanted = ", ".join((*cut, *own)), tuple(sorted(labels.items()))
    if name in OLDEST:
        oldest = " or ".join(f"min by ({by}) (deskpulse_{family})" for family in OLDEST[name])
        return Asked(f"scalar(deskpulse_clock_timestamp_seconds) - min by ({by}) ({oldest})", wanted)
    if name in STANDINGS:
        return Asked(f"sum by ({by}) (deskpulse_{STANDINGS[name]})", wanted)
    if row["window"] == "now":
        return _ready(row, cut, labels)
    if row["stat"] == "count" or name == ("backlog", "growth"):
        stems = SUMS.get(row["kpi"], ("backlog_growth" if row["stat"] == "growth" else row["kpi"],))
        return Asked(" + ".join(f"sum by ({by}) (deskpulse_{row['window']}_{stem})" for stem in stems), wanted)
    return _ready(row, cut, labels)


def _ready(row: Mapping[str, Any], cut: tuple[str, ...], labels: Mapping[str, str]) -> Asked | None:
    for ready in READY:
        for kpi, values in ready.rows:
            if (kpi.name, kpi.stat) == (row["kpi"], row["stat"]) and kpi.labels.items() <= labels.items() and _own(labels) == kpi.labels:
                window = "" if row["window"] == "now" else f"{row['window']}_"
                name = f"deskpulse_{window}{CUT_NAMES[cut]}_{ready.base}{UNIT_SUFFIX[ready.unit]}"
                full = {label: labels[label] for label in cut} | dict(zip(ready.labels, values, strict=True))
                return Asked(name, tuple(sorted(full.items())), 86_400.0 if ready.unit == "days" else 1.0)
    return None


def _own(labels: Mapping[str, str]) -> dict[str, str]:
    return {label: value for label, value in labels.items() if label not in CELL}


def name_of(row: Mapping[str, Any]) -> str:
    return f"{row['kpi']} {row['stat']} {row['window']} {json.dumps(row['labels'], sort_keys=True)}"
