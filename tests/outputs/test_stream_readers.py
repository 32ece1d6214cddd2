"""Who follows a board: what many share, and who is dropped, refused or let go."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from threading import Event

import pytest
from aiohttp import ClientPayloadError

from streams.core.row import Row
from streams.core.snapshot import Snapshot
from streams.outputs import api, stream
from streams.outputs.api import public_app
from streams.outputs.stream import Streams
from tests.outputs.centre import at_ms
from tests.outputs.followed import Floor, event_of, floor_served, next_of
from tests.outputs.serving import Client, serving

pytestmark = pytest.mark.usefixtures("quick_turns")


async def test_all_who_follow_the_same_share_one_rendering(monkeypatch):
    monkeypatch.setattr(stream, "TURN_S", 3_600)
    floor = Floor()
    async with floor_served(floor) as (client, streams):
        answers = [await client.get("/api/v1/stream") for _ in range(20)]
        firsts = [await next_of(answer.content, "snapshot") for answer in answers]
        assert all(first == firsts[0] for first in firsts)
        assert streams.clients == 20
        assert floor.asked == 1


async def test_where_nobody_follows_any_more_nothing_is_made():
    floor = Floor()
    async with floor_served(floor) as (client, streams):
        answer = await client.get("/api/v1/stream")
        await next_of(answer.content, "beat")
        answer.close()
        while streams.clients:
            await asyncio.sleep(0)
        assert not streams._feeds


def night_floor() -> Floor:
    """With so many queues that all that is offered there is more than a machine holds for somebody who does not read."""
    floor = Floor()
    for number in range(400):
        floor.centre.visit(f"d{number}", f"queue of the night shift number {number}", "09:00:00")
    return floor


@asynccontextmanager
async def deaf_reader(client: Client, path: str) -> AsyncIterator[None]:
    """Asks, and reads nothing of the answer."""
    loop = asyncio.get_running_loop()
    with socket.socket() as deaf:
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        deaf.setblocking(False)
        await loop.sock_connect(deaf, (client.server.host, client.server.port))
        await loop.sock_sendall(deaf, f"GET {path} HTTP/1.1\r\nHost: board\r\n\r\n".encode())
        yield


async def test_a_reader_that_never_reads_is_dropped_and_nobody_waits_for_it():
    offered = "/api/v1/stream?kpi=calls_offered"
    async with (
        floor_served(night_floor(), write_limit_s=0.3) as (client, streams),
        deaf_reader(client, offered),
        client.get(offered, read_bufsize=2**20) as answer,
    ):
        seen = [await event_of(answer.content)]
        while not streams.dropped:
            seen.append(await event_of(answer.content))
        assert streams.clients == 1
        assert [event for event, _ in seen[:1]] == ["snapshot"]
        assert {event for event, _ in seen[1:]} <= {"beat", "rows"}, "the other one missed nothing"


async def test_a_fault_in_making_a_turn_ends_its_readers_and_the_next_begins_anew():
    floor = Floor()
    faults = [AssertionError("a sum that cannot be")]
    whole = floor.board

    def board() -> Snapshot:
        if len(faults) == 1 and floor.asked == 2:
            raise faults.pop()
        return whole()

    streams = Streams(board, lambda: at_ms("10:00:01"))
    async with serving(public_app(floor.board, status=dict, streams=streams)) as client:
        async with client.get("/api/v1/stream?kpi=waiting") as answer:
            with pytest.raises(ClientPayloadError):
                await asyncio.wait_for(answer.content.read(), 20)
        assert not faults
        assert not streams._feeds
        async with client.get("/api/v1/stream?kpi=waiting") as answer:
            assert (await next_of(answer.content, "snapshot"))["rows"]


async def test_who_comes_after_a_fault_begins_anew_though_somebody_is_stuck_in_what_was_before():
    floor, offered = night_floor(), "/api/v1/stream?kpi=calls_offered"
    whole = floor.board

    def board() -> Snapshot:
        if floor.asked == 2:
            floor.asked += 1
            raise AssertionError("a sum that cannot be")
        return whole()

    streams = Streams(board, lambda: at_ms("10:00:01"), write_limit_s=60)
    async with serving(public_app(whole, status=dict, streams=streams)) as client, deaf_reader(client, offered):
        while not any(feed.over for feed in streams._feeds.values()):
            await asyncio.sleep(0)
        (stuck,) = streams._feeds.values()
        assert streams.clients == 1
        async with client.get(offered, read_bufsize=2**20) as answer:
            assert [(await event_of(answer.content))[0] for _ in range(2)] == ["snapshot", "beat"]
        with pytest.raises(AssertionError, match="a sum that cannot be"):
            await stuck.after(1)


async def test_there_is_a_place_for_so_many_and_the_next_is_told(monkeypatch):
    monkeypatch.setattr(stream, "CLIENTS_MAX", 1)
    async with floor_served(Floor()) as (client, _), client.get("/api/v1/stream") as answer:
        await next_of(answer.content, "snapshot")
        refused = await client.get("/api/v1/stream")
        assert (refused.status, (await refused.json())["reason"], refused.headers["Retry-After"]) == (503, "too_many_readers", "10")


async def test_a_board_that_is_closed_lets_its_readers_go():
    floor = Floor()
    async with floor_served(floor) as (client, streams):
        answer = await client.get("/api/v1/stream")
        await next_of(answer.content, "snapshot")
        await client.server.close()
    assert streams.clients == 0


async def test_boards_do_not_wait_for_rows_that_somebody_else_asks_for(monkeypatch):
    asked, enough = Event(), Event()

    def endless(*_: object) -> list[Row]:
        asked.set()
        enough.wait()
        return []

    monkeypatch.setattr(api, "wanted_rows", endless)
    async with floor_served(Floor()) as (client, _), client.get("/api/v1/stream?kpi=waiting"), client.get("/api/v1/stream") as board:
        try:
            assert await asyncio.to_thread(asked.wait, 10)
            await next_of(board.content, "snapshot")
            for _turn in range(3):
                await next_of(board.content, "beat")
        finally:
            enough.set()


def test_after_a_turn_it_rests_for_the_rest_of_the_second_or_as_long_as_it_worked(monkeypatch):
    monkeypatch.setattr(stream, "TURN_S", 1.0)
    assert stream.pause_s(0.25, 0.25) == 0.75
    assert stream.pause_s(0.75, 0.5) == 0.5
    assert stream.pause_s(4.0, 1.75) == 1.75
