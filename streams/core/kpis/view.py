"""What a formula is, and what it may look at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from streams.core.kpis.result import Result
from streams.core.panes.histogram import Ordered
from streams.core.panes.pane import Sums
from streams.core.panes.windows import OVER


class View(Protocol):
    """What a formula may look at: one cut, in one window, at one moment."""

    sums: Sums
    maxima: Mapping[int, list[int]]
    all_sums: Sums
    """Of the same window over the whole site."""
    window: str
    cut: tuple[str, ...]
    """Labels that it is by."""
    target_ratio: float

    @property
    def has_tickets(self) -> bool:
        """Whether there has ever been one, anywhere."""
        ...

    def everywhere(self, standing: int) -> int:
        """How many stand on the whole site."""
        ...

    @property
    def sums_after(self) -> Sums:
        """Of what was counted since the end of the window, as far as it is told from how many there are now."""
        ...

    @property
    def days(self) -> float:
        """Length of the window."""
        ...

    def histogram(self, durations: Sequence[int]) -> Ordered:
        """Of the durations together."""
        ...

    def standing(self, standing: int) -> int: ...
    def oldest_age_ms(self, standings: Sequence[int]) -> int | None: ...
    def aged(self, standings: Sequence[int], above_ms: int, up_to_ms: int | None) -> int:
        """How many stand longer than `above_ms`, and not longer than `up_to_ms`."""
        ...

    def due(self, standings: Sequence[int], above_ms: int, up_to_ms: int) -> int:
        """How many are due in more than `above_ms` (-1: what is past due included), and in at most `up_to_ms`."""
        ...

    def backlog(self, standings: Sequence[int]) -> int:
        """How many are older than the limit of their queue."""
        ...

    def backlog_after_ms(self) -> int:
        """The limit of the queue of the cut, or of the site."""
        ...

    queue: str | None
    """Of the cut, None in a cut without one."""
    min_group: int
    """Of fewer people nothing is told that is about each of them."""

    @property
    def window_ms(self) -> tuple[int, int]:
        """When it begins and ends, now at the latest."""
        ...

    def of_everyone(self, standing: int) -> int:
        """How many stand in the cell of what belongs to no queue."""
        ...

    def lately(self) -> tuple[Sums, int]:
        """What was counted in the last quarter of an hour, whatever the window, and in how many ms."""
        ...


class Formula(Protocol):
    """Forms the number."""

    def of(self, view: View) -> Result: ...


def under_way(view: View, standing: int) -> int:
    """How many stand of whom the window does not know yet how they end; none in a window that is over."""
    return 0 if view.window in OVER else view.standing(standing)
