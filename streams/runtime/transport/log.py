"""The contract at the seam between shards and the world. Memory, SQLite and Kafka keep it, and one suite tries all three
(`tests/runtime/test_log_contract.py`, `test_reader_contract.py`, `test_tail_contract.py`).

A worker uses `Log` (checkpoints) and a Faust transport driver on a `Reader` (records in). A board uses a `Tail`. Ingest and
heartbeats use an `Appender`. All of them raise errors of `streams/errors.py` and no others.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple, Protocol

from schemas.values import EpochMs, Partition
from streams.core.log import Batch, Changes, Restored


class TopicPartition(NamedTuple):
    """Equal to the `TP` of Faust and the `TopicPartition` of aiokafka, which are tuples of the same two."""

    topic: str
    partition: Partition


class End(NamedTuple):
    """Up to where a partition could be read at an instant: its last stable offset. Before `at_ms` nothing more was in it."""

    offset: int
    at_ms: EpochMs


class NewRecord(NamedTuple):
    """A record on its way into a topic; the partition follows from its key, as everywhere in Kafka."""

    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes]] = ()
    timestamp_ms: EpochMs | None = None  # None: the clock of the log


class Rows(NamedTuple):
    """Rows of one partition in log order; a value None deletes its key."""

    topic: str
    partition: Partition
    rows: list[tuple[bytes, bytes | None]]


class LeftBehind(Exception):
    """Rows were deleted from the log before this tail had read them: what it leads to is not the state. Open another, begin anew."""


class Log(Protocol):
    """Where checkpoints go. One writer per partition at a time; partitions do not wait for each other."""

    async def open(self, partition: Partition) -> Restored:
        """Fence the former owner, then read its last checkpoint. After this no older owner can commit.

        Raises Unreachable. May be cancelled or called again at any time.
        """
        ...

    def epoch(self, partition: Partition) -> int | None:
        """The number of the ownership that `open` began; grows with each owner, whoever it is. None while not open."""
        ...

    async def checkpoint(self, partition: Partition, changes: Changes) -> None:
        """All of `changes`, positions included, or nothing; returns when it is durable.

        Raises Fenced: somebody opened the partition later: close the shard. CheckpointFailed, StorageFull: it may or may not
        be in the log: reopen the shard. TopicLayoutError: it can never be written as it is.
        After an error, or where it is cancelled, only `close` and `open` may follow.
        """
        ...

    async def close(self, partition: Partition, timeout_s: float) -> None:
        """Give up the partition; never takes longer than `timeout_s`, and raises nothing. Not open: does nothing."""
        ...


class Reader(Protocol):
    """Records of source topics, committed ones only, in batches that say between which positions they lie."""

    async def fetch(self, wanted: Collection[TopicPartition], timeout_s: float, records_max: int) -> Mapping[TopicPartition, list[Batch]]:
        """What there is next of some of `wanted`, at most `records_max` records in all; nothing after `timeout_s`."""
        ...

    def seek(self, tp: TopicPartition, offset: int) -> None:
        """The next batch of `tp` begins there; what is on its way from elsewhere says so by its `start`."""
        ...

    def position(self, tp: TopicPartition) -> int | None:
        """Where its next batch begins. None: neither read nor sought yet, or not ours."""
        ...

    def end(self, tp: TopicPartition) -> End | None:
        """Without asking the log: what it said last. None: not asked yet, or not ours."""
        ...


class Tail(Protocol):
    """Reads rows of compacted topics from the beginning, then follows; committed ones only, without a group.

    Until `restored` is True, what was read is not yet the state that was there at `open()`.
    """

    async def open(self) -> None:
        """Capture the ends, begin at the beginning. Raises Unreachable, TopicLayoutError."""
        ...

    async def read(self, timeout_s: float) -> list[Rows]:
        """What is next, in log order within each partition; [] after `timeout_s`.

        Raises Unreachable: it may be called again. LeftBehind: only `close` may follow.
        """
        ...

    def partitions(self, topic: str) -> int:
        """How many `topic` had at `open()`."""
        ...

    @property
    def restored(self) -> bool:
        """Everything up to the ends captured at `open()` has been returned by `read()`."""
        ...

    @property
    def answered_ms(self) -> EpochMs:
        """Wall clock when the log last answered for the partition that is worst off."""
        ...

    def complete_ms(self, topic: str, partition: Partition) -> EpochMs:
        """Wall clock up to which `read()` has returned all of a partition: what was written before, also in a transaction that
        was under way then, was returned or has come to nothing. 0: not known yet.
        """
        ...

    async def close(self) -> None: ...


class Appender(Protocol):
    """Writes single records outside of checkpoints."""

    async def open(self) -> None:
        """Raises Unreachable."""
        ...

    async def append(self, topic: str, records: Sequence[NewRecord]) -> None:
        """Returns when all are durable. Raises StorageFull, Unreachable: some may be in the log, offer all of them again."""
        ...

    async def put(self, topic: str, key: bytes, value: bytes | None) -> None:
        """One row of a compacted topic with one partition: a heartbeat. Raises as `append`."""
        ...

    async def close(self) -> None: ...
