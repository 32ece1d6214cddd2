"""Boards on real logs: what shards write is what they show."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any

import pytest
import pytest_asyncio
from aiokafka import TopicPartition as AiokafkaTopicPartition
from kafka.admin import KafkaAdminClient

from streams.core.snapshot import Snapshot
from streams.runtime.board import Board
from streams.runtime.clock import wall_clock
from streams.runtime.layout import Layout
from streams.runtime.transport.log import LeftBehind
from tests.kafka.server import KafkaServer, create_topic
from tests.runtime.floor import SETTINGS, Floor, answered
from tests.runtime.logs import KafkaWorld, World, create_topics, follow_until, layout_for
from tests.runtime.tails import Leading, until

OpenBoard = Callable[..., Awaitable[Board]]


@pytest_asyncio.fixture
async def stack() -> AsyncIterator[AsyncExitStack]:
    async with AsyncExitStack() as opened:
        yield opened


@pytest.fixture
def open_board(stack: AsyncExitStack) -> OpenBoard:
    """A board that leads and follows `world`; it ends with the test."""

    async def start(world: World, **more: Any) -> Board:
        board = Board(SETTINGS, world.tail, world.layout, Leading(wall_clock()), **more)
        await board.start()
        stack.push_async_callback(board.stop)
        return board

    return start


def figures(snapshot: Snapshot) -> dict[tuple[str, ...], Any]:
    """All numbers that do not depend on the instant."""
    return {
        (row.kpi, row.stat, row.window, *sorted(row.labels.values())): (row.value, row.samples)
        for row in snapshot.rows(windows=["today", "yesterday", "7d", "30d"])
    }


async def test_it_shows_what_was_there_and_what_comes(world: World, open_board: OpenBoard):
    floor = await Floor.open(world)
    await floor.work(20)
    await floor.work(5, "sales")
    board = await open_board(world)
    await until(lambda: board.restored)
    assert (answered(board.snapshot(), "billing"), answered(board.snapshot(), "sales")) == (20, 5)
    await floor.work(3, "sales")
    await until(lambda: answered(board.snapshot(), "sales") == 8)
    assert answered(board.snapshot()) == 28
    await until(board.exports)


async def test_two_boards_and_one_that_comes_later_show_the_same(world: World, open_board: OpenBoard):
    floor = await Floor.open(world)
    boards = [await open_board(world), await open_board(world)]
    for number in range(6):
        await floor.work(7, "sales" if number % 2 else "billing")
    boards.append(await open_board(world))
    await until(lambda: all(board.restored and answered(board.snapshot()) == 42 for board in boards))
    first, *others = (figures(board.snapshot()) for board in boards)
    assert len(first) > 100
    assert all(other == first for other in others)


async def test_the_next_owner_of_the_shards_is_followed_without_a_difference(world: World, open_board: OpenBoard):
    board = await open_board(world)
    await (await Floor.open(world, "w1")).work(10)
    second = await Floor.open(world, "w2")
    await second.work(4)
    await until(lambda: answered(board.snapshot()) == 14)
    later = await open_board(world)
    await until(lambda: later.restored)
    assert figures(later.snapshot()) == figures(board.snapshot())


async def test_when_the_worker_stops_it_is_incomplete_and_its_age_grows(world: World, open_board: OpenBoard):
    skipped_s = [0.0]
    floor = await Floor.open(world)
    board = await open_board(world, steady=lambda: time.monotonic() + skipped_s[0])
    await floor.work()
    await until(lambda: board.snapshot().liveness.data_age_ms is not None)
    assert board.snapshot().completeness == 1.0
    for _ in range(3):
        skipped_s[0] += 4.0  # as long as the log answers, that is no cut
        await floor.beat([0, 1])
        await until(lambda: board.stats().live >= 2)
    assert board.snapshot().completeness == 0.5
    assert board.restored
    age_ms = board.snapshot().liveness.data_age_ms
    assert age_ms is not None
    assert floor.checkpointed_ms is not None
    assert abs(wall_clock() - age_ms - floor.checkpointed_ms) < 500


async def test_delays_are_counted_for_what_comes_while_it_follows(world: World, open_board: OpenBoard):
    floor = await Floor.open(world)
    await floor.work(50)
    board = await open_board(world)
    await until(lambda: board.restored)
    await floor.work(50)
    await until(lambda: answered(board.snapshot()) == 100)
    counted = board.stats().delays
    assert sum(counted.counts) == 4  # one per partition and topic
    assert 0 < counted.sum_s < 4 * 5


# --- what only Kafka can do --------------------------------------------------------------------------------------------


@pytest_asyncio.fixture
async def kafka_world(kafka: str, prefix: str, stack: AsyncExitStack) -> KafkaWorld:
    return await on_kafka(layout_for(prefix), kafka, stack)


async def on_kafka(layout: Layout, bootstrap: str, stack: AsyncExitStack) -> KafkaWorld:
    await asyncio.to_thread(create_topics, bootstrap, layout)
    return KafkaWorld(layout, bootstrap, stack)


async def test_a_heartbeat_waits_for_rows_whose_transaction_is_not_visible_yet(
    kafka_world: KafkaWorld, open_board: OpenBoard, stack: AsyncExitStack
):
    """The commit of a checkpoint is acknowledged before its rows can be read; a heartbeat may be quicker than they are."""
    floor = await Floor.open(kafka_world)
    await floor.work(5)
    board = await open_board(kafka_world)
    await until(lambda: board.snapshot().liveness.data_age_ms is not None)
    producer = (await kafka_world.engine()).connection.producer(transactional_id="slow")
    await producer.start()
    stack.push_async_callback(producer.stop)
    await producer.begin_transaction()
    await producer.send_and_wait(kafka_world.layout.panes, b"\x91\x63", key=b"\x91\x63", partition=2)
    claimed_ms = wall_clock()
    await floor.beat(until_ms=claimed_ms)
    heard = board.stats().heartbeats
    for _ in range(5):  # others come through all the while
        await floor.beat(until_ms=claimed_ms)
    await until(lambda: board.stats().heartbeats >= heard + 5)
    await asyncio.sleep(1.0)
    age_ms = board.snapshot().liveness.data_age_ms
    assert age_ms is not None
    assert wall_clock() - age_ms < claimed_ms, "it counts although rows of partition 2 are not there"
    await producer.commit_transaction()
    await until(lambda: (board.stats().data_age_ms or 0) <= wall_clock() - claimed_ms + 5)


async def test_rows_that_were_deleted_before_they_were_read_are_noticed(kafka_world: KafkaWorld, kafka: str, prefix: str):
    """Compaction alone deletes none; an operator can."""
    topic = f"{prefix}rows"
    await asyncio.to_thread(create_topic, kafka, topic, cleanup_policy="compact,delete")
    appender = await kafka_world.appender()
    for number in range(12):  # more than what is fetched ahead
        await appender.put(topic, b"%d" % number, os.urandom(900_000))
    tail = kafka_world.tail([topic])
    await tail.open()
    await asyncio.sleep(1.0)
    await asyncio.to_thread(delete_before, kafka, AiokafkaTopicPartition(topic, 0), 10)
    with pytest.raises(LeftBehind):
        await follow_until(tail, lambda _: tail.restored)
    again = kafka_world.tail([topic])
    await again.open()
    rows = await follow_until(again, lambda _: again.restored)
    assert [key for some in rows for key, _ in some.rows] == [b"10", b"11"]


def delete_before(bootstrap: str, tp: Any, offset: int) -> None:
    admin: Any = KafkaAdminClient(bootstrap_servers=bootstrap)
    try:
        admin.delete_records({tp: offset})
    finally:
        admin.close()


@pytest.mark.slow
async def test_cut_from_the_broker_it_serves_what_it_knows_and_recovers(
    kafka_server: KafkaServer, prefix: str, stack: AsyncExitStack, open_board: OpenBoard
):
    world = await on_kafka(layout_for(prefix), kafka_server.bootstrap, stack)
    floor = await Floor.open(world)
    await floor.work(5)
    board = await open_board(world)
    await until(board.exports)
    kafka_server.pause()
    await until(lambda: not board.exports(), limit_s=7.0)
    snapshot = board.snapshot()
    assert answered(snapshot) == 5
    assert (snapshot.completeness, snapshot.liveness.restored) == (0.0, False)
    kafka_server.resume()
    await until(board.exports, limit_s=30.0)
    await floor.work(2)
    await until(lambda: answered(board.snapshot()) == 7)
    await until(lambda: board.snapshot().completeness == 1.0)
    assert board.stats().restarts == 0


@pytest.mark.slow
async def test_it_goes_on_after_the_broker_was_restarted(
    kafka_server: KafkaServer, prefix: str, stack: AsyncExitStack, open_board: OpenBoard
):
    world = await on_kafka(layout_for(prefix), kafka_server.bootstrap, stack)
    await (await Floor.open(world)).work(5)
    board = await open_board(world)
    await until(board.exports)
    await asyncio.to_thread(kafka_server.stop)
    await until(lambda: not board.exports(), limit_s=7.0)
    assert answered(board.snapshot()) == 5
    await asyncio.to_thread(kafka_server.start)
    await until(board.exports, limit_s=30.0)
    await (await Floor.open(world, "w2")).work(2)
    await until(lambda: answered(board.snapshot()) == 7)
