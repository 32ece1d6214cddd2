"""What the runtime needs a shard to be. It is pure: time comes in as numbers, what has to be written goes out by `take()`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Protocol

from schemas.values import EpochMs, Partition
from streams.core.log import Batch, Changes, Restored


class Machine(Protocol):
    """The state of one partition number, over all source topics."""

    @property
    def positions(self) -> Mapping[str, int]:
        """Topic -> next offset wanted; every source topic is there."""
        ...

    @property
    def now_ms(self) -> EpochMs:
        """The shard's clock, which never falls."""
        ...

    @property
    def watermark_ms(self) -> EpochMs | None:
        """The highest event time it has read. None: nothing yet."""
        ...

    def apply(self, topic: str, batch: Batch, wall_ms: EpochMs) -> bool:
        """False, and nothing has happened, where the batch begins behind its position: seek to `positions[topic]`."""
        ...

    def read_until_ms(self, topics: Iterable[str]) -> EpochMs:
        """Up to which event time all of `topics` were read, 0 if one of them has shown nothing."""
        ...

    def advance(self, now_ms: EpochMs) -> None:
        """What is due up to `now_ms` passes. A `now_ms` before the shard's clock changes nothing."""
        ...

    def next_due_ms(self) -> EpochMs | None:
        """When `advance()` has work again."""
        ...

    def take(self) -> Changes | None:
        """All changes since the last call; None: there are none."""
        ...


MakeMachine = Callable[[Partition, Restored], Machine]
"""A shard that goes on from a checkpoint. An empty one, positions apart, is the beginning."""
