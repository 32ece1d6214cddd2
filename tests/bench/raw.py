"""The limit: read and parse only, with the client and the parser that everybody has.

python -m tests.bench.raw BOOTSTRAP RECORDS TOPIC...
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import orjson
import uvloop
from aiokafka import AIOKafkaConsumer


async def read(bootstrap: str, records: int, topics: list[str]) -> dict[str, float]:
    """Seconds from the first record to the last, by the clock and of CPU; CPU seconds in all, most memory."""
    consumer = AIOKafkaConsumer(
        *topics,
        bootstrap_servers=bootstrap,
        auto_offset_reset="earliest",
        group_id=None,
        fetch_max_bytes=50 << 20,
        max_partition_fetch_bytes=4 << 20,
    )
    await consumer.start()
    seen = 0
    began = began_cpu = 0.0
    types: dict[str, int] = {}
    try:
        while seen < records:
            for fetched in (await consumer.getmany(timeout_ms=1000, max_records=5000)).values():
                if not began:
                    began, began_cpu = time.monotonic(), time.process_time()
                for record in fetched:
                    kind = orjson.loads(record.value)["type"]
                    types[kind] = types.get(kind, 0) + 1
                seen += len(fetched)
        cpu_s = time.process_time()
        return {"seconds": time.monotonic() - began, "reading_cpu_seconds": cpu_s - began_cpu, "cpu_seconds": cpu_s, "peak_mib": peak_mib()}
    finally:
        await consumer.stop()


def peak_mib() -> float:
    """What `getrusage` tells may be that of the process we were forked from."""
    return int(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0]) / 1024


if __name__ == "__main__":
    print(json.dumps(uvloop.run(read(sys.argv[1], int(sys.argv[2]), sys.argv[3:]))))
