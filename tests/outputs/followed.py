"""A centre whose board is followed over HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import msgspec
import orjson

from streams.core.snapshot import Liveness, Snapshot
from streams.outputs.api import public_app
from streams.outputs.stream import Streams
from tests.outputs.centre import LIVE, at_ms, morning
from tests.outputs.serving import Client, serving

RESTORING = msgspec.structs.replace(LIVE, restored=False)


class Floor:
    """A centre that goes on while its board is followed. `asked`: how often a snapshot was taken."""

    def __init__(self) -> None:
        self.centre = morning()
        self.liveness: Liveness = LIVE
        self.asked = 0

    def board(self) -> Snapshot:
        self.asked += 1
        return self.centre.snapshot(self.liveness)


@asynccontextmanager
async def floor_served(floor: Floor, **streams: Any) -> AsyncIterator[tuple[Client, Streams]]:
    shared = Streams(floor.board, lambda: at_ms("10:00:01"), **streams)
    async with serving(public_app(floor.board, status=dict, streams=shared)) as client:
        yield client, shared


async def event_of(content: Any) -> tuple[str, dict[str, Any]]:
    """The next event: its name and its data."""
    fields: dict[str, bytes] = {}
    while line := (await asyncio.wait_for(content.readline(), 10)).rstrip(b"\n"):
        name, _, value = line.partition(b": ")
        fields[name.decode()] = value
    return fields["event"].decode(), orjson.loads(fields["data"])


async def next_of(content: Any, wanted: str) -> dict[str, Any]:
    for _ in range(500):
        event, data = await event_of(content)
        if event == wanted:
            return data
    raise AssertionError(f"no event {wanted} came")


def waiting(data: dict[str, Any], stat: str = "count", queue: str | None = None) -> dict[str, Any]:
    """Its row; an empty one where there is none."""
    labels = {} if queue is None else {"queue": queue}
    return next((row for row in data["rows"] if (row["kpi"], row["stat"], row["labels"]) == ("waiting", stat, labels)), {})
