"""Checkpoints in Kafka: per shard a transactional producer, per checkpoint one transaction with the offsets in it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Iterable, Mapping
from typing import Any, cast

from aiokafka import TopicPartition as AiokafkaTopicPartition
from aiokafka.errors import (
    InvalidProducerEpoch,
    InvalidProducerIdMapping,
    InvalidTimestampError,
    KafkaError,
    MessageSizeTooLargeError,
    ProducerFenced,
    RecordListTooLargeError,
)

from schemas.state import POSITIONS_KEY
from schemas.values import Partition
from streams.core.log import Changes, Restored
from streams.errors import CheckpointFailed, Fenced, StateCorrupt, TopicLayoutError
from streams.runtime.clock import Clock, wall_clock
from streams.runtime.layout import Layout
from streams.runtime.transport.connection import Connection
from streams.runtime.transport.kafka_messages import BATCH_BYTES, Messages, batches, largest, messages_of
from streams.runtime.transport.kafka_positions import committed_positions, remembered
from streams.runtime.transport.kafka_reader import read_lean
from streams.runtime.transport.log import TopicPartition
from streams.runtime.transport.overtaken import Hole, Losses
from streams.runtime.transport.producer import broken_by, dispose, epoch_of

log = logging.getLogger("deskpulse.worker")

TRANSACTION_TIMEOUT_MS = 10_000
FENCED = (ProducerFenced, InvalidProducerEpoch, InvalidProducerIdMapping)
TOO_LARGE = (MessageSizeTooLargeError, RecordListTooLargeError)


class KafkaLog:
    """`Log`."""

    def __init__(
        self, connection: Connection, layout: Layout, counts: Mapping[str, int], losses: Losses, *, clock: Clock = wall_clock
    ) -> None:
        """`counts`: topic -> number of partitions."""
        self._connection = connection
        self._layout = layout
        self._counts = counts
        self._losses = losses
        self._clock = clock
        self._producers: dict[Partition, Any] = {}
        self._disposing: set[asyncio.Task[None]] = set()

    async def open(self, partition: Partition) -> Restored:
        """In this order, or another owner could commit between what we read and what we own: fence, positions, rows."""
        await self.close(partition, timeout_s=0.5)
        producer = self._connection.producer(
            transactional_id=self._layout.transactional_id(partition),
            transaction_timeout_ms=TRANSACTION_TIMEOUT_MS,
            max_batch_size=BATCH_BYTES,
            compression_type=None,  # lz4 takes 1.6 us per row here, writing it without 2.7
            request_timeout_ms=TRANSACTION_TIMEOUT_MS,
        )
        self._producers[partition] = producer
        with self._connection.errors():
            await producer.start()  # fences the former owner and ends its open transaction
            return await self._restore(partition)

    def epoch(self, partition: Partition) -> int | None:
        producer = self._producers.get(partition)
        return None if producer is None else epoch_of(producer)

    async def checkpoint(self, partition: Partition, changes: Changes) -> None:
        producer = self._producers.get(partition)
        if producer is None:
            raise Fenced(f"partition {partition} is not open here")
        try:
            await self._write(producer, partition, changes)
        except Exception as error:
            cause = broken_by(producer) or error
            if isinstance(cause, FENCED):
                raise Fenced(f"partition {partition} has a newer owner ({type(cause).__name__})") from error
            if isinstance(cause, TOO_LARGE):
                size, topic = largest(self._messages(partition, changes))
                raise TopicLayoutError(
                    f"a record of partition {partition} is larger than its topic takes: raise max.message.bytes of {topic} "
                    f"(it has {size} bytes)"
                ) from error
            if isinstance(cause, InvalidTimestampError):
                raise CheckpointFailed(str(self._connection.understood(cause))) from error
            if isinstance(cause, KafkaError):
                raise CheckpointFailed(f"{self._connection.log}: {type(cause).__name__}: {cause}") from error
            raise

    async def close(self, partition: Partition, timeout_s: float) -> None:
        producer = self._producers.pop(partition, None)
        if producer is None:
            return
        task = asyncio.create_task(dispose(producer))
        self._disposing.add(task)
        task.add_done_callback(self._disposing.discard)
        await asyncio.wait({task}, timeout=timeout_s)

    async def close_all(self) -> None:
        for partition in tuple(self._producers):
            await self.close(partition, timeout_s=1.0)
        if self._disposing:
            await asyncio.wait(self._disposing, timeout=1.0)

    # Restoring

    async def _restore(self, partition: Partition) -> Restored:
        sources = [AiokafkaTopicPartition(topic, partition) for topic in self._layout.read]
        state = AiokafkaTopicPartition(self._layout.state, partition)
        panes = AiokafkaTopicPartition(self._layout.panes, partition)
        consumer = self._connection.consumer(
            group_id=self._layout.app,
            max_partition_fetch_bytes=512 << 10,  # what is larger is no faster, and leaves holes in memory that stay
            check_crcs=False,
            retry_backoff_ms=10,  # it asks for offsets before it knows the leaders, twice
        )
        try:
            await consumer.start()
            read_lean(consumer)  # a sixth of the CPU of a restore
            beginnings = await consumer.beginning_offsets(sources)
            committed = await committed_positions(consumer, sources)
            rows: dict[Any, dict[bytes, bytes | None]] = {state: {}, panes: {}}
            async for tp, records in _read_all(consumer, (state, panes)):
                rows[tp].update((record.key, record.value) for record in records)
        finally:
            await consumer.stop()
        if committed and not rows[state]:
            raise StateCorrupt(
                f"{state.topic}-{partition} holds nothing, and the inputs were read already: it was made anew, or has lost its rows: "
                "choose a new `app` name, which reads the inputs from their beginning"
            )
        known = remembered(committed, rows[state].pop(POSITIONS_KEY, None), sources)
        if known and not committed:
            log.warning("partition %d: its group knows no positions any more, those of the last checkpoint are taken", partition)
        for tp, position in known.items():
            if position < beginnings[tp]:
                self._losses.note(TopicPartition(*tp), Hole(position, beginnings[tp]))
        positions = {tp.topic: max(beginnings[tp], known.get(tp, 0)) for tp in sources}
        return Restored(_present(rows[state]), _present(rows[panes]), positions)

    # Writing

    async def _write(self, producer: Any, partition: Partition, changes: Changes) -> None:
        now_ms = self._clock()
        await producer.begin_transaction()
        sent = [
            await producer.send_batch(batch, topic, partition=part)
            for topic, part, messages in self._messages(partition, changes)
            for batch in batches(producer, messages, now_ms)
        ]
        # All of them are looked at, so that none is an error nobody has asked for.
        for outcome in await asyncio.gather(*sent, return_exceptions=True):
            if isinstance(outcome, BaseException):
                raise outcome
        offsets = {AiokafkaTopicPartition(topic, partition): offset for topic, offset in changes.positions.items()}
        if offsets:
            await producer.send_offsets_to_transaction(offsets, self._layout.app)
        await producer.commit_transaction()

    def _messages(self, partition: Partition, changes: Changes) -> Iterable[Messages]:
        return messages_of(partition, changes, self._layout, self._counts)


async def _read_all(consumer: Any, tps: tuple[Any, ...]) -> AsyncIterator[tuple[Any, list[Any]]]:
    """Records of `tps` up to their ends as they are now."""
    # Before there is anything to fetch: a fetch of an empty partition makes other requests on its connection wait.
    ends = await consumer.end_offsets(list(tps))
    consumer.assign(list(tps))
    await consumer.seek_to_beginning(*tps)
    while [tp for tp in tps if await consumer.position(tp) < ends[tp]]:
        for tp, records in (await consumer.getmany(timeout_ms=200, max_records=20_000)).items():
            yield tp, records


def _present(rows: dict[bytes, bytes | None]) -> dict[bytes, bytes]:
    for key in [key for key, value in rows.items() if value is None]:
        del rows[key]
    return cast(dict[bytes, bytes], rows)
