"""What is told of one moment to those who follow."""

from __future__ import annotations

import orjson

from schemas.values import EpochMs
from streams.outputs.turn import Turn, turn_of
from tests.outputs.centre import Centre, morning
from tests.outputs.followed import RESTORING


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
