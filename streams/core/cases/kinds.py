"""The kinds of cases, one for each topic, and the one way to change a case (architecture.md, section 3).

An event that comes in order is stepped. Any other folds the case anew, once without it and once with it: the facts of the first are
taken back, those of the second asserted. So every order of the events leads to the same sums.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import GenericAlias
from typing import Any, Final, Literal, Protocol, get_args

import msgspec

from schemas.events import AgentHeartbeat
from schemas.values import EpochMs
from streams.core.cases.agents import AGENTS
from streams.core.cases.articles import VIEWS, ViewState
from streams.core.cases.call_state import CallState, CallStateRow
from streams.core.cases.calls import CALLS
from streams.core.cases.case import DUE_BYTES, Case, CaseRow, due_of, holds, id_hash
from streams.core.cases.customers import CUSTOMERS, CustomerState
from streams.core.cases.desk import Desk, remember
from streams.core.cases.event_log import EventLog
from streams.core.cases.finance import ENTRIES, EntryState
from streams.core.cases.fold import Fact, Fold, TellingFold
from streams.core.cases.heartbeats import hear
from streams.core.cases.surveys import SURVEYS, SurveyState
from streams.core.cases.ticket_state import TicketState, TicketStateRow
from streams.core.cases.tickets import TICKETS
from streams.core.clocks.policy import Policy
from streams.core.forgotten import HASH_BYTES

ROW_BYTES_MAX: Final = 256 * 1024
LOG_EVENTS_MAX: Final = 4_096
"""A row that is longer, or a log of more events, has the older half of the log sealed, whatever its age: what comes late or twice costs by
the event."""

SEALED_IDS_MAX: Final = 4_096
"""Sealed events whose repeats are told from those that are too late: the latest, and all that one seal can take. Without an end, a producer
that gives all its events one id of a call or ticket would make a row that no topic takes."""

_encode = msgspec.msgpack.Encoder().encode

Verdict = Literal["accepted", "duplicate", "conflict", "too_late"]


class Policies(Protocol):
    """By revision."""

    def __getitem__(self, revision: int) -> Policy: ...


def as_it_is(state: Any) -> Any:
    """Of a state that is a struct: it is its own row."""
    return state


class CaseKind:
    """How cases of one topic are folded, logged and stored.

    row_type   what a row holds of the state
    row_of, state_of  state -> that and back
    """

    def __init__(
        self,
        fold: Fold[Any],
        entity: str,
        new_state: Callable[[], Any],
        row_type: Any = None,
        row_of: Callable[[Any], Any] = as_it_is,
        state_of: Callable[[Any], Any] = as_it_is,
    ) -> None:
        self.fold = fold
        self.teller: TellingFold[Any] | None = fold if isinstance(fold, TellingFold) else None
        self.entity = entity
        row_type = row_type or new_state
        self._decode: Callable[[bytes | memoryview], CaseRow] = msgspec.msgpack.Decoder(
            GenericAlias(tuple, (*get_args(CaseRow)[:-1], row_type))
        ).decode
        self._decode_base = msgspec.msgpack.Decoder(row_type).decode
        self._new_state = new_state
        self._row_of = row_of
        self._state_of = state_of
        self.log = EventLog(fold.event_types, entity)
        self._fits = fold.fits
        self._step = fold.step

    def new(self, id_: str, key: bytes, event: Any, policy: Policy) -> Case:
        """An empty case for its first event to come."""
        return Case(id_, key, policy, event.time, self._new_state())

    def add(self, case: Case, event: Any, policy: Policy, now_ms: EpochMs, facts: list[Fact]) -> Verdict:
        """Take `event` into the case; what became true or untrue is appended to `facts`."""
        at_ms = event.time
        id_ = event.id
        log = self.log
        if log.holds(case, id_):
            return self._repeats(case, event)
        if case.sealed_ms:
            if holds(case.sealed, id_hash(id_)):
                return "duplicate"
            if at_ms < case.sealed_ms:
                return "too_late"
        # Written out rather than compared as tuples: this is done for every event.
        last_ms = case.last_ms
        logged_as = log.type_of(event)
        place = logged_as.place(event)
        in_order = at_ms > last_ms or (at_ms == last_ms and (place, id_) > (case.last_place, log.last_id(case)))
        if in_order and at_ms > case.passed_ms and self._fits(case.state, event):
            log.append(case, logged_as, event, place)
            self._step(case.state, event, policy, facts)
        else:
            self._add_out_of_order(case, event, policy, now_ms, facts)
        return "accepted"

    def _add_out_of_order(self, case: Case, event: Any, policy: Policy, now_ms: EpochMs, facts: list[Fact]) -> None:
        events = self._take_back(case, policy, now_ms, facts)
        events.append(event)
        events.sort(key=_order)
        self._assert_anew(case, events, policy, now_ms, facts)
        self.log.write(case, events)

    def _take_back(self, case: Case, policy: Policy, now_ms: EpochMs, facts: list[Fact]) -> list[Any]:
        """All that the case has asserted is untrue from now on. Returns its events."""
        self.pass_due(case, policy, now_ms, facts)  # so that all that `now_ms` decides is asserted, as it is in `before`
        events = self.log.events(case)
        _, _, before = self.folded(case, events, policy, now_ms)
        facts.extend([(field, at_ms, cell, value, -weight) for field, at_ms, cell, value, weight in before])
        return events

    def _assert_anew(self, case: Case, events: Sequence[Any], policy: Policy, now_ms: EpochMs, facts: list[Fact]) -> None:
        """The case is what `events` make of it."""
        case.state, case.passed_ms, after = self.folded(case, events, policy, now_ms)
        facts.extend(after)

    def folded(self, case: Case, events: Sequence[Any], policy: Policy, now_ms: EpochMs) -> tuple[Any, EpochMs, list[Fact]]:
        """The case as `events` make it, from what is sealed on: state, latest due instant passed, facts."""
        facts: list[Fact] = []
        state = self._stepped(case, events, len(events), policy, facts)
        passed_ms = self.fold.pass_due(state, now_ms, policy, facts)
        return state, passed_ms, facts

    def _stepped(self, case: Case, events: Sequence[Any], count: int, policy: Policy, facts: list[Fact]) -> Any:
        """The state after the first `count` of `events`, which all tell what holds for the whole case."""
        state = self._begin(case, self.base_of(case), events)
        for event in events[:count]:
            self.fold.step(state, event, policy, facts)
        return state

    def _begin(self, case: Case, base: Any, events: Sequence[Any]) -> Any:
        return self.fold.begin(base, events)

    def pass_due(self, case: Case, policy: Policy, now_ms: EpochMs, facts: list[Fact]) -> None:
        """Let due instants of the case pass up to `now_ms`."""
        passed_ms = self.fold.pass_due(case.state, now_ms, policy, facts)
        case.passed_ms = max(case.passed_ms, passed_ms)

    def seal(self, case: Case, before_ms: int, policy: Policy) -> int:
        """Move events before `before_ms` from the log into the base state; returns how many. An event before it is too late from now on."""
        if not case.count or case.origin_ms >= before_ms:
            return 0
        events = self.log.events(case)
        return self._seal_first(case, events, sum(e.time < before_ms for e in events), policy, before_ms)

    def seal_half(self, case: Case, policy: Policy) -> int:
        """Seal the older half of a log that grew too long."""
        events = self.log.events(case)
        half = len(events) // 2
        return self._seal_first(case, events, half, policy, events[half].time)

    def _seal_first(self, case: Case, events: list[Any], count: int, policy: Policy, sealed_ms: int) -> int:
        if not count:
            return 0
        base = self._stepped(case, events, count, policy, [])
        if self.teller is not None and case.told:
            for name in self.teller.let_go(base, case.state):
                case.told.pop(name, None)
        self.set_base(case, base)
        case.sealed = (case.sealed + b"".join(id_hash(e.id) for e in events[:count]))[-SEALED_IDS_MAX * HASH_BYTES :]
        case.sealed_ms = max(case.sealed_ms, sealed_ms)
        self.log.write(case, events[count:])
        return count

    def base_of(self, case: Case) -> Any | None:
        """The state after the sealed events; None if there are none."""
        return self._state_of(self._decode_base(case.base)) if case.base else None

    def set_base(self, case: Case, base: Any) -> None:
        """The other way round."""
        case.base = _encode(self._row_of(base))

    def _repeats(self, case: Case, event: Any) -> Verdict:
        other = next(e for e in self.log.events(case) if e.id == event.id)
        return "duplicate" if self.log.same(other, event) else "conflict"

    def write(self, case: Case) -> bytes:
        """The row."""
        row: CaseRow = (
            case.policy.revision,
            case.origin_ms,
            case.count,
            case.last_ms,
            case.last_place,
            case.passed_ms,
            case.sealed_ms,
            case.sealed,
            case.base,
            case.ids_start,
            case.ids,
            case.log,
            case.agent_id,
            case.told or None,
            self._row_of(case.state),
        )
        return case.due_ms.to_bytes(DUE_BYTES, "big") + _encode(row)

    def read(self, id_: str, key: bytes, row: bytes, policies: Policies) -> Case:
        """The case of a row, as it was written."""
        (
            revision,
            origin_ms,
            count,
            last_ms,
            last_place,
            passed_ms,
            sealed_ms,
            sealed,
            base,
            ids_start,
            ids,
            log,
            agent_id,
            told,
            state,
        ) = self._decode(memoryview(row)[DUE_BYTES:])
        case = Case(id_, key, policies[revision], origin_ms, self._state_of(state))
        case.count = count
        case.last_ms = last_ms
        case.last_place = last_place
        case.passed_ms = passed_ms
        case.sealed_ms = sealed_ms
        case.sealed = sealed
        case.base = base
        case.ids_start = ids_start
        case.ids = ids
        case.log = log
        case.agent_id = agent_id
        case.told = told
        case.stood = self.fold.standings(case.state)
        case.due_ms = due_of(row)
        return case


class AgentKind(CaseKind):
    """Agents send heartbeats all day: these do not go into the log; the state keeps their runs, whatever the case is folded from."""

    def add(self, case: Case, event: Any, policy: Policy, now_ms: EpochMs, facts: list[Fact]) -> Verdict:
        if type(event) is not AgentHeartbeat:
            return super().add(case, event, policy, now_ms, facts)
        runs = case.state.runs.copy()
        if not hear(runs, event.time):
            return "duplicate"  # there may have been none at that instant, but it says nothing new
        if event.time < case.sealed_ms:
            return "too_late"
        if event.time > case.passed_ms and self._fits(case.state, event):
            self._step(case.state, event, policy, facts)
        else:
            self._hear_late(case, runs, event.time, policy, now_ms, facts)
        return "accepted"

    def _hear_late(self, case: Case, runs: list[int], heard_ms: int, policy: Policy, now_ms: EpochMs, facts: list[Fact]) -> None:
        events = self._take_back(case, policy, now_ms, facts)
        first_ms = case.state.first_beat_ms
        case.state.runs, case.state.first_beat_ms = runs, heard_ms if first_ms < 0 else min(first_ms, heard_ms)
        self._assert_anew(case, events, policy, now_ms, facts)

    def _begin(self, case: Case, base: Any, events: Sequence[Any]) -> Any:
        desk = super()._begin(case, base, events)
        remember(desk, case.state.runs, case.state.first_beat_ms)
        return desk


def _order(event: Any) -> tuple[int, int, int, str]:
    """The order of events within a case (events.md)."""
    return event.time, event.seq, type(event).RANK, event.id


KINDS: Final = {
    "calls": CaseKind(CALLS, "call_id", CallState, CallStateRow, CallState.row, CallState.of),
    "tickets": CaseKind(TICKETS, "ticket_id", TicketState, TicketStateRow, TicketState.row, TicketState.of),
    "agents": AgentKind(AGENTS, "agent_id", Desk),
    "surveys": CaseKind(SURVEYS, "survey_id", SurveyState),
    "customers": CaseKind(CUSTOMERS, "customer_id", CustomerState),
    "articles": CaseKind(VIEWS, "view_id", ViewState),
    "finance": CaseKind(ENTRIES, "entry_id", EntryState),
}
