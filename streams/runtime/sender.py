"""Sends events to topics of the configured log, from a plain program without an event loop: replay, the invented contact centre.

with sender(config.log, config.kafka, layout, partitions=4) as out:
    out.send("calls", b"c1", b"{...}")
    out.flush()
"""

from __future__ import annotations

from types import TracebackType
from typing import Any, Protocol, Self

from kafka import KafkaProducer
from kafka.errors import KafkaError

from streams.config.parts import EmbeddedLog, Kafka, KafkaLog
from streams.errors import DeskpulseError, TopicLayoutError
from streams.runtime.admin import ANSWER_MS_MAX, Admin, client_settings, understood
from streams.runtime.clock import wall_clock
from streams.runtime.layout import Layout
from streams.runtime.transport.database import clear_errors
from streams.runtime.transport.log import NewRecord, TopicPartition
from streams.runtime.transport.store import Store

BATCH_RECORDS = 2_000


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
    """By kafka-python. Idempotent: a retry makes no second copy."""

    def __init__(self, log: KafkaLog, kafka: Kafka, layout: Layout) -> None:
        with Admin(log, kafka) as admin:  # the producer would wait a minute for a topic that is not there
            missing = [topic for topic, count in admin.counts(layout.sources).items() if not count]
        if missing:
            raise TopicLayoutError(f"{log}: topics are missing: {', '.join(missing)}: create them with `deskpulse topics create`")
        self._log = log
        self._failed: KafkaError | None = None
        try:
            self._producer: Any = KafkaProducer(
                **client_settings(log, kafka),
                bootstrap_timeout_ms=ANSWER_MS_MAX,
                acks="all",
                enable_idempotence=True,
                linger_ms=20,
                batch_size=256 << 10,
                delivery_timeout_ms=30_000,
                request_timeout_ms=10_000,
                max_block_ms=30_000,
            )
        except KafkaError as error:
            raise understood(error, log) from error

    def send(self, topic: str, key: bytes | None, value: bytes) -> None:
        self._check()
        try:
            self._producer.send(topic, key=key, value=value).add_errback(self._fail)
        except KafkaError as error:
            raise understood(error, self._log) from error

    def flush(self) -> None:
        try:
            self._producer.flush()
        except KafkaError as error:
            raise understood(error, self._log) from error
        self._check()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        self._producer.close(timeout=None if kind is None else 2)
        if kind is None:
            self._check()

    def _fail(self, error: KafkaError) -> None:
        self._failed = self._failed or error

    def _check(self) -> None:
        if self._failed is not None:
            raise self._error(self._failed) from self._failed

    def _error(self, error: KafkaError) -> DeskpulseError:
        return understood(error, self._log)


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
