"""What is kept of a ticket between its events."""

from __future__ import annotations

from typing import Final

from schemas import fields as f
from schemas.values import NO_QUEUE, Cell
from streams.core.cases.fold import Fact
from streams.core.cases.kept import Kept
from streams.core.cases.sla_clocks import SlaClocks, SlaClocksRow
from streams.core.cases.ticket_contacts import TicketContacts, TicketContactsRow

# Stages of a ticket beside the standings of unresolved ones, f.UNRESOLVED, which are the other values of `TicketState.stage`.
UNOPENED: Final = 0
RESOLVED: Final = 1
GONE: Final = 2  # merged or deleted
OPEN: Final = f.UNRESOLVED["open"]
BOT: Final = f.UNRESOLVED["bot"]
PAUSED: Final = frozenset({f.UNRESOLVED["pending"], f.UNRESOLVED["on_hold"]})
"""Stages whose time the working variants leave out."""

NONE: Final = -1
"""No instant, no length: never so far."""
UNSEEN: Final = -2
"""It was, but before the ticket was known: neither asserted nor to come."""

UNLABELLED: Final = Cell(NO_QUEUE, "other", "normal")
"""Labels of a ticket that has not said any."""

# What `ticket.created` says of the opening, as `TicketState.origin`.
NOT_SAID: Final = 0  # none seen: opened by the customer
REQUEST: Final = 1  # by the customer or a system
CALL_LOG: Final = 2  # the same, but logged for a call, which is the request
BY_AGENT: Final = 3


TicketStateRow = tuple[
    list[Cell], int, int, int, int, int, bool, int, int, int, int, bool, bool, int, int, bool, int, list[int], int, int, int, int,
    SlaClocksRow | None, TicketContactsRow, str, bool, bool, tuple[int, int, int] | None, int, int,
]  # fmt: skip


class TicketState(Kept):
    """All that the next event needs to know. Instants in epoch ms, lengths in ms, both NONE where there is none.

    cells   label sets so far, [0] those of the opening; other fields name one by its place here
    stage   UNOPENED, RESOLVED, GONE, or the standing of the status, one of f.UNRESOLVED
    turns   resolves and reopens by turns, a resolve first: instant, place of its cell, instant, place ..
    moved   where it went from one calendar to another: business time under former ones, of the case and of its wait, and since when the
            present one holds
    """

    __slots__ = (
        "agent_id",
        "assigned_ms",
        "assigned_no",
        "bot_wrote",
        "cell_no",
        "cells",
        "cohort_ms",
        "contacts",
        "created_ms",
        "due_ms",
        "ended_ms",
        "escalated",
        "first_business_ms",
        "first_ms",
        "first_working_ms",
        "full_business_ms",
        "full_ms",
        "full_working_ms",
        "human_wrote",
        "moved",
        "origin",
        "past_unseen",
        "pause_ms",
        "paused_ms",
        "person",
        "reassigned",
        "sla",
        "stage",
        "turns",
        "wait_ms",
    )

    def __init__(self) -> None:
        self.cells: list[Cell] = []
        self.cell_no: int = 0  # labels in force
        self.origin: int = NOT_SAID
        self.stage: int = UNOPENED
        self.created_ms: int = NONE  # age and resolution run from here
        self.cohort_ms: int = NONE  # counted as created here
        self.person: bool = False
        self.assigned_ms: int = NONE
        self.assigned_no: int = 0
        self.wait_ms: int = NONE  # since when an answer is owed
        self.due_ms: int = NONE  # target of the wait, until it has passed; HELD while it stands
        self.human_wrote: bool = False
        self.bot_wrote: bool = False
        self.pause_ms: int = NONE  # since when in pending or on_hold
        self.paused_ms: int = 0
        self.past_unseen: bool = False  # the case is older than what is known of it
        self.ended_ms: int = NONE
        self.turns: list[int] = []
        self.first_ms: int = NONE  # resolutions as asserted
        self.first_working_ms: int = NONE
        self.full_ms: int = NONE
        self.full_working_ms: int = NONE
        self.sla: SlaClocks | None = None  # None: the policy promises nothing to anybody
        self.contacts = TicketContacts()
        self.agent_id = ""  # the last person who had it
        self.escalated = False
        self.reassigned = False
        self.moved: tuple[int, int, int] | None = None
        self.first_business_ms: int = NONE
        self.full_business_ms: int = NONE

    def row(self) -> TicketStateRow:
        return (
            self.cells,
            self.cell_no,
            self.origin,
            self.stage,
            self.created_ms,
            self.cohort_ms,
            self.person,
            self.assigned_ms,
            self.assigned_no,
            self.wait_ms,
            self.due_ms,
            self.human_wrote,
            self.bot_wrote,
            self.pause_ms,
            self.paused_ms,
            self.past_unseen,
            self.ended_ms,
            self.turns,
            self.first_ms,
            self.first_working_ms,
            self.full_ms,
            self.full_working_ms,
            None if self.sla is None else self.sla.row(),
            self.contacts.row(),
            self.agent_id,
            self.escalated,
            self.reassigned,
            self.moved,
            self.first_business_ms,
            self.full_business_ms,
        )

    @staticmethod
    def of(row: TicketStateRow) -> TicketState:
        state = TicketState()
        (
            state.cells,
            state.cell_no,
            state.origin,
            state.stage,
            state.created_ms,
            state.cohort_ms,
            state.person,
            state.assigned_ms,
            state.assigned_no,
            state.wait_ms,
            state.due_ms,
            state.human_wrote,
            state.bot_wrote,
            state.pause_ms,
            state.paused_ms,
            state.past_unseen,
            state.ended_ms,
            state.turns,
            state.first_ms,
            state.first_working_ms,
            state.full_ms,
            state.full_working_ms,
            sla,
            contacts,
            state.agent_id,
            state.escalated,
            state.reassigned,
            state.moved,
            state.first_business_ms,
            state.full_business_ms,
        ) = row
        state.contacts = TicketContacts.of(contacts)
        state.sla = None if sla is None else SlaClocks.of(sla)
        return state

    def copy(self) -> TicketState:
        """The same, to be changed apart from this one."""
        state = TicketState.of(self.row())
        state.cells, state.turns, state.contacts = self.cells.copy(), self.turns.copy(), self.contacts.copy()
        return state


def label(state: TicketState, cell: Cell) -> None:
    """From now on `cell` holds the labels in force."""
    if cell not in state.cells:
        state.cells.append(cell)
    state.cell_no = state.cells.index(cell)


def assign(state: TicketState, at_ms: int, facts: list[Fact]) -> None:
    """The case has a person or a queue for the first time."""
    state.assigned_ms = at_ms
    state.assigned_no = state.cell_no
    cell = state.cells[state.cell_no]
    facts.append((f.TICKETS_ASSIGNED, at_ms, cell, 0, 1))
    facts.append((f.COHORT_ASSIGNED, at_ms, cell, 0, 1))
    if state.stage == RESOLVED:
        facts.append((f.COHORT_ASSIGNED_RESOLVED, at_ms, cell, 0, 1))
