"""What is kept of a ticket between its events."""

from __future__ import annotations

from typing import Final

import msgspec

from schemas import fields as f
from schemas.values import NO_QUEUE, Cell
from streams.core.cases.fold import Fact

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


class TicketState(msgspec.Struct, array_like=True, gc=False):
    """All that the next event needs to know. Instants in epoch ms, lengths in ms, both NONE where there is none.

    cells   label sets so far, [0] those of the opening; other fields name one by its place here
    stage   UNOPENED, RESOLVED, GONE, or the standing of the status, one of f.UNRESOLVED
    turns   resolves and reopens by turns, a resolve first: instant, place of its cell, instant, place ..
    """

    cells: list[Cell] = []
    cell_no: int = 0  # labels in force
    origin: int = NOT_SAID
    stage: int = UNOPENED
    created_ms: int = NONE  # age and resolution run from here
    cohort_ms: int = NONE  # counted as created here
    person: bool = False
    assigned_ms: int = NONE
    assigned_no: int = 0
    wait_ms: int = NONE  # since when an answer is owed
    due_ms: int = NONE  # target of the wait, until it has passed
    human_wrote: bool = False
    bot_wrote: bool = False
    pause_ms: int = NONE  # since when in pending or on_hold
    paused_ms: int = 0
    past_unseen: bool = False  # the case is older than what is known of it
    ended_ms: int = NONE
    turns: list[int] = []
    first_ms: int = NONE  # resolutions as asserted
    first_working_ms: int = NONE
    full_ms: int = NONE
    full_working_ms: int = NONE


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
