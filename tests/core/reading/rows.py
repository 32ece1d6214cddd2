"""The rows of a report, held against the figures that were read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import isclose

from streams.core.report import Report
from streams.core.row import Row
from tests.core.reading.figures import Figure
from tests.core.reading.tally import CUTS, Labels

Rows = Mapping[tuple[str, str, Labels], Row]


def rows_of(report: Report) -> Rows:
    return {(row.kpi, row.stat, tuple(sorted(row.labels.items()))): row for row in report.snapshot().rows(cuts=CUTS)}


def differences(rows: Rows, cut: Labels, figures: Iterable[Figure]) -> list[str]:
    """Where a row says another number."""
    found = []
    for figure in figures:
        labels = tuple(sorted((*cut, *figure.labels.items())))
        row = rows.get((figure.kpi, figure.stat, labels))
        if not _says(row, figure.value):
            found.append(f"{figure.kpi} {figure.stat} {dict(labels)}: {row and row.value}, read {figure.value}")
    return found


def _says(row: Row | None, value: float | None) -> bool:
    """One that is not there says that there is nothing."""
    if row is None:
        return not value
    if row.value is None or value is None:
        return row.value is None and value is None
    return isclose(row.value, value, rel_tol=1e-9)
