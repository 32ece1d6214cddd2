"""The one way to change a case (architecture.md, section 3).

An event that comes in order is stepped. Any other folds the case anew, once without it and once with it: the facts of the first are
taken back, those of the second asserted. So every order of the events leads to the same sums.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final, Literal

from schemas.values import EpochMs
from streams.core.cases.case import Case, holds, id_hash
from streams.core.cases.case_rows import CaseRows
from streams.core.cases.event_log import EventLog
from streams.core.cases.fold import Fact, Fold, TellingFold
from streams.core.clocks.policy import Policy
from streams.core.forgotten import HASH_BYTES

SEALED_IDS_MAX: Final = 4_096
"""Sealed events whose repeats are told from those that are too late: the latest, and all that one seal can take. Without an end, a producer
that gives all its events one id of a call or ticket would make a row that no topic takes."""

Verdict = Literal["accepted", "duplicate", "conflict", "too_late"]


class CaseKind:
    """How cases of one topic are folded, logged and written."""

    def __init__(self, fold: Fold[Any], entity: str, new_state: Callable[[], Any], rows: CaseRows) -> None:
        self.fold = fold
        self.teller: TellingFold[Any] | None = fold if isinstance(fold, TellingFold) else None
        self.entity = entity
        self.rows = rows
        self.log = EventLog(fold.event_types, entity)
        self._new_state = new_state
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
        state = self._begin(case, self.rows.base_of(case), events)
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
        self.rows.set_base(case, base)
        case.sealed = (case.sealed + b"".join(id_hash(e.id) for e in events[:count]))[-SEALED_IDS_MAX * HASH_BYTES :]
        case.sealed_ms = max(case.sealed_ms, sealed_ms)
        self.log.write(case, events[count:])
        return count

    def _repeats(self, case: Case, event: Any) -> Verdict:
        other = next(e for e in self.log.events(case) if e.id == event.id)
        return "duplicate" if self.log.same(other, event) else "conflict"


def _order(event: Any) -> tuple[int, int, int, str]:
    """The order of events within a case (events.md)."""
    return event.time, event.seq, type(event).RANK, event.id
