"""The machine of one partition number over all topics: restore, apply, advance, take (architecture.md, section 3).

Time comes in as a number, records as a batch that knows its positions; what has to be written goes out by `take()`. The same machine
serves worker, report, demo and tests.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final, Protocol
from zlib import crc32

from schemas import fields as f
from schemas.contacts import ForgetRequest
from schemas.instants import rfc3339
from schemas.state import (
    ALIASES_KIND,
    CLOCK_KEY,
    FORGOTTEN_KIND,
    POLICY_KIND,
    PRESSING,
    SHARD_KEY,
    STANDING,
    STATE_VERSION,
    ClockRow,
    ShardRow,
    read_key,
)
from schemas.values import DAY_MS, MINUTE_MS, Cell, EpochMs, Partition
from streams.core.aliases import Aliases
from streams.core.breaches import SlaVoice
from streams.core.cases.contact_store import ContactStore
from streams.core.cases.contacts import ContactFold
from streams.core.cases.fold import NEVER_MS, Fact
from streams.core.cases.pressing import PressingCases
from streams.core.cases.sla_clocks import VOICE
from streams.core.cases.store import CaseStore
from streams.core.clocks.days import Days
from streams.core.clocks.revisions import Revisions
from streams.core.contacts import read_contact, voices_of
from streams.core.forgotten import Forgotten
from streams.core.intake import Intake, MakeIntake, Rejected, Skipped
from streams.core.kpis.ledgers import call_residual, ticket_residual
from streams.core.letters import dead_letter
from streams.core.log import Batch, Changes, Output, Record, Restored
from streams.core.panes.addition import add_facts
from streams.core.panes.pane import Delta
from streams.core.panes.slots import Rows
from streams.core.panes.standings import Standings
from streams.core.panes.store import PaneStore
from streams.core.settings import ShardSettings
from streams.core.shard_rows import encode_own, take_own
from streams.core.tellings import Voices

LATE_MS: Final = 35 * DAY_MS
"""Facts of an event this far back find no day any more: they count in their month, totals, standings and the case alone."""


class Store(Protocol):
    """Where the sums go: panes of a live shard, or the one range of a report."""

    totals: dict[Cell, dict[int, int]]
    closed_minute: int

    def change(self, deltas: dict[tuple[Cell, int], Delta], now_ms: EpochMs) -> Rows: ...
    def open_before(self, minute: int) -> bool: ...
    def restore(self, key: bytes, value: bytes, closed_minute: int, same_edges: bool) -> None: ...


class Source:
    """A topic: how its records are read, and their cases."""

    def __init__(self, intake: Intake, cases: CaseStore) -> None:
        self.intake = intake
        self.cases = cases
        self.last_ms = 0
        """Time of the latest event."""
        self.told_ms = 0
        """The same, as of the last take; where the event was ahead of all clocks, what they said then."""
        self.waited_ms = NEVER_MS
        """Time of the earliest event since the last take that is later than `told_ms`."""


class Shard:
    """State of one partition number, over all topics.

    positions  topic -> next offset wanted
    now_ms     the shard's clock; never falls, stands in the checkpoint
    stats      counted since it was made, into `stats` where shards share one: `accepted`, `duplicate`, `rejected.REASON`, ...
    """

    def __init__(
        self,
        partition: Partition,
        settings: ShardSettings,
        restored: Restored | None = None,
        store: Store | None = None,
        make_intake: MakeIntake = Intake,
        stats: dict[str, int] | None = None,
    ) -> None:
        """Raises OtherStateVersion, CalendarChanged."""
        self.partition = partition
        self.settings = settings
        self.positions: dict[str, int] = dict.fromkeys((*settings.topics, settings.contacts), 0)
        self.now_ms = EpochMs(0)
        self.watermark_ms = EpochMs(0)
        self.stats: dict[str, int] = {} if stats is None else stats
        days = self._days = Days(settings.zone, settings.reset_minutes)
        self._edges = crc32(repr(sorted(settings.edges_ms().items())).encode())
        self._store: Store = PaneStore(days, settings.settle_ms, settings.edges_ms()) if store is None else store
        self.standings = Standings()
        self._pressing = PressingCases(named=settings.case_ids)
        self._forgotten = Forgotten(settings.remember_ms)
        self._aliases = Aliases()
        self._revisions = Revisions()
        self._voices: Voices = {**voices_of(settings.contacts), VOICE: SlaVoice(settings.sla_breaches)}
        self._sources = {
            topic: Source(make_intake(logical, settings.partitions, settings.currency, settings.pseudonyms), self._case_store(logical))
            for topic, logical in settings.topics.items()
        }
        self._cases = {source.cases.topic: source.cases for source in self._sources.values()}
        fold = ContactFold(days, settings.interval_minutes, settings.repeat_days)
        self._contacts = ContactStore(fold, standings=self.standings, bounded=settings.bounded)
        self.first_ms: int | None = None
        self._deltas: dict[tuple[Cell, int], Delta] = {}
        self._facts: list[Fact] = []
        self._outputs: list[Output] = []
        self._moved = False
        self._wall_ms = 0  # as of the last batch; our own clock may be that of a topic that is behind the others
        if restored is not None:
            self._restore(restored)
        self._revisions.enact(settings.policy_of_site())

    def _case_store(self, topic: str) -> CaseStore:
        settings = self.settings
        return CaseStore(
            topic,
            revisions=self._revisions,
            standings=self.standings,
            forgotten=self._forgotten,
            keep_ms=settings.keep_ms.get(topic, NEVER_MS) if settings.bounded else None,
            lateness_ms=settings.lateness_ms,
            voices=self._voices,
            pressing=self._pressing,
        )

    def reload(self, settings: ShardSettings) -> None:
        """Cases open under the policy of these settings from now on; the rest of them must be as it was."""
        self.settings = settings
        self._revisions.enact(settings.policy_of_site())

    # --- in -----------------------------------------------------------------------------------------------------------

    def apply(self, topic: str, batch: Batch, wall_ms: EpochMs | None) -> bool:
        """Take in a batch of `topic` (as the log names it). `wall_ms` None: no event is from the future. The clock stands still.

        Returns False where the batch begins after this shard's position: something before it was dropped on the way, so nothing
        was applied and the reader has to go back to `positions[topic]`.
        """
        position = self.positions[topic]
        if batch.start > position:
            return False
        if topic == self.settings.contacts:
            self._apply_contacts(batch)
            return True
        source = self._sources[topic]
        self._wall_ms = wall_ms or self._wall_ms
        cases = source.cases
        entity_of, warms, add, touched = cases.entity_of, cases.warm, cases.kind.add, cases.touched
        facts, now_ms = self._facts, self.now_ms
        late_before_ms = now_ms - LATE_MS if self.settings.bounded else 0
        accepted = 0
        first_ms, last_ms = NEVER_MS, 0
        told_ms, waited_ms = source.told_ms, source.waited_ms
        records = batch if batch.start == position else [record for record in batch if record.offset >= position]
        event: Any
        for record, event in zip(records, source.intake.read_all(records, wall_ms), strict=True):
            kind = type(event)
            if kind is Rejected:
                self._reject(topic, record, event.reason, event.detail)
                continue
            if kind is Skipped:
                self._count(event.reason)
                continue
            id_ = entity_of(event)
            case = warms.get(id_) or cases.find(id_, event, now_ms)
            if case is None:
                at = rfc3339(event.time)
                self._reject(topic, record, "too_late", f"its case ended and was forgotten; an event of {at} changes nothing @ $.time")
                continue
            verdict = add(case, event, case.policy, now_ms, facts)
            if verdict == "accepted":
                if not case.touched:
                    case.touched = True
                    touched.append(case)
                accepted += 1
                at_ms = event.time
                if at_ms > last_ms:
                    last_ms = at_ms
                if at_ms < first_ms:
                    first_ms = at_ms
                if told_ms < at_ms < waited_ms:
                    waited_ms = at_ms
                if at_ms < late_before_ms:
                    self._count("late_events")
            elif verdict == "too_late":
                self._reject(topic, record, "too_late", f"before the seal of its case at {rfc3339(case.sealed_ms)} @ $.time")
            else:
                self._count("duplicate" if verdict == "duplicate" else "conflicting_duplicates")
        add_facts(self._deltas, facts, MINUTE_MS, self.settings.since_ms)
        facts.clear()
        self._count("records", len(records))
        self._count("accepted", accepted)
        self.positions[topic] = max(position, batch.end)
        self._moved = True
        if accepted:
            source.last_ms = max(source.last_ms, last_ms)
            source.waited_ms = waited_ms
            self.first_ms = first_ms if self.first_ms is None else min(self.first_ms, first_ms)
            self.watermark_ms = EpochMs(max(self.watermark_ms, last_ms))
        return True

    def _apply_contacts(self, batch: Batch) -> None:
        """What other shards tell of the customers of this one: no events of the input, and counted apart."""
        topic = self.settings.contacts
        position = self.positions[topic]
        add, now_ms = self._contacts.add, self.now_ms
        for record in batch:
            if record.offset >= position:
                told = read_contact(record)
                if isinstance(told, Rejected):
                    self._reject(topic, record, told.reason, told.detail)
                elif isinstance(told, Skipped):
                    self._count(told.reason)
                elif isinstance(told, ForgetRequest):
                    self._forget(told)
                else:
                    self._count(f"contacts.{add(*told, now_ms)}")
        self.positions[topic] = max(position, batch.end)
        self._moved = True

    def _forget(self, request: ForgetRequest) -> None:
        """Do one step of forgetting a customer."""
        new = request.alias
        for old in self._aliases.names(request):
            for cases in self._cases.values():
                cases.settle()
            self._contacts.settle(self.now_ms, self._facts)
            if request.step == "cases":
                self._count("renamed", sum(cases.rename_customer(old, new, self.now_ms) for cases in self._cases.values()))
            elif request.step == "contacts":
                self._contacts.merge(old, new, self.now_ms)
            else:
                self._contacts.drop_unset(old, self.now_ms)

    def _reject(self, topic: str, record: Record, reason: str, detail: str) -> None:
        self._count(f"rejected.{reason}")
        self._outputs.append(dead_letter(self.settings.dead_letters, topic, self.partition, record, reason, detail))

    def _count(self, what: str, amount: int = 1) -> None:
        self.stats[what] = self.stats.get(what, 0) + amount

    def read_until_ms(self, topics: Iterable[str]) -> EpochMs:
        """Up to which event time all of `topics` were read: the clock of a shard that still has unread records in them.

        The lowest of their highest event times, so that no due instant passes, and no case is forgotten, while the answer lies unread in
        the topic that is behind the others. 0 while one of them has shown nothing.
        """
        contacts = self.settings.contacts
        return EpochMs(min((self._contacts.last_ms if topic == contacts else self._sources[topic].last_ms for topic in topics), default=0))

    # --- time ---------------------------------------------------------------------------------------------------------

    def advance(self, now_ms: EpochMs) -> None:
        """Let the clock go on to `now_ms`: due instants pass without an event. A clock that is behind only lets pass what is due already.

        A fact carries its due instant, not the moment of this call: calling it seldom changes no number in the end.
        """
        self.now_ms = max(self.now_ms, now_ms)
        for cases in self._cases.values():
            passed, forgotten = cases.advance(self.now_ms, self._facts)
            if passed:
                self._moved = True
            if forgotten:
                self._count("forgotten", forgotten)
        self._moved |= self._contacts.advance(self.now_ms, self._facts)
        if self._facts:
            add_facts(self._deltas, self._facts, MINUTE_MS, self.settings.since_ms)
            self._facts.clear()

    def next_due_ms(self) -> EpochMs | None:
        """When `advance` has work again at the earliest; None if time alone changes nothing."""
        dues_ms = [cases.next_due_ms() for cases in self._cases.values()]
        dues_ms.append(self._contacts.next_due_ms())
        return min((due_ms for due_ms in dues_ms if due_ms is not None), default=None)

    # --- out ----------------------------------------------------------------------------------------------------------

    def take(self) -> Changes | None:
        """All that changed since the last take; None if nothing did."""
        self.advance(self.now_ms)
        closes = self._store.open_before((self.now_ms - self.settings.settle_ms) // MINUTE_MS)
        if not (self._moved or self._revisions.changed or closes):
            return None
        state: Rows = [*self._revisions.take(), *self._forgotten.take(self.now_ms), *self._aliases.take()]
        for cases in self._cases.values():
            sealed_early = cases.take(state, self._outputs, self.now_ms)
            if sealed_early:
                self._count("sealed_early", sealed_early)
        self._contacts.take(state)
        panes = self._store.change(self._deltas, self.now_ms)
        panes += self.standings.take()
        panes += self._pressing.take()
        panes.append((CLOCK_KEY, encode_own(self._clock_row())))
        self._check_ledgers()
        state.append((SHARD_KEY, encode_own(self._shard_row())))
        changes = Changes(state, panes, self._outputs, dict(self.positions))
        self._deltas, self._outputs, self._moved = {}, [], False
        return changes

    def _check_ledgers(self) -> None:
        totals = self._store.totals
        if self.settings.since_ms is not None:
            return  # a report from `since` on leaves out the beginning of what ends in it
        for cell in {cell for cell, _ in self._deltas}:
            rest = call_residual(totals[cell], self.standings.count(f.WAITING, cell))
            assert rest == 0, f"calls of {cell} do not add up: {rest} left over in {totals[cell]}"
        if "tickets" in self._cases:
            unresolved = sum(self.standings.total(standing) for standing in f.UNRESOLVED.values())
            rest = sum(ticket_residual(sums, 0) for sums in totals.values()) - unresolved
            assert rest == 0, f"tickets do not add up: {rest} left over, {unresolved} unresolved"

    def _shard_row(self) -> ShardRow:
        return ShardRow(
            STATE_VERSION,
            self.settings.release,
            self.now_ms,
            self.first_ms,
            self.watermark_ms,
            self._store.closed_minute,
            self._days.calendar,
        )

    def latest_ms(self) -> dict[str, int]:
        """Topic -> time of its latest event, of those that have had one."""
        return {source.cases.topic: source.last_ms for source in self._sources.values() if source.last_ms}

    def _clock_row(self) -> ClockRow:
        own = (self.now_ms, self.first_ms, self._days.calendar, self.latest_ms(), self._edges, self._contacts.last_ms, self._waited_ms())
        return ClockRow(STATE_VERSION, self.settings.release, *own)

    def _waited_ms(self) -> dict[str, int]:
        """As in `ClockRow`; from now on what comes next. Of a topic's first events nobody knows whether they were late."""
        waited_ms = {}
        for source in self._sources.values():
            if source.told_ms and source.waited_ms < NEVER_MS:
                waited_ms[source.cases.topic] = source.waited_ms
            source.told_ms, source.waited_ms = min(source.last_ms, max(self.now_ms, self._wall_ms)), NEVER_MS
        return waited_ms

    # --- restore ------------------------------------------------------------------------------------------------------

    def _restore(self, restored: Restored) -> None:
        state, panes = restored.state, restored.panes
        own_rows = take_own(restored, self._days)
        self.positions.update(restored.positions)
        if own_rows is None:
            return
        own, clock = own_rows
        self.now_ms, self.first_ms, self.watermark_ms = EpochMs(own.now_ms), own.first_ms, EpochMs(own.watermark_ms)
        for source in self._sources.values():
            source.last_ms = source.told_ms = clock.sources.get(source.cases.topic, 0)
        self._contacts.last_ms = clock.contacts_ms
        takers: dict[bytes, Callable[[bytes, bytes], None]] = {
            POLICY_KIND: self._revisions.restore,
            FORGOTTEN_KIND: self._forgotten.restore,
            ALIASES_KIND: self._aliases.restore,
            self._contacts.prefix: self._contacts.restore,
            **{cases.prefix: cases.restore for cases in self._cases.values()},
        }
        while state:
            key, value = state.popitem()
            take_back = takers.get(key[:1])
            if take_back is not None:  # else of an input that is no longer configured
                take_back(key, value)
        while panes:
            key, value = panes.popitem()
            kind = read_key(key)[0]
            if kind == STANDING:
                self.standings.restore(key, value)
            elif kind == PRESSING:
                self._pressing.restore(key, value)
            else:
                self._store.restore(key, value, own.closed_minute, clock.edges == self._edges)
        if self._pressing.lacks(self.standings, self._cases):
            for cases in self._cases.values():
                cases.name_pressing()
        self._moved = self._pressing.changed
