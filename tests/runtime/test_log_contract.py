"""What `Log` promises (streams/runtime/transport/log.py), over memory, SQLite and Kafka."""

from __future__ import annotations

import asyncio

import pytest

from streams.core.log import Changes, Output
from streams.errors import Fenced
from streams.runtime.transport.log import TopicPartition
from tests.runtime.logs import World, partition_of_four, read_until

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
        expected = [(key, b"from %d" % shard) for shard in (0, 3) for key in keys if partition_of_four(key) == part]
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
    tp = TopicPartition(topic, partition_of_four(key))
    reader = await world.reader(tp)
    reader.seek(tp, 0)
    assert [record.value for batch in await read_until(reader, tp, 1) for record in batch] == [b"told"]
