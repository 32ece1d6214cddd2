"""The fold of a call: visits of queues, conversations with agents, blocks (events.md, topic `calls`; metrics.md, sections 3 and 7)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import Any, Final

from schemas import fields as f
from schemas.events import (
    CallAbandoned,
    CallAnswered,
    CallBlocked,
    CallEnded,
    CallHeld,
    CallLeft,
    CallMissed,
    CallOffered,
    CallQueued,
    CallRejoined,
    CallResumed,
    CallStarted,
    CallTransferred,
    CallWrapped,
)
from schemas.values import NO_QUEUE, Cell, EpochMs
from streams.core.cases import call_contacts
from streams.core.cases.call_state import ABANDONED, NONE, OVER, WAITING, CallState, labels, talk_labels
from streams.core.cases.conversations import end_segment, hold, resume, transfer, wrap_up
from streams.core.cases.fold import NEVER_MS, Fact, Standing
from streams.core.cases.sla_clocks import pass_clock
from streams.core.cases.visits import block, count_abandon, end_clock, end_visit, give_up, leave, queue, rejoin
from streams.core.clocks.policy import Policy
from streams.core.clocks.sla import QUEUE_WAIT
from streams.core.tellings import Telling


class CallFold:
    """See `Fold`. The instance has no state."""

    topic = "calls"
    event_types: tuple[type, ...] = (
        CallStarted,
        CallQueued,
        CallOffered,
        CallMissed,
        CallAnswered,
        CallHeld,
        CallResumed,
        CallTransferred,
        CallLeft,
        CallAbandoned,
        CallRejoined,
        CallBlocked,
        CallEnded,
        CallWrapped,
    )

    def begin(self, base: CallState | None, events: Iterable[Any]) -> CallState:
        state = CallState() if base is None else base.copy()
        if not state.started:
            for event in events:
                if type(event) is CallStarted:
                    _describe(state, event)
                    break
        return state

    def fits(self, state: CallState, event: Any) -> bool:
        # A description of the whole call that comes after the first event changes what was labelled before it.
        return not state.timed_out and (type(event) is not CallStarted or state.received_ms < 0)

    def step(self, state: CallState, event: Any, policy: Policy, facts: list[Fact]) -> None:
        at_ms = event.time
        if state.received_ms < 0:
            if type(event) is CallStarted and not state.started:
                _describe(state, event)
            _receive(state, event, facts)
        if state.sla is not None:
            _pass_clock(state, at_ms, facts)
        state.last_ms = at_ms
        action = _ACTIONS.get(type(event))
        if action is not None:
            action(state, event, at_ms, policy, facts)

    def due_ms(self, state: CallState, policy: Policy) -> EpochMs:
        if state.phase == WAITING:
            cell = state.cell
            assert cell is not None
            limit_ms = state.queued_ms + policy.visit_limit_of(cell.channel)
            if state.sla is not None:
                limit_ms = min(limit_ms, state.sla.next_ms + 1)
            if state.crossed:
                return EpochMs(limit_ms)
            return EpochMs(min(limit_ms, state.queued_ms + policy.threshold_ms(cell.queue, cell.channel) + 1))
        if state.answered_ms >= 0:
            return EpochMs(state.answered_ms + policy.talk_limit_ms)
        return EpochMs(NEVER_MS)

    def pass_due(self, state: CallState, now_ms: EpochMs, policy: Policy, facts: list[Fact]) -> EpochMs:
        passed_ms = 0
        if state.phase == WAITING:
            cell = state.cell
            assert cell is not None
            limit_ms = state.queued_ms + policy.visit_limit_of(cell.channel)
            if not state.crossed:
                due_ms = state.queued_ms + policy.threshold_ms(cell.queue, cell.channel)
                if due_ms < min(now_ms, limit_ms):
                    state.crossed = True
                    facts.append((f.SERVICE_OUT, due_ms, cell, 0, 1))
                    passed_ms = due_ms
            if state.sla is not None:
                passed_ms = max(passed_ms, _pass_clock(state, min(now_ms, limit_ms), facts))
            if now_ms >= limit_ms:
                facts.append((f.CALLS_UNOBSERVED, limit_ms, cell, 0, 1))
                if not state.crossed:
                    facts.append((f.UNOBSERVED_UNDECIDED, limit_ms, cell, 0, 1))
                end_clock(state)
                state.phase = OVER
                state.fate_ms = state.fate_ms if state.handled else limit_ms
                state.timed_out = True
                state.last_ms = max(state.last_ms, limit_ms)
                passed_ms = limit_ms
        if state.answered_ms >= 0:
            limit_ms = state.answered_ms + policy.talk_limit_ms
            if now_ms >= limit_ms:
                facts.append((f.CONVERSATIONS_UNOBSERVED, limit_ms, talk_labels(state), 0, 1))
                state.answered_ms = state.held_ms = NONE
                state.fate_ms = state.fate_ms if state.handled else limit_ms
                state.timed_out = True
                state.last_ms = max(state.last_ms, limit_ms)
                passed_ms = max(passed_ms, limit_ms)
        return EpochMs(passed_ms)

    def standings(self, state: CallState) -> tuple[Standing, ...]:
        if state.phase == WAITING:
            assert state.cell is not None
            waiting: tuple[Standing, ...] = ((f.WAITING, state.cell, state.queued_ms),)
            if not state.crossed:
                waiting += ((f.UNDECIDED, state.cell, state.queued_ms),)
            if state.sla is not None and state.sla.wait is not None:
                waiting += state.sla.wait.standings(state.cell)
            return waiting
        if state.answered_ms < 0:
            return ()
        if state.held_ms >= 0:
            return ((f.HOLDING, talk_labels(state), state.held_ms),)
        return ((f.TALKING, talk_labels(state), state.answered_ms),)

    def tellings(self, state: CallState, policy: Policy) -> tuple[Telling, ...]:
        told = call_contacts.tellings(state)
        return told if state.sla is None else told + state.sla.tellings(policy)

    def let_go(self, base: CallState, state: CallState) -> Collection[str]:
        return [] if base.sla is None or state.sla is None else state.sla.let_go(base.sla)

    def ended_ms(self, state: CallState) -> EpochMs:
        if state.phase == WAITING or state.answered_ms >= 0:
            return EpochMs(NEVER_MS)
        return EpochMs(state.last_ms)


def _describe(state: CallState, event: CallStarted) -> None:
    state.started = True
    state.channel = event.channel
    state.outbound = event.direction == "outbound"
    state.customer_id = event.customer_id
    state.case_id = event.case_id


def _receive(state: CallState, event: Any, facts: list[Fact]) -> None:
    """The call is received at its earliest event; the queue that labels it comes later, see `queue`."""
    state.received_ms = event.time
    if not state.channel:
        state.channel = getattr(event, "channel", None) or "phone"
    if not state.outbound:
        state.received_cell = Cell(NO_QUEUE, state.channel, "normal")
        facts.append((f.CALLS_RECEIVED, state.received_ms, state.received_cell, 0, 1))


def _pass_clock(state: CallState, now_ms: int, facts: list[Fact]) -> EpochMs:
    """Let the instants of the SLA clock before `now_ms` pass. Returns the latest that did, 0 if none."""
    assert state.sla is not None
    if state.phase != WAITING or state.sla.wait is None:
        return EpochMs(0)
    return pass_clock(state.sla.wait, now_ms, labels(state), facts)


def _missed(state: CallState, event: CallMissed, at_ms: int, policy: Policy, facts: list[Fact]) -> None:
    facts.append((f.OFFERS_MISSED, at_ms, labels(state), 0, 1))


def _answered(state: CallState, event: CallAnswered, at_ms: int, policy: Policy, facts: list[Fact]) -> None:
    if state.answered_ms >= 0:
        end_segment(state, at_ms, policy, facts)
    if state.phase == WAITING:
        cell = state.cell
        assert cell is not None
        wait_ms = at_ms - state.queued_ms
        facts.append((f.ANSWER_WAIT, at_ms, cell, wait_ms, 1))
        threshold_ms = policy.threshold_ms(cell.queue, cell.channel)
        if wait_ms <= threshold_ms:
            facts.append((f.ANSWERED_IN, at_ms, cell, 0, 1))
            facts.append((f.SERVICE_IN, at_ms, cell, 0, 1))
        elif not state.crossed:
            state.crossed = True
            facts.append((f.SERVICE_OUT, state.queued_ms + threshold_ms, cell, 0, 1))
        clock = None if state.sla is None else state.sla.wait
        if clock is not None and clock.breached_ms < 0:
            facts.append((f.SLA_MET[QUEUE_WAIT], at_ms, cell, 0, 1))
        end_clock(state)
        state.phase = OVER
    else:
        cell = labels(state)
        if event.queue:
            cell = Cell(event.queue, cell.channel, cell.priority)
    state.agent_id = event.agent_id
    state.answered_ms = at_ms
    state.talk_cell = None if cell is state.cell else cell
    state.held_ms = NONE
    state.hold_ms = 0


def _ended(state: CallState, event: CallEnded, at_ms: int, policy: Policy, facts: list[Fact]) -> None:
    if state.phase == WAITING:
        if event.by == "customer":
            count_abandon(state, at_ms, policy, facts, 1)
            state.phase = ABANDONED
        else:
            end_visit(state, at_ms, policy, facts, f.CALLS_UNOBSERVED)
    if state.answered_ms >= 0:
        end_segment(state, at_ms, policy, facts)


_Action = Callable[[CallState, Any, int, Policy, list[Fact]], None]
_ACTIONS: dict[type, _Action] = {
    CallQueued: queue,
    CallMissed: _missed,
    CallAnswered: _answered,
    CallHeld: hold,
    CallResumed: resume,
    CallTransferred: transfer,
    CallLeft: leave,
    CallAbandoned: give_up,
    CallRejoined: rejoin,
    CallBlocked: block,
    CallEnded: _ended,
    CallWrapped: wrap_up,
}

CALLS: Final = CallFold()
