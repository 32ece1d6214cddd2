"""A Kafka as the log, `kafka://HOST:PORT`: its engine, and the Faust transport driver `deskpulse-kafka://`.

The driver is Faust's own with another consumer inside: reads committed records only, and hands on batches.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, cast

from aiokafka.errors import ConsumerStoppedError, KafkaError
from faust.transport.drivers import TRANSPORTS
from faust.transport.drivers import aiokafka as driver
from faust.types import TP
from faust.types.transports import ConsumerT

from streams.config.parts import Kafka, KafkaLog
from streams.core.log import Batch
from streams.errors import Unreachable
from streams.runtime.clock import Clock, wall_clock
from streams.runtime.layout import Layout, check_layout
from streams.runtime.transport import kafka_log
from streams.runtime.transport.connection import Connection, expect_lost_futures
from streams.runtime.transport.delivery import BatchConsumer, IdleProducer
from streams.runtime.transport.kafka_reader import FETCH_WAIT_MS, KafkaReader, KafkaTail
from streams.runtime.transport.log import End, NewRecord, TopicPartition
from streams.runtime.transport.overtaken import Losses

SCHEME = "deskpulse-kafka"
APPEND_LIMIT_S = 15.0
STOP_LIMIT_S = 3.0
METADATA_AGE_MS = 10_000
"""How long a topic may have grown unnoticed: keys lie in other partitions then, and cases would be counted in two parts."""


class KafkaEngine:
    """`Engine`."""

    def __init__(self, address: KafkaLog, kafka: Kafka, layout: Layout, *, clock: Clock = wall_clock) -> None:
        """Raises ConfigError."""
        self.connection = Connection(address, kafka)
        self.layout = layout
        self.broker = f"{SCHEME}://{address.brokers[0]}"
        self.appender = KafkaAppender(self.connection)
        self._clock = clock
        self._counts: dict[str, int] = {}
        self.losses = Losses()
        self.log = kafka_log.KafkaLog(self.connection, layout, self._counts, self.losses, clock=clock)

    async def open(self) -> None:
        expect_lost_futures()
        self._counts.update(await self.connection.partitions())

    async def open_worker(self) -> int:
        return check_layout(self.layout, self._counts)

    @property
    def records_lost(self) -> int:
        return self.losses.records

    def understood(self, error: BaseException) -> BaseException:
        return self.connection.understood(error) if isinstance(error, KafkaError) else error

    def tail(self, topics: Sequence[str]) -> KafkaTail:
        return KafkaTail(self.connection, topics)

    async def close(self) -> None:
        await self.log.close_all()
        await self.appender.close()


class KafkaAppender:
    """`Appender`. A producer that has failed once is given up: it may have lost a sequence number, and would then be refused for ever."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._producer: Any = None
        self._starting: asyncio.Task[Any] | None = None
        self._stopping: set[asyncio.Task[None]] = set()

    async def open(self) -> None:
        await self._started()

    async def append(self, topic: str, records: Sequence[NewRecord]) -> None:
        producer = await self._started()
        with self._connection.errors():
            try:
                async with asyncio.timeout(APPEND_LIMIT_S):
                    sent = [
                        await producer.send(topic, value, key=key, headers=list(headers), timestamp_ms=timestamp_ms)
                        for key, value, headers, timestamp_ms in records
                    ]
                    outcomes = await asyncio.gather(*sent, return_exceptions=True)
            except TimeoutError:
                self._give_up(producer)
                raise Unreachable(f"{self._connection.log}: takes no records for {topic} within {APPEND_LIMIT_S:g} s") from None
            except KafkaError:
                self._give_up(producer)
                raise
            for outcome in outcomes:
                if isinstance(outcome, BaseException):
                    self._give_up(producer)
                    raise outcome

    async def put(self, topic: str, key: bytes, value: bytes | None) -> None:
        await self.append(topic, [NewRecord(key, value)])

    async def close(self) -> None:
        if self._starting is not None and not self._starting.done():
            self._starting.cancel()
            await asyncio.wait({self._starting})
        if self._producer is not None:
            self._give_up(self._producer)
        if self._stopping:
            await asyncio.wait(self._stopping)

    async def _started(self) -> Any:
        """The producer, a new one after a failure. Who asks while one is started gets what comes of it. Raises Unreachable."""
        if self._producer is not None:
            return self._producer
        starting = self._starting
        if starting is None or starting.done():
            starting = self._starting = asyncio.create_task(self._start())
        await asyncio.wait({starting})
        return starting.result()

    async def _start(self) -> Any:
        producer = self._connection.producer(
            enable_idempotence=True, compression_type="lz4", linger_ms=5, max_batch_size=256 << 10, request_timeout_ms=10_000
        )
        try:
            with self._connection.errors():
                await producer.start()
        except BaseException:
            self._stop(producer)
            raise
        self._producer = producer
        return producer

    def _give_up(self, producer: Any) -> None:
        if self._producer is producer:
            self._producer = None
            self._stop(producer)

    def _stop(self, producer: Any) -> None:
        task = asyncio.create_task(self._stopped(producer))
        self._stopping.add(task)
        task.add_done_callback(self._stopping.discard)

    async def _stopped(self, producer: Any) -> None:
        stopping = asyncio.ensure_future(producer.stop())
        await asyncio.wait({stopping}, timeout=STOP_LIMIT_S)  # it may hang after a broker is gone
        stopping.cancel()


class Thread(driver.AIOKafkaConsumerThread):
    """The thread of the consumer: heartbeats of the group go on while the loop of the shards is busy."""

    reader: KafkaReader | None = None

    async def on_thread_stop(self) -> None:
        """Leaves the group. A broker that answers nothing is not waited for: the client would, for as long as for any other answer."""
        with suppress(KafkaError, TimeoutError):  # nobody is there to be told
            async with asyncio.timeout(STOP_LIMIT_S):
                await super().on_thread_stop()

    def _create_worker_consumer(self, transport: Any) -> Any:
        app = cast(Any, self.app)
        self._assignor = app.assignor
        conf = app.conf
        consumer = app.engine.connection.consumer(
            group_id=conf.id,
            group_instance_id=conf.consumer_group_instance_id or None,
            partition_assignment_strategy=[self._assignor],
            auto_offset_reset="earliest",
            max_poll_records=conf.broker_max_poll_records,
            max_poll_interval_ms=int(conf.broker_max_poll_interval * 1000),
            session_timeout_ms=int(conf.broker_session_timeout * 1000),
            heartbeat_interval_ms=int(conf.broker_heartbeat_interval * 1000),
            rebalance_timeout_ms=int(conf.broker_rebalance_timeout * 1000),
            fetch_max_wait_ms=FETCH_WAIT_MS,
            max_partition_fetch_bytes=1 << 20,
            metadata_max_age_ms=METADATA_AGE_MS,
            check_crcs=conf.broker_check_crcs,
        )
        self.reader = KafkaReader(consumer, app.engine.losses)
        return consumer

    async def _fetch_records(
        self, consumer: Any, active_partitions: set[TP], timeout: float | None = None, max_records: int | None = None
    ) -> Mapping[TP, list[Batch]]:
        if not self.consumer.flow_active or not active_partitions or self.reader is None:
            return {}
        if consumer._closed or consumer._fetcher._closed:
            raise ConsumerStoppedError
        # A copy: the set belongs to the other thread.
        wanted = cast(set[TopicPartition], set(active_partitions))
        found = await self.reader.fetch(wanted, timeout or 0.0, max_records or 1)
        return cast(Mapping[TP, list[Batch]], found)

    async def _seek_wait(self, consumer: Any, partitions: Mapping[TP, int]) -> None:
        """Does not wait: what is on its way from before the seek says so by its positions."""
        if self.reader is not None:
            for tp, offset in partitions.items():
                self.reader.seek(TopicPartition(*tp), offset)
                self.consumer._read_offset.pop(tp, None)


class Consumer(BatchConsumer, driver.Consumer):
    """Faust's, with batches."""

    def _new_consumer_thread(self) -> Thread:
        return Thread(self, loop=self.loop, beacon=self.beacon)

    def stable_end(self, tp: TopicPartition) -> End | None:
        reader = cast(Thread, self._thread).reader
        return reader.end(tp) if reader is not None else None

    def read_position(self, tp: TopicPartition) -> int | None:
        reader = cast(Thread, self._thread).reader
        return reader.position(tp) if reader is not None else None

    def fault(self) -> BaseException | None:
        """The client waits for somebody to ask it for what stands in its way, and Faust never does."""
        consumer = cast(Any, self._thread)._consumer
        if consumer is None or consumer._closed or consumer._coordinator is None or consumer._fetcher is None:
            return None
        found: BaseException | None = consumer._coordinator._pending_exception
        for task in (consumer._coordinator._coordination_task, consumer._fetcher.error_future):
            if found is None and task.done() and not consumer._closed:
                found = (None if task.cancelled() else task.exception()) or KafkaError("its client has stopped")
        return found


class Transport(driver.Transport):
    Consumer = cast(type[ConsumerT], Consumer)
    Producer = IdleProducer
    driver_version = driver.Transport.driver_version


TRANSPORTS.aliases[SCHEME] = f"{__name__}:Transport"
