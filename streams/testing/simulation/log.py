"""A log with transactions, in memory and without waiting: what Kafka promises, and nothing more.

    records    of source topics; offsets have gaps where markers of transactions lie
    rows       of the state and the panes of each partition, in log order, committed ones only
    full       there is no room on its disk: nothing can be written
    contacts   outputs that shards read in again: the records of a source topic that appear with the checkpoint they belong to
    positions  as committed with the rows

One transaction per partition at a time. Whoever opens a partition gets the next epoch: the transaction under way there is aborted, and
whoever has an older epoch can neither write nor commit any more.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple
from zlib import crc32

import msgspec

from schemas.state import CLOCK_KEY, SHARD_KEY, ShardRow
from schemas.values import Partition
from streams.core.log import Batch, Changes, Restored
from streams.errors import CheckpointFailed, Fenced, StorageFull

RowChange = tuple[bytes, bytes | None]
TopicPartition = tuple[str, Partition]


class Kept(NamedTuple):
    """`core.log.Record`."""

    offset: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes]]
    timestamp: int


class Commit(NamedTuple):
    """What a checker has to know of a checkpoint that is in the log."""

    partition: Partition
    epoch: int
    owner: str
    positions: dict[str, int]
    now_ms: int
    changes: Changes


class SimulatedLog:
    """All topics of one application."""

    def __init__(self, topics: Sequence[str], contacts: str, partitions: int) -> None:
        self.topics = (*topics, contacts)
        self.contacts = contacts
        self.full = False
        self.partitions = partitions
        self.records: dict[TopicPartition, list[Kept]] = {(topic, p): [] for topic in self.topics for p in range(partitions)}
        self.ends = dict.fromkeys(self.records, 0)
        self.rows: dict[Partition, list[RowChange]] = {p: [] for p in range(partitions)}
        """Of the panes."""
        self.first_rows = dict.fromkeys(range(partitions), 0)
        """Rows before this one are compacted: whoever has not read them yet finds only the last one of each key."""
        self.positions = dict.fromkeys(self.records, 0)
        self.epochs = dict.fromkeys(range(partitions), 0)
        self.owners: dict[Partition, str] = {}
        self.commits: list[Commit] = []
        self._state: dict[Partition, dict[bytes, bytes]] = {p: {} for p in range(partitions)}
        self._panes: dict[Partition, dict[bytes, bytes]] = {p: {} for p in range(partitions)}
        self._prepared: dict[Partition, Changes] = {}

    # --- producers and readers ------------------------------------------------------------------------------------------

    def partition_of(self, key: bytes | None) -> Partition:
        return crc32(key or b"") % self.partitions

    def append(self, topic: str, key: bytes | None, value: bytes | None, at_ms: int) -> None:
        tp = (topic, self.partition_of(key))
        self.records[tp].append(Kept(self.ends[tp], key, value, (), at_ms))
        self.ends[tp] += 1

    def ask_all(self, value: bytes, at_ms: int) -> None:
        """A record to each partition of the contacts, after all that is there; its key is none, as no customer's shard is meant."""
        for partition in range(self.partitions):
            tp = (self.contacts, partition)
            self.records[tp].append(Kept(self.ends[tp], None, value, (), at_ms))
            self.ends[tp] += 1

    def mark(self, topic: str, partition: Partition) -> None:
        """A marker takes an offset."""
        self.ends[topic, partition] += 1

    def read(self, topic: str, partition: Partition, start: int, records_max: int) -> Batch:
        """What is next from `start` on."""
        left = self.unread(topic, partition, start)
        batch = left[:records_max]
        end = batch[-1].offset + 1 if len(left) > records_max else self.ends[topic, partition]
        return Batch(batch, start, end)

    def unread(self, topic: str, partition: Partition, position: int) -> list[Kept]:
        """Records from `position` on."""
        records = self.records[topic, partition]
        # An offset is never smaller than the number of the records before it.
        first = min(position, len(records))
        while first and records[first - 1].offset >= position:
            first -= 1
        return records[first:]

    # --- checkpoints ----------------------------------------------------------------------------------------------------

    def open(self, partition: Partition, owner: str) -> tuple[int, Restored]:
        """The epoch of a new owner, and the last checkpoint. Raises StorageFull."""
        self._check_room()
        self.abort(partition)
        self.epochs[partition] += 1
        self.owners[partition] = owner
        positions = {topic: self.positions[topic, partition] for topic in self.topics}
        return self.epochs[partition], Restored(dict(self._state[partition]), dict(self._panes[partition]), positions)

    def prepare(self, partition: Partition, epoch: int, changes: Changes) -> None:
        """Write all of `changes` in a transaction that nobody sees yet. Raises Fenced, StorageFull."""
        self._check_room()
        self._check_epoch(partition, epoch)
        assert partition not in self._prepared, f"partition {partition} writes a checkpoint while another is under way"
        self._prepared[partition] = changes

    def commit(self, partition: Partition, epoch: int, now_ms: int) -> None:
        """Raises Fenced; CheckpointFailed where the transaction has been aborted."""
        self._check_epoch(partition, epoch)
        changes = self._prepared.pop(partition, None)
        if changes is None:
            raise CheckpointFailed(f"the transaction of partition {partition} took too long and was aborted")
        _apply(self._state[partition], changes.state)
        # By key, the clock last as it comes: the order in which a set is walked is no part of a seed.
        rows = sorted(changes.panes, key=lambda row: (row[0] == CLOCK_KEY, row[0]))
        _apply(self._panes[partition], rows)
        self.rows[partition] += rows
        self.positions.update({(topic, partition): position for topic, position in changes.positions.items()})
        told = [output for output in changes.outputs if output.topic == self.contacts]
        for output in told:
            assert output.keyed, f"{output} goes to the partition of its shard"
            self.append(output.topic, output.key, output.value, now_ms)
        for part in sorted({self.partition_of(output.key) for output in told}):
            self.mark(self.contacts, part)
        own: ShardRow = _decode_shard(self._state[partition][SHARD_KEY])
        self.commits.append(Commit(partition, epoch, self.owners[partition], changes.positions, own.now_ms, changes))

    def abort(self, partition: Partition) -> None:
        """End the transaction under way as if it had never been; none: nothing happens."""
        self._prepared.pop(partition, None)

    def compact(self, partition: Partition) -> None:
        """Of the rows so far only the last of each key stays for whoever begins anew, and no tombstone."""
        self.first_rows[partition] = len(self.rows[partition])

    def compacted(self, partition: Partition) -> list[RowChange]:
        """What a reader from the beginning finds in place of the rows before `first_rows`."""
        kept: dict[bytes, bytes] = {}
        _apply(kept, self.rows[partition][: self.first_rows[partition]])
        return list(kept.items())

    def panes(self, partition: Partition) -> list[tuple[bytes, bytes]]:
        """The rows of the last checkpoint."""
        return list(self._panes[partition].items())

    def names(self, word: bytes) -> list[bytes]:
        """Rows of checkpoints, by key, in which it stands."""
        tables = (*self._state.values(), *self._panes.values())
        return [key for rows in tables for key, value in rows.items() if word in key or word in value]

    def _check_room(self) -> None:
        if self.full:
            raise StorageFull("the disk of the log is full")

    def _check_epoch(self, partition: Partition, epoch: int) -> None:
        if epoch != self.epochs[partition]:
            raise Fenced(f"partition {partition} has a newer owner")


def _apply(kept: dict[bytes, bytes], rows: Sequence[RowChange]) -> None:
    for key, value in rows:
        kept.pop(key, None)  # a compacted topic holds a row where it was written last
        if value is not None:
            kept[key] = value


_decode_shard = msgspec.msgpack.Decoder(ShardRow).decode
