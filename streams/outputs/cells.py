"""Cells as `/metrics` shows them: grouped by the labels that a family has, each group once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from schemas.values import NO_QUEUE, Cell
from streams.core.panes.pane import Sums
from streams.core.snapshot import Snapshot
from streams.outputs.parts.part import CELL_LABELS, SCOPE_TOPICS, Scope

NONE: Final = "none"
"""The queue of what has none."""


def shown(value: str) -> str:
    """A label value as every scraper reads it: Prometheus ends a line at a NUL."""
    return value.replace("\0", "\N{REPLACEMENT CHARACTER}")


class Group(msgspec.Struct):
    """Cells that look the same under the labels of a scope. Sums are looked up in each: most groups are one cell."""

    labels: dict[str, str]
    cells: list[Cell]
    _extended: dict[tuple[tuple[str, ...], tuple[str, ...]], dict[str, str]] = {}

    def with_labels(self, names: tuple[str, ...], values: tuple[str, ...]) -> dict[str, str]:
        """Its labels and more. The same object each time, so that an encoder can recognise it."""
        if not names:
            return self.labels
        found = self._extended.get((names, values))
        if found is None:
            found = self._extended[names, values] = {**self.labels, **dict(zip(names, values, strict=True))}
        return found

    def sums_in(self, sums: Mapping[Cell, Sums]) -> list[Sums]:
        """Those of its cells."""
        return [found for cell in self.cells if (found := sums.get(cell)) is not None]

    def panes(self, snapshot: Snapshot, window: str) -> list[Sums]:
        """What its cells hold in a window."""
        return [pane.sums for cell in self.cells if (pane := snapshot.book.pane(cell, window)) is not None]


Groups = Mapping[Scope, Sequence[Group]]


def groups_of(snapshot: Snapshot) -> Groups:
    """All groups of each scope, in stable order. A queue that is really called `none` is added to what has no queue."""
    found: dict[Scope, dict[tuple[str, ...], Group]] = {scope: {} for scope in CELL_LABELS}
    for cell, topics in snapshot.book.cells.items():
        values = (shown(cell.queue) if cell.queue != NO_QUEUE else NONE, shown(cell.channel), shown(cell.priority))
        for scope, of_scope in SCOPE_TOPICS.items():
            if of_scope.isdisjoint(topics):
                continue
            names = CELL_LABELS[scope]
            key = values[: len(names)]
            group = found[scope].get(key)
            if group is None:
                group = found[scope][key] = Group(dict(zip(names, key, strict=True)), [])
            group.cells.append(cell)
    return {scope: [groups[key] for key in sorted(groups)] for scope, groups in found.items()}
