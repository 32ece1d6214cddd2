"""Agents in a shard: any order and repetition of events, heartbeats that come late or twice, crashes and clock ticks lead to one end."""

from __future__ import annotations

from collections import Counter
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from schemas import fields as f
from schemas.events import AgentEvent
from schemas.values import DAY_MS, HOUR_MS, Cell, EpochMs
from streams.testing.histories import histories
from streams.testing.wire import to_wire
from tests.core.cases.agent_tales import BILLING, EVERYONE, HOUR, START_MS, beating, beats, fold, ms, ordered, says
from tests.core.driving import KeptShard, settings

DAY = 24 * HOUR


def desk(**changes: Any) -> KeptShard:
    return KeptShard(settings(topics={"agents": "agents"}, **changes))


def tell(shard: KeptShard, *told: AgentEvent | list[Any]) -> None:
    for event in ordered(event for one in told for event in (one if isinstance(one, list) else [one])):
        shard.says("agents", to_wire(event)[1])


def totals(shard: KeptShard) -> dict[tuple[int, Cell], int]:
    return {(field, cell): n for cell, sums in shard.board(shard.shard.now_ms).totals.items() for field, n in sums.items()}


def stands(shard: KeptShard) -> list[tuple[int, Cell, int]]:
    return [(standing, cell, start_ms) for standing, cell, starts in shard.shard.standings.starts() for start_ms in starts]


def test_a_heartbeat_leaves_nothing_in_the_log():
    shard = desk()
    tell(shard, says(0, "available", "billing"), beating(0, HOUR))
    (row,) = (len(value) for key, value in shard.state.items() if key.startswith(b"a"))
    more = desk()
    tell(more, says(0, "available", "billing"), beating(0, 3 * HOUR))
    (longer,) = (len(value) for key, value in more.state.items() if key.startswith(b"a"))
    assert row == longer


def test_silence_counts_by_the_clock_without_an_event():
    shard = desk()
    tell(shard, says(0, "busy"), beats(0))
    shard.at(ms(89.999))
    assert totals(shard).get((f.AGENTS_TIMED_OUT, EVERYONE)) is None
    shard.at(ms(90))
    assert totals(shard)[f.AGENTS_TIMED_OUT, EVERYONE] == 1
    assert stands(shard) == [(f.AGENTS["offline"], EVERYONE, ms(90)), (f.QUEUE_AGENTS["offline"], EVERYONE, ms(90))]


def test_a_heartbeat_that_comes_late_takes_the_absence_back_also_after_a_crash():
    shard = desk()
    tell(shard, says(0, "busy"), beats(0))
    shard.at(ms(120))
    shard.crash()
    tell(shard, beats(60))
    assert (f.AGENTS_TIMED_OUT, EVERYONE) not in totals(shard)
    assert stands(shard)[0] == (f.AGENTS["busy"], EVERYONE, ms(0))
    shard.at(ms(150))
    assert totals(shard)[f.AGENTS_TIMED_OUT, EVERYONE] == 1


def test_a_word_that_comes_late_takes_the_absence_back():
    shard = desk()
    tell(shard, says(0, "busy", "billing"))
    shard.at(ms(16 * HOUR))
    assert totals(shard)[f.AGENTS_TIMED_OUT, EVERYONE] == 1
    tell(shard, says(8 * HOUR, "available", "billing", id="late"))
    assert totals(shard) == {
        (f.STAFFED, EVERYONE): 1,
        (f.STAFFED + 1, EVERYONE): START_MS,
        (f.QUEUE_STAFFED, BILLING): 1,
        (f.QUEUE_STAFFED + 1, BILLING): START_MS,
        (f.OCCUPIED + 1, EVERYONE): -8 * HOUR_MS,
        (f.QUEUE_OCCUPIED + 1, BILLING): -8 * HOUR_MS,
    }


def test_the_same_heartbeat_again_is_a_duplicate():
    shard = desk()
    tell(shard, beats(0, 30, 30, 0))
    assert (shard.count("accepted"), shard.count("duplicate")) == (2, 2)


def test_an_agent_is_never_forgotten_and_what_lies_before_the_lateness_is_too_late():
    shard = desk()
    tell(shard, says(0, "available", "billing"), says(HOUR, "offline"))
    shard.at(ms(400 * DAY))
    tell(shard, says(400 * DAY, "available", id="back"), says(2 * HOUR, "busy", id="old"), beats(3 * HOUR))
    assert shard.count("rejected.too_late") == 2
    assert stands(shard) == [(f.AGENTS["available"], EVERYONE, ms(400 * DAY)), (f.QUEUE_AGENTS["available"], BILLING, ms(400 * DAY))]


@given(histories("agents"), st.randoms(use_true_random=False), st.integers(0, 2 * DAY_MS))
def test_any_order_repeats_crashes_and_ticks_lead_to_what_the_events_say(events, rng, later_ms):
    now_ms = EpochMs(max(event.time for event in events) + later_ms)
    tale = fold(events, now_ms)
    mixed = events + rng.choices(events, k=4)
    rng.shuffle(mixed)
    shard = desk()
    for event in mixed:
        shard.produce("agents", to_wire(event)[1])
    while shard.shard.positions["agents"] < len(mixed):
        shard.read("agents", rng.randint(1, 3))
        rng.choice([shard.checkpoint, shard.crash, lambda: shard.at(rng.randint(shard.shard.now_ms, now_ms))])()
    shard.at(now_ms)
    expected: Counter[tuple[int, Cell]] = Counter()
    for (field, _, cell, _), weight in tale.facts.items():
        expected[field, cell] += weight
    assert totals(shard) == {key: amount for key, amount in expected.items() if amount}
    assert sorted(stands(shard)) == sorted(tale.standings)


@given(histories("agents"), st.randoms(use_true_random=False))
def test_sealing_changes_nothing_for_events_that_come_in_time(events, rng):
    """Told in order with a lateness of an hour; an event is repeated now and then, and all are read again from their rows."""
    told = sorted(events, key=lambda event: (event.time, event.seq, event.RANK, event.id))
    shard, whole = desk(lateness_ms=HOUR_MS), desk()
    for one in (shard, whole):
        for event in told:
            one.says("agents", to_wire(event)[1])
            one.at(event.time)
            one.says(
                "agents",
                to_wire(rng.choice([other for other in told if other.time >= event.time - HOUR_MS and other.time <= event.time]))[1],
            )
            if rng.random() < 0.3:
                one.crash()
    assert totals(shard) == totals(whole)
    assert sorted(stands(shard)) == sorted(stands(whole))
