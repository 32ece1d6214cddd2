"""What a board makes of heartbeats: which partitions somebody works on, and how old what it shows of each is. Pure.

A heartbeat is written after the checkpoint it speaks of, but reaches a board on another way than the rows of that checkpoint. So
what it says of age counts only when all rows that were there when it arrived have been read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import msgspec

from schemas.values import EpochMs, Partition
from streams.runtime.heartbeat import Heartbeat, decode_heartbeat

SILENT_S = 5.0  # a partition nobody has spoken of for so long is not worked on


class Arrived(msgspec.Struct, frozen=True):
    """`until_ms` holds once rows are complete behind `at_ms`."""

    at_ms: EpochMs
    until_ms: EpochMs


class PartitionPulse(msgspec.Struct):
    """One partition, as its present owner tells of it.

    epoch     the highest that was seen: who names a lower one has lost the partition, and may not know it
    heard_s   when its owner spoke last, by a clock that is never set
    until_ms  what was in the log up to then is shown; None: not known yet
    first, last  heartbeats that do not count yet: of those between them none is needed
    """

    epoch: int
    heard_s: float
    until_ms: EpochMs | None = None
    first: Arrived | None = None
    last: Arrived | None = None

    def arrived(self, word: Arrived) -> None:
        if self.first is None or word.at_ms < self.first.at_ms:  # our clock was set back
            self.first, self.last = word, None
        else:
            self.last = word

    def settle(self, complete_ms: EpochMs) -> None:
        while self.first is not None and self.first.at_ms < complete_ms:
            self.until_ms, self.first, self.last = self.first.until_ms, self.last, None


class Beats:
    """The last word on each partition."""

    def __init__(self, partitions: int) -> None:
        self._pulses: dict[Partition, PartitionPulse] = {}
        self._partitions = partitions

    def read(self, rows: Iterable[tuple[bytes, bytes | None]], now_ms: EpochMs, now_s: float, *, old: bool) -> None:
        """Heartbeats have come out of the log; no value: a worker has left, and who comes after it says so.

        old  they may have been there for long. Only then their own time is asked: clocks of machines differ.
        """
        for _, value in rows:
            heartbeat = None if value is None else decode_heartbeat(value)
            if heartbeat is not None:
                lay_ms = now_ms - heartbeat.at_ms if old else 0
                self.hear(heartbeat, now_ms, now_s, max(0, lay_ms) / 1000, dated=lay_ms >= 0)

    def hear(self, heartbeat: Heartbeat, now_ms: EpochMs, now_s: float, age_s: float = 0.0, *, dated: bool = True) -> None:
        """A heartbeat has arrived, after `age_s` in the log. Not `dated`: nobody knows how long that really was."""
        for beat in heartbeat.partitions:
            if beat.epoch is None or beat.partition >= self._partitions:
                continue
            pulse = self._pulses.get(beat.partition)
            if pulse is None:
                pulse = self._pulses[beat.partition] = PartitionPulse(beat.epoch, now_s - age_s)
            elif beat.epoch < pulse.epoch:
                continue
            pulse.epoch, pulse.heard_s = beat.epoch, now_s - age_s
            # An instant after that of the heartbeat itself is one of a clock that was set back since.
            if dated and beat.caught_up_until_ms is not None and beat.caught_up_until_ms <= heartbeat.at_ms:
                # How long that was before it spoke, one clock says. It may go ahead of ours: then the instant itself is still to come.
                ago_ms = heartbeat.at_ms - beat.caught_up_until_ms
                pulse.arrived(Arrived(now_ms, EpochMs(min(beat.caught_up_until_ms, now_ms - ago_ms))))

    def settle(self, complete_ms: Callable[[Partition], EpochMs]) -> None:
        """`complete_ms`: up to when the rows of a partition are applied."""
        for partition, pulse in self._pulses.items():
            if pulse.first is not None:
                pulse.settle(complete_ms(partition))

    def live(self, now_s: float) -> int:
        """Partitions that somebody works on."""
        return sum(now_s - pulse.heard_s < SILENT_S for pulse in self._pulses.values())

    def age_ms(self, now_ms: EpochMs) -> int | None:
        """Of the partition that is worst off; None before all have been told of."""
        if len(self._pulses) < self._partitions:
            return None
        until_ms = [pulse.until_ms for pulse in self._pulses.values()]
        known = [until for until in until_ms if until is not None]
        return max(0, now_ms - min(known)) if known and len(known) == len(until_ms) else None
