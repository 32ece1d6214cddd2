"""How long it takes from an event to the figures of a board: what `event_to_board_seconds` tells (output.md, section 3). Pure.

Seen from the board: a checkpoint tells the time of the latest event in it, per topic. The event behind the latest one of the
checkpoint before has waited longest; when its time was is not told, so that what is counted is the longest it can have been. That is
never less than the truth, and more by up to one checkpoint interval where events are rare.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from typing import Final

import msgspec

from schemas.state import CLOCK_KEY, ClockRow
from schemas.values import EpochMs, Partition

EDGES_S: Final = (0.1, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 5.0, 10.0, 30.0, 60.0, 300.0, 1800.0)

_decode = msgspec.msgpack.Decoder(ClockRow).decode


class DelayCounts(msgspec.Struct, frozen=True):
    """counts  observations up to each edge and above the one before; the last is what lies above all of them"""

    edges_s: tuple[float, ...]
    counts: tuple[int, ...]
    sum_s: float


class Delays:
    """Counts one delay per checkpoint and topic in which a later event appeared."""

    def __init__(self, checkpoint_interval_s: float) -> None:
        self._interval_ms = int(checkpoint_interval_s * 1000)
        self._latest_ms: dict[tuple[Partition, str], int] = {}
        self._counts = [0] * (len(EDGES_S) + 1)
        self._sum_ms = 0

    def see(self, partition: Partition, rows: Iterable[tuple[bytes, bytes | None]], now_ms: EpochMs | None) -> None:
        """Rows of `<app>-panes` are shown from now on. now_ms None: they are old, nothing is counted."""
        for key, value in rows:
            if key == CLOCK_KEY and value is not None:
                for topic, latest_ms in _decode(value).sources.items():
                    former_ms = self._latest_ms.get((partition, topic))
                    if former_ms is not None and latest_ms <= former_ms:
                        continue
                    self._latest_ms[partition, topic] = latest_ms
                    if now_ms is not None and former_ms is not None:
                        self._count(max(0, now_ms - max(former_ms, latest_ms - self._interval_ms)))

    def counted(self) -> DelayCounts:
        return DelayCounts(EDGES_S, tuple(self._counts), self._sum_ms / 1000)

    def _count(self, delay_ms: int) -> None:
        self._counts[bisect_left(EDGES_S, delay_ms / 1000)] += 1
        self._sum_ms += delay_ms
