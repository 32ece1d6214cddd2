"""What goes on beside the calls: customers come, look around, buy and leave; they read the help pages; books are kept.

Customers who were there before the start are known by what they do. Whoever joins gets the next number and is one of them from then on.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date, timedelta

from schemas.values import MINUTE_MS

from .centre import Centre, Spread
from .draws import length_ms, one_of
from .local import LocalTime
from .tape import Fields, Subject, Tape

_ARTICLES = (
    ("track-a-parcel", 0.3),
    ("return-an-order", 0.25),
    ("pay-by-invoice", 0.15),
    ("reset-password", 0.15),
    ("sizes", 0.1),
    ("careers", 0.05),
)
_PROGRAMS = ("friends", "partners")
_DEEDS = (("visit", 0.7), ("login", 0.2), ("social", 0.07), ("contact", 0.03))
_READING = Spread(25, 1.0)
_BEAT_MS = 15_000
_ASKS = 0.08
_PRICE = Spread(48, 0.7)
_SALARY = 3_900
_EPOCH = date(1970, 1, 1)


class Shop:
    """Speaks on the tape. `stream(per_hour, do)` has something done at random instants, more often in busy hours."""

    def __init__(
        self, centre: Centre, tape: Tape, rng: random.Random, local: LocalTime, stream: Callable[[float, Callable[[], None]], None]
    ) -> None:
        self._tape = tape
        self._rng = rng
        self._local = local
        self._currency = centre.shop.currency
        self._people = sum(team.size for team in centre.teams)
        self._customers = centre.customers
        self._gone: set[int] = set()
        self._sold_cents = 0
        for per_hour, do in (
            (centre.shop.deeds_per_hour, self._act),
            (centre.shop.purchases_per_hour, self._buy),
            (centre.shop.joins_per_hour, self._join),
            (centre.shop.leaves_per_hour, self._leave),
            (centre.shop.views_per_hour, self._open_article),
        ):
            stream(per_hour, do)
        self._tape.at(tape.now_ms, self._open_books)

    # --- customers ---------------------------------------------------------------------------------------------------------

    def _somebody(self) -> str:
        number = self._rng.randrange(self._customers)
        while number in self._gone:
            number = self._rng.randrange(self._customers)
        return _name(number)

    def _say(self, customer: str, kind: str, fields: Fields) -> None:
        self._tape.say(Subject("customers", customer), f"customer.{kind}", fields)

    def _act(self) -> None:
        self._say(self._somebody(), "active", {"kind": one_of(self._rng, _DEEDS)})

    def _buy(self) -> None:
        cents = length_ms(self._rng, _PRICE) // 10
        self._sold_cents += cents
        self._say(self._somebody(), "purchased", {"amount": _amount(cents), "currency": self._currency})

    def _join(self) -> None:
        fields: Fields = {}
        if self._rng.random() < 0.3:
            fields["referred_by"] = self._somebody()
            if self._rng.random() < 0.5:
                fields["program"] = self._rng.choice(_PROGRAMS)
        self._say(_name(self._customers), "joined", fields)
        self._customers += 1

    def _leave(self) -> None:
        if len(self._gone) < self._customers // 2:
            customer = self._somebody()
            self._gone.add(int(customer.rpartition("-")[2]))
            self._say(customer, "left", {"reason": self._rng.choice(("price", "moved away", "not said"))})

    # --- the help pages ----------------------------------------------------------------------------------------------------

    def _open_article(self) -> None:
        view = Subject("articles", self._tape.new_id("articles"))
        self._tape.say(view, "article.opened", {"article": one_of(self._rng, _ARTICLES)})
        reads_ms = length_ms(self._rng, _READING)
        for beat_ms in range(_BEAT_MS, reads_ms, _BEAT_MS):
            self._tape.after(beat_ms, self._read, view, beat_ms)
        self._tape.after(reads_ms, self._read, view, reads_ms)
        if self._rng.random() < _ASKS:
            self._tape.after(reads_ms + 2_000, self._tape.say, view, "article.contacted", {})

    def _read(self, view: Subject, read_ms: int) -> None:
        self._tape.say(view, "article.read", {"seconds": read_ms / 1000})

    # --- the books ---------------------------------------------------------------------------------------------------------

    def _open_books(self) -> None:
        """The month under way: what it has cost so far, with today, and what was earned before."""
        today = self._date()
        self._book_costs(today.day)
        self._book("revenue", self._people * _SALARY * 12 * 100 * (today.day - 1) // 30)
        self._plan_close()

    def _plan_close(self) -> None:
        tomorrow = self._local.day(self._tape.now_ms) + 1
        self._tape.at(self._local.instant(tomorrow, 0) + 5 * MINUTE_MS, self._close_day)

    def _close_day(self) -> None:
        """Shortly after midnight: what the day before earned, and what the new one costs."""
        sold, self._sold_cents = self._sold_cents, 0
        self._book("revenue", sold, self._date() - timedelta(days=1))
        self._book_costs(1)
        self._plan_close()

    def _book_costs(self, days: int) -> None:
        for cents in (self._people * _SALARY * 100, self._people * 7_950):  # a month of salaries, and of what people work with
            self._book("support_cost", cents * days // 30)

    def _book(self, kind: str, cents: int, day: date | None = None) -> None:
        period = f"{day or self._date():%Y-%m}"
        entry = Subject("finance", self._tape.new_id("finance"))
        fields: Fields = {"kind": kind, "amount": _amount(cents), "currency": self._currency, "period": period}
        self._tape.say(entry, "finance.entry", fields)

    def _date(self) -> date:
        return _EPOCH + timedelta(days=self._local.day(self._tape.now_ms))


def _name(number: int) -> str:
    return f"cust-{number:05d}"


def _amount(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02d}"
