"""The log as a board follows it: whole checkpoints and heartbeats come out of it, and it is known up to when they are complete."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from schemas.state import CLOCK_KEY
from schemas.values import MINUTE_MS, EpochMs, Partition
from streams.runtime.layout import BOARD_LAG_MS, Layout
from streams.runtime.transport.log import LeftBehind, Tail

READ_S = 0.1
CUT_OFF_S = 5.0

Row = tuple[bytes, bytes | None]


class Heard(NamedTuple):
    """Rows of heartbeats. late: the log had not answered for so long that they may have been there for long."""

    rows: Sequence[Row]
    late: bool


class Following:
    """open(), read() again and again, close(); and so once more where a read raised LeftBehind.

    partitions   how many there are
    rows         of panes that were read, old versions of a row included, since the start of the process
    answered_ms  when the log last answered, by its word; 0: not yet
    """

    answered_ms: EpochMs
    _complete_ms: list[EpochMs]

    def __init__(self, tails: Callable[[Sequence[str]], Tail], layout: Layout, steady: Callable[[], float]) -> None:
        """tails  makes a tail of topics, as `Engine.tail`"""
        self._tails = tails
        self._layout = layout
        self._steady = steady
        self._tail: Tail | None = None
        self.rows = 0
        self._begin(0)

    @property
    def is_open(self) -> bool:
        return self._tail is not None

    async def open(self) -> None:
        """From the beginning. Raises Unreachable, TopicLayoutError, and then nothing has changed."""
        tail = self._tails([self._layout.panes, self._layout.heartbeats])
        try:
            await tail.open()
        except BaseException:
            await tail.close()
            raise
        self._tail = tail
        self._begin(tail.partitions(self._layout.panes))

    async def close(self) -> None:
        self._complete_ms = []
        tail, self._tail = self._tail, None
        if tail is not None:
            await tail.close()

    async def read(self) -> Heard:
        """One answer of the log; what is whole of it is in `checkpoints`. Raises LeftBehind: only close() may follow; Unreachable."""
        assert self._tail is not None
        found = await self._tail.read(READ_S)
        late = self.cut_off()
        if (answered_ms := self._tail.answered_ms) != self.answered_ms:
            if self._away(answered_ms):
                raise LeftBehind(f"it was cut off from the log for over {BOARD_LAG_MS // MINUTE_MS} minutes")
            self.answered_ms, self._answered_s = answered_ms, self._steady()
        heard: list[Row] = []
        for topic, partition, rows in found:
            if topic == self._layout.heartbeats:
                heard += rows
            else:
                self.rows += len(rows)
                self._gather(partition, rows)
        return Heard(heard, late)

    def checkpoints(self) -> Iterator[tuple[Partition, list[Row]]]:
        """Rows of whole checkpoints that were read, each once: of each key the last one."""
        for partition in tuple(self._whole):
            yield partition, list(self._whole.pop(partition).items())

    def clocks(self) -> list[bytes]:
        """The clock rows of all checkpoints that were read, each once, also of those behind which another was read already."""
        clocks = self._clocks.copy()
        self._clocks.clear()
        return clocks

    def applied(self) -> None:
        """Call it when all `checkpoints` are applied: those who ask how complete they are see it from now on."""
        assert self._tail is not None
        self._complete_ms = [self._tail.complete_ms(self._layout.panes, partition) for partition in range(self.partitions)]

    def complete_ms(self, partition: Partition) -> EpochMs:
        """Up to when the rows of a partition are applied."""
        return self._complete_ms[partition]

    def complete_behind(self, at_ms: EpochMs) -> bool:
        """Whether all was applied that was in the log at that instant."""
        return bool(self._complete_ms) and min(self._complete_ms) > at_ms

    def read_to_its_end(self) -> bool:
        """Whether all was read that was there at `open`."""
        return self._tail is not None and self._tail.restored

    def cut_off(self) -> bool:
        """Whether the log does not answer."""
        return self._steady() - self._answered_s >= CUT_OFF_S

    def _begin(self, partitions: int) -> None:
        self.partitions = partitions
        self.answered_ms, self._answered_s = EpochMs(0), self._steady()  # by our clock, too: the other may be set
        self._whole: dict[Partition, dict[bytes, bytes | None]] = {}
        self._halves: dict[Partition, dict[bytes, bytes | None]] = {}  # rows of a checkpoint that is not read to its end
        self._clocks: list[bytes] = []
        self._complete_ms = []

    def _away(self, answered_ms: EpochMs) -> bool:
        """Between two answers of the log, by either clock: one may have been set, the other may not know that we were asleep."""
        before_ms = self.answered_ms
        return self._steady() - self._answered_s > BOARD_LAG_MS / 1000 or (before_ms > 0 and answered_ms - before_ms > BOARD_LAG_MS)

    def _gather(self, partition: Partition, rows: Sequence[Row]) -> None:
        """A checkpoint ends with the clock of its shard. What was read of one that goes on waits for the rest of it."""
        end = max((place for place, (key, _) in enumerate(rows, 1) if key == CLOCK_KEY), default=0)
        self._clocks += [value for key, value in rows if key == CLOCK_KEY and value is not None]
        if end:
            whole = self._whole.setdefault(partition, {})
            whole.update(self._halves.pop(partition, {}))
            whole.update(rows[:end])
        if end < len(rows):
            self._halves.setdefault(partition, {}).update(rows[end:])
