"""The harness itself: what other tests rely on."""

from __future__ import annotations

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from tests.kafka.server import KafkaServer, create_topic


async def produce(bootstrap: str, topic: str, values: list[bytes]) -> None:
    async with AIOKafkaProducer(bootstrap_servers=bootstrap) as producer:
        for value in values:
            await producer.send_and_wait(topic, value)


async def values_of(bootstrap: str, topic: str, isolation: str = "read_uncommitted") -> list[bytes]:
    """All records of partition 0 from its start to its end now."""
    partition = TopicPartition(topic, 0)
    async with AIOKafkaConsumer(bootstrap_servers=bootstrap, isolation_level=isolation, auto_offset_reset="earliest") as consumer:
        consumer.assign([partition])
        end = (await consumer.end_offsets([partition]))[partition]
        found: list[bytes] = []
        while await consumer.position(partition) < end:
            for records in (await consumer.getmany(timeout_ms=200)).values():
                found += [record.value for record in records]
        return found


@pytest.fixture
def topic(kafka: str, prefix: str) -> str:
    create_topic(kafka, prefix + "topic")
    return prefix + "topic"


async def test_a_record_comes_back(kafka, topic):
    await produce(kafka, topic, [b"one", b"two"])
    assert await values_of(kafka, topic) == [b"one", b"two"]


async def test_a_transaction_is_read_when_committed_and_not_when_aborted(kafka, topic, prefix):
    async with AIOKafkaProducer(bootstrap_servers=kafka, transactional_id=prefix + "writer") as producer:
        async with producer.transaction():
            await producer.send_and_wait(topic, b"kept")
        await producer.begin_transaction()
        await producer.send_and_wait(topic, b"withdrawn")
        await producer.abort_transaction()
    assert await values_of(kafka, topic, "read_committed") == [b"kept"]
    assert await values_of(kafka, topic) == [b"kept", b"withdrawn"]


async def test_a_restart_and_a_kill_keep_the_records_and_the_address(kafka_server):
    kafka_server.create_topic("calls", partitions=2, cleanup_policy="compact")
    async with AIOKafkaProducer(bootstrap_servers=kafka_server.bootstrap) as producer:
        await producer.send_and_wait("calls", b"before", key=b"a", partition=0)
    kafka_server.restart()
    assert await values_of(kafka_server.bootstrap, "calls") == [b"before"]
    kafka_server.kill()
    assert not kafka_server.program.running
    kafka_server.start()
    assert await values_of(kafka_server.bootstrap, "calls") == [b"before"]


@pytest.mark.kafka
def test_a_broker_that_cannot_start_says_why(tmp_path):
    server = KafkaServer(tmp_path, settings={"num.io.threads": "none"})
    with pytest.raises(RuntimeError, match=r"num\.io\.threads"):
        server.start()
