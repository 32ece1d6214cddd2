"""Formulas over people at work: how many, how long, for how many customers at once (metrics.md, section 5).

A person with two queues counts in each of them, and once for the site: numbers of people are never added over queues.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from math import exp, lgamma, log, sqrt
from typing import Final

import msgspec

from schemas import fields as f
from schemas.values import SECOND_MS
from streams.core.kpis.formulas import Count
from streams.core.kpis.result import NO_SAMPLE, Result
from streams.core.kpis.view import View

STAFFED: Final = ("available", "busy", "wrap_up")
OCCUPIED: Final = ("busy", "wrap_up")
SURE: Final = 0.9


class People(msgspec.Struct, frozen=True):
    """How many are in a state now."""

    state: str

    def of(self, view: View) -> Result:
        return Result(_people(view, (self.state,)))


class Occupancy(msgspec.Struct, frozen=True):
    """Of the time that somebody could work, the share in which they did; its sample is the whole seconds of the former."""

    def of(self, view: View) -> Result:
        staffed, occupied = (f.STAFFED, f.OCCUPIED) if view.queue is None else (f.QUEUE_STAFFED, f.QUEUE_OCCUPIED)
        staffed_ms = lasted_ms(view, staffed, _people(view, STAFFED))
        if staffed_ms <= 0:
            return NO_SAMPLE
        occupied_ms = min(max(0, lasted_ms(view, occupied, _people(view, OCCUPIED))), staffed_ms)
        return Result(occupied_ms / staffed_ms, staffed_ms // SECOND_MS)


class ConversationsAtOnce(msgspec.Struct, frozen=True):
    """Conversations now / people who could have one."""

    def of(self, view: View) -> Result:
        people = _people(view, STAFFED)
        if not people:
            return Result(None, 0, reason="no_agents")
        return Result((view.standing(f.TALKING) + view.standing(f.HOLDING)) / people, people)


class RequestsPerAgent(msgspec.Struct, frozen=True):
    """Requests / people with any, hidden where these are few; its sample is the people."""

    def of(self, view: View) -> Result:
        agents = requests = 0
        for field, amount in view.sums.items():
            if field >= f.FIRST_AGENT:
                agents += 1
                requests += amount
        if not agents:
            return NO_SAMPLE
        if agents < view.min_group:
            return Result(None, agents, reason="hidden")
        return Result(requests / agents, agents)


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


def lasted_ms(view: View, spell: int, running: int) -> int:
    """How long spells lasted within the window, all together, up to now (schemas/fields.py). `running`: how many run now."""
    begin_ms, end_ms = view.window_ms
    running -= view.sums_after.get(spell, 0)
    return running * (end_ms - begin_ms) - view.sums.get(spell + 1, 0) + begin_ms * view.sums.get(spell, 0)


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


def _people(view: View, states: Sequence[str]) -> int:
    standings = f.AGENTS if view.queue is None else f.QUEUE_AGENTS
    return sum(view.standing(standings[state]) for state in states)


def _nobody_there(view: View) -> bool:
    """Whether agents are known, but none is there who could answer. Who told no queue serves all of them."""
    if not sum(view.of_everyone(standing) for standing in f.AGENTS.values()) or _people(view, STAFFED):
        return False
    return view.queue is None or not sum(view.of_everyone(f.QUEUE_AGENTS[state]) for state in STAFFED)
