"""The formula of the expected wait: at the pace at which those before one leave the queue (metrics.md, section 5)."""

from __future__ import annotations

from functools import lru_cache
from math import exp, lgamma, log, sqrt
from typing import Final

import msgspec

from schemas import fields as f
from schemas.values import SECOND_MS
from streams.core.kpis.formulas import Count
from streams.core.kpis.result import NO_SAMPLE, Result
from streams.core.kpis.staffing import STAFFED, people
from streams.core.kpis.view import View

SURE: Final = 0.9


class ExpectedWait(msgspec.Struct, frozen=True):
    """How long the last of those who wait now will still wait, in seconds, at the pace of the last quarter of an hour.

    sure  False: at that pace; True: within this time, 9 of 10 times, as departures are a Poisson stream
    Where agents are known and none is there for it: no number. Its sample is the departures.
    """

    departures: Count
    sure: bool = False

    def of(self, view: View) -> Result:
        if _nobody_there(view):
            return Result(None, 0, reason="no_agents")
        lately, length_ms = view.lately()
        gone = self.departures.amount(lately)
        if not gone:
            return NO_SAMPLE
        waiting = view.standing(f.WAITING)
        position = sure_count(waiting) if self.sure and waiting else waiting
        return Result(position * length_ms / gone / SECOND_MS, gone)


def _nobody_there(view: View) -> bool:
    """Whether agents are known, but none is there who could answer. Who told no queue serves all of them."""
    if not sum(view.of_everyone(standing) for standing in f.AGENTS.values()) or people(view, STAFFED):
        return False
    return view.queue is None or not sum(view.of_everyone(f.QUEUE_AGENTS[state]) for state in STAFFED)


@lru_cache(maxsize=1_000)
def sure_count(departures: int) -> float:
    """How many departures have to be expected, for that many to come with 9 in 10: x with P(Poisson(x) < departures) = 0.1."""
    low, high = float(departures), departures + 10.0 * sqrt(departures) + 10.0
    for _ in range(60):
        middle = (low + high) / 2
        if _fewer(departures, middle) > 1 - SURE:
            low = middle
        else:
            high = middle
    return high


def _fewer(count: int, expected: float) -> float:
    """P(Poisson(expected) < count) for expected >= count: the last term, and from there downwards."""
    term = exp((count - 1) * log(expected) - expected - lgamma(count))
    total = 0.0
    for left in range(count - 1, -1, -1):
        total += term
        term *= left / expected
        if term < total * 1e-12:
            break
    return total
