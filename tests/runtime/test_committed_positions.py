"""Where a partition goes on is what was committed, also while the broker does not know yet, and where it has forgotten: else all of it
would be read again, and what nobody remembers any more would count again.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from aiokafka import TopicPartition
from aiokafka.errors import GroupAuthorizationFailedError
from aiokafka.protocol.commit import OffsetFetchResponse_v3
from kafka.admin import KafkaAdminClient, NewTopic

from streams.config.parts import Kafka, KafkaLog
from streams.core.log import Changes
from streams.errors import StateCorrupt
from streams.runtime.layout import STATE_ROWS, Layout
from streams.runtime.transport.kafka import KafkaEngine
from streams.runtime.transport.kafka_positions import committed_positions, encode_positions, remembered
from tests.kafka.server import KafkaServer
from tests.runtime.logs import PARTITIONS, create_topics, layout_for

CALLS, TICKETS = TopicPartition("calls", 1), TopicPartition("tickets", 1)
LOADING, NOT_COORDINATOR, FORBIDDEN = 14, 16, 30


def answer(calls: int = -1, tickets: int = -1, code: int = 0) -> Any:
    return OffsetFetchResponse_v3(0, [("calls", [(1, calls, "", code)]), ("tickets", [(1, tickets, "", 0)])], 0)


class Coordinator:
    """Of the client; gives the answers one after the other."""

    group_id = "app"

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.found = 0

    async def ensure_coordinator_known(self) -> None:
        self.found += 1

    def coordinator_dead(self) -> None:
        self.found -= 100

    async def _send_req(self, request: Any) -> Any:
        return self.answers.pop(0)


async def ask(*answers: Any, tps: Sequence[TopicPartition] = (CALLS, TICKETS)) -> dict[Any, int]:
    consumer: Any = type("Consumer", (), {"_coordinator": Coordinator(*answers)})
    found = await committed_positions(consumer, tps)
    assert consumer._coordinator.answers == []
    return found


async def test_what_was_committed_is_found_and_what_was_not_is_absent():
    assert await ask(answer(calls=7)) == {CALLS: 7}
    assert await ask(answer()) == {}


async def test_a_broker_that_still_loads_its_offsets_is_asked_again():
    """Its answer names no partition, and an error for the whole of it."""
    assert await ask(OffsetFetchResponse_v3(0, [], LOADING), OffsetFetchResponse_v3(0, [], NOT_COORDINATOR), answer(7, 8)) == {
        CALLS: 7,
        TICKETS: 8,
    }
    assert await ask(answer(-1, 8, LOADING), answer(7, 8)) == {CALLS: 7, TICKETS: 8}


async def test_what_does_not_pass_is_an_error():
    with pytest.raises(GroupAuthorizationFailedError):
        await ask(OffsetFetchResponse_v3(0, [], FORBIDDEN))


def test_a_group_that_has_forgotten_is_reminded_by_the_last_checkpoint():
    both = [CALLS, TICKETS]
    row = encode_positions({"calls": 7, "tickets": 9, "agents": 5})
    assert remembered({}, row, both) == {CALLS: 7, TICKETS: 9}
    assert remembered({}, encode_positions({"calls": 7}), both) == {CALLS: 7}
    assert remembered({}, None, both) == {}
    assert remembered({CALLS: 3, TICKETS: 9}, row, both) == {CALLS: 3, TICKETS: 9}, "somebody has set them back"
    assert remembered({TICKETS: 9}, row, both) == {TICKETS: 9}, "calls were made anew: a broker forgets what it had of such a topic"


async def worked(kafka: str, layout: Layout) -> None:
    """Partition 0 was read up to 41, and its worker is gone."""
    create_topics(kafka, layout)
    engine = KafkaEngine(KafkaLog(brokers=(kafka,)), Kafka(), layout)
    await engine.open()
    await engine.log.open(0)
    await engine.log.checkpoint(0, Changes([(b"a", b"1")], [(b"p", b"1")], [], dict.fromkeys(layout.read, 41)))
    await engine.close()


@pytest.mark.kafka
async def test_a_shard_whose_group_was_forgotten_goes_on_where_it_was(kafka: str, prefix: str, caplog: pytest.LogCaptureFixture):
    layout = layout_for(prefix)
    await worked(kafka, layout)
    admin: Any = KafkaAdminClient(bootstrap_servers=kafka)
    admin.delete_groups([layout.app])
    admin.close()
    engine = KafkaEngine(KafkaLog(brokers=(kafka,)), Kafka(), layout)
    await engine.open()
    try:
        restored = await engine.log.open(0)
        assert restored.positions == dict.fromkeys(layout.read, 41)
        assert restored.state == {b"a": b"1"}, "the row of positions is the log's own"
        assert "no positions any more" in caplog.text
        assert (await engine.log.open(1)).positions == dict.fromkeys(layout.read, 0)
    finally:
        await engine.close()


@pytest.mark.kafka
async def test_a_state_that_was_lost_is_not_taken_for_a_beginning(kafka: str, prefix: str):
    """From where the group stands on, cases would lack their beginnings, and nobody would know."""
    layout = layout_for(prefix)
    await worked(kafka, layout)
    admin: Any = KafkaAdminClient(bootstrap_servers=kafka)
    admin.delete_topics([layout.state])
    while layout.state in admin.list_topics():
        pass
    admin.create_topics([NewTopic(layout.state, num_partitions=PARTITIONS, replication_factor=1, topic_configs=dict(STATE_ROWS))])
    admin.wait_for_topics([layout.state])
    admin.close()
    engine = KafkaEngine(KafkaLog(brokers=(kafka,)), Kafka(), layout)
    await engine.open()
    try:
        with pytest.raises(StateCorrupt, match=rf"{layout.state}-0 holds nothing.*new `app` name"):
            await engine.log.open(0)
        assert (await engine.log.open(1)).positions == dict.fromkeys(layout.read, 0), "of this one nothing was read yet"
    finally:
        await engine.close()


@pytest.mark.kafka
@pytest.mark.slow
async def test_a_partition_opened_while_the_broker_comes_back_goes_on_where_it_was(kafka_server: KafkaServer):
    layout = layout_for("t")
    create_topics(kafka_server.bootstrap, layout)
    engine = KafkaEngine(KafkaLog(brokers=(kafka_server.bootstrap,)), Kafka(), layout)
    await engine.open()
    try:
        await engine.log.open(0)
        await engine.log.checkpoint(0, Changes([], [], [], dict.fromkeys(layout.read, 41)))
        kafka_server.restart()
        assert (await engine.log.open(0)).positions == dict.fromkeys(layout.read, 41)
    finally:
        await engine.close()
