"""The cases of one topic in one shard: encoded at rest, decoded between two takes, forgotten in the end (architecture.md, section 3)."""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter
from typing import Any

import msgspec

from schemas.state import CASE_KINDS
from schemas.values import SECOND_MS, EpochMs
from streams.core.cases.case import Case, id_hash
from streams.core.cases.case_rows import LOG_EVENTS_MAX, ROW_BYTES_MAX
from streams.core.cases.due_head import due_of
from streams.core.cases.fold import NEVER_MS, Fact, Standing
from streams.core.cases.kind import CaseKind
from streams.core.cases.kinds import KINDS
from streams.core.cases.pressing import PressingCases
from streams.core.cases.renaming import rename_customer
from streams.core.clocks.revisions import Revisions
from streams.core.clocks.wheel import Wheel
from streams.core.forgotten import Forgotten
from streams.core.log import Output
from streams.core.panes.standings import Standings
from streams.core.tellings import Voices, tell

_encode = msgspec.msgpack.Encoder().encode


class CaseStore:
    """Looks cases up, lets time pass for them, writes those that changed.

    warm     decoded: the cases that changed since the take before the last
    touched  changed since the last `settle`, each once: whoever changes one that is not `touched` says so and appends it
    """

    def __init__(
        self,
        topic: str,
        *,
        revisions: Revisions,
        standings: Standings,
        forgotten: Forgotten,
        keep_ms: int | None,
        lateness_ms: int,
        voices: Voices,
        pressing: PressingCases,
    ) -> None:
        """keep_ms None: nothing is sealed or forgotten"""
        self.topic = topic
        self.kind: CaseKind = KINDS[topic]
        self.prefix = CASE_KINDS[topic]
        self.entity_of: Callable[[Any], str] = attrgetter(self.kind.entity)
        self.warm: dict[str, Case] = {}
        self.touched: list[Case] = []
        self._changed: list[Case] = []  # since the last take, each once
        self._erased: dict[bytes, Case] = {}
        self._rows: dict[str, bytes] = {}
        self._revisions = revisions
        self._standings = standings
        self._wheel = Wheel()
        self._forgotten = forgotten
        self._keep_ms = keep_ms
        self._lateness_ms = lateness_ms
        self._voices = voices
        self._pressing = pressing

    def find(self, id_: str, event: Any, now_ms: EpochMs) -> Case | None:
        """The case that `event` belongs to, which is not warm; a new one if there is none. None if it was forgotten."""
        if id_ in self._rows:
            return self._read(id_, now_ms)
        if self._forgotten and self._mark(id_) in self._forgotten:
            return None
        case = self.warm[id_] = self.kind.new(id_, self._key(id_), event, self._revisions.current)
        if self._erased:
            self._erased.pop(case.key, None)  # its row was another's
        return case

    def _read(self, id_: str, now_ms: EpochMs) -> Case:
        case = self.warm[id_] = self.kind.rows.read(id_, self._key(id_), self._rows[id_], self._revisions)
        if self._keep_ms is not None:
            self.kind.seal(case, now_ms - self._lateness_ms, case.policy)
        return case

    def _key(self, id_: str) -> bytes:
        return self.prefix + id_.encode()

    def settle(self) -> None:
        """Put the cases touched since the last call on the wheel: when time alone changes them next."""
        for case in self.touched:
            due_ms = self._due(case)
            if due_ms != case.due_ms:
                self._set_due(case, due_ms)
            case.touched = False
            self._note_change(case)
        self.touched.clear()

    def _note_change(self, case: Case) -> None:
        if not case.changed:
            case.changed = True
            self._changed.append(case)

    def _due(self, case: Case) -> int:
        fold, state = self.kind.fold, case.state
        due_ms: int = fold.due_ms(state, case.policy)
        if self._keep_ms is not None:
            ended_ms: int = fold.ended_ms(state)
            if ended_ms < NEVER_MS:
                return min(due_ms, ended_ms + self._keep_ms)
        return due_ms

    def _set_due(self, case: Case, due_ms: int) -> None:
        case.due_ms = due_ms
        if due_ms < NEVER_MS:
            self._wheel.set(case.id_, due_ms)

    def due_ms(self, id_: str) -> int:
        """When the case is due, as of the last `settle`; NEVER_MS if it is not, or no more."""
        case = self.warm.get(id_)
        if case is not None:
            return case.due_ms
        row = self._rows.get(id_)
        return NEVER_MS if row is None else due_of(row)

    def advance(self, now_ms: EpochMs, facts: list[Fact]) -> tuple[int, int]:
        """Let what is due by now happen. Returns how many cases it has happened to, and how many of them are gone by it."""
        self.settle()
        passed = forgotten = 0
        soon: list[str] = []
        for id_ in self._wheel.pop(now_ms):
            due_ms = self.due_ms(id_)
            if due_ms <= now_ms:
                passed += 1
                if not self._pass_due(id_, now_ms, facts):
                    forgotten += 1
            elif due_ms // SECOND_MS == now_ms // SECOND_MS:
                soon.append(id_)
            # else it moved, and has a slot of its own
        for id_ in soon:
            self._wheel.set(id_, now_ms)
        return passed, forgotten

    def next_due_ms(self) -> EpochMs | None:
        """Not later than when time alone changes a case next; None if it changes none."""
        return self._wheel.next_ms()

    def _pass_due(self, id_: str, now_ms: EpochMs, facts: list[Fact]) -> bool:
        """Let what is due at `now_ms` happen to a case. False: its time to be forgotten had come, and it is gone."""
        case = self.warm.get(id_) or self._read(id_, now_ms)
        self.kind.pass_due(case, case.policy, now_ms, facts)
        due_ms = self._due(case)
        self._note_change(case)
        if due_ms > now_ms:
            self._set_due(case, due_ms)
            return True
        # Nothing of the case itself is due any more.
        self._stand(case, ())
        del self.warm[id_]
        self._rows.pop(id_, None)
        self._erased[case.key] = case
        self._forgotten.add(self._mark(id_), now_ms)
        return False

    def take(self, rows: list[tuple[bytes, bytes | None]], outputs: list[Output], now_ms: EpochMs) -> int:
        """Append the rows that changed and what they have to tell, and bring the standings up to date. Returns how many events were sealed
        before their time.
        """
        assert not self.touched, "settle() comes before"
        kind, at_rest, stands_of, erased = self.kind, self._rows, self.kind.fold.standings, self._erased
        teller, write = kind.teller, kind.rows.write
        sealed_early = 0
        warm: dict[str, Case] = {}
        for case in self._changed:
            case.changed = False
            if teller is not None:  # also one that was forgotten before it was written
                tellings = teller.tellings(case.state, case.policy)
                if tellings or case.told:
                    case.told = {} if case.told is None else case.told
                    outputs.extend(tell(case.id_, case.told, tellings, self._voices, now_ms))
            if erased and erased.get(case.key) is case:
                continue
            stands = stands_of(case.state)
            if stands != case.stood:
                self._stand(case, stands)
            row = write(case)
            while (len(row) > ROW_BYTES_MAX and case.count > 1) or case.count > LOG_EVENTS_MAX:
                sealed_early += kind.seal_half(case, case.policy)
                row = write(case)
            at_rest[case.id_] = row
            rows.append((case.key, row))
            warm[case.id_] = case
        rows.extend((key, None) for key in erased)
        erased.clear()
        self._changed.clear()
        self.warm = warm
        return sealed_early

    def _stand(self, case: Case, stands: tuple[Standing, ...]) -> None:
        self._standings.change(case.stood, stands)
        self._pressing.see(self.topic, case.id_, stands)
        case.stood = stands

    def name_pressing(self) -> None:
        """Look through all cases for those whose promises press. Decodes each of them."""
        for id_ in self._rows:
            case = self.kind.rows.read(id_, self._key(id_), self._rows[id_], self._revisions)
            self._pressing.see(self.topic, id_, case.stood)

    def rename_customer(self, old: str, new: str, now_ms: EpochMs) -> int:
        """Let all cases name the customer `new` who is named `old`; the case of a customer becomes that of `new`. Returns how many.

        Comes after `settle`. Looks at all rows as they are, some 0.2 us each, and reads those alone that hold the id.
        """
        assert not self.touched, "settle() comes before"
        written = _encode(old)
        # Those whose row names it are written again in any case: what names it may have been sealed away as the row was read.
        named = {id_: self.warm.get(id_) or self._read(id_, now_ms) for id_, row in self._rows.items() if written in row}
        named |= {id_: case for id_, case in self.warm.items() if rename_customer(self.kind, case, old, new)}
        own = self._move(old, new, now_ms) if self.kind.entity == "customer_id" else None
        if own is not None:
            named[old] = own
        for case in named.values():
            self._note_change(case)
        return len(named)

    def _move(self, old: str, new: str, now_ms: EpochMs) -> Case | None:
        """The case `old` is from now on `new`, with nothing of its events but what followed from them. None: there is no such case, or
        there is a `new` one already: then what is called `old` came later.
        """
        if new in self.warm or new in self._rows:
            return None
        case = self.warm.get(old) or (self._read(old, now_ms) if old in self._rows else None)
        if case is None:
            return None
        del self.warm[old]
        if self._rows.pop(old, None) is not None:
            self._erased[case.key] = case
        self.kind.seal(case, case.last_ms + 1, case.policy)
        case.sealed = b""  # no event comes for it any more
        case.id_, case.key = new, self._key(new)
        self.warm[new] = case
        self._set_due(case, case.due_ms)
        return case

    def restore(self, key: bytes, row: bytes) -> None:
        """Take one row back."""
        id_ = key[len(self.prefix) :].decode()
        self._rows[id_] = row
        due_ms = due_of(row)
        if due_ms < NEVER_MS:
            self._wheel.set(id_, due_ms)

    def _mark(self, id_: str) -> bytes:
        """Stands for a case that is no longer kept. A call and a ticket may have the same id."""
        return id_hash(f"{self.topic}:{id_}")
