"""The business variants of a ticket's durations: what of them lay in the hours of its queue (metrics.md, section 4).

Of a ticket that moved from one calendar to another the time under each adds up. A queue without a calendar is always open; where no queue
has one, there are no business variants.
"""

from __future__ import annotations

from schemas.values import Cell
from streams.core.cases.ticket_state import NONE, TicketState
from streams.core.clocks.business import Calendar
from streams.core.clocks.policy import Policy


def _between(calendar: Calendar | None, start_ms: int, end_ms: int) -> int:
    return max(0, end_ms - start_ms) if calendar is None else calendar.between(start_ms, end_ms)


def _moved(state: TicketState) -> tuple[int, int, int]:
    return state.moved or (0, 0, state.created_ms)


def move(state: TicketState, before: Cell, at_ms: int, policy: Policy) -> None:
    """Until now the queue was that of `before`."""
    if not policy.keeps_hours:
        return
    old, new = policy.calendar_of(before.queue), policy.calendar_of(state.cells[state.cell_no].queue)
    if old is new:
        return
    case_ms, wait_ms, from_ms = _moved(state)
    if state.wait_ms >= 0:
        wait_ms += _between(old, _wait_from_ms(state), at_ms)
    state.moved = (case_ms + _between(old, from_ms, at_ms), wait_ms, at_ms)


def of_case(state: TicketState, at_ms: int, policy: Policy) -> int:
    """Since creation; NONE where nobody knows, or asks."""
    if not policy.keeps_hours or state.past_unseen:
        return NONE
    case_ms, _, from_ms = _moved(state)
    return case_ms + _between(policy.calendar_of(state.cells[state.cell_no].queue), from_ms, at_ms)


def of_wait(state: TicketState, at_ms: int, policy: Policy) -> int:
    """Since the wait began."""
    _, wait_ms, _ = _moved(state)
    return wait_ms + _between(policy.calendar_of(state.cells[state.cell_no].queue), _wait_from_ms(state), at_ms)


def _wait_from_ms(state: TicketState) -> int:
    """Since when the wait has run under the present calendar."""
    return state.wait_ms if state.moved is None else max(state.moved[2], state.wait_ms)


def end_wait(state: TicketState) -> None:
    """What the wait had of former calendars is of no use any more."""
    if state.moved is not None:
        case_ms, _, from_ms = state.moved
        state.moved = (case_ms, 0, from_ms)
