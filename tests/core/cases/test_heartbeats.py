"""Heartbeats kept as runs: whatever the order, those that follow one another within 90 s are one run, and nothing between them is kept."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from streams.core.cases.heartbeats import RUNS_MAX, begun, hear

SECONDS = st.lists(st.integers(0, 1_000).map(lambda s: s * 1_000), min_size=1, max_size=40)


def runs_of(instants: list[int]) -> list[int]:
    runs: list[int] = []
    for at_ms in instants:
        hear(runs, at_ms)
    return runs


def test_heartbeats_without_a_silence_are_their_first_and_their_last():
    assert runs_of(list(range(0, 3_600_000, 30_000))) == [0, 3_570_000]


def test_90_seconds_are_no_silence_and_a_millisecond_more_is_one():
    assert runs_of([0, 90_000]) == [0, 90_000]
    assert runs_of([0, 90_001]) == [0, 0, 90_001, 90_001]


def test_one_that_comes_late_between_two_runs_makes_them_one():
    assert runs_of([0, 120_000, 60_000]) == [0, 120_000]


def test_one_that_is_known_is_nothing_new():
    runs = runs_of([0, 60_000, 300_000])
    assert [hear(runs, at_ms) for at_ms in (0, 30_000, 60_000, 300_000, 299_999)] == [False, False, False, False, True]


def test_of_too_many_silences_the_latest_are_kept():
    runs = runs_of([n * 100_000 for n in range(RUNS_MAX + 3)])
    assert (len(runs), runs[0]) == (2 * RUNS_MAX, 300_000)


@given(SECONDS, st.randoms(use_true_random=False))
def test_order_and_repeats_change_no_run(instants, rng):
    mixed = instants + rng.choices(instants, k=5)
    rng.shuffle(mixed)
    expected: list[int] = []
    for at_ms in sorted(set(instants)):
        if expected and at_ms - expected[-1] <= 90_000:
            expected[-1] = at_ms
        else:
            expected += [at_ms, at_ms]
    assert runs_of(mixed) == expected


@given(SECONDS, st.integers(0, 1_000_000))
def test_it_is_known_how_many_runs_began_by_an_instant(instants, at_ms):
    runs = runs_of(instants)
    assert begun(runs, at_ms) == sum(first < at_ms for first in runs[::2])
