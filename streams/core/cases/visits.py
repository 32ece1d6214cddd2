"""Visits of a queue: how they begin and end, and what each end counts as (metrics.md, sections 3 and 7)."""

from __future__ import annotations

from schemas import fields as f
from schemas.events import (
    CallAbandoned,
    CallBlocked,
    CallLeft,
    CallQueued,
    CallRejoined,
)
from schemas.values import NO_QUEUE, Cell
from streams.core.cases.call_contacts import not_served, served_after_all
from streams.core.cases.call_state import ABANDONED, NO_VISIT, OVER, WAITING, CallState, labels
from streams.core.cases.conversations import end_segment
from streams.core.cases.fold import Fact
from streams.core.cases.sla_clocks import SlaClock, SlaClocks
from streams.core.clocks.policy import Policy
from streams.core.clocks.sla import QUEUE_WAIT


def queue(state: CallState, event: CallQueued, at_ms: int, policy: Policy, facts: list[Fact]) -> None:
    if state.phase == WAITING:
        end_visit(state, at_ms, policy, facts, f.LEFT["requeued"])
    if state.answered_ms >= 0:
        end_segment(state, at_ms, policy, facts)
    cell = Cell(event.queue, event.channel or state.channel, event.priority or "normal")
    if state.cell is None and state.received_cell is not None:
        facts.append((f.CALLS_RECEIVED, state.received_ms, state.received_cell, 0, -1))
        facts.append((f.CALLS_RECEIVED, state.received_ms, cell, 0, 1))
        state.received_cell = None  # the first queue has given the call its label
    if event.customer_id is not None:
        state.customer_id = event.customer_id
    if event.case_id is not None:
        state.case_id = event.case_id
    if state.handled and state.fate_cell is None:
        state.fate_cell = state.cell
    state.phase = WAITING
    state.cell = cell
    state.queued_ms = at_ms
    state.crossed = False
    facts.append((f.CALLS_OFFERED, at_ms, cell, 0, 1))
    start_clock(state, event.id, policy)


def start_clock(state: CallState, instance: str, policy: Policy) -> None:
    """The SLA clock of a wait in a queue starts with the visit; that of one given up before, and not rejoined, is over."""
    end_clock(state)
    promise = policy.promise(QUEUE_WAIT, labels(state)) if QUEUE_WAIT in policy.promised else None
    if promise is not None:
        clock = SlaClock(QUEUE_WAIT, instance, state.queued_ms)
        clock.plan(promise)
        state.sla = state.sla or SlaClocks()
        state.sla.wait = clock


def end_clock(state: CallState) -> None:
    """The visit is over for good."""
    if state.sla is not None:
        state.sla.end_wait()


def leave(state: CallState, event: CallLeft, at_ms: int, policy: Policy, facts: list[Fact]) -> None:
    if state.phase != WAITING:
        return
    outcome = f.CALLS_CALLBACK if event.reason == "callback" else f.LEFT.get(event.reason, f.LEFT["other"])
    end_visit(state, at_ms, policy, facts, outcome)


def give_up(state: CallState, event: CallAbandoned, at_ms: int, policy: Policy, facts: list[Fact]) -> None:
    if state.phase == WAITING:
        count_abandon(state, at_ms, policy, facts, 1)
        state.phase = ABANDONED
    elif state.phase == NO_VISIT and state.answered_ms < 0 and not state.handled and not state.prequeue_abandoned:
        state.prequeue_abandoned = True
        state.fate_ms = at_ms
        facts.append((f.CALLS_PREQUEUE_ABANDONED, at_ms, labels(state), 0, 1))


def count_abandon(state: CallState, at_ms: int, policy: Policy, facts: list[Fact], weight: int) -> None:
    """Count an abandon at `at_ms` (weight 1) or take it back (-1); what the passed threshold said stays."""
    cell = state.cell
    assert cell is not None
    state.abandoned_ms = at_ms
    if not state.handled:
        state.fate_ms = at_ms
    wait_ms = at_ms - state.queued_ms
    if wait_ms <= policy.short_abandon_ms(cell.queue):
        facts.append((f.CALLS_SHORT_ABANDONED, at_ms, cell, 0, weight))
        return
    facts.append((f.ABANDON_WAIT, at_ms, cell, wait_ms, weight))
    if weight > 0:
        not_served(state, ("abandoned", at_ms, cell))
    else:
        served_after_all(state, ("abandoned", at_ms, cell))
    threshold_ms = policy.threshold_ms(cell.queue, cell.channel)
    if wait_ms <= threshold_ms:
        facts.append((f.ABANDONED_IN, at_ms, cell, 0, weight))
        facts.append((f.SERVICE_OUT, at_ms, cell, 0, weight))
    elif not state.crossed:
        state.crossed = True
        facts.append((f.SERVICE_OUT, state.queued_ms + threshold_ms, cell, 0, 1))


def rejoin(state: CallState, event: CallRejoined, at_ms: int, policy: Policy, facts: list[Fact]) -> None:
    if state.phase == ABANDONED:
        count_abandon(state, state.abandoned_ms, policy, facts, -1)
        state.phase = WAITING


def block(state: CallState, event: CallBlocked, at_ms: int, policy: Policy, facts: list[Fact]) -> None:
    reason = event.reason if event.reason in f.BLOCKED else "other"
    if state.phase == WAITING:
        cell = state.cell
        assert cell is not None
        facts.append((f.BLOCKED_IN_QUEUE, at_ms, cell, 0, 1))
        end_visit(state, at_ms, policy, facts, f.BLOCKED[reason])
    else:
        cell = Cell(event.queue or NO_QUEUE, state.channel, "normal")
        facts.append((f.BLOCKED[reason], at_ms, cell, 0, 1))
    not_served(state, ("closed" if reason == "closed" else "blocked", at_ms, cell))


def end_visit(state: CallState, at_ms: int, policy: Policy, facts: list[Fact], outcome: int) -> None:
    """Any end that decides nothing about the service level, unless the threshold had passed before it: then it is said to be left out."""
    cell = state.cell
    assert cell is not None
    facts.append((outcome, at_ms, cell, 0, 1))
    due_ms = state.queued_ms + policy.threshold_ms(cell.queue, cell.channel)
    if at_ms <= due_ms:
        facts.append((f.UNDECIDED_ENDS[outcome], at_ms, cell, 0, 1))
    elif not state.crossed:
        state.crossed = True
        facts.append((f.SERVICE_OUT, due_ms, cell, 0, 1))
    end_clock(state)
    state.phase = OVER
    if not state.handled:
        state.fate_ms = at_ms
