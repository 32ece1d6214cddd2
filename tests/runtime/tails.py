"""A tail that says what the test tells it to, and a board on it whose clocks stand still."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

import msgspec

from schemas.state import CLOCK_KEY, STATE_VERSION, ClockRow
from schemas.values import EpochMs, Partition
from streams.core.board import BoardSettings
from streams.runtime.board import Board
from streams.runtime.heartbeat import Heartbeat, PartitionBeat, encode_heartbeat
from streams.runtime.layout import Layout
from streams.runtime.transport.log import Rows
from streams.testing.clock import ManualClock

LAYOUT = Layout("app", ("calls", "tickets"))
START_MS = EpochMs(1_770_000_000_000)
CLOCK = (CLOCK_KEY, msgspec.msgpack.encode(ClockRow(STATE_VERSION, "1", 0, None, "UTC from 00:00")))


class Leading:
    """A leadership that is said to be ours since some instant, or not."""

    def __init__(self, since_ms: EpochMs | None = None) -> None:
        self.since_ms = since_ms

    async def open(self) -> None: ...
    async def hold(self) -> None: ...
    async def close(self) -> None: ...
    def leads(self) -> bool:
        return self.since_ms is not None


class ToldTail:
    """`Tail` of two partitions. An answer is an error, or rows with the instant up to which they are complete."""

    def __init__(self, clock: ManualClock) -> None:
        self.restored = False
        self.answered_ms = EpochMs(0)
        self.opened = self.closed = 0
        self._clock = clock
        self._complete_ms = EpochMs(0)
        self._answers: asyncio.Queue[tuple[list[Rows], EpochMs] | Exception] = asyncio.Queue()
        self._idle = asyncio.Event()

    async def say(self, *rows: Rows, complete_ms: EpochMs | None = None, restored: bool = True, error: Exception | None = None) -> None:
        """Returns when the board has taken it. complete_ms None: all there is up to now."""
        self._idle.clear()
        self.restored = restored
        self._answers.put_nowait(error or (list(rows), self._clock.now_ms if complete_ms is None else complete_ms))
        await self._idle.wait()

    async def open(self) -> None:
        self.opened += 1

    async def read(self, timeout_s: float) -> list[Rows]:
        if self._answers.empty():
            self._idle.set()
        answer = await self._answers.get()
        if isinstance(answer, Exception):
            raise answer
        self.answered_ms = self._clock.now_ms
        rows, self._complete_ms = answer
        return rows

    def partitions(self, topic: str) -> int:
        return 2

    def complete_ms(self, topic: str, partition: Partition) -> EpochMs:
        return self._complete_ms

    async def close(self) -> None:
        self.closed += 1


class Told:
    """A board on such a tail. `clock` is the wall's; `forward` moves it and the steady one."""

    def __init__(self, settings: BoardSettings | None = None, leading: Leading | None = None) -> None:
        self.clock = ManualClock(START_MS)
        self.steady = 1_000.0
        self.tail = ToldTail(self.clock)
        self.leading = leading or Leading()
        self.board = Board(
            settings or BoardSettings(), self._tail, LAYOUT, self.leading, clock=self.clock, steady=lambda: self.steady
        )  # fmt: skip

    def _tail(self, topics: Sequence[str]) -> ToldTail:
        return self.tail

    def forward(self, seconds: float) -> None:
        self.steady += seconds
        self.clock.now_ms = EpochMs(self.clock.now_ms + int(seconds * 1000))

    async def __aenter__(self) -> Told:
        await self.board.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.board.stop()


def panes(partition: int, *rows: tuple[bytes, bytes | None]) -> Rows:
    """A checkpoint."""
    return Rows(LAYOUT.panes, partition, [*rows, CLOCK])


def half(partition: int, *rows: tuple[bytes, bytes | None]) -> Rows:
    """As much of a checkpoint as one answer has; it goes on in the next one."""
    return Rows(LAYOUT.panes, partition, list(rows))


def beats(until_ms: int, at_ms: int | None = None, epoch: int = 1, worker: str = "w1", partitions: Sequence[int] = (0, 1)) -> Rows:
    """A heartbeat as it comes out of the log. at_ms None: of START_MS, or of `until_ms` where that is later."""
    at_ms = max(START_MS, until_ms) if at_ms is None else at_ms
    spoken = [
        PartitionBeat(
            partition=partition,
            epoch=epoch,
            positions={},
            watermark_ms=None,
            now_ms=EpochMs(at_ms),
            caught_up_until_ms=EpochMs(until_ms),
            lag_records=0,
            lag_ms=0,
        )
        for partition in partitions
    ]
    heartbeat = Heartbeat(worker=worker, at_ms=EpochMs(at_ms), of=2, partitions=spoken)
    return Rows(LAYOUT.heartbeats, 0, [(worker.encode(), encode_heartbeat(heartbeat))])


async def until(what: Callable[[], bool], limit_s: float = 15.0) -> None:
    """Returns as soon as it is so."""
    async with asyncio.timeout(limit_s):
        while not what():
            await asyncio.sleep(0.01)
