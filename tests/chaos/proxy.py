"""A way to a broker that breaks: cuts connections, delays what goes through, or lets nothing through and says nothing.

with Proxy(port_behind) as proxy:
    proxy.cut()                # all connections end, and no new ones come
    proxy.mend()
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from contextlib import suppress
from types import TracebackType
from typing import Any, Final, TypeVar

from tests.tools import free_port

PIECE_BYTES: Final = 1 << 16
T = TypeVar("T")
Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Proxy:
    """Runs on a thread of its own. `port`: what clients connect to, free before and after."""

    def __init__(self, behind: int, port: int | None = None) -> None:
        self.port = port or free_port()
        self.connections = 0
        """So many were there ever."""
        self._behind = behind
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name=f"proxy {self.port}", daemon=True)
        self._writers: set[asyncio.StreamWriter] = set()
        self._ways: set[asyncio.Task[None]] = set()
        self._delay_s = 0.0
        self._refuses = False
        self._passes = asyncio.Event()
        self._passes.set()

    def cut(self) -> None:
        """All connections end at once; new ones do as well."""
        self._do(self._set(refuses=True, abort=True))

    def delay(self, seconds: float) -> None:
        """Each piece that goes through takes so long, in both directions."""
        self._do(self._set(delay_s=seconds))

    def half_open(self) -> None:
        """Connections stay open, new ones are taken, and nothing goes through: a machine that is gone without a word."""
        self._do(self._set(passes=False))

    def mend(self) -> None:
        """All is well for new connections. Those that were half open end now, as the other side knows nothing of them any more."""
        self._do(self._set(abort=not self._passes.is_set()))

    def __enter__(self) -> Proxy:
        self._thread.start()
        self._server = self._do(asyncio.start_server(self._serve, "127.0.0.1", self.port, backlog=256))
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        self._do(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _do(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    async def _set(self, *, refuses: bool = False, passes: bool = True, delay_s: float = 0.0, abort: bool = False) -> None:
        self._refuses, self._delay_s = refuses, delay_s
        if abort:
            self._abort()
        (self._passes.set if passes else self._passes.clear)()

    def _abort(self) -> None:
        for writer in self._writers:
            writer.transport.abort()

    async def _end(self) -> None:
        self._server.close()  # on its own loop: a connection that ends meanwhile closes it as well
        self._refuses = True
        for way in self._ways:
            way.cancel()
        if tasks := asyncio.all_tasks() - {asyncio.current_task()}:
            await asyncio.wait(tasks, timeout=5)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        ours, theirs = (reader, writer), None
        try:
            if not self._refuses:
                with suppress(OSError):
                    theirs = await asyncio.open_connection("127.0.0.1", self._behind)
            if theirs and not self._refuses:
                await self._join(ours, theirs)
        finally:
            for _, end in filter(None, (ours, theirs)):
                end.transport.abort()

    async def _join(self, ours: Streams, theirs: Streams) -> None:
        """Passes on what comes, both ways, until either ends."""
        ways = {asyncio.create_task(self._pass_on(ours[0], theirs[1])), asyncio.create_task(self._pass_on(theirs[0], ours[1]))}
        writers = {ours[1], theirs[1]}
        self._ways |= ways
        self._writers |= writers
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        for way in ways:
            way.cancel()
        self._ways -= ways
        self._writers -= writers

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while piece := await reader.read(PIECE_BYTES):
                if self._delay_s:
                    await asyncio.sleep(self._delay_s)
                await self._passes.wait()
                writer.write(piece)
                await writer.drain()
