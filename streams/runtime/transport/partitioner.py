"""Which partition a key belongs to: as Kafka's default partitioner says, so that programs in any language put it into the same one."""

from __future__ import annotations

from aiokafka.partitioner import murmur2

from schemas.values import Partition
from streams.core.log import Output


def partition_of(key: bytes, count: int) -> Partition:
    """Of a topic with `count` partitions."""
    return (int(murmur2(key)) & 0x7FFFFFFF) % count


def place_of(output: Output, shard: Partition, count: int) -> Partition:
    """Where an output of `shard` goes in its topic of `count` partitions."""
    return partition_of(output.key, count) if output.keyed and output.key is not None else shard % count
