"""Tiles: every KPI can be one, and each knows the rows that it is made of."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import streams.outputs
from streams.core.kpis.catalogue import CATALOGUE, NAMES
from streams.core.kpis.kpi import WINDOWS_OF
from streams.core.kpis.tiles import BESIDE, HIGH, KINDS, LISTS_QUEUES, LOW, Kind, Tile, better, usual_tile

DRAWN = Path(streams.outputs.__file__).parent / "wallboard" / "kinds"


def test_every_kpi_has_a_usual_tile_in_a_window_that_it_has():
    for name in NAMES:
        tile = usual_tile(name)
        assert tile is not None, name
        assert tile.window in WINDOWS_OF[tile.row.when], name
        assert tile.rows()[0] == (tile.row, tile.window), name


def test_names_that_tiles_speak_of_are_in_the_catalogue():
    named = {*HIGH, *LOW, *KINDS, *(kpi for kpis in BESIDE.values() for kpi in kpis)}
    assert named <= set(NAMES)
    assert set(HIGH).isdisjoint(LOW)


def test_a_board_has_the_rows_that_its_tiles_draw_and_no_others():
    """Each row of each queue costs every board every second."""
    drawn = {kind: (DRAWN / f"{kind}.js").read_text() for kind in get_args(Kind)}
    for kind, script in drawn.items():
        read = set(re.findall(r'"([a-z_]+)"', re.sub(r'tile\.kpi === "[a-z_]+"', "", script)))
        assert {name for name in read if name in NAMES} == set(BESIDE.get(kind, ())), kind
    assert {kind for kind, script in drawn.items() if '.by("queue"' in script} == LISTS_QUEUES


def test_a_tile_of_waiting_needs_how_many_there_are_and_the_oldest():
    tile = usual_tile("waiting")
    assert tile is not None
    assert {(kpi.name, kpi.stat) for kpi, window in tile.rows() if window == "now"} == {
        ("waiting", "count"),
        ("waiting", "oldest"),
    }


def test_answers_needed_is_of_today_alone():
    stats = {kpi.stat for kpi, _ in Tile(kpi="service_level", stat="event", window="today").rows()}
    assert {"lowest", "highest", "answers_needed"} <= stats
    assert "answers_needed" not in {kpi.stat for kpi, _ in Tile(kpi="service_level", stat="event", window="interval").rows()}


def test_a_number_needs_itself_alone():
    assert len(Tile(kpi="abandon_rate", stat="of_decided", window="today").rows()) == 1
    assert Tile(kpi="backlog", stat="growth", window="today").kind == "number"


def test_which_way_is_good_is_told_of_each_row():
    assert better("service_level", "event") == "high"
    assert better("service_level", "answers_needed") == "low"
    assert better("first_response_time", "mean") == "low"
    assert better("first_response_time", "within_target") == "high"
    assert better("calls_offered", "count") is None
    for kpi in CATALOGUE:
        assert better(kpi.name, kpi.stat) in ("low", "high", None)
