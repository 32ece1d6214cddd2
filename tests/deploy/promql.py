"""What an expression of PromQL is about: which families it asks how, and which labels its answer has. On the tree of promql-parser."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

import promql_parser as promql
from promql_parser import VectorMatchCardinality as Card

from streams.outputs.metric import PREFIX
from streams.outputs.parts import PARTS
from streams.outputs.parts.part import CELL_LABELS
from streams.outputs.prometheus import Export
from streams.outputs.standing_families import STANDINGS
from tests.outputs.scrape import ABANDONS, families, small_centre
from tests.outputs.test_own_families import own_families

TARGET_LABELS: Final = frozenset({"site", "job", "instance"})
"""What the scrape configuration puts on every series."""
COMPARISONS: Final = frozenset({">", "<", "==", "!=", ">=", "<="})
SETS: Final = frozenset({"and", "or", "unless"})
RATES: Final = frozenset({"rate", "increase", "irate", "resets"})


class Family(NamedTuple):
    kind: str
    labels: frozenset[str]


class Asked(NamedTuple):
    """A selector, and the functions that it stands in, the innermost first."""

    name: str
    matchers: Mapping[str, str]
    within: tuple[str, ...]


def exposed() -> dict[str, Family]:
    """Every name on /metrics that a rule may ask for."""
    found = {"up": Family("gauge", TARGET_LABELS)}
    for part in PARTS:
        labels = TARGET_LABELS | {*CELL_LABELS[part.scope], *part.labels}
        found[f"{PREFIX}today_{part.stem}"] = Family("gauge", labels)
        if part.counter:
            found[f"{PREFIX}{part.stem}_total"] = Family("counter", labels)
    for stood in STANDINGS:
        found[PREFIX + stood.name] = Family("gauge", TARGET_LABELS | {*CELL_LABELS[stood.scope], *stood.labels})
    shown = families(small_centre(), Export(windows=("today",), targets=(ABANDONS,)))
    for metric in (*shown.values(), *own_families()):
        for sample in metric.samples:
            found.setdefault(sample.name, Family(metric.type, TARGET_LABELS | set(sample.labels)))
    found.setdefault(f"{PREFIX}target_missed", found[f"{PREFIX}today_target_missed"])  # nothing of this moment has a mark there
    return found


def asked(node: Any, within: tuple[str, ...] = ()) -> Iterator[Asked]:
    """All selectors of an expression."""
    if isinstance(node, promql.VectorSelector):
        yield Asked(node.name or "", {matcher.name: matcher.value for matcher in node.matchers.matchers}, within)
    elif isinstance(node, promql.MatrixSelector):
        yield from asked(node.vector_selector, within)
    elif isinstance(node, promql.Call):
        for argument in node.args:
            yield from asked(argument, (*within, node.func.name))
    elif isinstance(node, promql.BinaryExpr):
        yield from asked(node.lhs, within)
        yield from asked(node.rhs, within)
    elif isinstance(node, promql.AggregateExpr | promql.ParenExpr | promql.UnaryExpr):
        yield from asked(node.expr, within)


def is_number(node: Any) -> bool:
    if isinstance(node, promql.NumberLiteral):
        return True
    if isinstance(node, promql.Call):
        return bool(node.func.name == "time")
    if isinstance(node, promql.BinaryExpr):
        return is_number(node.lhs) and is_number(node.rhs)
    return isinstance(node, promql.ParenExpr | promql.UnaryExpr) and is_number(node.expr)


def compares(node: Any) -> bool:
    """Whether an alert on it can ever stop: each of its alternatives asks how much."""
    if isinstance(node, promql.ParenExpr):
        return compares(node.expr)
    if not isinstance(node, promql.BinaryExpr):
        return False
    operator = str(node.op)
    if operator == "or":
        return compares(node.lhs) and compares(node.rhs)
    return operator in COMPARISONS or (operator in SETS and compares(node.lhs))


class Labels:
    """Which labels the answer to an expression has. Raises AssertionError where its sides can never meet."""

    def __init__(self, known: Mapping[str, Family]) -> None:
        self._known = known

    def of(self, node: Any) -> frozenset[str]:
        if isinstance(node, promql.VectorSelector):
            return self._known[node.name or ""].labels
        if isinstance(node, promql.MatrixSelector):
            return self.of(node.vector_selector)
        if isinstance(node, promql.ParenExpr | promql.UnaryExpr):
            return self.of(node.expr)
        if isinstance(node, promql.AggregateExpr):
            return self._aggregated(node)
        if isinstance(node, promql.Call):
            return self._called(node)
        assert isinstance(node, promql.BinaryExpr), node
        return self._joined(node)

    def _aggregated(self, node: Any) -> frozenset[str]:
        assert node.modifier is not None, f"{node.prettify()} keeps no label, not even the site"
        assert node.modifier.type == promql.AggModifierType.By, f"{node.prettify()}: by, so that what is left can be read"
        kept = frozenset(node.modifier.labels)
        assert kept <= self.of(node.expr), f"{node.prettify()}: {sorted(kept - self.of(node.expr))} is not there"
        return kept

    def _called(self, node: Any) -> frozenset[str]:
        if node.func.name == "absent":
            return frozenset(next(asked(node.args[0])).matchers)
        vectors = [argument for argument in node.args if not is_number(argument)]
        return self.of(vectors[0]) if vectors else frozenset()

    def _joined(self, node: Any) -> frozenset[str]:
        if is_number(node.lhs) or is_number(node.rhs):
            return self.of(node.rhs if is_number(node.lhs) else node.lhs)
        left, right = self.of(node.lhs), self.of(node.rhs)
        matching = None if node.modifier is None else node.modifier.matching
        if matching is None:
            assert left == right, f"{node.prettify()}\nmeets nothing: {sorted(left)} and {sorted(right)}"
            return left
        assert matching.type == promql.LabelModifierType.Include, f"{node.prettify()}: on, so that a label more breaks nothing"
        on = frozenset(matching.labels)
        assert on <= left & right, f"{node.prettify()}\nmeets nothing: {sorted(on - left & right)} is not on both sides"
        if str(node.op) in SETS or node.modifier.card == Card.ManyToOne:
            return left
        return right if node.modifier.card == Card.OneToMany else on
