"""What is true after a tale of a call or a ticket. Times are seconds after the start of the tale."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Generic, NamedTuple, TypeVar

from schemas.values import Cell, EpochMs
from streams.core.cases.fold import Fact, Standing

START_MS = EpochMs(1_700_000_000_000)

Facts = Counter[tuple[int, int, Cell, int]]
"""(field, at_ms, cell, value) -> weight, those at 0 left out."""
S = TypeVar("S")


class Truth(NamedTuple, Generic[S]):
    """`state`: of the fold."""

    facts: Facts
    standings: tuple[Standing, ...]
    state: S

    def count(self, field: int, cell: Cell | None = None) -> int:
        """Of a sum in ms: the sum."""
        return sum(weight for (own, _, at, _), weight in self.facts.items() if own == field and cell in (None, at))

    def when(self, field: int) -> list[float]:
        """At which it counts, ascending."""
        return sorted((at_ms - START_MS) / 1000 for (own, at_ms, _, _), weight in self.facts.items() if own == field for _ in range(weight))

    def lengths(self, field: int) -> list[float]:
        """Seconds, in order of time."""
        found = sorted((at_ms, value) for (own, at_ms, _, value), weight in self.facts.items() if own == field for _ in range(weight))
        return [value / 1000 for _, value in found]

    def seconds(self, field: int, cell: Cell | None = None) -> float:
        """Of a sum in ms."""
        return self.count(field, cell) / 1000

    def since(self, standing: int, cell: Cell | None = None) -> list[float]:
        """Since which it is so: one, or none."""
        return [(start_ms - START_MS) / 1000 for own, at, start_ms in self.standings if own == standing and cell in (None, at)]


def net(facts: Iterable[Fact]) -> Facts:
    """What is asserted and not taken back."""
    sums: Facts = Counter()
    for field, at_ms, cell, value, weight in facts:
        sums[field, at_ms, cell, value] += weight
    return Counter({key: weight for key, weight in sums.items() if weight})
