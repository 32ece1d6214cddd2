"""Load for measuring: whole calls of 8 events and tickets of 12, interleaved in time order, 40 queues, about 135 bytes per event.

Not a contact centre (that is the simulator): nobody waits for an agent here, so that a million records are made in a few seconds.
Lines are formatted, not encoded.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator
from typing import Final

from schemas.values import EpochMs

QUEUES: Final = tuple(f"queue-{i:02d}" for i in range(40))
CALL_EVENTS: Final = 8
TICKET_EVENTS: Final = 12
BenchRecord = tuple[str, bytes, bytes]

_Dated = tuple[int, int, str, bytes, bytes]  # time, order within it, topic, key, value
_Slots = defaultdict[int, list[_Dated]]  # what is still to come, by time // _SLOT_MS
_SLOT_MS: Final = 10_000  # cases begun in one slot are made at once; a slot is sorted when nothing can fall into it any more

# Each filled with case id, event number, time, case id and the rest; case ids have 9 bytes.
_STARTED: Final = (
    b'{"type":"call.started","id":"%s-1","time":%d,"call_id":"%s","channel":"phone","customer_id":"cust-%06d","source":"bench/pbx"}'
)
_QUEUED: Final = b'{"type":"call.queued","id":"%s-2","time":%d,"call_id":"%s","queue":"%s","channel":"phone","priority":"%s"}'
_OFFERED: Final = b'{"type":"call.offered","id":"%s-3","time":%d,"call_id":"%s","agent_id":"agent-%04d","source":"bench/pbx"}'
_ANSWERED: Final = b'{"type":"call.answered","id":"%s-4","time":%d,"call_id":"%s","agent_id":"agent-%04d","source":"bench/pbx"}'
_HELD: Final = b'{"type":"call.held","id":"%s-5","time":%d,"call_id":"%s","agent_id":"agent-%04d","source":"bench/pbx"}'
_RESUMED: Final = b'{"type":"call.resumed","id":"%s-6","time":%d,"call_id":"%s","agent_id":"agent-%04d","source":"bench/pbx"}'
_ENDED: Final = b'{"type":"call.ended","id":"%s-7","time":%d,"call_id":"%s","by":"customer","agent_id":"agent-%04d","source":"bench/pbx"}'
_WRAPPED: Final = b'{"type":"call.wrapped","id":"%s-8","time":%d,"call_id":"%s","agent_id":"agent-%04d","source":"bench/pbx"}'

_CREATED: Final = (
    b'{"type":"ticket.created","id":"%s-1","time":%d,"ticket_id":"%s","channel":"%s","queue":"%s","priority":"%s","by":"customer"}'
)
# What follows: how long after the event before it (thousandths of the ticket's life, together 1000), and what.
_TICKET: Final = tuple(
    (share, number, b'{"type":"ticket.%s","id":"%%s-%d","time":%%d,"ticket_id":"%%s",%s}' % (kind, number, rest))
    for number, (share, kind, rest) in enumerate(
        (
            (20, b"message", b'"by":"agent","auto":true,"source":"bench/desk"'),
            (130, b"assigned", b'"agent_id":"agent-%04d","source":"bench/desk"'),
            (90, b"message", b'"by":"agent","agent_id":"agent-%04d","source":"bench/desk"'),
            (10, b"status", b'"status":"pending","agent_id":"agent-%04d","source":"bench/desk"'),
            (250, b"message", b'"by":"customer","source":"bench/desk"'),
            (5, b"status", b'"status":"open","source":"bench/desk"'),
            (150, b"message", b'"by":"agent","agent_id":"agent-%04d","source":"bench/desk"'),
            (10, b"status", b'"status":"on_hold","agent_id":"agent-%04d","source":"bench/desk"'),
            (200, b"status", b'"status":"open","agent_id":"agent-%04d","source":"bench/desk"'),
            (120, b"message", b'"by":"agent","agent_id":"agent-%04d","source":"bench/desk"'),
            (15, b"status", b'"status":"resolved","agent_id":"agent-%04d","source":"bench/desk"'),
        ),
        start=2,
    )
)
_QUEUE_BYTES: Final = tuple(name.encode() for name in QUEUES)
_PRIORITIES: Final = (b"normal", b"normal", b"normal", b"normal", b"normal", b"high", b"low", b"urgent")
_CHANNELS: Final = (b"email", b"form", b"email", b"social", b"messaging", b"email", b"form", b"email")


def bench_records(
    n: int, start_ms: EpochMs, *, ticket_share: float = 0.1, events_per_second: int = 2_000, seed: int = 1, run: int = 0
) -> Iterator[BenchRecord]:
    """At most `n` records as (topic, key, value), in time order, of whole cases only: every call and ticket that begins also ends.

    start_ms           when the first case begins
    ticket_share       part of the events that belongs to tickets, 0..1
    events_per_second  of simulated time: how much is under way at once (a call lives about 4 minutes, a ticket 20 to 60)
    run                0..255, in every case id: another run, other cases
    Topics are `calls` and `tickets`. The same arguments give the same bytes.
    """
    rng = random.Random(seed)
    tickets = int(n * ticket_share) // TICKET_EVENTS
    cases = tickets + (n - tickets * TICKET_EVENTS) // CALL_EVENTS
    events = tickets * TICKET_EVENTS + (cases - tickets) * CALL_EVENTS
    cases_per_slot = max(1, cases * events_per_second * _SLOT_MS // (1000 * max(1, events)))

    slots: _Slots = defaultdict(list)
    slot = int(start_ms) // _SLOT_MS
    for first in range(0, cases, cases_per_slot):
        for case in range(first, min(first + cases_per_slot, cases)):
            at_ms = int(start_ms) + case * _SLOT_MS // cases_per_slot
            if (case + 1) * tickets // cases > case * tickets // cases:
                _ticket(slots, rng, b"t%02x%06x" % (run, case), at_ms, case)
            else:
                _call(slots, rng, b"c%02x%06x" % (run, case), at_ms, case)
        for record in sorted(slots.pop(slot, ())):
            yield record[2:]
        slot += 1
    for slot in sorted(slots):
        for record in sorted(slots.pop(slot)):
            yield record[2:]


def _call(slots: _Slots, rng: random.Random, key: bytes, at_ms: int, case: int) -> None:
    draw = rng.random
    agent = int(draw() * 500)
    queued = at_ms + 2_000 + int(draw() * 8_000)
    offered = queued + int(draw() * draw() * 60_000)
    answered = offered + 2_000 + int(draw() * 6_000)
    held = answered + 10_000 + int(draw() * 120_000)
    resumed = held + 5_000 + int(draw() * 60_000)
    ended = resumed + 5_000 + int(draw() * 120_000)
    wrapped = ended + 1_000 + int(draw() * 40_000)
    order = case << 4
    for record in (
        (at_ms, order, "calls", key, _STARTED % (key, at_ms, key, case % 1_000_000)),
        (queued, order + 1, "calls", key, _QUEUED % (key, queued, key, _QUEUE_BYTES[case * 7 % 40], _PRIORITIES[agent & 7])),
        (offered, order + 2, "calls", key, _OFFERED % (key, offered, key, agent)),
        (answered, order + 3, "calls", key, _ANSWERED % (key, answered, key, agent)),
        (held, order + 4, "calls", key, _HELD % (key, held, key, agent)),
        (resumed, order + 5, "calls", key, _RESUMED % (key, resumed, key, agent)),
        (ended, order + 6, "calls", key, _ENDED % (key, ended, key, agent)),
        (wrapped, order + 7, "calls", key, _WRAPPED % (key, wrapped, key, agent)),
    ):
        slots[record[0] // _SLOT_MS].append(record)


def _ticket(slots: _Slots, rng: random.Random, key: bytes, at_ms: int, case: int) -> None:
    agent = int(rng.random() * 500)
    life_ms = 1_200_000 + int(rng.random() * 2_400_000)
    order = case << 4
    created = (key, at_ms, key, _CHANNELS[agent & 7], _QUEUE_BYTES[case * 7 % 40], _PRIORITIES[agent & 7])
    slots[at_ms // _SLOT_MS].append((at_ms, order, "tickets", key, _CREATED % created))
    for share, number, template in _TICKET:
        at_ms += share * life_ms // 1000
        filled = template % ((key, at_ms, key, agent) if b"agent-" in template else (key, at_ms, key))
        slots[at_ms // _SLOT_MS].append((at_ms, order + number, "tickets", key, filled))
