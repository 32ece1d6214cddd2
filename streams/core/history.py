"""One KPI over time: the panes that are kept, one number each (output.md, section 4, `/api/v1/history`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from schemas.state import DAY, MINUTE, QUARTER
from schemas.values import Cell
from streams.core.kpis.catalogue import Kpi
from streams.core.kpis.formulas import Callers, Count, Largest, Mean, Percentile, Ratio, Result, Share
from streams.core.panes.pane import Sums
from streams.core.snapshot import CutView, Snapshot, merge

STEPS: Final[Mapping[str, int]] = {"1m": MINUTE, "15m": QUARTER, "1d": DAY}


def has_history(kpi: Kpi) -> bool:
    """Whether panes alone give it. Standings are not kept, only what they are now."""
    if isinstance(kpi.formula, Ratio):
        return kpi.formula.undecided is None
    return isinstance(kpi.formula, Count | Mean | Percentile | Largest | Callers | Share)


def history(
    snapshot: Snapshot, kpi: Kpi, cut: tuple[str, ...], values: tuple[str, ...], resolution: int, since_ms: int
) -> list[tuple[int, Result]]:
    """(start, number) of each stretch still kept since `since_ms`, the one under way included; ratios formed in each, never merged.

    Only for a KPI that `has_history`.
    """
    assert has_history(kpi), f"{kpi.name} {kpi.stat} cannot be formed from panes"
    cells = snapshot.groups(cut).get(values, [])

    def counted(cells: Sequence[Cell], start_ms: int) -> tuple[Sums, dict[int, list[int]]]:
        return merge(pane for cell in cells if (pane := snapshot.book.stretch(cell, resolution, start_ms)) is not None)

    series = []
    for start_ms in snapshot.book.starts(resolution, since_ms):
        sums, maxima = counted(cells, start_ms)
        all_sums = counted(snapshot.groups(())[()], start_ms)[0] if isinstance(kpi.formula, Share) else sums
        view = CutView(snapshot.book, cells, sums, maxima, all_sums, "", None, snapshot.now_ms)
        series.append((start_ms, kpi.formula.of(view)))
    return series
