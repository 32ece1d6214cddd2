"""What is kept of a customer's contacts, and how long."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Final

import msgspec

from schemas.contacts import ContactKind
from schemas.values import CHANNELS, DAY_MS, Cell

# What an entry says; 0 is a contact that was taken back.
UNSET: Final = 0
CONTACT: Final = 1
HANDLED: Final = 2
UNSERVED: Final = 3
REACHED: Final = 4
ABANDONED: Final = 5
BLOCKED: Final = 6
CLOSED: Final = 7
RESOLVED: Final = 8
REOPENED: Final = 9
AGAIN: Final = 10
BLOCKED_ONCE: Final = 11  # a block that still counts among distinct callers, and nowhere else: all else of its time is forgotten
KINDS: Final[dict[ContactKind, int]] = {
    "contact": CONTACT, "handled": HANDLED, "unserved": UNSERVED, "reached": REACHED, "abandoned": ABANDONED, "blocked": BLOCKED,
    "closed": CLOSED, "resolved": RESOLVED, "reopened": REOPENED, "again": AGAIN,
}  # fmt: skip

KEEP_MS: Final = 40 * DAY_MS
"""A contact is kept so long: longer than all that it counts for, so that what comes late finds it."""
KEEP_OPEN_MS: Final = 100 * DAY_MS
"""A call that names a case whose resolve is yet to come."""
OWED_MS: Final = 30 * DAY_MS
"""After this nobody calls back any more."""
KEEP_BLOCKED_MS: Final = 370 * DAY_MS
"""The latest block of a customer in a queue: for the year under way."""
ENTRIES_MAX: Final = 5_000
"""More contacts than that are of no person: an id that stands for many. The oldest go, or the row would be one that no topic takes."""

CAME: Final = frozenset({CONTACT, HANDLED})
COUNTED: Final = frozenset({CONTACT, HANDLED, UNSERVED})
NOT_SERVED: Final = frozenset({ABANDONED, BLOCKED, CLOSED})
TALKED: Final = frozenset({HANDLED, REACHED})
RESOLVES: Final = frozenset({RESOLVED, AGAIN})
BLOCKS: Final = frozenset({BLOCKED, BLOCKED_ONCE})


class Entry(msgspec.Struct, array_like=True, gc=False):
    """One contact as its highest revision tells it.

    mark    stands for its id: 63 bits of a hash
    amount  of a resolve the waits until then, of a handled call its handle time in ms, where it names its case
    call    of a resolve: mark of the call that the ticket was logged for, 0 if none
    agent   whose contact it was, "" where nobody is seen
    """

    mark: int
    rev: int
    kind: int
    at_ms: int
    channel: int = 0
    queue: str = ""
    case: str = ""
    topic: str = ""
    amount: int = 0
    call: int = 0
    agent: str = ""


class Customer(msgspec.Struct, array_like=True, gc=False):
    """A row.

    repeat_days, interval_minutes  of the site, as its contacts were counted
    before_ms                      the latest contact that is not among the entries any more, -1 if there is none
    """

    repeat_days: int
    interval_minutes: int
    before_ms: int = -1
    entries: list[Entry] = []


def order(entry: Entry) -> tuple[int, int]:
    """By time."""
    return entry.at_ms, entry.mark


def kept(customer: Customer, now_ms: int) -> Customer:
    """Without what nothing depends on any more: itself, if that is nothing."""
    count_ms, ends_ms = _count_until_ms(customer.entries), keep_until_ms(customer)
    entries = [entry for entry, end_ms in zip(customer.entries, ends_ms, strict=True) if end_ms > now_ms]
    worn = {entry.mark for entry, at_ms in zip(customer.entries, count_ms, strict=True) if entry.kind == BLOCKED and at_ms <= now_ms}
    if len(entries) > ENTRIES_MAX:
        entries = sorted(entries, key=order)[-ENTRIES_MAX:]
    if len(entries) == len(customer.entries) and not worn:
        return customer
    entries = [msgspec.structs.replace(entry, kind=BLOCKED_ONCE) if entry.mark in worn else entry for entry in entries]
    marks = {entry.mark for entry in entries}
    gone_ms = [entry.at_ms for entry in customer.entries if entry.kind in COUNTED and entry.mark not in marks]
    return Customer(customer.repeat_days, customer.interval_minutes, max([customer.before_ms, *gone_ms]), entries)


def waits(entries: Iterable[Entry]) -> Iterator[tuple[list[Entry], bool]]:
    """The times when the customer was not served, those together that wait for one call back; and whether they were reached.

    Who talked with us in the same instant does not wait.
    """
    tries: list[Entry] = []
    told = [entry for entry in entries if entry.kind in NOT_SERVED or entry.kind in TALKED]
    for entry in sorted(told, key=lambda entry: (entry.at_ms, entry.kind in TALKED)):
        if tries and entry.at_ms - tries[0].at_ms >= OWED_MS:
            yield tries, False
            tries = []
        if entry.kind in NOT_SERVED:
            tries.append(entry)
        elif tries:
            yield tries, True
            tries = []
    if tries:
        yield tries, False


def keep_until_ms(customer: Customer) -> list[int]:
    """Until when each of the entries is kept."""
    ends_ms = _count_until_ms(customer.entries)
    latest: dict[tuple[str, int], tuple[int, int]] = {}
    for place, entry in enumerate(customer.entries):
        if entry.kind in BLOCKS:
            cell = (entry.queue, entry.channel)
            latest[cell] = max(latest.get(cell, (-1, 0)), (entry.at_ms, place))
    for at_ms, place in latest.values():
        ends_ms[place] = at_ms + KEEP_BLOCKED_MS
    return ends_ms


def _count_until_ms(entries: Sequence[Entry]) -> list[int]:
    """Until when each of them counts for more than the distinct callers of a year."""
    if not any(entry.kind in NOT_SERVED or entry.case for entry in entries):
        return [entry.at_ms + KEEP_MS for entry in entries]
    # Who was not reached is forgotten as a whole: or the second try would be taken for the first of another wait.
    last_ms = {entry.mark: tries[-1].at_ms for tries, reached in waits(entries) if not reached for entry in tries}
    resolved_ms: dict[str, int] = {}
    for entry in entries:
        if entry.kind in RESOLVES:
            resolved_ms[entry.case] = max(resolved_ms.get(entry.case, 0), entry.at_ms)

    def until_ms(entry: Entry) -> int:
        if entry.kind != HANDLED or not entry.case:
            return last_ms.get(entry.mark, entry.at_ms) + KEEP_MS
        if entry.case not in resolved_ms:
            return entry.at_ms + KEEP_OPEN_MS
        return max(entry.at_ms, resolved_ms[entry.case]) + KEEP_MS  # as long as the resolve, which counts it

    return [until_ms(entry) for entry in entries]


def cell_of(entry: Entry) -> Cell:
    """Where it counts."""
    return _cell(entry.queue, entry.channel)


@lru_cache(4096)  # asked for with every record, and what is one object is found sooner
def _cell(queue: str, channel: int) -> Cell:
    return Cell(queue, CHANNELS[channel], "normal")
