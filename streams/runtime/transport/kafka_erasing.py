"""`Erasable` over a Kafka, where single records cannot be taken out of a topic.

Contacts that were read go, whosever they are: the state of the shards has all that they say. Of dead letters those of others are written
once more behind the end, as they were, and all before it go. Input topics belong to who writes them, and are left alone.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from aiokafka import TopicPartition as AiokafkaTopicPartition

from streams.config.parts import Kafka, KafkaLog
from streams.core.naming import Names
from streams.runtime.admin import Admin
from streams.runtime.inspection import Found, KafkaInspection
from streams.runtime.layout import DEAD_LETTERS, Layout, check_layout
from streams.runtime.transport.connection import Connection
from streams.runtime.transport.kafka_positions import committed_positions
from streams.runtime.transport.log import TopicPartition


class KafkaErasing:
    """`Erasable`. Workers have to run all the while."""

    def __init__(
        self, address: KafkaLog, kafka: Kafka, layout: Layout, connection: Connection, *, asked: Any, reader: Any, sender: Any
    ) -> None:
        """asked, reader, sender  a consumer of the group of the workers that never joins it, one without a group, a producer"""
        self.partitions = 0
        self._address = address
        self._kafka = kafka
        self._layout = layout
        self._connection = connection
        self._asked = asked
        self._reader = reader
        self._sender = sender
        self._inspection = KafkaInspection(connection, asked, reader, layout)

    @staticmethod
    @asynccontextmanager
    async def opened(address: KafkaLog, kafka: Kafka, layout: Layout) -> AsyncIterator[KafkaErasing]:
        """Raises Unreachable, TopicLayoutError."""
        connection = Connection(address, kafka)
        asked, reader = connection.consumer(group_id=layout.app), connection.consumer(group_id=None, auto_offset_reset="none")
        sender = connection.producer(enable_idempotence=True, request_timeout_ms=10_000)
        erasing = KafkaErasing(address, kafka, layout, connection, asked=asked, reader=reader, sender=sender)
        with connection.errors():
            try:
                for client in (asked, reader, sender):
                    await client.start()
                erasing.partitions = check_layout(layout, await connection.partitions())
                yield erasing
            finally:
                for client in (sender, reader, asked):
                    await client.stop()

    async def ends(self) -> Mapping[TopicPartition, int]:
        found = await self._reader.end_offsets(self._read())
        return {TopicPartition(*tp): end for tp, end in found.items()}

    async def positions(self) -> Mapping[TopicPartition, int]:
        found = await committed_positions(self._asked, self._read())
        return {TopicPartition(*tp): offset for tp, offset in found.items()}

    async def request(self, values: Sequence[bytes]) -> None:
        sent = [
            await self._sender.send(self._layout.contacts, value, partition=part) for part in range(self.partitions) for value in values
        ]
        await asyncio.gather(*sent)

    async def erase(self, names: Names, before: Mapping[TopicPartition, int]) -> Mapping[str, int]:
        contacts = {tp: end for tp, end in before.items() if tp.topic == self._layout.contacts}
        begins = await self._reader.beginning_offsets([AiokafkaTopicPartition(*tp) for tp in contacts])
        letters = await self._inspection.records(DEAD_LETTERS)
        named = [letter for letter in letters if names.stand_in(letter.key, letter.value, letter.headers, loosely=True)]
        cut = await self._carried_over(letters, named)
        await asyncio.to_thread(self._delete, contacts | cut)
        erased = {DEAD_LETTERS: len(named), self._layout.contacts: sum(contacts.values()) - sum(begins.values())}
        return {topic: count for topic, count in erased.items() if count}

    async def _carried_over(self, letters: Sequence[Found], named: Sequence[Found]) -> dict[TopicPartition, int]:
        """Writes those that stay once more, in the partitions where others go. Returns up to where all may go there."""
        places = {(letter.partition, letter.offset) for letter in named}
        touched = {letter.partition for letter in named}
        stay = [letter for letter in letters if letter.partition in touched and (letter.partition, letter.offset) not in places]
        sent = [
            await self._sender.send(
                DEAD_LETTERS,
                letter.value,
                key=letter.key,
                headers=list(letter.headers),
                partition=letter.partition,
                timestamp_ms=letter.timestamp_ms,
            )
            for letter in stay
        ]
        await asyncio.gather(*sent)
        last: dict[TopicPartition, int] = {}
        for letter in letters:
            if letter.partition in touched:
                last[TopicPartition(DEAD_LETTERS, letter.partition)] = letter.offset + 1  # in their order
        return last

    def _delete(self, before: Mapping[TopicPartition, int]) -> None:
        with Admin(self._address, self._kafka) as admin:
            admin.delete_before(before)

    def _read(self) -> list[Any]:
        return [AiokafkaTopicPartition(topic, part) for topic in self._layout.read for part in range(self.partitions)]
