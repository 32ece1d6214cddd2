"""Formulas over what stands now, as data: how many, how old, due when."""

from __future__ import annotations

import msgspec

from streams.core.kpis.formulas import Count
from streams.core.kpis.result import NO_SAMPLE, Result, ratio
from streams.core.kpis.view import View


class Standing(msgspec.Struct, frozen=True):
    """How many stand now."""

    standings: tuple[int, ...]

    def of(self, view: View) -> Result:
        return Result(sum(view.standing(standing) for standing in self.standings))


class Oldest(msgspec.Struct, frozen=True):
    """Age of the oldest, in seconds."""

    standings: tuple[int, ...]

    def of(self, view: View) -> Result:
        age_ms = view.oldest_age_ms(self.standings)
        if age_ms is None:
            return NO_SAMPLE
        return Result(age_ms / 1000, sum(view.standing(standing) for standing in self.standings))


class Aged(msgspec.Struct, frozen=True):
    """How many are in an age band: older than `above_ms` (-1: from the newest on), not older than `up_to_ms` (None: without end)."""

    standings: tuple[int, ...]
    above_ms: int
    up_to_ms: int | None

    def of(self, view: View) -> Result:
        return Result(view.aged(self.standings, self.above_ms, self.up_to_ms))


class Backlog(msgspec.Struct, frozen=True):
    """How many are older than the limit of their queue."""

    standings: tuple[int, ...]

    def of(self, view: View) -> Result:
        return Result(view.backlog(self.standings))


class BacklogDays(msgspec.Struct, frozen=True):
    """How many days the work that stands would take at the window's pace."""

    standings: tuple[int, ...]
    done: Count

    def of(self, view: View) -> Result:
        done = self.done.amount(view.sums)
        if not done or not view.days:
            return NO_SAMPLE
        return Result(sum(view.standing(standing) for standing in self.standings) * view.days / done, done)


class ShareOfStanding(msgspec.Struct, frozen=True):
    """Of what stands on the whole site."""

    standing: int

    def of(self, view: View) -> Result:
        return ratio(view.standing(self.standing), view.everywhere(self.standing), True)


class DueWithin(msgspec.Struct, frozen=True):
    """How many stand that are due in more than `above_ms` (-1: what is past due included), and in at most `up_to_ms`. Their start is the
    instant at which they are due.
    """

    standings: tuple[int, ...]
    above_ms: int
    up_to_ms: int

    def of(self, view: View) -> Result:
        return Result(view.due(self.standings, self.above_ms, self.up_to_ms))
