"""What passes between a shard and its log: batches in, one checkpoint's worth of changes out, the restored state at the start.

Plain values. How they reach a log, and what the log promises, is said in `streams/runtime/transport/log.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

import msgspec


class Record(Protocol):
    """One record of a source topic, as the log holds it."""

    @property
    def offset(self) -> int: ...
    @property
    def key(self) -> bytes | None: ...
    @property
    def value(self) -> bytes | None: ...
    @property
    def headers(self) -> Sequence[tuple[str, bytes]]: ...
    @property
    def timestamp(self) -> int:
        """Epoch milliseconds, as the producer or the log stamped it; -1 if neither did."""
        ...


class Batch(list[Record]):
    """Records of one partition in offset order: all there are with `start <= offset < end`.

    `start` is the reader's position before it, `end` the one after it: gaps in the offsets (transaction markers, compaction)
    lie inside a batch, never between two. So a shard that applies only batches with `start <= position`, passes over records
    below its position and goes on to `end` can never skip one, whatever was on its way when it was opened or sought.
    A batch may be empty: then only the position moves.
    """

    __slots__ = ("end", "start")

    def __init__(self, records: Iterable[Record], start: int, end: int) -> None:
        super().__init__(records)
        assert start <= end, f"a batch from {start} to {end}"
        self.start = start
        self.end = end


class Restored(msgspec.Struct, frozen=True):
    """The last checkpoint of a shard, tombstones gone. Whoever takes it in may empty both: a million rows are not held twice.

    state      rows of `<app>-state`, by key
    panes      rows of `<app>-panes`, by key
    positions  topic -> next offset wanted, of every source topic: as committed with those rows; the first one the log
               still holds where nothing was committed
    """

    state: dict[bytes, bytes]
    panes: dict[bytes, bytes]
    positions: dict[str, int]


class Output(msgspec.Struct, frozen=True):
    """A record for others: a breach, a contact, a dead letter. Written in the checkpoint that holds what it follows from.

    keyed  it goes to the partition of its key, as producers put it; False: to that of the shard, modulo those there are
    """

    topic: str
    key: bytes | None
    value: bytes | None
    headers: list[tuple[str, bytes]]
    keyed: bool = False


class Changes(msgspec.Struct, frozen=True):
    """All that changed since the last `take()`; goes into the log whole or not at all. A row's value None deletes its key."""

    state: list[tuple[bytes, bytes | None]]
    panes: list[tuple[bytes, bytes | None]]
    outputs: list[Output]
    positions: dict[str, int]
