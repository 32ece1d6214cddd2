"""Customers who were not served: whom we owe a call back, and how many were blocked (metrics.md, section 5)."""

from __future__ import annotations

from collections.abc import Iterable

from schemas import fields as f
from schemas.values import MINUTE_MS, NO_QUEUE
from streams.core.cases.contact_state import OWED_MS, Entry, cell_of, waits
from streams.core.cases.fold import Fact, Standing
from streams.core.clocks.days import Days


def owed(entries: Iterable[Entry], until_ms: int, facts: list[Fact], dues_ms: list[int]) -> tuple[Standing, ...]:
    """Since when the customer waits for a call back."""
    since: Entry | None = None
    for tries, reached in waits(entries):
        first = tries[0]
        facts.append((f.CALLBACKS_DUE, first.at_ms, cell_of(first), 0, 1))
        if reached:
            facts.append((f.CALLBACKS_REACHED, first.at_ms, cell_of(first), 0, 1))
        since = None if reached else first
    if since is None or until_ms >= since.at_ms + OWED_MS:
        return ()
    dues_ms.append(since.at_ms + OWED_MS)
    return ((f.OWED, cell_of(since), since.at_ms),)


def blocked(entries: Iterable[Entry], days: Days, interval_minutes: int, facts: list[Fact]) -> None:
    """The customer as one who was blocked: once in each stretch of time and each cut, at the latest time."""
    latest: dict[tuple[tuple[str, ...], tuple[str, ...], str, int], Entry] = {}
    for entry in entries:
        at_ms, day = entry.at_ms, days.number(entry.at_ms)
        numbers = (
            ("latest", 0),
            ("minute", at_ms // MINUTE_MS),
            ("quarter", at_ms // (15 * MINUTE_MS)),
            ("interval", days.interval_start_ms(at_ms, interval_minutes)),
            ("day", day),
            ("week", day - days.weekday(day)),
            ("month", days.month(day)),
        )
        cell = cell_of(entry)
        for cut in f.CALLER_CUTS:
            if entry.queue != NO_QUEUE or "queue" not in cut:
                values = tuple(getattr(cell, label) for label in cut)
                for stretch, number in numbers:
                    latest[cut, values, stretch, number] = entry
    facts.extend((f.CALLERS_BLOCKED[cut, stretch], entry.at_ms, cell_of(entry), 0, 1) for (cut, _, stretch, _), entry in latest.items())
