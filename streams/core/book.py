"""What a snapshot is read from, and what a formula sees of it: one cut, in one window, at one moment."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Final

import msgspec

from schemas.values import SITE, Cell, Topic
from streams.core.kpis.backlog import USUAL_MS
from streams.core.kpis.targets import Target
from streams.core.panes.ages import Ages
from streams.core.panes.histogram import Ordered, by_duration, together
from streams.core.panes.pane import Pane, Sums, merge
from streams.core.panes.windows import OtherDay

DEFAULT_TARGET: Final = 0.80
MIN_GROUP: Final = 5
"""Of fewer people nothing is told that is about each of them."""
COUNTED_BACKWARDS: Final[frozenset[Topic]] = frozenset({"agents", "customers"})
"""Topics that count how many there were from how many there are."""


def with_contacts(topics: Collection[Topic]) -> set[Topic]:
    """Contacts are made of calls and tickets: where those were seen, these have rows from the start, and keep them if all is taken back."""
    return {*topics, "contacts"} if not {"calls", "tickets"}.isdisjoint(topics) else set(topics)


class Book(msgspec.Struct, frozen=True, kw_only=True):
    """Where a snapshot gets its numbers from.

    cells      with the topics that were seen in each
    apart      cells about an agent, an article, a program: no part of any other cut
    pane       of a cell in a window, None where nothing was counted
    ages       (standing, cell) -> starts
    window_days  length of a window; for rolling windows up to now
    partial    whether a window reaches back before the first event known
    before     when the same window before begins and ends, None where it is not kept; `pane` knows it by its name `before(window)`
    other_days  which other days a window stands beside; `pane` knows it by its name `on_other_day(window, day)`
    window_ms  when a window begins and ends, now at the latest; also of `before(window)`
    after      what was counted in a cell since the end of a window
    has_tickets  whether there has ever been one
    recent     the window that shows the pace of now, None where there is none
    starts     (resolution, since_ms) -> when the stretches begin that are still kept, up to the one under way
    stretch    what was counted in the stretch of a cell that begins then, None where nothing was
    """

    cells: Mapping[Cell, Collection[Topic]]
    pane: Callable[[Cell, str], Pane | None]
    ages: Mapping[tuple[int, Cell], Ages]
    window_days: Callable[[str], float]
    partial: Callable[[str], bool]
    before: Callable[[str], tuple[int, int] | None] = lambda window: None
    other_days: Callable[[str], Sequence[OtherDay]] = lambda window: ()
    after: Callable[[Cell, str], Pane | None] = lambda cell, window: None
    window_ms: Callable[[str], tuple[int, int]] = lambda window: (0, 0)
    recent: str | None = None
    starts: Callable[[int, int], Sequence[int]] = lambda resolution, since_ms: ()
    stretch: Callable[[Cell, int, int], Pane | None] = lambda cell, resolution, start_ms: None
    apart: Mapping[Cell, Collection[Topic]] = msgspec.field(default_factory=dict)
    since: str | None = None
    has_tickets: bool = False
    backlog_after_ms: Callable[[str | None], int] = lambda queue: USUAL_MS
    min_group: int = MIN_GROUP
    target: Callable[[str | None], float] = lambda queue: DEFAULT_TARGET
    targets: Sequence[Target] = ()
    min_samples: int = 0


class CutView:
    """One cut in one window: see `kpis/view.py`."""

    def __init__(
        self,
        book: Book,
        cells: Sequence[Cell],
        sums: Sums,
        maxima: Mapping[int, list[int]],
        all_sums: Sums,
        window: str,
        queue: str | None,
        now_ms: int,
        cut: tuple[str, ...] = (),
    ) -> None:
        self.cut = cut
        self._book = book
        self._cells = cells
        self._now_ms = now_ms
        self.window = window
        self.sums = sums
        self.maxima = maxima
        self.all_sums = all_sums
        self.queue = queue
        self.target_ratio = book.target(queue)
        self.min_group = book.min_group
        self._histograms: dict[int, Ordered] | None = None
        self._sums_after: Sums | None = None

    def histogram(self, durations: Sequence[int]) -> Ordered:
        if self._histograms is None:
            self._histograms = by_duration(self.sums)
        return together([self._histograms[duration] for duration in durations if duration in self._histograms])

    @property
    def days(self) -> float:
        return self._book.window_days(self.window)

    @property
    def sums_after(self) -> Sums:
        if self._sums_after is None:
            counted = (cell for cell in self._cells if COUNTED_BACKWARDS.intersection(self._book.cells.get(cell, ())))
            panes = (self._book.after(cell, self.window) for cell in counted)
            self._sums_after = merge(pane for pane in panes if pane is not None)[0]
        return self._sums_after

    @property
    def has_tickets(self) -> bool:
        return self._book.has_tickets

    def everywhere(self, standing: int) -> int:
        return sum(ages.count for (own, _), ages in self._book.ages.items() if own == standing)

    def _ages(self, standings: Sequence[int]) -> Iterator[Ages]:
        for standing in standings:
            for cell in self._cells:
                ages = self._book.ages.get((standing, cell))
                if ages is not None and ages.count:
                    yield ages

    def standing(self, standing: int) -> int:
        return sum(ages.count for ages in self._ages((standing,)))

    def first_ms(self, standings: Sequence[int]) -> int | None:
        """When the oldest began; None where nothing stands."""
        return min((start for ages in self._ages(standings) if (start := ages.first_ms()) is not None), default=None)

    def oldest_age_ms(self, standings: Sequence[int]) -> int | None:
        first_ms = self.first_ms(standings)
        return None if first_ms is None else max(0, self._now_ms - first_ms)

    def aged(self, standings: Sequence[int], above_ms: int, up_to_ms: int | None) -> int:
        total = 0
        for ages in self._ages(standings):
            # Older than a means begun before now - a; what begins in the future is the youngest of all.
            older = ages.count if above_ms < 0 else ages.before(self._now_ms - above_ms)
            total += older - (0 if up_to_ms is None else ages.before(self._now_ms - up_to_ms))
        return total

    def due(self, standings: Sequence[int], above_ms: int, up_to_ms: int) -> int:
        total = 0
        for ages in self._ages(standings):
            total += ages.before(self._now_ms + up_to_ms + 1) - (0 if above_ms < 0 else ages.before(self._now_ms + above_ms + 1))
        return total

    def backlog(self, standings: Sequence[int]) -> int:
        total = 0
        for cell in self._cells:
            before_ms = self._now_ms - self._book.backlog_after_ms(cell.queue)
            total += sum(ages.before(before_ms) for standing in standings if (ages := self._book.ages.get((standing, cell))) is not None)
        return total

    def backlog_after_ms(self) -> int:
        return self._book.backlog_after_ms(self.queue)

    def of_everyone(self, standing: int) -> int:
        ages = self._book.ages.get((standing, SITE))
        return 0 if ages is None else ages.count

    @property
    def window_ms(self) -> tuple[int, int]:
        return self._book.window_ms(self.window)

    def lately(self) -> tuple[Sums, int]:
        recent = self._book.recent
        if recent is None:
            return {}, 0
        start_ms, end_ms = self._book.window_ms(recent)
        panes = (self._book.pane(cell, recent) for cell in self._cells)
        return merge(pane for pane in panes if pane is not None)[0], end_ms - start_ms
