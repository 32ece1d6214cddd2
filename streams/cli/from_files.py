"""The figures of files of events: what a report and an explanation read."""

from __future__ import annotations

import sys
from collections.abc import Container, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Final

import msgspec

from schemas.events import TYPES
from schemas.instants import rfc3339
from schemas.values import EpochMs
from streams.app import board_settings_of
from streams.cli.progress import progress
from streams.config import Config
from streams.core.intake import Intake, Rejected, Skipped
from streams.core.report import LINES, Report
from streams.core.settings import ShardSettings
from streams.core.snapshot import RANGE
from streams.errors import NoEvents, UsageError
from streams.sources.event_files import DamagedFile, Line, lines, outline

TOLD_MAX: Final = 3
"""Of the lines that are no events."""


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
        kpi_targets=config.targets,
        min_samples=config.limits.min_samples,
    )
    try:
        read(report, files, until_ms)
    except DamagedFile as damaged:
        raise UsageError(str(damaged)) from None
    return report


def tell_refused(report: Report, config: Config, files: Sequence[Path], until_ms: EpochMs | None = None) -> None:
    """On stderr, the first lines that are no events, and why. Raises NoEvents where all of them are none."""
    events = report.events()
    wrong = {**events.rejected, **({"unknown_type": events.unknown_type} if not events.accepted and events.unknown_type else {})}
    if wrong:
        for told in islice(_refused(config, files, until_ms, wrong), TOLD_MAX):
            print(f"deskpulse: {told}", file=sys.stderr)
    if not events.accepted:
        by_reason = ", ".join(f"{count} {reason}" for reason, count in sorted(wrong.items()))
        what = f"not one of {events.read} lines is an event ({by_reason})" if events.read else "there is no line"
        until = "" if until_ms is None else f" up to {rfc3339(until_ms)}"
        raise NoEvents(f"{', '.join(map(str, files))}: {what}{until}: docs/events.md and `deskpulse schemas` say how an event is written")


def _refused(config: Config, files: Sequence[Path], until_ms: EpochMs | None, reasons: Container[str]) -> Iterator[str]:
    """Reads the files anew, as the report has done."""
    intakes = {topic: Intake(topic, 1, config.currency) for topic in TYPES}
    for path, topic, line in _records(files, until_ms):
        event = intakes[topic].read(None, line.record, (), None)
        if isinstance(event, Rejected):
            yield f"{path}:{line.number}: {event.reason}: {event.detail}"
        elif isinstance(event, Skipped) and event.reason in reasons:
            yield f"{path}:{line.number}: {event.reason}: of another product, or misspelt: `deskpulse schemas` names all types"


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
        for _, topic, line in _records(files, until_ms):
            some = waiting.setdefault(topic, [])
            some.append(line.record)
            if len(some) == LINES:
                report.add(topic, some)
                waiting[topic] = []
                step(sum(map(len, some)))
    for topic, some in waiting.items():
        report.add(topic, some)


def _records(files: Sequence[Path], until_ms: EpochMs | None) -> Iterator[tuple[Path, str, Line]]:
    """Each line with its file and its topic."""
    for path in files:
        for line in lines(path):
            found = outline(line.record)
            if until_ms is None or found.at_ms is None or found.at_ms <= until_ms:
                yield path, found.topic or "calls", line
