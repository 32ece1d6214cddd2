"""The topic sla-breaches: what a shard tells of promises, each once, whatever happens to it in between."""

from __future__ import annotations

from collections import Counter
from random import Random
from typing import Any, Final

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schemas.events import Event
from schemas.instants import instant_ms
from schemas.values import DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS, EpochMs
from streams.core.cases.case_rows import ROW_BYTES_MAX
from streams.core.clocks.policy import Policy
from streams.core.clocks.sla import SlaRule
from streams.core.log import Output
from streams.testing.breaches import Breaches, Promise
from streams.testing.histories import many_cases
from streams.testing.promises import PROMISES, targets
from tests.core.cases import call_tales as call
from tests.core.cases import ticket_tales as ticket
from tests.core.driving import KeptShard, told, wires
from tests.core.driving import settings as shard_settings

HOUR, DAY = 3_600, 86_400
POLICY: Final = Policy(slas=(SlaRule(targets_ms=targets(30 * SECOND_MS, HOUR_MS, 30 * MINUTE_MS, None)),))
START = "2023-11-14T22:13:20.000Z"  # of the tales


def promising(policy: Policy = POLICY, **changes: Any) -> KeptShard:
    return KeptShard(shard_settings(policy=policy, **changes))


def records(outputs: list[Output]) -> list[dict[str, Any]]:
    """What was told of promises, with the case under `case`."""
    found = [output for output in outputs if output.topic == "sla-breaches"]
    assert all(output.keyed for output in found)
    return [{"case": (output.key or b"").decode(), **msgspec.json.decode(output.value or b"")} for output in found]


def said(shard: KeptShard) -> list[tuple[str, float]]:
    """Type, and seconds after the start of the tale."""
    return [
        (record["type"].removeprefix("sla."), (instant_ms(record["time"]) - ticket.START_MS) / 1000) for record in records(shard.outputs)
    ]


def test_a_breach_is_told_at_its_due_instant_by_the_clock_with_all_that_names_it():
    shard = promising()
    shard.says("tickets", told(ticket.created(0, priority="high"), "e1"))
    shard.at(ticket.ms(HOUR))
    assert said(shard) == [("at_risk", 48 * 60)]
    shard.at(ticket.ms(HOUR + 0.001))
    assert said(shard) == [("at_risk", 48 * 60), ("breached", HOUR)]
    assert records(shard.outputs)[1] == {
        "case": "T1",
        "type": "sla.breached",
        "clock": "first_response",
        "instance": "e1",
        "due": "2023-11-14T23:13:20.000Z",
        "time": "2023-11-14T23:13:20.000Z",
        "queue": "billing",
        "channel": "email",
        "priority": "high",
        "target_seconds": 3600,
    }


def test_a_clock_that_jumps_tells_both_and_a_crash_tells_nothing_again():
    shard = promising()
    shard.says("tickets", told(ticket.created(0)))
    shard.at(ticket.ms(DAY))
    expected = [("at_risk", 48 * 60), ("breached", HOUR)]
    assert said(shard) == expected
    for now_s in (DAY, 2 * DAY):
        shard.crash()
        shard.at(ticket.ms(now_s))
    shard.says("tickets", told(ticket.agent(2 * DAY), "2"), told(ticket.created(0)))
    assert said(shard) == expected


def test_what_a_crash_undid_is_told_when_it_happens_again():
    shard = promising()
    shard.says("tickets", told(ticket.created(0)))
    shard.shard.advance(ticket.ms(2 * HOUR))
    shard.crash()
    assert said(shard) == []
    shard.at(ticket.ms(2 * HOUR))
    assert said(shard) == [("at_risk", 48 * 60), ("breached", HOUR)]


def test_a_breach_and_its_late_answer_in_one_batch_are_told_all_the_same():
    shard = promising()
    shard.says("tickets", told(ticket.created(0)), told(ticket.agent(2 * HOUR), "2"))
    assert said(shard) == [("at_risk", 48 * 60), ("breached", HOUR)]


def test_an_answer_that_came_in_time_and_was_read_late_withdraws_the_breach_under_the_labels_that_were_told():
    shard = promising()
    shard.says("tickets", told(ticket.created(0)))
    shard.at(ticket.ms(2 * HOUR))
    shard.says("tickets", told(ticket.updated(10, queue="support"), "2"), told(ticket.agent(50 * 60), "3"))
    assert said(shard)[2:] == [("withdrawn", 2 * HOUR)]
    breached, withdrawn = records(shard.outputs)[1:]
    assert {**withdrawn, "type": "sla.breached", "time": breached["time"]} == breached
    shard.crash()
    shard.at(ticket.ms(DAY))
    assert len(said(shard)) == 3


def test_a_breach_that_another_late_event_brings_back_is_told_anew_and_that_it_was_at_risk_is_not():
    shard = promising(Policy(slas=(SlaRule(priority="low", targets_ms=targets(None, 4 * HOUR_MS, None, None)), *POLICY.slas)))
    shard.says("tickets", told(ticket.created(0)))
    shard.at(ticket.ms(2 * HOUR))
    shard.says("tickets", told(ticket.updated(60, priority="low"), "2"))
    assert [type_ for type_, _ in said(shard)] == ["at_risk", "breached", "withdrawn"]
    shard.says("tickets", told(ticket.updated(120, priority="high"), "3"))
    assert [type_ for type_, _ in said(shard)] == ["at_risk", "breached", "withdrawn", "breached"]


def test_a_breach_that_came_and_went_between_two_checkpoints_is_not_told():
    shard = promising()
    shard.says("tickets", told(ticket.created(0)))
    shard.at(ticket.ms(50 * 60))
    shard.shard.advance(ticket.ms(2 * HOUR))
    shard.says("tickets", told(ticket.agent(50 * 60), "2"))
    assert said(shard) == [("at_risk", 48 * 60)]


def test_a_wait_in_a_queue_is_told_under_the_call():
    shard = promising()
    shard.says("calls", told(call.queued(0), "q1"), told(call.answered(40), "2"))
    assert [(record["case"], record["clock"], record["instance"]) for record in records(shard.outputs)] == [("C1", "queue_wait", "q1")] * 2
    assert said(shard) == [("at_risk", 24), ("breached", 30)]


def test_a_case_keeps_the_promises_under_which_it_opened():
    shard = promising()
    shard.says("tickets", told(ticket.created(0)))
    shard.settings = shard_settings()
    shard.crash()
    shard.says("tickets", told(ticket.created(0), ticket_id="T2"))
    shard.at(ticket.ms(DAY))
    assert {record["case"] for record in records(shard.outputs)} == {"T1"}


def test_what_is_sealed_is_no_longer_kept_to_be_told_and_nothing_of_it_is_withdrawn():
    shard = promising()
    for number in range(40):
        wait_s = number * DAY
        shard.at(ticket.ms(wait_s))
        shard.says("tickets", told(ticket.customer(wait_s), f"c{number}"))
        shard.at(ticket.ms(wait_s + HOUR + 1))
        shard.says("tickets", told(ticket.agent(wait_s + 2 * HOUR), f"a{number}"))
    assert Counter(type_ for type_, _ in said(shard)) == {"at_risk": 40, "breached": 40}
    row = shard.state[b"tT1"]
    assert row.count(b"c39") == 3  # its id, what was over, and what was told
    assert row.count(b"c20") == 0


def test_however_many_promises_are_broken_in_one_case_its_row_stays_within_its_limit():
    shard = promising()
    for begins in range(0, 4_000, 1_000):
        waits = range(begins, begins + 1_000)
        lines = [
            told(event, id_)
            for n in waits
            for event, id_ in ((ticket.customer(n * HOUR), f"c{n}"), (ticket.agent((n + 0.9) * HOUR), f"a{n}"))
        ]
        shard.says("tickets", *lines)
    assert len(shard.state[b"tT1"]) <= ROW_BYTES_MAX
    # The first wait is one for the first response, and kept.
    assert Counter(type_ for type_, _ in said(shard)) == {"at_risk": 4_000, "breached": 3_999}


# --- any history -----------------------------------------------------------------------------------------------------


def holding(shard: KeptShard) -> set[Promise]:
    """Breaches told and not withdrawn. Of each promise the records follow each other as they have to."""
    breaches = Breaches()
    for output in shard.outputs:
        if output.topic == "sla-breaches":
            breaches.hear(output)
    return breaches.holding


@settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(many_cases(), st.randoms(use_true_random=False))
def test_whoever_is_killed_and_whatever_comes_late_the_breaches_that_hold_are_those_of_who_read_everything_at_once(
    events: list[Event], rng: Random
) -> None:
    for_ever = {"calls": 90 * DAY_MS, "tickets": 90 * DAY_MS}  # clocks run ahead of what is unread here
    at_once, troubled = (promising(PROMISES, keep_ms=for_ever) for _ in range(2))
    for topic, value in wires(events):
        at_once.produce(topic, value)
    lines = wires(events)
    rng.shuffle(lines)
    for topic, value in lines:
        troubled.produce(topic, value)
        troubled.read(topic)
        for _ in range(rng.randint(0, 2)):
            rng.choice(
                [
                    troubled.checkpoint,
                    troubled.crash,
                    lambda: troubled.shard.advance(EpochMs(troubled.shard.now_ms + rng.randint(0, 2 * HOUR_MS))),
                    lambda: troubled.shard.advance(EpochMs(max(troubled.shard.now_ms, troubled.shard.watermark_ms))),
                ]
            )()
        for name in troubled.records:
            if troubled.shard.positions[name] < len(troubled.records[name]):
                troubled.read(name)
    for name in at_once.records:
        at_once.read(name)
    end_ms = max(troubled.shard.now_ms, *(event.time for event in events)) + 2 * DAY_MS
    for shard in (at_once, troubled):
        shard.at(end_ms)
    assert holding(troubled) == holding(at_once)
    assert all(instant_ms(record["time"]) <= end_ms for record in records(troubled.outputs))


@pytest.mark.parametrize("topic", ["calls", "tickets"])
def test_no_record_is_written_where_nothing_is_promised(topic):
    shard = KeptShard()
    shard.says(topic, told(call.queued(0) if topic == "calls" else ticket.created(0)))
    shard.at(ticket.ms(3 * DAY))
    assert records(shard.outputs) == []
