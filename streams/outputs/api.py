"""The application at `[http] address`: the wallboard, the table, the rows, their history, ingest (output.md, section 4).

Everything that takes long is made in a thread from a snapshot, which stays one moment while the board goes on.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, TypeVar
from weakref import ref

from aiohttp import web

from streams.config import Secret
from streams.core.snapshot import Snapshot
from streams.outputs import page, series
from streams.outputs.access import LINK_PATH, Access
from streams.outputs.asking import known_parameters, rows_wanted
from streams.outputs.boards import Site, board_document, board_rows
from streams.outputs.breaching import breaching
from streams.outputs.explaining import explained
from streams.outputs.files import Files
from streams.outputs.ingest import BODY_BYTES_MAX, Ingest
from streams.outputs.links import Links
from streams.outputs.openapi import openapi_document
from streams.outputs.refused import readable
from streams.outputs.rows import check_length, restored, rows_csv_document, rows_document, wanted_rows
from streams.outputs.serving import Refusal, compressed, json_response, polite, quoted
from streams.outputs.stream import Streams

T = TypeVar("T")

BOARD_STREAM: Final = ("board",)
ROW_STREAM: Final = ("kpi", "stat", "window", "queue", "channel", "cut")
"""What a stream may be asked for: a board, or rows of KPIs."""


class PublicApi:
    """The handlers. `board` gives the snapshot of this moment, `status` what /status tells."""

    def __init__(
        self,
        board: Callable[[], Snapshot],
        *,
        status: Callable[[], Mapping[str, Any]],
        site: Callable[[], Site],
        access: Access,
        ingest: Ingest | None,
        streams: Streams,
    ) -> None:
        self._board = board
        self._status = status
        self._site = site
        self._access = access
        self._ingest = ingest
        self._streams = streams
        self._threads = ThreadPoolExecutor(2, "api")
        self._wallboard = Files()
        self._files = page.files()
        self._page: tuple[ref[Snapshot], asyncio.Future[bytes]] | None = None  # not the snapshot: it would stay until somebody asks again

    def routes(self) -> list[web.RouteDef]:
        return [
            *self._wallboard.routes(),
            web.get("/table", self.table),
            *(web.get(f"/{name}", self.file) for name in self._files),
            web.get("/status", self.status),
            web.get(f"{LINK_PATH}{{word}}", self._access.open, allow_head=False),
            web.get("/api/v1/rows", self.rows),
            web.get("/api/v1/history", self.history),
            web.get("/api/v1/explain", self.explain),
            web.get("/api/v1/board", self.board),
            web.get("/api/v1/stream", self.stream, allow_head=False),
            web.get("/api/v1/cases/breaching", self.breaching),
            web.get("/api/v1/openapi.json", self.openapi),
            web.post("/api/v1/events", self.events),
        ]

    async def close(self, _: web.Application) -> None:
        self._threads.shutdown(wait=False)
        if self._ingest is not None:
            self._ingest.close()

    # Rows

    async def rows(self, request: web.Request) -> web.Response:
        snapshot = restored(self._board())
        wanted = rows_wanted(request.query, snapshot)
        if _form(request) == "csv":
            return _bytes(await self._in_thread(lambda: rows_csv_document(snapshot, wanted)), "text/csv")
        return _bytes(await self._in_thread(lambda: rows_document(snapshot, wanted)), "application/json")

    async def history(self, request: web.Request) -> web.Response:
        snapshot = restored(self._board())
        wanted = series.asked(request.query, snapshot)
        if _form(request) == "csv":
            return _bytes(await self._in_thread(lambda: series.as_csv(snapshot, wanted)), "text/csv")
        return _bytes(await self._in_thread(lambda: series.as_json(snapshot, wanted)), "application/json")

    async def explain(self, request: web.Request) -> web.Response:
        snapshot = restored(self._board())
        query, policy = request.query, self._site().policy
        return _bytes(await self._in_thread(lambda: explained(query, snapshot, policy)), "application/json")

    async def breaching(self, request: web.Request) -> web.Response:
        if not self._site().case_ids:
            raise Refusal(403, "off", "cases are not named here: that needs privacy.case_ids = true in the configuration")
        query, snapshot = request.query, restored(self._board())
        return json_response(await self._in_thread(lambda: breaching(query, snapshot)))

    # Boards

    async def board(self, request: web.Request) -> web.Response:
        known_parameters(request.query, ("board",))
        site = self._site()
        return json_response(board_document(site, site.board(request.query.get("board")), self._board()))

    async def stream(self, request: web.Request) -> web.StreamResponse:
        query, site, allowed = request.query, self._site(), self._access.lasting(request)
        if "kpi" in query:
            snapshot = self._board()
            wanted = rows_wanted(query, snapshot, ROW_STREAM)
            await self._in_thread(lambda: check_length(snapshot, wanted))
            key = tuple(sorted(query.items()))
            return await self._streams.serve(request, key, lambda snapshot: wanted_rows(snapshot, wanted), allowed=allowed)
        known_parameters(query, BOARD_STREAM)
        asked = site.board(query.get("board"))
        return await self._streams.serve(
            request,
            asked.name,
            lambda snapshot: board_rows(self._site().as_now(asked), snapshot),
            lambda snapshot: str(board_document(self._site(), self._site().as_now(asked), snapshot)["layout"]),
            allowed,
        )

    async def events(self, request: web.Request) -> web.Response:
        if self._ingest is None:
            raise Refusal(403, "off", "ingest is off: it needs http.token_file in the configuration")
        return await self._ingest.post(request)

    # For people

    async def table(self, _: web.Request) -> web.Response:
        snapshot = self._board()
        # Who asks for the same moment gets the same page.
        if self._page is None or self._page[0]() is not snapshot:
            site = self._site()
            titles = {queue.name: queue.title for queue in site.queues}
            render = self._in_thread(lambda: page.render(snapshot, site.title, site.zone, titles))
            self._page = (ref(snapshot), asyncio.ensure_future(render))
        return _bytes(await asyncio.shield(self._page[1]), "text/html")

    async def file(self, request: web.Request) -> web.Response:
        body, content_type = self._files[request.path.removeprefix("/")]
        return _bytes(body, content_type)

    async def status(self, _: web.Request) -> web.Response:
        return json_response(self._status())

    async def openapi(self, _: web.Request) -> web.Response:
        return json_response(openapi_document(self._site().version))

    def _in_thread(self, work: Callable[[], T]) -> Awaitable[T]:
        return asyncio.get_running_loop().run_in_executor(self._threads, work)


def public_app(
    board: Callable[[], Snapshot],
    *,
    status: Callable[[], Mapping[str, Any]],
    site: Site | Callable[[], Site] | None = None,
    token: Secret | None = None,
    links: Links | None = None,
    ingest: Ingest | None = None,
    streams: Streams | None = None,
) -> web.Application:
    """The application, to be given to a `Listener`.

    site    a function: what it says may change while this runs
    token   None: everyone who reaches the address may read
    links   to boards, with which one may read without the token
    ingest  None: POST /api/v1/events is off
    """
    streams, access = streams or Streams(board), Access(token, links)
    fixed = Site() if site is None or callable(site) else site
    api = PublicApi(board, status=status, site=site if callable(site) else lambda: fixed, access=access, ingest=ingest, streams=streams)
    app = web.Application(middlewares=[polite, readable, access.guard], client_max_size=BODY_BYTES_MAX)
    app.add_routes(api.routes())
    app.on_shutdown.append(streams.close)
    app.on_cleanup.append(api.close)
    return app


def _form(request: web.Request) -> str:
    """json or csv, as it is asked for. Raises Refusal 400."""
    form = request.query.get("format", "csv" if "text/csv" in request.headers.get("Accept", "") else "json")
    if form not in ("json", "csv"):
        raise Refusal(400, "unknown_format", f"there is no format {quoted(form)}: json or csv")
    return form


def _bytes(body: bytes, content_type: str) -> web.Response:
    return compressed(web.Response(body=body, content_type=content_type, charset="utf-8" if content_type.startswith("text/") else None))
