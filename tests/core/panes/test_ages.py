"""Starts merged over shards and aged by the reader's clock (metrics.md, section 1)."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from schemas.values import DAY_MS
from streams.core.panes.ages import Ages

DAY = 19_000
BEGIN_MS = DAY * DAY_MS


def test_an_age_is_that_of_the_oldest_start_of_all_shards_and_days():
    ages = Ages()
    assert (ages.count, ages.first_ms()) == (0, None)
    ages.set(0, DAY, {5_000: 1, 9_000: 2})
    ages.set(1, DAY, {4_000: 1})
    ages.set(1, DAY + 1, {0: 1})
    assert (ages.count, ages.first_ms()) == (5, BEGIN_MS + 4_000)


def test_how_many_began_before_an_instant_leaves_out_those_of_that_instant():
    ages = Ages()
    ages.set(0, DAY, {0: 1, 5_000: 2, 9_000: 3})
    assert [ages.before(BEGIN_MS + at) for at in (0, 1, 5_000, 5_001, 9_000, 9_001, DAY_MS, 9 * DAY_MS)] == [0, 1, 1, 3, 3, 6, 6, 6]
    assert ages.before(0) == 0


def test_what_a_shard_says_of_a_day_replaces_what_it_said_before():
    ages = Ages()
    ages.set(0, DAY, {5_000: 4})
    ages.set(1, DAY, {6_000: 1})
    ages.set(0, DAY, {7_000: 1})
    assert (ages.count, ages.first_ms()) == (2, BEGIN_MS + 6_000)
    ages.set(1, DAY, None)
    ages.set(0, DAY, {})
    assert (ages.count, ages.first_ms(), ages.before(9 * BEGIN_MS)) == (0, None, 0)


def test_a_copy_does_not_follow():
    ages = Ages()
    ages.set(0, DAY, {5_000: 4})
    copy = ages.copied()
    ages.set(0, DAY, None)
    copy.set(1, DAY, {1: 1})
    assert (ages.count, copy.count, copy.first_ms()) == (0, 5, BEGIN_MS + 1)


def test_another_cell_is_added_without_taking_the_place_of_the_same_shard_and_day():
    one, two, both = Ages(), Ages(), Ages()
    one.set(0, DAY, {5_000: 4})
    two.set(0, DAY, {6_000: 1})
    two.set(1, DAY + 1, {0: 2})
    both.include(one)
    both.include(two)
    assert (both.count, both.first_ms(), both.before(BEGIN_MS + 6_001)) == (7, BEGIN_MS + 5_000, 5)


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 3 * DAY_MS)), max_size=20), st.integers(-1, 3 * DAY_MS + 1))
def test_starts_before_an_instant_are_counted_whatever_shard_and_day_they_are_of(starts, at_ms):
    ages = Ages()
    by_day: dict[tuple[int, int], dict[int, int]] = {}
    for shard, start_ms in starts:
        day = by_day.setdefault((shard, start_ms // DAY_MS), {})
        day[start_ms % DAY_MS] = day.get(start_ms % DAY_MS, 0) + 1
    for (shard, day_number), of_day in by_day.items():
        ages.set(shard, day_number, of_day)
    assert ages.before(at_ms) == sum(start_ms < at_ms for _, start_ms in starts)
    assert ages.count == len(starts)
    assert ages.first_ms() == min((start_ms for _, start_ms in starts), default=None)
