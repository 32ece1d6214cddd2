"""What a query to our families may not do, found in its tree."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import promql_parser as promql

from deploy.grafana.exported import families, names
from streams.outputs.metric import PREFIX
from streams.outputs.ready import READY
from tests.deploy.grafana_queries import Path, expressions, selectors

FOREIGN: Final = ("ALERTS",)
"""Of Prometheus itself."""
OWN_LABELS: Final = {
    name: ready.labels
    for ready in READY
    for window in ("today", "interval")
    for cut in ("site", "queue")
    for name in (ready.name(window, cut), ready.samples_name(window, cut))
}
"""Ready family -> what tells its rows apart beside the cut."""


def complaints(expr: str) -> Iterator[str]:
    """None for a query whose answer is the number that it seems to be. `expr`: with its variables filled in."""
    if "$" in expr:
        yield "a variable that nobody fills in"
        return
    tree = promql.parse(expr)
    for one in expressions(tree):
        if isinstance(one, promql.AggregateExpr) and str(one.op) not in ("sum", "min", "max", "count"):
            yield f"{one.op} of numbers that are of unequal weight"
    for selector, above in selectors(tree):
        yield from _of_family(selector, above)


def _of_family(selector: promql.VectorSelector, above: Path) -> Iterator[str]:
    name, matched = str(selector.name), {one.name: one.value for one in selector.matchers.matchers}
    if "site" not in matched:
        yield f"{name}: two sites would be taken together"
    if name in FOREIGN:
        return
    if name not in names():
        yield f"{name}: nobody exports it by default"
        return
    yield from _of_kind(name, above)
    how = [(str(one.op), labels_of(one)) for one in above if isinstance(one, promql.AggregateExpr)]
    if name in OWN_LABELS:
        if [op for op, _ in how][-1:] != ["max"]:
            yield f"{name}: a ready figure has one owner and is neither added nor averaged"
        elif not set(OWN_LABELS[name]) <= {*matched, *how[-1][1]}:
            yield f"{name}: which of its rows? {', '.join(OWN_LABELS[name])}"
    if name.startswith(f"{PREFIX}oldest_"):
        if [op for op, _ in how] != ["min"]:
            yield f"{name}: the oldest is the one that began first"
    elif name.endswith("_timestamp_seconds") and any(op == "sum" for op, _ in how):
        yield f"{name}: instants do not add"
    if name == f"{PREFIX}queue_agents" and any(op == "sum" and "queue" not in by for op, by in how):
        yield f"{name}: who serves two queues is in both"


def _of_kind(name: str, above: Path) -> Iterator[str]:
    ends = ("", "_total", "_bucket", "_sum", "_count")
    kind = next(families()[name.removesuffix(end)].type for end in ends if name.endswith(end) and name.removesuffix(end) in families())
    grows = any(isinstance(one, promql.Call) and one.func.name in ("rate", "increase") for one in above)
    if kind == "gauge" and grows:
        yield f"{name}: a gauge is asked for its value"
    if kind != "gauge" and not grows:
        yield f"{name}: a counter is asked for its growth"
    elif kind != "gauge" and not isinstance(above[-1], promql.MatrixSelector):
        yield f"{name}: rate first, then sum"


def labels_of(aggregate: promql.AggregateExpr) -> list[str]:
    return [] if aggregate.modifier is None else list(aggregate.modifier.labels)
