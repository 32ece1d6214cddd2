"""What a log promises (streams/runtime/transport/log.py): one suite over memory, SQLite and Kafka."""

from __future__ import annotations

import asyncio

import pytest

from schemas.values import EpochMs
from streams.core.log import Changes, Output
from streams.errors import Fenced
from streams.runtime.transport.log import NewRecord, Tail, TopicPartition
from tests.runtime.logs import World, follow_until, read_until

EMPTY = Changes([], [], [], {})


def changes(world: World, **rows: str | None) -> Changes:
    """State and panes with the same rows; positions stay."""
    encoded = [(key.encode(), None if value is None else value.encode()) for key, value in rows.items()]
    return Changes(encoded, [(b"pane-" + key, value) for key, value in encoded], [], {})


def at(world: World, calls: int, tickets: int = 0) -> dict[str, int]:
    return dict(zip(world.layout.read, (calls, tickets, 0), strict=True))


async def test_a_new_partition_begins_empty_at_the_first_record_of_every_source(world: World):
    restored = await (await world.log()).open(2)
    assert (restored.state, restored.panes) == ({}, {})
    assert restored.positions == at(world, 0)


async def test_what_is_restored_is_what_was_written(world: World):
    log = await world.log()
    await log.open(1)
    await log.checkpoint(1, Changes([(b"a", b"1"), (b"b", b"1")], [(b"p", b"1")], [], at(world, 5)))
    await log.checkpoint(1, Changes([(b"b", b"2"), (b"c", b"2")], [(b"q", b"2")], [], at(world, 9, 3)))
    await log.close(1, 5.0)
    restored = await (await world.log()).open(1)
    assert sorted(restored.state.items()) == [(b"a", b"1"), (b"b", b"2"), (b"c", b"2")]
    assert sorted(restored.panes.items()) == [(b"p", b"1"), (b"q", b"2")]
    assert restored.positions == at(world, 9, 3)


async def test_a_deleted_row_is_gone_and_may_come_back(world: World):
    log = await world.log()
    await log.open(0)
    await log.checkpoint(0, changes(world, a="1", b="1", c="1"))
    await log.checkpoint(0, changes(world, a=None, b=None))
    await log.checkpoint(0, changes(world, b="2"))
    restored = await (await world.log()).open(0)
    assert sorted(restored.state.items()) == [(b"b", b"2"), (b"c", b"1")]
    assert sorted(restored.panes.items()) == [(b"pane-b", b"2"), (b"pane-c", b"1")]


async def test_of_a_key_written_twice_in_one_checkpoint_the_last_value_counts(world: World):
    log = await world.log()
    await log.open(0)
    twice: list[tuple[bytes, bytes | None]] = [(b"a", b"1"), (b"a", b"2")]
    await log.checkpoint(0, Changes(twice, twice, [], {}))
    restored = await (await world.log()).open(0)
    assert restored.state == restored.panes == {b"a": b"2"}


async def test_a_second_open_fences_the_first(world: World):
    first, second = await world.log(), await world.log()
    await first.open(0)
    await first.checkpoint(0, changes(world, a="first"))
    await second.open(0)
    with pytest.raises(Fenced):
        await first.checkpoint(0, changes(world, a="zombie"))
    await second.checkpoint(0, changes(world, b="second"))
    assert (await (await world.log()).open(0)).state == {b"a": b"first", b"b": b"second"}


async def test_the_epoch_grows_with_each_owner(world: World):
    first, second = await world.log(), await world.log()
    assert first.epoch(0) is None
    await first.open(0)
    former = first.epoch(0)
    await second.open(0)
    current = second.epoch(0)
    assert former is not None
    assert current is not None
    assert current > former


async def test_nothing_of_a_fenced_checkpoint_is_seen_by_anybody(world: World):
    first, second = await world.log(), await world.log()
    out = TopicPartition(world.layout.outputs[0], 3)
    await first.open(3)
    await second.open(3)
    zombie = Changes([(b"a", b"z")], [(b"p", b"z")], [Output(out.topic, b"k", b"z", [])], at(world, 7))
    with pytest.raises(Fenced):
        await first.checkpoint(3, zombie)
    await second.checkpoint(3, Changes([], [], [Output(out.topic, b"k", b"2", [])], {}))
    restored = await (await world.log()).open(3)
    assert (restored.state, restored.panes, restored.positions) == ({}, {}, at(world, 0))
    batches = await read_until(await world.reader(out), out, 1)
    assert [record.value for batch in batches for record in batch] == [b"2"]


async def test_partitions_do_not_know_each_other(world: World):
    log, other = await world.log(), await world.log()
    await log.open(0)
    await other.open(1)
    await asyncio.gather(log.checkpoint(0, changes(world, a="0")), other.checkpoint(1, changes(world, a="1")))
    assert (await (await world.log()).open(0)).state == {b"a": b"0"}
    await other.checkpoint(1, changes(world, b="1"))


async def test_what_is_not_open_takes_nothing(world: World):
    log = await world.log()
    with pytest.raises(Fenced):
        await log.checkpoint(0, changes(world, a="1"))
    await log.open(0)
    await log.close(0, 5.0)
    await log.close(0, 5.0)
    with pytest.raises(Fenced):
        await log.checkpoint(0, changes(world, a="1"))
    assert log.epoch(0) is None


async def test_a_partition_may_be_opened_again_in_place(world: World):
    log = await world.log()
    await log.open(0)
    await log.checkpoint(0, changes(world, a="1"))
    assert (await log.open(0)).state == {b"a": b"1"}
    await log.checkpoint(0, changes(world, a="2"))
    assert (await log.open(0)).state == {b"a": b"2"}


async def test_a_checkpoint_may_hold_positions_alone_or_nothing(world: World):
    log = await world.log()
    await log.open(0)
    await log.checkpoint(0, EMPTY)
    await log.checkpoint(0, Changes([], [], [], at(world, 4, 2)))
    assert (await log.open(0)).positions == at(world, 4, 2)


async def test_a_large_checkpoint_comes_back_whole(world: World):
    log = await world.log()
    await log.open(0)
    rows: list[tuple[bytes, bytes | None]] = [(b"%d" % n, b"%d" % n * 60) for n in range(9_000)]
    large: list[tuple[bytes, bytes | None]] = [(b"large", bytes(200_000)), (b"larger", bytes(300_000))]
    await log.checkpoint(0, Changes([*rows, *large], rows[:900], [], {}))
    restored = await (await world.log()).open(0)
    assert sorted(restored.state.items()) == sorted([*rows, *large])
    assert sorted(restored.panes.items()) == sorted(rows[:900])


async def test_outputs_keep_key_value_headers_and_order(world: World):
    log = await world.log()
    out = TopicPartition(world.layout.outputs[0], 1)
    await log.open(1)
    written = [Output(out.topic, b"%d" % n, b"v%d" % n, [("reason", b"late"), ("n", b"%d" % n)]) for n in range(3)]
    nothing = Output(out.topic, b"key", None, [])
    await log.checkpoint(1, Changes([], [], [*written, nothing], {}))
    records = [record for batch in await read_until(await world.reader(out), out, 4) for record in batch]
    assert [(r.key, r.value, list(r.headers)) for r in records] == [(o.key, o.value, o.headers) for o in (*written, nothing)]


async def test_a_keyed_output_goes_where_producers_put_its_key_and_is_read_in_there(world: World):
    """Shards write for each other: whichever of them tells of a customer, it is read where the customer belongs."""
    topic = world.layout.contacts
    keys = [b"customer-%d" % n for n in range(20)]
    for shard in (0, 3):
        log = await world.log()
        await log.open(shard)
        told = [Output(topic, key, b"from %d" % shard, [], keyed=True) for key in keys]
        await log.checkpoint(shard, Changes([], [], told, at(world, 7)))
    for part in range(4):
        tp = TopicPartition(topic, part)
        expected = [(key, b"from %d" % shard) for shard in (0, 3) for key in keys if _partition_of(key) == part]
        reader = await world.reader(tp)
        reader.seek(tp, 0)
        found = [record for batch in await read_until(reader, tp, len(expected)) for record in batch]
        assert [(record.key, record.value) for record in found] == expected


async def test_nothing_of_a_fenced_checkpoint_reaches_another_shard(world: World):
    first, second = await world.log(), await world.log()
    topic, key = world.layout.contacts, b"customer"
    await first.open(0)
    await second.open(0)
    with pytest.raises(Fenced):
        await first.checkpoint(0, Changes([], [], [Output(topic, key, b"zombie", [], keyed=True)], {}))
    await second.checkpoint(0, Changes([], [], [Output(topic, key, b"told", [], keyed=True)], {}))
    tp = TopicPartition(topic, _partition_of(key))
    reader = await world.reader(tp)
    reader.seek(tp, 0)
    assert [record.value for batch in await read_until(reader, tp, 1) for record in batch] == [b"told"]


async def test_batches_lie_end_to_end(world: World):
    appender, tp = await world.appender(), TopicPartition(world.layout.sources[0], 0)
    keys = [key for key in (b"%d" % n for n in range(400)) if _partition_of(key) == 0]
    reader = await world.reader(tp)
    reader.seek(tp, 0)
    for key in keys[:40]:
        await appender.append(tp.topic, [NewRecord(key, b"v")])
    batches = await read_until(reader, tp, 40)
    assert batches[0].start == 0
    assert [batch.start for batch in batches[1:]] == [batch.end for batch in batches[:-1]]
    assert [record.offset for batch in batches for record in batch] == list(range(40))
    assert [record.key for batch in batches for record in batch] == keys[:40]


async def test_a_batch_after_a_seek_begins_where_it_was_sought(world: World):
    appender, tp = await world.appender(), TopicPartition(world.layout.sources[0], 0)
    keys = [key for key in (b"%d" % n for n in range(400)) if _partition_of(key) == 0]
    await appender.append(tp.topic, [NewRecord(key, b"v") for key in keys[:50]])
    reader = await world.reader(tp)
    reader.seek(tp, 0)
    await read_until(reader, tp, 50)
    for offset in (20, 49, 0):
        reader.seek(tp, offset)
        batches = await read_until(reader, tp, 50)
        assert batches[0].start == offset
        assert [record.offset for batch in batches for record in batch] == list(range(offset, 50))


async def test_a_fetch_takes_no_more_records_than_asked_for(world: World):
    appender, tp = await world.appender(), TopicPartition(world.layout.sources[0], 0)
    keys = [key for key in (b"%d" % n for n in range(400)) if _partition_of(key) == 0]
    await appender.append(tp.topic, [NewRecord(key, b"v") for key in keys[:50]])
    reader = await world.reader(tp)
    reader.seek(tp, 0)
    read: list[int] = []
    while len(read) < 50:
        for batch in (await reader.fetch({tp}, 5.0, 7)).get(tp, []):
            assert 0 < len(batch) <= 7
            read += [record.offset for record in batch]
    assert read == list(range(50))


async def test_the_reader_says_where_a_partition_ends(world: World):
    appender, tp = await world.appender(), TopicPartition(world.layout.sources[0], 0)
    keys = [key for key in (b"%d" % n for n in range(400)) if _partition_of(key) == 0]
    await appender.append(tp.topic, [NewRecord(key, b"v") for key in keys[:10]])
    reader = await world.reader(tp)
    reader.seek(tp, 0)
    await read_until(reader, tp, 10)
    while (end := reader.end(tp)) is None:
        await reader.fetch({tp}, 0.1, 1)
    assert end.offset == 10
    assert reader.end(TopicPartition("no-such-topic", 0)) is None


async def test_a_record_keeps_its_timestamp_and_headers(world: World):
    appender, tp = await world.appender(), TopicPartition(world.layout.sources[1], 0)
    key = next(key for key in (b"%d" % n for n in range(99)) if _partition_of(key) == 0)
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
        expected = [key for key in keys if _partition_of(key) == part]
        reader = await world.reader(tp)
        reader.seek(tp, 0)
        assert [record.key for batch in await read_until(reader, tp, len(expected)) for record in batch] == expected


async def test_a_tail_is_restored_once_it_has_read_what_was_there_and_then_follows(world: World):
    log, panes = await world.log(), world.layout.panes
    for part in (0, 2):
        await log.open(part)
        await log.checkpoint(part, Changes([], [(b"p", b"1"), (b"q", b"1")], [], {}))
    tail = world.tail([panes, world.layout.heartbeats])
    await tail.open()
    assert not _is_restored(tail)
    before = await follow_until(tail, lambda _: _is_restored(tail))
    assert {(rows.topic, rows.partition): dict(rows.rows) for rows in before} == {(panes, p): {b"p": b"1", b"q": b"1"} for p in (0, 2)}
    await log.checkpoint(2, Changes([(b"state", b"is not told")], [(b"p", None), (b"r", b"2")], [], {}))
    after = await follow_until(tail, lambda rows: sum(len(some.rows) for some in rows) >= 2)
    assert [(rows.topic, rows.partition, rows.rows) for rows in after] == [(panes, 2, [(b"p", None), (b"r", b"2")])]
    assert tail.restored
    assert tail.answered_ms > 0


async def test_an_empty_log_restores_a_tail_at_once(world: World):
    tail = world.tail([world.layout.panes, world.layout.heartbeats])
    await tail.open()
    assert tail.restored
    assert await tail.read(0.05) == []


async def test_a_tail_sees_heartbeats_and_no_row_of_a_fenced_checkpoint(world: World):
    first, second, appender = await world.log(), await world.log(), await world.appender()
    await first.open(0)
    await second.open(0)
    tail = world.tail([world.layout.panes, world.layout.heartbeats])
    await tail.open()
    with pytest.raises(Fenced):
        await first.checkpoint(0, Changes([], [(b"p", b"zombie")], [], {}))
    await second.checkpoint(0, Changes([], [(b"p", b"2")], [], {}))
    await appender.put(world.layout.heartbeats, b"w1", b"{}")
    await appender.put(world.layout.heartbeats, b"w1", None)
    rows = await follow_until(tail, lambda rows: sum(len(some.rows) for some in rows if some.topic == world.layout.heartbeats) >= 1)
    rows += await tail.read(0.5)
    seen = [(some.topic, key, value) for some in rows for key, value in some.rows]
    assert (world.layout.panes, b"p", b"2") in seen
    assert (world.layout.panes, b"p", b"zombie") not in seen
    assert seen[-1] == (world.layout.heartbeats, b"w1", None)


def _is_restored(tail: Tail) -> bool:
    """For the type checker, which does not expect a property to change."""
    return tail.restored


def _partition_of(key: bytes) -> int:
    """Of four, as Kafka's default partitioner says."""
    h, mask = 0x9747B28C ^ len(key), 0xFFFFFFFF
    m = 0x5BD1E995
    for place in range(0, len(key) & ~3, 4):
        k = int.from_bytes(key[place : place + 4], "little") * m & mask
        k = ((k ^ (k >> 24)) * m) & mask
        h = (h * m & mask) ^ k
    rest = key[len(key) & ~3 :]
    if rest:
        h = ((h ^ int.from_bytes(rest, "little")) * m) & mask
    h = ((h ^ (h >> 13)) * m) & mask
    return ((h ^ (h >> 15)) & 0x7FFFFFFF) % 4
