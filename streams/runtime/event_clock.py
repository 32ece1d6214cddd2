"""Time where it is that of events: the highest event time that any worker has read, for replays of old data."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from schemas.values import EpochMs
from streams.errors import Unreachable
from streams.runtime.heartbeat import decode_heartbeat
from streams.runtime.transport.log import LeftBehind, Tail
from streams.runtime.trouble import Trouble

log = logging.getLogger("deskpulse.worker")

RETRY_S = 1.0


class EventClock:
    """Follows the heartbeats of all workers; never falls. While the log is away it is as it was, and goes on when that is back."""

    def __init__(self, make_tail: Callable[[], Tail], own_ms: Callable[[], EpochMs | None], *, retry_s: float = RETRY_S) -> None:
        """make_tail  of the heartbeats
        own_ms     the watermark of this process, which it knows before its heartbeats say it
        """
        self._make_tail = make_tail
        self._own_ms = own_ms
        self._retry_s = retry_s
        self._tail: Tail | None = None
        self._highest_ms: EpochMs | None = None

    def now_ms(self) -> EpochMs | None:
        """None: nobody has read an event yet."""
        self._saw(self._own_ms())
        return self._highest_ms

    async def open(self) -> None:
        """All that has been told is known then. Raises Unreachable, and may be followed by `close` alone."""
        tail = await self._opened()
        while not tail.restored:
            await self._read(tail, 0.1)

    async def follow(self) -> None:
        """Until it is cancelled."""
        trouble = Trouble(log, "the clock of events stands still")
        while True:
            try:
                await self._read(self._tail or await self._opened(), 1.0)
                trouble.over()
            except LeftBehind:  # what was deleted is older than all that is there
                await self.close()
            except Unreachable as error:
                trouble.tell(error)
                await asyncio.sleep(self._retry_s)

    async def close(self) -> None:
        tail, self._tail = self._tail, None
        if tail is not None:
            await tail.close()

    async def _opened(self) -> Tail:
        tail = self._tail = self._make_tail()
        try:
            await tail.open()
        except BaseException:
            await self.close()
            raise
        return tail

    async def _read(self, tail: Tail, timeout_s: float) -> None:
        for _, _, rows in await tail.read(timeout_s):
            for _, value in rows:
                heartbeat = decode_heartbeat(value) if value is not None else None
                if heartbeat is not None:
                    self._saw(*(partition.watermark_ms for partition in heartbeat.partitions))

    def _saw(self, *watermarks_ms: EpochMs | None) -> None:
        self._highest_ms = max((mark for mark in (self._highest_ms, *watermarks_ms) if mark), default=None)
