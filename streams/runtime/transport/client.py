"""What all our clients of a Kafka have inside, patient where aiokafka's own is not."""

from __future__ import annotations

import asyncio
from typing import Any

from aiokafka.client import AIOKafkaClient
from aiokafka.consumer import consumer
from aiokafka.consumer.fetcher import Fetcher
from aiokafka.errors import NodeNotReadyError
from aiokafka.producer import producer


class PatientClient(AIOKafkaClient):  # type: ignore[misc]
    """A broker that has just come back may answer before it knows of any broker, itself among them. Whoever then asks for a coordinator
    is told to ask again, and does; the client takes it for a fault of the program.
    """

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
