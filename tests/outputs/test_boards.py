"""`/api/v1/board`: what a page is told, once, of a board and of the site."""

from __future__ import annotations

import msgspec

from schemas.values import DAY_MS
from streams.config import Wallboard, read
from streams.core.board import BoardSettings
from streams.core.kpis.tiles import Tile
from streams.outputs.api import public_app
from streams.outputs.boards import Site, board_document, board_rows
from tests.outputs.centre import LIVE, Centre, at_ms, morning
from tests.outputs.serving import api, serving

SITE = {
    "site": "Riga",
    "queue": {"billing": {"title": "Billing", "target": 0.9, "threshold_seconds": 30}, "mail": {"channel": "email"}},
    "target": {"abandon_rate": {"better": "low", "warn": 0.05, "crit": 0.1, "queue": {"billing": {"warn": 0.02}}}},
    "board": {
        "sales": {
            "title": "Sales",
            "language": "lv",
            "queues": ["billing", "mail"],
            "pages": [
                ["waiting", "service_level", {"kpi": "service_level", "window": "interval", "labels": {"queue": "billing"}}],
                ["abandon_rate", {"kpi": "abandon_rate", "labels": {"queue": "billing"}, "title": "Billing"}],
            ],
        }
    },
}


def centre() -> Centre:
    return morning(Centre(BoardSettings(queues={"billing": ["phone"]}, targets={"billing": 0.9}, kpi_targets=read(SITE).targets)))


def site() -> Site:
    config = read(SITE)
    return Site(title="Riga", policy=config.policy(), boards=config.wallboards(), queues=config.queues, targets=config.targets)


async def test_a_board_says_what_it_shows_and_where():
    snapshot = centre().snapshot()
    async with serving(public_app(lambda: snapshot, status=dict, site=site())) as client:
        found = await (await client.get("/api/v1/board?board=sales")).json()
        first = await (await client.get("/api/v1/board")).json()
    assert found == first, "without a name: the first"
    assert (found["board"], found["title"], found["site"], found["language"], found["dark"]) == ("sales", "Sales", "Riga", "lv", None)
    assert found["pages"] == [["waiting", "service_level", "service_level-2"], ["abandon_rate", "abandon_rate-2"]]
    assert (found["boards"], found["can_see_cases"], found["zone"]) == (["sales", "default"], False, "UTC")
    assert found["events_since"] == "2026-03-02T09:00:00.000Z"
    assert found["queues"] == [
        {"name": "billing", "title": "Billing", "channel": "phone", "threshold_seconds": 30, "target": 0.9},
        {"name": "mail", "title": "mail", "channel": "email", "threshold_seconds": 20, "target": 0.8},
    ]


async def test_tiles_have_their_targets_and_which_way_is_good():
    snapshot = centre().snapshot()
    async with serving(public_app(lambda: snapshot, status=dict, site=site())) as client:
        tiles = (await (await client.get("/api/v1/board?board=sales")).json())["tiles"]
    level = tiles["service_level"]
    assert (level["kind"], level["unit"], level["better"], level["target"], level["warn"]) == ("service_level", "ratio", "high", 0.8, None)
    assert tiles["service_level-2"]["target"] == 0.9
    assert level["trend"] == {"kpi": "service_level", "stat": "event", "step": "15m", "step_seconds": 900, "hours": 8}
    assert tiles["waiting"]["trend"] is None
    rates = [tiles[name] for name in ("abandon_rate", "abandon_rate-2")]
    assert [(rate["better"], rate["warn"], rate["crit"], rate["title"]) for rate in rates] == [
        ("low", 0.05, 0.1, None),
        ("low", 0.02, 0.1, "Billing"),
    ]


def test_the_line_of_what_takes_days_to_be_told_is_by_day():
    answers = Wallboard(name="a", title="A", pages=((Tile(kpi="csat", stat="top2", window="7d"),),))
    (tile,) = board_document(Site(boards=(answers,)), answers, morning().snapshot())["tiles"].values()
    assert tile["trend"] == {"kpi": "csat", "stat": "top2", "step": "1d", "step_seconds": 86_400, "hours": 720}


async def test_a_board_that_is_not_there_is_refused_with_the_nearest():
    async with api(morning().snapshot()) as client:
        answer = await client.get("/api/v1/board?board=defalt")
        document = await answer.json()
    assert (answer.status, document["reason"], document["nearest"]) == (404, "unknown_board", "default")


async def test_a_site_without_configuration_lists_the_queues_that_were_seen():
    async with api(morning().snapshot()) as client:
        found = await (await client.get("/api/v1/board")).json()
    assert [(queue["name"], queue["channel"]) for queue in found["queues"]] == [
        ("billing", "phone"),
        ("idle", "phone"),
        ("mail", "email"),
        ("sales", "chat"),
    ]


async def test_the_layout_changes_with_what_it_says_and_with_nothing_else():
    centre = morning()
    async with api(centre.snapshot()) as client:
        first = await (await client.get("/api/v1/board")).json()
    centre.settle("10:05:00")
    async with api(centre.snapshot()) as client:
        later = await (await client.get("/api/v1/board")).json()
    centre.visit("n1", "night", "10:05:01")
    async with api(centre.snapshot()) as client:
        with_night = await (await client.get("/api/v1/board")).json()
    assert first["layout"] == later["layout"]
    assert with_night["layout"] != first["layout"]


async def test_while_the_state_is_read_back_there_is_no_layout_that_a_screen_could_take_for_another():
    async with api(centre().snapshot(msgspec.structs.replace(LIVE, restored=False))) as client:
        assert (await (await client.get("/api/v1/board")).json())["layout"] is None


def test_rows_of_a_board_are_those_of_its_tiles_and_equal_to_all_others():
    snapshot, board = centre().snapshot(), site().board("sales")
    rows = list(board_rows(board, snapshot))
    keys = [(row.kpi, row.stat, row.window, tuple(sorted(row.labels.items()))) for row in rows]
    assert len(keys) == len(set(keys))
    assert {row.kpi for row in rows} == {"waiting", "service_level", "abandon_rate"}
    assert {row.labels.get("queue") for row in rows} == {None, "billing"}, "it lists two queues, and calls are in one of them"
    equal = {
        (row.kpi, row.stat, row.window, tuple(sorted(row.labels.items()))): row
        for row in snapshot.rows(kpis={row.kpi for row in rows}, cuts=[(), ("queue",)])
    }
    for key, row in zip(keys, rows, strict=True):
        row.compare = {}
        assert row == equal[key]


def test_rows_stand_beside_the_same_part_of_yesterday_and_the_whole_day_of_a_week_before():
    """Answered: 1 eight days before, 1 a week before at 23:00; yesterday 2 before 10:15 and 4 after; today 3 before ten."""
    centre = Centre()

    def answered(name: str, days_ago: int, *clocks: str) -> None:
        for clock in clocks:
            at = at_ms(clock) - days_ago * DAY_MS
            centre.calls({"type": "call.queued", "call_id": f"{name}{clock}", "queue": "billing", "time": at})
            centre.calls({"type": "call.answered", "call_id": f"{name}{clock}", "agent_id": "ann", "time": at + 4_000})

    answered("start", 9, "12:00:00")
    answered("eight days before", 8, "12:00:00")
    answered("week", 7, "23:00:00")
    answered("yesterday", 1, "09:00:00", "10:14:00", "10:16:00", "10:30:00", "11:00:00", "23:00:00")
    snapshot = morning(centre).snapshot()
    board = Wallboard(name="b", title="b", pages=((tile("today"), tile("interval"), tile("yesterday"), tile("5m")),))
    found = {row.window: (row.value, row.compare) for row in board_rows(board, snapshot)}
    assert found == {
        "today": (3, {"previous": 2, "yesterday": 2, "last_week_day": 1}),
        "interval": (0, {"previous": 0, "yesterday": 1}),
        "yesterday": (6, {"previous": 0, "yesterday": 0, "last_week": 1}),
        "5m": (0, {"previous": 0}),
    }


def test_days_before_the_first_event_are_no_zeros():
    (row,) = board_rows(Wallboard(name="b", title="b", pages=((tile("today"),),)), morning().snapshot())
    assert row.compare == {"previous": 0}


def tile(window: str) -> Tile:
    return Tile(kpi="calls_answered", stat="count", window=window)
