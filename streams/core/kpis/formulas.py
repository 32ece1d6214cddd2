"""Formulas over merged panes, as data: names of fields, formed into a number last of all (metrics.md, section 1)."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from streams.core.kpis.result import NO_SAMPLE, Result, ratio
from streams.core.kpis.view import View, under_way
from streams.core.panes.histogram import percentile_ms
from streams.core.panes.pane import largest_ms


class Count(msgspec.Struct, frozen=True):
    """A sum of fields, some of them subtracted."""

    plus: tuple[int, ...]
    minus: tuple[int, ...] = ()

    def amount(self, sums: Mapping[int, int]) -> int:
        """Over `sums`."""
        get = sums.get
        total = 0
        for field in self.plus:
            total += get(field, 0)
        for field in self.minus:
            total -= get(field, 0)
        return total

    def of(self, view: View) -> Result:
        return Result(self.amount(view.sums))


class Ratio(msgspec.Struct, frozen=True):
    """part / whole; `bounded`: it cannot pass 1, so it has a Wilson interval."""

    part: Count
    whole: Count
    bounded: bool = True
    undecided: int | None = None  # standing to add to the whole
    undecided_in: bool = False  # and to the part as well

    def of(self, view: View) -> Result:
        part, whole = self.part.amount(view.sums), self.whole.amount(view.sums)
        if self.undecided is not None:
            undecided = under_way(view, self.undecided)
            whole += undecided
            part += undecided if self.undecided_in else 0
        return ratio(part, whole, self.bounded)


class Mean(msgspec.Struct, frozen=True):
    """A sum of ms by a count, in seconds."""

    sum_ms: Count
    count: Count

    def of(self, view: View) -> Result:
        count = self.count.amount(view.sums)
        return Result(self.sum_ms.amount(view.sums) / count / 1000, count) if count else NO_SAMPLE


class Percentile(msgspec.Struct, frozen=True):
    """Nearest rank from the decimal histograms of the durations together, in seconds."""

    durations: tuple[int, ...]
    per_cent: int

    def of(self, view: View) -> Result:
        found = percentile_ms(view.histogram(self.durations), self.per_cent)
        if found is None:
            return NO_SAMPLE
        return Result(found / 1000, sum(view.sums.get(duration, 0) for duration in self.durations))


class Largest(msgspec.Struct, frozen=True):
    """The largest value of a duration, in seconds."""

    duration: int

    def of(self, view: View) -> Result:
        found = largest_ms(view.histogram((self.duration,)), view.maxima.get(self.duration, ()))
        return NO_SAMPLE if found is None else Result(found / 1000, view.sums[self.duration])


class OfCasesOrCalls(msgspec.Struct, frozen=True):
    """A ratio of cases; where there are no tickets, that of calls."""

    cases: Ratio
    calls: Ratio

    def of(self, view: View) -> Result:
        return (self.cases if view.has_tickets else self.calls).of(view)


class Share(msgspec.Struct, frozen=True):
    """Of the whole site's."""

    count: Count

    def of(self, view: View) -> Result:
        return ratio(self.count.amount(view.sums), self.count.amount(view.all_sums), True)


class PartOfSite(msgspec.Struct, frozen=True):
    """A count / another one of the whole site, of which it is a part."""

    part: Count
    whole: Count

    def of(self, view: View) -> Result:
        return ratio(self.part.amount(view.sums), self.whole.amount(view.all_sums), True)


class AnswersNeeded(msgspec.Struct, frozen=True):
    """How many in-time answers in a row bring the ratio back to the target (metrics.md, section 3); all in integers."""

    part: Count
    whole: Count

    def of(self, view: View) -> Result:
        decided = self.whole.amount(view.sums)
        target = round(view.target_ratio * 10_000)
        if target >= 10_000:
            return Result(None, decided, reason="unreachable")
        missing = target * decided - 10_000 * self.part.amount(view.sums)
        return Result(max(0, -(-missing // (10_000 - target))), decided)
