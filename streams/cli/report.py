"""The figures of files of events (JSON lines of the event contract, .gz too): the same program as on the topics, run over files.

The clock is the highest event time, and nothing is too late. Without --by the cuts are the whole, by queue, and by channel.
--since drops what happened before, but still uses earlier events to understand what came later; --until hides later events
and sets the clock. Times are RFC 3339 with a zone, or epoch milliseconds.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path

from schemas.events import TYPES
from schemas.values import EpochMs
from streams.cli.as_json import print_json
from streams.cli.configured import config_argument, configuration
from streams.cli.progress import progress
from streams.cli.row_table import table
from streams.config import Config
from streams.core.report import LINES, Report, document
from streams.core.settings import ShardSettings
from streams.core.snapshot import REPORT_CUTS, TICKET_CUTS
from streams.errors import UsageError
from streams.sources.event_files import DamagedFile, instant, lines, outline

BY = [",".join(cut) for cut in TICKET_CUTS if cut]


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
    config_argument(parser)
    parser.add_argument("--from", dest="format", choices=("events",), default="events", help="what the files hold")
    parser.add_argument("--since", type=_instant, metavar="T", help="leave out what happened before")
    parser.add_argument("--until", type=_instant, metavar="T", help="leave out what happened after; it is now then")
    parser.add_argument("--by", choices=BY, metavar="LABELS", help=f"the whole and this cut: {' | '.join(BY)}")
    parser.add_argument("--json", action="store_true", help="print an object: as_of, events, rows")


def run(args: argparse.Namespace) -> int:
    config = configuration(args)
    for path in args.files:
        if not path.is_file():
            raise UsageError(f"{path}: {'not a file' if path.exists() else 'there is no such file'}")
    if args.since is not None and args.until is not None and args.until <= args.since:
        raise UsageError("--until is not after --since: nothing lies between them")
    report = Report(
        settings_of(config, args.since),
        backlog_after_ms=config.backlog.after_ms,
        targets={queue.name: queue.target for queue in config.queues if queue.target is not None},
        until_ms=args.until,
    )
    try:
        read(report, args.files, args.until)
    except DamagedFile as damaged:
        raise UsageError(str(damaged)) from None
    snapshot = report.snapshot()
    found = document(report, snapshot, REPORT_CUTS if args.by is None else [(), tuple(args.by.split(","))])
    if args.json:
        print_json(found)
    else:
        print("\n".join(table(found)))
    return 0


def settings_of(config: Config, since_ms: EpochMs | None) -> ShardSettings:
    """Of a shard over files: topics have their logical names, lateness and retention have no bounds."""
    return ShardSettings(
        topics={topic: topic for topic in TYPES},
        partitions=1,
        policy=config.policy(),
        zone=config.zone,
        reset_minutes=config.reset_minutes,
        currency=config.currency,
        bounded=False,
        repeat_days=config.limits.repeat_days,
        interval_minutes=config.interval_minutes,
        since_ms=since_ms,
    )


def read(report: Report, files: Sequence[Path], until_ms: EpochMs | None) -> None:
    """All records of the files, each for the topic of its type. What has none goes to `calls`, which counts it as it is."""
    waiting: dict[str, list[bytes]] = {}
    with progress("reading", sum(path.stat().st_size for path in files)) as step:
        for topic, record in _records(files, until_ms):
            some = waiting.setdefault(topic, [])
            some.append(record)
            if len(some) == LINES:
                report.add(topic, some)
                waiting[topic] = []
                step(sum(map(len, some)))
    for topic, some in waiting.items():
        report.add(topic, some)


def _records(files: Sequence[Path], until_ms: EpochMs | None) -> Iterator[tuple[str, bytes]]:
    for path in files:
        for _, record in lines(path):
            found = outline(record)
            if until_ms is None or found.at_ms is None or found.at_ms <= until_ms:
                yield found.topic or "calls", record


def _instant(written: str) -> EpochMs:
    at_ms = instant(int(written) if written.isdecimal() else written)
    if at_ms is None:
        raise argparse.ArgumentTypeError(f"{written}: write 2024-03-04T08:00:00Z or epoch milliseconds")
    return at_ms
