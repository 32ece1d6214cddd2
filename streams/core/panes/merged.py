"""Panes of all shards together, as a board keeps them."""

from __future__ import annotations

from schemas.values import Topic
from streams.core.panes.pane import KEPT_MAXIMA, Pane, Sums


class MergedPane:
    """One stretch in one cell over all shards."""

    __slots__ = ("maxima", "sums")

    def __init__(self, former: MergedPane | None = None) -> None:
        self.sums: Sums = {} if former is None else dict(former.sums)
        # By partition: largest values cannot be subtracted.
        self.maxima: dict[int, dict[int, list[int]]] = {} if former is None else dict(former.maxima)

    def as_pane(self, start_ms: int) -> Pane:
        if len(self.maxima) == 1:
            return Pane(start_ms, self.sums, next(iter(self.maxima.values())))
        largest: dict[int, list[int]] = {}
        for maxima in self.maxima.values():
            for duration, values in maxima.items():
                largest[duration] = sorted(largest.get(duration, []) + values)[-KEPT_MAXIMA:]
        return Pane(start_ms, self.sums, largest)


class CellBook:
    """Panes of one cell, by resolution and start. A pane in it is replaced, never changed."""

    __slots__ = ("panes", "topics", "version")

    def __init__(self) -> None:
        self.panes: dict[tuple[int, int], MergedPane] = {}
        self.topics: set[Topic] = set()
        self.version = 0

    def copied(self) -> CellBook:
        """The same, to be changed apart from this one."""
        book = CellBook()
        book.panes, book.topics, book.version = dict(self.panes), set(self.topics), self.version
        return book
