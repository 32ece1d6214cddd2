"""What a program has written of its sums: committed records of a topic, read by the client that knows all their codecs."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition


def last_values(bootstrap: str, topic: str) -> dict[tuple[int, bytes], bytes]:
    """Partition and key -> value, without those that were deleted."""
    return asyncio.run(_last_values(bootstrap, topic))


def seconds_until_seen(bootstrap: str, topic: str, word: bytes, act: Callable[[], object], limit_s: float) -> float:
    """From `act()` until a record comes after it whose key contains `word`. Raises TimeoutError."""
    return asyncio.run(_seconds_until_seen(bootstrap, topic, word, act, limit_s))


async def _last_values(bootstrap: str, topic: str) -> dict[tuple[int, bytes], bytes]:
    found: dict[tuple[int, bytes], bytes] = {}
    async with _reading(bootstrap, topic) as (consumer, tps):
        await consumer.seek_to_beginning(*tps)
        ends = await consumer.end_offsets(tps)
        while any([await consumer.position(tp) < end for tp, end in ends.items()]):
            for some in (await consumer.getmany(timeout_ms=200, max_records=20_000)).values():
                found |= {(record.partition, record.key): record.value for record in some if record.key is not None}
    return {key: value for key, value in found.items() if value is not None}


async def _seconds_until_seen(bootstrap: str, topic: str, word: bytes, act: Callable[[], object], limit_s: float) -> float:
    async with _reading(bootstrap, topic) as (consumer, tps):
        await consumer.seek_to_end(*tps)
        for tp in tps:
            await consumer.position(tp)
        began_s = time.monotonic()
        # Whoever sends has a loop of its own.
        await asyncio.to_thread(act)
        async with asyncio.timeout(limit_s):
            while not any(word in (record.key or b"") for some in (await consumer.getmany(timeout_ms=100)).values() for record in some):
                pass
        return time.monotonic() - began_s


@asynccontextmanager
async def _reading(bootstrap: str, topic: str) -> AsyncIterator[tuple[Any, list[TopicPartition]]]:
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, isolation_level="read_committed", enable_auto_commit=False)
    await consumer.start()
    try:
        await consumer._client.add_topic(topic)  # it knows none before one is asked for
        tps = [TopicPartition(topic, part) for part in sorted(consumer.partitions_for_topic(topic) or ())]
        assert tps, f"there is no topic {topic}"
        consumer.assign(tps)
        yield consumer, tps
    finally:
        await consumer.stop()
