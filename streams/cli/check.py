"""Say what is wrong with a configuration, or that it is fine; nothing is started and nobody is asked.

Without a file: the defaults and the environment. Exit code 1 if anything is wrong with it, 2 if it cannot be read.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import Any

from schemas.lengths import duration_text
from streams.cli.as_json import print_json
from streams.config import Config, KafkaLog, WrongConfig, load
from streams.config.values import clock_time_text
from streams.core.clocks.sla import CLOCKS


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", nargs="?", type=Path, metavar="site.toml")
    parser.add_argument("-c", "--config", type=Path, metavar="site.toml", help=argparse.SUPPRESS)
    parser.add_argument("--json", action="store_true", help="print an object: file, fine, complaints, summary")


def run(args: argparse.Namespace) -> int:
    path = args.file or args.config
    name = str(path) if path else "the defaults"
    complaints: tuple[str, ...] = ()
    summary: dict[str, Any] = {}
    try:
        summary = summary_of(load(path, os.environ))
    except WrongConfig as wrong:
        complaints = wrong.complaints
    if args.json:
        print_json({"file": str(path) if path else None, "fine": not complaints, "complaints": complaints, "summary": summary})
    elif complaints:
        for complaint in complaints:
            print(f"deskpulse: {complaint}", file=sys.stderr)
    else:
        print(f"{name}: fine")
        for key, value in summary.items():
            print(f"  {key:10} {value}")
    return 1 if complaints else 0


def summary_of(config: Config) -> dict[str, str]:
    """What a person looks for when something is not as expected; no secrets."""
    kafka, limits = config.kafka, config.limits
    access = f" ({kafka.security}{', ' + kafka.username if kafka.username else ''})" if isinstance(config.log, KafkaLog) else ""
    guard = "token" if config.http.token else "open to all" if config.http.insecure else "this machine only"
    return {
        "log": f"{config.log}{access}",
        "app": config.app,
        "topics": f"{', '.join(config.topics.in_log.values())}; {limits.partitions} partitions each when created",
        "zone": f"{config.zone.key}, the day begins at {clock_time_text(config.reset_minutes)}",
        "currency": config.currency,
        "clock": config.clock,
        "http": f"{config.http.host}:{config.http.port}, {guard}",
        "metrics": f"{config.metrics.host}:{config.metrics.port}",
        "calendars": ", ".join(config.calendars) or "none; every queue is always open",
        "promises": ", ".join(CLOCKS[clock] for clock in sorted(config.policy().promised)) or "none",
        "queues": ", ".join(queue.name for queue in config.queues) or "none named; they come with their first event",
        "targets": ", ".join(target.kpi for target in config.targets) or "none",
        "boards": ", ".join(board.name for board in config.wallboards()),
        "kept": f"{', '.join(f'{topic} {duration_text(kept_ms)}' for topic, kept_ms in limits.keep_ms.items())} after their end",
    }
