"""Queries of dashboards as Grafana would send them, and as trees."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

import promql_parser as promql

FILLED: Final = {
    "${window}": "today",
    "$site": "riga",
    # Everything that has the label: what has none must not be asked for it, or a choice would leave it as it is.
    "$queue": ".+",
    "$channel": ".+",
    "$job": ".+",
    "$instance": ".+",
    "$__rate_interval": "1m",
    "$__range": "1m",
}


def filled(expr: str, values: Mapping[str, str] = FILLED) -> str:
    for variable in sorted(values, key=len, reverse=True):
        expr = expr.replace(variable, values[variable])
    return expr


def variables_in(expr: str) -> set[str]:
    """$queue, ${window} -> queue, window; what Grafana itself fills in left out."""
    return {name for name in re.findall(r"\$\{?(\w+)", expr) if not name.startswith("__")}


def offset_s(expr: str) -> int:
    """How far back it looks by an offset, at most."""
    unit = {"d": 86_400, "w": 7 * 86_400}
    return max((int(number) * unit[letter] for number, letter in re.findall(r" offset (\d+)([dw])", expr)), default=0)


Path = tuple[promql.Expr, ...]
"""From the root down to an expression."""


def selectors(expr: promql.Expr, above: Path = ()) -> Iterator[tuple[promql.VectorSelector, Path]]:
    """Each selector with what stands above it."""
    if isinstance(expr, promql.VectorSelector):
        yield expr, above
        return
    for below in _below(expr):
        yield from selectors(below, (*above, expr))


def expressions(expr: promql.Expr) -> Iterator[promql.Expr]:
    yield expr
    for below in _below(expr):
        yield from expressions(below)


def _below(expr: promql.Expr) -> list[promql.Expr]:
    match expr:
        case promql.BinaryExpr():
            return [expr.lhs, expr.rhs]
        case promql.AggregateExpr() | promql.ParenExpr() | promql.UnaryExpr() | promql.SubqueryExpr():
            return [expr.expr]
        case promql.Call():
            return list(expr.args)
        case promql.MatrixSelector():
            return [expr.vector_selector]
        case _:
            return []
