"""A key belongs to the partition that every Kafka client gives it."""

from __future__ import annotations

import pytest

from streams.runtime.transport.partitioner import partition_of


# From the tests of the Java client: org.apache.kafka.common.utils.UtilsTest.testMurmur2.
@pytest.mark.parametrize(
    ("key", "signed"),
    [
        (b"21", -973932308),
        (b"foobar", -790332482),
        (b"a-little-bit-long-string", -985981536),
        (b"a-little-bit-longer-string", -1486304829),
        (b"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971),
        (b"abc", 479470107),
    ],
)
def test_the_partition_is_that_of_the_java_client(key: bytes, signed: int) -> None:
    for count in (1, 4, 13):
        assert partition_of(key, count) == (signed & 0x7FFFFFFF) % count
