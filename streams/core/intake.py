"""Bytes, key, headers -> event, or the reason why not. Pure; the clock is a parameter.

The quick way decodes a plain event straight into its class and costs about 1 us, 2 us where its time is text. What it refuses goes through
`mending`, which is right in all cases and takes some 10 us.
"""

from __future__ import annotations

from operator import attrgetter
from typing import Final, Literal

import msgspec
from msgspec import Struct

from schemas.events import ENTITY_FIELD, TYPES, CallEvent, Event, TicketEvent, TicketSnapshot
from schemas.records import RejectionReason
from schemas.values import MINUTE_MS, EpochMs
from streams.core.mending import Headers, Refusal, UnknownType, fields_of, header, mended, read_time

VALUE_BYTES_MAX: Final = 64 * 1024
AHEAD_MS_MAX: Final = 5 * MINUTE_MS

DECODERS: Final[dict[str, msgspec.json.Decoder[Event]]] = {
    "calls": msgspec.json.Decoder(CallEvent),
    "tickets": msgspec.json.Decoder(TicketEvent),
}


class Rejected(Struct, frozen=True):
    """The record is no event: it goes to the dead letters, with `reason` and `detail` as headers."""

    reason: RejectionReason
    detail: str


class Skipped(Struct, frozen=True):
    """Nothing is wrong with the record, it is just not for us: counted and passed over."""

    reason: Literal["tombstone", "unknown_type", "later"]


TOMBSTONE: Final = Skipped("tombstone")
UNKNOWN_TYPE: Final = Skipped("unknown_type")


class Intake:
    """Reads the records of one topic.

    topic       logical name: `calls` or `tickets`
    partitions  of that topic; with more than one the record key has to be the entity id
    notes       how often a value was put right, since the start: `labels_cut`, `priority_unknown`
    """

    def __init__(self, topic: str, partitions: int) -> None:
        self.notes = {"labels_cut": 0, "priority_unknown": 0}
        self._decode = DECODERS[topic].decode
        self._types = TYPES[topic]
        self._entity_id = attrgetter(ENTITY_FIELD[topic])
        self._entity_field = ENTITY_FIELD[topic]
        self._keyed = partitions > 1
        self._has_snapshots = topic == "tickets"

    def read(self, key: bytes | None, value: bytes | None, headers: Headers, wall_ms: EpochMs | None) -> Event | Rejected | Skipped:
        """The event of one record. Never raises, whatever the record holds.

        wall_ms  what the clock says; an event more than 5 min ahead of it is rejected. None: no such check (report)
        Returns an event whose `time` (also `created`, `waiting_since`) is epoch milliseconds and whose labels keep the rules of the
        contract; Rejected for the dead letters; Skipped for tombstones and for types this topic does not know.
        """
        if value is None:
            return TOMBSTONE
        try:
            if len(value) > VALUE_BYTES_MAX:
                raise Refusal("too_large", f"expected up to {VALUE_BYTES_MAX} bytes, got {len(value)} @ $")
            try:
                event = self._decode(value)
                # A structured CloudEvent can look whole with half of its fields still in `data`. `find` takes half as long as `in`.
                plain = value.find(b"specversion") < 0
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
                plain = False
            if plain:
                if type(event.time) is not int:
                    event.time = read_time(event.time, "time")
                if headers and event.source is None:
                    event.source = header(headers, "ce_source")
                if self._has_snapshots and type(event) is TicketSnapshot:
                    event.created = read_time(event.created, "created")
                    if event.waiting_since is not None:
                        event.waiting_since = read_time(event.waiting_since, "waiting_since")
            else:
                event = mended(self._types, fields_of(value, headers), self.notes)
            if self._keyed and key != self._entity_id(event).encode():
                raise Refusal("key_mismatch", self._mismatch(key, event))
            if wall_ms is not None and event.time > wall_ms + AHEAD_MS_MAX:
                raise Refusal("future_time", f"expected up to {wall_ms + AHEAD_MS_MAX}, got {event.time} @ $.time")
        except Refusal as refusal:
            return Rejected(refusal.reason, refusal.detail)
        except UnknownType:
            return UNKNOWN_TYPE
        return event

    def _mismatch(self, key: bytes | None, event: Event) -> str:
        got = "no key" if key is None else repr(key[:64].decode("utf-8", "replace"))
        return f"expected the {self._entity_field} {self._entity_id(event)!r}, got {got} @ key"
