"""What reaches the log: the events of stories, and what networks and producers do to them.

Repeats, other contents under a known id, local disorder, late ones, some from the future, and records that are no events.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from random import Random
from typing import Any, Final, NamedTuple

import msgspec

from schemas.values import HOUR_MS, MINUTE_MS, SECOND_MS
from streams.testing.simulation.any_event import CUSTOMERS, START_MS
from streams.testing.simulation.stories import case

Fields = dict[str, Any]
OTHERS: Final = ("customers", "surveys", "articles", "finance")


class Said(NamedTuple):
    """An event of a story, as its producer writes it."""

    topic: str
    key: bytes
    value: bytes


class Sent(NamedTuple):
    """A record and the instant at which it reaches the log."""

    at_ms: int
    topic: str
    key: bytes | None
    value: bytes | None

    def renamed(self, old: str, new: str) -> Sent:
        """The same of another customer."""
        key = new.encode() if self.key == old.encode() else self.key
        return self._replace(key=key, value=self.value and self.value.replace(b'"%s"' % old.encode(), b'"%s"' % new.encode()))


class Disorder(msgspec.Struct, frozen=True):
    """Shares of events, 0..1: swapped with their neighbours, late by up to `late_ms_max`, sent again, sent again with another content,
    sent before their time, followed by a record nobody can use.
    """

    swapped: float = 0.0
    late: float = 0.0
    late_ms_max: int = 0
    repeated: float = 0.0
    conflicting: float = 0.0
    early: float = 0.0
    poison: float = 0.0


def told(rng: Random, cases: int, span_ms: int) -> list[Said]:
    """The events of some calls, tickets and others that begin within `span_ms`. A call and a ticket may have the same id."""
    said = []
    customers = iter(CUSTOMERS)
    for number in range(cases):
        topic = OTHERS[number // 7 % len(OTHERS)] if number % 7 == 6 else "agents" if number % 14 == 5 else ("calls", "tickets")[number % 2]
        entity_id = f"{'x' if rng.random() < 0.3 else topic[0]}{number // 2}"
        if topic == "customers":
            entity_id = next(customers, entity_id)
        events = case(rng, topic, entity_id, START_MS + rng.randrange(span_ms))
        said += [Said(topic, entity_id.encode(), msgspec.json.encode(event)) for event in events]
    return said


def described_first(said: Iterable[Said]) -> list[Said]:
    """Without what describes a whole case behind its first event: waits sealed by then stay those of a customer as known before."""
    kept, known = [], set()
    for one, fields in sorted(((one, msgspec.json.decode(one.value)) for one in said), key=lambda pair: pair[1]["time"]):
        first = (one.topic, one.key) not in known
        known.add((one.topic, one.key))
        if first or fields["type"] not in (*DESCRIBING, "ticket.updated"):
            kept.append(one)
        elif fields["type"] == "ticket.updated":
            kept.append(one._replace(value=msgspec.json.encode({name: fields[name] for name in fields if name not in OF_CONTACTS})))
    return kept


DESCRIBING: Final = ("call.started", "ticket.created", "ticket.snapshot")
OF_CONTACTS: Final = ("customer_id", "topic")


def send(said: Iterable[Said], disorder: Disorder, rng: Random) -> list[Sent]:
    """The records of some events, in the order in which they reach the log."""
    sent = []
    for topic, key, value in said:
        fields: Fields = msgspec.json.decode(value)
        at_ms: int = fields["time"]
        drawn = rng.random()
        if drawn < disorder.late:
            at_ms += rng.randrange(disorder.late_ms_max)
        elif drawn < disorder.late + disorder.swapped:
            at_ms += rng.randrange(30 * SECOND_MS)
        elif drawn < disorder.late + disorder.swapped + disorder.early:
            at_ms -= rng.choice((2 * SECOND_MS, 4 * MINUTE_MS, HOUR_MS))
        sent.append(Sent(at_ms, topic, key, value))
        while rng.random() < disorder.repeated:
            sent.append(Sent(at_ms + _again_ms(rng), topic, key, value))
        if rng.random() < disorder.conflicting:
            other = {**fields, "time": fields["time"] + rng.choice((-1, 1, 60_000)), "queue": "support"}
            arrives_ms = max(at_ms + _again_ms(rng), other["time"])  # ahead of its time is another fault
            sent.append(Sent(arrives_ms, topic, key, msgspec.json.encode(other)))
        if rng.random() < disorder.poison:
            bad_key, bad = POISON[rng.choice(list(POISON))](key, fields)
            sent.append(Sent(at_ms, topic, bad_key, bad))
    return sorted(sent, key=lambda record: record.at_ms)


def _again_ms(rng: Random) -> int:
    return rng.randrange(rng.choice((1, 10 * SECOND_MS, 20 * MINUTE_MS, 3 * HOUR_MS, 14 * HOUR_MS)))


POISON: Final[dict[str, Callable[[bytes, Fields], tuple[bytes | None, bytes | None]]]] = {
    # Why it is rejected -> how it is made of a good one. The last two are passed over and counted.
    "not_json": lambda key, event: (key, msgspec.json.encode(event)[:-9]),
    "not_object": lambda key, event: (key, msgspec.json.encode([event["type"]])),
    "too_large": lambda key, event: (key, msgspec.json.encode({**event, "note": "x" * 66_000})),
    "missing_field": lambda key, event: (key, msgspec.json.encode({name: value for name, value in event.items() if name != "id"})),
    "bad_type": lambda key, event: (key, msgspec.json.encode({**event, "id": 7})),
    "bad_time": lambda key, event: (key, msgspec.json.encode({**event, "time": "2024-03-01 10:00"})),
    "key_mismatch": lambda key, event: (b"not-" + key, msgspec.json.encode(event)),
    "no_key": lambda key, event: (None, msgspec.json.encode(event)),
    "unknown_type": lambda key, event: (key, msgspec.json.encode({**event, "type": "call.dreamt", "id": "dream"})),
    "tombstone": lambda key, event: (key, None),
}
