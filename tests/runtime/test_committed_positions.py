"""Where a partition goes on is what was committed, also while the broker does not know yet: else all of it would be read again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from aiokafka import TopicPartition
from aiokafka.errors import GroupAuthorizationFailedError
from aiokafka.protocol.commit import OffsetFetchResponse_v3

from streams.config.parts import Kafka, KafkaLog
from streams.core.log import Changes
from streams.runtime.transport.kafka import KafkaEngine
from streams.runtime.transport.kafka_log import committed_positions
from tests.kafka.server import KafkaServer
from tests.runtime.logs import create_topics, layout_for

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
