"""A stage for the wallboard: its static files, and scripted board, stream and history documents as the API has them.

What the page is told is a list of rows and a clock in the test's hand; it can be cut off, fall silent, come back and run fast.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any

import orjson
from aiohttp import web

from schemas.instants import instant_ms, rfc3339
from streams.outputs.files import Files
from streams.outputs.serving import HEADERS, polite
from tests.outputs.wallboard.script import BOARD, explanation, history

NOW_MS = instant_ms("2026-03-06T12:05:10Z")


class Stage:
    """`rows` are what the next snapshot holds. `tell()` sends them to who listens; `now_ms` goes on by the caller.

    heard    for each screen, what comes back once the message of that number has been heard there
    speaks   a stream that is opened begins with a snapshot; else it says nothing
    """

    def __init__(self, rows: list[dict[str, Any]], board: Mapping[str, Any] = BOARD) -> None:
        self.board = dict(board)
        self.rows = rows
        self.now_ms = int(NOW_MS)
        self.age_s: float | None = 0.4
        self.completeness = 1.0
        self.is_restored = True
        self.beats = True
        self.speaks = True
        self.refused: int | None = None
        """Status with which everything of the API is answered; None: as it should."""
        self.cases: list[dict[str, Any]] = []
        self.streams: set[web.StreamResponse] = set()
        self.heard: list[Callable[[int], Awaitable[None]]] = []
        self.opened = 0
        self.numbered = 0
        self.address = ""
        self._runner: web.AppRunner | None = None
        self._port = 0

    async def __aenter__(self) -> Stage:
        await self.rise()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.fall()

    async def rise(self) -> None:
        """Listens, after a fall at the same port."""
        app = web.Application(middlewares=[polite])
        app.add_routes([
            *Files().routes(),
            web.get("/api/v1/board", self._json(lambda _: self.board)),
            web.get("/api/v1/history", self._json(lambda request: history(request.query, self.now_ms))),
            web.get("/api/v1/explain", self._json(lambda request: explanation(request.query))),
            web.get("/api/v1/cases/breaching", self._json(lambda _: {"total": len(self.cases), "cases": self.cases})),
            web.get("/api/v1/stream", self._stream),
        ])  # fmt: skip
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self._port)
        await site.start()
        self._port = self._runner.addresses[0][1]
        self.address = f"http://127.0.0.1:{self._port}/"

    async def fall(self) -> None:
        """Nothing listens any more, and every stream has ended."""
        assert self._runner is not None
        for stream in list(self.streams):
            stream.force_close()
            if stream._req is not None and stream._req.transport is not None:
                stream._req.transport.abort()
        await self._runner.cleanup()

    async def tell(self, kind: str = "snapshot", **more: Any) -> None:
        """One message to all who listen: snapshot, rows or beat. Every screen has heard it then."""
        message = {**self.envelope(), **({"rows": self.rows} if kind != "beat" else {}), **more}
        await self.send(self.written(kind, message))
        number = self.numbered
        for heard in self.heard:
            await heard(number)

    async def send(self, message: bytes) -> None:
        for stream in list(self.streams):
            with contextlib.suppress(ConnectionError):
                await stream.write(message)

    def written(self, kind: str, message: Mapping[str, Any]) -> bytes:
        self.numbered += 1
        return b"event: %b\nid: %d\ndata: %b\n\n" % (kind.encode(), self.numbered, orjson.dumps(message))

    def envelope(self) -> dict[str, Any]:
        return {
            "as_of": rfc3339(self.now_ms),
            "now": rfc3339(self.now_ms),
            "data_age_seconds": self.age_s,
            "completeness": self.completeness,
            "restored": self.is_restored,
            "layout": self.board["layout"],
        }

    def _json(self, document: Any) -> Any:
        async def answer(request: web.Request) -> web.Response:
            if self.refused is not None:
                return web.json_response({"reason": "no", "error": "no"}, status=self.refused)
            return web.Response(body=orjson.dumps(document(request)), content_type="application/json")

        return answer

    async def _stream(self, request: web.Request) -> web.StreamResponse:
        if self.refused is not None:
            return web.json_response({"reason": "no", "error": "no"}, status=self.refused)
        stream = web.StreamResponse(headers={"Content-Type": "text/event-stream", **HEADERS})
        await stream.prepare(request)
        self.opened += 1
        with contextlib.suppress(ConnectionError):
            first = self.written("snapshot", {**self.envelope(), "rows": self.rows}) if self.speaks else b""
            await stream.write(b"retry: 1000\n\n" + first)
            self.streams.add(stream)
            while True:
                await asyncio.sleep(1)
                self.now_ms += 1000 if self.beats else 0
                if self.beats:
                    await stream.write(self.written("beat", self.envelope()))
        self.streams.discard(stream)
        return stream


@contextlib.asynccontextmanager
async def staged(rows: list[dict[str, Any]], board: Mapping[str, Any] = BOARD) -> AsyncIterator[Stage]:
    async with Stage(rows, board) as stage:
        yield stage
