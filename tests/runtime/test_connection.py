"""How we get into a Kafka that does not let in everybody, and what is said where it does not let us in."""

from __future__ import annotations

import asyncio
import subprocess
from pathlib import Path
from typing import Any

import pytest
from aiokafka import TopicPartition
from aiokafka.client import CoordinationType
from aiokafka.errors import NodeNotReadyError

from streams.config.parts import Kafka, KafkaLog, Secret
from streams.errors import ConfigError, Unreachable
from streams.runtime.transport.client import PatientClient
from streams.runtime.transport.connection import Connection
from streams.runtime.transport.kafka import KafkaEngine
from streams.runtime.worker import Worker, WorkerSettings
from tests.kafka.server import KafkaServer, create_topic
from tests.runtime.counting import counting
from tests.runtime.logs import layout_for

LOG = KafkaLog(brokers=("127.0.0.1:9",))
LOGIN = 'org.apache.kafka.common.security.plain.PlainLoginModule required username="b" password="b" user_b="b" user_dp="right";'


def test_all_clients_are_patient_with_a_broker_that_knows_of_none():
    connection = Connection(LOG, Kafka())

    async def ask(client: PatientClient) -> None:
        with pytest.raises(NodeNotReadyError) as told:  # which aiokafka answers by asking again
            await client.coordinator_lookup(CoordinationType.TRANSACTION, "app-0")
        assert told.value.retriable

    async def ask_all() -> None:
        for client in (connection.consumer()._client, connection.producer().client):
            assert type(client) is PatientClient
            assert client.get_random_node() is None
            await ask(client)

    asyncio.run(ask_all())


@pytest.mark.kafka
async def test_a_consumer_is_closed_while_it_waits_before_it_asks_a_broker_again(kafka: str, prefix: str):
    """Whoever closes it would be cancelled in place of what waits: a worker that ends, and a shard or a board that begins anew."""
    create_topic(kafka, f"{prefix}calls", 1)
    consumer: Any = Connection(KafkaLog(brokers=(kafka,)), Kafka()).consumer(retry_backoff_ms=60_000, fetch_max_wait_ms=10)
    await consumer.start()
    consumer.assign([TopicPartition(f"{prefix}calls", 0)])
    await consumer.seek_to_beginning()
    asked = asyncio.Event()

    async def away(*_: Any, **__: Any) -> None:
        asked.set()
        raise NodeNotReadyError("the broker is away")

    consumer._client.send = away
    await asked.wait()
    await asyncio.sleep(0)
    fetching, client = set(consumer._fetcher._pending_tasks), consumer._client
    assert [task for task in fetching if not task.done()], "nothing waits: this is not what is to be seen"
    await consumer.stop()
    assert all(task.done() for task in fetching)
    assert client._sync_task is None, "its connections are open still"


def test_a_ca_file_that_is_not_there_is_told_by_its_key(tmp_path: Path):
    with pytest.raises(ConfigError, match=r"kafka\.ca_file is .*: name a file of PEM certificates"):
        Connection(LOG, Kafka(security="SSL", ca_file=tmp_path / "nothing.pem"))


def test_a_ca_file_that_is_none_is_told_by_its_key(tmp_path: Path):
    (tmp_path / "ca.pem").write_text("not a certificate")
    with pytest.raises(ConfigError, match=r"kafka\.ca_file"):
        Connection(LOG, Kafka(security="SSL", ca_file=tmp_path / "ca.pem"))


def test_the_password_is_in_no_error_and_no_repr():
    connection = Connection(LOG, Kafka(security="SASL_PLAINTEXT", mechanism="PLAIN", username="dp", password=Secret("hunter2")))
    assert "hunter2" not in repr(connection)
    assert "hunter2" not in str(connection.understood(OSError("no")))


@pytest.mark.kafka
@pytest.mark.slow
async def test_a_worker_gets_in_with_the_right_password_only(tmp_path: Path, prefix: str):
    settings = {
        "listener.security.protocol.map": "CONTROLLER:PLAINTEXT,PLAINTEXT:SASL_PLAINTEXT",
        "inter.broker.listener.name": "PLAINTEXT",
        "sasl.enabled.mechanisms": "PLAIN",
        "sasl.mechanism.inter.broker.protocol": "PLAIN",
        "listener.name.plaintext.plain.sasl.jaas.config": LOGIN,
        "auto.create.topics.enable": "true",
        "num.partitions": "4",
    }
    with KafkaServer(tmp_path / "kafka", settings=settings) as server:
        wrong = Kafka(security="SASL_PLAINTEXT", mechanism="PLAIN", username="dp", password=Secret("wrong"))
        log = KafkaLog(brokers=(server.bootstrap,))
        with pytest.raises(Unreachable, match=r"refuses this user: check username, password_file") as told:
            await KafkaEngine(log, wrong, layout_for(prefix)).open()
        assert "\n" not in str(told.value)
        right = Kafka(security="SASL_PLAINTEXT", mechanism="PLAIN", username="dp", password=Secret("right"))
        await try_worker(log, right, prefix)


@pytest.mark.kafka
@pytest.mark.slow
async def test_a_worker_speaks_tls_with_the_right_authority_only(tmp_path: Path, prefix: str):
    certificate(tmp_path, "broker")
    certificate(tmp_path, "other")
    settings = {
        "listener.security.protocol.map": "CONTROLLER:PLAINTEXT,PLAINTEXT:SSL",
        "inter.broker.listener.name": "PLAINTEXT",
        "ssl.keystore.type": "PEM",
        "ssl.keystore.location": str(tmp_path / "broker.both.pem"),
        "ssl.truststore.type": "PEM",
        "ssl.truststore.location": str(tmp_path / "broker.pem"),
        "auto.create.topics.enable": "true",
        "num.partitions": "4",
    }
    with KafkaServer(tmp_path / "kafka", settings=settings) as server:
        log = KafkaLog(brokers=(server.bootstrap,))
        with pytest.raises(Unreachable, match=r"no TLS with it .*: check security and ca_file") as told:
            await KafkaEngine(log, Kafka(security="SSL", ca_file=tmp_path / "other.pem"), layout_for(prefix)).open()
        assert "\n" not in str(told.value)
        await try_worker(log, Kafka(security="SSL", ca_file=tmp_path / "broker.pem"), prefix)


async def try_worker(log: KafkaLog, kafka: Kafka, prefix: str) -> None:
    """Starts one, and ends it. Every part of it has to get in: consumer, shards, heartbeats."""
    layout = layout_for(prefix)
    engine = KafkaEngine(log, kafka, layout)
    producer = engine.connection.producer()
    await producer.start()
    for topic in layout.all:
        await producer.partitions_for(topic)  # makes it
    await producer.stop()
    await engine.open()
    worker = Worker(WorkerSettings(layout=layout, worker="w"), engine, lambda _: counting())
    try:
        await worker.start()
        assert [beat.partition for beat in worker.stats().partitions] == [0, 1, 2, 3]
    finally:
        await worker.stop()
        await engine.close()


def certificate(directory: Path, name: str) -> None:
    """`name`.pem: a certificate of 127.0.0.1 that is its own authority; `name`.both.pem: with its key."""
    key, pem = directory / f"{name}.key", directory / f"{name}.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={name}"]
    names = ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(pem)]
    subprocess.run([*command, *names], check=True, capture_output=True)
    (directory / f"{name}.both.pem").write_text(key.read_text() + pem.read_text())
