"""Bytes, key, headers -> event, or the reason why not. Pure; the clock is a parameter.

The quick way decodes plain events straight into their classes and costs about 1 us, 2 us where their time is text. What it
refuses goes through `mending`, which is right in all cases and takes some 10 us.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import attrgetter
from typing import Final, Literal

import msgspec
from msgspec import Struct

from schemas.events import ENTITY_FIELD, TYPES, UNIONS, Event
from schemas.instants import rfc3339
from schemas.records import RejectionReason
from schemas.values import MINUTE_MS, EpochMs
from schemas.words import ID_END
from streams.core.checks import CHECKS
from streams.core.cloudevents import Headers, fields_of, header
from streams.core.field_rules import RULES
from streams.core.log import Record
from streams.core.mending import UnknownType, mended, read_time
from streams.core.pseudonyms import Pseudonyms
from streams.core.refusal import Refusal
from streams.core.settings import CURRENCY

VALUE_BYTES_MAX: Final = 64 * 1024
AHEAD_MS_MAX: Final = 5 * MINUTE_MS

# A class alone would also be decoded where the type is absent, so such a topic has no quick way.
DECODERS: Final[dict[str, msgspec.json.Decoder[Event] | None]] = {
    topic: msgspec.json.Decoder(union) if len(TYPES[topic]) > 1 else None for topic, union in UNIONS.items()
}


class Rejected(Struct, frozen=True):
    """The record is no event: it goes to the dead letters, with `reason` and `detail` as headers."""

    reason: RejectionReason
    detail: str


class Skipped(Struct, frozen=True):
    """Nothing is wrong with the record, it is just not for us: counted and passed over."""

    reason: Literal["tombstone", "unknown_type", "later"]


ESCAPED_ID_END: Final = rb"\u001"
"""In JSON a character below U+0020 can only be told so; more of them begin like ID_END, and what has one is looked at by itself."""
assert ID_END == "\x1f"

_time = attrgetter("time")
_key = attrgetter("key")
_headers = attrgetter("headers")

TOMBSTONE: Final = Skipped("tombstone")
UNKNOWN_TYPE: Final = Skipped("unknown_type")


class Intake:
    """Reads the records of one topic.

    topic       logical name
    partitions  of that topic; with more than one the record key has to be the entity id
    currency    of the site: another one is refused
    pseudonyms  what stands for ids in the events; None: they stay
    notes       how often a value was put right, since the start: `labels_cut`, `priority_unknown`
    """

    def __init__(self, topic: str, partitions: int, currency: str = CURRENCY, pseudonyms: Pseudonyms | None = None) -> None:
        self.notes = {"labels_cut": 0, "priority_unknown": 0}
        decoder = DECODERS[topic]
        self._decode = None if decoder is None else decoder.decode
        self._decode_lines = None if decoder is None else decoder.decode_lines
        self._types = TYPES[topic]
        self._entity_id = attrgetter(ENTITY_FIELD[topic])
        self._entity_field = ENTITY_FIELD[topic]
        self._keyed = partitions > 1
        self._currency = currency
        self._pseudonyms = pseudonyms
        types = TYPES[topic].values()
        # Of those types that have any: fields beside `time` that hold instants; what is checked beyond the types of fields.
        self._instants = {t: names for t in types if (names := [r.name for r in RULES[t] if r.kind == "time" and r.name != "time"])}
        self._checks = {t: CHECKS[t] for t in types if t in CHECKS}
        self._finished = self._instants.keys() | self._checks.keys()

    def read_all(self, records: Sequence[Record], wall_ms: EpochMs | None) -> Sequence[Event | Rejected | Skipped]:
        """What `read` gives for each of `records`. Decoded together, where all of them are plain events: half the work."""
        events = self._together(records, wall_ms)
        if events is None:
            return [self.read(record.key, record.value, record.headers, wall_ms) for record in records]
        if self._pseudonyms is not None:
            for event in events:
                self._pseudonyms.put(event)
        return events

    def _together(self, records: Sequence[Record], wall_ms: EpochMs | None) -> Sequence[Event] | None:
        """None: something is not plain about one of them, so each has to be looked at by itself."""
        values = [record.value for record in records]
        if self._decode_lines is None or not all(values):
            return None
        lines = b"\n".join(values)  # type: ignore[arg-type]  # none is None
        if lines.count(b"\n") >= len(values) or lines.find(b"specversion") >= 0 or len(max(values, key=len)) > VALUE_BYTES_MAX:  # type: ignore[arg-type]
            return None
        if lines.find(ESCAPED_ID_END) >= 0:
            return None
        try:
            events = self._decode_lines(lines)
            if len(events) != len(values):
                return None
            if any(map(_headers, records)):
                for event, record in zip(events, records, strict=True):
                    if event.source is None:
                        event.source = header(record.headers, "ce_source")
            times = list(map(_time, events))
            told_as_text = set(map(type, times)) != {int}
            if told_as_text or self._finished:
                finished = self._finished
                for event in events:
                    if told_as_text or type(event) in finished:
                        self._finish(event)
                if told_as_text:
                    times = list(map(_time, events))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, Refusal):
            return None
        if wall_ms is not None and max(times) > wall_ms + AHEAD_MS_MAX:
            return None
        if self._keyed and list(map(str.encode, map(self._entity_id, events))) != list(map(_key, records)):
            return None
        return events

    def read(self, key: bytes | None, value: bytes | None, headers: Headers, wall_ms: EpochMs | None) -> Event | Rejected | Skipped:
        """The event of one record. Never raises, whatever the record holds.

        wall_ms  what the clock says; an event more than 5 min ahead of it is rejected. None: no such check (report)
        Returns an event whose `time` (like `created`, `waiting_since`, `until`) is epoch milliseconds and whose labels keep the rules of
        the contract; Rejected for the dead letters; Skipped for tombstones and for types this topic does not know.
        """
        if value is None:
            return TOMBSTONE
        try:
            if len(value) > VALUE_BYTES_MAX:
                raise Refusal("too_large", f"expected up to {VALUE_BYTES_MAX} bytes, got {len(value)} @ $")
            plain = False
            if self._decode is not None:
                try:
                    event = self._decode(value)
                    # A structured CloudEvent can look whole with half of its fields still in `data`. `find` takes half as long as `in`.
                    plain = value.find(b"specversion") < 0
                except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
                    pass
            if plain:
                if headers and event.source is None:
                    event.source = header(headers, "ce_source")
                self._finish(event)
            else:
                event = mended(self._types, fields_of(value, headers), self.notes)
                self._check(event)
            if ID_END in event.id:
                raise Refusal("bad_type", f"expected an id without U+001F, got {event.id!r} @ $.id")
            if self._keyed and key != self._entity_id(event).encode():
                raise Refusal("key_mismatch", self._mismatch(key, event))
            if wall_ms is not None and event.time > wall_ms + AHEAD_MS_MAX:
                raise Refusal("future_time", f"expected up to {rfc3339(wall_ms + AHEAD_MS_MAX)}, got {rfc3339(event.time)} @ $.time")
        except Refusal as refusal:
            return Rejected(refusal.reason, refusal.detail)
        except UnknownType:
            return UNKNOWN_TYPE
        if self._pseudonyms is not None:
            self._pseudonyms.put(event)
        return event

    def _finish(self, event: Event) -> None:
        """Put its instants into epoch ms, and check what is not a matter of types. Raises Refusal."""
        if type(event.time) is not int:
            event.time = read_time(event.time, "time")
        for name in self._instants.get(type(event), ()) if self._instants else ():
            if getattr(event, name) is not None:
                setattr(event, name, read_time(getattr(event, name), name))
        self._check(event)

    def _check(self, event: Event) -> None:
        if self._checks and (check := self._checks.get(type(event))) is not None:
            check(event, self._currency)

    def _mismatch(self, key: bytes | None, event: Event) -> str:
        got = "no key" if key is None else repr(key[:64].decode("utf-8", "replace"))
        return f"expected the {self._entity_field} {self._entity_id(event)!r}, got {got} @ key"


MakeIntake = Callable[[str, int, str, Pseudonyms | None], Intake]
"""As `Intake` itself."""
