"""The invented contact centre is honest: a seed says everything, and all of it is what the contract allows."""

from __future__ import annotations

import hashlib
import itertools
import math
import os
import random
import subprocess
import sys
from collections import Counter

import msgspec
import pytest

from schemas.events import TYPES
from schemas.values import DAY_MS, HOUR_MS, EpochMs
from streams.core.intake import Intake, Rejected, Skipped
from streams.sources.simulator import (
    INVENTED,
    Centre,
    Disorder,
    Habits,
    Hours,
    Patience,
    Queue,
    Spread,
    Team,
    in_full_swing,
    send,
    simulate,
)
from tests.sources.story import MONDAY, NINE, NOTHING_LOST, events


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
