"""The fold of a call: visits of queues, conversations with agents, blocks (events.md, topic `calls`; metrics.md, sections 3 and 7)."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable
from hashlib import blake2b
from typing import Any, Final

import msgspec

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
from streams.core.cases.fold import NEVER_MS, Fact, Standing
from streams.core.clocks.policy import Policy

# Phases of the latest visit.
NO_VISIT: Final = 0
WAITING: Final = 1
ABANDONED: Final = 2  # may be rejoined, as if never gone
OVER: Final = 3

NONE: Final = -1
"""No instant. Not 0: a broken clock says 1970."""


class Segment(msgspec.Struct, array_like=True, gc=False):
    """A finished conversation that waits for its wrap-up."""

    agent_id: str
    ended_ms: int
    cell: Cell
    length_ms: int  # talk + hold


class CallState(msgspec.Struct, array_like=True, gc=False):
    """All that the next event needs to know. Instants in epoch ms."""

    channel: str = ""
    outbound: bool = False
    customer_id: str | None = None
    started: bool = False  # a call.started has been seen: channel and direction are its
    received_ms: int = NONE
    received_cell: Cell | None = None
    phase: int = NO_VISIT
    cell: Cell | None = None  # of the latest visit
    queued_ms: int = 0
    crossed: bool = False  # the threshold passed while waiting, and is counted
    abandoned_ms: int = 0
    prequeue_abandoned: bool = False
    agent_id: str = ""
    answered_ms: int = NONE  # of the open conversation
    talk_cell: Cell | None = None
    held_ms: int = NONE  # since when on hold
    hold_ms: int = 0
    finished: list[Segment] = []  # without wrap-up so far
    handled: bool = False
    timed_out: bool = False  # a limit closed a visit or a conversation
    last_ms: int = 0


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
        state = CallState() if base is None else copy.deepcopy(base)
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
        state.last_ms = at_ms
        action = _ACTIONS.get(type(event))
        if action is not None:
            action(state, event, at_ms, policy, facts)

    def due_ms(self, state: CallState, policy: Policy) -> EpochMs:
        if state.phase == WAITING:
            cell = state.cell
            assert cell is not None
            limit_ms = state.queued_ms + policy.visit_limit_of(cell.channel)
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
            if not state.crossed:
                due_ms = state.queued_ms + policy.threshold_ms(cell.queue, cell.channel)
                if now_ms > due_ms:
                    state.crossed = True
                    facts.append((f.SERVICE_OUT, due_ms, cell, 0, 1))
                    passed_ms = due_ms
            limit_ms = state.queued_ms + policy.visit_limit_of(cell.channel)
            if now_ms >= limit_ms:
                facts.append((f.CALLS_UNOBSERVED, limit_ms, cell, 0, 1))
                state.phase = OVER
                state.timed_out = True
                passed_ms = limit_ms
        if state.answered_ms >= 0:
            limit_ms = state.answered_ms + policy.talk_limit_ms
            if now_ms >= limit_ms:
                assert state.talk_cell is not None
                facts.append((f.CONVERSATIONS_UNOBSERVED, limit_ms, state.talk_cell, 0, 1))
                state.answered_ms = state.held_ms = NONE
                state.timed_out = True
                passed_ms = max(passed_ms, limit_ms)
        return EpochMs(passed_ms)

    def standings(self, state: CallState) -> tuple[Standing, ...]:
        if state.phase == WAITING:
            assert state.cell is not None
            waiting = (f.WAITING, state.cell, state.queued_ms)
            return (waiting,) if state.crossed else (waiting, (f.UNDECIDED, state.cell, state.queued_ms))
        if state.answered_ms < 0:
            return ()
        assert state.talk_cell is not None
        if state.held_ms >= 0:
            return ((f.HOLDING, state.talk_cell, state.held_ms),)
        return ((f.TALKING, state.talk_cell, state.answered_ms),)

    def ended_ms(self, state: CallState) -> EpochMs:
        if state.phase == WAITING or state.answered_ms >= 0:
            return EpochMs(NEVER_MS)
        return EpochMs(state.last_ms)


def caller_field(customer_id: str) -> int:
    """The pane key of a distinct caller: 52 bits of a hash, so that 10,000 callers collide once in 10^8 panes."""
    return 1 << 62 | int.from_bytes(blake2b(customer_id.encode(), digest_size=8).digest(), "big") >> 12


def _describe(state: CallState, event: CallStarted) -> None:
    state.started = True
    state.channel = event.channel
    state.outbound = event.direction == "outbound"
    state.customer_id = event.customer_id


def _receive(state: CallState, event: Any, facts: list[Fact]) -> None:
    """The call is received at its earliest event; the queue that labels it comes later, see `_queued`."""
    state.received_ms = event.time
    if not state.channel:
        state.channel = getattr(event, "channel", None) or "phone"
    if not state.outbound:
        state.received_cell = Cell(NO_QUEUE, state.channel, "normal")
        facts.append((f.CALLS_RECEIVED, state.received_ms, state.received_cell, 0, 1))


def _queued(state: CallState, event: CallQueued, at_ms: int, policy: Policy, facts: list[Fact]) -> None:
    if state.phase == WAITING:
        _end_visit(state, at_ms, policy, facts, f.LEFT["requeued"])
    if state.answered_ms >= 0:
        _end_segment(state, at_ms, facts)
    cell = Cell(event.queue, event.channel or state.channel, event.priority or "normal")
    if state.cell is None and state.received_cell is not None:
        facts.append((f.CALLS_RECEIVED, state.received_ms, state.received_cell, 0, -1))
        facts.append((f.CALLS_RECEIVED, state.received_ms, cell, 0, 1))
        state.received_cell = cell
    if event.customer_id is not None:
        state.customer_id = event.customer_id
    state.phase = WAITING
    state.cell = cell
    state.queued_ms = at_ms
    state.crossed = False
    facts.append((f.CALLS_OFFERED, at_ms, cell, 0, 1))


def _missed(state: CallState, event: CallMissed, at_ms: int, policy: Policy, facts: list[Fact]) -> None:
    facts.append((f.OFFERS_MISSED, at_ms, _labels(state), 0, 1))


def _answered(state: CallState, event: CallAnswered, at_ms: int, policy: Policy, facts: list[Fact]) -> None:
    if state.answered_ms >= 0:
        _end_segment(state, at_ms, facts)
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
        state.phase = OVER
    else:
        cell = _labels(state)
        if event.queue:
            cell = Cell(event.queue, cell.channel, cell.priority)
    state.agent_id = event.agent_id
    state.answered_ms = at_ms
    state.talk_cell = cell
    state.held_ms = NONE
    state.hold_ms = 0


def _held(state: CallState, event: CallHeld, at_ms: int, policy: Policy, facts: list[Fact]) -> None:
    if state.answered_ms >= 0 and state.held_ms < 0:
        state.held_ms = at_ms


def _resumed(state: CallState, event: CallResumed, at_ms: int, policy: Policy, facts: list[Fact]) -> None:
    if state.held_ms >= 0:
        state.hold_ms += at_ms - state.held_ms
        state.held_ms = NONE


def _transferred(state: CallState, event: CallTransferred, at_ms: int, policy: Policy, facts: list[Fact]) -> None:
    talk_cell = state.talk_cell if state.answered_ms >= 0 else None
    facts.append((f.CALLS_TRANSFERRED, at_ms, talk_cell or _labels(state), 0, 1))
    if state.answered_ms >= 0:
        _end_segment(state, at_ms, facts)


def _left(state: CallState, event: CallLeft, at_ms: int, policy: Policy, facts: list[Fact]) -> None:
    if state.phase != WAITING:
        return
    if event.reason != "callback":
        _end_visit(state, at_ms, policy, facts, f.LEFT.get(event.reason, f.LEFT["other"]))
        return
    cell = state.cell
    assert cell is not None
    if at_ms - state.queued_ms <= policy.threshold_ms(cell.queue, cell.channel):
        facts.append((f.CALLBACK_IN, at_ms, cell, 0, 1))
    _end_visit(state, at_ms, policy, facts, f.CALLS_CALLBACK)


def _abandoned(state: CallState, event: CallAbandoned, at_ms: int, policy: Policy, facts: list[Fact]) -> None:
    if state.phase == WAITING:
        _abandon(state, at_ms, policy, facts, 1)
        state.phase = ABANDONED
    elif state.phase == NO_VISIT and state.answered_ms < 0 and not state.handled and not state.prequeue_abandoned:
        state.prequeue_abandoned = True
        facts.append((f.CALLS_PREQUEUE_ABANDONED, at_ms, _labels(state), 0, 1))


def _abandon(state: CallState, at_ms: int, policy: Policy, facts: list[Fact], weight: int) -> None:
    """Count an abandon at `at_ms` (weight 1) or take it back (-1); what the passed threshold said stays."""
    cell = state.cell
    assert cell is not None
    state.abandoned_ms = at_ms
    wait_ms = at_ms - state.queued_ms
    if wait_ms <= policy.short_abandon_ms(cell.queue):
        facts.append((f.CALLS_SHORT_ABANDONED, at_ms, cell, 0, weight))
        return
    facts.append((f.ABANDON_WAIT, at_ms, cell, wait_ms, weight))
    threshold_ms = policy.threshold_ms(cell.queue, cell.channel)
    if wait_ms <= threshold_ms:
        facts.append((f.ABANDONED_IN, at_ms, cell, 0, weight))
        facts.append((f.SERVICE_OUT, at_ms, cell, 0, weight))
    elif not state.crossed:
        state.crossed = True
        facts.append((f.SERVICE_OUT, state.queued_ms + threshold_ms, cell, 0, 1))


def _rejoined(state: CallState, event: CallRejoined, at_ms: int, policy: Policy, facts: list[Fact]) -> None:
    if state.phase == ABANDONED:
        _abandon(state, state.abandoned_ms, policy, facts, -1)
        state.phase = WAITING


def _blocked(state: CallState, event: CallBlocked, at_ms: int, policy: Policy, facts: list[Fact]) -> None:
    reason = event.reason if event.reason in f.BLOCKED else "other"
    if state.phase == WAITING:
        cell = state.cell
        assert cell is not None
        facts.append((f.BLOCKED_IN_QUEUE, at_ms, cell, 0, 1))
        if reason == "closed":
            facts.append((f.CLOSED_IN_QUEUE, at_ms, cell, 0, 1))
        _end_visit(state, at_ms, policy, facts, f.BLOCKED[reason])
    else:
        cell = Cell(event.queue or NO_QUEUE, state.channel, "normal")
        facts.append((f.BLOCKED[reason], at_ms, cell, 0, 1))
    if state.customer_id is not None and reason != "closed":
        facts.append((caller_field(state.customer_id), at_ms, cell, 0, 1))


def _ended(state: CallState, event: CallEnded, at_ms: int, policy: Policy, facts: list[Fact]) -> None:
    if state.phase == WAITING:
        if event.by == "customer":
            _abandon(state, at_ms, policy, facts, 1)
            state.phase = ABANDONED
        else:
            _end_visit(state, at_ms, policy, facts, f.CALLS_UNOBSERVED)
    if state.answered_ms >= 0:
        _end_segment(state, at_ms, facts)


def _wrapped(state: CallState, event: CallWrapped, at_ms: int, policy: Policy, facts: list[Fact]) -> None:
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
    handle, wrap = (f.HANDLE_OUTBOUND, f.WRAP_MS_OUTBOUND) if state.outbound else (f.HANDLE, f.WRAP_MS)
    facts.append((wrap, segment.ended_ms, segment.cell, 0, wrap_ms))
    facts.append((handle, segment.ended_ms, segment.cell, segment.length_ms, -1))
    facts.append((handle, segment.ended_ms, segment.cell, segment.length_ms + wrap_ms, 1))


def _end_visit(state: CallState, at_ms: int, policy: Policy, facts: list[Fact], outcome: int) -> None:
    """Any end that decides nothing about the service level, unless the threshold had passed before it."""
    cell = state.cell
    assert cell is not None
    facts.append((outcome, at_ms, cell, 0, 1))
    due_ms = state.queued_ms + policy.threshold_ms(cell.queue, cell.channel)
    if at_ms > due_ms and not state.crossed:
        state.crossed = True
        facts.append((f.SERVICE_OUT, due_ms, cell, 0, 1))
    state.phase = OVER


def _end_segment(state: CallState, at_ms: int, facts: list[Fact]) -> None:
    cell = state.talk_cell
    assert cell is not None
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
    if hold_ms:
        facts.append((hold, at_ms, cell, 0, hold_ms))
        facts.append((held, at_ms, cell, 0, 1))
    if not state.handled:
        state.handled = True
        facts.append((any_, at_ms, cell, 0, 1))
    state.finished.append(Segment(state.agent_id, at_ms, cell, length_ms))
    state.answered_ms = state.held_ms = NONE
    state.hold_ms = 0


def _labels(state: CallState) -> Cell:
    """Of what happens outside a visit: those of the latest one."""
    return state.cell if state.cell is not None else Cell(NO_QUEUE, state.channel, "normal")


_Action = Callable[[CallState, Any, int, Policy, list[Fact]], None]
_ACTIONS: dict[type, _Action] = {
    CallQueued: _queued,
    CallMissed: _missed,
    CallAnswered: _answered,
    CallHeld: _held,
    CallResumed: _resumed,
    CallTransferred: _transferred,
    CallLeft: _left,
    CallAbandoned: _abandoned,
    CallRejoined: _rejoined,
    CallBlocked: _blocked,
    CallEnded: _ended,
    CallWrapped: _wrapped,
}

CALLS: Final = CallFold()
