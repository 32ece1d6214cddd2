"""Appending goes on by itself after a failure: heartbeats and ingest must not need a new process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from aiokafka import TopicPartition
from aiokafka.errors import KafkaConnectionError

from streams.config.parts import Kafka, KafkaLog
from streams.errors import Unreachable
from streams.runtime.transport.connection import Connection
from streams.runtime.transport.kafka import KafkaAppender, KafkaEngine
from tests.kafka.server import create_topic
from tests.runtime.logs import layout_for


@pytest_asyncio.fixture
async def engine(kafka: str, prefix: str) -> AsyncIterator[KafkaEngine]:
    layout = layout_for(prefix)
    create_topic(kafka, layout.heartbeats, 1)
    engine = KafkaEngine(KafkaLog(brokers=(kafka,)), Kafka(), layout)
    await engine.open()
    await engine.appender.open()
    yield engine
    await engine.close()


@pytest.mark.kafka
async def test_a_producer_that_is_refused_for_ever_is_replaced(engine: KafkaEngine):
    """Its client loses a sequence number where it gives up a batch while a partition has no leader, as after a broker's restart."""
    topic = engine.layout.heartbeats
    await engine.appender.put(topic, b"w1", b"1")
    producer: Any = engine.appender._producer
    producer._txn_manager.increment_sequence_number(TopicPartition(topic, 0), 1)
    with pytest.raises(Unreachable, match="OutOfOrderSequenceNumber"):
        await engine.appender.put(topic, b"w1", b"2")
    await engine.appender.put(topic, b"w1", b"3")
    await engine.appender.put(topic, b"w1", b"4")


@pytest.mark.kafka
async def test_what_is_too_large_is_refused_and_the_next_is_not(engine: KafkaEngine):
    topic = engine.layout.heartbeats
    with pytest.raises(Unreachable):
        await engine.appender.put(topic, b"w1", b"x" * (2 << 20))
    await engine.appender.put(topic, b"w1", b"1")


class Producer:
    """Of a broker that answers nobody, until it is given up."""

    def __init__(self) -> None:
        self.starts, self.stops = 0, 0
        self.given_up = asyncio.Event()

    async def start(self) -> None:
        self.starts += 1
        await self.given_up.wait()
        raise KafkaConnectionError("no broker")

    async def stop(self) -> None:
        self.stops += 1


@pytest.fixture
def producer(monkeypatch) -> Producer:
    producer = Producer()
    monkeypatch.setattr(Connection, "producer", lambda self, **_: producer)
    return producer


def appender() -> KafkaAppender:
    return KafkaAppender(Connection(KafkaLog(brokers=("127.0.0.1:1",)), Kafka()))


async def test_all_who_wait_for_a_broker_are_told_at_once_that_there_is_none(producer):
    """One after the other each would wait for as long as a try takes, and a heartbeat behind all of them."""
    waiting = [asyncio.create_task(to.put("t", b"k", b"v")) for to in [appender()] for _ in range(5)]
    await asyncio.sleep(0)
    producer.given_up.set()
    assert [type(outcome) for outcome in await asyncio.gather(*waiting, return_exceptions=True)] == [Unreachable] * 5
    assert (producer.starts, producer.stops) == (1, 1)


async def test_who_ends_while_a_producer_is_started_leaves_none_behind(producer):
    to = appender()
    waiting = asyncio.create_task(to.open())
    await asyncio.sleep(0.01)
    waiting.cancel()
    await to.close()
    assert (producer.starts, producer.stops) == (1, 1)
