"""What the reader says of the end of a partition: never that nothing more was there when something was."""

from __future__ import annotations

import asyncio
import time
from contextlib import AsyncExitStack
from threading import Thread
from typing import Any

import pytest
from aiokafka.partitioner import murmur2

from streams.runtime.clock import wall_clock
from streams.runtime.transport.kafka_reader import Asked
from streams.runtime.transport.log import LeftBehind, NewRecord, TopicPartition
from tests.runtime.logs import PARTITIONS, KafkaWorld, create_topics, layout_for, read_until
from tests.runtime.test_worker_kafka import append


def test_a_partition_was_asked_for_its_end_when_the_answer_before_had_come():
    asked = Asked()
    assert [asked.before(answered_ms) for answered_ms in (100, 100, 350, 350, 9_000)] == [None, None, 100, 100, 350]


@pytest.mark.kafka
async def test_what_was_written_while_the_process_stood_still_was_not_read_by_then(kafka: str, prefix: str):
    layout = layout_for(prefix)
    create_topics(kafka, layout)
    tp = TopicPartition(layout.sources[0], murmur2(b"k") % PARTITIONS)
    written_ms = []

    def write() -> None:
        asyncio.run(append(kafka, layout, NewRecord(b"k", b"later")))
        written_ms.append(wall_clock())

    await append(kafka, layout, NewRecord(b"k", b"v"))
    async with AsyncExitStack() as stack:
        reader = await KafkaWorld(layout, kafka, stack).reader(tp)
        reader.seek(tp, 0)
        await read_until(reader, tp, 1)
        while reader.end(tp) is None:
            await reader.fetch({tp}, 0.1, 10)
        writer = Thread(target=write)
        writer.start()
        while not written_ms:
            time.sleep(0.5)  # it stands still, with an answer from before in its socket
        writer.join()
        while (end := reader.end(tp)) is not None and end.offset == 1:
            assert end.at_ms < written_ms[0]
            await reader.fetch({tp}, 0.01, 10)


@pytest.mark.kafka
async def test_a_tail_whose_client_has_stopped_says_that_another_is_needed(kafka: str, prefix: str):
    """It would have nothing new for ever, and a board stand still."""
    layout = layout_for(prefix)
    create_topics(kafka, layout)
    async with AsyncExitStack() as stack:
        tail: Any = KafkaWorld(layout, kafka, stack).tail([layout.panes])
        await tail.open()
        assert await tail.read(0.1) == []
        fetching = tail._consumer._fetcher._fetch_task
        fetching.cancel()
        await asyncio.wait({fetching})
        with pytest.raises(LeftBehind, match="has stopped"):
            await tail.read(0.1)
