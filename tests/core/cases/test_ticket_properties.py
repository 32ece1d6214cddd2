"""What holds for every ticket, whatever happened to it and in whatever order it became known."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from schemas import fields as f
from schemas.events import TicketEvent, TicketSnapshot
from schemas.values import EpochMs
from streams.core.cases.fold import NEVER_MS, Fact, Standing
from streams.core.cases.ticket_state import TicketStateRow
from streams.core.cases.tickets import TICKETS, TicketState
from streams.core.clocks.policy import Policy
from streams.testing.histories import ticket_histories
from streams.testing.promises import PROMISES
from tests.core.cases.tale import net
from tests.core.cases.ticket_tales import POLICY, Tale, fold, order

later_ms = st.sampled_from((0, 1, 60_000, 3_600_000, 3_600_001, 86_400_000, 86_400_001)) | st.integers(0, 3 * 86_400_000)
policies = st.sampled_from((POLICY, PROMISES, PROMISES))
histories = ticket_histories().map(lambda history: sorted(history, key=order))

OPENED = (f.TICKETS_CREATED, f.TICKETS_CARRIED_IN)
SETTLED = (f.TICKETS_RESOLVED_HOLDING, f.TICKETS_MERGED, f.TICKETS_DELETED)
UNRESOLVED = frozenset(f.UNRESOLVED.values())


class Follower:
    """Follows one ticket as a shard does: steps what fits, folds anew what does not, lets due instants pass."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self.events: list[TicketEvent] = []
        self.state = TICKETS.begin(None, ())
        self.facts: list[Fact] = []
        self.passed_ms = EpochMs(0)
        self.now_ms = EpochMs(0)

    def hear(self, event: TicketEvent) -> None:
        if any(event.id == known.id for known in self.events):
            return
        last = self.events[-1] if self.events else None
        in_order = last is None or order(last) < order(event)
        self.events = sorted([*self.events, event], key=order)
        if in_order and event.time > self.passed_ms and TICKETS.fits(self.state, event):
            TICKETS.step(self.state, event, self.policy, self.facts)
            return
        self.state, self.facts = TICKETS.begin(None, self.events), []
        for known in self.events:
            TICKETS.step(self.state, known, self.policy, self.facts)
        self.passed_ms = TICKETS.pass_due(self.state, self.now_ms, self.policy, self.facts)

    def advance(self, now_ms: EpochMs) -> None:
        """The clock never falls; an event that lies behind it may be due at once."""
        due_ms = TICKETS.due_ms(self.state, self.policy)
        now_ms = self.now_ms = max(now_ms, self.now_ms)
        before = len(self.facts)
        passed_ms = TICKETS.pass_due(self.state, now_ms, self.policy, self.facts)
        assert (passed_ms > 0) == (due_ms <= now_ms)
        assert len(self.facts) == before or passed_ms > 0
        assert TICKETS.due_ms(self.state, self.policy) > now_ms
        self.passed_ms = max(self.passed_ms, passed_ms)

    def check(self) -> None:
        if self.events:
            check_ledger(self.events[0], net(self.facts), TICKETS.standings(self.state))


def check_ledger(first: TicketEvent, facts: Counter[Any], standings: Sequence[Standing]) -> None:
    """metrics.md, sections 1 and 7: created and carried in is settled or unresolved, and growth is the change of unresolved."""

    def count(*fields: int) -> int:
        return sum(weight for (field, *_), weight in facts.items() if field in fields)

    unresolved = sum(standing in UNRESOLVED for standing, _, _ in standings)
    assert count(*OPENED) - count(*SETTLED) - unresolved == 0
    growth = count(f.TICKETS_CREATED, f.TICKETS_REOPENED) - count(f.TICKETS_RESOLVED, f.TICKETS_MERGED, f.TICKETS_DELETED)
    before = int(isinstance(first, TicketSnapshot) and first.status in f.UNRESOLVED)
    assert before + growth == unresolved


def final(history: Sequence[TicketEvent], now_ms: EpochMs, policy: Policy = POLICY) -> Tale:
    return fold(sorted(history, key=order), now_ms, policy)


@given(ticket_histories(), policies, st.randoms(use_true_random=False), later_ms)
def test_order_and_repeats_change_nothing(history, policy, rng, more_ms):
    now_ms = EpochMs(max(event.time for event in history) + more_ms)
    mixed = history + rng.choices(history, k=3)
    rng.shuffle(mixed)
    follower = Follower(policy)
    for event in mixed:
        follower.hear(event)
        follower.check()
    follower.advance(now_ms)
    expected = final(history, now_ms, policy)
    assert (net(follower.facts), TICKETS.standings(follower.state), follower.state) == expected
    assert TICKETS.tellings(follower.state, policy) == TICKETS.tellings(expected.state, policy)


@given(ticket_histories(), policies, st.lists(st.integers(0, 4 * 86_400_000), max_size=4), st.data())
def test_the_clock_may_pass_at_any_time_between_events(history, policy, ticks, data):
    """A clock that runs ahead of the events comes to the same numbers as one that waits for them."""
    start_ms = min(event.time for event in history)
    moments = [(event.time, event) for event in history] + [(EpochMs(start_ms + tick), None) for tick in ticks]
    follower = Follower(policy)
    for moment_ms, event in data.draw(st.permutations(moments)):
        if event is None:
            follower.advance(moment_ms)
        else:
            follower.hear(event)
        follower.check()
    now_ms = EpochMs(max(moment_ms for moment_ms, _ in moments))
    follower.advance(now_ms)
    assert (net(follower.facts), TICKETS.standings(follower.state), follower.state) == final(history, now_ms, policy)


@given(histories, policies, later_ms)
def test_the_ledger_is_0_after_every_event_and_every_due_instant(history, policy, more_ms):
    for length in range(1, len(history) + 1):
        tale = final(history[:length], EpochMs(history[length - 1].time + more_ms), policy)
        check_ledger(history[0], tale.facts, tale.standings)


@given(histories, policies, st.integers(0, 30))
def test_nothing_is_taken_back_that_was_not_asserted(history, policy, cut):
    """Also where ticket.created becomes known when all before it is sealed, so that only the rest can follow it."""
    facts: list[Fact] = []
    state = TICKETS.begin(None, history[:cut])
    for number, event in enumerate(history):
        if number == cut:
            state = TICKETS.begin(state, history[cut:])
        TICKETS.step(state, event, policy, facts)
        assert all(weight > 0 for weight in net(facts).values())
        check_ledger(history[0], net(facts), TICKETS.standings(state))
    assert all(weight in (1, -1) and at_ms >= 0 and value >= 0 for _, at_ms, _, value, weight in facts)


@given(histories, policies, st.integers(0, 30), later_ms)
def test_a_sealed_beginning_and_the_rest_are_the_whole_and_the_sealed_state_is_not_touched(history, policy, cut, more_ms):
    now_ms = EpochMs(history[-1].time + more_ms)
    facts: list[Fact] = []
    base = TICKETS.begin(None, history)
    for event in history[:cut]:
        TICKETS.step(base, event, policy, facts)
    row = msgspec.msgpack.encode(base.row())
    sealed = TicketState.of(msgspec.msgpack.decode(row, type=TicketStateRow))
    assert sealed == base
    state = TICKETS.begin(sealed, history[cut:])
    for event in history[cut:]:
        TICKETS.step(state, event, policy, facts)
    TICKETS.pass_due(state, now_ms, policy, facts)
    assert (net(facts), TICKETS.standings(state), state) == fold(history, now_ms, policy)
    assert msgspec.msgpack.encode(sealed.row()) == row


@given(histories, later_ms)
def test_a_ticket_has_one_status_or_has_ended(history, more_ms):
    tale = final(history, EpochMs(history[-1].time + more_ms))
    statuses = [standing for standing, _, _ in tale.standings if standing in UNRESOLVED]
    assert (len(statuses) == 1) == (TICKETS.ended_ms(tale.state) == NEVER_MS)
    names = [standing for standing, _, _ in tale.standings]
    assert len(set(names)) == len(names)
    assert not {f.FIRST_UNANSWERED, f.NEXT_UNANSWERED} <= set(names)
    assert f.OPEN not in names or f.FIRST_UNANSWERED in names or f.NEXT_UNANSWERED in names


@given(histories)
def test_a_ticket_is_created_or_carried_in_once_by_its_first_event(history):
    tale = final(history, history[-1].time)
    if isinstance(history[0], TicketSnapshot):
        assert tale.count(f.TICKETS_CREATED) == 0
        assert tale.count(f.TICKETS_CARRIED_IN) <= 1
    else:
        assert (tale.count(f.TICKETS_CREATED), tale.count(f.TICKETS_CARRIED_IN)) == (1, 0)


@given(histories, later_ms)
def test_every_answer_is_in_or_out_of_time_at_most_once_and_first_at_most_once(history, more_ms):
    tale = final(history, EpochMs(history[-1].time + more_ms))
    assert tale.count(f.FIRST_RESPONSE_HUMAN_IN) <= tale.count(f.FIRST_RESPONSE_HUMAN) <= 1
    assert tale.count(f.NEXT_RESPONSE_HUMAN_IN) <= tale.count(f.NEXT_RESPONSE_HUMAN)
    for duration, in_time, out in (
        (f.FIRST_RESPONSE_BOT, f.FIRST_RESPONSE_BOT_IN, f.FIRST_RESPONSE_BOT_OUT),
        (f.NEXT_RESPONSE_BOT, f.NEXT_RESPONSE_BOT_IN, f.NEXT_RESPONSE_BOT_OUT),
    ):
        assert tale.count(in_time) + tale.count(out) == tale.count(duration)
    assert tale.count(f.FIRST_RESPONSE_BOT) <= 1
