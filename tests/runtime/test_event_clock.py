"""The clock of events outlasts its log: it is behind for a while, and nothing ends by it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from schemas.values import EpochMs
from streams.errors import TopicLayoutError, Unreachable
from streams.runtime.event_clock import EventClock
from streams.runtime.heartbeat import Heartbeat, PartitionBeat, encode_heartbeat
from streams.runtime.transport.log import LeftBehind, Rows
from streams.testing.clock import ManualClock
from tests.runtime.tails import LAYOUT, START_MS, ToldTail


def read_up_to(watermark_ms: int) -> Rows:
    beat = PartitionBeat(
        partition=0,
        epoch=1,
        positions={},
        watermark_ms=EpochMs(watermark_ms),
        now_ms=EpochMs(0),
        caught_up_until_ms=None,
        lag_records=0,
        lag_ms=0,
    )
    heartbeat = Heartbeat(worker="w", at_ms=START_MS, of=1, partitions=[beat])
    return Rows(LAYOUT.heartbeats, 0, [(b"w", encode_heartbeat(heartbeat))])


class Followed:
    """A clock that follows `tail`, which is what each beginning anew opens, too."""

    def __init__(self) -> None:
        self.tail = ToldTail(ManualClock(START_MS))
        self.tail.restored = True
        self.clock = EventClock(lambda: self.tail, lambda: None, retry_s=0.01)


@pytest.fixture
async def followed() -> AsyncIterator[Followed]:
    followed = Followed()
    await followed.clock.open()
    following = asyncio.create_task(followed.clock.follow())
    yield followed
    following.cancel()
    await followed.clock.close()
    assert followed.tail.opened == followed.tail.closed, "a tail that is left open holds its connections"
    with pytest.raises(asyncio.CancelledError):
        await following


async def test_it_is_the_highest_that_anybody_has_read_and_never_falls(followed):
    assert followed.clock.now_ms() is None
    await followed.tail.say(read_up_to(7_000), read_up_to(9_000))
    await followed.tail.say(read_up_to(8_000))
    assert followed.clock.now_ms() == 9_000


async def test_a_log_that_is_away_leaves_it_as_it_is_until_it_is_back(followed, caplog):
    await followed.tail.say(read_up_to(7_000))
    for _ in range(3):
        await followed.tail.say(error=Unreachable("no Kafka answers there"))
    assert followed.clock.now_ms() == 7_000
    await followed.tail.say(read_up_to(8_000))
    assert followed.clock.now_ms() == 8_000
    assert caplog.text.count("no Kafka answers there") == 1


async def test_who_was_left_behind_by_the_heartbeats_begins_anew(followed):
    """They are kept for an hour; a machine may sleep for longer."""
    await followed.tail.say(read_up_to(7_000))
    await followed.tail.say(error=LeftBehind("offset 7 is gone"))
    await followed.tail.say(read_up_to(8_000))
    assert followed.clock.now_ms() == 8_000
    assert (followed.tail.opened, followed.tail.closed) == (2, 1)


async def test_a_tail_that_cannot_be_opened_is_not_left_open():
    class Refused(ToldTail):
        async def open(self) -> None:
            await super().open()
            raise TopicLayoutError("topics are missing: app-heartbeats")

    tail = Refused(ManualClock(START_MS))
    with pytest.raises(TopicLayoutError):
        await EventClock(lambda: tail, lambda: None).open()
    assert (tail.opened, tail.closed) == (1, 1)
