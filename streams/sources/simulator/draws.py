"""Random lengths and instants. Every one comes from a random.Random that is handed in; nothing here keeps state."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from typing import TypeVar

from .centre import Patience, Spread

T = TypeVar("T")


def branch(rng: random.Random) -> random.Random:
    """A stream of its own, so that more draws for one purpose change nothing for the others."""
    return random.Random(rng.getrandbits(64))


def length_ms(rng: random.Random, spread: Spread, shortest_ms: int = 1000) -> int:
    return max(shortest_ms, round(rng.lognormvariate(math.log(spread.median_s), spread.sigma) * 1000))


def patience_ms(rng: random.Random, patience: Patience) -> int:
    """At least half a second; who balks is gone within 5 s."""
    if rng.random() < patience.balk:
        return round(rng.uniform(500, 5_000))
    return max(500, round(rng.weibullvariate(patience.scale_s, patience.shape) * 1000))


def next_arrival_ms(rng: random.Random, now_ms: int, per_hour_max: float, share: Callable[[int], float], give_up_ms: int) -> int:
    """The next instant of a Poisson process with the rate `per_hour_max * share(t)`, by thinning. `share` lies in 0..1.

    Not before `now_ms`; whole milliseconds. From `give_up_ms` on it returns that instant as it is: ask again from there.
    """
    at = float(now_ms)
    per_ms = per_hour_max / 3_600_000
    while True:
        at += rng.expovariate(per_ms)
        if at >= give_up_ms:
            return give_up_ms
        if rng.random() < share(int(at)):
            return int(at)


def one_of(rng: random.Random, weighted: Sequence[tuple[T, float]]) -> T:
    at = rng.random() * sum(weight for _, weight in weighted)
    for value, weight in weighted:
        at -= weight
        if at < 0:
            return value
    return weighted[-1][0]
