"""Counts of what is true until further notice, by their starts (metrics.md, section 1)."""

from __future__ import annotations

import msgspec
import pytest

from schemas import fields as f
from schemas.state import standing_key
from schemas.values import DAY_MS, Cell
from streams.core.panes.standings import Standings

BILLING, SUPPORT = Cell("billing", "phone", "normal"), Cell("support", "phone", "normal")
DAY = 19_000
NOON_MS = DAY * DAY_MS + DAY_MS // 2


def rows(standings: Standings) -> dict[bytes, dict[int, int] | None]:
    return {key: None if value is None else msgspec.msgpack.decode(value, type=dict[int, int]) for key, value in standings.take()}


def test_a_row_holds_how_many_stand_since_which_instant_of_a_utc_day():
    standings = Standings()
    standings.change((), [(f.WAITING, BILLING, NOON_MS), (f.UNDECIDED, BILLING, NOON_MS)])
    standings.change((), [(f.WAITING, BILLING, NOON_MS)])
    standings.change((), [(f.WAITING, BILLING, NOON_MS + DAY_MS - 1)])
    assert rows(standings) == {
        standing_key(f.WAITING, BILLING, DAY): {DAY_MS // 2: 2},
        standing_key(f.UNDECIDED, BILLING, DAY): {DAY_MS // 2: 1},
        standing_key(f.WAITING, BILLING, DAY + 1): {DAY_MS // 2 - 1: 1},
    }
    assert standings.count(f.WAITING, BILLING) == standings.total(f.WAITING) == 3


def test_what_stands_no_longer_goes_and_an_empty_day_deletes_its_row():
    standings = Standings()
    standings.change((), [(f.WAITING, BILLING, NOON_MS)])
    standings.take()
    standings.change([(f.WAITING, BILLING, NOON_MS)], [(f.TALKING, BILLING, NOON_MS + 5)])
    assert rows(standings) == {standing_key(f.WAITING, BILLING, DAY): None, standing_key(f.TALKING, BILLING, DAY): {DAY_MS // 2 + 5: 1}}
    assert standings.count(f.WAITING, BILLING) == 0


def test_only_rows_that_changed_are_given():
    standings = Standings()
    standings.change((), [(f.WAITING, BILLING, NOON_MS), (f.WAITING, SUPPORT, NOON_MS)])
    standings.take()
    standings.change((), [(f.WAITING, SUPPORT, NOON_MS)])
    assert list(rows(standings)) == [standing_key(f.WAITING, SUPPORT, DAY)]
    assert standings.take() == []


def test_counts_are_by_cell_and_totals_over_all():
    standings = Standings()
    standings.change((), [(f.OPEN, BILLING, 1), (f.OPEN, SUPPORT, 2), (f.WAITING, SUPPORT, 3)])
    assert (standings.count(f.OPEN, BILLING), standings.count(f.OPEN, SUPPORT), standings.total(f.OPEN)) == (1, 1, 2)


def test_what_was_restored_goes_on_as_before():
    standings, again = Standings(), Standings()
    standings.change((), [(f.WAITING, BILLING, NOON_MS), (f.WAITING, BILLING, NOON_MS + 9), (f.WAITING, BILLING, NOON_MS + DAY_MS)])
    for key, value in standings.take():
        assert value is not None
        again.restore(key, value)
    assert again.count(f.WAITING, BILLING) == 3
    assert sorted(again.by_day()) == sorted(standings.by_day())
    assert again.take() == []
    again.change([(f.WAITING, BILLING, NOON_MS)], ())
    assert rows(again) == {standing_key(f.WAITING, BILLING, DAY): {DAY_MS // 2 + 9: 1}}


def test_a_count_below_nothing_is_a_fault_of_ours():
    standings = Standings()
    standings.change([(f.WAITING, BILLING, NOON_MS)], ())
    with pytest.raises(AssertionError):
        standings.take()


def test_a_start_at_the_beginning_of_1970_is_one():
    standings = Standings()
    standings.change((), [(f.OPEN, BILLING, 0)])
    assert rows(standings) == {standing_key(f.OPEN, BILLING, 0): {0: 1}}
