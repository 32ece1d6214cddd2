"""How a ticket goes from one person or queue to another, and is raised in priority (metrics.md, section 7).

Reassignment: another person than before, also after nobody had it. Escalation: another queue than before, or a raised priority.
"""

from __future__ import annotations

from typing import Final

from schemas import fields as f
from schemas.values import PRIORITIES, Cell
from streams.core.cases import business_times, persons, ticket_clocks
from streams.core.cases.fold import Fact
from streams.core.cases.ticket_state import TicketState
from streams.core.clocks.policy import Policy

_RANKS: Final = {priority: rank for rank, priority in enumerate(PRIORITIES)}


def have(state: TicketState, agent_id: str | None, at_ms: int, policy: Policy, facts: list[Fact]) -> None:
    """From now on this person has it; None: nobody."""
    state.person = agent_id is not None
    if agent_id is None or agent_id == state.agent_id:
        return
    if state.agent_id:
        facts.append((f.TICKETS_REASSIGNED, at_ms, state.cells[state.cell_no], 0, 1))
        if not state.reassigned:
            state.reassigned = True
            cohort(state, f.COHORT_CREATED_REASSIGNED, facts, 1)
    state.agent_id = agent_id
    persons.served(agent_id, at_ms, state.cells[state.cell_no], facts)
    if policy.per_agent:
        facts.append((f.TICKETS_ASSIGNED, at_ms, persons.cell_of(agent_id), 0, 1))


def relabel(state: TicketState, before: Cell, at_ms: int, policy: Policy, facts: list[Fact]) -> None:
    """The labels in force were those of `before` until now."""
    cell = state.cells[state.cell_no]
    if (before.queue and cell.queue != before.queue) or _RANKS[cell.priority] > _RANKS[before.priority]:
        facts.append((f.TICKETS_ESCALATED, at_ms, cell, 0, 1))
        if not state.escalated:
            state.escalated = True
            cohort(state, f.COHORT_CREATED_ESCALATED, facts, 1)
    ticket_clocks.relabel(state, before, at_ms, policy)
    business_times.move(state, before, at_ms, policy)


def leave(state: TicketState, facts: list[Fact]) -> None:
    """The cohorts leave out merged and deleted cases."""
    if state.escalated:
        cohort(state, f.COHORT_CREATED_ESCALATED, facts, -1)
    if state.reassigned:
        cohort(state, f.COHORT_CREATED_REASSIGNED, facts, -1)


def cohort(state: TicketState, field: int, facts: list[Fact], weight: int) -> None:
    """Of the cases created with this one: one more, or less, of which that is so."""
    if state.cohort_ms >= 0:
        facts.append((field, state.cohort_ms, state.cells[0], 0, weight))
