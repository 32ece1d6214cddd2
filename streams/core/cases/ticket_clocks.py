"""SLA clocks of a ticket: of its first and next responses, and of its resolution (metrics.md, section 4).

A response clock runs with its wait and is kept by people: a bot's answer ends it uncounted, as does a resolve, a merge or a deletion. The
clock of the resolution runs from the opening, stands while the case is resolved, and goes on when it is reopened. Each stands in the
statuses in which its promise pauses.
"""

from __future__ import annotations

from schemas import fields as f
from schemas.values import Cell, EpochMs
from streams.core.cases.fold import Fact, Standing
from streams.core.cases.sla_clocks import HELD, SlaClock, SlaClocks, pass_clock
from streams.core.cases.ticket_state import NONE, RESOLVED, TicketState
from streams.core.clocks.policy import Policy
from streams.core.clocks.sla import FIRST_RESPONSE, NEXT_RESPONSE, RESOLUTION, Promise

OF_TICKETS = frozenset({FIRST_RESPONSE, NEXT_RESPONSE, RESOLUTION})


def _cell(state: TicketState) -> Cell:
    return state.cells[state.cell_no]


def _runs(promise: Promise | None, stage: int) -> bool:
    return stage != RESOLVED and (promise is None or stage not in promise.pause)


def _start(state: TicketState, number: int, instance: str, start_ms: int, at_ms: int, policy: Policy) -> SlaClock:
    """A clock that became known at `at_ms`."""
    clock = SlaClock(number, instance, start_ms)
    promise = policy.promise(number, _cell(state))
    if not _runs(promise, state.stage):
        clock.since_ms = NONE
    clock.plan(promise)
    clock.forgive(at_ms)
    return clock


# --- opening ---------------------------------------------------------------------------------------------------------


def open_case(state: TicketState, instance: str, start_ms: int, at_ms: int, policy: Policy) -> None:
    """The case is known from `at_ms` on, opened at `start_ms` by the event `instance`. Called before its first wait starts."""
    if OF_TICKETS.isdisjoint(policy.promised):
        return
    state.sla = SlaClocks()
    if RESOLUTION in policy.promised:
        promise = policy.promise(RESOLUTION, _cell(state))
        if start_ms == at_ms or promise is None or not promise.pause:  # else nobody knows how long it stood
            state.sla.case = _start(state, RESOLUTION, instance, start_ms, at_ms, policy)


def open_earlier(state: TicketState, start_ms: int, at_ms: int, policy: Policy) -> None:
    """It becomes known at `at_ms` that the case was opened earlier than was known."""
    clock = None if state.sla is None else state.sla.case
    if clock is None or clock.start_ms <= start_ms:
        return
    promise = policy.promise(RESOLUTION, _cell(state))
    if clock.since_ms == clock.start_ms:
        clock.since_ms = start_ms
    elif promise is not None:
        clock.used_ms += promise.between(start_ms, clock.start_ms)
    clock.start_ms = start_ms
    clock.plan(promise)
    clock.forgive(at_ms)


# --- waits -----------------------------------------------------------------------------------------------------------


def start_wait(state: TicketState, instance: str, at_ms: int, policy: Policy) -> None:
    """A wait runs since `state.wait_ms`, known from `at_ms` on, started by the event `instance`."""
    number = NEXT_RESPONSE if state.human_wrote else FIRST_RESPONSE
    if state.sla is not None and number in policy.promised:
        state.sla.wait = _start(state, number, instance, state.wait_ms, at_ms, policy)
        set_due(state, policy)


def set_due(state: TicketState, policy: Policy) -> None:
    """The target of the wait is that of its clock, where something is promised; else that of its channel."""
    clock = None if state.sla is None else state.sla.wait
    if clock is None or clock.due_ms == NONE:
        state.due_ms = state.wait_ms + policy.response_target_ms(_cell(state).channel)
    else:
        state.due_ms = clock.due_ms if clock.since_ms >= 0 else HELD


def answer(state: TicketState, at_ms: int, facts: list[Fact], *, human: bool) -> None:
    """The wait is answered."""
    if state.sla is not None:
        clock = state.sla.wait
        if human and clock is not None and clock.breached_ms < 0 and clock.due_ms != NONE:
            facts.append((f.SLA_MET[clock.clock], at_ms, _cell(state), 0, 1))
        state.sla.end_wait()


def end_wait(state: TicketState) -> None:
    """The wait is over without an answer."""
    if state.sla is not None:
        state.sla.end_wait()


# --- labels and stages -----------------------------------------------------------------------------------------------


def relabel(state: TicketState, before: Cell, at_ms: int, policy: Policy) -> None:
    """The labels were those of `before` until now: what is promised may be something else."""
    if state.sla is not None:
        for clock in state.sla.running():
            new = policy.promise(clock.clock, _cell(state))
            clock.change(policy.promise(clock.clock, before), new, at_ms, runs=_runs(new, state.stage))
    if state.due_ms != NONE:
        set_due(state, policy)


def turn(state: TicketState, stage: int, at_ms: int, policy: Policy) -> None:
    """`stage` begins."""
    if state.sla is None:
        return
    for clock in state.sla.running():
        promise = policy.promise(clock.clock, _cell(state))
        runs = _runs(promise, stage)
        if runs != (clock.since_ms >= 0):
            clock.change(promise, promise, at_ms, runs=runs)
    if state.due_ms != NONE:
        set_due(state, policy)


# --- resolution ------------------------------------------------------------------------------------------------------


def _kept(state: TicketState, cell: Cell, policy: Policy) -> bool:
    """Whether the resolution was promised to `cell`, and is not breached."""
    clock = None if state.sla is None else state.sla.case
    return clock is not None and clock.breached_ms < 0 and policy.promise(RESOLUTION, cell) is not None


def resolve(state: TicketState, at_ms: int, cell: Cell, policy: Policy, facts: list[Fact], weight: int = 1) -> None:
    """The resolve at `at_ms` holds, or no longer (-1)."""
    if _kept(state, cell, policy):
        facts.append((f.SLA_MET[RESOLUTION], at_ms, cell, 0, weight))


def resolve_first(state: TicketState, at_ms: int, cell: Cell, policy: Policy, facts: list[Fact]) -> None:
    """The resolve at `at_ms` is the first."""
    if _kept(state, cell, policy):
        assert state.sla is not None
        state.sla.first_in_time = True
        facts.append((f.RESOLUTION_FIRST_IN, at_ms, cell, 0, 1))


def unresolve_first(state: TicketState, at_ms: int, cell: Cell, facts: list[Fact]) -> None:
    """The first resolve, at `at_ms`, is taken back."""
    if state.sla is not None and state.sla.first_in_time:
        facts.append((f.RESOLUTION_FIRST_IN, at_ms, cell, 0, -1))


def leave(state: TicketState) -> None:
    """The case is gone for good; what was to be told of it stays so."""
    if state.sla is not None:
        state.sla.end_wait()
        if state.sla.case is not None and state.sla.case.told:
            state.sla.over.append(state.sla.case)
        state.sla.case = None


# --- what passes -----------------------------------------------------------------------------------------------------


def pass_until(state: TicketState, now_ms: int, facts: list[Fact]) -> EpochMs:
    """Let all instants before `now_ms` pass. Returns the latest that did, 0 if none."""
    assert state.sla is not None
    passed_ms = 0
    cell = _cell(state)
    for clock in state.sla.running():
        clock_passed_ms = pass_clock(clock, now_ms, cell, facts)
        if clock_passed_ms:
            passed_ms = max(passed_ms, clock_passed_ms)
            if clock.clock == RESOLUTION and clock.breached_ms == clock_passed_ms and state.first_ms == NONE:
                facts.append((f.RESOLUTION_FIRST_OUT, clock_passed_ms, cell, 0, 1))
    return EpochMs(passed_ms)


def standings(state: TicketState) -> tuple[Standing, ...]:
    """Of an unresolved case."""
    assert state.sla is not None
    true_now: tuple[Standing, ...] = ()
    for clock in state.sla.running():
        true_now += clock.standings(_cell(state))
    return true_now
