"""Whatever an agent's events are: what the fold says is what the contract says of each instant, read off the events."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from schemas import fields as f
from schemas.events import AgentEvent, AgentState
from schemas.values import DAY_MS, HOUR_MS, SECOND_MS, Cell
from streams.testing.histories import histories
from tests.core.cases.agent_tales import EVERYONE, OCCUPIED, STAFFED, STATES, fold, ordered, queues_at, shown_at, silences

LATER = st.one_of(st.integers(0, 200 * SECOND_MS), st.sampled_from((90 * SECOND_MS, 16 * HOUR_MS)), st.integers(0, 2 * DAY_MS))


def moments(events: list[AgentEvent], now_ms: int) -> list[int]:
    """Every instant up to `now_ms` at which anything may change, ascending."""
    found = {now_ms}
    for event in events:
        found |= {event.time, event.time + 90 * SECOND_MS, event.time + 16 * HOUR_MS}
        if isinstance(event, AgentState) and event.until is not None:
            found.add(max(event.until, event.time))
    return sorted(at_ms for at_ms in found if at_ms <= now_ms)


def planned(events: list[AgentEvent], at_ms: int) -> bool:
    """Whether a state was told then that was over before it began."""
    return any(isinstance(event, AgentState) and event.until is not None and event.until <= at_ms == event.time for event in events)


@given(histories("agents"), LATER)
def test_what_is_in_force_and_since_when_is_what_the_events_say(events, later_ms):
    now_ms = max(event.time for event in events) + later_ms
    tale = fold(events, now_ms)
    history = [(at_ms, shown_at(events, at_ms)) for at_ms in moments(events, now_ms)]
    ((state, since_ms),) = [(STATES[standing], start_ms) for standing, _, start_ms in tale.standings if standing in STATES]
    assert since_ms in dict(history)
    assert {shown for at_ms, shown in history if at_ms >= since_ms} == {state}
    before = [shown for at_ms, shown in history if at_ms < since_ms]
    # Who is something else for no time at all begins anew.
    assert not before or before[-1] != state or sum(event.time == since_ms for event in events) > 1 or planned(events, since_ms)
    assert set(tale.queues) == (queues_at(events, now_ms) or {""})


@given(histories("agents"), LATER)
def test_every_silence_is_counted_at_its_instant(events, later_ms):
    now_ms = max(event.time for event in events) + later_ms
    found = [at_ms for (field, at_ms, _, _), n in fold(events, now_ms).facts.items() if field == f.AGENTS_TIMED_OUT for _ in range(n)]
    assert sorted(found) == silences(events, now_ms)


@given(histories("agents"), LATER, st.sampled_from(["", "billing", "support"]))
def test_spells_turn_where_the_state_does(events, later_ms, queue):
    """Beginnings less ends up to any instant are 1 while it is so, 0 while it is not."""
    now_ms = max(event.time for event in events) + later_ms
    facts = fold(ordered(events), now_ms).facts
    for spell, of_queue, states in ((f.STAFFED, f.QUEUE_STAFFED, STAFFED), (f.OCCUPIED, f.QUEUE_OCCUPIED, OCCUPIED)):
        for field, cell, there in (
            (spell, EVERYONE, lambda at_ms: True),
            (of_queue, Cell(queue, "", ""), lambda at_ms: queue in (queues_at(events, at_ms) or {""})),
        ):
            for at_ms in moments(events, now_ms):
                running = sum(n for (own, turn_ms, at, _), n in facts.items() if own == field and at == cell and turn_ms <= at_ms)
                assert running == (shown_at(events, at_ms) in states and there(at_ms))
