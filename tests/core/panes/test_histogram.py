"""The decimal histogram: rounding up, edges, percentiles, a few edges out of many (metrics.md, section 1)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import fields as f
from schemas.values import HOUR_MS, MINUTE_MS, SECOND_MS
from streams.core.panes.histogram import ABOVE_ALL, SUM_MS, Edges, bucket_field, bucket_of, by_duration, edge_ms, percentile_ms, together
from streams.core.settings import ShardSettings

lengths_ms = st.one_of(st.integers(0, 2_000), st.integers(0, 20 * HOUR_MS), st.integers(0, 6 * 365 * 24 * HOUR_MS))


def histogram(values_ms):
    """(bucket, count) in order."""
    buckets = [bucket_of(value_ms) for value_ms in values_ms]
    return sorted({bucket: buckets.count(bucket) for bucket in buckets}.items())


@pytest.mark.parametrize(
    ("value_ms", "rounded_ms"),
    [
        (0, 0),
        (1, 1),
        (999, 999),
        (1_000, 1_000),
        (1_001, 1_010),
        (5_234, 5_240),
        (5_240, 5_240),
        (9_991, 10_000),
        (99_901, 100_000),
        (99_991, 100_000),
        (194_818_911_000, 195_000_000_000),
    ],
)
def test_a_duration_is_rounded_up_to_three_significant_digits(value_ms, rounded_ms):
    assert edge_ms(bucket_of(value_ms)) == rounded_ms


@pytest.mark.parametrize("threshold_ms", [5 * SECOND_MS, 20 * SECOND_MS, 90 * SECOND_MS, 4 * MINUTE_MS, HOUR_MS, 24 * HOUR_MS, 864_000_000])
def test_a_threshold_of_three_digits_is_an_edge(threshold_ms):
    assert edge_ms(bucket_of(threshold_ms)) == threshold_ms
    assert bucket_of(threshold_ms) < bucket_of(threshold_ms + 1)


@given(lengths_ms)
def test_a_bucket_errs_upwards_by_less_than_1_per_cent(value_ms):
    assert value_ms <= edge_ms(bucket_of(value_ms)) <= value_ms * 1.01


@given(lengths_ms, lengths_ms)
def test_buckets_have_the_order_of_their_values(one_ms, other_ms):
    if one_ms <= other_ms:
        assert bucket_of(one_ms) <= bucket_of(other_ms)


@given(lengths_ms)
def test_a_bucket_holds_its_own_edge(value_ms):
    assert bucket_of(edge_ms(bucket_of(value_ms))) == bucket_of(value_ms)


@given(lengths_ms, st.sampled_from(sorted(f.DURATIONS)))
def test_bucket_fields_lie_between_named_fields_and_callers(value_ms, duration):
    assert f.NAMED_FIELDS <= bucket_field(duration, bucket_of(value_ms)) < f.FIRST_AGENT
    assert bucket_of(value_ms) < SUM_MS < ABOVE_ALL


# --- percentiles -----------------------------------------------------------------------------------------------------


def test_percentiles_are_nearest_rank():
    """1, 2, ... 10 ms: half of them do not exceed 5, nine tenths do not exceed 9, and 95 % are only reached with the tenth."""
    ordered = histogram(range(1, 11))
    assert [percentile_ms(ordered, p) for p in (50, 90, 91, 95, 100)] == [5, 9, 10, 10, 10]
    assert percentile_ms(histogram([7]), 50) == 7
    assert percentile_ms(histogram([7, 7, 9]), 50) == 7
    assert percentile_ms(histogram([3, 8]), 50) == 3


def test_nothing_has_no_percentile():
    assert percentile_ms([], 50) is None


@given(st.lists(lengths_ms, min_size=1, max_size=60), st.sampled_from([50, 90, 95]))
def test_a_percentile_is_within_1_per_cent_of_the_value_at_its_rank(values_ms, per_cent):
    at_rank_ms = next(v for v in sorted(values_ms) if sum(w <= v for w in values_ms) * 100 >= per_cent * len(values_ms))
    found_ms = percentile_ms(histogram(values_ms), per_cent)
    assert found_ms is not None
    assert at_rank_ms <= found_ms <= at_rank_ms * 1.01


def test_histograms_are_found_among_other_sums_and_added_up():
    one, two = bucket_field(f.ANSWER_WAIT, bucket_of(1_000)), bucket_field(f.ANSWER_WAIT, bucket_of(2_000))
    other = bucket_field(f.HANDLE, bucket_of(500))
    sums = {f.CALLS_OFFERED: 9, two: 3, f.FIRST_AGENT | 5: 1, other: 4, one: 2, f.ANSWER_WAIT: 5, f.ANSWER_WAIT + 1: 8_000}
    found = by_duration(sums)
    assert found == {f.ANSWER_WAIT: [(bucket_of(1_000), 2), (bucket_of(2_000), 3)], f.HANDLE: [(bucket_of(500), 4)]}
    assert together([found[f.ANSWER_WAIT], [(bucket_of(1_000), 1), (bucket_of(500), 1)]]) == [
        (bucket_of(500), 1),
        (bucket_of(1_000), 3),
        (bucket_of(2_000), 3),
    ]
    assert together([]) == []
    assert by_duration({f.CALLS_OFFERED: 9}) == {}


# --- a few edges -----------------------------------------------------------------------------------------------------


def test_fine_buckets_are_added_up_to_a_few_edges_exactly():
    values_ms = (999, 1_000, 1_001, 4_990, 5_000, 5_001, 77_000)
    sums = {bucket_field(f.ANSWER_WAIT, bucket): count for bucket, count in histogram(values_ms)}
    sums |= {f.ANSWER_WAIT: 7, f.ANSWER_WAIT + 1: 94_991, f.CALLS_OFFERED: 8, bucket_field(f.HANDLE, 5): 1, f.HANDLE + 1: 5}
    assert Edges({f.ANSWER_WAIT: (1_000, 5_000)}).reduce(sums) == {
        bucket_field(f.ANSWER_WAIT, bucket_of(1_000)): 2,
        bucket_field(f.ANSWER_WAIT, bucket_of(5_000)): 3,
        bucket_field(f.ANSWER_WAIT, ABOVE_ALL): 2,
        bucket_field(f.ANSWER_WAIT, SUM_MS): 94_991,
    }


def test_an_edge_between_two_buckets_is_refused():
    with pytest.raises(AssertionError):
        Edges({f.ANSWER_WAIT: (1_234,)})


def test_the_edges_of_this_program_are_ends_of_buckets():
    Edges(ShardSettings(topics={}, partitions=1).edges_ms())
