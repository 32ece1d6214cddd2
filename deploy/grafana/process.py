"""Families that processes tell of themselves, as queries."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from deploy.grafana.card import Query
from deploy.grafana.colours import Steps
from deploy.grafana.exported import families
from deploy.grafana.promql import STEP, by_labels, selector
from streams.outputs.metric import PREFIX

PROCESS: Final = ("job", "instance")


def told(name: str) -> str:
    """Its help, under its name."""
    return f"`{PREFIX}{name}`: {families()[PREFIX + name].documentation}"


def gauge(name: str, by: Sequence[str] = (), *, most: bool = True, called: str = "", unit: str = "", steps: Steps | None = None) -> Query:
    """most: of several the largest, otherwise the smallest."""
    expr = by_labels("max" if most else "min", by, selector(name, PROCESS))
    return Query(expr=expr, name=called or _by(by) or name, says=told(name), unit=unit or _unit(name), steps=steps)


def added(name: str, by: Sequence[str] = (), *, called: str = "", unit: str = "") -> Query:
    """A gauge whose sum over processes means something."""
    expr = by_labels("sum", by, selector(name, PROCESS))
    return Query(expr=expr, name=called or _by(by) or name, says=told(name), unit=unit or _unit(name))


def rate(name: str, by: Sequence[str] = (), *, called: str = "", unit: str = "cps") -> Query:
    """In a second, over all processes chosen."""
    expr = by_labels("sum", by, f"rate({selector(f'{name}_total', PROCESS)}[{STEP}])")
    return Query(expr=expr, name=called or _by(by) or name, says=f"{told(name)} In a second.", unit=unit)


def grown(name: str, by: Sequence[str] = (), *, called: str = "", over: str = "$__range", steps: Steps | None = None) -> Query:
    """How much more in the time range above."""
    expr = by_labels("sum", by, f"increase({selector(f'{name}_total', PROCESS)}[{over}])")
    return Query(expr=expr, name=called or _by(by) or name, says=f"{told(name)} In the time range above.", unit="short", steps=steps)


def age(name: str, by: Sequence[str] = (), *, called: str = "") -> Query:
    """Since the instant that a gauge holds; of several the oldest."""
    expr = f"time() - {by_labels('min', by, selector(name, PROCESS))}"
    return Query(expr=expr, name=called or _by(by) or name, says=f"Since: {told(name)}", unit="s")


def each(seconds: str, count: str, by: Sequence[str] = (), *, called: str = "") -> Query:
    """Mean length of what happened between two points of a line."""
    above, below = (by_labels("sum", by, f"rate({selector(f'{name}_total', PROCESS)}[{STEP}])") for name in (seconds, count))
    return Query(expr=f"{above} / ({below} > 0)", name=called or _by(by), says=f"{told(seconds)} For each: {told(count)}", unit="s")


def quantile(name: str, per_cent: int) -> Query:
    family = selector(f"{name}_bucket", PROCESS)
    expr = f"histogram_quantile({per_cent / 100}, sum by (le) (rate({family}[{STEP}])))"
    return Query(expr=expr, name=f"p{per_cent}", says=told(name), unit="s")


def spread(name: str) -> Query:
    expr = f"sum by (le) (increase({selector(f'{name}_bucket', PROCESS)}[{STEP}]))"
    return Query(expr=expr, name="{{le}}", says=told(name))


def _by(by: Sequence[str]) -> str:
    return " ".join(f"{{{{{label}}}}}" for label in by)


def _unit(name: str) -> str:
    return "s" if name.endswith("_seconds") else "percentunit" if name.endswith("_ratio") else "short"
