"""Several calls or tickets told to a shard, and the time of day in their tales."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from schemas.events import Event
from streams.core.kpis.ledgers import call_residual
from streams.core.snapshot import Snapshot
from streams.testing.wire import entity_field
from tests.core.cases import call_tales as call
from tests.core.cases import ticket_tales as ticket
from tests.core.driving import KeptShard, one, told

MINUTE, HOUR, DAY = 60, 3_600, 86_400
MIDNIGHT = 6_400
"""Seconds after the start of a tale, which is 2023-11-14T22:13:20Z: the next midnight."""
HUMAN = {"responder": "human", "clock": "calendar"}
BOT = {"responder": "bot", "clock": "calendar"}


def clock(text: str) -> float:
    """07:28:20 of the day that begins at MIDNIGHT, in seconds after the start of a tale."""
    hours, minutes, seconds = (int(part) for part in f"{text}:00".split(":")[:3])
    return MIDNIGHT + hours * HOUR + minutes * MINUTE + seconds


def told_all(stories: Sequence[Sequence[Event]]) -> list[bytes]:
    """Records of several cases: 1, 2, ..."""
    entity = entity_field(type(stories[0][0]))
    cases = ((str(number), story) for number, story in enumerate(stories, 1))
    return [told(event, f"{n:02}", **{entity: case_id}) for case_id, story in cases for n, event in enumerate(story)]


def calls(*stories: Sequence[Event], now_s: float) -> KeptShard:
    """A shard that read those calls and whose clock went on."""
    shard = KeptShard()
    shard.says("calls", *told_all(stories))
    shard.at(call.ms(now_s))
    return shard


def tickets(*stories: Sequence[Event], now_s: float = 40 * DAY) -> KeptShard:
    shard = KeptShard()
    for record in told_all(stories):  # one by one, as time goes by
        shard.says("tickets", record)
        shard.at(msgspec.json.decode(record)["time"])
    shard.at(ticket.ms(now_s))
    return shard


def residual(snapshot: Snapshot) -> int:
    """Of the ledger of calls over the whole site."""
    totals: dict[int, int] = {}
    for sums in snapshot.totals.values():
        for field, amount in sums.items():
            totals[field] = totals.get(field, 0) + amount
    return call_residual(totals, int(one(snapshot, "waiting", "count", "now").value or 0))
