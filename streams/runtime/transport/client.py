"""What all our clients of a Kafka have inside, patient where aiokafka's own is not."""

from __future__ import annotations

import asyncio
from typing import Any, Final

from aiokafka.client import AIOKafkaClient, ConnectionGroup
from aiokafka.consumer import consumer
from aiokafka.consumer.fetcher import Fetcher
from aiokafka.errors import NodeNotReadyError
from aiokafka.producer import producer

OTHERS_S: Final = 3.0
"""How long a connection to one of several brokers may take. One that stands still takes it, and says nothing; while the client waits for
it, it begins no other."""


class PatientClient(AIOKafkaClient):  # type: ignore[misc]
    """A broker that has just come back may answer before it knows of any broker, itself among them. Whoever then asks for a coordinator
    is told to ask again, and does; the client takes it for a fault of the program. One broker of several that stands still is passed over.
    """

    _request_timeout_ms: int

    def __init__(self, *args: Any, **settings: Any) -> None:
        super().__init__(*args, **settings)
        self._turn = asyncio.Lock()

    async def bootstrap(self) -> None:
        patience_ms = self._request_timeout_ms
        if len(self.hosts) > 1:
            self._request_timeout_ms = min(patience_ms, int(OTHERS_S * 1000))
        try:
            await super().bootstrap()
        finally:
            self._request_timeout_ms = patience_ms

    async def _get_conn(self, node_id: Any, **options: Any) -> Any:
        open_already = self._conns.get((node_id, options.get("group", ConnectionGroup.DEFAULT)))
        if len(self.cluster.brokers()) < 2 or (open_already is not None and open_already.connected()):
            return await super()._get_conn(node_id, **options)
        async with self._turn:  # the client begins one after the other, too; whoever waits for that is not timed
            try:
                async with asyncio.timeout(OTHERS_S):
                    return await super()._get_conn(node_id, **options)
            except TimeoutError:
                self.force_metadata_update()  # another may have taken its place
                return None

    async def coordinator_lookup(self, coordinator_type: Any, coordinator_key: str) -> Any:
        if self.get_random_node() is None:
            raise NodeNotReadyError
        return await super().coordinator_lookup(coordinator_type, coordinator_key)


class EndingFetcher(Fetcher):  # type: ignore[misc]
    """Ends what it has begun, however that ends. The client's own hands on how the first one did: while a broker is away that is a
    cancellation, by which whoever closes a consumer would be cancelled in its place, and the rest of the consumer stays open.
    """

    async def close(self) -> None:
        self._closed = True
        self._fetch_task.cancel()
        await asyncio.gather(self._fetch_task, return_exceptions=True)  # first, or it could begin something meanwhile
        for task in self._pending_tasks:
            task.cancel()
        await asyncio.gather(*self._pending_tasks, return_exceptions=True)
        for waiter in self._fetch_waiters:
            self._notify(waiter)


# There are no settings for it; tests/runtime holds the client to what is used here.
consumer.AIOKafkaClient = producer.AIOKafkaClient = PatientClient
consumer.Fetcher = EndingFetcher
