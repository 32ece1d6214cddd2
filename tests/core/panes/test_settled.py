"""Counters that are settled once, whatever is told or restarted afterwards (output.md, section 3)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import fields as f
from schemas.state import DAY, MINUTE, OPEN, SETTLED, TOTAL, read_key
from schemas.values import DAY_MS, MINUTE_MS
from streams.core.cases.fold import Fact
from streams.core.panes.histogram import ABOVE_ALL, SUM_MS, bucket_field, bucket_of
from streams.core.panes.pane import Pane
from tests.core.panes.test_store import BILLING, DAY_NUMBER, NOON_MS, SUPPORT, Kept, offered, waited

# --- settled counters ------------------------------------------------------------------------------------------------


def test_a_minute_is_settled_once_when_it_has_been_over_for_a_minute():
    kept = Kept()
    kept.change(NOON_MS, offered(NOON_MS + 59_999))
    assert kept.store.open_before(NOON_MS // MINUTE_MS + 1)
    assert not kept.store.open_before(NOON_MS // MINUTE_MS)
    kept.change(NOON_MS + 2 * MINUTE_MS - 1)
    assert kept.settled() == 0
    assert kept.change(NOON_MS + 2 * MINUTE_MS) == {SETTLED}
    assert kept.settled() == 1
    assert not kept.store.open_before(NOON_MS // MINUTE_MS + 99)
    kept.change(NOON_MS + 9 * MINUTE_MS)
    assert kept.settled() == 1


def test_a_minute_that_is_still_open_may_change_as_it_likes():
    kept = Kept()
    kept.change(NOON_MS, offered(NOON_MS), offered(NOON_MS))
    kept.change(NOON_MS + 1, offered(NOON_MS, weight=-1))
    kept.change(NOON_MS + 2 * MINUTE_MS)
    assert kept.settled() == 1
    assert kept.corrections() == {}


def test_what_changes_after_is_a_correction_and_leaves_the_counter_alone():
    kept = Kept()
    kept.change(NOON_MS, offered(NOON_MS))
    kept.change(NOON_MS + 2 * MINUTE_MS)
    kept.change(NOON_MS + 2 * MINUTE_MS, offered(NOON_MS), offered(NOON_MS, SUPPORT))
    kept.change(NOON_MS + 2 * MINUTE_MS, offered(NOON_MS, weight=-1))
    kept.change(NOON_MS + 9 * MINUTE_MS)
    assert kept.settled() == 1
    assert kept.corrections() == {f.CALLS_OFFERED: [2, 1]}
    assert kept.pane(BILLING, DAY, DAY_NUMBER) == Pane(DAY_NUMBER * DAY_MS, {f.CALLS_OFFERED: 1})


def test_counts_of_durations_are_corrected_and_their_buckets_and_sums_are_not():
    kept = Kept()
    kept.change(NOON_MS + 2 * MINUTE_MS)
    kept.change(NOON_MS + 2 * MINUTE_MS, waited(NOON_MS, 5_000), (f.TALK_MS, NOON_MS, BILLING, 0, 700))
    assert kept.corrections() == {f.ANSWER_WAIT: [1, 0], f.TALK_MS: [700, 0]}


def test_settled_histograms_have_a_few_edges_and_a_sum():
    kept = Kept()
    kept.change(NOON_MS, *(waited(NOON_MS, wait_ms) for wait_ms in (900, 1_000, 1_001, 20_000, 77_777)))
    kept.change(NOON_MS + 2 * MINUTE_MS)
    assert kept.sums(SETTLED) == {
        f.ANSWER_WAIT: 5,
        f.ANSWER_WAIT + 1: 100_678,
        bucket_field(f.ANSWER_WAIT, bucket_of(1_000)): 2,
        bucket_field(f.ANSWER_WAIT, bucket_of(20_000)): 2,
        bucket_field(f.ANSWER_WAIT, ABOVE_ALL): 1,
        bucket_field(f.ANSWER_WAIT, SUM_MS): 100_678,
    }


# --- restart ---------------------------------------------------------------------------------------------------------


def test_after_a_restart_an_open_minute_is_settled_once_and_a_closed_one_not_again():
    kept = Kept()
    kept.change(NOON_MS, offered(NOON_MS))
    kept.restart()
    kept.change(NOON_MS + 2 * MINUTE_MS)
    assert kept.settled() == 1
    kept.restart()
    kept.change(NOON_MS + 3 * MINUTE_MS, offered(NOON_MS))
    kept.change(NOON_MS + 9 * MINUTE_MS)
    assert kept.settled() == 1
    assert kept.corrections() == {f.CALLS_OFFERED: [1, 0]}
    assert kept.store.totals == {BILLING: {f.CALLS_OFFERED: 2}}


def test_after_a_restart_a_pane_is_corrected_where_it_was_left():
    kept = Kept()
    kept.change(NOON_MS, waited(NOON_MS, 5_000), waited(NOON_MS, 9_000))
    kept.restart()
    kept.change(NOON_MS, waited(NOON_MS, 9_000, -1), waited(NOON_MS, 6_000))
    pane = kept.pane(BILLING, DAY, DAY_NUMBER)
    assert pane is not None
    assert (pane.sums[f.ANSWER_WAIT], pane.sums[f.ANSWER_WAIT + 1], pane.maxima) == (2, 11_000, {f.ANSWER_WAIT: [5_000, 6_000]})


def test_with_other_edges_settled_histograms_begin_anew_and_counters_go_on():
    kept = Kept()
    kept.change(NOON_MS, waited(NOON_MS, 900))
    kept.change(NOON_MS + 2 * MINUTE_MS)
    kept.restart({f.ANSWER_WAIT: (500, 20_000)})
    now_ms = NOON_MS + 3 * MINUTE_MS
    kept.change(now_ms, waited(now_ms, 600))
    kept.change(now_ms + 2 * MINUTE_MS)
    assert kept.sums(SETTLED) == {
        f.ANSWER_WAIT: 2,
        f.ANSWER_WAIT + 1: 1_500,
        bucket_field(f.ANSWER_WAIT, bucket_of(20_000)): 1,
        bucket_field(f.ANSWER_WAIT, SUM_MS): 600,
    }


def test_with_other_edges_the_rows_of_quiet_cells_begin_anew_too_and_stay_so_over_the_next_restart():
    kept = Kept()
    kept.change(NOON_MS, waited(NOON_MS, 900))
    kept.change(NOON_MS + 2 * MINUTE_MS)
    other = {f.ANSWER_WAIT: (500, 20_000)}
    kept.restart(other)
    kept.change(NOON_MS + 3 * MINUTE_MS, offered(NOON_MS + 3 * MINUTE_MS, SUPPORT))
    assert kept.sums(SETTLED) == {f.ANSWER_WAIT: 1, f.ANSWER_WAIT + 1: 900}


@pytest.mark.parametrize("restarts", [False, True])
def test_minutes_that_lose_their_slot_before_the_clock_has_passed_them_are_settled_all_the_same(restarts):
    """Five hours are read while the clock stands still, because another topic is behind: forwards, then some of it again."""
    kept = Kept()
    for minute in (*range(300), 10, 290):
        kept.change(NOON_MS, offered(NOON_MS + minute * MINUTE_MS))
    if restarts:
        kept.restart()
    kept.change(NOON_MS, offered(NOON_MS + 20 * MINUTE_MS))
    kept.change(NOON_MS + 100 * MINUTE_MS)
    if restarts:
        kept.restart()
    kept.change(NOON_MS + 400 * MINUTE_MS)
    assert kept.settled() == kept.sums(TOTAL)[f.CALLS_OFFERED] == 303
    assert kept.corrections() == {}
    assert not any(read_key(key)[0] == OPEN for key in kept.rows)


@pytest.mark.parametrize("aheads", [(0, 121), (121, 0)])
def test_minutes_of_one_slot_that_change_at_once_are_settled_all_the_same(aheads):
    """Hours are read between two checkpoints."""
    kept = Kept()
    facts = [offered(NOON_MS + ahead * MINUTE_MS) for ahead in aheads]
    kept.change(NOON_MS, facts[0])
    kept.change(NOON_MS, *reversed(facts), facts[1])
    assert kept.pane(BILLING, MINUTE, NOON_MS // MINUTE_MS) == Pane(NOON_MS + 121 * MINUTE_MS, {f.CALLS_OFFERED: 2})
    kept.restart()
    kept.change(NOON_MS + 400 * MINUTE_MS)
    assert kept.settled() == kept.sums(TOTAL)[f.CALLS_OFFERED] == 4


@given(
    st.lists(
        st.one_of(
            st.tuples(st.just("fact"), st.sampled_from((-3, 0, 1, 120, 121, 240, 300)), st.integers(1, 3)),
            st.tuples(st.just("back"), st.integers(0, 20), st.just(0)),
            st.tuples(st.just("tick"), st.sampled_from((0, 1, 2, 60, 119, 120, 121)), st.just(0)),
            st.tuples(st.just("restart"), st.just(0), st.just(0)),
        ),
        max_size=40,
    )
)
def test_counters_never_fall_and_with_the_corrections_they_make_the_totals(steps):
    kept = Kept()
    now_ms = NOON_MS
    told: list[Fact] = []
    before = 0
    for what, minutes, weight in steps:
        if what == "fact":
            told.append((f.CALLS_OFFERED, now_ms + minutes * MINUTE_MS, BILLING, 0, weight))
            kept.change(now_ms, told[-1])
        elif what == "back" and told:
            field, at_ms, cell, value, weight = told.pop(minutes % len(told))
            kept.change(now_ms, (field, at_ms, cell, value, -weight))
        elif what == "tick":
            now_ms += minutes * MINUTE_MS
            kept.change(now_ms)
        elif what == "restart":
            kept.restart()
        assert kept.settled() >= before
        before = kept.settled()
    kept.change(now_ms + 999 * MINUTE_MS)
    added, removed = kept.corrections().get(f.CALLS_OFFERED, [0, 0])
    assert kept.settled() + added - removed == kept.sums(TOTAL).get(f.CALLS_OFFERED, 0) == sum(fact[4] for fact in told)
