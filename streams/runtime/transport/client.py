"""What all our clients of a Kafka have inside, patient where aiokafka's own is not."""

from __future__ import annotations

from typing import Any

from aiokafka.client import AIOKafkaClient
from aiokafka.consumer import consumer
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


# There is no setting for it; tests/runtime holds the client to what is used here.
consumer.AIOKafkaClient = producer.AIOKafkaClient = PatientClient
