"""What the address of a log leads to: all that a process needs to work, watch or append there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from streams.runtime.transport.log import Appender, Log, Tail


class Engine(Protocol):
    """One per process and log, shared by its worker, its board and its ingest. Faust's transport driver finds it on the app."""

    @property
    def broker(self) -> str:
        """The broker URL for Faust; its scheme names our driver."""
        ...

    async def open(self) -> None:
        """Comes first. Raises Unreachable."""
        ...

    async def open_worker(self) -> int:
        """Makes sure that a worker may run here; returns the number of partitions. Raises Unreachable, TopicLayoutError."""
        ...

    @property
    def records_lost(self) -> int:
        """That were deleted before this process had read them, at most."""
        ...

    @property
    def log(self) -> Log: ...

    @property
    def appender(self) -> Appender: ...

    def tail(self, topics: Sequence[str]) -> Tail:
        """Of compacted topics, by their names in the log. Each board has its own."""
        ...

    def understood(self, error: BaseException) -> BaseException:
        """What ended a worker, as one of our errors where it came from the log."""
        ...

    async def close(self) -> None:
        """After the worker has stopped and the tails are closed."""
        ...
