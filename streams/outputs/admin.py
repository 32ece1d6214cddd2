"""The application at `[metrics] address`: `/metrics`, health and `/status`. Not for the internet, and never behind a token.

live     the loop turns; looks at nothing else, so that a broker that is away restarts nobody
startup  the state was read back once
ready    restored and caught up: whether to send people and programs here. Prometheus scrapes in any case
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from aiohttp import web

from streams.outputs.exposition import Exposition
from streams.outputs.health import Health
from streams.outputs.serving import compressed, json_response, polite


class AdminApi:
    """The handlers."""

    def __init__(self, exposition: Exposition, health: Callable[[], Health], status: Callable[[], Mapping[str, Any]]) -> None:
        self._exposition = exposition
        self._health = health
        self._status = status

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/", self.index),
            web.get("/metrics", self.metrics),
            web.get("/-/live", self.live),
            web.get("/-/startup", self.startup),
            web.get("/-/ready", self.ready),
            web.get("/status", self.status),
        ]

    async def metrics(self, request: web.Request) -> web.Response:
        body, content_type = await self._exposition.page(",".join(request.headers.getall("Accept", [])))
        return compressed(web.Response(body=body, headers={"Content-Type": content_type}))

    async def live(self, _: web.Request) -> web.Response:
        return json_response({"live": True})

    async def startup(self, _: web.Request) -> web.Response:
        health = self._health()
        return json_response({"started": health.started, "waits_for": health.waits_for}, status=200 if health.started else 503)

    async def ready(self, _: web.Request) -> web.Response:
        health = self._health()
        return json_response({"ready": health.ready, "waits_for": health.waits_for}, status=200 if health.ready else 503)

    async def status(self, _: web.Request) -> web.Response:
        return json_response(self._status())

    async def index(self, _: web.Request) -> web.Response:
        return json_response({"paths": [route.path for route in self.routes()]})

    async def close(self, _: web.Application) -> None:
        self._exposition.close()


def admin_app(exposition: Exposition, *, health: Callable[[], Health], status: Callable[[], Mapping[str, Any]]) -> web.Application:
    """The application, to be given to a `Listener`."""
    admin = AdminApi(exposition, health, status)
    app = web.Application(middlewares=[polite])
    app.add_routes(admin.routes())
    app.on_cleanup.append(admin.close)
    return app
