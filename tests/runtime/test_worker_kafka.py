"""A whole worker on a real Kafka: what stands in its way at the start, and what happens to it on the way."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka import TopicPartition as AiokafkaTopicPartition
from aiokafka.errors import GroupAuthorizationFailedError, KafkaError, for_code
from aiokafka.partitioner import murmur2
from kafka.admin import KafkaAdminClient, NewPartitions
from mode.threads import WorkerThread

from schemas.values import EpochMs, Partition
from streams.app import SharedCounts, machines_of
from streams.config.parts import Kafka, KafkaLog
from streams.core.letters import VALUE_BYTES_MAX
from streams.core.log import Batch, Changes, Restored
from streams.core.settings import ShardSettings
from streams.errors import DeskpulseError, TopicLayoutError, Unreachable
from streams.runtime.layout import Layout
from streams.runtime.machine import MakeMachine
from streams.runtime.transport.kafka import KafkaEngine
from streams.runtime.transport.log import NewRecord, TopicPartition
from streams.runtime.worker import Worker, WorkerSettings
from tests.kafka.server import KafkaServer
from tests.runtime.counting import CountingShard, counting
from tests.runtime.logs import KafkaWorld, create_topics, layout_for
from tests.runtime.test_worker_embedded import has_read, until
from tests.runtime.test_workers_under_faults import Load, check

pytestmark = pytest.mark.kafka


def engine_for(bootstrap: str, layout: Layout) -> KafkaEngine:
    return KafkaEngine(KafkaLog(brokers=(bootstrap,)), Kafka(), layout)


def worker_for(engine: KafkaEngine, make: MakeMachine | None = None, **settings: Any) -> Worker:
    layout = engine.layout
    options = WorkerSettings(layout=layout, worker="w", checkpoint_interval_s=0.2, **settings)
    return Worker(options, engine, lambda _: make or counting(layout.outputs[0]))


@asynccontextmanager
async def running(bootstrap: str, layout: Layout, make: MakeMachine | None = None, **settings: Any) -> AsyncIterator[Worker]:
    engine = engine_for(bootstrap, layout)
    await engine.open()
    worker = worker_for(engine, make, **settings)
    try:
        await worker.start()
        yield worker
    finally:
        await worker.stop()
        await engine.close()


async def append(bootstrap: str, layout: Layout, *records: NewRecord, topic: str | None = None) -> None:
    engine = engine_for(bootstrap, layout)
    await engine.open()
    await engine.appender.open()
    await engine.appender.append(topic or layout.sources[0], records)
    await engine.close()


async def test_a_broker_that_is_not_there_is_told_in_one_line():
    with pytest.raises(Unreachable, match=r"^kafka://127\.0\.0\.1:9: no Kafka answers there: start it, or correct `log`[^\n]*$"):
        await engine_for("127.0.0.1:9", layout_for("x-")).open()


async def test_missing_topics_are_told_with_the_command_that_makes_them(kafka: str, prefix: str):
    with pytest.raises(TopicLayoutError, match="deskpulse topics create"):
        async with running(kafka, layout_for(prefix)):
            pass


async def test_unequal_topics_are_told_with_the_command_that_heals_them(kafka: str, prefix: str):
    layout = layout_for(prefix)
    create_topics(kafka, layout)
    await asyncio.to_thread(grow, kafka, layout.sources[1], 6)
    await asyncio.sleep(0.5)
    with pytest.raises(TopicLayoutError, match=rf"{layout.sources[1]}.*topics show"):
        async with running(kafka, layout):
            pass


def grow(bootstrap: str, topic: str, partitions: int) -> None:
    admin: Any = KafkaAdminClient(bootstrap_servers=bootstrap)
    admin.create_partitions({topic: NewPartitions(total_count=partitions)})
    admin.close()


async def test_a_row_too_large_for_its_topic_ends_it_with_the_config_to_change(kafka: str, prefix: str):
    class Large(CountingShard):
        def take(self) -> Changes | None:
            changes = super().take()
            return changes and Changes([(b"large", bytes(2 << 20))], [], [], changes.positions)

    layout = layout_for(prefix)
    create_topics(kafka, layout)
    async with running(kafka, layout, lambda partition, restored: Large(partition, restored, None)) as worker:
        await append(kafka, layout, NewRecord(b"k", b"v"))
        with pytest.raises(TopicLayoutError, match=rf"raise max\.message\.bytes of {layout.state}"):
            async with asyncio.timeout(20):
                await worker.wait()


async def test_a_record_too_large_for_the_dead_letters_does_not_end_it(kafka: str, prefix: str):
    """Compressed it came in; as it is, with our headers, no topic would take it. What fits of it is kept, with its length."""
    layout = layout_for(prefix)
    create_topics(kafka, layout)
    topics = {layout.sources[0]: "calls", layout.sources[1]: "tickets"}
    shard_settings = ShardSettings(topics=topics, partitions=4, dead_letters=layout.outputs[0], contacts=layout.contacts)
    letters = TopicPartition(layout.outputs[0], murmur2(b"k") % 4)
    async with AsyncExitStack() as stack, running(kafka, layout, machines_of(shard_settings, SharedCounts())) as worker:
        ended = asyncio.ensure_future(worker.wait())
        producer = AIOKafkaProducer(bootstrap_servers=kafka, compression_type="gzip", max_request_size=4 << 20)
        await producer.start()
        stack.push_async_callback(producer.stop)
        for value in (bytes(3 << 20), b"{"):
            await producer.send_and_wait(layout.sources[0], value, key=b"k")
        await until(lambda: ended.done() or worker.stats().checkpoint_rows > 0)
        assert not ended.done(), ended.exception()
        ended.cancel()
        reader = await KafkaWorld(layout, kafka, stack).reader(letters)
        read: list[Any] = []
        async with asyncio.timeout(15.0):
            while len(read) < 2:  # one checkpoint or two: markers of transactions have offsets, too
                read += [record for batch in (await reader.fetch({letters}, 0.5, 10)).get(letters, []) for record in batch]
    large, small = read
    assert (large.value, dict(large.headers)["error.cut"]) == (bytes(VALUE_BYTES_MAX), b"value of 3145728 bytes")
    assert (small.value, "error.cut" in dict(small.headers)) == (b"{", False)


async def test_a_fault_of_ours_ends_it(kafka: str, prefix: str):
    class Faulty(CountingShard):
        def apply(self, topic: str, batch: Batch, wall_ms: EpochMs) -> bool:
            raise AssertionError("a sum that cannot be")

    layout = layout_for(prefix)
    create_topics(kafka, layout)
    async with running(kafka, layout, lambda partition, restored: Faulty(partition, restored, None)) as worker:
        await append(kafka, layout, NewRecord(b"k", b"v"))
        with pytest.raises(AssertionError, match="cannot be"):
            async with asyncio.timeout(20):
                await worker.wait()


async def test_records_of_open_and_aborted_transactions_are_not_read_and_do_not_hold_it_up(kafka: str, prefix: str):
    """Its clock goes on, too, behind an aborted transaction at the end, which shows no record but moves the position."""
    layout = layout_for(prefix)
    create_topics(kafka, layout)
    shards: dict[int, CountingShard] = {}

    def make(partition: Partition, restored: Restored) -> CountingShard:
        shards[partition] = CountingShard(partition, restored, None)
        return shards[partition]

    async with running(kafka, layout, make) as worker, AsyncExitStack() as stack:
        engine = engine_for(kafka, layout)
        producer: Any = engine.connection.producer(transactional_id=f"{prefix}other")
        await producer.start()
        stack.push_async_callback(producer.stop)
        await producer.begin_transaction()
        await producer.send_and_wait(layout.sources[0], b"v", key=b"a", partition=0)
        await producer.commit_transaction()
        await until(lambda: worker.stats().records == 1)
        await producer.begin_transaction()
        await producer.send_and_wait(layout.sources[0], b"v", key=b"b", partition=0)
        await asyncio.sleep(0.7)
        assert worker.stats().records == 1
        await producer.abort_transaction()
        await until(lambda: shards[0].positions[layout.sources[0]] == 4)  # two records, two markers
        before = shards[0].now_ms
        await until(lambda: shards[0].now_ms > before)
        assert shards[0].counts == {b"a": 1}
        assert worker.stats().partitions[0].lag_records == 0


async def test_records_deleted_before_they_were_read_are_passed_over(kafka: str, prefix: str):
    layout = layout_for(prefix)
    create_topics(kafka, layout)
    async with running(kafka, layout) as worker:
        await append(kafka, layout, *[NewRecord(b"k0", b"v")] * 10)
        await until(lambda: worker.stats().records == 10 and worker.stats().checkpoints > 0)
        await until(lambda: sum(sum(beat.positions.values()) for beat in worker.stats().partitions) == 10)
    await append(kafka, layout, *[NewRecord(b"k0", b"v")] * 10)
    await asyncio.to_thread(delete_before, kafka, layout.sources[0], 15)
    async with running(kafka, layout) as worker:
        await until(lambda: worker.stats().records == 5)
        assert worker.stats().seeks == 4  # one per shard, as at every start


async def test_a_topic_that_has_lost_records_is_not_passed_over_in_silence(kafka: str, prefix: str):
    layout = layout_for(prefix)
    create_topics(kafka, layout)
    engine = engine_for(kafka, layout)
    await engine.open()
    await engine.log.open(0)
    await engine.log.checkpoint(0, Changes([], [], [], {layout.sources[0]: 10}))
    await engine.close()
    async with running(kafka, layout) as worker:
        with pytest.raises(TopicLayoutError, match=r"ends at 0, and was read up to 10 already.*choose a new `app` name"):
            async with asyncio.timeout(20):
                await worker.wait()


async def test_of_two_workers_of_one_name_one_ends_and_says_why(kafka: str, prefix: str):
    """They would take their place in the group from each other every second, and fence each other, for ever."""
    layout = layout_for(prefix)
    create_topics(kafka, layout)
    async with running(kafka, layout, static=True) as first, running(kafka, layout, static=True) as second:
        ends = {asyncio.create_task(worker.wait()): worker for worker in (first, second)}
        done, pending = await asyncio.wait(ends, timeout=30, return_when=asyncio.FIRST_COMPLETED)
        (ended,), (other,) = done, pending
        # It finds out by itself; now and then the broker says so first.
        with pytest.raises(DeskpulseError, match=r"another worker (is named w, too|took the place of this one in the group): .*own"):
            ended.result()
        await ends[ended].stop()
        await append(kafka, layout, *[NewRecord(b"k%d" % number, b"v") for number in range(40)])
        await until(partial(has_read, ends[other], 40), limit_s=30)
        assert not other.done()
        other.cancel()


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (GroupAuthorizationFailedError("app"), "grant it the rights"),
        (KafkaError(repr(for_code(82)())), "another worker took the place of this one in the group"),
        (TypeError("a fault of the client"), "a fault of the client"),
    ],
)
async def test_what_the_client_cannot_do_in_the_group_ends_the_worker(kafka: str, prefix: str, error: Exception, told: str):
    """It waits until it is asked for it, for ever, and neither reads nor gives its partitions up."""
    layout = layout_for(prefix)
    create_topics(kafka, layout)
    async with running(kafka, layout) as worker:
        thread: Any = worker._app.consumer._thread  # type: ignore[union-attr]

        async def refused(*_: object) -> None:
            raise error

        thread._consumer._coordinator.ensure_active_group = refused
        thread.thread_loop.call_soon_threadsafe(thread._consumer._coordinator.request_rejoin)
        with pytest.raises(Unreachable, match=told):
            async with asyncio.timeout(20):
                await worker.wait()


@pytest.mark.slow
async def test_a_worker_ends_while_its_broker_answers_nothing(kafka_server: KafkaServer):
    """The thread of its consumer, too: a process waits for it, and a supervisor does not wait for as long as a client does."""
    layout = layout_for("t")
    create_topics(kafka_server.bootstrap, layout)
    async with running(kafka_server.bootstrap, layout) as worker:
        await until(lambda: worker.stats().ready)
        assert threads_of_consumers()
        kafka_server.pause()
    try:
        assert threads_of_consumers() == []
    finally:
        kafka_server.resume()


def threads_of_consumers() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if isinstance(thread, WorkerThread)]


def delete_before(bootstrap: str, topic: str, offset: int) -> None:
    admin: Any = KafkaAdminClient(bootstrap_servers=bootstrap)
    from kafka.structs import TopicPartition as KafkaTopicPartition

    ends = {part: end for part in range(4) if (end := _end(bootstrap, topic, part))}
    admin.delete_records({KafkaTopicPartition(topic, part): offset for part in ends})
    admin.close()


def _end(bootstrap: str, topic: str, part: int) -> int:
    from kafka import KafkaConsumer
    from kafka.structs import TopicPartition as KafkaTopicPartition

    consumer: Any = KafkaConsumer(bootstrap_servers=bootstrap)
    tp = KafkaTopicPartition(topic, part)
    found: int = consumer.end_offsets([tp])[tp]
    consumer.close()
    return found


async def test_a_gap_on_the_way_is_read_again(kafka: str, prefix: str):
    """Whatever dropped it: the position of the shard decides."""
    layout = layout_for(prefix)
    create_topics(kafka, layout)
    async with running(kafka, layout) as worker:
        await append(kafka, layout, *[NewRecord(b"k%d" % number, b"v") for number in range(100)])
        await until(lambda: worker.stats().records == 100)
        app: Any = worker._app
        shard = app.shards._open[0]
        topic, position = layout.sources[0], shard.machine.positions[layout.sources[0]]
        assert position > 4
        shard.machine.positions[topic] = position - 4  # as if the last four had never come
        shard._sought_at -= 60
        await append(kafka, layout, *[NewRecord(b"k%d" % number, b"v") for number in range(100)])
        await until(lambda: shard.machine.positions[topic] >= 2 * position)
        assert worker.stats().records >= 200 + 4


@pytest.mark.slow
async def test_a_broker_that_restarts_costs_nothing_but_time(kafka_server: KafkaServer, prefix: str):
    layout = layout_for(prefix)
    create_topics(kafka_server.bootstrap, layout)
    async with running(kafka_server.bootstrap, layout) as worker, AsyncExitStack() as stack:
        world = KafkaWorld(layout, kafka_server.bootstrap, stack)
        load = Load(world)
        await load.run(seconds=3, keys_per_second=500)
        await asyncio.to_thread(kafka_server.kill)
        await asyncio.sleep(4)
        await asyncio.to_thread(kafka_server.start)
        await load.run(seconds=3, keys_per_second=500)
        await check(world, load.keys)
        assert worker.stats().ready
        assert [beat.partition for beat in worker.stats().partitions] == [0, 1, 2, 3]


@pytest.mark.slow
async def test_a_silent_broker_holds_the_clock(kafka_server: KafkaServer, prefix: str):
    """No due instant passes while the answer may lie unread."""
    layout = layout_for(prefix)
    create_topics(kafka_server.bootstrap, layout)
    shards: dict[int, CountingShard] = {}

    def make(partition: Partition, restored: Restored) -> CountingShard:
        shards[partition] = CountingShard(partition, restored, None)
        return shards[partition]

    async with running(kafka_server.bootstrap, layout, make) as worker:
        await until(lambda: all(shard.now_ms > 0 for shard in shards.values()))
        kafka_server.pause()
        await asyncio.sleep(1.5)
        held = [shard.now_ms for shard in shards.values()]
        await asyncio.sleep(2)
        assert [shard.now_ms for shard in shards.values()] == held
        kafka_server.resume()
        await until(lambda: all(shard.now_ms > held[0] + 3_000 for shard in shards.values()), limit_s=30)
        assert worker.stats().ready


def test_the_three_kinds_of_topic_partition_are_equal():
    assert TopicPartition("t", 1) == AiokafkaTopicPartition("t", 1)
    assert {TopicPartition("t", 1): 1}[AiokafkaTopicPartition("t", 1)] == 1
