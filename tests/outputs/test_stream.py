"""Server-sent events over HTTP: what comes first, and what follows."""

from __future__ import annotations

import pytest

from streams.config import Wallboard
from streams.core.kpis.tiles import usual_tile
from streams.outputs.api import public_app
from streams.outputs.boards import Site
from streams.outputs.stream import Streams
from tests.outputs.centre import LIVE, Centre, morning
from tests.outputs.followed import RESTORING, Floor, event_of, floor_served, next_of, waiting
from tests.outputs.serving import serving

pytestmark = pytest.mark.usefixtures("quick_turns")


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
