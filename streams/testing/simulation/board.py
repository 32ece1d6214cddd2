"""A board of the simulation: the production state, fed with committed rows at its own pace."""

from __future__ import annotations

from typing import Final

from schemas.state import CORRECTIONS, SETTLED, read_key
from schemas.values import Cell, EpochMs, Partition
from streams.core.board import BoardSettings, BoardState
from streams.core.panes.histogram import SHIFT
from streams.core.panes.pane import Sums
from streams.core.snapshot import Liveness, Snapshot
from streams.testing.simulation.log import RowChange, SimulatedLog

COUNTERS: Final = (SETTLED, CORRECTIONS)
"""Rows that counters follow from."""


class SimulatedBoard:
    """Follows all partitions.

    same_edges  the edges of the histograms never change; otherwise these may begin anew
    """

    def __init__(self, settings: BoardSettings, log: SimulatedLog, *, same_edges: bool) -> None:
        self._settings = settings
        self._same_edges = same_edges
        self._log = log
        self._shown: dict[Cell, Sums] = {}
        self._corrections: dict[int, tuple[int, int]] = {}
        self.restart()

    def restart(self) -> None:
        """Begin anew: of each key only the last row, after all are read."""
        self.state = BoardState(self._settings)
        self._read: dict[Partition, int] = {}
        for partition, rows in self._log.rows.items():
            first = self._log.first_rows[partition]
            gathered: dict[bytes, bytes | None] = dict(self._log.compacted(partition))
            gathered.update(rows[first:])
            self._read[partition] = len(rows)
            self.state.apply(partition, list(gathered.items()))
        self._check(set(self._shown), EpochMs(0))

    def behind(self) -> list[Partition]:
        """Partitions with rows that it has not read."""
        return [partition for partition, rows in self._log.rows.items() if self._read[partition] < len(rows)]

    def read(self, partition: Partition, rows_max: int, now_ms: EpochMs, *, twice: bool = False) -> None:
        """The next rows; a board that finds them compacted begins anew."""
        start = self._read[partition]
        if start < self._log.first_rows[partition]:
            self.restart()
            return
        rows = self._log.rows[partition][start : start + rows_max]
        for _ in range(1 + twice):
            self.state.apply(partition, rows)
        self._read[partition] = start + len(rows)
        if any(read_key(key)[0] in COUNTERS for key, _ in rows):
            self._check(_settled_cells(rows), now_ms)

    def snapshot(self, now_ms: EpochMs) -> Snapshot:
        count = self._log.partitions
        return self.state.snapshot(now_ms, Liveness(partitions=count, live=count, data_age_ms=0, restored=True, leads=True))

    def _check(self, cells: set[Cell], now_ms: EpochMs) -> None:
        """Counters never fall: a counter that falls looks like a restart to Prometheus."""
        snapshot = self.snapshot(now_ms)
        for cell in cells:
            shown, now = self._shown.get(cell, {}), snapshot.settled.get(cell, {})
            for field, amount in shown.items():
                if field >> SHIFT and not self._same_edges:
                    continue
                assert now.get(field, 0) >= amount, f"settled counter {field} of {cell} fell from {amount} to {now.get(field, 0)}"
            self._shown[cell] = dict(now)
        for field, before in self._corrections.items():
            after = snapshot.corrections.get(field, (0, 0))
            assert after[0] >= before[0], f"corrections of {field} fell from {before} to {after}"
            assert after[1] >= before[1], f"corrections of {field} fell from {before} to {after}"
        self._corrections = dict(snapshot.corrections)


def _settled_cells(rows: list[RowChange]) -> set[Cell]:
    return {Cell(*rest) for kind, *rest in (read_key(key) for key, _ in rows) if kind == SETTLED}
