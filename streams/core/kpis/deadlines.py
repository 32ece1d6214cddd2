"""The formula of what is due soon."""

from __future__ import annotations

import msgspec

from streams.core.kpis.formulas import Result, View


class DueWithin(msgspec.Struct, frozen=True):
    """How many stand that are due in more than `above_ms` (-1: what is past due included), and in at most `up_to_ms`. Their start is the
    instant at which they are due.
    """

    standings: tuple[int, ...]
    above_ms: int
    up_to_ms: int

    def of(self, view: View) -> Result:
        return Result(view.due(self.standings, self.above_ms, self.up_to_ms))
