"""The ring slots of one shard: each holds a pane, which stays encoded and is decoded only to be changed.

A day of a busy queue is a row of thousands of buckets, and every second changes a few of them. So what comes to a long pane goes into a row
of its own beside it, until that is a good part of the pane: then it is put into it. Who reads adds both up. In a shard of 400 cells under
1,250 events/s panes take a third of the log that they would take whole (docs/scale.md).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from schemas.state import added_key
from streams.core.panes.addition import add_sums, change_maxima
from streams.core.panes.pane import Delta, Pane, decode_pane, encode_pane, start_of

WHOLE_BYTES: Final = 1_024
"""A pane that is shorter is written whole."""
SHARE: Final = 8
"""What was added is put into the pane once it is longer than this part of it. A smaller part writes whole panes more often, a larger one
longer rows beside them: a fourth and an eighth take the same bytes, a sixteenth a sixth more."""

Rows = list[tuple[bytes, bytes | None]]


class Slots:
    """Slots by the key of their row."""

    def __init__(self, whole_bytes: int = WHOLE_BYTES) -> None:
        self._whole_bytes = whole_bytes
        self._rows: dict[bytes, bytes] = {}  # of panes, and of what was added to them
        self._warm: dict[bytes, Pane] = {}  # decoded: rows that were written before the last take, as most of them are written again
        self._touched: dict[bytes, Pane] = {}
        self._written: dict[bytes, bytes | None] = {}  # since the last take; None: gone

    def start_ms(self, key: bytes) -> int | None:
        """Which stretch a slot holds; None: none yet."""
        for row_key in (added_key(key), key):
            pane = self._touched.get(row_key) or self._warm.get(row_key)
            if pane is not None:
                return pane.start_ms
            row = self._rows.get(row_key)
            if row is not None:
                return start_of(row)
        return None

    def pane(self, key: bytes) -> Pane:
        """All that a slot holds; there is something."""
        added = self._read(added_key(key))
        pane = decode_pane(self._rows[key])
        return pane if added is None else _with(pane, added)

    def begin(self, key: bytes, start_ms: int, changes: Iterable[Delta]) -> None:
        """A new stretch takes a slot."""
        self._drop_added(key)
        self._write(key, _changed(Pane(start_ms, {}, {}), changes))

    def change(self, key: bytes, start_ms: int, changes: Sequence[Delta]) -> None:
        """More was counted in the stretch that a slot holds, which begins at `start_ms`."""
        beside = added_key(key)
        added = self._read(beside)
        if _takes_maxima_back(changes) or (added is None and len(self._rows[key]) <= self._whole_bytes):
            self._change_whole(key, added, changes)
            return
        if added is None:
            added = Pane(start_ms, {}, {})
        row = self._write(beside, _changed(added, changes))
        if len(row) * SHARE > len(self._rows[key]):
            self._change_whole(key, added, ())

    def take(self) -> dict[bytes, bytes | None]:
        """The rows that were written since the last call; None where there is none any more."""
        written, self._written = self._written, {}
        self._warm, self._touched = self._touched, {}
        return written

    def restore(self, key: bytes, row: bytes) -> None:
        """Take one row back."""
        self._rows[key] = row

    def _change_whole(self, key: bytes, added: Pane | None, changes: Iterable[Delta]) -> None:
        pane = self._read(key)
        assert pane is not None
        if added is not None:
            _with(pane, added)
            self._drop_added(key)
        self._write(key, _changed(pane, changes))

    def _drop_added(self, key: bytes) -> None:
        beside = added_key(key)
        if self._rows.pop(beside, None) is not None:
            self._warm.pop(beside, None)
            self._touched.pop(beside, None)
            self._written[beside] = None

    def _read(self, key: bytes) -> Pane | None:
        pane = self._touched.get(key) or self._warm.get(key)
        if pane is not None:
            return pane
        row = self._rows.get(key)
        return None if row is None else decode_pane(row)

    def _write(self, key: bytes, pane: Pane) -> bytes:
        row = self._rows[key] = self._written[key] = encode_pane(pane)
        self._touched[key] = pane
        return row


def _takes_maxima_back(changes: Iterable[Delta]) -> bool:
    """Then the largest values of the pane itself are needed: beside it stands what came, not what went."""
    return any(weight < 0 for delta in changes for _, _, weight in delta.values)


def _changed(pane: Pane, changes: Iterable[Delta]) -> Pane:
    for delta in changes:
        add_sums(pane.sums, delta.sums)
        if delta.values:
            change_maxima(pane.maxima, delta.values)
    return pane


def _with(pane: Pane, added: Pane) -> Pane:
    """`pane` with what was added to it."""
    add_sums(pane.sums, added.sums)
    change_maxima(pane.maxima, [(duration, value, 1) for duration, values in added.maxima.items() for value in values])
    return pane
