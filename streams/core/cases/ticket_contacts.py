"""What a ticket tells of its customer (streams/core/contacts.py): when a wait began that the customer asked for, and resolves and reopens.

A ticket that was logged for a call tells of no first wait: the call is the contact. One that was carried in tells of no resolve, as
nobody knows how often the customer came before.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from streams.core.cases.kept import Kept
from streams.core.contacts import TICKET_VOICE, Contact
from streams.core.tellings import Telling

if TYPE_CHECKING:
    from streams.core.cases.ticket_state import TicketState

ASKED_MAX = 100
"""Waits of one ticket that can still change: the latest."""

TicketContactsRow = tuple[str | None, str | None, str | None, int, int, list[int], str]


class TicketContacts(Kept):
    """What the contacts of a ticket are made of.

    call_id  of the call that it was logged for
    gone     waits that are told and can no longer change
    first    waits until the first resolve, -1 before there is one
    asked    later waits: instant, place of its cell, instant, place ..
    agent_id who had it at the first resolve, "" where nobody is seen
    """

    __slots__ = ("agent_id", "asked", "call_id", "customer_id", "first", "gone", "topic")

    def __init__(self) -> None:
        self.customer_id: str | None = None
        self.topic: str | None = None
        self.call_id: str | None = None
        self.gone = 0
        self.first = -1
        self.asked: list[int] = []
        self.agent_id = ""

    def row(self) -> TicketContactsRow:
        return (self.customer_id, self.topic, self.call_id, self.gone, self.first, self.asked, self.agent_id)

    @staticmethod
    def of(row: TicketContactsRow) -> TicketContacts:
        contacts = TicketContacts()
        contacts.customer_id, contacts.topic, contacts.call_id, contacts.gone, contacts.first, contacts.asked, contacts.agent_id = row
        return contacts

    def copy(self) -> TicketContacts:
        """The same, to be changed apart from this one."""
        contacts = TicketContacts.of(self.row())
        contacts.asked = self.asked.copy()
        return contacts

    @property
    def count(self) -> int:
        """Waits so far."""
        return self.gone + len(self.asked) // 2

    def say(self, customer_id: str | None, topic: str | None) -> None:
        """Whose ticket it is, and what it is about, where that is said."""
        self.customer_id = customer_id or self.customer_id
        self.topic = topic or self.topic

    def ask(self, at_ms: int, cell_no: int) -> None:
        """The customer came, and waits from now on."""
        self.asked += (at_ms, cell_no)
        if len(self.asked) > 2 * ASKED_MAX:
            del self.asked[:2]
            self.gone += 1

    def resolve(self, agent_id: str) -> None:
        """The case is resolved, and that person has it."""
        if self.first < 0:
            self.first = self.count
            self.agent_id = agent_id


def tellings(state: TicketState) -> tuple[Telling, ...]:
    """What is to be known of it now."""
    contacts, cells, turns = state.contacts, state.cells, state.turns
    customer_id, topic, call_id = contacts.customer_id, contacts.topic, contacts.call_id
    told: list[Telling] = []
    if customer_id is not None:
        asked, gone = contacts.asked, contacts.gone
        first = 1 if call_id is not None and not gone else 0
        for number in range(first, len(asked) // 2):
            at_ms, cell_no = asked[2 * number], asked[2 * number + 1]
            told.append((f"{TICKET_VOICE}{gone + number}", Contact(customer_id, "contact", at_ms, cells[cell_no], topic=topic)))
    if turns and not state.past_unseen:
        first_resolve = Contact(
            customer_id, "resolved", turns[0], cells[turns[1]], None, topic, contacts.first, 0, call_id, contacts.agent_id or None
        )
        told.append((RESOLVED_NAME, first_resolve))
        if len(turns) > 2:
            told.append((REOPENED_NAME, Contact(customer_id, "reopened", turns[2], cells[turns[3]], topic=topic)))
            if len(turns) // 2 % 2:
                last = Contact(customer_id, "again", turns[-2], cells[turns[-1]], None, topic, contacts.count, 0, call_id)
                told.append((AGAIN_NAME, last))
    return tuple(told)


RESOLVED_NAME = f"{TICKET_VOICE}resolved"
REOPENED_NAME = f"{TICKET_VOICE}reopened"
AGAIN_NAME = f"{TICKET_VOICE}again"


def let_go(base: TicketState, state: TicketState) -> Collection[str]:
    """See `TellingFold.let_go`: waits that began before are told for good."""
    old, new = base.contacts, state.contacts
    count = len(old.asked) // 2
    names = [f"{TICKET_VOICE}{old.gone + number}" for number in range(count)]
    over = old.gone + count - new.gone  # the later state may have let some go by itself
    old.asked, old.gone = [], old.gone + count
    if over > 0:
        new.asked, new.gone = new.asked[2 * over :], new.gone + over
    return names
