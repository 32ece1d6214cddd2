"""Formulas over merged panes and standings, as data: names of fields, formed into a number last of all (metrics.md, section 1)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import sqrt
from typing import Final, NamedTuple, Protocol

import msgspec

from schemas import fields as f
from streams.core.panes.histogram import Ordered, percentile_ms
from streams.core.panes.pane import Sums, largest_ms
from streams.core.panes.windows import OVER

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


class View(Protocol):
    """What a formula may look at: one cut, in one window, at one moment."""

    sums: Sums
    maxima: Mapping[int, list[int]]
    all_sums: Sums
    """Of the same window over the whole site."""
    window: str
    cut: tuple[str, ...]
    """Labels that it is by."""
    target_ratio: float

    @property
    def has_tickets(self) -> bool:
        """Whether there has ever been one, anywhere."""
        ...

    def everywhere(self, standing: int) -> int:
        """How many stand on the whole site."""
        ...

    @property
    def sums_after(self) -> Sums:
        """Of what was counted since the end of the window, as far as it is told from how many there are now."""
        ...

    @property
    def days(self) -> float:
        """Length of the window."""
        ...

    def histogram(self, durations: Sequence[int]) -> Ordered:
        """Of the durations together."""
        ...

    def standing(self, standing: int) -> int: ...
    def oldest_age_ms(self, standings: Sequence[int]) -> int | None: ...
    def aged(self, standings: Sequence[int], above_ms: int, up_to_ms: int | None) -> int:
        """How many stand longer than `above_ms`, and not longer than `up_to_ms`."""
        ...

    def due(self, standings: Sequence[int], above_ms: int, up_to_ms: int) -> int:
        """How many are due in more than `above_ms` (-1: what is past due included), and in at most `up_to_ms`."""
        ...

    def backlog(self, standings: Sequence[int]) -> int:
        """How many are older than the limit of their queue."""
        ...

    def backlog_after_ms(self) -> int:
        """The limit of the queue of the cut, or of the site."""
        ...

    queue: str | None
    """Of the cut, None in a cut without one."""
    min_group: int
    """Of fewer people nothing is told that is about each of them."""

    @property
    def window_ms(self) -> tuple[int, int]:
        """When it begins and ends, now at the latest."""
        ...

    def of_everyone(self, standing: int) -> int:
        """How many stand in the cell of what belongs to no queue."""
        ...

    def lately(self) -> tuple[Sums, int]:
        """What was counted in the last quarter of an hour, whatever the window, and in how many ms."""
        ...


class Formula(Protocol):
    """Forms the number."""

    def of(self, view: View) -> Result: ...


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


class ShareOfStanding(msgspec.Struct, frozen=True):
    """Of what stands on the whole site."""

    standing: int

    def of(self, view: View) -> Result:
        return ratio(view.standing(self.standing), view.everywhere(self.standing), True)


class Callers(msgspec.Struct, frozen=True):
    """Distinct callers who were blocked. One counts once in each stretch of the calendar, and once in what ends now, whenever it began; of
    other stretches nobody knows how many were the same.
    """

    def of(self, view: View) -> Result:
        stretch = CALLER_STRETCHES.get(view.window)
        return NO_SAMPLE if stretch is None else Result(view.sums.get(f.CALLERS_BLOCKED[view.cut, stretch], 0))


CALLER_STRETCHES: Final[Mapping[str, str]] = {
    **dict.fromkeys(("5m", "15m", "30m", "1h", "interval", "today", "7d", "30d", "month", "quarter", "year", "range"), "latest"),
    **dict.fromkeys(("last_interval", "before last_interval"), "interval"),
    **dict.fromkeys(("yesterday", "before yesterday"), "day"),
    **dict.fromkeys(("last_week", "before last_week"), "week"),
    **dict.fromkeys(("last_month", "before last_month", "before month"), "month"),
    # Of a history.
    "a minute": "minute",
    "a quarter": "quarter",
    "a day": "day",
}
"""Window -> how callers count in it (schemas/fields.py)."""


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


class NetPromoters(msgspec.Struct, frozen=True):
    """Promoters less detractors, of a hundred answers."""

    promoters: Count
    detractors: Count
    answers: Count

    def of(self, view: View) -> Result:
        answers = self.answers.amount(view.sums)
        if not answers:
            return NO_SAMPLE
        return Result(100 * (self.promoters.amount(view.sums) - self.detractors.amount(view.sums)) / answers, answers)


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


def under_way(view: View, standing: int) -> int:
    """How many stand of whom the window does not know yet how they end; none in a window that is over."""
    return 0 if view.window in OVER else view.standing(standing)


def from_panes(formula: Formula) -> bool:
    """Whether panes alone give it, so that it can be told of the past. Standings are not kept, only what they are now."""
    if isinstance(formula, Ratio):
        return formula.undecided is None
    return isinstance(formula, Count | Mean | Percentile | Largest | Callers | OfCasesOrCalls | Share | PartOfSite | NetPromoters)


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
