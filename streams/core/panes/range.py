"""The store of a report: one pane per cell over all of time, with every bucket and every maximum."""

from __future__ import annotations

from collections.abc import Mapping

from schemas.values import Cell, EpochMs
from streams.core.panes.addition import add_sums, change_maxima
from streams.core.panes.pane import KEEP_ALL, Delta, Pane, Sums
from streams.core.panes.slots import Rows


class RangeStore:
    """Stands where a live shard has its PaneStore."""

    def __init__(self) -> None:
        self.panes: dict[Cell, Pane] = {}
        self.totals: dict[Cell, Sums] = {}
        self.closed_minute = 0

    def change(self, deltas: Mapping[tuple[Cell, int], Delta], now_ms: EpochMs) -> Rows:
        """Add the deltas. There are no rows to write."""
        for (cell, _), delta in deltas.items():
            pane = self.panes.get(cell)
            if pane is None:
                pane = self.panes[cell] = Pane(0, {}, {})
                self.totals[cell] = pane.sums
            add_sums(pane.sums, delta.sums)
            change_maxima(pane.maxima, delta.values, KEEP_ALL)
        return []

    def open_before(self, minute: int) -> bool:
        """Nothing is settled here."""
        return False

    def restore(self, key: bytes, value: bytes, closed_minute: int, same_edges: bool) -> None:
        """A report begins from nothing."""
        raise AssertionError("a report has no state to take back")
