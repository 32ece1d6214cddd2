"""Heartbeats of an agent, kept as runs: of those that follow one another without a silence, the first and the last.

So a week of them is a few numbers, and yet any order and any repetition of them leaves the same runs.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import Final

from schemas.values import SECOND_MS

SILENCE_MS: Final = 90 * SECOND_MS
"""Longer than this after a heartbeat is a silence."""

RUNS_MAX: Final = 500
"""Who falls silent more often within the lateness loses the oldest: a late event then finds no heartbeat there any more."""


def hear(runs: list[int], at_ms: int) -> bool:
    """Take one more heartbeat into `runs`, which are first and last by turns, ascending. False: they hold it already."""
    place = bisect_right(runs, at_ms)
    if place and (place % 2 or runs[place - 1] == at_ms):
        return False
    after_one = place > 0 and at_ms - runs[place - 1] <= SILENCE_MS
    before_one = place < len(runs) and runs[place] - at_ms <= SILENCE_MS
    if after_one and before_one:
        del runs[place - 1 : place + 1]
    elif after_one:
        runs[place - 1] = at_ms
    elif before_one:
        runs[place] = at_ms
    else:
        runs[place:place] = [at_ms, at_ms]
        del runs[: -2 * RUNS_MAX]
    return True


def begun(runs: list[int], at_ms: int) -> int:
    """How many of them began before `at_ms`."""
    return (bisect_left(runs, at_ms) + 1) // 2
