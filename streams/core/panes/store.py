"""Panes, totals and settled counters of one shard."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from schemas.fields import DURATIONS, NO_COUNTS
from schemas.state import (
    ADDED,
    CORRECTIONS,
    CORRECTIONS_KEY,
    DAY,
    MINUTE,
    MONTH,
    OPEN,
    PANE,
    QUARTER,
    RING,
    SETTLED,
    TOTAL,
    cell_key,
    open_key,
    pane_key,
    read_key,
)
from schemas.values import MINUTE_MS, Cell, EpochMs
from streams.core.clocks.days import Days
from streams.core.panes.addition import add_sums
from streams.core.panes.histogram import SHIFT, Edges
from streams.core.panes.pane import Delta, Sums, decode_pane
from streams.core.panes.slots import WHOLE_BYTES, Rows, Slots

_encode = msgspec.msgpack.Encoder().encode
_decode_sums = msgspec.msgpack.Decoder(Sums).decode
_decode_corrections = msgspec.msgpack.Decoder(dict[int, list[int]]).decode


class PaneStore:
    """Adds deltas to ring slots, totals and settled counters, and says which rows changed.

    edges_ms     of the histograms among the settled counters, by duration
    whole_bytes  as of Slots
    """

    def __init__(self, days: Days, settle_ms: int, edges_ms: Mapping[int, Sequence[int]], whole_bytes: int = WHOLE_BYTES) -> None:
        self._days = days
        self._settle_ms = settle_ms
        self._edges = Edges(edges_ms)
        self._slots = Slots(whole_bytes)
        self._keys: dict[tuple[Cell, int, int], bytes] = {}
        self.totals: dict[Cell, Sums] = {}
        """Counts and sums since ever, without buckets."""
        self._settled: dict[Cell, Sums] = {}
        self._corrections: dict[int, list[int]] = {}
        self._open: dict[int, dict[Cell, Sums]] = {}
        # Open minutes without a slot of their own, of which a restart would know nothing: a shard whose clock stands still reads
        # on, and a minute takes the slot of the one two hours before. They have rows until they are settled.
        self._adrift: set[tuple[Cell, int]] = set()
        self._adrift_changed: set[tuple[Cell, int]] = set()
        # Restored with other edges: written again, or a later restart would take the buckets in the row for those of these edges.
        self._begun_anew: set[Cell] = set()
        self.closed_minute = 0

    def change(self, deltas: Mapping[tuple[Cell, int], Delta], now_ms: EpochMs) -> Rows:
        """Add the deltas, keyed by cell and minute number, and settle what `now_ms` closes. Returns the rows that changed."""
        today = self._days.number(now_ms)
        now_minute = now_ms // MINUTE_MS
        now = {MINUTE: now_minute, QUARTER: now_minute // 15}
        groups: dict[tuple[Cell, int, int], list[Delta]] = {}
        for (cell, minute), delta in deltas.items():
            self._add_total(cell, delta.sums)
            self._add_counters(cell, minute, delta.sums)
            day = self._days.number(minute * MINUTE_MS)
            groups.setdefault((cell, DAY, day), []).append(delta)
            for resolution, number in ((QUARTER, minute // 15), (MINUTE, minute)):
                if number <= now[resolution] - RING[resolution]:
                    break  # gone, and so is every finer one
                groups.setdefault((cell, resolution, number), []).append(delta)
        for (cell, resolution, number), changes in groups.items():
            if resolution == DAY:
                self._change_day(cell, number, changes, today)
            else:
                self._change_pane(cell, resolution, number, changes)
        rows = self._slots.take()
        for cell in {cell for cell, _ in deltas}:
            rows[cell_key(TOTAL, cell)] = _encode(self.totals[cell])
        if deltas:
            rows[CORRECTIONS_KEY] = _encode(self._corrections)
        for cell in self._close_minutes((now_ms - self._settle_ms) // MINUTE_MS) | self._begun_anew:
            rows[cell_key(SETTLED, cell)] = _encode(self._settled[cell])
        self._begun_anew.clear()
        if self._adrift or self._adrift_changed:
            rows.update(self._adrift_rows())
        return list(rows.items())

    def _change_pane(self, cell: Cell, resolution: int, number: int, changes: Sequence[Delta]) -> None:
        """Of a minute or a quarter of an hour."""
        key = self._key(cell, resolution, number % RING[resolution])
        start_ms = number * (MINUTE_MS if resolution == MINUTE else 15 * MINUTE_MS)
        held_ms = self._slots.start_ms(key)
        if held_ms is not None and held_ms > start_ms:
            if resolution == MINUTE:
                self._adrift_changed.add((cell, number))
            return  # an event dated ahead of the clock took the slot; it holds what is newer
        if held_ms is not None and held_ms < start_ms and resolution == MINUTE:
            self._adrift_changed.add((cell, held_ms // MINUTE_MS))
        self._add(key, held_ms, start_ms, changes)

    def _change_day(self, cell: Cell, day: int, changes: Sequence[Delta], today: int) -> None:
        """What a day holds goes over to its month when another day takes the slot, once in five weeks: so months cost nothing meanwhile.

        What comes for a day without a slot goes to the month at once.
        """
        key = self._key(cell, DAY, day % RING[DAY])
        start_ms = self._days.start_ms(day)
        held_ms = self._slots.start_ms(key)
        if held_ms != start_ms:
            if day <= today - RING[DAY] or (held_ms is not None and held_ms > start_ms):
                self._change_month(cell, day, changes, today)
                return
            if held_ms is not None:
                pane = self._slots.pane(key)
                held = Delta(pane.sums, [(duration, value, 1) for duration, values in pane.maxima.items() for value in values])
                self._change_month(cell, self._days.number(held_ms), [held], today)
        self._add(key, held_ms, start_ms, changes)

    def _change_month(self, cell: Cell, day: int, changes: Sequence[Delta], today: int) -> None:
        month = self._days.month(day)
        if month <= self._days.month(today) - RING[MONTH]:
            return
        key = self._key(cell, MONTH, month % RING[MONTH])
        start_ms = self._days.month_start_ms(month)
        held_ms = self._slots.start_ms(key)
        if held_ms is None or held_ms <= start_ms:
            self._add(key, held_ms, start_ms, changes)

    def _add(self, key: bytes, held_ms: int | None, start_ms: int, changes: Sequence[Delta]) -> None:
        if held_ms == start_ms:
            self._slots.change(key, start_ms, changes)
        else:
            self._slots.begin(key, start_ms, changes)

    def _add_total(self, cell: Cell, sums: Sums) -> None:
        total = self.totals.get(cell)
        if total is None:
            total = self.totals[cell] = {}
        add_sums(total, {field: amount for field, amount in sums.items() if not field >> SHIFT})

    def _add_counters(self, cell: Cell, minute: int, sums: Sums) -> None:
        if minute >= self.closed_minute:
            add_sums(self._open.setdefault(minute, {}).setdefault(cell, {}), sums)
            return
        if cell.about:
            return
        for field, amount in sums.items():
            if amount and not field >> SHIFT and field - 1 not in DURATIONS and field not in NO_COUNTS:
                added_removed = self._corrections.setdefault(field, [0, 0])
                added_removed[amount < 0] += abs(amount)

    def _close_minutes(self, closed_minute: int) -> set[Cell]:
        """Count what minutes before `closed_minute` hold, once and for good. There are no counters for agents, articles and programs."""
        changed: set[Cell] = set()
        if closed_minute <= self.closed_minute:
            return changed
        self.closed_minute = closed_minute
        for minute in sorted(m for m in self._open if m < closed_minute):
            for cell, sums in self._open.pop(minute).items():
                if cell.about:
                    continue
                counters = self._settled.setdefault(cell, {})
                add_sums(counters, {field: amount for field, amount in sums.items() if not field >> SHIFT and field not in NO_COUNTS})
                add_sums(counters, self._edges.reduce(sums))
                changed.add(cell)
        return changed

    def _adrift_rows(self) -> Rows:
        rows: Rows = [(open_key(cell, minute), None) for cell, minute in self._adrift if minute < self.closed_minute]
        self._adrift = {(cell, minute) for cell, minute in self._adrift | self._adrift_changed if minute >= self.closed_minute}
        rows += [(open_key(cell, minute), _encode(self._open[minute][cell])) for cell, minute in self._adrift_changed & self._adrift]
        self._adrift_changed.clear()
        return rows

    def open_before(self, minute: int) -> bool:
        """Whether some minute before `minute` still waits to be settled."""
        return any(m < minute for m in self._open)

    def _key(self, cell: Cell, resolution: int, slot: int) -> bytes:
        key = self._keys.get((cell, resolution, slot))
        if key is None:
            key = self._keys[cell, resolution, slot] = pane_key(cell, resolution, slot)
        return key

    def restore(self, key: bytes, value: bytes, closed_minute: int, same_edges: bool) -> None:
        """Take one row back. `closed_minute` is the shard's; with other edges than before, the settled histograms begin anew."""
        self.closed_minute = closed_minute
        kind, *rest = read_key(key)
        if kind in (PANE, ADDED):
            self._slots.restore(key, value)
            *labels, resolution, _ = rest
            if resolution == MINUTE:
                pane = decode_pane(value)
                if pane.start_ms >= closed_minute * MINUTE_MS:
                    add_sums(self._open.setdefault(pane.start_ms // MINUTE_MS, {}).setdefault(Cell(*labels), {}), pane.sums)
        elif kind == OPEN:
            *labels, minute = rest
            cell = Cell(*labels)
            self._open.setdefault(minute, {})[cell] = _decode_sums(value)
            self._adrift.add((cell, minute))
        elif kind == TOTAL:
            self.totals[Cell(*rest)] = _decode_sums(value)
        elif kind == SETTLED:
            sums = _decode_sums(value)
            if not same_edges:
                sums = {field: amount for field, amount in sums.items() if not field >> SHIFT}
                self._begun_anew.add(Cell(*rest))
            self._settled[Cell(*rest)] = sums
        elif kind == CORRECTIONS:
            self._corrections = _decode_corrections(value)
