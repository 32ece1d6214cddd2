"""Which families of `/metrics` tell a KPI: names and labels, for documents. `WINDOW` and `CUT` stand for what the configuration names."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from streams.outputs.histograms import HISTOGRAMS
from streams.outputs.metric import PREFIX
from streams.outputs.parts import PARTS
from streams.outputs.parts.part import CELL_LABELS
from streams.outputs.ready import READY
from streams.outputs.standing_families import STANDINGS

TARGETS = {
    "service_level": (
        ("gauge", "service_level_target_ratio", ("queue", "channel")),
        ("gauge", "service_level_threshold_seconds", ("queue", "channel")),
    )
}


class Family(msgspec.Struct, frozen=True):
    """One name: deskpulse_calls_answered_total{queue,channel}."""

    kind: str
    name: str
    labels: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.name}{{{','.join(self.labels)}}}" if self.labels else self.name


def families_of(kpi: str) -> list[Family]:
    """Those that tell the KPI of that name, or that it is formed from; each once, counters first."""
    found = [Family(kind, PREFIX + stem, labels) for kind, stem, labels in (*_counters(kpi), *_standings(kpi), *_windows(kpi))]
    return list(dict.fromkeys(found))


def _counters(kpi: str) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    for part in PARTS:
        if part.kpi == kpi and part.counter:
            yield "counter", f"{part.stem}_total", (*CELL_LABELS[part.scope], *part.labels)
    for histogram in HISTOGRAMS:
        if histogram.kpi == kpi:
            yield "histogram", histogram.name, (*CELL_LABELS[histogram.scope], *histogram.labels)


def _standings(kpi: str) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    for stood in STANDINGS:
        if any(name == kpi for name, _ in stood.kpis):
            yield "gauge", stood.name, (*CELL_LABELS[stood.scope], *stood.labels)
    yield from TARGETS.get(kpi, ())


def _windows(kpi: str) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    for part in PARTS:
        if part.kpi == kpi:
            yield "gauge", f"WINDOW_{part.stem}", (*CELL_LABELS[part.scope], *part.labels)
    for ready in READY:
        if ready.rows[0][0].name == kpi:
            yield "gauge", ready.name("WINDOW", "CUT").removeprefix(PREFIX), ready.labels
            if ready.samples_base:
                yield "gauge", ready.samples_name("WINDOW", "CUT").removeprefix(PREFIX), ready.labels
