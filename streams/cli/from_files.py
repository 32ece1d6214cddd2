"""The figures of files of events: what a report and an explanation read, and how their times are written."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from schemas.events import TYPES
from schemas.values import EpochMs
from streams.app import board_settings_of
from streams.cli.progress import progress
from streams.config import Config
from streams.core.report import LINES, Report
from streams.core.settings import ShardSettings
from streams.core.snapshot import RANGE
from streams.errors import UsageError
from streams.sources.event_files import DamagedFile, instant, lines, outline


def report_of(
    config: Config,
    files: Sequence[Path],
    *,
    since_ms: EpochMs | None = None,
    until_ms: EpochMs | None = None,
    windows: Sequence[str] | None = None,
) -> Report:
    """The files, read. `windows`: those of a board at its end; None: `range` alone. Raises UsageError."""
    ranged = windows is None or RANGE in windows
    if windows is not None and ranged and not set(windows) <= {RANGE, "now"}:
        raise UsageError(f"--window {RANGE} is all of time, and goes with `now` alone: ask for the others apart")
    for path in files:
        if not path.is_file():
            raise UsageError(f"{path}: {'not a file' if path.exists() else 'there is no such file'}")
    report = Report(
        settings_of(config, since_ms),
        backlog=config.backlog_limits(),
        targets={queue.name: queue.target for queue in config.queues if queue.target is not None},
        until_ms=until_ms,
        board=msgspec.structs.replace(board_settings_of(config), event_clock=False) if not ranged else None,
        min_group=config.privacy.min_group,
    )
    try:
        read(report, files, until_ms)
    except DamagedFile as damaged:
        raise UsageError(str(damaged)) from None
    return report


def settings_of(config: Config, since_ms: EpochMs | None) -> ShardSettings:
    """Of a shard over files: topics have their logical names, lateness and retention have no bounds."""
    return ShardSettings(
        topics={topic: topic for topic in TYPES},
        partitions=1,
        policy=config.policy(),
        zone=config.zone,
        reset_minutes=config.reset_minutes,
        currency=config.currency,
        pseudonyms=config.privacy.pseudonyms(),
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


def instant_of(written: str) -> EpochMs:
    at_ms = instant(int(written) if written.isdecimal() else written)
    if at_ms is None:
        raise argparse.ArgumentTypeError(f"{written}: write 2024-03-04T08:00:00Z or epoch milliseconds")
    return at_ms
