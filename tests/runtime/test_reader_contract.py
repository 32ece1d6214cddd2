"""What `Reader` and `Appender` promise (streams/runtime/transport/log.py), over memory, SQLite and Kafka."""

from __future__ import annotations

from schemas.values import EpochMs
from streams.runtime.transport.log import NewRecord, Reader, TopicPartition
from tests.runtime.logs import World, partition_of_four, read_until


def keys_of_first(count: int) -> list[bytes]:
    """So many that belong to the first partition."""
    return [key for key in (b"%d" % n for n in range(400)) if partition_of_four(key) == 0][:count]


async def begun(world: World, count: int) -> tuple[Reader, TopicPartition]:
    """A reader before so many records of a partition."""
    appender, tp = await world.appender(), TopicPartition(world.layout.sources[0], 0)
    await appender.append(tp.topic, [NewRecord(key, b"v") for key in keys_of_first(count)])
    reader = await world.reader(tp)
    reader.seek(tp, 0)
    return reader, tp


async def test_batches_lie_end_to_end(world: World):
    appender, tp = await world.appender(), TopicPartition(world.layout.sources[0], 0)
    keys = keys_of_first(40)
    reader = await world.reader(tp)
    reader.seek(tp, 0)
    for key in keys:
        await appender.append(tp.topic, [NewRecord(key, b"v")])
    batches = await read_until(reader, tp, 40)
    assert batches[0].start == 0
    assert [batch.start for batch in batches[1:]] == [batch.end for batch in batches[:-1]]
    assert [record.offset for batch in batches for record in batch] == list(range(40))
    assert [record.key for batch in batches for record in batch] == keys


async def test_a_batch_after_a_seek_begins_where_it_was_sought(world: World):
    reader, tp = await begun(world, 50)
    await read_until(reader, tp, 50)
    for offset in (20, 49, 0):
        reader.seek(tp, offset)
        batches = await read_until(reader, tp, 50)
        assert batches[0].start == offset
        assert [record.offset for batch in batches for record in batch] == list(range(offset, 50))


async def test_a_fetch_takes_no_more_records_than_asked_for(world: World):
    reader, tp = await begun(world, 50)
    read: list[int] = []
    while len(read) < 50:
        for batch in (await reader.fetch({tp}, 5.0, 7)).get(tp, []):
            assert 0 < len(batch) <= 7
            read += [record.offset for record in batch]
    assert read == list(range(50))


async def test_the_reader_says_where_a_partition_ends(world: World):
    reader, tp = await begun(world, 10)
    await read_until(reader, tp, 10)
    while (end := reader.end(tp)) is None:
        await reader.fetch({tp}, 0.1, 1)
    assert end.offset == 10
    assert reader.end(TopicPartition("no-such-topic", 0)) is None


async def test_a_record_keeps_its_timestamp_and_headers(world: World):
    appender, tp = await world.appender(), TopicPartition(world.layout.sources[1], 0)
    (key,) = keys_of_first(1)
    await appender.append(tp.topic, [NewRecord(key, None, [("h", b"1")], EpochMs(1_700_000_000_123)), NewRecord(key, b"v")])
    reader = await world.reader(tp)
    reader.seek(tp, 0)
    (first, second) = [record for batch in await read_until(reader, tp, 2) for record in batch]
    assert (first.value, list(first.headers), first.timestamp) == (None, [("h", b"1")], 1_700_000_000_123)
    assert second.timestamp > first.timestamp


async def test_a_key_means_the_same_partition_in_every_log(world: World):
    appender = await world.appender()
    topic = world.layout.sources[0]
    keys = [b"call-%d" % n for n in range(20)]
    await appender.append(topic, [NewRecord(key, b"v") for key in keys])
    for part in range(4):
        tp = TopicPartition(topic, part)
        expected = [key for key in keys if partition_of_four(key) == part]
        reader = await world.reader(tp)
        reader.seek(tp, 0)
        assert [record.key for batch in await read_until(reader, tp, len(expected)) for record in batch] == expected
