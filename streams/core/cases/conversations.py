"""Conversations with an agent: talk, hold and wrap-up (metrics.md, section 7)."""

from __future__ import annotations

from typing import Final

from schemas import fields as f
from schemas.events import (
    CallHeld,
    CallResumed,
    CallTransferred,
    CallWrapped,
)
from streams.core.cases import persons
from streams.core.cases.call_state import NONE, CallState, Segment, labels, talk_labels
from streams.core.cases.fold import Fact
from streams.core.clocks.policy import Policy

UNWRAPPED_MAX: Final = 100
"""Finished conversations of one call that may still get their wrap-up: the latest."""


def hold(state: CallState, event: CallHeld, at_ms: int, policy: Policy, facts: list[Fact]) -> None:
    if state.answered_ms >= 0 and state.held_ms < 0:
        state.held_ms = at_ms


def resume(state: CallState, event: CallResumed, at_ms: int, policy: Policy, facts: list[Fact]) -> None:
    if state.held_ms >= 0:
        state.hold_ms += at_ms - state.held_ms
        state.held_ms = NONE


def transfer(state: CallState, event: CallTransferred, at_ms: int, policy: Policy, facts: list[Fact]) -> None:
    facts.append((f.CALLS_TRANSFERRED, at_ms, talk_labels(state) if state.answered_ms >= 0 else labels(state), 0, 1))
    if state.answered_ms >= 0:
        end_segment(state, at_ms, policy, facts)


def wrap_up(state: CallState, event: CallWrapped, at_ms: int, policy: Policy, facts: list[Fact]) -> None:
    """Wrap-up belongs to the end of its conversation, whenever it becomes known."""
    for i in range(len(state.finished) - 1, -1, -1):
        segment = state.finished[i]
        if event.agent_id is None or event.agent_id == segment.agent_id:
            break
    else:
        return
    del state.finished[i]
    wrap_ms = min(at_ms - segment.ended_ms, policy.wrap_up_limit_ms)
    if not wrap_ms:
        return
    state.handle_ms += wrap_ms
    handle, wrap = (f.HANDLE_OUTBOUND, f.WRAP_MS_OUTBOUND) if state.outbound else (f.HANDLE, f.WRAP_MS)
    facts.append((wrap, segment.ended_ms, segment.cell, 0, wrap_ms))
    for cell in (segment.cell, persons.cell_of(segment.agent_id)) if policy.per_agent else (segment.cell,):
        facts.append((handle, segment.ended_ms, cell, segment.length_ms, -1))
        facts.append((handle, segment.ended_ms, cell, segment.length_ms + wrap_ms, 1))


def end_segment(state: CallState, at_ms: int, policy: Policy, facts: list[Fact]) -> None:
    cell = talk_labels(state)
    if state.held_ms >= 0:
        state.hold_ms += at_ms - state.held_ms
    length_ms = at_ms - state.answered_ms
    hold_ms = state.hold_ms
    if state.outbound:
        handle, talk, hold, held, any_ = (
            f.HANDLE_OUTBOUND,
            f.TALK_MS_OUTBOUND,
            f.HOLD_MS_OUTBOUND,
            f.HELD_SEGMENTS_OUTBOUND,
            f.CALLS_HANDLED_ANY_OUTBOUND,
        )
    else:
        handle, talk, hold, held, any_ = f.HANDLE, f.TALK_MS, f.HOLD_MS, f.HELD_SEGMENTS, f.CALLS_HANDLED_ANY
    facts.append((handle, at_ms, cell, length_ms, 1))
    facts.append((f.CONVERSATION, at_ms, cell, length_ms, 1))
    facts.append((talk, at_ms, cell, 0, length_ms - hold_ms))
    persons.served(state.agent_id, at_ms, cell, facts)
    if policy.per_agent:
        facts.append((handle, at_ms, persons.cell_of(state.agent_id), length_ms, 1))
    if hold_ms:
        facts.append((hold, at_ms, cell, 0, hold_ms))
        facts.append((held, at_ms, cell, 0, 1))
    state.handle_ms += length_ms
    if not state.handled:
        state.handled = True
        state.fate_ms = at_ms
        state.fate_cell = state.talk_cell
        state.fate_agent = state.agent_id if policy.per_agent else None
        facts.append((any_, at_ms, cell, 0, 1))
    state.finished.append(Segment(state.agent_id, at_ms, cell, length_ms))
    del state.finished[:-UNWRAPPED_MAX]
    state.answered_ms = state.held_ms = NONE
    state.hold_ms = 0
