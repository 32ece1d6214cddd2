"""Counts of what is true until further notice, by their starts (metrics.md, section 1)."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import fields as f
from schemas.state import read_key, standing_key
from schemas.values import DAY_MS, Cell
from streams.core.panes.standings import FEW_STARTS, ROW_STARTS, Standings

BILLING, SUPPORT = Cell("billing", "phone", "normal"), Cell("support", "phone", "normal")
NOON_MS = 19_000 * DAY_MS + DAY_MS // 2

Rows = dict[bytes, dict[int, int]]


def changes(standings: Standings) -> dict[bytes, dict[int, int] | None]:
    return {key: None if value is None else msgspec.msgpack.decode(value, type=dict[int, int]) for key, value in standings.take()}


def keep(rows: Rows, standings: Standings) -> None:
    """What a log that forgets replaced rows holds after a checkpoint."""
    for key, value in changes(standings).items():
        if value is None:
            rows.pop(key, None)
        else:
            rows[key] = value


def restored(rows: Rows) -> Standings:
    standings = Standings()
    for key, value in rows.items():
        standings.restore(key, msgspec.msgpack.encode(value))
    return standings


def all_starts(standings: Standings) -> Counter[tuple[int, Cell, int]]:
    found: Counter[tuple[int, Cell, int]] = Counter()
    for standing, cell, starts in standings.starts():
        for start_ms, count in starts.items():
            found[standing, cell, start_ms] += count
    return found


def test_a_row_holds_how_many_stand_since_which_instant():
    standings = Standings()
    standings.change((), [(f.WAITING, BILLING, NOON_MS), (f.UNDECIDED, BILLING, NOON_MS)])
    standings.change((), [(f.WAITING, BILLING, NOON_MS)])
    standings.change((), [(f.WAITING, BILLING, NOON_MS + 9 * DAY_MS)])
    assert changes(standings) == {
        standing_key(f.WAITING, BILLING, 0): {NOON_MS: 2, NOON_MS + 9 * DAY_MS: 1},
        standing_key(f.UNDECIDED, BILLING, 0): {NOON_MS: 1},
    }
    assert standings.count(f.WAITING, BILLING) == standings.total(f.WAITING) == 3


def test_what_stands_no_longer_goes_and_an_empty_row_is_deleted():
    standings = Standings()
    standings.change((), [(f.WAITING, BILLING, NOON_MS)])
    standings.take()
    standings.change([(f.WAITING, BILLING, NOON_MS)], [(f.TALKING, BILLING, NOON_MS + 5)])
    assert changes(standings) == {standing_key(f.WAITING, BILLING, 0): None, standing_key(f.TALKING, BILLING, 0): {NOON_MS + 5: 1}}
    assert standings.count(f.WAITING, BILLING) == 0


def test_only_rows_that_changed_are_given():
    standings = Standings()
    standings.change((), [(f.WAITING, BILLING, NOON_MS), (f.WAITING, SUPPORT, NOON_MS)])
    standings.take()
    standings.change((), [(f.WAITING, SUPPORT, NOON_MS)])
    assert list(changes(standings)) == [standing_key(f.WAITING, SUPPORT, 0)]
    assert standings.take() == []


def test_of_what_stands_before_and_after_no_row_is_written():
    standings = Standings()
    standings.change((), [(f.OPEN, BILLING, 1), (f.OPEN, BILLING, 1), (f.WAITING, BILLING, 2)])
    standings.take()
    standings.change([(f.OPEN, BILLING, 1), (f.WAITING, BILLING, 2)], [(f.TALKING, BILLING, 3), (f.OPEN, BILLING, 1)])
    assert changes(standings) == {standing_key(f.WAITING, BILLING, 0): None, standing_key(f.TALKING, BILLING, 0): {3: 1}}
    standings.change([(f.OPEN, BILLING, 1), (f.OPEN, BILLING, 1)], [(f.OPEN, BILLING, 1)])
    assert changes(standings) == {standing_key(f.OPEN, BILLING, 0): {1: 1}}


def test_counts_are_by_cell_and_totals_over_all():
    standings = Standings()
    standings.change((), [(f.OPEN, BILLING, 1), (f.OPEN, SUPPORT, 2), (f.WAITING, SUPPORT, 3)])
    assert (standings.count(f.OPEN, BILLING), standings.count(f.OPEN, SUPPORT), standings.total(f.OPEN)) == (1, 1, 2)


def test_one_more_changes_one_row_of_bounded_length_however_many_stand():
    standings = Standings()
    rows: Rows = {}
    count = 40 * ROW_STARTS
    for number in range(count):
        standings.change((), [(f.OPEN, BILLING, NOON_MS + number)])
        changed = changes(standings)
        assert len(changed) <= 2, "the new row, and the one that it begins after"
        rows.update({key: row for key, row in changed.items() if row is not None})
    assert sorted(map(len, rows.values())) == [ROW_STARTS] * 40, "what comes in order fills its rows"
    standings.change((), [(f.OPEN, BILLING, NOON_MS + count // 2)])
    (again,) = changes(standings).values()
    assert again is not None
    assert len(again) == ROW_STARTS, "that instant has a place already: two stand since then"


def test_any_number_that_stands_since_one_instant_is_one_row():
    standings = Standings()
    for _ in range(10 * ROW_STARTS):
        standings.change((), [(f.OPEN, BILLING, NOON_MS)])
    assert changes(standings) == {standing_key(f.OPEN, BILLING, 0): {NOON_MS: 10 * ROW_STARTS}}


@pytest.mark.parametrize("step", [1, -1])
@pytest.mark.parametrize("kept", [0, 1, ROW_STARTS - 1])
def test_rows_of_which_little_is_left_become_one(kept, step):
    standings = Standings()
    rows: Rows = {}
    left = [NOON_MS + number for number in range(20 * ROW_STARTS)]
    standings.change((), [(f.OPEN, BILLING, start_ms) for start_ms in left])
    keep(rows, standings)
    assert len(rows) == 20
    for start_ms in [ms for ms in left if (ms - NOON_MS) % ROW_STARTS != kept][::step]:
        standings.change([(f.OPEN, BILLING, start_ms)], ())
        left.remove(start_ms)
        keep(rows, standings)
        assert sorted(ms for row in rows.values() for ms in row) == left, "a row that went into another is gone"
    assert len(rows) <= 2 * 20 / FEW_STARTS + 1


instants = st.one_of(st.integers(0, 40), st.integers(NOON_MS, NOON_MS + 300))
drafts = st.lists(st.tuples(st.sampled_from(["begin", "begin", "begin", "end", "end", "take", "crash"]), instants), max_size=400)


@given(drafts, st.booleans(), st.randoms(use_true_random=False))
def test_what_was_written_is_what_stands_whatever_begins_and_ends_in_which_order(draft, in_order, rng):
    if in_order:
        draft = [(what, NOON_MS + number) for number, (what, _) in enumerate(draft)]
    standings = Standings()
    stands: Counter[tuple[int, Cell, int]] = Counter()
    rows: Rows = {}
    for what, start_ms in draft:
        ended = rng.choice(list(stands)) if what == "end" and stands else None
        began = (rng.choice([f.OPEN, f.WAITING]), rng.choice([BILLING, SUPPORT]), start_ms) if what == "begin" else None
        standings.change([] if ended is None else [ended], [] if began is None else [began])
        stands.subtract([] if ended is None else [ended])
        stands.update([] if began is None else [began])
        stands = +stands
        if what in ("take", "crash"):
            keep(rows, standings)
            check_written(rows, stands)
        if what == "crash":
            standings = restored(rows)
            assert standings.take() == []
        assert all_starts(standings) == stands
        for standing in (f.OPEN, f.WAITING):
            assert standings.total(standing) == sum(count for one, count in stands.items() if one[0] == standing)
    keep(rows, standings)
    check_written(rows, stands)


def check_written(rows: Rows, stands: Counter[tuple[int, Cell, int]]) -> None:
    found: Counter[tuple[int, Cell, int]] = Counter()
    columns: dict[tuple[int, Cell], list[tuple[int, dict[int, int]]]] = {}
    for key, row in rows.items():
        _, standing, *labels, begin_ms = read_key(key)
        columns.setdefault((standing, Cell(*labels)), []).append((begin_ms, row))
        for start_ms, count in row.items():
            found[standing, Cell(*labels), start_ms] += count
    assert found == stands
    for column in columns.values():
        column.sort()
        assert all(0 < len(row) <= ROW_STARTS and min(row) >= begin_ms for begin_ms, row in column)
        assert all(max(row) < next_ms for (_, row), (next_ms, _) in pairwise(column))


def test_what_was_restored_goes_on_as_before():
    standings = Standings()
    rows: Rows = {}
    standings.change((), [(f.WAITING, BILLING, NOON_MS), (f.WAITING, BILLING, NOON_MS + 9), (f.WAITING, BILLING, NOON_MS + DAY_MS)])
    keep(rows, standings)
    again = restored(rows)
    assert again.count(f.WAITING, BILLING) == 3
    assert all_starts(again) == all_starts(standings)
    assert again.take() == []
    again.change([(f.WAITING, BILLING, NOON_MS)], ())
    assert changes(again) == {standing_key(f.WAITING, BILLING, 0): {NOON_MS + 9: 1, NOON_MS + DAY_MS: 1}}


def test_a_count_below_nothing_is_a_fault_of_ours():
    standings = Standings()
    standings.change((), [(f.WAITING, BILLING, NOON_MS)])
    with pytest.raises(AssertionError, match="negative standing"):
        standings.change([(f.WAITING, BILLING, NOON_MS + 1)], ())


def test_a_start_at_the_beginning_of_1970_is_one():
    standings = Standings()
    standings.change((), [(f.OPEN, BILLING, 0)])
    assert changes(standings) == {standing_key(f.OPEN, BILLING, 0): {0: 1}}
