"""KPIs over time: the panes that are kept, one number each (output.md, section 4, `/api/v1/history`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from schemas.fields import NO_COUNTS
from schemas.state import DAY, MINUTE, QUARTER
from streams.core.book import CutView
from streams.core.kpis.comparison import from_panes
from streams.core.kpis.formulas import Share
from streams.core.kpis.kpi import Kpi
from streams.core.kpis.result import Result
from streams.core.kpis.staffing import Occupancy, RequestsPerAgent
from streams.core.kpis.view import Formula
from streams.core.panes.pane import Sums, merge
from streams.core.snapshot import Snapshot

STEPS: Final[Mapping[str, int]] = {"1m": MINUTE, "15m": QUARTER, "1d": DAY}
STRETCHES: Final[Mapping[int, str]] = {MINUTE: "a minute", QUARTER: "a quarter", DAY: "a day"}
"""What a formula knows as the window."""
AHEAD: Final[Mapping[int, str]] = {MINUTE: "5m", QUARTER: "interval", DAY: "today"}
"""A window that ends with the stretch under way, or soon after: what was counted after it is dated ahead of the clock."""


def has_history(formula: Formula) -> bool:
    """Whether what is kept of the past gives it."""
    return from_panes(formula) or isinstance(formula, Occupancy | RequestsPerAgent)


class PastView(CutView):
    """Of a stretch that began and ended then, after which that much of the spells was counted."""

    def spent(self, window_ms: tuple[int, int], sums_after: Sums) -> PastView:
        self._window_ms, self._sums_after = window_ms, sums_after
        return self

    @property
    def window_ms(self) -> tuple[int, int]:
        return self._window_ms


class History:
    """The stretches of `resolution` that are still kept since `since_ms`, the one under way included.

    starts  when each begins, ascending
    """

    def __init__(self, snapshot: Snapshot, resolution: int, since_ms: int) -> None:
        self._snapshot = snapshot
        self._resolution = resolution
        self._views: dict[tuple[tuple[str, ...], tuple[str, ...]], Sequence[CutView]] = {}
        self.starts: Sequence[int] = snapshot.book.starts(resolution, since_ms)

    def of(self, kpi: Kpi, cut: tuple[str, ...], values: tuple[str, ...]) -> list[Result]:
        """A number per start. Ratios are formed in each stretch, never merged. Only for a KPI that has a history."""
        assert has_history(kpi.formula), f"{kpi.name} {kpi.stat} has no history"
        views = self._views.get((cut, values))
        if views is None:
            views = self._views[cut, values] = self._past(cut, values)
        if isinstance(kpi.formula, Share):
            for view, start_ms in zip(views, self.starts, strict=True):
                view.all_sums = self._counted((), (), start_ms)[0]
        return [kpi.formula.of(view) for view in views]

    def _past(self, cut: tuple[str, ...], values: tuple[str, ...]) -> Sequence[CutView]:
        """A view per start. How many spells ran at its end is known from those that run now, back from stretch to stretch."""
        snapshot = self._snapshot
        book, cells, window = snapshot.book, snapshot.groups(cut).get(values, []), STRETCHES[self._resolution]
        queue = values[cut.index("queue")] if "queue" in cut else None
        after = spells(merge(pane for cell in cells if (pane := book.after(cell, AHEAD[self._resolution])) is not None)[0])
        end_ms: int = snapshot.now_ms
        views: list[CutView] = []
        for start_ms in reversed(self.starts):
            sums, maxima = self._counted(cut, values, start_ms)
            view = PastView(book, cells, sums, maxima, sums, window, queue, snapshot.now_ms, cut)
            views.append(view.spent((start_ms, end_ms), after))
            within = spells(sums)
            after = {field: after.get(field, 0) + within.get(field, 0) for field in after.keys() | within.keys()}
            end_ms = start_ms
        return views[::-1]

    def _counted(self, cut: tuple[str, ...], values: tuple[str, ...], start_ms: int) -> tuple[Sums, Mapping[int, list[int]]]:
        stretch = self._snapshot.book.stretch
        cells = self._snapshot.groups(cut).get(values, [])
        return merge(pane for cell in cells if (pane := stretch(cell, self._resolution, start_ms)) is not None)


def spells(sums: Sums) -> Sums:
    """What of them tells of spells."""
    return {field: sums[field] for field in NO_COUNTS if field in sums}
