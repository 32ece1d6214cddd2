"""Faust transport driver over SQLite, `deskpulse-embedded://`: one process, no broker, everything above is the same code."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, cast

from faust.transport import base
from faust.transport.drivers import TRANSPORTS
from faust.types import TP
from faust.types.transports import ConsumerT

from streams.core.log import Batch
from streams.runtime.transport.delivery import BatchConsumer, IdleProducer
from streams.runtime.transport.embedded_log import EmbeddedReader
from streams.runtime.transport.log import End, TopicPartition

SCHEME = "deskpulse-embedded"
RECORDS_MAX = 5_000
GENERATION = 1  # there is no one to share with, so no second one


class Consumer(BatchConsumer, base.Consumer):
    """Owns all partitions from its subscription on. `reader` is handed in by the app, which also closes it."""

    consumer_stopped_errors = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.reader: EmbeddedReader = cast(Any, self.app).reader
        self._assigned: set[TP] = set()

    async def subscribe(self, topics: Iterable[str]) -> None:
        self._assigned = {TP(topic, part) for topic in topics for part in range(self.reader.counts[topic])}
        app = cast(Any, self.app)
        app.on_rebalance_start()
        app.consumer_generation_id = GENERATION
        self.add_future(self.on_partitions_assigned(set(self._assigned), GENERATION))

    async def _getmany(self, active_partitions: set[TP] | None, timeout: float) -> Mapping[TP, list[Batch]]:
        wanted = {TopicPartition(*tp) for tp in active_partitions or ()}
        found = await self.reader.fetch(wanted, timeout, self.app.conf.broker_max_poll_records or RECORDS_MAX)
        return {TP(*tp): batches for tp, batches in found.items()}

    async def seek_wait(self, partitions: Mapping[TP, int]) -> None:
        for tp, offset in partitions.items():
            self.reader.seek(TopicPartition(*tp), offset)
            self._read_offset.pop(tp, None)

    async def _seek(self, partition: TP, offset: int) -> None:
        self.reader.seek(TopicPartition(*partition), offset)

    def stable_end(self, tp: TopicPartition) -> End | None:
        return self.reader.end(tp)

    def assignment(self) -> set[TP]:
        return self._assigned

    def topic_partitions(self, topic: str) -> int | None:
        return self.reader.counts.get(topic)

    async def create_topic(self, *_: Any, **__: Any) -> None:
        pass

    def _new_topicpartition(self, topic: str, partition: int) -> TP:
        return TP(topic, partition)


class Transport(base.Transport):
    Consumer = cast(type[ConsumerT], Consumer)
    Producer = IdleProducer
    driver_version = "sqlite"
    default_port = 0


TRANSPORTS.aliases[SCHEME] = f"{__name__}:Transport"
