"""The other topics of the invented contact centre."""

from __future__ import annotations

from collections import Counter

import msgspec
import pytest

from schemas.values import EpochMs
from streams.sources.simulator import INVENTED, Sales
from tests.sources.story import NOTHING_LOST, events


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
