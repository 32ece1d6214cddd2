"""Panes in their slots: whole, or with what was added lately in a row beside them. Who adds both up has what was counted."""

from __future__ import annotations

from collections.abc import Mapping
from zoneinfo import ZoneInfo

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from schemas import fields as f
from schemas.state import ADDED, DAY, PANE, added_key, pane_key, read_key
from schemas.values import DAY_MS, MINUTE_MS, Cell, EpochMs
from streams.core.cases.fold import Fact
from streams.core.clocks.days import Days
from streams.core.panes.addition import add_facts
from streams.core.panes.pane import Delta, Pane, merge
from streams.core.panes.slots import SHARE, WHOLE_BYTES, Slots
from streams.core.panes.store import PaneStore

CELL = Cell("billing", "phone", "normal")
KEY = pane_key(CELL, DAY, 3)
LONG = dict.fromkeys(range(10_000, 11_000), 1_000)
"""Of a pane that is not written whole."""


def long_pane() -> Slots:
    slots = Slots()
    slots.begin(KEY, DAY_MS, [Delta(LONG)])
    assert list(slots.take()) == [KEY]
    return slots


def read(row: bytes | None) -> Pane:
    assert row is not None
    return msgspec.msgpack.decode(row, type=Pane)


def test_the_key_of_what_was_added_names_the_same_slot():
    assert read_key(added_key(KEY)) == [ADDED, *read_key(KEY)[1:]]


def test_a_short_pane_is_written_whole():
    slots = Slots()
    slots.begin(KEY, DAY_MS, [Delta({1: 1})])
    slots.change(KEY, DAY_MS, [Delta({1: 1})])
    rows = slots.take()
    assert {key: read(row) for key, row in rows.items()} == {KEY: Pane(DAY_MS, {1: 2})}


def test_what_comes_to_a_long_pane_goes_into_a_row_of_its_own():
    slots = long_pane()
    slots.change(KEY, DAY_MS, [Delta({10_000: 1, 7: 2}, [(f.ANSWER_WAIT, 500, 1)])])
    rows = slots.take()
    assert {key: read(row) for key, row in rows.items()} == {added_key(KEY): Pane(DAY_MS, {10_000: 1, 7: 2}, {f.ANSWER_WAIT: [500]})}
    assert slots.pane(KEY) == Pane(DAY_MS, {**LONG, 10_000: 1_001, 7: 2}, {f.ANSWER_WAIT: [500]})


def test_what_was_added_is_put_into_the_pane_once_it_is_a_good_part_of_it():
    slots = long_pane()
    written, whole_bytes = [], len(msgspec.msgpack.encode(Pane(DAY_MS, LONG)))
    for field in range(10_000, 10_200):
        slots.change(KEY, DAY_MS, [Delta({field: 1})])
        written.append(slots.take())
    wholes = [rows[KEY] for rows in written if KEY in rows]
    assert 1 <= len(wholes) <= SHARE, "the pane is written seldom, and is not left to what is added"
    assert all(rows[added_key(KEY)] is None for rows in written if KEY in rows)
    assert all(len(row or b"") * SHARE <= whole_bytes * 1.2 for rows in written for key, row in rows.items() if key == added_key(KEY))
    assert sum(read(wholes[-1]).sums.values()) > 1_000_000


def test_much_that_comes_at_once_is_put_into_the_pane_at_once():
    slots = long_pane()
    slots.change(KEY, DAY_MS, [Delta(LONG)])
    rows = slots.take()
    assert read(rows[KEY]).sums == dict.fromkeys(LONG, 2_000)
    assert rows[added_key(KEY)] is None


def test_a_largest_value_that_goes_is_taken_out_of_the_pane_itself():
    slots = Slots()
    slots.begin(KEY, DAY_MS, [Delta(LONG, [(f.ANSWER_WAIT, 900, 1), (f.ANSWER_WAIT, 700, 1)])])
    slots.change(KEY, DAY_MS, [Delta({}, [(f.ANSWER_WAIT, 800, 1)])])
    slots.take()
    slots.change(KEY, DAY_MS, [Delta({}, [(f.ANSWER_WAIT, 900, -1)])])
    rows = slots.take()
    assert read(rows[KEY]).maxima == {f.ANSWER_WAIT: [700, 800]}
    assert rows[added_key(KEY)] is None


def test_another_stretch_takes_the_slot_with_both_of_its_rows():
    slots = long_pane()
    slots.change(KEY, DAY_MS, [Delta({7: 1})])
    slots.take()
    slots.begin(KEY, 2 * DAY_MS, [Delta({7: 5})])
    assert slots.start_ms(KEY) == 2 * DAY_MS
    rows = slots.take()
    assert read(rows[KEY]) == Pane(2 * DAY_MS, {7: 5})
    assert rows[added_key(KEY)] is None


def test_a_slot_knows_what_it_holds_after_a_restart_without_decoding_it():
    slots = long_pane()
    slots.change(KEY, DAY_MS, [Delta({7: 1})])
    again = Slots()
    for key, row in [(KEY, msgspec.msgpack.encode(Pane(DAY_MS, LONG))), *slots.take().items()]:
        assert row is not None
        again.restore(key, row)
    assert again.start_ms(KEY) == DAY_MS
    assert again.start_ms(pane_key(CELL, DAY, 4)) is None
    assert again.pane(KEY) == Pane(DAY_MS, {**LONG, 7: 1})


# --- a store of short panes is one of long ones ----------------------------------------------------------------------

Rows = Mapping[bytes, bytes]


class Written:
    """A store and all that it has written, as a log keeps it."""

    def __init__(self, whole_bytes: int) -> None:
        self.whole_bytes = whole_bytes
        self.rows: dict[bytes, bytes] = {}
        self.begin()

    def begin(self) -> None:
        self.store = PaneStore(Days(ZoneInfo("UTC")), MINUTE_MS, {}, self.whole_bytes)

    def change(self, facts: list[Fact], now_ms: int) -> None:
        deltas: dict[tuple[Cell, int], Delta] = {}
        add_facts(deltas, facts, MINUTE_MS)
        for key, row in self.store.change(deltas, EpochMs(now_ms)):
            if row is None:
                self.rows.pop(key, None)
            else:
                self.rows[key] = row

    def restart(self) -> None:
        closed_minute = self.store.closed_minute
        self.begin()
        for key, row in self.rows.items():
            self.store.restore(key, row, closed_minute, True)

    def panes(self) -> dict[tuple[object, ...], Pane]:
        """Slot -> what was counted there."""
        found: dict[tuple[object, ...], list[Pane]] = {}
        for key, row in self.rows.items():
            kind, *slot = read_key(key)
            if kind in (PANE, ADDED):
                found.setdefault(tuple(slot), []).append(read(row))
        assert all(len({pane.start_ms for pane in panes}) == 1 for panes in found.values()), "both rows are of one stretch"
        return {slot: Pane(panes[0].start_ms, *merge(panes)) for slot, panes in found.items()}

    def others(self) -> Rows:
        return {key: row for key, row in self.rows.items() if read_key(key)[0] not in (PANE, ADDED)}


facts = st.tuples(
    st.sampled_from([f.ANSWER_WAIT, f.CALLS_OFFERED, f.HANDLE]),
    st.sampled_from([0, MINUTE_MS, 20 * MINUTE_MS, 3 * 60 * MINUTE_MS, DAY_MS, 36 * DAY_MS, 70 * DAY_MS]),
    st.integers(1, 12).map(lambda tens: tens * 10_000),
)


@given(st.lists(st.tuples(st.lists(facts, max_size=12), st.integers(0, 40 * 24 * 60), st.booleans(), st.integers(0, 3)), max_size=25))
def test_what_is_counted_is_the_same_however_the_rows_are_cut(steps):
    whole, cut = Written(1 << 30), Written(0)
    now_ms = 20_000 * DAY_MS
    known: list[Fact] = []
    for came, later_minutes, restart, go in steps:
        now_ms += later_minutes * MINUTE_MS
        new: list[Fact] = [(field, now_ms - ago_ms, CELL, value, 1) for field, ago_ms, value in came]
        gone = [known.pop() for _ in range(min(go, len(known)))]
        taken_back: list[Fact] = [(field, at_ms, cell, value, -1) for field, at_ms, cell, value, _ in gone]
        known += new
        for one in (whole, cut):
            one.change([*taken_back, *new], now_ms)
            if restart:
                one.restart()
        assert cut.panes() == whole.panes()
        assert cut.others() == whole.others()


def test_a_day_of_a_busy_cell_takes_a_fraction_of_the_bytes_that_whole_panes_would():
    written = dict.fromkeys((WHOLE_BYTES, 1 << 30), 0)
    for whole_bytes in written:
        store = PaneStore(Days(ZoneInfo("UTC")), MINUTE_MS, {}, whole_bytes)
        for second in range(3_600):
            now_ms = 20_000 * DAY_MS + second * 1_000
            deltas: dict[tuple[Cell, int], Delta] = {}
            add_facts(deltas, [(f.ANSWER_WAIT, now_ms, CELL, (second * 7_919 + i * 104_729) % 600_000, 1) for i in range(3)], MINUTE_MS)
            rows = store.change(deltas, EpochMs(now_ms))
            written[whole_bytes] += sum(len(row or b"") for key, row in rows if read_key(key)[0] in (PANE, ADDED))
    assert written[WHOLE_BYTES] * 3 < written[1 << 30], written
