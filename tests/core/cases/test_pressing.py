"""Cases by name whose promises press: the same as what stands, whatever happens to a shard, and only where ids may be shown."""

from __future__ import annotations

from collections import Counter
from random import Random
from typing import Final

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schemas import fields as f
from schemas.events import Event
from schemas.state import PRESSING, read_key
from schemas.values import DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS, Cell, EpochMs
from streams.core.cases.pressing import AT_RISK, BREACHED, PressingCase, PressingCases
from streams.core.clocks.policy import Policy
from streams.core.clocks.sla import FIRST_RESPONSE, QUEUE_WAIT, SlaRule
from streams.core.panes.standings import Standings
from streams.testing.histories import many_cases
from streams.testing.promises import PROMISES, targets
from tests.core.cases import call_tales as call
from tests.core.cases import ticket_tales as ticket
from tests.core.driving import KeptShard, told, wires
from tests.core.driving import settings as shard_settings

HOUR, MINUTE = 3_600, 60
POLICY: Final = Policy(slas=(SlaRule(targets_ms=targets(30 * SECOND_MS, HOUR_MS, 30 * MINUTE_MS, None)),))


def named(shard: KeptShard, now_s: float = 0) -> list[PressingCase]:
    return sorted(shard.board(ticket.ms(now_s)).pressing)


def keys(shard: KeptShard) -> list[bytes]:
    return [key for key in shard.panes if read_key(key)[0] == PRESSING]


def test_a_case_is_named_from_when_it_is_at_risk_until_its_clock_is_over():
    shard = KeptShard(shard_settings(policy=POLICY, case_ids=True))
    shard.says("tickets", told(ticket.created(0, priority="high")))
    shard.at(ticket.ms(48 * MINUTE))
    assert named(shard) == []
    shard.at(ticket.ms(48 * MINUTE + 0.001))
    case = PressingCase("tickets", "T1", ((FIRST_RESPONSE, "billing", "email", "high", ticket.ms(HOUR), False),))
    assert named(shard) == [case]
    shard.at(ticket.ms(HOUR + 0.001))
    assert named(shard) == [case._replace(clocks=((FIRST_RESPONSE, "billing", "email", "high", ticket.ms(HOUR), True),))]
    shard.says("tickets", told(ticket.agent(2 * HOUR), "2"))
    assert named(shard) == []
    assert keys(shard) == []


def test_a_call_that_waits_too_long_is_named_too():
    shard = KeptShard(shard_settings(policy=POLICY, case_ids=True))
    shard.says("calls", told(call.queued(0)))
    shard.at(call.ms(31))
    ((topic, _, clocks),) = named(shard)
    assert (topic, clocks) == ("calls", ((QUEUE_WAIT, "billing", "phone", "normal", call.ms(30), True),))


def test_where_ids_are_not_shown_no_row_has_one():
    shard = KeptShard(shard_settings(policy=POLICY))
    shard.says("tickets", told(ticket.created(0)))
    shard.at(ticket.ms(2 * HOUR))
    assert keys(shard) == []
    assert not any(b"T1" in key or b"T1" in value for key, value in shard.panes.items())


def test_a_site_that_begins_to_show_ids_has_all_of_them_at_once_and_one_that_ends_it_none():
    shard = KeptShard(shard_settings(policy=POLICY))
    shard.says("tickets", told(ticket.created(0)), told(ticket.created(0), ticket_id="T2"), told(ticket.created(HOUR), ticket_id="T3"))
    shard.at(ticket.ms(HOUR + 1))
    shard.settings = shard_settings(policy=POLICY, case_ids=True)
    shard.crash()
    shard.checkpoint()
    assert [case.case_id for case in named(shard)] == ["T1", "T2"]
    shard.crash()
    assert shard.shard.take() is None, "nothing is missing any more"
    shard.settings = shard_settings(policy=POLICY)
    shard.crash()
    shard.checkpoint()
    assert keys(shard) == []


def test_rows_of_an_input_that_is_turned_off_are_not_missed():
    """Or all cases would be looked through at each start."""
    stands = Standings()
    stands.change((), [(f.SLA_CLOCKS_BREACHED[FIRST_RESPONSE], Cell("billing", "email", "normal"), 0)])
    named = PressingCases(named=True)
    assert named.lacks(stands, {"calls", "tickets"})
    assert not named.lacks(stands, {"calls"})
    assert not PressingCases(named=False).lacks(stands, {"calls", "tickets"})


@settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(many_cases(), st.randoms(use_true_random=False))
def test_what_is_named_is_what_stands(events: list[Event], rng: Random) -> None:
    """Also after crashes, late events, and a site that shows ids now and then."""
    for_ever = {"calls": 90 * DAY_MS, "tickets": 90 * DAY_MS}
    showing, hiding = (shard_settings(policy=PROMISES, keep_ms=for_ever, case_ids=named) for named in (True, False))
    shard = KeptShard(rng.choice([showing, hiding]))
    lines = wires(events)
    rng.shuffle(lines)
    for topic, value in lines:
        shard.produce(topic, value)
        shard.read(topic)
        for _ in range(rng.randint(0, 2)):
            happens = rng.choice(["checkpoint", "crash", "advance"])
            if happens == "checkpoint":
                shard.checkpoint()
            elif happens == "crash":
                shard.settings = rng.choice([showing, hiding])
                shard.crash()
            else:
                shard.shard.advance(EpochMs(shard.shard.now_ms + rng.randint(0, 2 * HOUR_MS)))
        for name in shard.records:
            if shard.shard.positions[name] < len(shard.records[name]):
                shard.read(name)
    shard.checkpoint()
    shard.settings = showing
    shard.crash()
    shard.checkpoint()
    stands: Counter[tuple[int, bool, Cell]] = Counter()
    dues: Counter[int] = Counter()
    for standing, cell, starts in shard.shard.standings.starts():
        for start_ms, count in starts.items():
            if standing in BREACHED:
                stands[BREACHED[standing], True, cell] += count
                dues[start_ms] += count
            elif standing in AT_RISK:
                stands[AT_RISK[standing], False, cell] += count
    clocks = [clock for case in shard.board(shard.shard.now_ms).pressing for clock in case.clocks]
    assert Counter((clock, breached, Cell(*labels)) for clock, *labels, _, breached in clocks) == stands
    assert Counter(due_ms for *_, due_ms, breached in clocks if breached) == dues
