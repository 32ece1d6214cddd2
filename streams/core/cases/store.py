"""The cases of one topic in one shard: encoded at rest, decoded between two takes, forgotten in the end (architecture.md, section 3)."""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter
from typing import Any

import msgspec

from schemas.state import CASE_KINDS
from schemas.values import EpochMs
from streams.core.cases.case import KINDS, ROW_BYTES_MAX, CaseKind, due_of, id_hash
from streams.core.cases.fold import NEVER_MS, Fact, Standing
from streams.core.clocks.policy import Policy
from streams.core.clocks.revisions import Revisions
from streams.core.clocks.wheel import Wheel
from streams.core.forgotten import Forgotten
from streams.core.panes.standings import Standings


class Warm(msgspec.Struct, gc=False):
    """A case, decoded; how it stood when it was last written, and when it is due."""

    id_: str
    case: Any
    policy: Policy
    stood: tuple[Standing, ...]
    due_ms: int
    touched: bool = False  # since the last settle
    changed: bool = False  # since the last take


class CaseStore:
    """Looks cases up, lets time pass for them, writes those that changed.

    warm     decoded since the last take
    touched  changed since the last `settle`, each once: whoever changes one that is not `touched` says so and appends it
    """

    def __init__(
        self,
        topic: str,
        *,
        revisions: Revisions,
        standings: Standings,
        wheel: Wheel,
        forgotten: Forgotten,
        keep_ms: int | None,
        lateness_ms: int,
    ) -> None:
        """keep_ms None: nothing is sealed or forgotten"""
        self.topic = topic
        self.kind: CaseKind = KINDS[topic]
        self.prefix = CASE_KINDS[topic]
        self.entity_of: Callable[[Any], str] = attrgetter(self.kind.entity)
        self.warm: dict[str, Warm] = {}
        self.touched: list[Warm] = []
        self._erased: list[bytes] = []
        self._rows: dict[str, bytes] = {}
        self._revisions = revisions
        self._standings = standings
        self._wheel = wheel
        self._forgotten = forgotten
        self._keep_ms = keep_ms
        self._lateness_ms = lateness_ms

    def find(self, id_: str, event: Any, now_ms: EpochMs) -> Warm | None:
        """The case that `event` belongs to, a new one if there is none. None if it was forgotten."""
        if id_ in self._rows:
            return self._read(id_, now_ms)
        if self._forgotten and self._mark(id_) in self._forgotten:
            return None
        policy = self._revisions.current
        warm = self.warm[id_] = Warm(id_, self.kind.new(event, policy), policy, (), NEVER_MS)
        return warm

    def _read(self, id_: str, now_ms: EpochMs) -> Warm:
        row = self._rows[id_]
        case = self.kind.read(row)
        policy = self._revisions[case.revision]
        warm = self.warm[id_] = Warm(id_, case, policy, self.kind.fold.standings(case.state), due_of(row))
        if self._keep_ms is not None:
            self.kind.seal(case, now_ms - self._lateness_ms, policy)
        return warm

    def settle(self) -> None:
        """Put the cases touched since the last call on the wheel: when time alone changes them next."""
        for warm in self.touched:
            due_ms = self._due(warm)
            if due_ms != warm.due_ms:
                self._set_due(warm, due_ms)
            warm.touched = False
            warm.changed = True
        self.touched.clear()

    def _due(self, warm: Warm) -> int:
        fold, state = self.kind.fold, warm.case.state
        due_ms: int = fold.due_ms(state, warm.policy)
        if self._keep_ms is not None:
            ended_ms = fold.ended_ms(state)
            if ended_ms < NEVER_MS:
                return min(due_ms, ended_ms + self._keep_ms)
        return due_ms

    def _set_due(self, warm: Warm, due_ms: int) -> None:
        warm.due_ms = due_ms
        if due_ms < NEVER_MS:
            self._wheel.set((self.topic, warm.id_), due_ms)

    def due_ms(self, id_: str) -> int:
        """When the case is due, as of the last `settle`; NEVER_MS if it is not, or no more."""
        warm = self.warm.get(id_)
        if warm is not None:
            return warm.due_ms
        row = self._rows.get(id_)
        return NEVER_MS if row is None else due_of(row)

    def pass_due(self, id_: str, now_ms: EpochMs, facts: list[Fact]) -> bool:
        """Let what is due at `now_ms` happen to a case. False: its time to be forgotten had come, and it is gone."""
        warm = self.warm.get(id_) or self._read(id_, now_ms)
        self.kind.pass_due(warm.case, warm.policy, now_ms, facts)
        due_ms = self._due(warm)
        if due_ms > now_ms:
            warm.changed = True
            self._set_due(warm, due_ms)
            return True
        # Nothing of the case itself is due any more.
        self._standings.change(warm.stood, ())
        del self.warm[id_]
        self._rows.pop(id_, None)
        self._erased.append(self.prefix + id_.encode())
        self._forgotten.add(self._mark(id_), now_ms)
        return False

    def take(self, rows: list[tuple[bytes, bytes | None]]) -> int:
        """Append the rows that changed, and bring the standings up to date. Returns how many events were sealed before their time."""
        rows.extend((key, None) for key in self._erased)
        self._erased.clear()
        assert not self.touched, "settle() comes before"
        kind, at_rest, prefix, stands_of = self.kind, self._rows, self.prefix, self.kind.fold.standings
        sealed_early = 0
        for warm in self.warm.values():
            if not warm.changed:
                continue  # only repeats came for it
            case = warm.case
            stands = stands_of(case.state)
            if stands != warm.stood:
                self._standings.change(warm.stood, stands)
            row = kind.write(case, warm.due_ms)
            while len(row) > ROW_BYTES_MAX and case.count > 1:
                sealed_early += kind.seal_half(case, warm.policy)
                row = kind.write(case, warm.due_ms)
            at_rest[warm.id_] = row
            rows.append((prefix + warm.id_.encode(), row))
        # Kept decoded they would be cold by the next time, and as dear to touch as to decode anew: measured.
        self.warm = {}
        return sealed_early

    def restore(self, id_: str, row: bytes) -> None:
        """Take one row back."""
        self._rows[id_] = row
        due_ms = due_of(row)
        if due_ms < NEVER_MS:
            self._wheel.set((self.topic, id_), due_ms)

    def _mark(self, id_: str) -> bytes:
        """Stands for a case that is no longer kept. A call and a ticket may have the same id."""
        return id_hash(f"{self.topic}:{id_}")
