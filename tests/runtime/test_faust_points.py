"""The points of Faust and aiokafka that are replaced or relied on: an upgrade that moves one of them fails here, not at night.

Faust is pinned for the same reason (architecture.md, section 2).
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncIterator, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from aiokafka.cluster import ClusterMetadata
from aiokafka.consumer.fetcher import READ_COMMITTED
from faust.assignor.partition_assignor import PartitionAssignor
from faust.transport.consumer import Consumer as FaustConsumer
from faust.transport.drivers import aiokafka as driver
from faust.transport.drivers import by_url
from faust.types import TP
from yarl import URL

from streams.config.parts import Kafka, KafkaLog
from streams.core.log import Batch
from streams.runtime.clock import wall_clock
from streams.runtime.faust_app import FaustApp
from streams.runtime.layout import Layout
from streams.runtime.shards import Shards
from streams.runtime.transport import embedded, kafka
from streams.runtime.transport.delivery import to_message
from streams.runtime.transport.embedded import EmbeddedEngine
from streams.runtime.transport.kafka import KafkaEngine
from tests.runtime.counting import counting

LAYOUT = Layout("app", ("calls", "tickets", "contacts"))


def fatal(error: BaseException) -> None:
    raise error


def shards_for(engine: Any, **kwargs: Any) -> Any:
    return partial(
        Shards,
        log=engine.log,
        layout=LAYOUT,
        count=4,
        make_machine=counting(),
        interval_s=1.0,
        clock=wall_clock,
        event_clock=None,
        on_fatal=fatal,
        **kwargs,
    )


@pytest_asyncio.fixture
async def embedded_app(tmp_path: Path) -> AsyncIterator[FaustApp]:
    engine = EmbeddedEngine(tmp_path, LAYOUT, 4)
    await engine.open()
    await engine.open_worker()
    yield FaustApp(LAYOUT, engine, shards_for(engine), instance=None, on_fatal=fatal)
    await engine.close()


def kafka_app(instance: str | None = None) -> FaustApp:
    """Over a broker that is not there: nothing connects before it starts."""
    engine = KafkaEngine(KafkaLog(brokers=("127.0.0.1:1",)), Kafka(), LAYOUT)
    return FaustApp(LAYOUT, engine, shards_for(engine), instance=instance, on_fatal=fatal)


def test_the_drivers_are_found_by_their_schemes():
    assert by_url(URL("deskpulse-kafka://localhost")) is kafka.Transport
    assert by_url(URL("deskpulse-embedded://")) is embedded.Transport


def test_the_methods_replaced_are_still_called_by_those_names():
    """A renamed one would not fail: Faust's own would run instead of ours."""
    for owner, names in (
        (driver.AIOKafkaConsumerThread, ("_fetch_records", "_seek_wait", "_create_worker_consumer")),
        (driver.Consumer, ("_new_consumer_thread", "_to_message", "verify_event_path", "highwater")),
        (FaustConsumer, ("_wait_next_records", "perform_seek", "on_buffer_full", "on_buffer_drop", "commit", "_to_message")),
    ):
        for name in names:
            assert callable(getattr(owner, name))
    getmany = inspect.getsource(driver.AIOKafkaConsumerThread.getmany)
    assert "self._fetch_records" in getmany
    assert "self._seek_wait" in inspect.getsource(driver.AIOKafkaConsumerThread.seek_wait)
    assert "self._create_worker_consumer" in inspect.getsource(driver.AIOKafkaConsumerThread._create_consumer)
    assert "self._wait_next_records" in inspect.getsource(FaustConsumer.getmany)


async def test_the_kafka_consumer_reads_committed_records_only_and_commits_nothing_by_itself():
    app: Any = kafka_app()
    thread: Any = app.consumer._thread
    consumer = thread._create_worker_consumer(app.transport)
    assert consumer._isolation_level == "read_committed"
    assert consumer._fetcher is None or consumer._fetcher._isolation_level == READ_COMMITTED
    assert not consumer._enable_auto_commit
    assert consumer._group_id == "app"
    assert consumer._group_instance_id is None
    assert consumer._partition_assignment_strategy == [app.assignor]


async def test_a_worker_with_a_name_is_a_static_member():
    app: Any = kafka_app("desk-1")
    thread: Any = app.consumer._thread
    assert thread._create_worker_consumer(app.transport)._group_instance_id == "desk-1"


async def test_the_assignor_is_the_one_that_keeps_a_partition_number_together():
    app = kafka_app()
    assert isinstance(app.assignor, PartitionAssignor)
    assert app.conf.table_standby_replicas == 1


@pytest.mark.parametrize("members", [1, 2, 3, 5])
async def test_partition_p_of_all_topics_goes_to_one_worker(members):
    app: Any = kafka_app()
    cluster: Any = ClusterMetadata()
    cluster.partitions_for_topic = lambda topic: set(range(8)) if topic in LAYOUT.sources else None
    metadata = {f"m{n}": app.assignor.metadata(set(LAYOUT.sources)) for n in range(members)}
    assignment = app.assignor.assign(cluster, metadata)
    owners: dict[int, set[str]] = {}
    for member, assigned in assignment.items():
        for topic, partitions in assigned.assignment:
            for number in partitions:
                owners.setdefault(number, set()).add(member)
                assert topic in LAYOUT.sources
    assert sorted(owners) == list(range(8))
    assert {len(names) for names in owners.values()} == {1}
    if members > 1:
        per_member = [sum(len(p) for _, p in assigned.assignment) for assigned in assignment.values()]
        assert max(per_member) - min(per_member) <= 2 * len(LAYOUT.sources)


async def test_a_message_carries_the_generation_without_which_it_is_dropped(embedded_app: FaustApp):
    embedded_app.consumer_generation_id = 7
    message = to_message(embedded_app, TP("calls", 2), Batch([], 3, 9))
    assert message.generation_id == 7
    assert (message.tp, message.offset) == (TP("calls", 2), 8)
    value: Any = message.value
    assert isinstance(value, Batch)
    source = "".join(line for line in inspect_streams() if "generation_id" in line)
    assert "message.generation_id != self.app.consumer_generation_id" in source


def inspect_streams() -> Iterator[str]:
    import faust.streams

    yield from inspect.getsource(faust.streams.Stream._py_aiter).splitlines()


async def test_a_rebalance_pauses_and_maps_the_topics_before_it_reaches_the_shards(embedded_app: FaustApp, monkeypatch):
    """And returns before they are restored: the group must not wait for that."""
    app: Any = embedded_app
    order: list[str] = []
    monkeypatch.setattr(app.consumer, "pause_partitions", lambda tps: order.append("paused"))

    async def mapped(assigned: set[TP]) -> None:
        order.append("mapped")

    async def reached(assigned: set[TP], revoked: set[TP], newly: set[TP], generation_id: int = 0) -> None:
        order.append(f"shards {generation_id}")

    monkeypatch.setattr(app.topics, "on_partitions_assigned", mapped)
    monkeypatch.setattr(app.tables, "on_rebalance", reached)
    await app._on_partitions_assigned({TP("calls", 0)}, 3)
    assert order == ["paused", "mapped", "shards 3"]


async def test_before_a_rebalance_the_shards_are_told_before_the_group_goes_on(embedded_app: FaustApp, monkeypatch):
    app: Any = embedded_app
    order: list[str] = []
    app.consumer._assigned = {TP("calls", 0)}
    monkeypatch.setattr(app.tables, "on_partitions_revoked", lambda revoked: order.append("not live"))

    async def checkpoint() -> None:
        await asyncio.sleep(0)
        order.append("checkpoint")

    monkeypatch.setattr(app.tables, "checkpoint_revoked", checkpoint)
    await app._on_partitions_revoked({TP("calls", 0)})
    assert order == ["not live", "checkpoint"]
    assert not app.flow_control.is_active()


async def test_nothing_of_faust_that_is_not_used_is_started(embedded_app: FaustApp):
    names = {type(service).__name__ for service in embedded_app.on_init_dependencies()}
    assert names == {"Consumer", "LeaderAssignor", "ReplyConsumer", "AgentManager", "Conductor", "Shards"}


async def test_full_queues_hold_back_the_fetcher_and_nothing_else(embedded_app: FaustApp):
    """Faust would take the partition out of the fetch, and sleep a second once none is left."""
    consumer: Any = embedded_app.consumer
    tp = TP("calls", 0)
    consumer._active_partitions = {tp}
    consumer.on_buffer_full(tp)
    assert consumer._get_active_partitions() == {tp}


async def test_the_app_makes_no_directories(tmp_path, monkeypatch, embedded_app: FaustApp):
    monkeypatch.chdir(tmp_path)
    before = set(tmp_path.iterdir())
    await embedded_app.on_first_start()
    assert set(tmp_path.iterdir()) == before
