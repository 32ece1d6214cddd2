"""Facts into deltas, deltas into sums and largest values: the part of panes that runs for each fact."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from schemas.fields import DURATIONS, NAMED_FIELDS, WITH_MAXIMUM
from schemas.values import Cell
from streams.core.cases.fold import Fact
from streams.core.panes.histogram import SHIFT, bucket_of
from streams.core.panes.pane import KEPT_MAXIMA, Delta, Sums

_COUNT, _DURATION, _WITH_MAXIMUM = range(3)
_FORMS: Final = tuple(_WITH_MAXIMUM if d in WITH_MAXIMUM else _DURATION if d in DURATIONS else _COUNT for d in range(NAMED_FIELDS))
"""By field."""


def add_facts(deltas: dict[tuple[Cell, int], Delta], facts: Iterable[Fact], step_ms: int, since_ms: int | None = None) -> None:
    """Add facts to the deltas of (cell, number of the stretch of `step_ms`). Facts before `since_ms` are left out."""
    last_cell: Cell | None = None
    last_stretch = -1
    delta = Delta()
    sums: Sums = {}
    for field, at_ms, cell, value, weight in facts:
        if since_ms is not None and at_ms < since_ms:
            continue
        stretch = at_ms // step_ms
        if stretch != last_stretch or cell is not last_cell:
            # The facts of one event mostly share cell and minute: looked up once.
            found = deltas.get((cell, stretch))
            if found is None:
                found = deltas[cell, stretch] = Delta({}, [])
            delta, sums = found, found.sums
            last_cell, last_stretch = cell, stretch
        sums[field] = sums.get(field, 0) + weight
        if field >= NAMED_FIELDS:
            continue
        form = _FORMS[field]
        if form == _COUNT:
            continue
        sums[field + 1] = sums.get(field + 1, 0) + weight * value
        bucket = (field + 1) << SHIFT | bucket_of(value)
        sums[bucket] = sums.get(bucket, 0) + weight
        if form == _WITH_MAXIMUM:
            delta.values.append((field, value, weight))


def add_sums(into: Sums, more: Mapping[int, int], weight: int = 1) -> None:
    """Add `more` to `into`; what becomes 0 goes."""
    for field, amount in more.items():
        total = into.get(field, 0) + weight * amount
        if total:
            into[field] = total
        else:
            into.pop(field, None)


def change_maxima(maxima: dict[int, list[int]], values: Sequence[tuple[int, int, int]], keep: int = KEPT_MAXIMA) -> None:
    """Bring the largest values, (duration, value, weight) each, up to date, keeping `keep` of each duration.

    A value that goes and is not among them was smaller than all of them: nothing changes.
    """
    if any(weight < 0 for _, _, weight in values):
        values = _taken_back(maxima, values)
    for duration, value, weight in values:
        kept = maxima.get(duration)
        if kept is None:
            kept = maxima[duration] = []
        for _ in range(weight):
            if len(kept) < keep:
                insort(kept, value)
            elif value > kept[0]:
                del kept[0]
                insort(kept, value)


def _taken_back(maxima: dict[int, list[int]], values: Sequence[tuple[int, int, int]]) -> list[tuple[int, int, int]]:
    """Take out what goes, and return what comes. What came and went within one change leaves no trace, in whatever order it did."""
    net: dict[tuple[int, int], int] = {}
    for duration, value, weight in values:
        net[duration, value] = net.get((duration, value), 0) + weight
    for (duration, value), weight in net.items():
        kept = maxima.get(duration, [])
        for _ in range(-weight):
            at = bisect_left(kept, value)
            if at < len(kept) and kept[at] == value:
                del kept[at]
    return [(duration, value, weight) for (duration, value), weight in net.items() if weight > 0]
