"""The fold of one customer: all contacts that calls and tickets tell of, whoever tells them and in whatever order.

There is no log and no order: of each contact the highest revision is kept, and what counts is a function of the contacts that are set and
of the clock. So a change is: what counted before is taken back, what counts now is asserted. A case whose customer nobody knows is folded
as a customer of its own; then only that counts which does not ask whose contacts they are.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

from schemas import fields as f
from schemas.values import CHANNELS, DAY_MS, NO_QUEUE, Cell
from streams.core.cases.contact_state import BLOCKS, CAME, COUNTED, HANDLED, NOT_SERVED, Customer, Entry, cell_of, order
from streams.core.cases.first_contact import CALLS, Window, case, first_contact
from streams.core.cases.fold import NEVER_MS, Fact, Standing
from streams.core.cases.unserved import blocked, owed
from streams.core.clocks.days import Days

PREFERRED_DAYS: Final = 30


class Folded(NamedTuple):
    """What counts, what stands, and the lowest clock at which something else will."""

    facts: list[Fact]
    standings: tuple[Standing, ...]
    due_ms: int


class ContactFold:
    """What contacts count for at a site: with days and intervals of its zone, and N of its limits."""

    def __init__(self, days: Days, interval_minutes: int, repeat_days: int) -> None:
        self.interval_minutes = interval_minutes
        self.repeat_days = repeat_days
        self._days = days

    def folded(self, customer: Customer, until_ms: int, *, known: bool) -> Folded:
        """All that the contacts of `customer` make at the clock `until_ms`, under the N and the interval of its row.

        known  False: it is a case whose customer nobody knows
        """
        entries = customer.entries
        if len(entries) > 1:
            entries = sorted(entries, key=order)
        came = [entry for entry in entries if entry.kind in CAME]
        window = Window(customer.repeat_days * DAY_MS, until_ms, came)
        facts: list[Fact] = []
        standings: tuple[Standing, ...] = ()
        dues_ms = [NEVER_MS]
        if known:
            _repeats(entries, customer.before_ms, window.repeat_ms, facts)
            for entry in came:
                if entry.kind == HANDLED:
                    first_contact(entry, CALLS, window.is_last(entry), window, facts, dues_ms)
            standings = _preferred(entries, until_ms, self._days, dues_ms)
            if any(entry.kind in NOT_SERVED or entry.kind in BLOCKS for entry in entries):
                standings += owed(entries, until_ms, facts, dues_ms)
                blocked([entry for entry in entries if entry.kind in BLOCKS], self._days, customer.interval_minutes, facts)
        for told in _cases(entries):
            case(told, window, facts, dues_ms)
        return Folded(facts, standings, min(dues_ms))


def _cases(entries: Iterable[Entry]) -> Iterable[list[Entry]]:
    """What was told of each case."""
    cases: dict[str, list[Entry]] = {}
    for entry in entries:
        if entry.case:
            cases.setdefault(entry.case, []).append(entry)
    return cases.values()


def _repeats(entries: Iterable[Entry], before_ms: int, repeat_ms: int, facts: list[Fact]) -> None:
    """Contacts, and which of them had an earlier one not long before."""
    earlier_ms = latest_ms = before_ms
    for entry in entries:
        if entry.kind in COUNTED:
            if entry.at_ms > latest_ms:
                earlier_ms, latest_ms = latest_ms, entry.at_ms
            cell = cell_of(entry)
            facts.append((f.CONTACTS, entry.at_ms, cell, 0, 1))
            if earlier_ms >= 0 and 0 < entry.at_ms - earlier_ms <= repeat_ms:
                facts.append((f.CONTACTS_REPEATED, entry.at_ms, cell, 0, 1))


def _preferred(entries: Iterable[Entry], until_ms: int, days: Days, dues_ms: list[int]) -> tuple[Standing, ...]:
    """The channel that the customer used most in 30 business days, today among them; of two the one used last."""
    if until_ms >= NEVER_MS - 1:
        return ()
    first_ms = days.start_ms(days.number(until_ms) - PREFERRED_DAYS + 1)
    counted = [entry for entry in entries if entry.kind in COUNTED and entry.at_ms >= first_ms]
    if not counted:
        return ()
    used: dict[int, tuple[int, int, int]] = {}
    for entry in counted:
        channel = entry.channel
        used[channel] = (used[channel][0] + 1 if channel in used else 1, entry.at_ms, -channel)
    # Where there is but one channel, nothing changes before the last of them leaves.
    leaves = counted[-1] if len(used) == 1 else counted[0]
    dues_ms.append(days.start_ms(days.number(leaves.at_ms) + PREFERRED_DAYS))
    return (_PREFERRED[-max(used.values())[2]],)


_PREFERRED: Final = tuple((f.PREFERRED, Cell(NO_QUEUE, channel, "normal"), 0) for channel in CHANNELS)
