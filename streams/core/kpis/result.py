"""What a formula gives: a number with the size of its sample and its interval, or the reason why there is none."""

from __future__ import annotations

from math import sqrt
from typing import Final, NamedTuple

WILSON_Z: Final = 1.959963984540054
"""Of a two-sided interval of 95 %."""


class Result(NamedTuple):
    """A number, or the reason why there is none; the size of the sample where there is one, and its interval."""

    value: float | int | None
    samples: int | None = None
    low: float | None = None
    high: float | None = None
    reason: str | None = None


NO_SAMPLE: Final = Result(None, 0, reason="no_sample")


def ratio(part: int, whole: int, bounded: bool) -> Result:
    """part / whole with its interval, or no sample."""
    if not whole:
        return NO_SAMPLE
    if not bounded:
        return Result(part / whole, whole)
    low, high = wilson(part, whole)
    return Result(part / whole, whole, low, high)


def wilson(part: int, whole: int) -> tuple[float, float]:
    """The Wilson score interval of 95 % for `part` of `whole` > 0, within 0..1."""
    p, z2 = part / whole, WILSON_Z * WILSON_Z
    centre = p + z2 / (2 * whole)
    spread = WILSON_Z * sqrt(p * (1 - p) / whole + z2 / (4 * whole * whole))
    scale = 1 + z2 / whole
    return max(0.0, (centre - spread) / scale), min(1.0, (centre + spread) / scale)
