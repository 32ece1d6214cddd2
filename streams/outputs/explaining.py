"""`/api/v1/explain`: what one KPI was made of, statistic by statistic."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

import orjson
from multidict import MultiMapping

from schemas.values import CHANNELS, PRIORITIES
from streams.core.clocks.policy import Policy
from streams.core.cuts import cuts_of
from streams.core.explain import explain
from streams.core.kpis.catalogue import CATALOGUE, NAMES
from streams.core.kpis.kpi import WINDOWS
from streams.core.snapshot import Snapshot
from streams.outputs.asking import known_parameters, queues_of, words
from streams.outputs.rows import envelope
from streams.outputs.serving import Refusal, quoted

PARAMETERS: Final = ("kpi", "stat", "window", "queue", "channel", "priority")
USUAL: Final = ("today", "now", "range")
"""Windows that are told where none is asked for; of a KPI that has none of them, all."""


def explained(query: MultiMapping[str], snapshot: Snapshot, policy: Policy) -> bytes:
    """Raises Refusal 400: a name that nothing here has, or a KPI that is not told by those labels, or not in that window."""
    known_parameters(query, PARAMETERS)
    (kpi,) = _one(query, "kpi", NAMES, needed="say which kpi, for example kpi=service_level")
    stats = words(query, "stat", tuple(dict.fromkeys(row.stat for row in CATALOGUE if row.name == kpi)))
    windows = words(query, "window", dict.fromkeys((*WINDOWS, "now", *snapshot.windows)))
    known = {"queue": queues_of(snapshot), "channel": CHANNELS, "priority": PRIORITIES}
    labels = {label: value for label, values in known.items() for value in _one(query, label, values)}
    cut = _cut_of(kpi, labels)
    found = list(explain(snapshot, policy, kpi, windows=windows or USUAL, stats=stats, cut=cut))
    if not found and windows is None:
        found = list(explain(snapshot, policy, kpi, stats=stats, cut=cut))
    if not found:
        said = f"{kpi} has no row" + "".join(f", {label} {quoted(value)}" for label, value in labels.items())
        window = f" in the window {' or '.join(windows)}" if windows else ""
        raise Refusal(400, "no_such_row", f"{said}{window}: /api/v1/rows?kpi={kpi} lists those that there are")
    return orjson.dumps({**envelope(snapshot), "explanations": [one.document() for one in found]})


def _one(query: MultiMapping[str], parameter: str, known: Collection[str], needed: str = "") -> list[str]:
    """The one value of a parameter, or none."""
    found = words(query, parameter, known) or []
    if len(found) > 1:
        raise Refusal(400, "several_values", f"one {parameter} at a time is explained, not {len(found)}")
    if needed and not found:
        raise Refusal(400, "missing_parameter", needed)
    return found


def _cut_of(kpi: str, labels: dict[str, str]) -> list[tuple[str, str]]:
    """The labels in the order of a cut that the KPI has. Raises Refusal 400."""
    rows = [row for row in CATALOGUE if row.name == kpi]
    cuts = list(dict.fromkeys(cut for row in rows for cut in cuts_of(row)))
    for cut in cuts:
        if set(cut) == set(labels):
            return [(label, labels[label]) for label in cut]
    told = ", ".join(" and ".join(cut) or "nothing" for cut in cuts)
    raise Refusal(400, "wrong_cut", f"{kpi} is not told by {' and '.join(labels) or 'nothing'}: it is told by {told}")
