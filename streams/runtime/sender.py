"""Sends events to topics of the configured log, from a plain program without an event loop: replay, the invented contact centre.

with sender(config.log, config.kafka, layout, partitions=4) as out:
    out.send("calls", b"c1", b"{...}")
    out.flush()
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from types import TracebackType
from typing import Any, Protocol, Self

from streams.config.parts import EmbeddedLog, Kafka, KafkaLog
from streams.errors import TopicLayoutError, Unreachable
from streams.runtime.clock import wall_clock
from streams.runtime.layout import Layout
from streams.runtime.transport.connection import Connection
from streams.runtime.transport.database import clear_errors
from streams.runtime.transport.log import NewRecord, TopicPartition
from streams.runtime.transport.partitioner import partition_of
from streams.runtime.transport.store import Store

BATCH_RECORDS = 2_000
BATCH_BYTES = 256 << 10
WRITE_LIMIT_S = 30.0


class Sender(Protocol):
    """The partition of a record follows from its key, everywhere as in Kafka (murmur2)."""

    def send(self, topic: str, key: bytes | None, value: bytes) -> None:
        """Takes a record. It is in the log after `flush()`, in order per partition; maybe before. Waits where the log is slow.

        Raises Unreachable, StorageFull, TopicLayoutError, also for records taken before.
        """
        ...

    def flush(self) -> None:
        """Returns when everything taken is durable. Raises as `send`."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None: ...


def sender(log: EmbeddedLog | KafkaLog, kafka: Kafka, layout: Layout, partitions: int) -> Sender:
    """One for the source topics of `layout`; `partitions`: where an embedded log is made. Raises Unreachable, TopicLayoutError."""
    if isinstance(log, KafkaLog):
        return KafkaSender(log, kafka, layout)
    return EmbeddedSender(log, layout, partitions)


class KafkaSender:
    """Makes the batches itself: some 10 us a record, against 75 where the client takes them one at a time.

    Idempotent: a retry makes no second copy. Its loop stands still between the calls.
    """

    def __init__(self, log: KafkaLog, kafka: Kafka, layout: Layout) -> None:
        self._log = log
        self._connection = Connection(log, kafka)
        self._taken: dict[TopicPartition, list[NewRecord]] = {}
        self._count = 0
        self._runner = asyncio.Runner()
        try:
            self._counts, self._producer = self._runner.run(self._open(layout))
        except BaseException:
            self._runner.close()
            raise

    def send(self, topic: str, key: bytes | None, value: bytes) -> None:
        count = self._counts[topic]
        part = self._count % count if key is None else partition_of(key, count)
        self._taken.setdefault(TopicPartition(topic, part), []).append(NewRecord(key, value))
        self._count += 1
        if self._count >= BATCH_RECORDS:
            self.flush()

    def flush(self) -> None:
        taken, self._taken, self._count = self._taken, {}, 0
        if taken:
            self._runner.run(self._write(taken))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        try:
            if kind is None:
                self.flush()
        finally:
            self._runner.run(self._close())
            self._runner.close()

    async def _open(self, layout: Layout) -> tuple[dict[str, int], Any]:
        counts = await self._connection.partitions()
        missing = [topic for topic in layout.sources if not counts.get(topic)]
        if missing:
            raise TopicLayoutError(f"{self._log}: topics are missing: {', '.join(missing)}: create them with `deskpulse topics create`")
        producer = self._connection.producer(
            enable_idempotence=True, compression_type="lz4", max_batch_size=BATCH_BYTES, request_timeout_ms=10_000
        )
        with self._connection.errors():
            await producer.start()
        return counts, producer

    async def _write(self, taken: Mapping[TopicPartition, Sequence[NewRecord]]) -> None:
        with self._connection.errors():
            try:
                async with asyncio.timeout(WRITE_LIMIT_S):
                    sent = [
                        await self._producer.send_batch(batch, tp.topic, partition=tp.partition)
                        for tp, records in taken.items()
                        for batch in self._batches(records)
                    ]
                    outcomes = await asyncio.gather(*sent, return_exceptions=True)
            except TimeoutError:
                raise Unreachable(f"{self._log}: took no records for {WRITE_LIMIT_S:g} s: look after the broker, then send again") from None
            for outcome in outcomes:
                if isinstance(outcome, BaseException):
                    raise outcome

    def _batches(self, records: Sequence[NewRecord]) -> Iterator[Any]:
        """Of at most BATCH_BYTES, or of one record that is larger by itself."""
        now_ms, place = wall_clock(), 0
        while place < len(records):
            batch = self._producer.create_batch()
            first = place
            while place < len(records) and batch.append(timestamp=now_ms, key=records[place].key, value=records[place].value) is not None:
                place += 1
            assert place > first, "a batch takes at least one record"
            batch.close()
            yield batch

    async def _close(self) -> None:
        stopping = asyncio.ensure_future(self._producer.stop())
        await asyncio.wait({stopping}, timeout=3.0)  # it may hang after a broker is gone
        stopping.cancel()


class EmbeddedSender:
    """Appends to the database; a worker may run on it at the same time."""

    def __init__(self, log: EmbeddedLog, layout: Layout, partitions: int) -> None:
        self._directory = log.directory
        with clear_errors(log.directory):
            self._store = Store(log.directory, layout, partitions, wall_clock)
        self._taken: dict[TopicPartition, list[NewRecord]] = {}
        self._count = 0

    def send(self, topic: str, key: bytes | None, value: bytes) -> None:
        self._taken.setdefault(self._store.place_of(topic, key, self._count), []).append(NewRecord(key, value))
        self._count += 1
        if self._count >= BATCH_RECORDS:
            self.flush()

    def flush(self) -> None:
        if self._taken:
            with clear_errors(self._directory):
                self._store.append(self._taken)
        self._taken, self._count = {}, 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        try:
            if kind is None:
                self.flush()
        finally:
            self._store.close()
