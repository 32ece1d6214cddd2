"""Starts merged over shards and aged by the reader's clock (metrics.md, section 1)."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.values import DAY_MS
from streams.core.panes.ages import Ages

BEGIN_MS = 19_000 * DAY_MS


def ages_of(*rows: dict[int, int]) -> Ages:
    ages = Ages()
    for row in rows:
        ages.change({}, row)
    return ages


def test_an_age_is_that_of_the_oldest_start_of_all_shards_and_days():
    ages = Ages()
    assert (ages.count, ages.first_ms()) == (0, None)
    ages = ages_of({BEGIN_MS + 5_000: 1, BEGIN_MS + 9_000: 2}, {BEGIN_MS + 4_000: 1, BEGIN_MS + DAY_MS: 1})
    assert (ages.count, ages.first_ms()) == (5, BEGIN_MS + 4_000)


def test_how_many_began_before_an_instant_leaves_out_those_of_that_instant():
    ages = ages_of({BEGIN_MS: 1, BEGIN_MS + 5_000: 2, BEGIN_MS + 9_000: 3})
    assert [ages.before(BEGIN_MS + at) for at in (0, 1, 5_000, 5_001, 9_000, 9_001, DAY_MS, 9 * DAY_MS)] == [0, 1, 1, 3, 3, 6, 6, 6]
    assert ages.before(0) == 0


def test_what_a_shard_says_in_a_row_replaces_what_it_said_before():
    ages = ages_of({BEGIN_MS + 5_000: 4}, {BEGIN_MS + 5_000: 1, BEGIN_MS + 6_000: 1})
    ages.change({BEGIN_MS + 5_000: 4}, {BEGIN_MS + 7_000: 1})
    assert (ages.count, ages.first_ms(), ages.before(BEGIN_MS + 5_001)) == (3, BEGIN_MS + 5_000, 1)
    ages.change({BEGIN_MS + 5_000: 1, BEGIN_MS + 6_000: 1}, {})
    ages.change({BEGIN_MS + 7_000: 1}, {})
    assert (ages.count, ages.first_ms(), ages.before(9 * BEGIN_MS)) == (0, None, 0)


def test_a_copy_does_not_follow():
    ages = ages_of({BEGIN_MS + 5_000: 4})
    copy = ages.copied()
    ages.change({BEGIN_MS + 5_000: 4}, {BEGIN_MS + 6_000: 1})
    copy.change({}, {BEGIN_MS + DAY_MS + 1: 1})
    assert (ages.count, ages.first_ms()) == (1, BEGIN_MS + 6_000)
    assert (copy.count, copy.first_ms()) == (5, BEGIN_MS + 5_000)


def test_another_cell_is_added_and_stays_what_it_was():
    one, two, both = ages_of({BEGIN_MS + 5_000: 4}), ages_of({BEGIN_MS + 4_000: 1}, {BEGIN_MS + DAY_MS: 2}), Ages()
    both.include(one)
    both.include(two)
    assert (both.count, both.first_ms(), both.before(BEGIN_MS + 5_000), both.before(BEGIN_MS + 5_001)) == (7, BEGIN_MS + 4_000, 1, 5)
    assert (one.count, one.before(2 * BEGIN_MS), two.count, two.before(2 * BEGIN_MS)) == (4, 4, 3, 3)


def test_what_came_together_may_come_together_with_more():
    inner, outer = Ages(), Ages()
    for start_ms in (9_000, 5_000, 7_000):
        inner.include(ages_of({BEGIN_MS + start_ms: 1}))
    outer.include(inner)
    assert (outer.first_ms(), outer.before(BEGIN_MS + 7_000), outer.before(BEGIN_MS + 7_001)) == (BEGIN_MS + 5_000, 1, 2)
    outer.include(ages_of({BEGIN_MS + 6_000: 1}))
    assert (outer.count, outer.before(BEGIN_MS + 7_000), outer.before(BEGIN_MS + 9_001)) == (4, 2, 4)
    assert (inner.count, inner.before(BEGIN_MS + 9_001)) == (3, 3)


@pytest.mark.parametrize("gone", [{BEGIN_MS + 6_000: 1}, {BEGIN_MS + 5_000: 2}, {BEGIN_MS + 4_000: 1}, {BEGIN_MS + DAY_MS: 1}])
def test_what_ends_and_never_began_is_a_fault_of_ours(gone):
    ages = ages_of({BEGIN_MS + 5_000: 1, BEGIN_MS + 7_000: 1})
    with pytest.raises(AssertionError, match="do not stand"):
        ages.change(gone, {})


instants = st.one_of(st.integers(0, 8), st.integers(BEGIN_MS - 4, BEGIN_MS + 4), st.integers(0, 3 * DAY_MS))
starts = st.dictionaries(instants, st.integers(1, 4))
drafts = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2), st.one_of(st.just({}), starts), st.booleans()), max_size=30)


def check(ages: Ages, stands: Counter[int]) -> None:
    """They are as a list of all starts says."""
    assert ages.count == stands.total()
    assert ages.first_ms() == min(stands, default=None)
    for start_ms in (0, DAY_MS, BEGIN_MS, *stands):
        for at_ms in (start_ms - 1, start_ms, start_ms + 1):
            assert ages.before(at_ms) == sum(count for start, count in stands.items() if start < at_ms)


@given(drafts)
def test_they_are_what_a_list_of_all_starts_says_and_copies_what_it_said_when_they_were_made(draft):
    ages = Ages()
    rows: dict[tuple[int, int], dict[int, int]] = {}
    given_out: list[tuple[Ages, Counter[int]]] = []
    for partition, number, row, shown in draft:
        ages.change(rows.get((partition, number), {}), row)
        rows[partition, number] = row
        stands = sum((Counter(one) for one in rows.values()), Counter())
        check(ages, stands)
        if shown:  # as a board does: what it gave out stays, and it goes on with a copy
            given_out.append((ages, stands))
            ages = ages.copied()
    together, all_stand = Ages(), Counter[int]()
    for shown_ages, stood in given_out:
        check(shown_ages, stood)
        together.include(shown_ages)
        all_stand += stood
    check(together, all_stand)
    for shown_ages, stood in given_out:
        check(shown_ages, stood)
