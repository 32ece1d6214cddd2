"""Short words for what calls and tickets say of a customer, and what its fold makes of it. Times are hours after the start of the tale."""

from __future__ import annotations

from collections import Counter
from typing import Any
from zoneinfo import ZoneInfo

from schemas.contacts import ContactRecord
from schemas.values import HOUR_MS, Cell, EpochMs
from streams.core.cases.contact_store import ContactStore
from streams.core.cases.contacts import ContactFold
from streams.core.cases.fold import Fact
from streams.core.clocks.days import Days
from streams.core.panes.standings import Standings

START_MS = EpochMs(1_709_542_800_000)  # Monday, 2024-03-04T09:00:00Z
DAY, WEEK = 24.0, 168.0
N_DAYS = 7
BILLING = Cell("billing", "phone", "normal")
SUPPORT = Cell("support", "phone", "normal")
MAIL = Cell("post", "email", "normal")


def ms(at_h: float) -> EpochMs:
    return EpochMs(START_MS + round(at_h * HOUR_MS))


def said(contact_id: str, kind: str, at_h: float, **more: Any) -> ContactRecord:
    """The first revision of a contact, by phone in billing unless it says otherwise."""
    fields = {"rev": 1, "op": "set", "channel": "phone", "queue": "billing", **more}
    return ContactRecord(contact_id=contact_id, kind=kind, time=ms(at_h), **fields)  # type: ignore[arg-type]


def handled(contact_id: str, at_h: float, **more: Any) -> ContactRecord:
    return said(contact_id, "handled", at_h, **more)


def wrote(contact_id: str, at_h: float, **more: Any) -> ContactRecord:
    return said(contact_id, "contact", at_h, **{"channel": "email", "queue": "post", **more})


def resolved(case_id: str, at_h: float, contacts: int = 1, again: bool = False, **more: Any) -> ContactRecord:
    fields = {"channel": "email", "queue": "post", "case_id": case_id, "contacts": contacts, **more}
    name = "again" if again else "resolved"
    return said(f"{case_id}:{name}", name, at_h, **fields)


def reopened(case_id: str, at_h: float) -> ContactRecord:
    return said(f"{case_id}:reopened", "reopened", at_h, channel="email", queue="post", case_id=case_id)


class Book:
    """The contacts of one shard, driven as the shard does, with the facts and standings that they have made so far."""

    def __init__(self, *, repeat_days: int = N_DAYS, interval_minutes: int = 30, bounded: bool = True, zone: str = "UTC") -> None:
        self.fold = ContactFold(Days(ZoneInfo(zone)), interval_minutes, repeat_days)
        self.bounded = bounded
        self.facts: Counter[tuple[int, int, Cell, int]] = Counter()
        self.rows: dict[bytes, bytes] = {}
        self.stood: dict[bytes, bytes] = {}
        self.now_ms = EpochMs(0)
        self.restart()

    def restart(self) -> None:
        """Go on from the rows that were written."""
        self.standings = Standings()
        self.store = ContactStore(self.fold, standings=self.standings, bounded=self.bounded)
        for key, row in self.rows.items():
            self.store.restore(key, row)
        for key, row in self.stood.items():
            self.standings.restore(key, row)

    def hear(self, *records: ContactRecord, id_: str = "ann") -> list[str]:
        """Take in what is said of a customer; what became of each record."""
        return [self.store.add(id_, record, self.now_ms) for record in records]

    def at(self, at_h: float) -> Book:
        """The clock goes on, and everything is written."""
        self.pass_time(ms(at_h))
        return self

    def pass_time(self, now_ms: int) -> None:
        self.now_ms = EpochMs(max(self.now_ms, now_ms))
        facts: list[Fact] = []
        self.store.advance(self.now_ms, facts)
        for *key, weight in facts:
            self.facts[tuple(key)] += weight  # type: ignore[index]
        self.facts = Counter({key: weight for key, weight in self.facts.items() if weight})
        rows: list[tuple[bytes, bytes | None]] = []
        self.store.take(rows)
        for kept, changed in ((self.rows, rows), (self.stood, self.standings.take())):
            for row_key, row in changed:
                if row is None:
                    kept.pop(row_key, None)
                else:
                    kept[row_key] = row

    def count(self, field: int, cell: Cell | None = None) -> int:
        """Of a sum: the sum."""
        return sum(weight for (own, _, at, _), weight in self.facts.items() if own == field and cell in (None, at))

    def when(self, field: int) -> list[float]:
        """Hours after the start at which it counts, ascending."""
        return sorted((at_ms - START_MS) / HOUR_MS for (own, at_ms, _, _), n in self.facts.items() if own == field for _ in range(n))

    def stand(self, standing: int) -> list[tuple[Cell, int]]:
        """(cell, start) of all that stand."""
        return sorted(
            (cell, start_ms)
            for own, cell, starts in self.standings.starts()
            if own == standing
            for start_ms, count in starts.items()
            for _ in range(count)
        )

    def since(self, standing: int) -> list[float]:
        return [(start_ms - START_MS) / HOUR_MS for _, start_ms in self.stand(standing)]


def told(*records: ContactRecord, at_h: float, id_: str = "ann", **site: Any) -> Book:
    """A book that heard those records and whose clock went on."""
    book = Book(**site)
    book.hear(*records, id_=id_)
    return book.at(at_h)
