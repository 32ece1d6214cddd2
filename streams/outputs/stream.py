"""`/api/v1/stream`: rows as server-sent events, first all of them, then what has changed, once per second at most.

Everyone who follows the same thing shares a feed: its rows are made into bytes once per second, however many read them. A reader
has no queue of its own: it is given what the feed has now, and who missed a change gets everything anew. Who does not read is dropped.
Boards have a thread of their own: however many rows somebody else asks for, screens on walls do not wait for them.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Hashable
from concurrent.futures import ThreadPoolExecutor
from time import perf_counter
from typing import Any, Final

from aiohttp import web

from streams.core.snapshot import Snapshot
from streams.outputs.serving import HEADERS, Refusal
from streams.outputs.turn import Clock, Layout, Rows, Turn, turn_of

TURN_S: Final = 1.0
WRITE_LIMIT_S: Final = 10.0
"""So long a reader may take for what it was given. Then its connection is cut."""
PIECE_BYTES: Final = 16_384
SEND_BUFFER_BYTES: Final = 65_536
"""Of the kernel, for each reader: what lies there unread is no memory of ours, but of the machine."""
GONE_MS: Final = 15_000
"""After so long without a word from its machine a reader has gone."""
CLIENTS_MAX: Final = 1_000
FEEDS_MAX: Final = 64
STREAM_HEADERS: Final = {**HEADERS, "Content-Type": "text/event-stream", "X-Accel-Buffering": "no"}


class Feed:
    """What some readers follow together. It turns while there are any."""

    def __init__(self, board: Callable[[], Snapshot], turned: Callable[[Snapshot, Turn | None], Turn], threads: ThreadPoolExecutor) -> None:
        """turned  makes the next turn from a snapshot and the last; called in a thread"""
        self._board = board
        self._turned = turned
        self._threads = threads
        self._turn: Turn | None = None
        self._next: asyncio.Future[Turn] = asyncio.get_running_loop().create_future()
        self._work = asyncio.create_task(self._run())
        self._work.add_done_callback(self._ended)
        self.readers = 0

    @property
    def over(self) -> bool:
        """No further turn comes; some may still be stuck in the last."""
        return self._work.done()

    async def after(self, number: int) -> Turn:
        """The turn that is now, where it is a later one than `number`; else the next."""
        if self._turn is not None and self._turn.number > number:
            return self._turn
        return await asyncio.shield(self._next)

    def close(self) -> None:
        self._work.cancel()

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            began_s = loop.time()
            turn, worked_s = await loop.run_in_executor(self._threads, self._worked, self._board(), self._turn)
            self._turn, turned, self._next = turn, self._next, loop.create_future()
            turned.set_result(turn)
            await asyncio.sleep(pause_s(loop.time() - began_s, worked_s))

    def _worked(self, snapshot: Snapshot, last: Turn | None) -> tuple[Turn, float]:
        began_s = perf_counter()
        return self._turned(snapshot, last), perf_counter() - began_s

    def _ended(self, work: asyncio.Task[None]) -> None:
        if not work.cancelled() and (error := work.exception()) is not None:
            self._next.set_exception(error)


def pause_s(took_s: float, worked_s: float) -> float:
    """Until the next turn: what is left of a second; at least as long as this one was worked at, so that others come to theirs."""
    return max(worked_s, TURN_S - took_s)


class Streams:
    """All feeds of a process, and their readers."""

    def __init__(self, board: Callable[[], Snapshot], clock: Clock | None = None, *, write_limit_s: float = WRITE_LIMIT_S) -> None:
        """clock  of this machine, by which pages count on; None: the board's own, which events move"""
        self._board = board
        self._clock = clock
        self._write_limit_s = write_limit_s
        self._board_threads = ThreadPoolExecutor(1, "boards")
        self._row_threads = ThreadPoolExecutor(1, "rows")
        self._feeds: dict[Hashable, Feed] = {}
        self._readers: set[asyncio.Task[Any]] = set()
        self.dropped = 0
        """Readers that did not read."""

    @property
    def clients(self) -> int:
        return len(self._readers)

    async def serve(
        self,
        request: web.Request,
        key: Hashable,
        rows: Rows,
        layout: Layout | None = None,
        allowed: Callable[[], bool] = lambda: True,
    ) -> web.StreamResponse:
        """Answers with a feed until the reader goes. Raises Refusal 503.

        key     the same for everyone who asks for the same
        rows    of a snapshot, those that the feed has
        layout  of a snapshot, what the page must know to show them; None: this is no board
        allowed whether this reader may still read
        """
        if len(self._readers) >= CLIENTS_MAX or (key not in self._feeds and len(self._feeds) >= FEEDS_MAX):
            raise Refusal(503, "too_many_readers", "too many follow already: ask again later", headers={"Retry-After": "10"})
        reader = asyncio.current_task()
        assert reader is not None
        if key not in self._feeds or self._feeds[key].over:
            threads = self._row_threads if layout is None else self._board_threads
            self._feeds[key] = Feed(self._board, lambda snapshot, last: turn_of(snapshot, last, rows, layout, self._clock), threads)
        feed = self._feeds[key]
        feed.readers += 1
        self._readers.add(reader)
        response = web.StreamResponse(headers=STREAM_HEADERS)
        try:
            small_buffers(request)
            await response.prepare(request)
            await self._follow(response, feed, allowed)
        except TimeoutError:
            self.dropped += 1
            if request.transport is not None:
                request.transport.abort()
        except ConnectionError:
            pass  # it has gone
        finally:
            self._readers.discard(reader)
            feed.readers -= 1
            if not feed.readers:
                feed.close()
                if self._feeds.get(key) is feed:
                    del self._feeds[key]
        return response

    async def _follow(self, response: web.StreamResponse, feed: Feed, allowed: Callable[[], bool]) -> None:
        number = 0
        while allowed():
            turn = await feed.after(number)
            body = turn.change if turn.follows(number) else turn.snapshot()
            number = turn.number
            async with asyncio.timeout(self._write_limit_s):
                for first in range(0, len(body), PIECE_BYTES):
                    await response.write(body[first : first + PIECE_BYTES])

    async def close(self, _: web.Application) -> None:
        """Lets all readers go."""
        for reader in self._readers:
            reader.cancel()
        for threads in (self._board_threads, self._row_threads):
            threads.shutdown(wait=False)


def small_buffers(request: web.Request) -> None:
    """Of its connection: what a reader does not fetch is to be seen soon, and one whose machine is gone, too."""
    connection = None if request.transport is None else request.transport.get_extra_info("socket")
    if connection is not None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES)
        if hasattr(socket, "TCP_USER_TIMEOUT"):  # of Linux
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, GONE_MS)
