"""The invented contact centre is honest: it counts right, nobody is in two places, and a seed says everything."""

from __future__ import annotations

import hashlib
import itertools
import math
import os
import random
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from schemas.events import TYPES
from schemas.values import DAY_MS, HOUR_MS, MINUTE_MS, EpochMs
from streams.core.intake import Intake, Rejected, Skipped
from streams.sources.simulator import (
    INVENTED,
    Centre,
    Disorder,
    Habits,
    Hours,
    Incident,
    Made,
    Patience,
    Queue,
    Sales,
    Spread,
    Team,
    in_full_swing,
    send,
    simulate,
)
from streams.sources.simulator.simulation import World

MONDAY = EpochMs(1_709_510_400_000)  # 2024-03-04 00:00 UTC
NINE = EpochMs(MONDAY + 9 * HOUR_MS)
NOTHING_LOST = msgspec.structs.replace(INVENTED, habits=Habits(lost=0.0))
VISIT_ENDS = ("call.answered", "call.abandoned", "call.left", "call.blocked", "call.ended")


def events(centre: Centre = NOTHING_LOST, start: EpochMs = NINE, hours: float = 4, seed: int = 1) -> list[Made]:
    return list(simulate(centre, random.Random(seed), start, EpochMs(start + round(hours * HOUR_MS))))


@pytest.fixture(scope="module")
def a_day() -> list[Made]:
    return events(start=MONDAY, hours=24)


def calls_of(made: list[Made]) -> dict[str, list[dict[str, Any]]]:
    by_call: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for one in made:
        if one.topic == "calls":
            by_call[one.key].append(one.event)
    return by_call


def digest(seed: int) -> str:
    rng = random.Random(seed)
    made = simulate(INVENTED, rng, NINE, EpochMs(NINE + HOUR_MS))
    return hashlib.sha256(b"\n".join(sent.value for sent in send(made, Disorder(0.01, 0.02, 0.01), random.Random(seed)))).hexdigest()


def test_a_seed_says_every_byte_in_any_process():
    program = "from tests.sources.test_simulator import digest; print(digest(7))"
    others = {
        subprocess.run(
            [sys.executable, "-c", program], env={**os.environ, "PYTHONHASHSEED": hash_seed}, capture_output=True, text=True, check=True
        ).stdout.strip()
        for hash_seed in ("1", "4711")
    }
    assert others == {digest(7)}
    assert digest(8) != digest(7)


def test_a_shorter_run_is_the_beginning_of_a_longer_one():
    longer = events(hours=2)
    shorter = events(hours=1)
    assert shorter == longer[: len(shorter)]


def test_events_come_in_order_of_time_with_ids_of_their_own(a_day):
    assert all(one.at_ms <= other.at_ms for one, other in itertools.pairwise(a_day))
    assert len({(one.topic, one.event["id"]) for one in a_day}) == len(a_day)
    orders = Counter((one.topic, one.key, one.at_ms, one.event.get("seq", 0)) for one in a_day)
    assert max(orders.values()) == 1
    assert max(len(str(one.event["id"])) for one in a_day) <= 12


def test_runs_with_another_start_or_seed_share_no_ids():
    keys = [
        {one.key for one in events(start=start, hours=0.5, seed=seed) if one.topic not in ("agents", "customers")}
        for start, seed in ((NINE, 1), (NINE, 2), (EpochMs(NINE + 1000), 1))
    ]
    assert not keys[0] & keys[1]
    assert not keys[0] & keys[2]


def test_every_event_is_accepted(a_day):
    intakes = {topic: Intake(topic, 4) for topic in TYPES}
    for sent in send(iter(a_day), Disorder(), random.Random(0)):
        read = intakes[sent.topic].read(sent.key, sent.value, (), EpochMs(sent.at_ms))
        assert not isinstance(read, Rejected | Skipped), (read, sent)
    assert all(not any(intake.notes.values()) for intake in intakes.values())


def test_a_day_has_a_bit_of_everything(a_day):
    seen = {str(one.event["type"]) for one in a_day}
    reasons = {one.event.get("reason") for one in a_day if one.topic == "calls"}
    assert seen >= {
        "call.started", "call.queued", "call.offered", "call.missed", "call.answered", "call.held", "call.resumed", "call.transferred",
        "call.left", "call.abandoned", "call.rejoined", "call.blocked", "call.ended", "call.wrapped", "ticket.snapshot", "ticket.created",
        "ticket.updated", "ticket.assigned", "ticket.message", "ticket.handoff", "ticket.status", "ticket.merged", "ticket.deleted",
        "agent.state", "agent.heartbeat", "survey.sent", "survey.answered", "customer.joined", "customer.left", "customer.purchased",
        "customer.active", "article.opened", "article.read", "article.contacted", "finance.entry",
    }  # fmt: skip
    answered = {one.event["kind"] for one in a_day if one.event["type"] == "survey.answered"}
    assert answered == {"csat", "nps", "ces", "iqs", "agent_satisfaction"}
    assert reasons >= {"closed", "callback", "voicemail", "no_answer", "rejected"}
    assert any(one.event.get("direction") == "outbound" for one in a_day)
    assert any("call_id" in one.event for one in a_day if one.topic == "tickets")
    assert any("case_id" in one.event for one in a_day if one.topic == "calls")


def test_arrivals_are_poisson_at_the_rate_of_the_hour():
    queue = Queue("q", "phone", 200, Hours(), Spread(60, 0.3), Patience(60), None, transfer=0.0)
    plain = Habits(prequeue_abandoned=0, redialled=0, rejoined=0, about_a_ticket=0, direct=0, outbound_per_agent_hour=0)
    day = tuple(0.3 + 0.7 * (hour % 2) for hour in range(24))
    week = (1.0, 0.5, 1.0, 0.4, 1.0, 1.0, 1.0)
    centre = Centre((queue,), (), (Team("t", 8, ("q",), 0, 24, tuple(range(7))),), lines=500, day=day, week=week, habits=plain)
    started = Counter(
        (one.at_ms - MONDAY) // HOUR_MS
        for one in events(centre, MONDAY, 5 * 24)
        if one.event["type"] == "call.started" and "direction" not in one.event
    )
    off = []
    for hour in range(5 * 24):
        expected = 200 * day[hour % 24] * week[hour // 24]
        off.append((started[hour] - expected) / math.sqrt(expected))
    assert max(map(abs, off)) < 4
    spread = sum(z * z for z in off)  # chi squared with 120 degrees of freedom: too regular would not be Poisson either
    assert abs(spread - 120) < 4 * math.sqrt(2 * 120)


def test_the_hours_are_those_of_the_zone():
    centre = msgspec.structs.replace(NOTHING_LOST, zone="America/New_York")
    made = events(centre, EpochMs(MONDAY + DAY_MS), 24)  # 19:00 of Monday there
    answered = Counter(
        (one.at_ms // HOUR_MS - 5) % 24 for one in made if one.event["type"] == "call.queued" and one.event["queue"] != "lost-cards"
    )
    assert set(answered) <= set(range(8, 21))
    assert answered[10] > 100


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


def test_a_bigger_house_has_more_of_everything():
    big = INVENTED.scaled(10)
    assert big.contacts_per_hour() == pytest.approx(10 * INVENTED.contacts_per_hour())
    assert sum(team.size for team in big.teams) == 10 * sum(team.size for team in INVENTED.teams)
    assert len(events(big, hours=0.5)) > 6 * len(events(INVENTED, hours=0.5))
    small = events(INVENTED.scaled(0.01), hours=4)
    assert 0 < sum(one.event["type"] != "agent.heartbeat" for one in small) < 400


@pytest.mark.parametrize("later_ms", range(0, 7 * DAY_MS, 29 * HOUR_MS))
def test_a_demonstration_finds_it_in_full_swing_at_any_hour(later_ms):
    now = EpochMs(MONDAY + later_ms)
    quarter = events(in_full_swing(INVENTED, now), EpochMs(now - HOUR_MS // 4), 0.25)
    assert sum(one.event["type"] == "call.answered" for one in quarter) > 15


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"day": (1.0,) * 23}, "day"),
        ({"week": (2.0,) * 7}, "week"),
        ({"lines": 0}, "lines"),
        ({"teams": (Team("t", 1, ("nowhere",), 0, 8),)}, "team t"),
        ({"queues": INVENTED.queues + INVENTED.queues[:1]}, "queues"),
        ({"zone": "Mars/Olympus"}, "Mars"),
    ],
)
def test_a_centre_that_cannot_be_names_what_is_wrong(change, named):
    with pytest.raises((ValueError, KeyError), match=named):
        msgspec.structs.replace(INVENTED, **change)


def test_other_topics_move_nothing_in_calls_and_tickets():
    busy = msgspec.structs.replace(NOTHING_LOST, shop=Sales(deeds_per_hour=1_000, views_per_hour=500))
    usual, other = ([one for one in events(centre) if one.topic in ("calls", "tickets")] for centre in (NOTHING_LOST, busy))
    assert usual == other


def test_desks_that_send_heartbeats_do_so_while_somebody_is_there(a_day):
    on_duty: dict[str, bool] = {}
    beats: Counter[str] = Counter()
    for one in a_day:
        if one.event["type"] == "agent.state":
            on_duty[one.key] = one.event["state"] != "offline"
        elif one.event["type"] == "agent.heartbeat":
            assert on_duty[one.key]
            beats[one.key.rpartition("-")[0]] += 1
    assert set(beats) == {team.name for team in INVENTED.teams if team.beats}


def test_the_books_are_closed_after_each_day_and_months_are_those_of_the_zone():
    """A weekend in New York over the end of March, from noon of the 30th on."""
    centre = msgspec.structs.replace(NOTHING_LOST, zone="America/New_York")
    noon = EpochMs(1_743_350_400_000)  # 2025-03-30T16:00Z, 12:00 there
    made = [one for one in events(centre, noon, 60) if one.topic == "finance"]
    periods = Counter((one.event["kind"], one.event["period"]) for one in made)
    assert periods == {("support_cost", "2025-03"): 4, ("revenue", "2025-03"): 3, ("support_cost", "2025-04"): 2}
    sold = sum(float(str(one.event["amount"])) for one in events(centre, noon, 12) if one.event["type"] == "customer.purchased")
    assert float(str(made[3].event["amount"])) == pytest.approx(sold)


def test_who_left_does_nothing_more(a_day):
    gone: set[str] = set()
    for one in a_day:
        if one.topic == "customers":
            assert one.key not in gone
            if one.event["type"] == "customer.left":
                gone.add(one.key)
    assert gone
