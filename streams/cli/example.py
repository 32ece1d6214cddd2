"""The example day: a few invented calls, tickets, answers and so on, and what each KPI makes of them at its end."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Final

from schemas.events import TYPES
from streams.core.board import BoardSettings
from streams.core.kpis.catalogue import CATALOGUE
from streams.core.report import Report
from streams.core.settings import ShardSettings
from streams.core.snapshot import Row, Snapshot
from streams.sources.event_files import outline

WINDOWS: Final = ("today", "now")
LONGER: Final = ("month", "last_week")
"""Of figures that there are in no shorter window."""
NOT_OF_A_DAY: Final = frozenset(kpi.name for kpi in CATALOGUE if kpi.when in ("months", "finished"))


def example_events() -> bytes:
    """JSON lines of the event contract: Monday, the 2nd of March 2026, up to 17:00 UTC."""
    return (files("streams.cli") / "example_day.jsonl").read_bytes()


@cache
def example_snapshot() -> Snapshot:
    """The end of the day, with the defaults of the configuration."""
    report = Report(ShardSettings(topics={topic: topic for topic in TYPES}, partitions=1), board=BoardSettings())
    for line in example_events().splitlines():
        topic = outline(line).topic
        assert topic is not None, line
        report.add(topic, [line])
    return report.snapshot()


@cache
def example_rows() -> tuple[Row, ...]:
    """Of the whole site then."""
    rows = example_snapshot().rows(windows=(*WINDOWS, *LONGER), cuts=((),))
    return tuple(row for row in rows if row.window in WINDOWS or row.kpi in NOT_OF_A_DAY)


def example_of(kpi: str) -> Iterator[Row]:
    """Its rows. What did not occur on that day has none."""
    return (row for row in example_rows() if row.kpi == kpi)
