"""Every visit is decided for the service level, or said to be left out of it, once (metrics.md, section 3). T = 20 s, s = 5 s."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import fields as f
from schemas.values import HOUR_MS, DurationMs
from streams.core.clocks.policy import Policy, QueuePolicy
from streams.testing.histories import call_histories
from tests.core.cases.call_tales import POLICY, abandoned, answered, blocked, ended, left, queued, rejoined, tell

LEFT_OUT = (f.CALLS_SHORT_ABANDONED, f.CALLBACK_IN, f.LEFT_UNDECIDED, f.BLOCKED_UNDECIDED, f.UNOBSERVED_UNDECIDED)


@pytest.mark.parametrize(
    ("end", "field"),
    [
        (lambda at_s: left(at_s, "key"), f.LEFT_UNDECIDED),
        (lambda at_s: left(at_s, "callback"), f.CALLBACK_IN),
        (lambda at_s: queued(at_s, "support"), f.LEFT_UNDECIDED),
        (lambda at_s: blocked(at_s, "closed"), f.BLOCKED_UNDECIDED),
        (lambda at_s: ended(at_s, "system"), f.UNOBSERVED_UNDECIDED),
    ],
)
def test_an_end_that_decides_nothing_is_left_out_up_to_the_threshold_and_out_after_it(end, field):
    at_threshold, after = tell(queued(0), end(20)), tell(queued(0), end(20.001))
    assert (at_threshold.when(field), at_threshold.count(f.SERVICE_OUT)) == ([20], 0)
    assert (after.count(field), after.when(f.SERVICE_OUT)) == (0, [20])


def test_who_gave_up_at_once_and_came_back_is_not_left_out_twice():
    tale = tell(queued(0), abandoned(3), rejoined(4), left(10, "voicemail"))
    assert [tale.count(field) for field in LEFT_OUT] == [0, 0, 1, 0, 0]
    assert tell(queued(0), abandoned(3), rejoined(4), answered(10)).count(f.CALLS_SHORT_ABANDONED) == 0


def test_a_visit_that_times_out_before_its_threshold_is_left_out():
    patient = Policy(queues={"billing": QueuePolicy(DurationMs(2 * HOUR_MS))}, visit_limit_ms=DurationMs(HOUR_MS))
    tale = tell(queued(0), now_s=4_000, policy=patient)
    assert (tale.when(f.CALLS_UNOBSERVED), tale.when(f.UNOBSERVED_UNDECIDED), tale.count(f.SERVICE_OUT)) == ([3_600], [3_600], 0)


@given(call_histories(), st.integers(0, HOUR_MS))
def test_whatever_becomes_of_a_call_each_of_its_visits_is_decided_left_out_or_still_undecided(history: list[Any], later_ms: int):
    events = [msgspec.structs.replace(event) for event in history]
    tale = tell(*events, now_s=max(event.time for event in events) / 1000 - 1_700_000_000 + later_ms / 1000, policy=POLICY)
    visits = tale.count(f.CALLS_OFFERED)
    decided = tale.count(f.SERVICE_IN) + tale.count(f.SERVICE_OUT)
    undecided = len(tale.since(f.UNDECIDED))
    assert visits == decided + sum(tale.count(field) for field in LEFT_OUT) + undecided
