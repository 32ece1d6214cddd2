"""Calls of the invented contact centre: nobody is in two places, and each ends once."""

from __future__ import annotations

import itertools
import math
import random
from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any

import msgspec

from schemas.values import HOUR_MS, MINUTE_MS, EpochMs
from streams.sources.simulator import INVENTED, Habits, Incident, Made
from streams.sources.simulator.simulation import World
from tests.sources.story import NINE, NOTHING_LOST, events

VISIT_ENDS = ("call.answered", "call.abandoned", "call.left", "call.blocked", "call.ended")


def calls_of(made: list[Made]) -> dict[str, list[dict[str, Any]]]:
    by_call: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for one in made:
        if one.topic == "calls":
            by_call[one.key].append(one.event)
    return by_call


def stretches(call: list[dict[str, Any]]) -> Iterator[tuple[str, float, float]]:
    """(agent, from, to) of everybody whom this call kept busy: ringing, talking, wrap-up. Open: to infinity."""
    ringing: tuple[str, int] | None = None
    talking: tuple[str, int] | None = None
    for number, event in enumerate(call):
        kind, now = event["type"], event["time"]
        wrap_follows = any(later["type"] == "call.wrapped" for later in call[number:])
        if kind == "call.offered":
            ringing = event["agent_id"], now
        elif kind == "call.answered":
            talking, ringing = ringing or (event["agent_id"], now), None
        elif kind in ("call.missed", *VISIT_ENDS) and ringing:
            yield *ringing, now
            ringing = None
        elif kind in ("call.transferred", "call.wrapped", "call.ended") and talking and not (kind == "call.ended" and wrap_follows):
            yield *talking, now
            talking = None
    for still in (ringing, talking):
        if still:
            yield *still, math.inf


def test_nobody_serves_two_calls_at_once(a_day):
    busy = defaultdict(list)
    for call in calls_of(a_day).values():
        for agent, begin, end in stretches(call):
            busy[agent].append((begin, end))
    assert len(busy) > 30
    assert sum(map(len, busy.values())) > 1_500
    for agent, times in busy.items():
        for (_, end), (begin, _) in itertools.pairwise(sorted(times)):
            assert end <= begin, agent


def test_every_visit_ends_once_or_is_still_open():
    in_incident = msgspec.structs.replace(NOTHING_LOST, incidents=(Incident(HOUR_MS),))
    world = World(in_incident, random.Random(1), NINE)
    while (at_ms := world.tape.next_ms()) is not None and at_ms < NINE + HOUR_MS + 10 * MINUTE_MS:
        world.tape.step()
    open_now: Counter[str] = Counter()
    for made in calls_of(world.tape.made).values():
        here = former = None
        for event in made:
            kind = event["type"]
            if kind == "call.queued":
                assert here is None, made
                here = event["queue"]
            elif kind == "call.rejoined":
                assert former, made
                here = former
            elif kind in VISIT_ENDS and here:
                former, here = here, None
        open_now[here or ""] += 1
    del open_now[""]
    assert open_now == Counter({name: line.count for name, line in world.floor.lines.items() if line.count})
    assert open_now.total() > 10


def test_every_call_ends_once_and_nothing_but_wrap_up_follows(a_day):
    end = a_day[-1].at_ms
    open_calls = 0
    for made in calls_of(a_day).values():
        kinds = [event["type"] for event in made]
        assert kinds[0] == "call.started"
        if "call.ended" in kinds:
            assert set(kinds[kinds.index("call.ended") + 1 :]) <= {"call.wrapped"}
        elif made[-1].get("reason") != "trunk_busy":
            open_calls += 1
            assert end - made[0]["time"] < 2 * HOUR_MS
    assert open_calls < 20


def test_no_more_calls_than_lines_are_in_the_house():
    made = events(msgspec.structs.replace(NOTHING_LOST, lines=12))
    phone = {one.key for one in made if one.event.get("channel") == "phone" and one.event["type"] == "call.started"}
    refused = {one.key for one in made if one.event.get("reason") == "trunk_busy"}
    used = used_max = 0
    for one in made:
        if one.key in phone - refused:
            used += (one.event["type"] == "call.started") - (one.event["type"] == "call.ended")
            used_max = max(used, used_max)
    assert used_max == 12
    assert len(refused) > 20


def test_the_longest_waiting_of_the_highest_priority_is_next(a_day):
    rank = {"urgent": 0, "high": 1, "normal": 2}
    waiting: dict[str, dict[str, tuple[int, int]]] = defaultdict(dict)
    queue_of: dict[str, str] = {}
    for number, one in enumerate(a_day):
        kind = one.event["type"]
        if kind == "call.queued":
            queue_of[one.key] = str(one.event["queue"])
            waiting[queue_of[one.key]][one.key] = (rank[str(one.event.get("priority", "normal"))], number)
        elif kind == "call.offered":
            mine = waiting[queue_of[one.key]].pop(one.key, None)
            if mine:
                assert mine < min(waiting[queue_of[one.key]].values(), default=(9, 0))
        elif one.topic == "calls" and one.key in queue_of:
            waiting[queue_of[one.key]].pop(one.key, None)


def test_a_bad_quarter_of_an_hour_shows():
    ten = EpochMs(NINE + HOUR_MS)
    bad = msgspec.structs.replace(NOTHING_LOST, incidents=(Incident(30 * MINUTE_MS),))
    count = {}
    for name, centre in (("usual", NOTHING_LOST), ("bad", bad)):
        quarter = [one for one in events(centre, ten, 1) if 30 * MINUTE_MS <= one.at_ms - ten < 45 * MINUTE_MS]
        count[name] = Counter(one.event["type"] for one in quarter)
        count[name].update(str(one.event["reason"]) for one in quarter if one.event["type"] == "call.blocked")
    assert count["bad"]["call.started"] > 2 * count["usual"]["call.started"]
    assert count["bad"]["call.abandoned"] > 4 * count["usual"]["call.abandoned"]
    assert count["bad"]["trunk_busy"] > 0 == count["usual"]["trunk_busy"]


def test_lost_ends_are_rare_and_only_ends():
    lossy = msgspec.structs.replace(INVENTED, habits=Habits(lost=0.1))
    whole, torn = events(NOTHING_LOST), events(lossy)
    assert {one.event["type"] for one in torn} <= {one.event["type"] for one in whole}
    ended = sum(one.event["type"] == "call.ended" for one in torn) / sum(one.event["type"] == "call.started" for one in torn)
    assert 0.8 < ended < 0.95
