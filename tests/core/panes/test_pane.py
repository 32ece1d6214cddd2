"""What a pane holds, and how facts change it (metrics.md, sections 1 and 7)."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from schemas import fields as f
from schemas.values import MINUTE_MS, Cell
from streams.core.cases.fold import Fact
from streams.core.panes.addition import add_facts, add_sums, change_maxima
from streams.core.panes.histogram import bucket_field, bucket_of
from streams.core.panes.pane import KEEP_ALL, KEPT_MAXIMA, Delta, largest_ms

BILLING, SUPPORT = Cell("billing", "phone", "normal"), Cell("support", "phone", "normal")
MINUTE = 28_000_000
AT_MS = MINUTE * MINUTE_MS


def deltas(*facts: Fact, since_ms: int | None = None) -> dict[tuple[Cell, int], Delta]:
    found: dict[tuple[Cell, int], Delta] = {}
    add_facts(found, facts, MINUTE_MS, since_ms)
    return found


# --- facts -----------------------------------------------------------------------------------------------------------


def test_facts_are_added_up_by_cell_and_minute():
    found = deltas(
        (f.CALLS_OFFERED, AT_MS, BILLING, 0, 1),
        (f.CALLS_OFFERED, AT_MS + MINUTE_MS - 1, BILLING, 0, 1),
        (f.CALLS_OFFERED, AT_MS + MINUTE_MS, BILLING, 0, 1),
        (f.CALLS_OFFERED, AT_MS, SUPPORT, 0, 1),
        (f.TALK_MS, AT_MS, SUPPORT, 0, 7_500),
    )
    assert {key: delta.sums for key, delta in found.items()} == {
        (BILLING, MINUTE): {f.CALLS_OFFERED: 2},
        (BILLING, MINUTE + 1): {f.CALLS_OFFERED: 1},
        (SUPPORT, MINUTE): {f.CALLS_OFFERED: 1, f.TALK_MS: 7_500},
    }


def test_a_duration_has_a_count_a_sum_and_a_bucket():
    (delta,) = deltas((f.HANDLE, AT_MS, BILLING, 5_234, 1), (f.HANDLE, AT_MS, BILLING, 5_238, 1)).values()
    assert delta.sums == {f.HANDLE: 2, f.HANDLE + 1: 10_472, bucket_field(f.HANDLE, bucket_of(5_240)): 2}
    assert delta.values == []


def test_values_of_a_duration_with_a_maximum_are_told_too():
    (delta,) = deltas((f.ANSWER_WAIT, AT_MS, BILLING, 12_000, 1), (f.ANSWER_WAIT, AT_MS, BILLING, 9_000, -1)).values()
    assert delta.values == [(f.ANSWER_WAIT, 12_000, 1), (f.ANSWER_WAIT, 9_000, -1)]


def test_a_fact_that_is_taken_back_leaves_nothing_but_zeros():
    (delta,) = deltas((f.ANSWER_WAIT, AT_MS, BILLING, 12_000, 1), (f.ANSWER_WAIT, AT_MS, BILLING, 12_000, -1)).values()
    assert set(delta.sums.values()) == {0}
    sums = {f.CALLS_OFFERED: 3}
    add_sums(sums, delta.sums)
    assert sums == {f.CALLS_OFFERED: 3}


def test_facts_before_since_are_left_out_to_the_millisecond():
    found = deltas((f.CALLS_OFFERED, AT_MS + 499, BILLING, 0, 1), (f.CALLS_OFFERED, AT_MS + 500, BILLING, 0, 1), since_ms=AT_MS + 500)
    assert found[BILLING, MINUTE].sums == {f.CALLS_OFFERED: 1}


def test_sums_that_become_0_go():
    sums = {1: 5, 2: 3}
    add_sums(sums, {1: 2, 2: 3, 3: 4}, -1)
    assert sums == {1: 3, 3: -4}


# --- the largest values ----------------------------------------------------------------------------------------------


def changed(maxima: dict[int, list[int]], *changes: tuple[int, int]) -> list[int]:
    change_maxima(maxima, [(f.ANSWER_WAIT, value, weight) for value, weight in changes])
    return maxima.get(f.ANSWER_WAIT, [])


def test_the_eight_largest_values_are_kept():
    assert changed({}, *((value, 1) for value in (5, 3, 9, 9, 1, 8, 2, 7, 6, 4))) == [3, 4, 5, 6, 7, 8, 9, 9]
    assert KEPT_MAXIMA == 8


def test_a_retraction_removes_one_of_equal_values():
    assert changed({f.ANSWER_WAIT: [7, 9, 9]}, (9, -1)) == [7, 9]


def test_the_retraction_of_a_value_that_was_too_small_to_be_kept_changes_nothing():
    assert changed({f.ANSWER_WAIT: [7, 9, 9]}, (5, -1)) == [7, 9, 9]


def test_what_comes_and_goes_at_once_leaves_no_trace_in_either_order():
    assert changed({f.ANSWER_WAIT: [7, 9]}, (8, 1), (8, -1)) == [7, 9]
    assert changed({f.ANSWER_WAIT: [7, 9]}, (8, -1), (8, 1)) == [7, 9]


def test_a_report_keeps_all_of_them():
    maxima: dict[int, list[int]] = {}
    change_maxima(maxima, [(f.ANSWER_WAIT, value, 1) for value in range(50)], KEEP_ALL)
    assert maxima == {f.ANSWER_WAIT: list(range(50))}


TOP, LOW = bucket_of(5_234), bucket_of(100)


def test_the_largest_value_is_exact_while_one_of_the_top_bucket_is_kept_and_else_the_edge_of_that_bucket():
    assert largest_ms([(LOW, 1), (TOP, 2)], [100, 5_234]) == 5_234
    assert largest_ms([(LOW, 1), (TOP, 2)], []) == 5_240
    assert largest_ms([], []) is None


def test_a_smaller_value_that_came_after_all_kept_ones_were_taken_back_is_not_taken_for_the_largest():
    maxima: dict[int, list[int]] = {}
    changed(maxima, *((1_000 * value, 1) for value in range(1, 21)))
    changed(maxima, *((1_000 * value, -1) for value in range(13, 21)))
    assert changed(maxima, (5_000, 1)) == [5_000]
    ordered = [(bucket_of(1_000 * value), 1 + (value == 5)) for value in range(1, 13)]
    assert largest_ms(ordered, maxima[f.ANSWER_WAIT]) == 12_000


@given(st.lists(st.integers(0, 3_000), max_size=30), st.integers(0, 30), st.randoms(use_true_random=False))
def test_whatever_was_taken_back_the_largest_is_within_1_per_cent(values, gone, rng):
    maxima: dict[int, list[int]] = {}
    left: Counter[int] = Counter()
    changes = [(value, 1) for value in values] + [(value, -1) for value in rng.sample(values, min(gone, len(values)))]
    rng.shuffle(changes)
    for value, weight in changes:
        if weight > 0 or left[value]:
            changed(maxima, (value, weight))
            left[value] += weight
    left = +left
    ordered = sorted(Counter({bucket_of(value): 0 for value in left} | Counter(map(bucket_of, left.elements()))).items())
    found = largest_ms(ordered, maxima.get(f.ANSWER_WAIT, []))
    largest = max(left, default=None)
    if largest is None or found is None:
        assert found is largest
    else:
        assert largest <= found <= largest * 1.01
