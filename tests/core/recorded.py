"""Recorded logs as lines, and reports on them."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Final
from zlib import crc32

from schemas.values import EpochMs
from streams.core.report import LINES, Report
from tests.core.driving import settings

NAMES: Final = ("queue_log_freepbx_2010", "bank_1999-02-01_14", "helpdesk_italy", "bpi2013_closed_problems", "servicenow_2016-03")
CALLS: Final = frozenset(NAMES[:2])

_time_in = re.compile(rb'"time": ?(?:(\d+)|"([^"]+)")').search
_id_in = re.compile(rb'"(?:call|ticket)_id": ?"([^"]+)"').search


def topic_of(name: str) -> str:
    return "calls" if name in CALLS else "tickets"


@cache
def lines_of(path: Path) -> tuple[bytes, ...]:
    """Sorted by time."""
    return tuple(gzip.decompress(path.read_bytes()).splitlines())


def time_of(line: bytes) -> str:
    """As it is written; the order of the text is that of the times, and all in UTC."""
    found = _time_in(line)
    assert found is not None, line
    return (found[1] or found[2]).decode()


def by_instant(lines: Iterable[bytes]) -> Iterator[tuple[str, list[bytes]]]:
    """Lines of equal time together."""
    return ((time, list(of_that_time)) for time, of_that_time in groupby(lines, key=time_of))


def report_on(topic: str, lines: Iterable[bytes], partitions: int = 1, until_ms: EpochMs | None = None) -> Report:
    """Spread over so many partitions by the id of the case."""
    report = Report(settings(), partitions, until_ms=until_ms)
    waiting: list[list[bytes]] = [[] for _ in range(partitions)]
    for line in lines:
        found = _id_in(line)
        assert found is not None, line
        partition = crc32(found[1]) % partitions
        waiting[partition].append(line)
        if len(waiting[partition]) == LINES:
            report.add(topic, waiting[partition], partition)
            waiting[partition] = []
    for partition, some in enumerate(waiting):
        report.add(topic, some, partition)
    return report
