"""Short words to tell a survey, a customer, a view or an entry, and what its fold makes of it. Times are days after the start."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from schemas.events import (
    ArticleContacted,
    ArticleOpened,
    ArticleRead,
    CustomerActive,
    CustomerJoined,
    CustomerLeft,
    CustomerPurchased,
    FinanceEntry,
    SurveyAnswered,
    SurveySent,
)
from schemas.values import DAY_MS, Cell, EpochMs
from streams.core.cases.articles import VIEWS
from streams.core.cases.customers import CUSTOMERS
from streams.core.cases.finance import ENTRIES
from streams.core.cases.fold import Fact, Standing
from streams.core.cases.surveys import SURVEYS
from streams.core.clocks.policy import Policy

START_MS = EpochMs(1_709_510_400_000)  # Monday, 2024-03-04T00:00:00Z
POLICY = Policy()
FOLDS: dict[str, Any] = {"surveys": SURVEYS, "customers": CUSTOMERS, "articles": VIEWS, "finance": ENTRIES}


def ms(day: float) -> EpochMs:
    return EpochMs(START_MS + round(day * DAY_MS))


def answered(day: float, score: float, kind: str = "csat", survey_id: str = "S1", **more: Any) -> SurveyAnswered:
    return SurveyAnswered(id="", time=ms(day), survey_id=survey_id, kind=kind, score=score, **more)  # type: ignore[arg-type]


def sent(day: float, kind: str = "csat", survey_id: str = "S1", **more: Any) -> SurveySent:
    return SurveySent(id="", time=ms(day), survey_id=survey_id, kind=kind, **more)  # type: ignore[arg-type]


def joined(day: float, customer_id: str = "U1", **more: Any) -> CustomerJoined:
    return CustomerJoined(id="", time=ms(day), customer_id=customer_id, **more)


def left(day: float, customer_id: str = "U1") -> CustomerLeft:
    return CustomerLeft(id="", time=ms(day), customer_id=customer_id)


def purchased(day: float, amount: str = "10", customer_id: str = "U1") -> CustomerPurchased:
    return CustomerPurchased(id="", time=ms(day), customer_id=customer_id, amount=amount, currency="EUR")


def active(day: float, customer_id: str = "U1") -> CustomerActive:
    return CustomerActive(id="", time=ms(day), customer_id=customer_id, kind="visit")


def opened(day: float, article: str = "reset", view_id: str = "V1") -> ArticleOpened:
    return ArticleOpened(id="", time=ms(day), view_id=view_id, article=article)


def read(day: float, seconds: float, view_id: str = "V1") -> ArticleRead:
    return ArticleRead(id="", time=ms(day), view_id=view_id, seconds=seconds)


def contacted(day: float, view_id: str = "V1") -> ArticleContacted:
    return ArticleContacted(id="", time=ms(day), view_id=view_id)


def entry(day: float, kind: str, amount: str, period: str, entry_id: str = "E1") -> FinanceEntry:
    return FinanceEntry(id="", time=ms(day), entry_id=entry_id, kind=kind, amount=amount, currency="EUR", period=period)  # type: ignore[arg-type]


class Tale(NamedTuple):
    """What was told, folded. `facts`: net amounts by (field, instant, cell)."""

    facts: Counter[tuple[int, int, Cell]]
    standings: tuple[Standing, ...]

    def at(self, day: float, cell: Cell | None = None) -> dict[int, int]:
        """Amounts by field at that instant, in one cell or in all that are about nobody."""
        found: Counter[int] = Counter()
        for (field, at_ms, where), amount in self.facts.items():
            if at_ms == ms(day) and (where == cell if cell is not None else not where.about):
                found[field] += amount
        return dict(found)

    def total(self, field: int) -> int:
        """Over all time, in cells about nobody."""
        return sum(amount for (one, _, where), amount in self.facts.items() if one == field and not where.about)


def tell(*events: Any, now: float | None = None, policy: Policy = POLICY) -> Tale:
    """Fold the events of one case as told, in order of time; without `now` the clock stands at the last of them."""
    for number, event in enumerate(events):
        event.id = event.id or f"e{number:02}"
    ordered = sorted(events, key=order)
    fold = next(fold for fold in FOLDS.values() if type(ordered[0]) in fold.event_types)
    return folded(fold, ordered, ordered[-1].time if now is None else ms(now), policy)


def folded(fold: Any, events: Sequence[Any], now_ms: int, policy: Policy = POLICY) -> Tale:
    """Events in order -> what is true at `now_ms`."""
    facts: list[Fact] = []
    state = fold.begin(None, events)
    for event in events:
        fold.step(state, event, policy, facts)
    fold.pass_due(state, now_ms, policy, facts)
    return Tale(net(facts), fold.standings(state))


def order(event: Any) -> tuple[int, int, int, str]:
    return event.time, event.seq, event.RANK, event.id


def net(facts: Iterable[Fact]) -> Counter[tuple[int, int, Cell]]:
    """What is asserted and not taken back. A duration also tells its value, so that a wrong one shows."""
    sums: Counter[tuple[int, int, Cell]] = Counter()
    for field, at_ms, cell, value, weight in facts:
        sums[field, at_ms, cell] += weight
        sums[-field, at_ms, cell] += weight * value
    return Counter({key: amount for key, amount in sums.items() if amount})
