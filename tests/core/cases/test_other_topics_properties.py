"""What holds for every survey, customer, view and entry, in whatever order its events became known."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import fields as f
from schemas.events import CustomerJoined
from schemas.values import DAY_MS, DurationMs
from streams.core.cases.fold import NEVER_MS, Fact
from streams.core.clocks.policy import Policy
from streams.testing.histories import histories
from tests.core.cases.other_tales import FOLDS, folded, net, order

POLICY = Policy(left_after_ms=DurationMs(DAY_MS // 4), zone="Europe/Riga", reset_minutes=60)
later_ms = st.sampled_from((0, 1, DAY_MS // 4 - 1, DAY_MS // 4, DAY_MS, 40 * DAY_MS)) | st.integers(0, 3 * DAY_MS)


class Follower:
    """Follows one case as a shard does: steps what fits, folds anew what does not, lets due instants pass."""

    def __init__(self, fold: Any) -> None:
        self.fold = fold
        self.events: list[Any] = []
        self.state = fold.begin(None, ())
        self.facts: list[Fact] = []
        self.passed_ms = 0
        self.now_ms = 0

    def hear(self, event: Any) -> None:
        if any(event.id == known.id for known in self.events):
            return
        in_order = not self.events or order(self.events[-1]) < order(event)
        self.events = sorted([*self.events, event], key=order)
        if in_order and event.time > self.passed_ms and self.fold.fits(self.state, event):
            self.fold.step(self.state, event, POLICY, self.facts)
            return
        self.state, self.facts = self.fold.begin(None, self.events), []
        for known in self.events:
            self.fold.step(self.state, known, POLICY, self.facts)
        self.passed_ms = self.fold.pass_due(self.state, self.now_ms, POLICY, self.facts)

    def advance(self, now_ms: int) -> None:
        self.now_ms = max(now_ms, self.now_ms)
        if self.fold.due_ms(self.state, POLICY) <= self.now_ms:
            self.passed_ms = self.fold.pass_due(self.state, self.now_ms, POLICY, self.facts)
            assert self.passed_ms
        assert self.fold.due_ms(self.state, POLICY) > self.now_ms


@pytest.mark.parametrize("topic", FOLDS)
@given(st.data(), st.randoms(use_true_random=False))
def test_order_repeats_and_the_moments_at_which_the_clock_moved_change_nothing(topic, data, rng):
    fold = FOLDS[topic]
    history = data.draw(histories(topic))
    told = history + rng.choices(history, k=3)
    rng.shuffle(told)
    follower = Follower(fold)
    for event in told:
        follower.hear(event)
        if rng.random() < 0.5:
            follower.advance(event.time + data.draw(later_ms))
    follower.advance(max(event.time for event in history))
    ordered = folded(fold, sorted(history, key=order), follower.now_ms, POLICY)
    assert net(follower.facts) == ordered.facts
    assert fold.standings(follower.state) == ordered.standings


@pytest.mark.parametrize("topic", FOLDS)
@given(st.data())
def test_a_base_state_and_the_rest_lead_to_the_same_as_all_events(topic, data):
    fold = FOLDS[topic]
    history = sorted(data.draw(histories(topic)), key=order)
    cut = data.draw(st.integers(0, len(history)))
    now_ms = history[-1].time + data.draw(later_ms)
    facts: list[Fact] = []
    state = fold.begin(None, history)
    for event in history[:cut]:
        fold.step(state, event, POLICY, facts)
    untouched = repr(state)
    rest = fold.begin(state, history[cut:])
    for event in history[cut:]:
        fold.step(rest, event, POLICY, facts)
    assert repr(state) == untouched, "a base is not changed"
    fold.pass_due(rest, now_ms, POLICY, facts)
    assert net(facts) == folded(fold, history, now_ms, POLICY).facts


@pytest.mark.parametrize("topic", FOLDS)
@given(st.data())
def test_a_customer_has_no_end_and_all_others_end_with_their_last_event(topic, data):
    fold = FOLDS[topic]
    history = sorted(data.draw(histories(topic)), key=order)
    state = fold.begin(None, history)
    for event in history:
        fold.step(state, event, POLICY, [])
    fold.pass_due(state, history[-1].time + 100 * DAY_MS, POLICY, [])
    assert fold.ended_ms(state) == (NEVER_MS if topic == "customers" else history[-1].time)


@given(histories("customers"), later_ms)
def test_joins_less_leaves_are_who_is_a_customer_and_was_none_before(history, later):
    """Counted with one who was a customer before the first event, as the fold takes them."""
    ordered = sorted(history, key=order)
    tale = folded(FOLDS["customers"], ordered, ordered[-1].time + later, POLICY)
    totals: Counter[int] = Counter()
    for (field, _, cell), amount in tale.facts.items():
        if not cell.about:
            totals[field] += amount
    before = len(tale.standings) - totals[f.CUSTOMERS_JOINED] + totals[f.CUSTOMERS_LEFT]
    first_joins = type(ordered[0]) is CustomerJoined
    assert before in ((0,) if first_joins else (0, 1))
    assert totals[f.CUSTOMERS_STAYING] in (0, 1)
    assert totals[f.CUSTOMERS_ACTIVE] == (totals[f.ACTIVITIES] > 0)
