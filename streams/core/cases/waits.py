"""Waits of a ticket's customer: they run from the oldest unanswered public message (creation is one), a handoff or a reopen to the first
public answer, and their target is due at a known instant (metrics.md, sections 4 and 7).
"""

from __future__ import annotations

from typing import Any, Final

from schemas import fields as f
from schemas.events import TicketMessage
from streams.core.cases import business_times, persons, ticket_clocks
from streams.core.cases.fold import Fact
from streams.core.cases.ticket_state import NONE, TicketState
from streams.core.clocks.policy import Policy

# Duration of an answer and its count within the target; the count out of it is the number after.
_FIRST_HUMAN: Final = (f.FIRST_RESPONSE_HUMAN, f.FIRST_RESPONSE_HUMAN_IN)
_NEXT_HUMAN: Final = (f.NEXT_RESPONSE_HUMAN, f.NEXT_RESPONSE_HUMAN_IN)
_FIRST_BOT: Final = (f.FIRST_RESPONSE_BOT, f.FIRST_RESPONSE_BOT_IN)
_NEXT_BOT: Final = (f.NEXT_RESPONSE_BOT, f.NEXT_RESPONSE_BOT_IN)

_BUSINESS: Final = {
    f.FIRST_RESPONSE_HUMAN: f.FIRST_RESPONSE_HUMAN_BUSINESS,
    f.FIRST_RESPONSE_BOT: f.FIRST_RESPONSE_BOT_BUSINESS,
    f.NEXT_RESPONSE_HUMAN: f.NEXT_RESPONSE_HUMAN_BUSINESS,
    f.NEXT_RESPONSE_BOT: f.NEXT_RESPONSE_BOT_BUSINESS,
}


def start(state: TicketState, event: Any, policy: Policy) -> None:
    """A wait starts with `event`."""
    start_since(state, event.time, event, policy)


def start_since(state: TicketState, since_ms: int, event: Any, policy: Policy) -> None:
    """A wait that `event`, a snapshot, tells of. A target that passed before it belongs to the past."""
    state.wait_ms = since_ms
    state.due_ms = since_ms + policy.response_target_ms(state.cells[state.cell_no].channel)
    if state.sla is not None:
        ticket_clocks.start_wait(state, event.id, event.time, policy)
    if 0 <= state.due_ms < event.time:
        state.due_ms = NONE


def answer(state: TicketState, event: TicketMessage, policy: Policy, facts: list[Fact]) -> None:
    """A public answer that is not automatic: it ends the wait, if one runs."""
    at_ms, human = event.time, event.by == "agent"
    if state.wait_ms >= 0:
        if human:
            duration, in_time = _NEXT_HUMAN if state.human_wrote else _FIRST_HUMAN
        else:
            duration, in_time = _NEXT_BOT if state.human_wrote or state.bot_wrote else _FIRST_BOT
        cell = state.cells[state.cell_no]
        facts.append((duration, at_ms, cell, at_ms - state.wait_ms, 1))
        if policy.per_agent and human and event.agent_id is not None:
            facts.append((duration, at_ms, persons.cell_of(event.agent_id), at_ms - state.wait_ms, 1))
        if state.due_ms != NONE:
            facts.append((in_time, at_ms, cell, 0, 1))
        elif not human:  # people are out of time since the due instant, see overdue()
            facts.append((in_time + 1, at_ms, cell, 0, 1))
        if policy.keeps_hours:
            facts.append((_BUSINESS[duration], at_ms, cell, business_times.of_wait(state, at_ms, policy), 1))
        ticket_clocks.answer(state, at_ms, facts, human=human)
        state.wait_ms = state.due_ms = NONE
        business_times.end_wait(state)
    if human:
        state.human_wrote = True
    else:
        state.bot_wrote = True


def end(state: TicketState) -> None:
    """The wait is over without an answer, if one runs."""
    state.wait_ms = state.due_ms = NONE
    ticket_clocks.end_wait(state)
    business_times.end_wait(state)


def overdue(state: TicketState, facts: list[Fact]) -> None:
    """The target of the running wait has passed: once, under the labels of that instant, whatever ends the wait later."""
    out_of_time = f.NEXT_RESPONSE_HUMAN_OUT if state.human_wrote else f.FIRST_RESPONSE_HUMAN_OUT
    facts.append((out_of_time, state.due_ms, state.cells[state.cell_no], 0, 1))
    state.due_ms = NONE
