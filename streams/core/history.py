"""KPIs over time: the panes that are kept, one number each (output.md, section 4, `/api/v1/history`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from schemas.state import DAY, MINUTE, QUARTER
from streams.core.kpis.formulas import Result, Share, from_panes
from streams.core.kpis.kpi import Kpi
from streams.core.panes.pane import Sums, merge
from streams.core.snapshot import CutView, Snapshot

STEPS: Final[Mapping[str, int]] = {"1m": MINUTE, "15m": QUARTER, "1d": DAY}
STRETCHES: Final[Mapping[int, str]] = {MINUTE: "a minute", QUARTER: "a quarter", DAY: "a day"}
"""What a formula knows as the window."""


class History:
    """The stretches of `resolution` that are still kept since `since_ms`, the one under way included.

    starts  when each begins, ascending
    """

    def __init__(self, snapshot: Snapshot, resolution: int, since_ms: int) -> None:
        self._snapshot = snapshot
        self._resolution = resolution
        self._views: dict[tuple[tuple[str, ...], tuple[str, ...]], list[CutView]] = {}
        self.starts: Sequence[int] = snapshot.book.starts(resolution, since_ms)

    def of(self, kpi: Kpi, cut: tuple[str, ...], values: tuple[str, ...]) -> list[Result]:
        """A number per start. Ratios are formed in each stretch, never merged. Only for a KPI that is formed from panes alone."""
        assert from_panes(kpi.formula), f"{kpi.name} {kpi.stat} cannot be formed from panes"
        views = self._views.get((cut, values))
        if views is None:
            views = self._views[cut, values] = [self._view(cut, values, start_ms) for start_ms in self.starts]
        if isinstance(kpi.formula, Share):
            for view, start_ms in zip(views, self.starts, strict=True):
                view.all_sums = self._counted((), (), start_ms)[0]
        return [kpi.formula.of(view) for view in views]

    def _view(self, cut: tuple[str, ...], values: tuple[str, ...], start_ms: int) -> CutView:
        sums, maxima = self._counted(cut, values, start_ms)
        return CutView(self._snapshot.book, (), sums, maxima, sums, STRETCHES[self._resolution], None, self._snapshot.now_ms, cut)

    def _counted(self, cut: tuple[str, ...], values: tuple[str, ...], start_ms: int) -> tuple[Sums, Mapping[int, list[int]]]:
        stretch = self._snapshot.book.stretch
        cells = self._snapshot.groups(cut).get(values, [])
        return merge(pane for cell in cells if (pane := stretch(cell, self._resolution, start_ms)) is not None)
