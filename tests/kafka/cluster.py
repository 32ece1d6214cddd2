"""Three brokers that are one Kafka: each topic has three copies, and two of them are enough to write."""

from __future__ import annotations

import time
from contextlib import closing
from pathlib import Path
from types import TracebackType
from typing import Any, Final

from kafka.admin import KafkaAdminClient
from kafka.errors import KafkaError

from tests.desk import wait_for
from tests.kafka.server import KafkaServer
from tests.tools import free_port

BROKERS: Final = 3
IN_SYNC_S: Final = 90.0


class KafkaCluster:
    """bootstrap  addresses of all of them"""

    def __init__(self, directory: Path) -> None:
        nodes = {node: free_port() for node in range(1, BROKERS + 1)}
        self.servers = {node: KafkaServer(directory / f"kafka-{node}", heap="512m", node=node, nodes=nodes) for node in nodes}
        self.bootstrap = ",".join(server.bootstrap for server in self.servers.values())

    def leads(self, node: int) -> int:
        """How many partitions a broker leads."""
        return sum(partition["leader_id"] == node for partition in self._partitions())

    def wait_until_in_sync(self) -> None:
        """Until all copies of all partitions are up to date: then one broker more may go."""
        wait_for(
            "all copies are in sync", lambda: all(len(partition["isr_nodes"]) == BROKERS for partition in self._partitions()), IN_SYNC_S
        )

    def _partitions(self) -> list[dict[str, Any]]:
        alive = [server.bootstrap for server in self.servers.values() if server.program.running]
        with closing(KafkaAdminClient(bootstrap_servers=alive)) as admin:
            for _ in range(20):
                try:
                    return [partition for topic in admin.describe_topics() for partition in topic["partitions"]]
                except KafkaError as error:  # the client asks any of them that it has heard of
                    if not error.retriable:
                        raise
                    time.sleep(0.2)
        raise TimeoutError("no broker tells of the topics")

    def __enter__(self) -> KafkaCluster:
        for server in self.servers.values():
            server.launch()
        for server in self.servers.values():
            server.program.wait(server.is_ready, timeout_s=90)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        for server in self.servers.values():  # none of them ends well without the others
            server.kill()
