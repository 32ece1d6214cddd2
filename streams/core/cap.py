"""The cap on names: queues beyond it are shown together as `other`, and so are agents, articles and programs, each kind by itself."""

from __future__ import annotations

from collections.abc import Collection, Container, Mapping
from typing import Final

from schemas.values import NO_QUEUE, Cell
from streams.core.panes.addition import add_sums
from streams.core.panes.ages import Ages
from streams.core.panes.pane import Sums

OTHER: Final = "other"


class Capped:
    """Under which names cells are shown.

    members        cell as it is shown -> the cells that are shown as it
    hidden_queues  how many queues have no place
    """

    def __init__(self, cells: Collection[Cell], first: Container[str], most: int) -> None:
        """most  names of a kind have a place: queues of `first` before others, then by name"""
        queues = sorted({cell.queue for cell in cells} - {NO_QUEUE}, key=lambda name: (name not in first, name))
        abouts: dict[str, list[str]] = {}
        for about in sorted({cell.about for cell in cells} - {""}):
            abouts.setdefault(about.partition(":")[0], []).append(about)
        self._queues = dict.fromkeys(queues[most:], OTHER)
        self._abouts = {about: f"{kind}:{OTHER}" for kind, found in abouts.items() for about in found[most:]}
        self.hidden_queues = len(self._queues)
        self._all_shown = not self._queues and not self._abouts
        self.members: dict[Cell, list[Cell]] = {}
        for cell in cells:
            self.members.setdefault(self._shown(cell), []).append(cell)

    def sums(self, sums: Mapping[Cell, Sums]) -> dict[Cell, Sums]:
        """The same sums, by the cells that are shown."""
        if self._all_shown:
            return dict(sums)
        regrouped: dict[Cell, Sums] = {}
        for cell, own in sums.items():
            add_sums(regrouped.setdefault(self._shown(cell), {}), own)
        return regrouped

    def ages(self, ages: Mapping[tuple[int, Cell], Ages]) -> dict[tuple[int, Cell], Ages]:
        """The same ages, by the cells that are shown."""
        if self._all_shown:
            return dict(ages)
        regrouped: dict[tuple[int, Cell], Ages] = {}
        for (standing, cell), own in ages.items():
            regrouped.setdefault((standing, self._shown(cell)), Ages()).include(own)
        return regrouped

    def _shown(self, cell: Cell) -> Cell:
        if self._all_shown:
            return cell
        return cell._replace(queue=self._queues.get(cell.queue, cell.queue), about=self._abouts.get(cell.about, cell.about))
