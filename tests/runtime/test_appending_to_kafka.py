"""Appending goes on by itself after a failure: heartbeats and ingest must not need a new process."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from aiokafka import TopicPartition

from streams.config.parts import Kafka, KafkaLog
from streams.errors import Unreachable
from streams.runtime.transport.kafka import KafkaEngine
from tests.kafka.server import create_topic
from tests.runtime.logs import layout_for

pytestmark = pytest.mark.kafka


@pytest_asyncio.fixture
async def engine(kafka: str, prefix: str) -> AsyncIterator[KafkaEngine]:
    layout = layout_for(prefix)
    create_topic(kafka, layout.heartbeats, 1)
    engine = KafkaEngine(KafkaLog(brokers=(kafka,)), Kafka(), layout)
    await engine.open()
    await engine.appender.open()
    yield engine
    await engine.close()


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


async def test_what_is_too_large_is_refused_and_the_next_is_not(engine: KafkaEngine):
    topic = engine.layout.heartbeats
    with pytest.raises(Unreachable):
        await engine.appender.put(topic, b"w1", b"x" * (2 << 20))
    await engine.appender.put(topic, b"w1", b"1")
