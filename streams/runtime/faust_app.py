"""The Faust application around the shards: one agent per topic that is read, and every part of Faust that is not used switched off."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any, cast

import faust
from faust.app.base import BootStrategy

from streams.runtime.engine import Engine
from streams.runtime.layout import Layout
from streams.runtime.shards import Shards
from streams.runtime.transport.delivery import RECORDS_MAX, BatchSchema

SESSION_S = 6.0  # a worker that is gone is missed after that
HEARTBEAT_S = 1.0
REBALANCE_S = 10.0
# Batches that wait for an agent; the fetcher holds as many again. More is memory without use.
QUEUED_BATCHES = 4


class Boot(BootStrategy):
    enable_kafka_producer = False
    enable_web = False
    enable_sensors = False


class FaustApp(faust.App):
    """What ends it is told once, to `on_fatal`; Faust by itself would log it and stand still."""

    BootStrategy = Boot

    def __init__(
        self,
        layout: Layout,
        engine: Engine,
        make_shards: Callable[..., Shards],
        *,
        instance: str | None,
        on_fatal: Callable[[BaseException], None],
    ) -> None:
        """instance  a name that stays the same over restarts: static membership of the group; None: an ordinary member"""
        self.engine = engine
        self._on_fatal = on_fatal
        super().__init__(
            layout.app,
            broker=engine.broker,
            store="memory://",
            autodiscover=False,
            TableManager=make_shards,
            consumer_group_instance_id=instance or "",
            consumer_auto_offset_reset="earliest",
            broker_max_poll_records=RECORDS_MAX,
            broker_session_timeout=SESSION_S,
            broker_heartbeat_interval=HEARTBEAT_S,
            broker_rebalance_timeout=REBALANCE_S,
            broker_request_timeout=40.0,
            stream_buffer_maxsize=QUEUED_BATCHES,
            stream_wait_empty=False,
            table_standby_replicas=1,  # at 0 Faust silently takes an assignor that does not keep partition p of all topics together
            topic_allow_declare=False,
            topic_disable_leader=True,
            web_enabled=False,
        )
        for name in layout.read:
            topic = self.topic(name, schema=BatchSchema(), acks=False)
            self.agent(topic, name=f"{layout.app}.{name}")(self._deliver)
        self.on_partitions_revoked.connect(self._checkpoint_revoked, weak=False)

    @property
    def shards(self) -> Shards:
        return cast(Shards, self.tables)

    async def _deliver(self, stream: Any) -> None:
        events: AsyncIterator[Any] = stream.events()
        try:
            async for event in events:
                await self.shards.deliver(event.message.topic, event.message.partition, event.value)
        except Exception as error:  # noqa: BLE001 - Faust would start the agent again behind what it failed on
            self.shards.fail(error)

    async def _checkpoint_revoked(self, *_: Any, **__: Any) -> None:
        await self.shards.checkpoint_revoked()

    async def on_first_start(self) -> None:
        """Faust would make directories for tables."""

    def _crash(self, reason: BaseException) -> None:
        super()._crash(reason)
        self._on_fatal(reason)

    async def crash(self, reason: BaseException) -> None:
        self._on_fatal(reason)
        await super().crash(reason)
