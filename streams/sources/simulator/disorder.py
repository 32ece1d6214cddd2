"""What happens to events on their way: repeats, delays, records that are none. Without any of it, events become records as they are."""

from __future__ import annotations

import heapq
import random
from collections.abc import Callable, Iterable, Iterator
from typing import Final, NamedTuple

import msgspec
import orjson

from schemas.values import DAY_MS, HOUR_MS, MINUTE_MS

from .tape import Made


class Disorder(msgspec.Struct, frozen=True):
    """Shares of events, 0..1, that are sent twice, that arrive late, that are followed by a record nobody can use."""

    duplicates: float = 0.0
    late: float = 0.0
    bad: float = 0.0

    def __post_init__(self) -> None:
        for name in ("duplicates", "late", "bad"):
            share = getattr(self, name)
            if not 0 <= share <= 1:
                raise ValueError(f"{name} is {share}: expected a share of 0..1")


class Sent(NamedTuple):
    """A record and the instant at which it reaches the log."""

    at_ms: int
    topic: str
    key: bytes
    value: bytes


def send(events: Iterable[Made], disorder: Disorder, rng: random.Random) -> Iterator[Sent]:
    """The records of `events`, by the instant at which they are sent; after the last event comes what is still delayed."""
    under_way: list[tuple[int, int, Sent]] = []
    order = 0
    for at_ms, topic, key, event in events:
        while under_way and under_way[0][0] <= at_ms:
            yield heapq.heappop(under_way)[2]
        record = Sent(at_ms, topic, key.encode(), orjson.dumps(event))
        late = []
        if disorder.late and rng.random() < disorder.late:
            late.append(record._replace(at_ms=at_ms + _delay_ms(rng)))
        else:
            yield record
        if disorder.duplicates and rng.random() < disorder.duplicates:
            late.append(record._replace(at_ms=at_ms + _delay_ms(rng)))
        if disorder.bad and rng.random() < disorder.bad:
            key_bytes, value = POISON[list(POISON)[rng.randrange(len(POISON))]](record.key, event)
            late.append(Sent(at_ms, topic, key_bytes, value))
        for one in late:
            order += 1
            heapq.heappush(under_way, (one.at_ms, order, one))
    while under_way:
        yield heapq.heappop(under_way)[2]


def _delay_ms(rng: random.Random) -> int:
    """Mostly less than a minute, sometimes hours, never more than five days: within the usual lateness."""
    if rng.random() < 0.9:
        return round(rng.uniform(10, MINUTE_MS))
    return min(round(rng.expovariate(1 / (2 * HOUR_MS))), 5 * DAY_MS)


Event = dict[str, object]
Poison = Callable[[bytes, Event], tuple[bytes, bytes]]


def _without(key: bytes, event: Event, name: str) -> tuple[bytes, bytes]:
    return key, orjson.dumps({field: value for field, value in event.items() if field != name})


POISON: Final[dict[str, Poison]] = {
    # The reason for which each is rejected -> how it is made of a good record; unknown_type is skipped and counted.
    # key_mismatch repeats a good event under a wrong key: where no keys are looked at, it is a duplicate.
    "not_json": lambda key, event: (key, orjson.dumps(event)[:-9]),
    "not_object": lambda key, event: (key, orjson.dumps([event["type"], event["id"]])),
    "too_large": lambda key, event: (key, orjson.dumps({**event, "note": "x" * 66_000})),
    "missing_field": lambda key, event: _without(key, event, "id"),
    "bad_type": lambda key, event: (key, orjson.dumps({**event, "id": 7})),
    "bad_time": lambda key, event: (key, orjson.dumps({**event, "time": "2024-03-01 10:00"})),
    "key_mismatch": lambda key, event: (b"not-" + key, orjson.dumps(event)),
    "unknown_type": lambda key, event: (key, orjson.dumps({**event, "type": "call.sentiment", "id": f"{event['id']}-s"})),
}
