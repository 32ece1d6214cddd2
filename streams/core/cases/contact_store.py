"""The contacts of one shard by customer: encoded at rest, decoded between two takes, forgotten when nothing depends on them any more.

Records of one customer come from several shards, late and in any order. So nothing is folded record by record: a row holds the contacts as
their highest revisions tell them, and once they are settled what counted before is taken back and what counts now is asserted.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from typing import Final, Literal

import msgspec

from schemas.contacts import CASE_KEY, ContactRecord
from schemas.state import CONTACTS_KIND
from schemas.values import CHANNELS, MINUTE_MS, EpochMs
from streams.core.cases.contact_state import KEEP_MS, KINDS, UNSET, Customer, Entry, keep_until_ms, kept
from streams.core.cases.contacts import ContactFold
from streams.core.cases.due_head import DUE_BYTES, due_head, due_of
from streams.core.cases.fold import NEVER_MS, Fact, Standing
from streams.core.clocks.wheel import Wheel
from streams.core.panes.standings import Standings

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Customer).decode

_CHANNELS: Final = {channel: number for number, channel in enumerate(CHANNELS)}
_OTHER: Final = _CHANNELS["other"]


class Warm:
    """A customer, decoded.

    counted  what counts as of the last settle
    stood    what stands as of the last take; `stands` as of the last settle
    """

    __slots__ = ("changed", "counted", "customer", "due_ms", "id_", "known", "stands", "stood", "touched")

    def __init__(self, id_: str, customer: Customer, due_ms: int) -> None:
        self.id_ = id_
        self.known = not id_.startswith(CASE_KEY)
        self.customer = customer
        self.due_ms = due_ms
        self.counted: list[Fact] = []
        self.stands: tuple[Standing, ...] = ()
        self.stood: tuple[Standing, ...] = ()
        self.touched = False
        self.changed = False


class ContactStore:
    """What `CaseStore` is for calls and tickets."""

    topic = "contacts"
    prefix = CONTACTS_KIND

    def __init__(self, fold: ContactFold, *, standings: Standings, bounded: bool) -> None:
        """bounded  False: nothing is forgotten but what no row could hold"""
        self.last_ms = 0
        """Time of the latest contact."""
        self._touched: list[Warm] = []
        self._warm: dict[str, Warm] = {}
        self._rows: dict[str, bytes] = {}
        self._erased: dict[str, None] = {}
        self._fold = fold
        self._standings = standings
        self._wheel = Wheel(MINUTE_MS)
        self._bounded = bounded

    def __len__(self) -> int:
        return len(self._rows.keys() | self._warm.keys())

    def add(self, id_: str, record: ContactRecord, now_ms: EpochMs) -> Literal["accepted", "duplicate", "too_late"]:
        """Take in what a record says of customer `id_`. What follows from it is said by `settle`."""
        warm = self._warm.get(id_) or self._find(id_, now_ms)
        mark = mark_of(record.contact_id)
        entries = warm.customer.entries
        at = next((i for i, entry in enumerate(entries) if entry.mark == mark), None)
        if at is None:
            if self._bounded and record.rev > 1 and record.time < now_ms - KEEP_MS:
                return "too_late"  # it was here, has counted, and is no longer known
            entries.append(_entry(mark, record))
        elif record.rev <= entries[at].rev:
            return "duplicate"
        else:
            entries[at] = _entry(mark, record)
        if not warm.touched:
            warm.touched = True
            self._touched.append(warm)
        self.last_ms = max(self.last_ms, record.time)
        return "accepted"

    def _find(self, id_: str, now_ms: EpochMs) -> Warm:
        row = self._rows.get(id_)
        if row is None:
            warm = self._warm[id_] = Warm(id_, Customer(self._fold.repeat_days, self._fold.interval_minutes), NEVER_MS)
            self._erased.pop(id_, None)
            return warm
        return self._read(id_, row, now_ms)

    def _read(self, id_: str, row: bytes, now_ms: EpochMs) -> Warm:
        customer = _decode(memoryview(row)[DUE_BYTES:])
        warm = self._warm[id_] = Warm(id_, customer, due_of(row))
        # Nothing has changed by the clock since it was written: it would have been due.
        then = self._fold.folded(customer, warm.due_ms - 1, known=warm.known)
        warm.counted, warm.stood = then.facts, then.standings
        left = kept(customer, min(now_ms, warm.due_ms - 1) if self._bounded else 0)  # what is due counts with all that there was then
        if left is not customer:
            # What has gone stays counted: of the rest alone can anything still be taken back.
            warm.customer = left
            warm.counted = self._fold.folded(left, warm.due_ms - 1, known=warm.known).facts
        warm.stands = warm.stood
        return warm

    def settle(self, now_ms: EpochMs, facts: list[Fact]) -> None:
        """Append what became true or untrue by all that was added since the last call."""
        for warm in self._touched:
            warm.touched = False
            self._settle(warm, now_ms, facts)
        self._touched.clear()

    def _settle(self, warm: Warm, now_ms: EpochMs, facts: list[Fact]) -> None:
        customer = warm.customer
        customer.repeat_days, customer.interval_minutes = self._fold.repeat_days, self._fold.interval_minutes
        now = self._fold.folded(customer, now_ms, known=warm.known)
        _change(warm.counted, now.facts, facts)
        warm.counted, warm.stands = now.facts, now.standings
        warm.changed = True
        due_ms = min(now.due_ms, max(keep_until_ms(customer), default=0)) if self._bounded else now.due_ms
        if due_ms != warm.due_ms:
            warm.due_ms = due_ms
            if due_ms < NEVER_MS:
                self._wheel.set(warm.id_, due_ms)

    def advance(self, now_ms: EpochMs, facts: list[Fact]) -> bool:
        """Settle, and let what is due up to `now_ms` happen. Whether anything was due."""
        self.settle(now_ms, facts)
        moved = False
        later = []
        for id_ in self._wheel.pop(now_ms):
            due_ms = self.due_ms(id_)
            if due_ms <= now_ms:
                moved = True
                self._pass_due(id_, now_ms, facts)
            elif due_ms // MINUTE_MS == now_ms // MINUTE_MS:
                later.append((id_, due_ms))
            # else it moved, and has a slot of its own
        for id_, due_ms in later:
            self._wheel.set(id_, due_ms)
        return moved

    def next_due_ms(self) -> EpochMs | None:
        """When `advance` has work again at the earliest; None if time alone changes nothing."""
        next_ms = self._wheel.next_ms()
        if next_ms is None:
            return None
        dues_ms = [due_ms for id_ in self._wheel.next() if (due_ms := self.due_ms(id_)) // MINUTE_MS == next_ms // MINUTE_MS]
        return EpochMs(min(dues_ms, default=next_ms))

    def due_ms(self, id_: str) -> int:
        """When the customer is due, as of the last `settle`; NEVER_MS if not, or no more."""
        warm = self._warm.get(id_)
        if warm is not None:
            return warm.due_ms
        row = self._rows.get(id_)
        return NEVER_MS if row is None else due_of(row)

    def _pass_due(self, id_: str, now_ms: EpochMs, facts: list[Fact]) -> None:
        """Let what is due at `now_ms` happen to a customer; where nothing is left, it is forgotten."""
        warm = self._warm.get(id_) or self._read(id_, self._rows[id_], now_ms)
        self._settle(warm, now_ms, facts)
        if self._bounded and max(keep_until_ms(warm.customer), default=0) <= now_ms:
            self._standings.change(warm.stood, ())
            self._drop(id_)

    def take(self, rows: list[tuple[bytes, bytes | None]]) -> None:
        """Append the rows that changed, and bring the standings up to date."""
        assert not self._touched, "settle() comes before"
        rows.extend((self.prefix + id_.encode(), None) for id_ in self._erased)
        self._erased.clear()
        for id_, warm in self._warm.items():
            if warm.changed:
                if warm.stands != warm.stood:
                    self._standings.change(warm.stood, warm.stands)
                row = self._rows[id_] = due_head(warm.due_ms) + _encode(warm.customer)
                rows.append((self.prefix + id_.encode(), row))
        self._warm = {}

    def merge(self, old: str, new: str, now_ms: EpochMs) -> None:
        """What is known of the contacts of `old` is from now on known of `new`; nobody is called `old` any more. Comes after `settle`.

        Of a contact that is known of both the higher revision stays; one that was taken back of `old` is not carried over.
        """
        from_ = self._known(old, now_ms)
        if from_ is None:
            return
        into = self._warm.get(new) or self._find(new, now_ms)
        entries = into.customer.entries
        places = {entry.mark: place for place, entry in enumerate(entries)}
        for entry in from_.customer.entries:
            place = places.get(entry.mark)
            if entry.kind == UNSET:
                continue
            if place is None:
                entries.append(entry)
            elif entry.rev > entries[place].rev:
                entries[place] = entry
        into.customer.before_ms = max(into.customer.before_ms, from_.customer.before_ms)
        into.counted = [*into.counted, *from_.counted]
        into.stood = (*into.stood, *from_.stood)
        into.touched = True
        self._touched.append(into)
        self._drop(old)

    def drop_unset(self, id_: str, now_ms: EpochMs) -> None:
        """Keep nothing of a customer all of whose contacts were taken back. Comes after `settle`."""
        warm = self._known(id_, now_ms)
        if warm is not None and all(entry.kind == UNSET for entry in warm.customer.entries):
            self._standings.change(warm.stood, ())
            self._drop(id_)

    def _known(self, id_: str, now_ms: EpochMs) -> Warm | None:
        assert not self._touched, "settle() comes before"
        row = self._rows.get(id_)
        return self._warm.get(id_) or (None if row is None else self._read(id_, row, now_ms))

    def _drop(self, id_: str) -> None:
        del self._warm[id_]
        if self._rows.pop(id_, None) is not None:
            self._erased[id_] = None

    def restore(self, key: bytes, row: bytes) -> None:
        """Take one row back."""
        id_ = key[len(self.prefix) :].decode()
        self._rows[id_] = row
        due_ms = due_of(row)
        if due_ms < NEVER_MS:
            self._wheel.set(id_, due_ms)


def mark_of(contact_id: str) -> int:
    """Stands for an id: no customer has so many contacts that two have the same."""
    return int.from_bytes(blake2b(contact_id.encode(), digest_size=8).digest(), "big") >> 1


def _entry(mark: int, record: ContactRecord) -> Entry:
    if record.op == "unset":
        return Entry(mark, record.rev, UNSET, record.time)
    return Entry(
        mark,
        record.rev,
        KINDS[record.kind],
        record.time,
        _CHANNELS.get(record.channel, _OTHER),
        record.queue,
        record.case_id or "",
        record.topic or "",
        record.contacts or record.handle_ms,
        0 if record.call_id is None else mark_of(record.call_id),
        record.agent_id or "",
    )


def _change(before: Sequence[Fact], after: Sequence[Fact], facts: list[Fact]) -> None:
    """Append what leads from some facts to others."""
    if not before:
        facts.extend(after)
        return
    net: dict[tuple[int, int, object, int], int] = {}
    for found, sign in ((before, -1), (after, 1)):
        for field, at_ms, cell, value, weight in found:
            key = (field, at_ms, cell, value)
            net[key] = net.get(key, 0) + sign * weight
    facts.extend((*key, weight) for key, weight in net.items() if weight)  # type: ignore[misc]
