"""First-contact resolution, and how often and how long customers came because of a case (metrics.md, section 5).

A case counts once, where it was first resolved: it is met with one contact until then, and in the N days after it neither a reopen nor a
contact of the same customer that may be about the same. Where there are no tickets the handled calls stand for the cases.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from operator import attrgetter
from typing import Final

from schemas import fields as f
from streams.core.cases import persons
from streams.core.cases.contact_state import AGAIN, HANDLED, REOPENED, RESOLVED, Entry, cell_of
from streams.core.cases.fold import NEVER_MS, Fact

# Fields of the units of first-contact resolution: all, met; the same, final.
CALLS: Final = (f.FIRST_CONTACT_CALLS, f.FIRST_CONTACT_CALLS_MET, f.FIRST_CONTACT_CALLS_FINAL, f.FIRST_CONTACT_CALLS_MET_FINAL)
CASES: Final = (f.FIRST_CONTACT_CASES, f.FIRST_CONTACT_CASES_MET, f.FIRST_CONTACT_CASES_FINAL, f.FIRST_CONTACT_CASES_MET_FINAL)

_at_ms = attrgetter("at_ms")


class Window:
    """The N days after something, and the contacts that may fall into them."""

    def __init__(self, repeat_ms: int, until_ms: int, came: Sequence[Entry]) -> None:
        """came  waits and handled calls, in order"""
        self.repeat_ms = repeat_ms
        self.until_ms = until_ms
        self.came = came

    def is_last(self, of: Entry) -> bool:
        """Whether the customer did not come again in the N days after it, where topics are given about the same."""
        came, at_ms = self.came, of.at_ms
        if not came or came[-1].at_ms <= at_ms:
            return True
        for place in range(bisect_right(came, at_ms, key=_at_ms), len(came)):
            entry = came[place]
            if entry.at_ms > at_ms + self.repeat_ms:
                return True
            if not of.topic or not entry.topic or of.topic == entry.topic:
                return False
        return True


def first_contact(unit: Entry, fields: tuple[int, int, int, int], met: bool, window: Window, facts: list[Fact], dues_ms: list[int]) -> None:
    """Count a case or a call: provisionally where it was resolved, finally N days later, by the clock."""
    all_, all_met, final, final_met = fields
    end_ms = unit.at_ms + window.repeat_ms
    passed = window.until_ms > end_ms
    if not passed:
        dues_ms.append(end_ms + 1)
    for cell in (cell_of(unit), persons.cell_of(unit.agent)) if unit.agent else (cell_of(unit),):
        facts.append((all_, unit.at_ms, cell, 0, 1))
        if met:
            facts.append((all_met, unit.at_ms, cell, 0, 1))
        if passed:
            facts.append((final, end_ms, cell, 0, 1))
            if met:
                facts.append((final_met, end_ms, cell, 0, 1))


def case(told: Sequence[Entry], window: Window, facts: list[Fact], dues_ms: list[int]) -> None:
    """One case: its first resolve, its last, and the calls that name it."""
    calls = [entry for entry in told if entry.kind == HANDLED]
    first = next((entry for entry in told if entry.kind == RESOLVED), None)
    again = next((entry for entry in told if entry.kind == AGAIN), None)
    if calls:
        last = calls[-1]
        facts.append((f.CASES_HANDLED, last.at_ms, cell_of(last), 0, 1))
        facts.append((f.CASES_HANDLE_MS, last.at_ms, cell_of(last), 0, sum(call.amount for call in calls)))
    reopened_ms = min((entry.at_ms for entry in told if entry.kind == REOPENED), default=NEVER_MS)
    if first is not None:
        met = _contacts(first, calls) == 1 and reopened_ms > first.at_ms + window.repeat_ms and window.is_last(first)
        first_contact(first, CASES, met, window, facts, dues_ms)
    holding = again or (first if reopened_ms == NEVER_MS else None)
    if holding is not None:
        cell = cell_of(holding)
        facts.append((f.CASES_WITH_CONTACTS, holding.at_ms, cell, 0, 1))
        contacts = _contacts(holding, calls)
        if contacts:
            facts.append((f.CASE_CONTACTS, holding.at_ms, cell, 0, contacts))


def _contacts(resolve: Entry, calls: Iterable[Entry]) -> int:
    """How often the customer came because of a case until then. The call that a ticket was logged for began its first wait."""
    before = [call.mark for call in calls if call.at_ms <= resolve.at_ms]
    return resolve.amount + len(before) - (resolve.call in before)
