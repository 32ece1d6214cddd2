"""Resolves of a ticket, their reopens, and leaving for good by a merge or a deletion (metrics.md, sections 4 and 7).

What a later event may make untrue is kept in the state as it was asserted: instants, cells and lengths. So it is taken back exactly,
whatever the case looks like by then.
"""

from __future__ import annotations

from schemas import fields as f
from schemas.values import Cell
from streams.core.cases import business_times, handovers, ticket_clocks, waits
from streams.core.cases.fold import Fact
from streams.core.cases.ticket_state import GONE, NONE, PAUSED, RESOLVED, UNSEEN, TicketState
from streams.core.clocks.policy import Policy


def resolve(state: TicketState, at_ms: int, policy: Policy, facts: list[Fact], *, seen: bool) -> None:
    """Count a resolve of an unresolved case. `seen`: it happened at `at_ms`; else it is known by then, and its duration is not."""
    pause(state, RESOLVED, at_ms, policy)
    state.stage = RESOLVED
    waits.end(state)
    state.ended_ms = at_ms
    cell = state.cells[state.cell_no]
    facts.append((f.TICKETS_RESOLVED, at_ms, cell, 0, 1))
    facts.append((f.TICKETS_RESOLVED_HOLDING, at_ms, cell, 0, 1))
    _cohorts_resolved(state, facts, 1)
    ticket_clocks.resolve(state, at_ms, cell, policy, facts)
    if seen:
        length_ms = at_ms - state.created_ms
        working_ms = NONE if state.past_unseen else length_ms - state.paused_ms
        state.full_ms = length_ms
        state.full_working_ms = working_ms
        state.full_business_ms = business_times.of_case(state, at_ms, policy)
        _full(state, at_ms, cell, facts, 1)
        if state.first_ms == NONE:
            state.first_ms = length_ms
            state.first_working_ms = working_ms
            state.first_business_ms = state.full_business_ms
            _first(state, at_ms, cell, facts, 1)
            ticket_clocks.resolve_first(state, at_ms, cell, policy, facts)
    elif state.first_ms == NONE:
        state.first_ms = UNSEEN
    state.turns.append(at_ms)
    state.turns.append(state.cell_no)
    state.contacts.resolve(state.agent_id if policy.per_agent else "")


def reopen(state: TicketState, stage: int, at_ms: int, policy: Policy, facts: list[Fact]) -> None:
    """Take a resolved case back to work: the resolve holds no longer, and the full resolution is yet to come."""
    cell = state.cells[state.cell_no]
    facts.append((f.TICKETS_REOPENED, at_ms, cell, 0, 1))
    if state.turns:
        _unhold(state, policy, facts)
        state.turns.append(at_ms)
        state.turns.append(state.cell_no)
    else:  # resolved before it was known: only now is it one of the unresolved
        facts.append((f.TICKETS_CARRIED_IN, at_ms, cell, 0, 1))
    _cohorts_resolved(state, facts, -1)
    state.ended_ms = NONE
    state.stage = stage
    if stage in PAUSED:
        state.pause_ms = at_ms
    ticket_clocks.turn(state, stage, at_ms, policy)


def leave(state: TicketState, field: int, at_ms: int, policy: Policy, facts: list[Fact]) -> None:
    """Merged or deleted: freeze the case, take back its resolves, reopens and cohorts, so that growth is the change of unresolved."""
    turns = state.turns
    cells = state.cells
    resolved = state.stage == RESOLVED
    if state.first_ms >= 0:
        _first(state, turns[0], cells[turns[1]], facts, -1)
        ticket_clocks.unresolve_first(state, turns[0], cells[turns[1]], facts)
    fields = (f.TICKETS_RESOLVED, f.TICKETS_REOPENED)
    facts.extend([(fields[i // 2 % 2], turns[i], cells[turns[i + 1]], 0, -1) for i in range(0, len(turns), 2)])
    if resolved:
        _cohorts_resolved(state, facts, -1)
        if turns:
            _unhold(state, policy, facts)
    if state.cohort_ms >= 0:
        facts.append((f.COHORT_CREATED, state.cohort_ms, cells[0], 0, -1))
        handovers.leave(state, facts)
    if state.assigned_ms >= 0:
        facts.append((f.COHORT_ASSIGNED, state.assigned_ms, cells[state.assigned_no], 0, -1))
    if turns or not resolved:  # else it was resolved before it was known, and never one of the unresolved
        facts.append((field, at_ms, cells[state.cell_no], 0, 1))
    state.stage = GONE
    waits.end(state)
    ticket_clocks.leave(state)
    state.ended_ms = at_ms
    state.turns = []


def pause(state: TicketState, stage: int, at_ms: int, policy: Policy) -> None:
    """Let the time in pending and on_hold run or stand, and that of what is promised, as `stage` begins at `at_ms`."""
    if state.pause_ms >= 0:
        state.paused_ms += at_ms - state.pause_ms
    state.pause_ms = at_ms if stage in PAUSED else NONE
    ticket_clocks.turn(state, stage, at_ms, policy)


def _unhold(state: TicketState, policy: Policy, facts: list[Fact]) -> None:
    """The latest resolve holds no longer."""
    at_ms = state.turns[-2]
    cell = state.cells[state.turns[-1]]
    facts.append((f.TICKETS_RESOLVED_HOLDING, at_ms, cell, 0, -1))
    ticket_clocks.resolve(state, at_ms, cell, policy, facts, -1)
    if state.full_ms >= 0:
        _full(state, at_ms, cell, facts, -1)
    state.full_ms = state.full_working_ms = state.full_business_ms = NONE


def _first(state: TicketState, at_ms: int, cell: Cell, facts: list[Fact], weight: int) -> None:
    facts.append((f.RESOLUTION_FIRST, at_ms, cell, state.first_ms, weight))
    if state.first_working_ms >= 0:
        facts.append((f.RESOLUTION_FIRST_WORKING, at_ms, cell, state.first_working_ms, weight))
    if state.first_business_ms >= 0:
        facts.append((f.RESOLUTION_FIRST_BUSINESS, at_ms, cell, state.first_business_ms, weight))


def _full(state: TicketState, at_ms: int, cell: Cell, facts: list[Fact], weight: int) -> None:
    facts.append((f.RESOLUTION_FULL, at_ms, cell, state.full_ms, weight))
    if state.full_working_ms >= 0:
        facts.append((f.RESOLUTION_FULL_WORKING, at_ms, cell, state.full_working_ms, weight))
    if state.full_business_ms >= 0:
        facts.append((f.RESOLUTION_FULL_BUSINESS, at_ms, cell, state.full_business_ms, weight))


def _cohorts_resolved(state: TicketState, facts: list[Fact], weight: int) -> None:
    """Of the cases created and of those assigned, at these instants: one more (or less) is resolved now."""
    if state.cohort_ms >= 0:
        facts.append((f.COHORT_CREATED_RESOLVED, state.cohort_ms, state.cells[0], 0, weight))
    if state.assigned_ms >= 0:
        facts.append((f.COHORT_ASSIGNED_RESOLVED, state.assigned_ms, state.cells[state.assigned_no], 0, weight))
