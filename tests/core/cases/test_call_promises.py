"""What is promised to who waits in a queue: 30 s, at risk from 24 s. Expected instants are written out by hand."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import fields as f
from schemas.events import CallEvent
from schemas.values import SECOND_MS
from streams.core.cases.calls import CALLS
from streams.core.cases.fold import Fact
from streams.core.cases.sla_clocks import VOICE, SlaTold
from streams.core.clocks.policy import Policy
from streams.core.clocks.sla import QUEUE_WAIT, SlaRule
from streams.testing.histories import call_histories
from streams.testing.promises import PROMISES, targets
from tests.core.cases import promise_tales as promise
from tests.core.cases.call_tales import (
    BILLING,
    HOUR,
    SUPPORT,
    Tale,
    abandoned,
    answered,
    blocked,
    ended,
    left,
    ms,
    queued,
    rejoined,
    tell,
)
from tests.core.cases.tale import net

POLICY = Policy(slas=(SlaRule(queue="billing", targets_ms=targets(30 * SECOND_MS, None, None, None)),))


def told(*events: CallEvent, now_s: float | None = None, policy: Policy = POLICY) -> Tale:
    return tell(*events, now_s=now_s, policy=policy)


def met(tale: Tale) -> list[float]:
    return promise.met(tale, QUEUE_WAIT)


def breached(tale: Tale) -> list[float]:
    return promise.breached(tale, QUEUE_WAIT)


def standing(tale: Tale) -> dict[str, list[float]]:
    return promise.standing(tale, QUEUE_WAIT)


def tellings(tale: Tale) -> list[tuple[str, bool]]:
    """Instance, and whether it is breached or only at risk."""
    contents: list[SlaTold] = [content for name, content in CALLS.tellings(tale.state, POLICY) if name[0] == VOICE]
    return [(content.instance, content.breached_ms >= 0) for content in contents]


def test_an_answer_up_to_the_due_instant_keeps_the_promise():
    assert (met(told(queued(0), answered(30))), breached(told(queued(0), answered(30)))) == ([30], [])
    late = told(queued(0), answered(30.001))
    assert (met(late), breached(late)) == ([], [30])


def test_who_waits_too_long_is_breached_by_the_clock_and_stands_so_until_the_wait_is_over():
    assert standing(told(queued(0), now_s=24)) == {"due": [30]}
    assert standing(told(queued(0), now_s=24.001)) == {"due": [30], "at_risk": [24]}
    assert standing(told(queued(0), now_s=31)) == {"breached": [30]}
    assert standing(told(queued(0), answered(40))) == {}
    assert breached(told(queued(0), now_s=31)) == [30]
    assert told(queued(0), now_s=31).count(f.SLA_BREACHED[QUEUE_WAIT], BILLING) == 1


def test_the_fold_says_when_the_clock_passes_next():
    for now_s, next_s in ((0, 20), (20.001, 24), (24.001, 30), (30.001, 4 * HOUR)):
        due_ms = CALLS.due_ms(told(queued(0), now_s=now_s).state, POLICY)
        assert due_ms == ms(next_s) + (
            1 if next_s < HOUR else 0
        )  # the service level at 20 s passes as a promise does, a limit at its instant


@pytest.mark.parametrize("end", [abandoned(29), left(29), left(29, "callback"), blocked(29), ended(29, "agent"), ended(29, "customer")])
def test_any_other_end_before_it_is_due_counts_nowhere(end: Any):
    tale = told(queued(0), end, now_s=HOUR)
    assert met(tale) == breached(tale) == []
    assert standing(tale) == {}
    assert tellings(tale) == [("e00", False)]  # it was at risk


def test_who_rejoins_was_never_gone():
    tale = told(queued(0), abandoned(10), rejoined(20), now_s=31)
    assert breached(tale) == [30]
    in_time = told(queued(0), abandoned(10), rejoined(20), answered(25))
    assert met(in_time) == [25]
    away = told(queued(0), abandoned(10), rejoined(60), answered(61))
    assert breached(away) == [30]


def test_every_visit_has_a_clock_of_its_own_where_something_is_promised():
    tale = told(queued(0), answered(35), queued(100), answered(110), queued(200, "support"), now_s=HOUR)
    assert (met(tale), breached(tale)) == ([110], [30])
    assert tale.count(f.SLA_BREACHED[QUEUE_WAIT], SUPPORT) == 0
    assert tellings(tale) == [("e00", True)]


def test_a_visit_that_nobody_saw_end_is_breached_before_its_limit():
    tale = told(queued(0), now_s=5 * HOUR)
    assert breached(tale) == [30]
    assert standing(tale) == {}
    assert tale.count(f.CALLS_UNOBSERVED) == 1


@given(call_histories(), st.lists(st.integers(0, 86_400_000), max_size=4), st.integers(0, 30))
def test_any_history_comes_to_the_same_with_a_clock_that_ticks_and_a_row_in_between(history, ticks, cut):
    """Stepped in order, with the clock let pass wherever it may be, and written and read at some place."""
    history.sort(key=lambda event: (event.time, event.seq, event.RANK, event.id))
    expected: list[Fact] = []
    at_once = CALLS.begin(None, history)
    for event in history:
        CALLS.step(at_once, event, PROMISES, expected)
    end_ms = history[-1].time + 86_400_000
    CALLS.pass_due(at_once, end_ms, PROMISES, expected)

    facts: list[Fact] = []
    state = CALLS.begin(None, history)
    moments = sorted(history[0].time + tick for tick in ticks)
    for number, event in enumerate(history):
        while moments and moments[0] < event.time:
            before = state.copy()
            some: list[Fact] = []
            CALLS.pass_due(state, moments.pop(0), PROMISES, some)
            if state.timed_out:  # what comes after a limit folds the case anew
                state, some = before, []
            facts += some
        if number == cut:
            state = type(state).of(state.row())
        CALLS.step(state, event, PROMISES, facts)
    CALLS.pass_due(state, end_ms, PROMISES, facts)
    assert net(facts) == net(expected)
    assert CALLS.standings(state) == CALLS.standings(at_once)
    assert CALLS.tellings(state, PROMISES) == CALLS.tellings(at_once, PROMISES)
    assert state == at_once
