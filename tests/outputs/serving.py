"""Our applications, served to a test's client."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import encode_basic_auth, web
from aiohttp.test_utils import TestClient, TestServer

from schemas.values import EpochMs
from streams.config import Secret
from streams.core.snapshot import Snapshot
from streams.errors import Unreachable
from streams.outputs.api import public_app
from streams.outputs.boards import Site
from streams.outputs.ingest import Ingest
from tests.outputs.centre import at_ms

TOKEN = Secret("correct horse")
BEARER = {"Authorization": "Bearer correct horse"}
BASIC = {"Authorization": encode_basic_auth("anybody", "correct horse")}

Client = TestClient[web.Request, web.Application]


class LogOfRecords:
    """Where ingest puts events: a list, which can be out of reach."""

    def __init__(self) -> None:
        self.records: list[tuple[str, bytes, bytes]] = []
        self.away = False

    async def append(self, topic: str, records: Any) -> None:
        if self.away:
            raise Unreachable("kafka://127.0.0.1:9092 does not answer")
        self.records += [(topic, key, value) for key, value in records]


def wall_clock() -> EpochMs:
    return at_ms("10:00:00")


@asynccontextmanager
async def serving(app: web.Application) -> AsyncIterator[Client]:
    async with TestClient(TestServer(app)) as client:
        yield client


@asynccontextmanager
async def api(snapshot: Snapshot, log: LogOfRecords | None = None, *, token: Secret | None = None) -> AsyncIterator[Client]:
    """The public application over one snapshot; with a `log` ingest is on."""
    topics = {"calls": "site-calls", "tickets": "site-tickets"}
    ingest = None if log is None else Ingest(log.append, topics, TOKEN, wall_clock)
    status = {"role": "run", "version": "0.1.0"}
    async with serving(public_app(lambda: snapshot, status=lambda: status, site=Site(title="Riga"), token=token, ingest=ingest)) as client:
        yield client
