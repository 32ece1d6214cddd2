"""Ready KPIs of calendar windows, as data: what does not add up, one family per (KPI, unit, cut) with its sample count beside it.

deskpulse_today_queue_service_level_ratio{queue="billing",method="event"} 0.8
deskpulse_today_queue_service_level_decided{queue="billing",method="event"} 212
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import msgspec

from schemas.values import DAY_MS, SECOND_MS
from streams.core.cuts import APART_CUTS
from streams.core.kpis.catalogue import CATALOGUE
from streams.core.kpis.formulas import Count, Percentile
from streams.core.kpis.kpi import Kpi, When
from streams.outputs.metric import PREFIX

CUTS: Final[Mapping[str, tuple[str, ...]]] = {
    "site": (),
    "queue": ("queue",),
    "channel": ("channel",),
    "queue_channel": ("queue", "channel"),
    "priority": ("priority",),
    "queue_priority": ("queue", "priority"),
}
"""Name in metrics, configuration and queries -> labels."""

UNIT_SUFFIX: Final = {
    "ratio": "_ratio",
    "seconds": "_seconds",
    "days": "_seconds",
    "count": "",
    "number": "",
    "score": "_score",
    "money": "",
}
SECONDS_PER_DAY: Final = DAY_MS // SECOND_MS
STAT_LABEL: Final = {"service_level": "method"}
DEFAULT_LABELS: Final = {"direction": "inbound"}
"""What a row without that label is about, where other rows of the same KPI have it."""
SAMPLES: Final = {"service_level": "decided", "occupancy": "staffed_seconds"}
"""What the sample of a KPI is called; `samples` for all others."""


class Ready(msgspec.Struct, frozen=True, kw_only=True):
    """One family, in every window and cut.

    base    its name between cut and unit
    labels  beyond those of the cut
    rows    KPI rows with the values of `labels`
    samples_base  the same for the sample counts; empty where there are none
    """

    base: str
    samples_base: str
    unit: str
    help: str
    labels: tuple[str, ...]
    rows: tuple[tuple[Kpi, tuple[str, ...]], ...]
    when: When

    def name(self, window: str, cut: str) -> str:
        suffix = UNIT_SUFFIX[self.unit]
        return f"{self._prefix(window, cut)}{self.base.removesuffix(suffix)}{suffix}"

    def samples_name(self, window: str, cut: str) -> str:
        return f"{self._prefix(window, cut)}{self.samples_base}"

    def _prefix(self, window: str, cut: str) -> str:
        return f"{PREFIX}{cut}_" if self.when == "now" else f"{PREFIX}{window}_{cut}_"

    def cuts(self, wanted: Mapping[str, tuple[str, ...]]) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Those of `wanted` in which it has rows."""
        kpi = self.rows[0][0]
        for name, cut in wanted.items():
            if (kpi.by_channel_only and cut != ("channel",)) or (kpi.cuts and cut not in kpi.cuts):
                continue
            if "priority" in cut and "tickets" not in kpi.topics:
                continue
            yield name, cut


def adds_up(kpi: Kpi) -> bool:
    """Whether it is a part, and so needs no ready family."""
    return isinstance(kpi.formula, Count)


def stands(kpi: Kpi) -> bool:
    """Whether it is a number of what stands now, which leaves as gauges of those; others are formed of it, and are ready ones."""
    return kpi.when == "now" and kpi.name != "expected_wait"


def is_apart(kpi: Kpi) -> bool:
    """Whether it is told of single articles, programs or agents alone, which have no series."""
    return bool(kpi.cuts) and set(kpi.cuts) <= set(APART_CUTS)


def _families() -> Iterator[Ready]:
    groups: dict[tuple[str, str, str], list[Kpi]] = {}
    for kpi in CATALOGUE:
        if not stands(kpi) and not adds_up(kpi) and not is_apart(kpi):
            groups.setdefault((kpi.name, kpi.unit, kpi.stat if kpi.unit == "count" else ""), []).append(kpi)
    for (name, unit, _), kpis in groups.items():
        stat_label = STAT_LABEL.get(name, "stat")
        stats = {kpi.stat for kpi in kpis}
        own = tuple(dict.fromkeys(label for kpi in kpis for label in kpi.labels))
        labels = (*own, stat_label) if len(stats) > 1 else own
        rows = []
        for kpi in kpis:
            values = {**DEFAULT_LABELS, **kpi.labels, stat_label: kpi.stat}
            rows.append((kpi, tuple(values[label] for label in labels)))
        base = f"{name}_{kpis[0].stat}" if unit == "count" else name
        several_units = len({u for n, u, _ in groups if n == name and u != "count"}) > 1
        of_ratio = "within_target_samples" if name.endswith("_time") else "share_samples"
        noun = SAMPLES.get(name) or (of_ratio if several_units and unit == "ratio" else "samples")
        yield Ready(
            base=base,
            samples_base="" if unit == "count" else f"{base.removesuffix(UNIT_SUFFIX[unit])}_{noun}",
            unit=unit,
            help=_help(kpis),
            labels=labels,
            rows=tuple(rows),
            when=kpis[0].when,
        )


def _help(kpis: Sequence[Kpi]) -> str:
    """Of the first row of each stat; percentiles are said once."""
    first = {kpi.stat: kpi for kpi in reversed(kpis)}
    if len(first) == 1:
        return kpis[0].help
    said = [f"{stat}: {kpi.help}" for stat, kpi in reversed(first.items()) if not isinstance(kpi.formula, Percentile)]
    if any(isinstance(kpi.formula, Percentile) for kpi in kpis):
        said.append("pN: N % are at most this long (nearest rank, within 1 %).")
    return " ".join(said)


READY: Final[tuple[Ready, ...]] = tuple(_families())
