"""Panes in ring slots, and totals since ever (metrics.md, section 2)."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from schemas import fields as f
from schemas.state import (
    CORRECTIONS,
    CORRECTIONS_KEY,
    DAY,
    MINUTE,
    MONTH,
    PANE,
    QUARTER,
    RING,
    SETTLED,
    TOTAL,
    cell_key,
    pane_key,
    read_key,
)
from schemas.values import DAY_MS, MINUTE_MS, SECOND_MS, Cell, EpochMs
from streams.core.cases.fold import Fact
from streams.core.clocks.days import Days
from streams.core.panes.addition import add_facts
from streams.core.panes.histogram import bucket_field, bucket_of
from streams.core.panes.pane import Delta, Pane
from streams.core.panes.store import PaneStore

BILLING, SUPPORT = Cell("billing", "phone", "normal"), Cell("support", "phone", "normal")
DAY_NUMBER = 20_500
NOON_MS = DAY_NUMBER * DAY_MS + DAY_MS // 2
EDGES = {f.ANSWER_WAIT: (1_000, 20_000)}


class Kept:
    """A store with the rows that it has written."""

    def __init__(self, zone: str = "UTC") -> None:
        self.zone = zone
        self.rows: dict[bytes, bytes | None] = {}
        self.store = PaneStore(Days(ZoneInfo(zone)), MINUTE_MS, EDGES)

    def change(self, now_ms: int, *facts: Fact) -> set[Any]:
        """Add facts at `now_ms`; gives the kinds of rows written, panes as (cell, resolution)."""
        deltas: dict[tuple[Cell, int], Delta] = {}
        add_facts(deltas, facts, MINUTE_MS)
        written = dict(self.store.change(deltas, EpochMs(now_ms)))
        self.rows = {key: value for key, value in (self.rows | written).items() if value is not None}
        return {(rest[0], rest[-2]) if kind == PANE else kind for kind, *rest in map(read_key, written)}

    def restart(self, edges: Any = EDGES) -> None:
        closed_minute = self.store.closed_minute
        self.store = PaneStore(Days(ZoneInfo(self.zone)), MINUTE_MS, edges)
        for key, value in self.rows.items():
            assert value is not None
            self.store.restore(key, value, closed_minute, edges is EDGES)

    def pane(self, cell: Cell, resolution: int, number: int) -> Pane | None:
        row = self.rows.get(pane_key(cell, resolution, number % RING[resolution]))
        return None if row is None else msgspec.msgpack.decode(row, type=Pane)

    def sums(self, kind: int, cell: Cell = BILLING) -> dict[int, int]:
        row = self.rows.get(cell_key(kind, cell))
        return {} if row is None else msgspec.msgpack.decode(row, type=dict[int, int])

    def settled(self, field: int = f.CALLS_OFFERED) -> int:
        return self.sums(SETTLED).get(field, 0)

    def corrections(self) -> dict[int, list[int]]:
        row = self.rows.get(CORRECTIONS_KEY)
        return {} if row is None else msgspec.msgpack.decode(row, type=dict[int, list[int]])


def offered(at_ms: int, cell: Cell = BILLING, weight: int = 1) -> Fact:
    return (f.CALLS_OFFERED, at_ms, cell, 0, weight)


def waited(at_ms: int, wait_ms: int, weight: int = 1) -> Fact:
    return (f.ANSWER_WAIT, at_ms, BILLING, wait_ms, weight)


# --- panes -----------------------------------------------------------------------------------------------------------


def test_a_fact_counts_in_its_minute_its_quarter_hour_and_its_day():
    kept = Kept()
    written = kept.change(NOON_MS, offered(NOON_MS), offered(NOON_MS + 61 * SECOND_MS))
    assert {(BILLING.queue, MINUTE), (BILLING.queue, QUARTER), (BILLING.queue, DAY), TOTAL, CORRECTIONS} == written
    minute = NOON_MS // MINUTE_MS
    assert kept.pane(BILLING, MINUTE, minute) == Pane(NOON_MS, {f.CALLS_OFFERED: 1})
    assert kept.pane(BILLING, MINUTE, minute + 1) == Pane(NOON_MS + MINUTE_MS, {f.CALLS_OFFERED: 1})
    assert kept.pane(BILLING, QUARTER, minute // 15) == Pane(NOON_MS, {f.CALLS_OFFERED: 2})
    assert kept.pane(BILLING, DAY, DAY_NUMBER) == Pane(DAY_NUMBER * DAY_MS, {f.CALLS_OFFERED: 2})


def test_a_day_is_that_of_the_zone():
    kept = Kept("Europe/Berlin")
    kept.change(NOON_MS + DAY_MS, offered(DAY_NUMBER * DAY_MS - 1))  # still the evening before in UTC, after midnight in Berlin
    assert kept.pane(BILLING, DAY, DAY_NUMBER) == Pane(DAY_NUMBER * DAY_MS - 3_600_000, {f.CALLS_OFFERED: 1})


def test_a_new_stretch_takes_the_slot_of_an_old_one():
    kept = Kept()
    later_ms = NOON_MS + 121 * MINUTE_MS
    kept.change(NOON_MS, offered(NOON_MS), offered(NOON_MS))
    kept.change(later_ms, offered(later_ms))
    minute = later_ms // MINUTE_MS
    assert kept.pane(BILLING, MINUTE, minute) == kept.pane(BILLING, MINUTE, minute - 121) == Pane(later_ms, {f.CALLS_OFFERED: 1})
    assert kept.pane(BILLING, QUARTER, NOON_MS // MINUTE_MS // 15) == Pane(NOON_MS, {f.CALLS_OFFERED: 2})


def test_a_fact_of_a_stretch_that_is_gone_counts_where_there_still_is_one():
    kept = Kept()
    now_ms = NOON_MS + 121 * MINUTE_MS
    kept.change(now_ms)

    def panes(at_ms: int) -> set[int]:
        return {what[1] for what in kept.change(now_ms, offered(at_ms)) if isinstance(what, tuple)}

    assert panes(NOON_MS + MINUTE_MS) == {MINUTE, QUARTER, DAY}
    assert panes(NOON_MS + 59_999) == {QUARTER, DAY}
    assert panes(now_ms - 49 * 60 * MINUTE_MS) == {QUARTER, DAY}
    assert panes(now_ms - 50 * 60 * MINUTE_MS) == {DAY}
    assert panes(now_ms - 34 * DAY_MS) == {DAY}
    assert panes(now_ms - 35 * DAY_MS) == {MONTH}
    assert panes(now_ms - 800 * DAY_MS) == set()
    assert kept.sums(TOTAL) == {f.CALLS_OFFERED: 7}


def test_what_is_read_far_ahead_of_the_clock_keeps_the_newest_in_the_slot_whichever_comes_first():
    """A worker that catches up reads hours of events before its clock goes on."""
    minute = NOON_MS // MINUTE_MS
    for order in ((0, 121), (121, 0)):
        kept = Kept()
        for ahead in order:
            kept.change(NOON_MS, offered(NOON_MS + ahead * MINUTE_MS))
        assert kept.pane(BILLING, MINUTE, minute) == Pane(NOON_MS + 121 * MINUTE_MS, {f.CALLS_OFFERED: 1})
        assert kept.sums(TOTAL) == {f.CALLS_OFFERED: 2}


def test_what_is_taken_back_leaves_no_entry():
    kept = Kept()
    kept.change(NOON_MS, offered(NOON_MS), waited(NOON_MS, 5_234), waited(NOON_MS, 7_000))
    kept.change(NOON_MS, waited(NOON_MS, 7_000, -1))
    assert kept.pane(BILLING, DAY, DAY_NUMBER) == Pane(
        DAY_NUMBER * DAY_MS,
        {f.CALLS_OFFERED: 1, f.ANSWER_WAIT: 1, f.ANSWER_WAIT + 1: 5_234, bucket_field(f.ANSWER_WAIT, bucket_of(5_234)): 1},
        {f.ANSWER_WAIT: [5_234]},
    )
    assert kept.sums(TOTAL) == {f.CALLS_OFFERED: 1, f.ANSWER_WAIT: 1, f.ANSWER_WAIT + 1: 5_234}  # no buckets since ever


def test_cells_are_apart():
    kept = Kept()
    kept.change(NOON_MS, offered(NOON_MS), offered(NOON_MS, SUPPORT))
    kept.change(NOON_MS, offered(NOON_MS, SUPPORT))
    assert kept.store.totals == {BILLING: {f.CALLS_OFFERED: 1}, SUPPORT: {f.CALLS_OFFERED: 2}}


def test_without_a_change_no_row_is_written():
    kept = Kept()
    kept.change(NOON_MS, offered(NOON_MS))
    assert kept.change(NOON_MS + 1) == set()


# --- spells ----------------------------------------------------------------------------------------------------------


def test_the_ends_of_a_spell_are_in_panes_and_totals_and_become_no_counter():
    """Begun at noon, ended five minutes later: nothing runs, and the instants differ by 300,000 ms. The end was known only much later."""
    kept = Kept()
    for now_ms, at_ms, weight in ((NOON_MS, NOON_MS, 1), (NOON_MS + DAY_MS // 4, NOON_MS + 5 * MINUTE_MS, -1)):
        kept.change(now_ms, (f.STAFFED, at_ms, BILLING, 0, weight), (f.STAFFED + 1, at_ms, BILLING, 0, weight * at_ms))
    pane = kept.pane(BILLING, DAY, DAY_NUMBER)
    assert pane is not None
    assert pane.sums == kept.store.totals[BILLING] == {f.STAFFED + 1: -5 * MINUTE_MS}
    assert kept.sums(SETTLED) == {}
    assert kept.corrections() == {}
