"""What `Tail` promises (streams/runtime/transport/log.py), over memory, SQLite and Kafka."""

from __future__ import annotations

import pytest

from streams.core.log import Changes
from streams.errors import Fenced
from streams.runtime.transport.log import Tail
from tests.runtime.logs import World, follow_until


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
