"""Vectors of promises and business hours: see test_vectors.py. All in October 2026, and business hours are those of Berlin, 9 to 17."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

from schemas.instants import instant_ms
from schemas.values import HOUR_MS, MINUTE_MS, EpochMs
from streams.core.clocks.business import Calendar
from streams.core.clocks.policy import Policy, QueuePolicy
from streams.core.clocks.sla import ALWAYS, SlaRule
from streams.testing.promises import targets
from tests.core.cases import ticket_tales as ticket
from tests.core.driving import KeptShard, settings, told
from tests.core.telling import HOUR, MINUTE
from tests.core.test_breaches import records

BERLIN: Final = Calendar(
    "Europe/Berlin",
    (((9 * 60, 17 * 60),),) * 5 + ((), ()),
    {date(2026, 10, 5).toordinal() - date(1970, 1, 1).toordinal(): ()},  # a holiday, a Monday
)
NIGHT: Final = Calendar("Europe/Berlin", (((0, 6 * 60),),) * 7)
NEW_YORK: Final = Calendar("America/New_York", (((9 * 60, 17 * 60),),) * 5 + ((), ()))
CALENDARS: Final = {"berlin": BERLIN, "night": NIGHT, "new york": NEW_YORK}
QUEUES: Final = {"billing": QueuePolicy(calendar="berlin"), "night": QueuePolicy(calendar="night"), "us": QueuePolicy(calendar="new york")}

FIRST: Final = {"to": "first", "clock": "business"}


def at(text: str) -> float:
    """2 15:00: that day and time in Berlin of October 2026, in seconds after the start of a tale."""
    day, time = text.split()
    summer = int(day) < 25
    return (instant_ms(f"2026-10-{int(day):02}T{time}:00+0{'2' if summer else '1'}:00") - ticket.START_MS) / 1000


def promising(*rules: SlaRule) -> KeptShard:
    return KeptShard(settings(policy=Policy(slas=rules, calendars=CALENDARS, queues=QUEUES)))


def says(shard: KeptShard, *events: Any) -> None:
    """One after the other, as time goes by."""
    for event in events:
        shard.at(event.time)
        shard.says("tickets", told(event, f"{event.time}"))


def clocks(shard: KeptShard, clock: str) -> tuple[int, int]:
    """How many were kept, and broken; without one there is no row."""
    found = shard.board(shard.shard.now_ms).rows(kpis=["sla_met", "sla_breached"], windows=["30d"], cuts=[()])
    counts = {row.kpi: int(row.value or 0) for row in found if row.labels == {"clock": clock}}
    return counts.get("sla_met", 0), counts.get("sla_breached", 0)


def breaches(shard: KeptShard) -> list[tuple[str, str, EpochMs]]:
    found = records(shard.outputs)
    return [(told_["type"], told_["clock"], instant_ms(told_["time"])) for told_ in found if told_["type"] != "sla.at_risk"]


def test_vector_14_business_minutes_over_a_change_of_the_clocks():
    """From midnight to 6 there are 7 hours on the 25th."""
    shard = promising()
    says(shard, ticket.created(at("24 06:00"), queue="night"), ticket.resolved(at("25 23:00")))
    assert shard.value("resolution_time", "mean", **FIRST) == 7 * HOUR


def test_vector_29_a_raised_priority_leaves_what_was_kept_and_plans_what_is_open_from_its_start():
    shard = promising(
        SlaRule(priority="urgent", targets_ms=targets(None, 15 * MINUTE_MS, None, 2 * HOUR_MS), calendar=ALWAYS),
        SlaRule(targets_ms=targets(None, HOUR_MS, None, 8 * HOUR_MS), calendar=ALWAYS),
    )
    says(shard, ticket.created(0), ticket.agent(30 * MINUTE), ticket.updated(HOUR, priority="urgent"))
    shard.at(ticket.ms(2 * HOUR))
    assert (clocks(shard, "first_response"), clocks(shard, "resolution")) == ((1, 0), (0, 0))
    shard.at(ticket.ms(2 * HOUR + 0.001))
    assert (clocks(shard, "first_response"), clocks(shard, "resolution")) == ((1, 0), (0, 1))
    assert breaches(shard) == [("sla.breached", "resolution", ticket.ms(2 * HOUR))]


def test_vector_30_pending_over_a_weekend_and_a_holiday_is_left_out_also_where_the_policy_changes_meanwhile():
    """2 hours are used up on Friday, and the other 6 from Tuesday at 10 on."""
    rule = SlaRule(targets_ms=targets(None, None, None, 8 * HOUR_MS), calendar="berlin", pause=("pending",))
    for resolved, expected in (("6 16:00", (1, 0)), ("6 16:01", (0, 1))):
        shard = promising(rule)
        says(shard, ticket.created(at("2 13:00")), ticket.status(at("2 15:00"), "pending"))
        shard.settings = settings(policy=Policy(slas=(SlaRule(targets_ms=targets(None, None, None, HOUR_MS)),)))
        shard.crash()
        says(shard, ticket.status(at("6 10:00"), "open"), ticket.resolved(at(resolved)))
        assert clocks(shard, "resolution") == expected


def test_vector_32_a_ticket_that_is_created_and_solved_outside_hours_takes_no_business_time_and_counts():
    shard = promising(SlaRule(targets_ms=targets(None, None, None, HOUR_MS), calendar="berlin"))
    says(shard, ticket.created(at("3 10:00")), ticket.resolved(at("4 12:00")))
    assert shard.value("resolution_time", "mean", **FIRST) == 0
    assert shard.value("resolution_time", "count", **FIRST) == shard.value("tickets_resolved") == 1
    assert shard.value("resolution_time", "mean", to="first", clock="calendar") == 26 * HOUR
    assert clocks(shard, "resolution") == (1, 0)


def test_vector_33_time_under_each_schedule_adds_up():
    """On Friday from 15 to 17 in Berlin, then, moved at 18 to those who open at 15 by the clocks of Berlin, from then on: 2 + 2 hours."""
    rule = SlaRule(targets_ms=targets(None, None, None, 5 * HOUR_MS))
    kept, broken = promising(rule), promising(rule)
    for shard in (kept, broken):
        says(shard, ticket.created(at("2 15:00")), ticket.updated(at("2 18:00"), queue="us"))
    says(kept, ticket.resolved(at("2 20:00")))
    assert kept.value("resolution_time", "mean", **FIRST) == 4 * HOUR
    assert clocks(kept, "resolution") == (1, 0)
    broken.at(ticket.ms(at("3 12:00")))
    assert breaches(broken) == [("sla.breached", "resolution", ticket.ms(at("2 21:00")))]


def test_vector_34_a_breach_is_told_at_its_instant_without_an_event_once_and_withdrawn_where_a_late_reply_was_in_time():
    shard = promising(SlaRule(targets_ms=targets(None, HOUR_MS, None, None), calendar=ALWAYS))
    says(shard, ticket.created(0))
    shard.at(ticket.ms(HOUR))
    assert breaches(shard) == []
    shard.at(ticket.ms(HOUR + 0.001))
    shard.crash()
    shard.at(ticket.ms(3 * HOUR))
    breach = ("sla.breached", "first_response", ticket.ms(HOUR))
    assert (breaches(shard), clocks(shard, "first_response")) == ([breach], (0, 1))
    shard.says("tickets", told(ticket.agent(HOUR), "9"))
    withdrawal = ("sla.withdrawn", "first_response", ticket.ms(3 * HOUR))
    assert (breaches(shard), clocks(shard, "first_response")) == ([breach, withdrawal], (1, 0))
