"""Links to boards: an address becomes a cookie, which may read and nothing else, until the link is revoked or its time is over."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path
from threading import Barrier

import pytest

from schemas.values import DAY_MS, EpochMs
from streams.errors import ConfigError
from streams.outputs import stream
from streams.outputs.access import COOKIE
from streams.outputs.api import public_app
from streams.outputs.ingest import Ingest
from streams.outputs.links import COOKIE_AGE_S, Links
from tests.outputs.centre import morning
from tests.outputs.serving import BEARER, TOKEN, Client, LogOfRecords, serving, wall_clock


class Day:
    now_ms = EpochMs(1_000_000)

    def __call__(self) -> EpochMs:
        return self.now_ms


@pytest.fixture
def links(tmp_path: Path) -> Links:
    return Links(tmp_path / "state" / "links.json", Day())


@asynccontextmanager
async def guarded(links: Links) -> AsyncIterator[Client]:
    snapshot = morning().snapshot()
    ingest = Ingest(LogOfRecords().append, {"calls": "calls"}, TOKEN, wall_clock)
    async with serving(public_app(lambda: snapshot, status=dict, token=TOKEN, links=links, ingest=ingest)) as client:
        yield client


async def test_an_address_becomes_a_cookie_and_leads_on_to_one_that_says_nothing(links):
    _, word = links.make("default", None)
    async with guarded(links) as client:
        assert (await client.get("/api/v1/rows")).status == 401
        answer = await client.get(f"/link/{word}")
        page = await answer.text()
        cookie = answer.cookies[COOKIE]
        assert answer.status == 200
        assert 'http-equiv="refresh" content="0; url=/?board=default"' in page
        assert word not in page
        assert word not in cookie.value
        assert (cookie["httponly"], cookie["samesite"], cookie["path"], cookie["secure"]) == (True, "Strict", "/", "")
        assert cookie["max-age"] == str(COOKIE_AGE_S)
        for path in ("/", "/api/v1/rows?kpi=waiting", "/api/v1/board", "/api/v1/explain?kpi=waiting", "/status"):
            assert (await client.get(path)).status == 200, path


async def test_behind_tls_the_cookie_keeps_to_it(links):
    _, word = links.make("default", None)
    async with guarded(links) as client:
        answer = await client.get(f"/link/{word}", headers={"X-Forwarded-Proto": "https"})
    assert answer.cookies[COOKIE]["secure"] is True


async def test_who_reads_by_a_link_writes_nothing(links):
    _, word = links.make("default", None)
    event = json.dumps({"id": "1", "type": "call.queued", "call_id": "c", "queue": "q", "time": 1}).encode()
    async with guarded(links) as client:
        await client.get(f"/link/{word}")
        assert (await client.post("/api/v1/events", data=event)).status == 401
        assert (await client.post("/api/v1/events", data=event, headers={"Authorization": f"Bearer {word}"})).status == 401
        assert (await client.get("/api/v1/rows", headers={"Authorization": f"Bearer {word}"})).status == 401, "a link is no token"
        assert (await client.get("/api/v1/rows", headers=BEARER)).status == 200


async def test_a_link_that_is_revoked_opens_nothing_and_its_cookie_neither(links):
    link, word = links.make("default", None)
    _, other = links.make("default", None)
    async with guarded(links) as client:
        await client.get(f"/link/{word}")
        assert (await client.get("/api/v1/board")).status == 200
        assert Links(links.path, Day()).revoke(link.id) == link, "by another process"
        assert (await client.get("/api/v1/board")).status == 401
        refused = await client.get(f"/link/{word}")
        assert (refused.status, (await refused.json())["reason"]) == (404, "no_link")
        assert (await client.get(f"/link/{other}")).status == 200


async def test_who_follows_by_a_link_is_let_go_when_it_is_revoked(links, monkeypatch):
    monkeypatch.setattr(stream, "TURN_S", 0.02)
    link, word = links.make("default", None)
    async with guarded(links) as client:
        await client.get(f"/link/{word}")
        async with (
            client.get("/api/v1/stream?kpi=waiting") as by_link,
            client.get("/api/v1/stream?kpi=waiting", headers=BEARER) as by_token,
        ):
            await by_link.content.readuntil(b"\n\n")
            links.revoke(link.id)
            await asyncio.wait_for(by_link.content.read(), 20)
            assert (await asyncio.wait_for(by_token.content.readuntil(b"event: beat"), 20)).endswith(b"event: beat")


async def test_a_link_may_end_by_the_calendar(links):
    clock = links._clock
    _, word = links.make("default", 7)
    opened = links.opened(word)
    assert opened is not None
    assert opened.seconds == 7 * 86_400
    clock.now_ms += 7 * DAY_MS - 1
    assert links.holds(opened.cookie)
    clock.now_ms += 1
    assert links.opened(word) is None
    assert not links.holds(opened.cookie)


def test_the_file_holds_hashes_and_is_for_its_owner_alone(links):
    _, word = links.make("default", None)
    opened = links.opened(word)
    written = links.path.read_text()
    assert opened is not None
    assert word not in written
    assert opened.cookie not in written
    assert links.path.stat().st_mode & 0o777 == 0o600
    assert {path.name for path in links.path.parent.iterdir()} == {"links.json", ".links.json.lock"}, "nothing half written is left"


def test_of_many_who_change_the_file_at_once_nobody_undoes_what_another_did(links):
    """One that was revoked and is written again by somebody who had read it before would be good again."""
    together = Barrier(8)

    def change(_: int) -> list[str]:
        mine, kept = Links(links.path, Day()), []
        together.wait()
        for _ in range(5):
            kept.append(mine.make("default", None)[0].id)
            assert mine.revoke(mine.make("default", None)[0].id) is not None, "what was made is there"
        return kept

    with ThreadPoolExecutor(8) as threads:
        kept = [name for names in threads.map(change, range(8)) for name in names]
    assert sorted(link.id for link in links.all()) == sorted(kept)


@pytest.mark.parametrize("wrong", ["", "x", "é", "\udcff"])
def test_what_is_no_link_holds_nothing(links, wrong):
    links.make("default", None)
    assert links.opened(wrong) is None
    assert not links.holds(wrong)


async def test_a_file_that_cannot_be_read_is_said_and_the_token_still_opens(links):
    _, word = links.make("default", None)
    async with guarded(links) as client:
        await client.get(f"/link/{word}")
        links.path.write_text("{")
        with pytest.raises(ConfigError, match="this is no file of links"):
            links.all()
        refused = await client.get("/api/v1/board")
        assert (refused.status, (await refused.json())["reason"]) == (503, "links")
        assert (await client.get("/api/v1/board", headers=BEARER)).status == 200


async def test_without_a_token_everybody_reads_and_a_link_does_no_harm(links):
    _, word = links.make("default", None)
    snapshot = morning().snapshot()
    async with serving(public_app(lambda: snapshot, status=dict, links=links)) as client:
        assert (await client.get("/api/v1/board")).status == 200
        assert (await client.get(f"/link/{word}")).status == 200
