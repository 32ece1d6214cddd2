"""The decimal histogram: a duration is rounded up to three significant digits of milliseconds (metrics.md, section 1).

5,234 ms -> 5,240 ms. So a percentile errs by less than 1 %, every threshold of up to three significant digits (20 s, 4 min, 24 h) is
an edge, and counts within a threshold are exact. Buckets are entries of a pane (schemas/fields.py): they add, subtract and merge like
everything in it.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from typing import Final

from schemas.fields import FIRST_AGENT
from schemas.values import DurationMs

SHIFT: Final = 20
BUCKET_MASK: Final = (1 << SHIFT) - 1
ABOVE_ALL: Final = BUCKET_MASK
"""The bucket of what lies above the highest edge, in histograms that were reduced to a few edges."""
SUM_MS: Final = BUCKET_MASK - 1
"""Not a bucket: the sum in ms of such a histogram, which begins anew together with its buckets when the edges change."""


def bucket_of(value_ms: int) -> int:
    """The number of the bucket of `value_ms` >= 0; buckets have the order of their values."""
    exponent = 0
    while value_ms >= 1000:
        value_ms = -(-value_ms // 10)
        exponent += 1000
    return exponent + value_ms


def edge_ms(bucket: int) -> DurationMs:
    """The largest duration in `bucket`."""
    exponent, digits = divmod(bucket, 1000)
    return DurationMs(digits * 10**exponent)


def bucket_field(duration: int, bucket: int) -> int:
    """The pane key of one bucket of `duration`."""
    return (duration + 1) << SHIFT | bucket


Ordered = Sequence[tuple[int, int]]
"""(bucket, count) in ascending order."""


def by_duration(sums: Mapping[int, int]) -> dict[int, Ordered]:
    """All histograms among `sums`, by duration."""
    fields = sorted(sums)
    at, end = bisect_left(fields, 1 << SHIFT), bisect_left(fields, FIRST_AGENT)
    found: dict[int, Ordered] = {}
    while at < end:
        prefix = fields[at] >> SHIFT
        after = bisect_left(fields, (prefix + 1) << SHIFT, at, end)
        found[prefix - 1] = [(field & BUCKET_MASK, sums[field]) for field in fields[at:after]]
        at = after
    return found


def together(histograms: Sequence[Ordered]) -> Ordered:
    """One histogram of several."""
    if len(histograms) == 1:
        return histograms[0]
    merged: dict[int, int] = {}
    for ordered in histograms:
        for bucket, count in ordered:
            merged[bucket] = merged.get(bucket, 0) + count
    return sorted(merged.items())


def percentile_ms(ordered: Ordered, per_cent: int) -> DurationMs | None:
    """Nearest rank: the upper edge of the bucket with the smallest value that at least `per_cent` % of all do not exceed.

    Returns None without values.
    """
    total = sum(count for _, count in ordered)
    if not total:
        return None
    rank = -(-total * per_cent // 100)
    for bucket, count in ordered:
        rank -= count
        if rank <= 0:
            return edge_ms(bucket)
    raise AssertionError("ranks end within the total")


class Edges:
    """A few edges per duration, to which fine buckets are added up."""

    def __init__(self, edges_ms: Mapping[int, Sequence[int]]) -> None:
        """Edges ascend and have at most three significant digits, so that each is the end of a bucket."""
        assert all(edge_ms(bucket_of(edge)) == edge for edges in edges_ms.values() for edge in edges)
        self._buckets = {duration: [bucket_of(edge) for edge in edges] for duration, edges in edges_ms.items()}

    def reduce(self, sums: Mapping[int, int]) -> dict[int, int]:
        """Histograms of the durations that have edges.

        Keyed by the edge's own bucket, ABOVE_ALL over the highest; the sum in ms stands under SUM_MS.
        """
        reduced: dict[int, int] = {}
        for field, amount in sums.items():
            if not field >> SHIFT:
                if field - 1 in self._buckets:
                    reduced[bucket_field(field - 1, SUM_MS)] = amount
                continue
            buckets_ = self._buckets.get((field >> SHIFT) - 1)
            if buckets_ is not None:
                found = bisect_left(buckets_, field & BUCKET_MASK)
                key = bucket_field((field >> SHIFT) - 1, buckets_[found] if found < len(buckets_) else ABOVE_ALL)
                reduced[key] = reduced.get(key, 0) + amount
        return reduced
