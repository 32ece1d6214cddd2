"""A small contact centre: events through real shards into a real board, without a log."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any
from zlib import crc32

from schemas.events import ENTITY_FIELD
from schemas.instants import instant_ms
from schemas.values import EpochMs
from streams.core.board import BoardSettings, BoardState
from streams.core.clocks.policy import Policy
from streams.core.log import Batch
from streams.core.report import Line
from streams.core.settings import ShardSettings
from streams.core.shard import Shard
from streams.core.snapshot import Liveness, Snapshot

DAY = "2026-03-02"
LIVE = Liveness(partitions=2, live=2, data_age_ms=400, restored=True, leads=True)


def at_ms(clock: str) -> EpochMs:
    """09:00:12 of the day of these tests."""
    return instant_ms(f"{DAY}T{clock}Z")


class Centre:
    """Two shards and a board. `tell` events, then look at `snapshot`."""

    def __init__(self, settings: BoardSettings | None = None, policy: Policy = Policy()) -> None:  # noqa: B008 - a frozen value
        self.settings = ShardSettings(topics={topic: topic for topic in ENTITY_FIELD}, partitions=2, policy=policy)
        self.shards = [Shard(partition, self.settings) for partition in range(2)]
        self.board = BoardState(settings or BoardSettings(queues={"billing": ["phone"], "idle": ["phone"]}))
        self.now_ms = at_ms("08:00:00")
        self._ids = 0

    def tell(self, topic: str, events: Iterable[Mapping[str, Any]]) -> None:
        """Events with `time` as 09:00:12; ids are given where they have none."""
        key_field = ENTITY_FIELD[topic]
        for event in events:
            self._ids += 1
            moment = at_ms(str(event["time"])) if isinstance(event["time"], str) else EpochMs(event["time"])
            value = json.dumps({"id": str(self._ids), **event, "time": moment}).encode()
            key = str(event[key_field]).encode()
            shard = self.shards[crc32(key) % 2]
            offset = shard.positions[topic]
            self.now_ms = EpochMs(max(self.now_ms, moment))
            assert shard.apply(topic, Batch([Line(offset, key, value)], offset, offset + 1), self.now_ms)

    def calls(self, *events: Mapping[str, Any]) -> None:
        self.tell("calls", events)

    def tickets(self, *events: Mapping[str, Any]) -> None:
        self.tell("tickets", events)

    def visit(self, call_id: str, queue: str, queued: str, answered: str | None = None, ended: str | None = None, **labels: str) -> None:
        """One call: waits, is answered, talks; what is None has not happened."""
        self.calls({"type": "call.queued", "call_id": call_id, "queue": queue, "time": queued, **labels})
        if answered:
            self.calls({"type": "call.answered", "call_id": call_id, "agent_id": "ann", "time": answered})
        if ended:
            self.calls({"type": "call.ended", "call_id": call_id, "by": "customer", "time": ended})

    def settle(self, clock: str | int) -> None:
        """Let the clock of shards and board go on."""
        self.now_ms = at_ms(clock) if isinstance(clock, str) else EpochMs(clock)
        self._write()

    def _write(self) -> None:
        for partition, shard in enumerate(self.shards):
            shard.advance(self.now_ms)
            changes = shard.take()
            if changes is not None:
                self.board.apply(partition, changes.panes)

    def snapshot(self, liveness: Liveness = LIVE) -> Snapshot:
        self._write()
        return self.board.snapshot(self.now_ms, liveness)


def morning(centre: Centre | None = None) -> Centre:
    """A few calls and tickets between nine and ten; two calls and two tickets are still there at 10:00:00."""
    centre = centre or Centre()
    centre.visit("c1", "billing", "09:00:00", "09:00:12", "09:03:12")
    centre.visit("c2", "billing", "09:01:00", "09:01:41", "09:02:41")
    centre.visit("c3", "billing", "09:02:00")
    centre.calls({"type": "call.abandoned", "call_id": "c3", "time": "09:02:30"})
    centre.visit("c4", "sales", "09:05:00", "09:05:05", channel="chat")
    centre.visit("c5", "billing", "09:10:00")
    centre.calls({"type": "call.left", "call_id": "c5", "reason": "voicemail", "time": "09:10:10"})
    centre.calls({"type": "call.blocked", "call_id": "c6", "reason": "trunk_busy", "time": "09:11:00"})
    centre.tickets(
        {"type": "ticket.created", "ticket_id": "t1", "channel": "email", "queue": "mail", "priority": "high", "time": "09:00:00"},
        {"type": "ticket.message", "ticket_id": "t1", "by": "agent", "agent_id": "ann", "time": "09:30:00"},
        {"type": "ticket.status", "ticket_id": "t1", "status": "resolved", "time": "09:40:00"},
        {"type": "ticket.created", "ticket_id": "t2", "channel": "form", "time": "09:20:00"},
    )
    centre.visit("c7", "billing", "09:59:15")
    centre.visit("c8", "billing", "09:59:50")
    centre.settle("10:00:00")
    return centre
