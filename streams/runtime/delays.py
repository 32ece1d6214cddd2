"""How long it takes from an event to the figures of a board: what `event_to_board_seconds` tells (output.md, section 3). Pure.

Seen from the board: a checkpoint tells, per topic, the time of the event in it that has waited longest. Of events that are older than
what an earlier checkpoint had it tells nothing: how long they were on their way is not ours.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from typing import Final

import msgspec

from schemas.state import ClockRow
from schemas.values import EpochMs

EDGES_S: Final = (0.1, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 5.0, 10.0, 30.0, 60.0, 300.0, 1800.0)

_decode = msgspec.msgpack.Decoder(ClockRow).decode


class DelayCounts(msgspec.Struct, frozen=True):
    """counts  observations up to each edge and above the one before; the last is what lies above all of them"""

    edges_s: tuple[float, ...]
    counts: tuple[int, ...]
    sum_s: float


class Delays:
    """Counts one delay per checkpoint and topic in which a later event appeared: the longest."""

    def __init__(self) -> None:
        self._counts = [0] * (len(EDGES_S) + 1)
        self._sum_ms = 0

    def see(self, clocks: Iterable[bytes], now_ms: EpochMs) -> None:
        """The checkpoints of these clock rows are shown from `now_ms` on."""
        for clock in clocks:
            try:
                waited = _decode(clock).waited
            except msgspec.DecodeError:  # of another release: whoever applies the rows says so
                continue
            for waited_ms in waited.values():
                self._count(max(0, now_ms - waited_ms))

    def counted(self) -> DelayCounts:
        return DelayCounts(EDGES_S, tuple(self._counts), self._sum_ms / 1000)

    def _count(self, delay_ms: int) -> None:
        self._counts[bisect_left(EDGES_S, delay_ms / 1000)] += 1
        self._sum_ms += delay_ms
