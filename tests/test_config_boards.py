"""`[board.NAME]` in site.toml: pages and tiles, what is usual where no more is said, and what is refused."""

from __future__ import annotations

import pytest

from streams.config import Wallboard
from streams.core.kpis.tiles import Tile
from tests.test_config import complaints_of, config_of


def board_of(toml: str) -> Wallboard:
    return config_of(toml).wallboards()[0]


def test_a_tile_is_a_name_of_the_catalogue_and_shows_what_is_usual():
    (page,) = board_of('board.sales.tiles = ["waiting", "service_level", "csat", "first_response_time"]').pages
    assert [(tile.kpi, tile.stat, tile.window) for tile in page] == [
        ("waiting", "count", "now"),
        ("service_level", "event", "today"),
        ("csat", "top2", "7d"),
        ("first_response_time", "within_target", "today"),
    ]
    assert [tile.kind for tile in page] == ["waiting", "service_level", "number", "number"]


def test_a_tile_may_say_all_of_it():
    (page,) = board_of("""
        [[board.sales.tiles]]
        kpi = "handle_time"
        stat = "p90"
        window = "1h"
        labels = { direction = "outbound", queue = "sales" }
        title = "Calls out"
    """).pages
    labels = {"direction": "outbound", "queue": "sales"}
    assert page == (Tile(kpi="handle_time", stat="p90", window="1h", labels=labels, title="Calls out"),)
    assert (page[0].row.labels, page[0].cut) == ({"direction": "outbound"}, ("queue",))


def test_tiles_without_pages_go_eight_to_a_page():
    named = ", ".join(['"waiting"'] * 10)
    assert [len(page) for page in board_of(f"board.all.tiles = [{named}]").pages] == [8, 2]
    assert [len(page) for page in board_of('board.all.pages = [["waiting"], ["backlog", "csat"]]').pages] == [1, 2]


def test_a_board_has_a_title_queues_a_language_and_its_own_light():
    found = board_of("""
        [queue.sales]
        [board.sales]
        title = "Sales"
        tiles = ["waiting"]
        queues = ["sales"]
        rotate_seconds = 45
        language = "lv"
        dark = true
    """)
    assert (found.title, found.queues, found.rotate_seconds, found.language, found.dark) == ("Sales", ("sales",), 45, "lv", True)


def test_on_a_board_of_one_queue_tiles_are_about_it_where_they_can_be():
    (page,) = board_of("""
        board.sales.tiles = ["waiting", { kpi = "csat", labels = { channel = "chat" } }, "churn_rate"]
        board.sales.queues = ["sales"]
    """).pages
    assert [dict(tile.labels) for tile in page] == [{"queue": "sales"}, {"channel": "chat"}, {}]
    (site,) = board_of('board.both = { tiles = ["waiting"], queues = ["sales", "billing"] }').pages
    assert site[0].labels == {}


def test_there_is_a_board_where_none_is_configured_and_it_has_what_is_read():
    (default,) = config_of("").wallboards()
    assert default.name == "default"
    assert [page[0].kpi for page in default.pages] == ["waiting", "backlog"]
    (calls,) = config_of('topics = { tickets = "", surveys = "", agents = "" }').wallboards()
    assert {tile.row.topics for page in calls.pages for tile in page} == {("calls",)}
    assert [board.name for board in config_of('board.sales.tiles = ["waiting"]').wallboards()] == ["sales", "default"]


@pytest.mark.parametrize(
    ("toml", "complaint"),
    [
        ('board.a.tiles = ["servce_level"]', 'board.a.tiles[1].kpi is "servce_level": there is no such KPI: did you mean service_level?'),
        ('board.a.tiles = ["waiting", {stat = "p90"}]', "board.a.tiles[2].kpi is not set: say which, as `deskpulse catalogue` names it"),
        ('board.a.tiles = [{kpi = "waiting", stat = "odlest"}]', "expected one of count, oldest: did you mean oldest?"),
        ('board.a.tiles = [{kpi = "waiting", window = "today"}]', 'board.a.tiles[1].window is "today": expected one of now'),
        ('board.a.tiles = [{kpi = "waiting", colour = "red"}]', 'board.a.tiles[1].colour = "red" is not a known key'),
        ('board.a.tiles = [{kpi = "agents", labels = {state = "bsy"}}]', 'expected { state = "available" } or { state = "busy" }'),
        ('board.a.tiles = [{kpi = "waiting", labels = {channel = "fax"}}]', "expected one of phone, chat"),
        ('board.a.tiles = ["contact_share"]', "contact_share is not told by nothing, only by channel"),
        ('board.a.tiles = [{kpi = "agents", labels = {channel = "chat"}}]', "agents is not told by channel, only by nothing, queue"),
        ("board.a.tiles = [7]", "board.a.tiles[1]: expected the name of a KPI"),
        ("board.a.tiles = []", 'expected a list of tiles, such as ["waiting", "service_level"]'),
        ("board.a.title = 'A'", "board.a.tiles is not set: a board needs tiles"),
        ('board.a = {tiles = ["waiting"], pages = [["waiting"]]}', "a board needs tiles"),
        ('board.a.pages = ["waiting"]', "board.a.pages is [\"waiting\"]: expected a list of pages"),
        ('queue.sales = {}\nboard.a = {tiles = ["waiting"], queues = ["sails"]}', "no [queue.sails], but sales: did you mean that?"),
        ('board.a = {tiles = ["waiting"], rotate_seconds = -1}', "expected a whole number from 0 to 3600"),
        ('board.a = {tiles = ["waiting"], language = "Latvian"}', 'expected the code of a language, such as "lv"'),
        ('board.a = {tiles = ["waiting"], rotate = 5}', "did you mean board.a.rotate_seconds?"),
        ('board."a/b".tiles = ["waiting"]', "the name of a board goes into addresses"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_with_what_is_expected(toml, complaint):
    (found,) = complaints_of(toml)
    assert complaint in found
