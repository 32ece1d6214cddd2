"""Time where it is that of events: the highest event time that any worker has read, for replays of old data."""

from __future__ import annotations

from collections.abc import Callable

from schemas.values import EpochMs
from streams.runtime.heartbeat import decode_heartbeat
from streams.runtime.transport.log import Tail


class EventClock:
    """Follows the heartbeats of all workers; never falls."""

    def __init__(self, heartbeats: Tail, own_ms: Callable[[], EpochMs | None]) -> None:
        """`own_ms`: the watermark of this process, which it knows before its heartbeats say it."""
        self._heartbeats = heartbeats
        self._own_ms = own_ms
        self._highest_ms: EpochMs | None = None

    def now_ms(self) -> EpochMs | None:
        """None: nobody has read an event yet."""
        self._saw(self._own_ms())
        return self._highest_ms

    async def open(self) -> None:
        """Raises Unreachable."""
        await self._heartbeats.open()
        while not self._heartbeats.restored:
            await self._read(0.1)

    async def follow(self) -> None:
        """Until it is cancelled."""
        try:
            while True:
                await self._read(1.0)
        finally:
            await self._heartbeats.close()

    async def _read(self, timeout_s: float) -> None:
        for _, _, rows in await self._heartbeats.read(timeout_s):
            for _, value in rows:
                heartbeat = decode_heartbeat(value) if value is not None else None
                if heartbeat is not None:
                    self._saw(*(partition.watermark_ms for partition in heartbeat.partitions))

    def _saw(self, *watermarks_ms: EpochMs | None) -> None:
        self._highest_ms = max((mark for mark in (self._highest_ms, *watermarks_ms) if mark), default=None)
