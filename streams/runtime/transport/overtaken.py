"""Records that the Kafka deleted before a worker had read them: noticed, told, counted.

The client goes on at the first record that is still there, without a word; only the state that it keeps of a partition knows.
"""

from __future__ import annotations

import logging
from typing import Any, Final, NamedTuple

from aiokafka.consumer import subscription_state

from streams.runtime.transport.log import TopicPartition

log = logging.getLogger("deskpulse.worker")


class Hole(NamedTuple):
    """Offsets from `start` to before `end` that were to be read and are not there any more."""

    start: int
    end: int


class WatchedState(subscription_state.TopicPartitionState):  # type: ignore[misc]
    """Of one partition of a consumer: remembers where it stood when it was told that nothing is there any more."""

    def __init__(self, assignment: Any) -> None:
        super().__init__(assignment)
        self._left_at: int | None = None
        self._hole: Hole | None = None

    def await_reset(self, strategy: Any) -> None:
        self._left_at = self._position
        super().await_reset(strategy)

    def reset_to(self, position: int) -> None:
        left_at, self._left_at = self._left_at, None
        if left_at is not None and position > left_at:
            self._hole = Hole(left_at, position)
        super().reset_to(position)

    def seek(self, position: int) -> None:
        self._left_at = None
        super().seek(position)

    def take_hole(self) -> Hole | None:
        """What was passed over since this was last asked."""
        hole, self._hole = self._hole, None
        return hole


subscription_state.TopicPartitionState = WatchedState  # there is no setting for it; tests/runtime holds the client to what is used here

WAY_OUT: Final = "the figures lack what they held; give workers more time or room: raise retention.ms and retention.bytes of the topic"


class Losses:
    """Of one process. May be noted from any one thread at a time for each partition."""

    def __init__(self) -> None:
        self._until: dict[TopicPartition, int] = {}
        self._counts: dict[TopicPartition, int] = {}

    @property
    def records(self) -> int:
        """How many at most: markers of transactions have offsets too."""
        return sum(self._counts.copy().values())

    def note(self, tp: TopicPartition, hole: Hole) -> None:
        """What was noted before, and is found again when a shard is opened anew, counts once."""
        start = max(hole.start, self._until.get(tp, 0))
        if start < hole.end:
            self._until[tp] = hole.end
            self._counts[tp] = self._counts.get(tp, 0) + hole.end - start
            log.error(
                "%s-%d: up to %d records (offsets %d to %d) were deleted before they were read: %s",
                tp.topic, tp.partition, hole.end - start, start, hole.end - 1, WAY_OUT,
            )  # fmt: skip
