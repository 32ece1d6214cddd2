"""Numbers formed last, from sums and standings (metrics.md, sections 3, 5 and 6)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import fields as f
from streams.core.kpis.callers import Callers
from streams.core.kpis.formulas import AnswersNeeded, Count, Largest, Mean, Percentile, Ratio, Share
from streams.core.kpis.result import NO_SAMPLE, Result, wilson
from streams.core.kpis.standing import BacklogDays, Standing
from streams.core.panes.histogram import Ordered, bucket_field, bucket_of, by_duration, together
from streams.core.panes.pane import Sums

IN, DECIDED = Count((f.SERVICE_IN,)), Count((f.SERVICE_IN, f.SERVICE_OUT))


class Given(msgspec.Struct):
    """What a formula may look at, as the test says it."""

    sums: Sums = {}
    standings: dict[int, int] = {}
    all_sums: Sums = {}
    maxima: Mapping[int, list[int]] = {}
    target_ratio: float = 0.8
    days: float = 1.0
    window: str = "30d"
    cut: tuple[str, ...] = ()
    has_tickets: bool = True
    queue: str | None = None
    min_group: int = 5
    window_ms: tuple[int, int] = (0, 0)
    sums_after: Sums = {}

    def everywhere(self, standing: int) -> int:
        raise NotImplementedError

    def of_everyone(self, standing: int) -> int:
        raise NotImplementedError

    def lately(self) -> tuple[Sums, int]:
        raise NotImplementedError

    def histogram(self, durations: Sequence[int]) -> Ordered:
        found = by_duration(self.sums)
        return together([found[duration] for duration in durations if duration in found])

    def standing(self, standing: int) -> int:
        return self.standings.get(standing, 0)

    def oldest_age_ms(self, standings: Sequence[int]) -> int | None:
        raise NotImplementedError

    def aged(self, standings: Sequence[int], above_ms: int, up_to_ms: int | None) -> int:
        raise NotImplementedError

    def due(self, standings: Sequence[int], above_ms: int, up_to_ms: int) -> int:
        raise NotImplementedError

    def backlog(self, standings: Sequence[int]) -> int:
        raise NotImplementedError

    def backlog_after_ms(self) -> int:
        raise NotImplementedError


def level(in_time: int, out: int, target: float = 0.8) -> Given:
    return Given({f.SERVICE_IN: in_time, f.SERVICE_OUT: out}, target_ratio=target)


# --- ratios and their intervals --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("part", "whole", "low", "high"),
    [
        (0, 10, 0.0, 0.2775),
        (10, 10, 0.7225, 1.0),
        (1, 1, 0.2065, 1.0),
        (8, 10, 0.4902, 0.9433),
        (50, 100, 0.4038, 0.5962),
        (70, 100, 0.6042, 0.7811),
    ],
)
def test_wilson_intervals_are_those_of_the_textbook(part, whole, low, high):
    assert wilson(part, whole) == pytest.approx((low, high), abs=5e-5)


@given(st.integers(1, 10_000).flatmap(lambda whole: st.tuples(st.integers(0, whole), st.just(whole))))
def test_an_interval_holds_its_ratio_and_lies_within_0_and_1(part_whole):
    part, whole = part_whole
    low, high = wilson(part, whole)
    assert 0 <= low <= part / whole + 1e-12
    assert part / whole - 1e-12 <= high <= 1


def test_a_ratio_has_its_sample_and_an_interval_only_where_it_cannot_pass_1():
    assert Ratio(IN, DECIDED).of(level(8, 2)) == Result(0.8, 10, *wilson(8, 10))
    assert Ratio(IN, DECIDED, bounded=False).of(level(8, 2)) == Result(0.8, 10)
    assert Ratio(IN, Count((f.SERVICE_OUT,)), bounded=False).of(level(8, 2)) == Result(4.0, 2)


def test_without_a_denominator_there_is_no_sample():
    for formula in (
        Ratio(IN, DECIDED),
        Ratio(IN, DECIDED, False),
        Mean(IN, DECIDED),
        Percentile((f.HANDLE,), 50),
        Largest(f.ANSWER_WAIT),
        Share(IN),
    ):
        assert formula.of(Given()) == NO_SAMPLE == Result(None, 0, reason="no_sample")


def test_bounds_count_those_who_wait_undecided_as_late_or_as_in_time():
    view = Given({f.SERVICE_IN: 5, f.SERVICE_OUT: 5}, {f.UNDECIDED: 5})
    assert Ratio(IN, DECIDED, undecided=f.UNDECIDED).of(view)[:2] == (5 / 15, 15)
    assert Ratio(IN, DECIDED, undecided=f.UNDECIDED, undecided_in=True).of(view)[:2] == (10 / 15, 15)
    assert Ratio(IN, DECIDED, undecided=f.UNDECIDED).of(Given({}, {f.UNDECIDED: 2}))[:2] == (0.0, 2)


def test_who_waits_now_says_nothing_of_a_window_that_is_over():
    lowest, highest = Ratio(IN, DECIDED, undecided=f.UNDECIDED), Ratio(IN, DECIDED, undecided=f.UNDECIDED, undecided_in=True)
    sums = {f.SERVICE_IN: 5, f.SERVICE_OUT: 5}
    for window in ("last_interval", "yesterday", "last_week", "last_month"):
        assert {bound.of(Given(sums, {f.UNDECIDED: 5}, window=window))[:2] for bound in (lowest, highest)} == {(5 / 10, 10)}, window
        assert lowest.of(Given({}, {f.UNDECIDED: 5}, window=window)) == NO_SAMPLE, f"nothing was decided {window}"


# --- answers needed --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("in_time", "out", "target", "needed"),
    [
        (70, 30, 0.8, 50),  # 120 of 150
        (80, 20, 0.8, 0),
        (79, 21, 0.8, 5),  # 84 of 105
        (0, 1, 0.8, 4),
        (0, 0, 0.8, 0),
        (0, 1, 0.995, 199),
        (1, 2, 0.5, 1),
        (0, 3, 0.0, 0),
        (9, 4, 0.9, 27),  # 36 of 40
        (0, 1, 0.9999, 9_999),
    ],
)
def test_answers_in_a_row_that_bring_the_service_level_back_to_its_target(in_time, out, target, needed):
    assert AnswersNeeded(IN, DECIDED).of(level(in_time, out, target)) == Result(needed, in_time + out)


@given(st.integers(0, 500), st.integers(0, 500), st.integers(0, 9_999))
def test_so_many_answers_reach_it_and_one_less_does_not(in_time, out, basis_points):
    needed = AnswersNeeded(IN, DECIDED).of(level(in_time, out, basis_points / 10_000)).value
    assert isinstance(needed, int)
    assert (in_time + needed) * 10_000 >= basis_points * (in_time + out + needed)
    assert needed == 0 or (in_time + needed - 1) * 10_000 < basis_points * (in_time + out + needed - 1)


def test_a_target_of_100_per_cent_is_unreachable():
    assert AnswersNeeded(IN, DECIDED).of(level(9, 1, 1.0)) == Result(None, 10, reason="unreachable")


# --- lengths ---------------------------------------------------------------------------------------------------------


def waits(*values_ms: int) -> Sums:
    sums = {f.ANSWER_WAIT: len(values_ms), f.ANSWER_WAIT + 1: sum(values_ms)}
    for value_ms in values_ms:
        field = bucket_field(f.ANSWER_WAIT, bucket_of(value_ms))
        sums[field] = sums.get(field, 0) + 1
    return sums


def test_means_are_in_seconds_and_exact():
    assert Mean(Count((f.ANSWER_WAIT + 1,)), Count((f.ANSWER_WAIT,))).of(Given(waits(5_234, 5_236))) == Result(5.235, 2)


def test_percentiles_are_in_seconds_and_have_the_sample_of_all_durations_together():
    view = Given(waits(1_000, 2_000, 3_000) | {f.HANDLE: 1, bucket_field(f.HANDLE, bucket_of(9_000)): 1})
    assert Percentile((f.ANSWER_WAIT,), 50).of(view) == Result(2.0, 3)
    assert Percentile((f.ANSWER_WAIT, f.HANDLE), 95).of(view) == Result(9.0, 4)


def test_the_largest_is_exact():
    assert Largest(f.ANSWER_WAIT).of(Given(waits(5_234, 1_000), maxima={f.ANSWER_WAIT: [1_000, 5_234]})) == Result(5.234, 2)


# --- the rest --------------------------------------------------------------------------------------------------------


def test_a_count_adds_and_subtracts():
    assert Count((1, 2), (3,)).of(Given({1: 5, 2: 1, 3: 2, 4: 9})) == Result(4)


def test_distinct_callers_are_counted_once_however_often_they_were_blocked():
    by_cut = {f.CALLERS_BLOCKED[(), "latest"]: 2, f.CALLERS_BLOCKED[("queue",), "latest"]: 3, f.CALLERS_BLOCKED[(), "day"]: 7}
    assert Callers().of(Given(by_cut)) == Result(2)
    assert Callers().of(Given(by_cut, cut=("queue",))) == Result(3)
    assert Callers().of(Given(by_cut, window="yesterday")) == Result(7)
    assert Callers().of(Given(by_cut, window="5m", cut=("channel",))) == Result(0)


def test_in_a_stretch_before_that_is_none_of_the_calendar_nobody_knows_how_many_callers_were_the_same():
    assert Callers().of(Given({}, window="before 7d")) == NO_SAMPLE


def test_a_share_is_of_the_whole_site():
    assert Share(IN).of(Given({f.SERVICE_IN: 1}, all_sums={f.SERVICE_IN: 4}))[:2] == (0.25, 4)


def test_standings_add_up_over_kinds():
    assert Standing((f.WAITING, f.TALKING)).of(Given({}, {f.WAITING: 2, f.TALKING: 3, f.HOLDING: 4})) == Result(5)


def test_days_of_backlog_are_what_stands_by_the_pace_of_the_window():
    """30 unresolved, 21 resolved in 7 days: 10 days of work."""
    formula = BacklogDays((f.OPEN,), Count((f.TICKETS_RESOLVED,)))
    assert formula.of(Given({f.TICKETS_RESOLVED: 21}, {f.OPEN: 30}, days=7.0)) == Result(10.0, 21)
    assert formula.of(Given({}, {f.OPEN: 30}, days=7.0)) == NO_SAMPLE
    assert formula.of(Given({f.TICKETS_RESOLVED: 21}, {f.OPEN: 30}, days=0.0)) == NO_SAMPLE
