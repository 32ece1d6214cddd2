"""A case in a row: its log, the state of its fold, and the one way to change them (architecture.md, section 3).

An event that comes in order is stepped. Any other folds the case anew, once without it and once with it: the facts of the first are
taken back, those of the second asserted. So every order of the events leads to the same sums.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from hashlib import blake2b
from operator import attrgetter
from typing import Any, Final, Literal

import msgspec

from schemas.events import AgentHeartbeat
from schemas.values import EpochMs
from streams.core.cases.agents import AGENTS
from streams.core.cases.articles import VIEWS, ViewState
from streams.core.cases.call_state import CallState
from streams.core.cases.calls import CALLS
from streams.core.cases.customers import CUSTOMERS, CustomerState
from streams.core.cases.desk import Desk, remember
from streams.core.cases.finance import ENTRIES, EntryState
from streams.core.cases.fold import NEVER_MS, Fact, Fold
from streams.core.cases.heartbeats import hear
from streams.core.cases.surveys import SURVEYS, SurveyState
from streams.core.cases.tickets import TICKETS, TicketState
from streams.core.clocks.policy import Policy
from streams.core.forgotten import HASH_BYTES

ROW_BYTES_MAX: Final = 256 * 1024
"""A longer row seals the older half of its log, whatever its age."""

SEALED_IDS_MAX: Final = 4_096
"""Sealed events whose repeats are told from those that are too late: the latest. Without an end, a producer that gives all its events one
id of a call or ticket would make a row that no topic takes."""

DUE_BYTES: Final = 8
"""A row begins with its due instant, so that a restore has to decode nothing."""

ID_END: Final = b"\xff"
"""Stands in no UTF-8."""
PLACE_SHIFT: Final = 4
"""Ranks are below 16: sequence number and rank fit into one number that orders as both do."""
ARRAY_OF_32_BITS: Final = b"\xdd"

_encode = msgspec.msgpack.Encoder().encode
_decode_entries = msgspec.msgpack.Decoder(list[list[Any]]).decode

Verdict = Literal["accepted", "duplicate", "conflict", "too_late"]


class Case(msgspec.Struct, array_like=True, gc=False):
    """One case. `log` holds its events as msgpack arrays, back to back: [type number, ms since `origin_ms`, [seq, own fields ...]]."""

    revision: int  # of the policy in force when it opened
    origin_ms: int  # time of the first event in `log`
    count: int = 0  # of events in `log`
    last_ms: int = -1
    last_place: int = 0  # seq and rank of the last event
    passed_ms: int = 0  # the latest due instant that passed by the clock
    sealed_ms: int = 0  # an event before this is too late
    sealed: bytes = b""  # 8-byte hashes of the ids of the latest sealed events
    base: bytes = b""  # the state after them
    ids: bytes = b""  # of the events in `log`, each in UTF-8 and followed by ID_END
    log: bytes = b""


class CallCase(Case, array_like=True, gc=False):
    """A call."""

    state: CallState = msgspec.field(default_factory=CallState)


class TicketCase(Case, array_like=True, gc=False):
    """A ticket."""

    state: TicketState = msgspec.field(default_factory=TicketState)


class AgentCase(Case, array_like=True, gc=False):
    """An agent."""

    state: Desk = msgspec.field(default_factory=Desk)


class SurveyCase(Case, array_like=True, gc=False):
    """A survey."""

    state: SurveyState = msgspec.field(default_factory=SurveyState)


class CustomerCase(Case, array_like=True, gc=False):
    """A customer."""

    state: CustomerState = msgspec.field(default_factory=CustomerState)


class ViewCase(Case, array_like=True, gc=False):
    """One view of an article."""

    state: ViewState = msgspec.field(default_factory=ViewState)


class EntryCase(Case, array_like=True, gc=False):
    """An entry of an amount."""

    state: EntryState = msgspec.field(default_factory=EntryState)


class CaseKind:
    """How cases of one topic are folded, logged and stored."""

    def __init__(self, fold: Fold[Any], case_type: type[Any], state_type: type[Any], entity: str) -> None:
        self.fold = fold
        self.entity = entity
        self.case_type = case_type
        self.decode: Callable[[bytes | memoryview], Any] = msgspec.msgpack.Decoder(case_type).decode
        self._decode_base = msgspec.msgpack.Decoder(state_type).decode
        names = {t: _logged_fields(t, entity) for t in fold.event_types}
        self._types = [(t, names[t]) for t in fold.event_types]
        self._kinds: dict[type, tuple[int, int, Callable[[Any], tuple[Any, ...]]]] = {
            t: (number, t.RANK, _values_of(names[t]))  # type: ignore[attr-defined]
            for number, t in enumerate(fold.event_types)
        }
        self._fits = fold.fits
        self._step = fold.step

    def new(self, event: Any, policy: Policy) -> Any:
        """An empty case for its first event to come."""
        return self.case_type(policy.revision, event.time)

    def add(self, case: Any, event: Any, policy: Policy, now_ms: EpochMs, facts: list[Fact]) -> Verdict:
        """Take `event` into the case; what became true or untrue is appended to `facts`."""
        at_ms = event.time
        id_ = event.id
        id_utf8 = id_.encode()
        ids = case.ids
        # A part of another id is found too: then it is looked for as a whole, and only then are the events decoded.
        if id_utf8 in ids and ID_END + id_utf8 + ID_END in ID_END + ids:
            return self._repeats(case, event)
        if case.sealed_ms:
            if _holds(case.sealed, id_hash(id_)):
                return "duplicate"
            if at_ms < case.sealed_ms:
                return "too_late"
        log = case.log
        if not log:
            case.origin_ms = at_ms
        number, rank, values_of = self._kinds[type(event)]
        # Written out rather than compared as tuples: this is done for every event.
        last_ms = case.last_ms
        place = event.seq << PLACE_SHIFT | rank
        in_order = at_ms > last_ms or (at_ms == last_ms and (place, id_utf8) > (case.last_place, _last_id(ids)))
        if in_order and at_ms > case.passed_ms and self._fits(case.state, event):
            case.log = log + _encode((number, at_ms - case.origin_ms, values_of(event)))
            case.ids = ids + id_utf8 + ID_END
            case.count += 1
            case.last_ms = at_ms
            case.last_place = place
            self._step(case.state, event, policy, facts)
        else:
            self._add_out_of_order(case, event, policy, now_ms, facts)
        return "accepted"

    def _add_out_of_order(self, case: Any, event: Any, policy: Policy, now_ms: EpochMs, facts: list[Fact]) -> None:
        self.pass_due(case, policy, now_ms, facts)  # so that all that `now_ms` decides is asserted, as it is in `before`
        events = self.events(case)
        _, _, before = self.folded(case, events, policy, now_ms)
        facts.extend([(field, at_ms, cell, value, -weight) for field, at_ms, cell, value, weight in before])
        events.append(event)
        events.sort(key=self.order)
        case.state, case.passed_ms, after = self.folded(case, events, policy, now_ms)
        facts.extend(after)
        self._write_log(case, events)

    def folded(self, case: Any, events: Sequence[Any], policy: Policy, now_ms: EpochMs) -> tuple[Any, EpochMs, list[Fact]]:
        """The case as `events` make it, from what is sealed on: state, latest due instant passed, facts."""
        facts: list[Fact] = []
        state = self._stepped(case, events, len(events), policy, facts)
        passed_ms = self.fold.pass_due(state, now_ms, policy, facts)
        return state, passed_ms, facts

    def _stepped(self, case: Any, events: Sequence[Any], count: int, policy: Policy, facts: list[Fact]) -> Any:
        """The state after the first `count` of `events`, which all tell what holds for the whole case."""
        base = self._decode_base(case.base) if case.base else None
        state = self._begin(case, base, events)
        for event in events[:count]:
            self.fold.step(state, event, policy, facts)
        return state

    def _begin(self, case: Any, base: Any, events: Sequence[Any]) -> Any:
        return self.fold.begin(base, events)

    def pass_due(self, case: Any, policy: Policy, now_ms: EpochMs, facts: list[Fact]) -> None:
        """Let due instants of the case pass up to `now_ms`."""
        passed_ms = self.fold.pass_due(case.state, now_ms, policy, facts)
        case.passed_ms = max(case.passed_ms, passed_ms)

    def events(self, case: Any) -> list[Any]:
        """The events in the log, in order."""
        events = []
        entries = _decode_entries(ARRAY_OF_32_BITS + case.count.to_bytes(4, "big") + case.log)
        for (number, since_origin_ms, values), id_utf8 in zip(entries, case.ids.split(ID_END), strict=False):
            event_type, names = self._types[number]
            fields: dict[str, Any] = dict(zip(names, values, strict=True))
            events.append(event_type(id=id_utf8.decode(), time=case.origin_ms + since_origin_ms, **{self.entity: ""}, **fields))
        assert len(events) == case.count == case.ids.count(ID_END), f"{case.count} events, {case.ids!r}"
        return events

    def order(self, event: Any) -> tuple[int, int, int, str]:
        """The order of events within a case (events.md)."""
        return event.time, event.seq, type(event).RANK, event.id

    def seal(self, case: Any, before_ms: int, policy: Policy) -> int:
        """Move events before `before_ms` from the log into the base state; returns how many. An event before it is too late from now on."""
        if not case.count or case.origin_ms >= before_ms:
            return 0
        events = self.events(case)
        return self._seal_first(case, events, sum(e.time < before_ms for e in events), policy, before_ms)

    def seal_half(self, case: Any, policy: Policy) -> int:
        """Seal the older half of a log that grew too long."""
        events = self.events(case)
        half = len(events) // 2
        return self._seal_first(case, events, half, policy, events[half].time)

    def _seal_first(self, case: Any, events: list[Any], count: int, policy: Policy, sealed_ms: int) -> int:
        if not count:
            return 0
        case.base = _encode(self._stepped(case, events, count, policy, []))
        case.sealed = (case.sealed + b"".join(id_hash(e.id) for e in events[:count]))[-SEALED_IDS_MAX * HASH_BYTES :]
        case.sealed_ms = max(case.sealed_ms, sealed_ms)
        self._write_log(case, events[count:])
        return count

    def _write_log(self, case: Any, events: Sequence[Any]) -> None:
        case.count = len(events)
        if events:
            case.origin_ms = events[0].time
            last = events[-1]
            case.last_ms, case.last_place = last.time, last.seq << PLACE_SHIFT | type(last).RANK
        case.log = b"".join(self._entry(e, case.origin_ms) for e in events)
        case.ids = b"".join(e.id.encode() + ID_END for e in events)

    def _repeats(self, case: Any, event: Any) -> Verdict:
        other = next(e for e in self.events(case) if e.id == event.id)
        same = type(other) is type(event) and self._entry(other, 0) == self._entry(event, 0)
        return "duplicate" if same else "conflict"

    def _entry(self, event: Any, origin_ms: int) -> bytes:
        number, _, values_of = self._kinds[type(event)]
        return _encode((number, event.time - origin_ms, values_of(event)))

    def write(self, case: Any, due_ms: int) -> bytes:
        """The row."""
        return due_ms.to_bytes(DUE_BYTES, "big") + _encode(case)

    def read(self, row: bytes) -> Any:
        """The case of a row."""
        return self.decode(memoryview(row)[DUE_BYTES:])


class AgentKind(CaseKind):
    """Agents send heartbeats all day: these do not go into the log, the state keeps their runs, whatever the case is folded from."""

    def add(self, case: Any, event: Any, policy: Policy, now_ms: EpochMs, facts: list[Fact]) -> Verdict:
        if type(event) is not AgentHeartbeat:
            return super().add(case, event, policy, now_ms, facts)
        if event.time < case.sealed_ms:
            return "too_late"
        runs = case.state.runs.copy()
        if not hear(runs, event.time):
            return "duplicate"  # there may have been none at that instant, but it says nothing new
        if event.time > case.passed_ms and self._fits(case.state, event):
            self._step(case.state, event, policy, facts)
        else:
            self._hear_late(case, runs, event.time, policy, now_ms, facts)
        return "accepted"

    def _hear_late(self, case: Any, runs: list[int], heard_ms: int, policy: Policy, now_ms: EpochMs, facts: list[Fact]) -> None:
        self.pass_due(case, policy, now_ms, facts)
        events = self.events(case)
        _, _, before = self.folded(case, events, policy, now_ms)
        facts.extend([(field, at_ms, cell, value, -weight) for field, at_ms, cell, value, weight in before])
        first_ms = case.state.first_beat_ms
        case.state.runs, case.state.first_beat_ms = runs, heard_ms if first_ms < 0 else min(first_ms, heard_ms)
        case.state, case.passed_ms, after = self.folded(case, events, policy, now_ms)
        facts.extend(after)

    def _begin(self, case: Any, base: Any, events: Sequence[Any]) -> Any:
        desk = super()._begin(case, base, events)
        remember(desk, case.state.runs, case.state.first_beat_ms)
        return desk


def due_of(row: bytes) -> int:
    """The due instant at the head of a row, NEVER_MS if none."""
    return int.from_bytes(row[:DUE_BYTES], "big")


def id_hash(id_: str) -> bytes:
    """8 bytes that stand for an id that is no longer kept."""
    return blake2b(id_.encode(), digest_size=HASH_BYTES).digest()


def _holds(hashes: bytes, hash_: bytes) -> bool:
    """Whether `hash_` is among those that stand back to back in `hashes`."""
    at = hashes.find(hash_)
    while at % HASH_BYTES and at >= 0:
        at = hashes.find(hash_, at + 1)
    return at >= 0


def _last_id(ids: bytes) -> bytes:
    """UTF-8 orders as the text does."""
    return ids[:-1].rpartition(ID_END)[2]


def _values_of(names: tuple[str, ...]) -> Callable[[Any], tuple[Any, ...]]:
    if len(names) > 1:
        return attrgetter(*names)
    (only,) = names
    one = attrgetter(only)
    return lambda event: (one(event),)


def _logged_fields(event_type: type[Any], entity: str) -> tuple[str, ...]:
    """seq, then what is its own; `source` and the entity id are not part of what a fold reads."""
    own = [name for name in event_type.__struct_fields__ if name not in ("id", "time", "seq", "source", entity)]
    return ("seq", *own)


KINDS: Final = {
    "calls": CaseKind(CALLS, CallCase, CallState, "call_id"),
    "tickets": CaseKind(TICKETS, TicketCase, TicketState, "ticket_id"),
    "agents": AgentKind(AGENTS, AgentCase, Desk, "agent_id"),
    "surveys": CaseKind(SURVEYS, SurveyCase, SurveyState, "survey_id"),
    "customers": CaseKind(CUSTOMERS, CustomerCase, CustomerState, "customer_id"),
    "articles": CaseKind(VIEWS, ViewCase, ViewState, "view_id"),
    "finance": CaseKind(ENTRIES, EntryCase, EntryState, "entry_id"),
}

assert NEVER_MS < 1 << 63
