"""What stands in topics of a Kafka, read to the end by a client that is not ours."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from kafka import KafkaConsumer, TopicPartition


class Place(NamedTuple):
    topic: str
    partition: int
    offset: int


class Found(NamedTuple):
    place: Place
    key: bytes | None
    value: bytes | None
    headers: dict[str, str]
    timestamp: int


def records(bootstrap: str, *topics: str) -> Iterator[Found]:
    """All that is committed."""
    consumer: Any = KafkaConsumer(
        bootstrap_servers=bootstrap, isolation_level="read_committed", enable_auto_commit=False, auto_offset_reset="earliest"
    )
    try:
        tps = [TopicPartition(topic, part) for topic in topics for part in consumer.partitions_for_topic(topic)]
        consumer.assign(tps)
        consumer.seek_to_beginning(*tps)
        ends = consumer.end_offsets(tps)
        while any(consumer.position(tp) < end for tp, end in ends.items()):
            for tp, some in consumer.poll(500, max_records=10_000).items():
                for record in some:
                    headers = {name: value.decode() for name, value in record.headers}
                    yield Found(Place(tp.topic, tp.partition, record.offset), record.key, record.value, headers, record.timestamp)
    finally:
        consumer.close()
