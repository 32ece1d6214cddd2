"""Families and samples, built the way all of ours are: prefix, unit from the name, no timestamps."""

from __future__ import annotations

from typing import Final, Literal

from prometheus_client import Metric
from prometheus_client.samples import Sample

from schemas.values import SECOND_MS

PREFIX: Final = "deskpulse_"
NO_LABELS: Final[dict[str, str]] = {}
UNITS: Final = ("seconds", "ratio")


def family(kind: Literal["gauge", "counter", "histogram"], stem: str, help_: str) -> Metric:
    """Without samples. `stem`: its name without prefix and without `_total`."""
    return Metric(PREFIX + stem, help_, kind, next((unit for unit in UNITS if stem.endswith(f"_{unit}")), ""))


def gauge(stem: str, help_: str, value: float | None = None) -> Metric:
    """With one sample without labels, where `value` is given."""
    metric = family("gauge", stem, help_)
    if value is not None:
        add(metric, NO_LABELS, value)
    return metric


def counter(stem: str, help_: str, value: float) -> Metric:
    """With one sample without labels."""
    metric = family("counter", stem, help_)
    add(metric, NO_LABELS, value, "_total")
    return metric


def add(metric: Metric, labels: dict[str, str], value: float, suffix: str = "") -> None:
    """One more sample. `labels` is kept, not copied."""
    metric.samples.append(Sample(metric.name + suffix, labels, value))


def seconds(length_ms: int | None) -> float | None:
    """As samples have it."""
    return None if length_ms is None else length_ms / SECOND_MS
