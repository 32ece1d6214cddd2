"""The events of the comparison: calls of four events, 100 a second of simulated time, in time order; and what a fold of them gives."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Final

import orjson

CALLS_PER_SECOND: Final = 100
QUEUES: Final = 10
LONGEST_MS: Final = 660_000
EVENTS: Final = 4

Sums = list[int]
"""Of one queue: offered, answered, ms waited, answered within 20 s, handled."""
Record = tuple[str, bytes, bytes]


def calls(events: int, end_ms: int, seed: int = 7) -> tuple[list[Record], dict[str, Sums]]:
    """Records of whole calls that all have ended at `end_ms`, and the sums of each queue."""
    rng = random.Random(seed)
    count = events // EVENTS
    start_ms = end_ms - LONGEST_MS - count * 1000 // CALLS_PER_SECOND
    rows: list[tuple[int, int, str]] = []
    sums: dict[str, Sums] = {f"q{queue}": [0] * 5 for queue in range(QUEUES)}
    for call in range(count):
        queued_ms = start_ms + call * 1000 // CALLS_PER_SECOND
        wait_ms = rng.randrange(60_000)
        held_ms = queued_ms + wait_ms + rng.randrange(1, 60_000)
        rows += [
            (queued_ms, call, "queued"),
            (queued_ms + wait_ms, call, "answered"),
            (held_ms, call, "held"),
            (held_ms + rng.randrange(1, 540_000), call, "ended"),
        ]
        of_queue = sums[f"q{call % QUEUES}"]
        for place, amount in enumerate((1, 1, wait_ms, wait_ms <= 20_000, 1)):
            of_queue[place] += amount
    rows.sort(key=lambda row: row[:2])  # the events of a call stay in their order
    return list(_records(rows)), sums


def call_event(kind: str, call_id: str, queue: str, at_ms: int, number: int = 0) -> Record:
    value = {
        "type": f"call.{kind}",
        "id": f"{call_id}-{kind}",
        "call_id": call_id,
        "time": at_ms,
        "queue": queue,
        "agent_id": f"a{number % 200}",
        "channel": "phone",
    }
    return "calls", call_id.encode(), orjson.dumps(value)


def _records(rows: list[tuple[int, int, str]]) -> Iterator[Record]:
    for at_ms, call, kind in rows:
        yield call_event(kind, f"c{call}", f"q{call % QUEUES}", at_ms, call)
