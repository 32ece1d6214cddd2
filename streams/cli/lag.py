"""Show how far the workers are behind: per partition who works on it, what is not read yet, and since when the first of it waits.

Ends with 1 where a partition is behind by more than --max-seconds, or has records that nobody works on.
"""

from __future__ import annotations

import argparse
import asyncio
import time
from collections.abc import Sequence
from typing import Any, Final

import msgspec

from streams.app import engine_of
from streams.cli.as_json import print_json
from streams.cli.configured import config_argument, configuration
from streams.cli.options import not_negative
from streams.config import Config
from streams.runtime.beats import SILENT_S
from streams.runtime.heartbeat import Heartbeat
from streams.runtime.inputs import with_inputs_there
from streams.runtime.inspection import Unread, heartbeats_of, inspection_of
from streams.runtime.layout import layout_of

MAX_SECONDS: Final = 60.0


class Lag(msgspec.Struct):
    """Of one partition, over all topics. `worker` None: nobody has spoken of it for a while."""

    partition: int
    worker: str | None
    records: int
    seconds: float
    by_topic: dict[str, int]


def arguments(parser: argparse.ArgumentParser) -> None:
    config_argument(parser)
    parser.add_argument(
        "--max-seconds", type=not_negative, default=MAX_SECONDS, metavar="N", help=f"more is too much (default {MAX_SECONDS:g})"
    )
    parser.add_argument("--json", action="store_true", help="print an object: log, fine, records, seconds, partitions")


def run(args: argparse.Namespace) -> int:
    config = configuration(args)
    unread, heartbeats = asyncio.run(_look(config))
    found = lags(unread, heartbeats, time.time_ns() // 1_000_000)
    wrong = [lag for lag in found if lag.seconds > args.max_seconds or (lag.records and lag.worker is None)]
    records, seconds = sum(lag.records for lag in found), max((lag.seconds for lag in found), default=0.0)
    if args.json:
        answer: dict[str, Any] = {"log": str(config.log), "fine": not wrong, "records": records, "seconds": seconds, "partitions": found}
        print_json(answer)
    else:
        print("\n".join(_table(found)))
        alone = sum(lag.worker is None and lag.records > 0 for lag in found)
        print(
            f"{records} records behind, {seconds:.1f} s" + (f"; nobody works on {alone} of the partitions that have them" if alone else "")
        )
    return 1 if wrong else 0


async def _look(config: Config) -> tuple[list[Unread], list[Heartbeat]]:
    config = await with_inputs_there(config)
    layout = layout_of(config)
    async with inspection_of(config.log, config.kafka, layout, config.limits.partitions) as log:
        unread = await log.unread()
    return unread, await heartbeats_of(engine_of(config).tail([layout.heartbeats]))


def lags(unread: Sequence[Unread], heartbeats: Sequence[Heartbeat], now_ms: int) -> list[Lag]:
    """By partition. Of two workers that name one, the one of the higher epoch has it."""
    owners: dict[int, tuple[int, str]] = {}
    for heartbeat in heartbeats:
        if now_ms - heartbeat.at_ms < SILENT_S * 1000:
            for beat in heartbeat.partitions:
                if beat.epoch is not None:
                    owners[beat.partition] = max(owners.get(beat.partition, (-1, "")), (beat.epoch, heartbeat.worker))
    found: dict[int, Lag] = {}
    for topic, partition, records, first_ms in unread:
        worker = owners.get(partition)
        lag = found.setdefault(partition, Lag(partition, None if worker is None else worker[1], 0, 0.0, {}))
        lag.records += records
        lag.by_topic[topic] = records
        if first_ms is not None:
            lag.seconds = max(lag.seconds, (now_ms - first_ms) / 1000)
    return [found[partition] for partition in sorted(found)]


def _table(found: Sequence[Lag]) -> list[str]:
    workers = [lag.worker or "nobody" for lag in found]
    width = max((len(worker) for worker in workers), default=0)
    return [
        f"partition {lag.partition:3}  {worker:{width}}  {lag.records:9} records  {lag.seconds:8.1f} s"
        + "".join(f"  {topic} {records}" for topic, records in lag.by_topic.items() if records)
        for lag, worker in zip(found, workers, strict=True)
    ]
