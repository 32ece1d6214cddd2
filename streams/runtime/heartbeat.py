"""What each worker says of itself every second, on `<app>-heartbeats`: JSON, key = worker id; no value: it has left."""

from __future__ import annotations

import msgspec
import orjson

from schemas.values import EpochMs, Partition

HEARTBEAT_INTERVAL_S = 1.0


class PartitionBeat(msgspec.Struct, frozen=True, kw_only=True):
    """One shard of a worker.

    epoch               number of the ownership, grows with each owner: of two workers that name a partition the higher one has it
    positions           topic -> next offset wanted: what has been read, up to a second more than what is committed
    watermark_ms        highest event time read; None: nothing yet
    now_ms              the shard's clock
    caught_up_until_ms  what follows from everything that was in the log at that instant is in a checkpoint that is committed;
                        None: not yet since it was opened
    lag_records, lag_ms how much, and roughly how long ago, is still to be read; None: not known yet
    """

    partition: Partition
    epoch: int | None
    positions: dict[str, int]
    watermark_ms: EpochMs | None
    now_ms: EpochMs
    caught_up_until_ms: EpochMs | None
    lag_records: int
    lag_ms: int | None


class Heartbeat(msgspec.Struct, frozen=True, kw_only=True):
    """`partitions` are those it owns, `of` is how many there are; `at_ms` is its wall clock."""

    worker: str
    at_ms: EpochMs
    of: int
    partitions: list[PartitionBeat]


def encode_heartbeat(heartbeat: Heartbeat) -> bytes:
    return orjson.dumps(msgspec.to_builtins(heartbeat))


_decode = msgspec.json.Decoder(Heartbeat).decode


def decode_heartbeat(value: bytes) -> Heartbeat | None:
    """None: not one that we understand, from another release perhaps."""
    try:
        return _decode(value)
    except msgspec.DecodeError:
        return None
