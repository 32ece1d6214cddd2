"""The fold of a ticket: work without a live queue (events.md, topic `tickets`; metrics.md, sections 4 and 7).

Waits and resolutions have files of their own. A ticket first known by a `ticket.snapshot` is *carried in*: its past is not counted, and
what cannot be known of it (working time, a first resolution before it) has no sample.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import Any, Final

from schemas import fields as f
from schemas.events import (
    TicketAssigned,
    TicketCreated,
    TicketDeleted,
    TicketHandoff,
    TicketMerged,
    TicketMessage,
    TicketSnapshot,
    TicketStatus,
    TicketUpdated,
)
from schemas.values import NO_QUEUE, Cell, EpochMs
from streams.core.cases import handovers, ticket_clocks, ticket_contacts, waits
from streams.core.cases.fold import NEVER_MS, Fact, Standing
from streams.core.cases.resolutions import leave, pause, reopen, resolve
from streams.core.cases.ticket_state import (
    BOT,
    BY_AGENT,
    CALL_LOG,
    GONE,
    NONE,
    NOT_SAID,
    OPEN,
    REQUEST,
    RESOLVED,
    UNLABELLED,
    UNOPENED,
    UNSEEN,
    TicketState,
    assign,
    label,
)
from streams.core.clocks.policy import Policy
from streams.core.tellings import Telling


class TicketFold:
    """See `Fold`. The instance has no state."""

    topic = "tickets"
    event_types: tuple[type, ...] = (
        TicketSnapshot,
        TicketCreated,
        TicketUpdated,
        TicketAssigned,
        TicketMessage,
        TicketHandoff,
        TicketStatus,
        TicketMerged,
        TicketDeleted,
    )

    def begin(self, base: TicketState | None, events: Iterable[Any]) -> TicketState:
        state = TicketState() if base is None else base.copy()
        if state.origin == NOT_SAID:
            for event in events:
                if type(event) is TicketCreated:
                    _describe(state, event)
                    break
        return state

    def fits(self, state: TicketState, event: Any) -> bool:
        # What a later ticket.created says holds for the whole ticket: all that was labelled before it changes.
        return type(event) is not TicketCreated or state.origin != NOT_SAID or state.stage == UNOPENED

    def step(self, state: TicketState, event: Any, policy: Policy, facts: list[Fact]) -> None:
        at_ms = event.time
        stage = state.stage
        if stage == GONE:
            return
        if 0 <= state.due_ms < at_ms:
            waits.overdue(state, facts)
        if state.sla is not None:
            ticket_clocks.pass_until(state, at_ms, facts)
        if stage == UNOPENED:
            _open(state, event, at_ms, policy, facts)
        _ACTIONS[type(event)](state, event, at_ms, policy, facts)

    def due_ms(self, state: TicketState, policy: Policy) -> EpochMs:
        due_ms = state.due_ms if state.due_ms >= 0 else NEVER_MS
        if state.sla is not None:
            due_ms = min(due_ms, state.sla.next_ms)
        return EpochMs(due_ms + 1 if due_ms < NEVER_MS else NEVER_MS)

    def pass_due(self, state: TicketState, now_ms: EpochMs, policy: Policy, facts: list[Fact]) -> EpochMs:
        passed_ms = 0
        if 0 <= state.due_ms < now_ms:
            passed_ms = state.due_ms
            waits.overdue(state, facts)
        if state.sla is not None and state.stage > GONE:
            passed_ms = max(passed_ms, ticket_clocks.pass_until(state, now_ms, facts))
        return EpochMs(passed_ms)

    def standings(self, state: TicketState) -> tuple[Standing, ...]:
        stage = state.stage
        if stage <= GONE:
            return ()
        cell = state.cells[state.cell_no]
        true_now: tuple[Standing, ...] = ((stage, cell, state.created_ms),)
        if state.wait_ms >= 0:
            true_now += ((f.NEXT_UNANSWERED if state.human_wrote else f.FIRST_UNANSWERED, cell, state.wait_ms),)
            if stage != BOT:  # a machine has it: outside open cases (events.md, ticket.status)
                true_now += ((f.OPEN, cell, state.wait_ms),)
        if not state.person:
            true_now += ((f.UNASSIGNED, cell, state.created_ms),)
        return true_now if state.sla is None else true_now + ticket_clocks.standings(state)

    def tellings(self, state: TicketState, policy: Policy) -> tuple[Telling, ...]:
        told = ticket_contacts.tellings(state)
        return told if state.sla is None else told + state.sla.tellings(policy)

    def let_go(self, base: TicketState, state: TicketState) -> Collection[str]:
        names = ticket_contacts.let_go(base, state)
        return names if base.sla is None or state.sla is None else [*names, *state.sla.let_go(base.sla)]

    def ended_ms(self, state: TicketState) -> EpochMs:
        return EpochMs(state.ended_ms if state.ended_ms >= 0 else NEVER_MS)


def _describe(state: TicketState, event: TicketCreated) -> None:
    """Labels and author hold for the whole ticket. To one opened and sealed without them only labels that it lacks can be added."""
    state.origin = BY_AGENT if event.by == "agent" else CALL_LOG if event.call_id is not None else REQUEST
    said = Cell(event.queue or NO_QUEUE, event.channel, event.priority or UNLABELLED.priority)
    state.contacts.say(event.customer_id, event.topic)
    state.contacts.call_id = event.call_id
    if event.by == "agent" and event.call_id is not None and state.stage == UNOPENED:
        state.contacts.gone = 1  # it was the call that the customer came by
    if state.stage == UNOPENED:
        state.cells = [said]
        return
    known = state.cells[state.cell_no]
    label(state, Cell(*(new if old == lacking else old for old, new, lacking in zip(known, said, UNLABELLED, strict=True))))


def _open(state: TicketState, event: Any, at_ms: int, policy: Policy, facts: list[Fact]) -> None:
    """The earliest event opens the case, under the labels that it leaves."""
    kind = type(event)
    if kind is TicketCreated and state.origin == NOT_SAID:
        _describe(state, event)
    cell = state.cells[0] if state.cells else UNLABELLED
    if kind is TicketSnapshot or kind is TicketUpdated:
        cell = Cell(event.queue or cell.queue, event.channel or cell.channel, event.priority or cell.priority)
    elif kind is TicketAssigned:
        cell = Cell(event.queue or cell.queue, cell.channel, cell.priority)
    state.cells = [cell]
    state.human_wrote = state.origin == BY_AGENT
    if kind is TicketSnapshot:
        _carry_in(state, event, at_ms, policy, facts)
        return
    state.stage = OPEN
    ticket_clocks.open_case(state, event.id, at_ms, at_ms, policy)
    state.created_ms = state.cohort_ms = at_ms
    facts.append((f.TICKETS_CREATED, at_ms, cell, 0, 1))
    facts.append((f.COHORT_CREATED, at_ms, cell, 0, 1))
    if state.origin <= REQUEST:
        facts.append((f.TICKETS_REQUESTED, at_ms, cell, 0, 1))
    if cell.queue:
        assign(state, at_ms, facts)
    if state.origin != BY_AGENT:
        state.contacts.ask(at_ms, state.cell_no)
        waits.start(state, event, policy)


def _carry_in(state: TicketState, event: TicketSnapshot, at_ms: int, policy: Policy, facts: list[Fact]) -> None:
    """Nothing is known of a case but what is true now."""
    state.created_ms = min(event.created, at_ms)
    state.past_unseen = True
    handovers.have(state, event.agent_id, at_ms, policy, [])  # since when is not known
    if state.person or event.queue is not None:
        state.assigned_ms = UNSEEN
    stage = f.UNRESOLVED.get(event.status, RESOLVED)
    state.stage = stage
    if stage == RESOLVED:  # nothing to carry, unless it is reopened
        state.ended_ms = at_ms
        state.first_ms = UNSEEN
        state.human_wrote = True
        return
    facts.append((f.TICKETS_CARRIED_IN, at_ms, state.cells[0], 0, 1))
    ticket_clocks.open_case(state, event.id, state.created_ms, at_ms, policy)
    since_ms = event.waiting_since
    if since_ms is None or since_ms > state.created_ms:
        state.human_wrote = True  # who does not wait since creation has been answered before
    if since_ms is not None:
        waits.start_since(state, min(since_ms, at_ms), event, policy)


def _snapshot(state: TicketState, event: TicketSnapshot, at_ms: int, policy: Policy, facts: list[Fact]) -> None:
    """Put right what events told so far. What must have happened meanwhile counts now, when it is known; its durations are not known."""
    if state.created_ms > event.created:
        state.created_ms = event.created
        state.past_unseen = True
        ticket_clocks.open_earlier(state, event.created, at_ms, policy)
    _updated(state, event, at_ms, policy, facts)
    handovers.have(state, event.agent_id, at_ms, policy, facts)
    if state.person and state.assigned_ms == NONE:
        assign(state, at_ms, facts)
    stage = f.UNRESOLVED.get(event.status, RESOLVED)
    if stage == RESOLVED:
        if state.stage != RESOLVED:
            resolve(state, at_ms, policy, facts, seen=False)
        return
    if state.stage == RESOLVED:
        reopen(state, stage, at_ms, policy, facts)
    elif state.stage != stage:
        pause(state, stage, at_ms, policy)
        state.stage = stage
    since_ms = NONE if event.waiting_since is None else min(event.waiting_since, at_ms)
    if since_ms != state.wait_ms:
        if state.wait_ms >= 0 and not NONE < since_ms < state.wait_ms:
            state.human_wrote = True  # an answer that we did not see
        waits.end(state)
        if since_ms >= 0:
            waits.start_since(state, since_ms, event, policy)


def _created(state: TicketState, event: TicketCreated, at_ms: int, policy: Policy, facts: list[Fact]) -> None:
    """All that it says was taken in before the first event."""


def _updated(state: TicketState, event: TicketUpdated | TicketSnapshot, at_ms: int, policy: Policy, facts: list[Fact]) -> None:
    if type(event) is TicketUpdated:
        state.contacts.say(event.customer_id, event.topic)
    if event.queue is None and event.channel is None and event.priority is None:
        return
    old = state.cells[state.cell_no]
    cell = Cell(event.queue or old.queue, event.channel or old.channel, event.priority or old.priority)
    if cell == old:
        return
    label(state, cell)
    handovers.relabel(state, old, at_ms, policy, facts)
    if cell.queue and state.assigned_ms == NONE:
        assign(state, at_ms, facts)


def _assigned(state: TicketState, event: TicketAssigned, at_ms: int, policy: Policy, facts: list[Fact]) -> None:
    queue = event.queue
    cell = state.cells[state.cell_no]
    if queue is not None and queue != cell.queue:
        label(state, Cell(queue, cell.channel, cell.priority))
        handovers.relabel(state, cell, at_ms, policy, facts)
    handovers.have(state, event.agent_id, at_ms, policy, facts)
    if state.assigned_ms == NONE and (state.person or queue is not None):
        assign(state, at_ms, facts)


def _message(state: TicketState, event: TicketMessage, at_ms: int, policy: Policy, facts: list[Fact]) -> None:
    by = event.by
    if by == "customer":
        if not event.thanks:
            if state.stage == RESOLVED:
                reopen(state, OPEN, at_ms, policy, facts)
            if event.public and state.wait_ms < 0:
                state.contacts.ask(at_ms, state.cell_no)
                waits.start(state, event, policy)
        return
    if event.auto or not event.public:
        return
    waits.answer(state, event, policy, facts)


def _handoff(state: TicketState, event: TicketHandoff, at_ms: int, policy: Policy, facts: list[Fact]) -> None:
    if state.wait_ms < 0 and state.stage != RESOLVED:
        waits.start(state, event, policy)


def _status(state: TicketState, event: TicketStatus, at_ms: int, policy: Policy, facts: list[Fact]) -> None:
    stage = f.UNRESOLVED.get(event.status, RESOLVED)
    if stage == state.stage:
        return
    if stage == RESOLVED:
        resolve(state, at_ms, policy, facts, seen=True)
    elif state.stage != RESOLVED:
        pause(state, stage, at_ms, policy)
        state.stage = stage
    elif stage != BOT:  # a machine that looks at a resolved case does not reopen it
        reopen(state, stage, at_ms, policy, facts)
        if not state.human_wrote:
            waits.start(state, event, policy)


def _merged(state: TicketState, event: TicketMerged, at_ms: int, policy: Policy, facts: list[Fact]) -> None:
    leave(state, f.TICKETS_MERGED, at_ms, policy, facts)


def _deleted(state: TicketState, event: TicketDeleted, at_ms: int, policy: Policy, facts: list[Fact]) -> None:
    leave(state, f.TICKETS_DELETED, at_ms, policy, facts)


_Action = Callable[[TicketState, Any, int, Policy, list[Fact]], None]
_ACTIONS: dict[type, _Action] = {
    TicketSnapshot: _snapshot,
    TicketCreated: _created,
    TicketUpdated: _updated,
    TicketAssigned: _assigned,
    TicketMessage: _message,
    TicketHandoff: _handoff,
    TicketStatus: _status,
    TicketMerged: _merged,
    TicketDeleted: _deleted,
}

TICKETS: Final = TicketFold()

__all__ = ["TICKETS", "TicketFold", "TicketState"]
