"""What a checkpoint is in Kafka: messages by topic and partition, many of them to a message set."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from schemas.state import POSITIONS_KEY
from schemas.values import Partition
from streams.core.log import Changes
from streams.runtime.layout import Layout
from streams.runtime.transport.kafka_positions import encode_positions
from streams.runtime.transport.partitioner import place_of

# Of uncompressed records; the default limit of a broker is 1 MiB for what arrives.
BATCH_BYTES = 512 << 10

Message = tuple[bytes | None, bytes | None, list[tuple[str, bytes]]]
"""Key, value, headers."""


class Messages(NamedTuple):
    """For one partition of a topic, in their order."""

    topic: str
    partition: Partition
    messages: list[Message]


def messages_of(partition: Partition, changes: Changes, layout: Layout, counts: Mapping[str, int]) -> Iterable[Messages]:
    """All that a checkpoint of `partition` writes. counts: topic -> its partitions."""
    state = [*changes.state, (POSITIONS_KEY, encode_positions(changes.positions))] if changes.positions else changes.state
    yield Messages(layout.state, partition, [(key, value, []) for key, value in state])
    yield Messages(layout.panes, partition, [(key, value, []) for key, value in changes.panes])
    outputs: dict[tuple[str, Partition], list[Message]] = {}
    for output in changes.outputs:
        place = (output.topic, place_of(output, partition, counts[output.topic]))
        outputs.setdefault(place, []).append((output.key, output.value, output.headers))
    yield from (Messages(topic, part, messages) for (topic, part), messages in outputs.items())


def largest(all_messages: Iterable[Messages]) -> tuple[int, str]:
    """Bytes of the largest message, and its topic."""
    return max(
        (len(key or b"") + len(value or b"") + sum(len(name) + len(text or b"") for name, text in headers), topic)
        for topic, _, messages in all_messages
        for key, value, headers in messages
    )


def batches(producer: Any, messages: list[Message], now_ms: int) -> Iterable[Any]:
    """Message sets of at most BATCH_BYTES, or of one message that is larger by itself."""
    place = 0
    while place < len(messages):
        batch = producer.create_batch()
        append = batch.append
        while place < len(messages):
            key, value, headers = messages[place]
            if append(timestamp=now_ms, key=key, value=value, headers=headers) is None:
                break
            place += 1
        assert batch.record_count(), "a message set takes at least one message"
        batch.close()
        yield batch
