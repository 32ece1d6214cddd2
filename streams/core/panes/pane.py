"""What is stored of one stretch of time in one cell: sums that add and subtract, and the largest values of a few durations."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import msgspec

from schemas.fields import DURATIONS, NAMED_FIELDS, WITH_MAXIMUM
from schemas.values import Cell
from streams.core.cases.fold import Fact
from streams.core.panes.histogram import SHIFT, Ordered, bucket_of, edge_ms

Sums = dict[int, int]
"""field -> count, sum in ms or bucket count (schemas/fields.py). An absent entry is 0; none is negative in a pane."""

KEPT_MAXIMA = 8
KEEP_ALL = 1 << 60


class Pane(msgspec.Struct, array_like=True, gc=False):
    """`start_ms` of the stretch, its sums, and the largest values of each duration with a maximum, ascending."""

    start_ms: int
    sums: Sums = {}
    maxima: dict[int, list[int]] = {}


class Delta(msgspec.Struct, gc=False):
    """A change of a pane: sums to add, and the values of durations with a maximum that came (weight 1) or went (-1)."""

    sums: Sums = {}
    values: list[tuple[int, int, int]] = []


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


def change_maxima(maxima: dict[int, list[int]], values: Iterable[tuple[int, int, int]], keep: int = KEPT_MAXIMA) -> None:
    """Bring the largest values up to date, keeping `keep` of each duration.

    A value that goes and is not among them was smaller than all of them: nothing changes.
    """
    # What came and went within one change leaves no trace, in whatever order it did.
    net: dict[tuple[int, int], int] = {}
    for duration, value, weight in values:
        net[duration, value] = net.get((duration, value), 0) + weight
    for (duration, value), weight in net.items():
        kept = maxima.setdefault(duration, [])
        for _ in range(weight):
            insort(kept, value)
        for _ in range(-weight):
            at = bisect_left(kept, value)
            if at < len(kept) and kept[at] == value:
                del kept[at]
    for kept in maxima.values():
        del kept[: max(0, len(kept) - keep)]


def merge(panes: Iterable[Pane]) -> tuple[Sums, dict[int, list[int]]]:
    """Sums and largest values of panes together; of one pane, its own."""
    found = list(panes)
    if len(found) == 1:
        return found[0].sums, found[0].maxima
    sums: Sums = dict(found[0].sums) if found else {}
    maxima: dict[int, list[int]] = dict(found[0].maxima) if found else {}
    for pane in found[1:]:
        for field, amount in pane.sums.items():
            sums[field] = sums.get(field, 0) + amount
        for duration, values in pane.maxima.items():
            maxima[duration] = sorted(maxima.get(duration, []) + values)[-KEPT_MAXIMA:]
    return sums, maxima


def largest_ms(ordered: Ordered, kept: Sequence[int]) -> int | None:
    """The largest value of a duration, None without values.

    ordered  its histogram
    kept     its largest values, ascending. Where retractions used up those of the top bucket, the edge of that bucket stands
    """
    if not ordered:
        return None
    top = ordered[-1][0]
    return kept[-1] if kept and bucket_of(kept[-1]) == top else edge_ms(top)
