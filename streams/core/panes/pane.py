"""What is stored of one stretch of time in one cell: sums that add and subtract, and the largest values of a few durations."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from streams.core.panes.histogram import Ordered, bucket_of, edge_ms

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


class PaneStart(msgspec.Struct, array_like=True):
    """The beginning of a pane's row."""

    start_ms: int


encode_pane = msgspec.msgpack.Encoder().encode
decode_pane = msgspec.msgpack.Decoder(Pane).decode
_decode_start = msgspec.msgpack.Decoder(PaneStart).decode


def start_of(row: bytes) -> int:
    """When the stretch of a pane's row begins; the rest is not decoded."""
    return _decode_start(row).start_ms


def merge(panes: Iterable[Pane]) -> tuple[Sums, dict[int, list[int]]]:
    """Sums and largest values of panes together; of one pane, its own. What becomes 0 goes."""
    found = list(panes)
    if len(found) == 1:
        return found[0].sums, found[0].maxima
    sums: Sums = dict(found[0].sums) if found else {}
    maxima: dict[int, list[int]] = dict(found[0].maxima) if found else {}
    for pane in found[1:]:
        for field, amount in pane.sums.items():
            total = sums.get(field, 0) + amount
            if total:
                sums[field] = total
            else:
                sums.pop(field, None)
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
