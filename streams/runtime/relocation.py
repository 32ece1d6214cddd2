"""The records of the input topics of one log, written into those of another, where their keys may belong to other partitions.

As they are: key, value, headers, time. Those of a key stay in their order. Out of a Kafka it goes on where it ended the last time, by a
group of its own. Out of an embedded log, and into a topic that is empty, it begins anew, which changes no figure: a repeated event counts
once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from typing import Any, NamedTuple

from aiokafka import TopicPartition as AiokafkaTopicPartition

from schemas.values import EpochMs
from streams.config import Config, EmbeddedLog
from streams.errors import TopicLayoutError
from streams.runtime.clock import wall_clock
from streams.runtime.engine import Engine
from streams.runtime.layout import layout_of
from streams.runtime.transport.connection import Connection
from streams.runtime.transport.database import clear_errors
from streams.runtime.transport.kafka_positions import committed_positions
from streams.runtime.transport.log import NewRecord, TopicPartition
from streams.runtime.transport.store import Store

RECORDS = 2_000
READ_MS = 1_000


class Piece(NamedTuple):
    """Records of one partition of a topic."""

    topic: str
    records: list[NewRecord]


async def relocate(source: Config, target: Engine, topics: Mapping[str, str], group: str, empty: Collection[str]) -> Counter[str]:
    """All that is there now. Returns how many of each topic of `source` were written; the rest is left out because it has no content.

    topics  name in the log of `source` -> name in that of `target`, which is open
    group   remembers how far it got, on a Kafka
    empty   of the target: they were made anew since, or are others, and what was copied before is not there
    Raises Unreachable, StorageFull, TopicLayoutError.
    """
    count: Counter[str] = Counter()
    await target.appender.open()
    pieces = _of_directory(source, source.log, topics) if isinstance(source.log, EmbeddedLog) else _of_kafka(source, topics, group, empty)
    async for topic, records in pieces:
        kept = [record for record in records if record.value is not None]
        if kept:
            await target.appender.append(topics[topic], kept)
        count[topic] += len(kept)
    return count


async def _of_directory(source: Config, log: EmbeddedLog, topics: Mapping[str, str]) -> AsyncIterator[Piece]:
    with clear_errors(log.directory):
        store = Store(log.directory, layout_of(source), source.limits.partitions, wall_clock)
    try:
        for topic in topics:
            for part in range(store.counts[topic]):
                for chunk in store.chunks(TopicPartition(topic, part), 0):
                    yield Piece(topic, [_again(record) for record in chunk])
    finally:
        store.close()


async def empty_of(config: Config, counts: Mapping[str, int]) -> set[str]:
    """Topics that hold nothing, of those with their partitions in `counts`. An embedded log is not asked: it is a new one. Raises
    Unreachable."""
    if isinstance(config.log, EmbeddedLog):
        return set(counts)
    connection = Connection(config.log, config.kafka)
    consumer = connection.consumer(group_id=None)
    with connection.errors():
        await consumer.start()
    try:
        tps = [AiokafkaTopicPartition(topic, part) for topic, count in counts.items() for part in range(count)]
        with connection.errors():
            begins, ends = await consumer.beginning_offsets(tps), await consumer.end_offsets(tps)
    finally:
        await consumer.stop()
    return set(counts) - {tp.topic for tp in tps if begins[tp] < ends[tp]}


async def _of_kafka(source: Config, topics: Mapping[str, str], group: str, empty: Collection[str]) -> AsyncIterator[Piece]:
    """A piece counts as written when the next one is asked for."""
    assert not isinstance(source.log, EmbeddedLog)
    connection = Connection(source.log, source.kafka)
    counts = await connection.partitions()
    missing = [topic for topic in topics if not counts.get(topic)]
    if missing:
        raise TopicLayoutError(f"{source.log}: there is no {', '.join(missing)}: turn it off in [topics], or correct its name")
    consumer = connection.consumer(group_id=group, auto_offset_reset="none", max_poll_records=RECORDS)
    with connection.errors():
        await consumer.start()
    try:
        tps = [AiokafkaTopicPartition(topic, part) for topic in topics for part in range(counts[topic])]
        with connection.errors():
            begins, ends = await consumer.beginning_offsets(tps), await consumer.end_offsets(tps)
            known = await committed_positions(consumer, tps)
            consumer.assign(tps)
            for tp in tps:
                consumer.seek(tp, max(begins[tp], 0 if topics[tp.topic] in empty else known.get(tp, 0)))
        for tp in tps:
            while True:
                with connection.errors():
                    position = await consumer.position(tp)
                    if position >= ends[tp]:
                        break
                    fetched = (await consumer.getmany(tp, timeout_ms=READ_MS)).get(tp, [])
                yield Piece(tp.topic, [_again(record) for record in fetched if record.offset < ends[tp]])
                with connection.errors():
                    await consumer.commit({tp: min(await consumer.position(tp), ends[tp])})
    finally:
        await consumer.stop()


def _again(record: Any) -> NewRecord:
    headers: Sequence[tuple[str, bytes]] = tuple(record.headers)
    return NewRecord(record.key, record.value, headers, EpochMs(record.timestamp))
