"""Server-sent events over HTTP: what comes first, what follows, who is dropped, and what many readers share."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from threading import Event
from typing import Any

import msgspec
import orjson
import pytest
from aiohttp import ClientPayloadError

from schemas.values import EpochMs
from streams.config import Wallboard
from streams.core.kpis.tiles import usual_tile
from streams.core.row import Row
from streams.core.snapshot import Liveness, Snapshot
from streams.outputs import api, stream
from streams.outputs.api import public_app
from streams.outputs.boards import Site
from streams.outputs.stream import Streams, Turn, turn_of
from tests.outputs.centre import LIVE, Centre, at_ms, morning
from tests.outputs.serving import Client, serving

RESTORING = msgspec.structs.replace(LIVE, restored=False)


@pytest.fixture(autouse=True)
def quick_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "TURN_S", 0.02)


class Floor:
    """A centre that goes on while its board is followed. `asked`: how often a snapshot was taken."""

    def __init__(self) -> None:
        self.centre = morning()
        self.liveness: Liveness = LIVE
        self.asked = 0

    def board(self) -> Snapshot:
        self.asked += 1
        return self.centre.snapshot(self.liveness)


@asynccontextmanager
async def floor_served(floor: Floor, **streams: Any) -> AsyncIterator[tuple[Client, Streams]]:
    shared = Streams(floor.board, lambda: at_ms("10:00:01"), **streams)
    async with serving(public_app(floor.board, status=dict, streams=shared)) as client:
        yield client, shared


async def event_of(content: Any) -> tuple[str, dict[str, Any]]:
    """The next event: its name and its data."""
    fields: dict[str, bytes] = {}
    while line := (await asyncio.wait_for(content.readline(), 10)).rstrip(b"\n"):
        name, _, value = line.partition(b": ")
        fields[name.decode()] = value
    return fields["event"].decode(), orjson.loads(fields["data"])


async def next_of(content: Any, wanted: str) -> dict[str, Any]:
    for _ in range(500):
        event, data = await event_of(content)
        if event == wanted:
            return data
    raise AssertionError(f"no event {wanted} came")


def waiting(data: dict[str, Any], stat: str = "count", queue: str | None = None) -> dict[str, Any]:
    """Its row; an empty one where there is none."""
    labels = {} if queue is None else {"queue": queue}
    return next((row for row in data["rows"] if (row["kpi"], row["stat"], row["labels"]) == ("waiting", stat, labels)), {})


async def test_first_comes_everything_and_then_what_has_changed():
    floor = Floor()
    async with floor_served(floor) as (client, _), client.get("/api/v1/stream") as answer:
        assert answer.headers["Content-Type"] == "text/event-stream"
        assert answer.headers["Cache-Control"] == "no-store"
        event, first = await event_of(answer.content)
        assert event == "snapshot"
        assert {key: first[key] for key in first if key not in ("rows", "layout")} == {
            "as_of": "2026-03-02T10:00:00.000Z", "data_age_seconds": 0.4, "completeness": 1.0,
            "now": "2026-03-02T10:00:01.000Z", "restored": True,
        }  # fmt: skip
        assert waiting(first)["value"] == 2
        event, beat = await event_of(answer.content)
        assert (event, "rows" in beat, beat["as_of"]) == ("beat", False, "2026-03-02T10:00:00.000Z")
        floor.centre.visit("c9", "billing", "10:00:02")
        changed = await next_of(answer.content, "rows")
    assert waiting(changed)["value"] == 3
    assert waiting(changed, queue="billing")["value"] == 3
    assert waiting(changed, queue="sales") == {}, "nothing happened there"
    assert changed["gone"] == []
    assert {row["kpi"] for row in changed["rows"]} <= {row["kpi"] for row in first["rows"]}


async def test_the_oldest_has_its_instant_and_no_news_while_it_only_grows_older():
    floor = Floor()
    async with floor_served(floor) as (client, _), client.get("/api/v1/stream?kpi=waiting&cut=site") as answer:
        first = await next_of(answer.content, "snapshot")
        oldest = waiting(first, "oldest")
        assert (oldest["value"], oldest["since"]) == (45.0, "2026-03-02T09:59:15.000Z")
        floor.centre.settle("10:00:05")
        while (event := await event_of(answer.content))[1]["as_of"] != "2026-03-02T10:00:05.000Z":
            assert event[0] == "beat"
        assert event[0] == "beat", event
        floor.centre.calls({"type": "call.answered", "call_id": "c7", "agent_id": "ann", "time": "10:00:06"})
        changed = waiting(await next_of(answer.content, "rows"), "oldest")
    assert changed["since"] == "2026-03-02T09:59:50.000Z"


async def test_rows_that_are_gone_are_named():
    centre = morning()
    rows = list(centre.snapshot().rows(kpis=["calls_blocked"], windows=["today"], cuts=[()]))
    first = turn_of(centre.snapshot(), None, lambda snapshot: rows, lambda snapshot: None, None)
    second = turn_of(centre.snapshot(), first, lambda snapshot: rows[:1], lambda snapshot: None, None)
    assert orjson.loads(second.change.partition(b"data: ")[2])["gone"] == [
        {"kpi": "calls_blocked", "stat": "count", "window": "today", "labels": {"reason": "trunk_busy"}}
    ]
    assert second.follows(1)


async def test_who_missed_a_change_gets_everything_anew():
    centre = morning()
    turns: list[Turn] = []
    for clock in ("10:00:00", "10:00:01", "10:00:02"):
        centre.settle(clock)
        turns.append(turn_of(centre.snapshot(), turns[-1] if turns else None, lambda snapshot: snapshot.rows(kpis=["waiting"]), str, None))
    assert [turns[2].follows(number) for number in (0, 1, 2)] == [False, False, True]
    assert turns[2].snapshot().startswith(b"event: snapshot\nid: 3\nretry: 1000\ndata: {")


async def test_while_the_state_is_read_back_nothing_is_said_and_then_everything():
    floor = Floor()
    floor.liveness = RESTORING
    async with floor_served(floor) as (client, _), client.get("/api/v1/stream?kpi=waiting") as answer:
        first = await next_of(answer.content, "snapshot")
        assert (first["restored"], first["rows"]) == (False, [])
        floor.liveness = LIVE
        second = await next_of(answer.content, "snapshot")
        assert second["restored"] is True
        assert second["rows"]
        floor.liveness = RESTORING
        while (event := await event_of(answer.content))[1]["restored"]:
            pass
        assert event[0] == "beat", "what was shown stays, and is known to be old"
        floor.liveness = LIVE
        assert (await next_of(answer.content, "snapshot"))["rows"] == second["rows"]


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


@pytest.mark.parametrize(
    ("query", "status", "reason", "nearest"),
    [
        ("board=defualt", 404, "unknown_board", "default"),
        ("kpi=wating", 400, "unknown_kpi", "waiting"),
        ("kpi=waiting&board=default", 400, "unknown_parameter", None),
        ("window=today", 400, "unknown_parameter", None),
    ],
)
async def test_what_there_is_not_is_refused(query, status, reason, nearest):
    async with floor_served(Floor()) as (client, _):
        answer = await client.get(f"/api/v1/stream?{query}")
        document = await answer.json()
    assert (answer.status, document["reason"], document["nearest"]) == (status, reason, nearest)


async def test_a_board_that_is_closed_lets_its_readers_go():
    floor = Floor()
    async with floor_served(floor) as (client, streams):
        answer = await client.get("/api/v1/stream")
        await next_of(answer.content, "snapshot")
        await client.server.close()
    assert streams.clients == 0


async def test_who_follows_a_board_that_is_changed_is_told_that_it_is_another_and_gets_its_rows():
    tiles = [tile for kpi in ("waiting", "calls_offered") if (tile := usual_tile(kpi)) is not None]
    sites = [Site(boards=(Wallboard(name="a", title="A", pages=((tile,),)),)) for tile in tiles]
    floor, now = Floor(), [sites[0]]
    app = public_app(floor.board, status=dict, site=lambda: now[0], streams=Streams(floor.board, None))
    async with serving(app) as client, client.get("/api/v1/stream?board=a") as answer:
        first = await next_of(answer.content, "snapshot")
        now[0] = sites[1]
        changed = await next_of(answer.content, "rows")
        assert {row["kpi"] for row in changed["rows"]} == {"calls_offered"}
        assert {row["kpi"] for row in changed["gone"]} == {"waiting"}
        assert changed["layout"] != first["layout"]
        assert changed["layout"] == (await (await client.get("/api/v1/board?board=a")).json())["layout"]
        now[0] = Site()
        assert (await next_of(answer.content, "beat"))["restored"], "a board that is no more shows what it was"


async def test_a_queue_that_is_not_read_back_yet_is_waited_for():
    """A browser that is told no does not come back."""
    floor, full = Floor(), morning()
    floor.centre, floor.liveness = Centre(), RESTORING
    async with floor_served(floor) as (client, _):
        answer = await client.get("/api/v1/stream?kpi=waiting&queue=sales")
        assert answer.status == 200, await answer.text()
        assert (await next_of(answer.content, "snapshot"))["rows"] == []
        floor.centre, floor.liveness = full, LIVE
        assert waiting(await next_of(answer.content, "snapshot"), queue="sales")
        answer.close()
        assert (await client.get("/api/v1/stream?kpi=waiting&queue=biling")).status == 400


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


def test_while_the_state_is_read_back_nothing_is_said_of_the_layout():
    """Half of the queues are another board, for which every screen would begin anew."""
    turn = turn_of(morning().snapshot(RESTORING), None, lambda snapshot: [], lambda snapshot: "half", None)
    assert orjson.loads(turn.change.partition(b"data: ")[2])["layout"] is None


def test_by_an_event_clock_pages_count_by_the_events():
    centre: Centre = morning()
    turn = turn_of(centre.snapshot(), None, lambda snapshot: [], lambda snapshot: "layout", None)
    assert orjson.loads(turn.snapshot().partition(b"data: ")[2])["now"] == "2026-03-02T10:00:00.000Z"
    by_wall = turn_of(centre.snapshot(), None, lambda snapshot: [], lambda snapshot: "layout", lambda: EpochMs(0))
    assert orjson.loads(by_wall.snapshot().partition(b"data: ")[2])["now"] == "1970-01-01T00:00:00.000Z"
