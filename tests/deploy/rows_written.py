"""Everything that a shard writes while it reads an invented contact centre, as one hash: `python -m tests.deploy.rows_written`.

Prints the core that it ran on, how many rows and records it wrote, and the hash of all of them.
"""

from __future__ import annotations

import hashlib
import random

import msgspec

from schemas.values import HOUR_MS, EpochMs
from streams.app import shard_settings_of
from streams.config import read
from streams.release import core
from streams.sources.simulator import INVENTED, Disorder, in_full_swing, send, simulate
from tests.core.driving import KeptShard

START = EpochMs(1_709_542_800_000)  # 2024-03-04T09:00:00Z
HOURS = 2
RECORDS = 400
SITE = {
    "zone": "Europe/Riga",
    "calendar": {"office": {"hours": {"mon-fri": "08:00-18:00"}}},
    "queue": {"billing": {"threshold_seconds": 20, "calendar": "office"}},
    "sla": [
        {"first_response": "10m", "next_response": "20m", "resolution": "1h", "pause": ["pending", "on_hold"]},
        {"queue": "billing", "queue_wait": "1m"},
    ],
    "privacy": {"per_agent": True},
}


def main() -> None:
    shard = KeptShard(shard_settings_of(read(SITE), 1))
    centre = in_full_swing(INVENTED, START)
    events = simulate(centre, random.Random(1), START, EpochMs(START + HOURS * HOUR_MS))
    records = list(send(events, Disorder(duplicates=0.05, late=0.05, bad=0.01), random.Random(2)))
    for first in range(0, len(records), RECORDS):
        some = records[first : first + RECORDS]
        for record in some:
            shard.produce(record.topic, record.value)
        for topic in sorted({record.topic for record in some}):
            shard.read(topic)
        shard.at(some[-1].at_ms)
        if first // RECORDS % 10 == 5:
            shard.crash()
    written = hashlib.sha256()
    rows = 0
    for changes in shard.checkpoints:
        rows += len(changes.state) + len(changes.panes) + len(changes.outputs)
        written.update(msgspec.msgpack.encode([sorted(changes.state, key=repr), sorted(changes.panes, key=repr), changes.outputs]))
    print(core(), len(records), rows, written.hexdigest())


if __name__ == "__main__":
    main()
