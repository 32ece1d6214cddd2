"""Formulas over people at work: how many, how long, for how many customers at once (metrics.md, section 5).

A person with two queues counts in each of them, and once for the site: numbers of people are never added over queues.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from schemas import fields as f
from schemas.values import SECOND_MS
from streams.core.kpis.result import NO_SAMPLE, Result
from streams.core.kpis.view import View

STAFFED: Final = ("available", "busy", "wrap_up")
OCCUPIED: Final = ("busy", "wrap_up")


class People(msgspec.Struct, frozen=True):
    """How many are in a state now."""

    state: str

    def of(self, view: View) -> Result:
        return Result(people(view, (self.state,)))


class Occupancy(msgspec.Struct, frozen=True):
    """Of the time that somebody could work, the share in which they did; its sample is the whole seconds of the former."""

    def of(self, view: View) -> Result:
        staffed, occupied = (f.STAFFED, f.OCCUPIED) if view.queue is None else (f.QUEUE_STAFFED, f.QUEUE_OCCUPIED)
        staffed_ms = lasted_ms(view, staffed, people(view, STAFFED))
        if staffed_ms <= 0:
            return NO_SAMPLE
        occupied_ms = min(max(0, lasted_ms(view, occupied, people(view, OCCUPIED))), staffed_ms)
        return Result(occupied_ms / staffed_ms, staffed_ms // SECOND_MS)


class ConversationsAtOnce(msgspec.Struct, frozen=True):
    """Conversations now / people who could have one."""

    def of(self, view: View) -> Result:
        there = people(view, STAFFED)
        if not there:
            return Result(None, 0, reason="no_agents")
        return Result((view.standing(f.TALKING) + view.standing(f.HOLDING)) / there, there)


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


def lasted_ms(view: View, spell: int, running: int) -> int:
    """How long spells lasted within the window, all together, up to now (schemas/fields.py). `running`: how many run now."""
    begin_ms, end_ms = view.window_ms
    running -= view.sums_after.get(spell, 0)
    return running * (end_ms - begin_ms) - view.sums.get(spell + 1, 0) + begin_ms * view.sums.get(spell, 0)


def people(view: View, states: Sequence[str]) -> int:
    """How many are in one of these states now."""
    standings = f.AGENTS if view.queue is None else f.QUEUE_AGENTS
    return sum(view.standing(standings[state]) for state in states)
