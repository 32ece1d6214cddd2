"""The example day of docs/kpis.md, whose figures are counted by hand (tests/cli/test_example_day.py): late, repeated, alone, taken back."""

from __future__ import annotations

import random
from collections.abc import Iterable
from functools import cache
from typing import Any, Final

import msgspec
import pytest

from schemas.events import TYPES
from schemas.values import DAY_MS, EpochMs
from streams.cli.example import LONGER, PROMISES, WINDOWS, example_events, example_snapshot
from streams.core.cuts import REPORT_CUTS
from streams.core.kpis.catalogue import CATALOGUE
from streams.core.report import Report
from streams.core.row import Row
from streams.sources.event_files import outline
from tests.core.driving import KeptShard, settings

LINES: Final = example_events().splitlines()
END_MS: Final = example_snapshot().now_ms
UNITS: Final = {(kpi.name, kpi.stat): kpi.unit for kpi in CATALOGUE}


def topic_of(line: bytes) -> str:
    topic = outline(line).topic
    assert topic is not None, line
    return topic


def documents(rows: Iterable[Row]) -> dict[tuple[Any, ...], dict[str, Any]]:
    return {(row.kpi, row.stat, row.window, *sorted(row.labels.items())): row.document() for row in rows}


@cache
def of_the_day() -> dict[tuple[Any, ...], dict[str, Any]]:
    return documents(example_snapshot().rows(windows=(*WINDOWS, *LONGER), cuts=REPORT_CUTS))


def live() -> KeptShard:
    """A shard as a worker has it, to which nothing of the day comes too late."""
    return KeptShard(settings(policy=PROMISES, lateness_ms=60 * DAY_MS, keep_ms=dict.fromkeys(TYPES, 60 * DAY_MS)))


def shown(shard: KeptShard) -> dict[tuple[Any, ...], dict[str, Any]]:
    """Without the rows of nothing that a cell has in which a case stood until more was known of it."""
    rows = documents(shard.board(END_MS).rows(windows=(*WINDOWS, *LONGER), cuts=REPORT_CUTS))
    return {name: row for name, row in rows.items() if row["value"] or name in of_the_day()}


@pytest.mark.parametrize("seed", range(6))
def test_whatever_comes_late_or_twice_and_however_often_the_worker_dies_every_figure_is_the_one_counted_by_hand(seed):
    rng = random.Random(seed)
    mixed = LINES + rng.choices(LINES, k=len(LINES) // 3)
    rng.shuffle(mixed)
    shard = live()
    for line in mixed:
        shard.produce(topic_of(line), line)
    topics = list(TYPES)
    while any(shard.shard.positions[topic] < len(shard.records[topic]) for topic in topics):
        shard.read(rng.choice(topics), rng.randint(1, 8))
        # The clock runs far ahead of what is still to come: all that it makes true by itself has to be taken back.
        rng.choice([shard.checkpoint, shard.crash, lambda: shard.at(rng.randint(shard.shard.now_ms, END_MS)), shard.hear])()
    shard.at(END_MS)
    assert shard.count("rejected.too_late") == 0
    assert shown(shard) == of_the_day()


def test_what_is_told_of_the_last_minute_first_and_of_the_first_last_is_all_taken_back_and_set_right():
    shard = live()
    shard.at(END_MS)
    for line in sorted(LINES, key=lambda line: msgspec.json.decode(line)["time"], reverse=True):
        shard.says(topic_of(line), line)
    shard.at(END_MS)
    assert shown(shard) == of_the_day()


@pytest.mark.parametrize("line", LINES, ids=[f"{n}-{msgspec.json.decode(line)['type']}" for n, line in enumerate(LINES)])
def test_each_event_alone_makes_rows_that_a_person_can_believe(line):
    """As far as that goes without knowing which event it is: no share beyond 0 to 1, no negative time, and without a sample a reason."""
    report = Report(settings(policy=PROMISES))
    report.add(topic_of(line), [line])
    for row in report.snapshot().rows(cuts=REPORT_CUTS):
        unit = UNITS[row.kpi, row.stat]
        if row.value is None:
            assert row.reason, row
        elif unit == "ratio":
            assert 0 <= row.value <= 1 or (row.kpi, row.stat) in BEYOND_1, row
        elif unit != "score" and (row.kpi, row.stat) != ("backlog", "growth"):
            assert row.value >= 0, row


BEYOND_1: Final = {("support_cost_ratio", "ratio"), ("resolution_rate", "of_created"), ("resolution_rate", "of_assigned")}
"""Costs may be above what comes in, and resolves above what was created or assigned in the window."""


def test_where_nothing_has_happened_there_is_no_row_and_no_number():
    report = Report(settings(policy=PROMISES), until_ms=EpochMs(END_MS))
    assert list(report.snapshot().rows(cuts=REPORT_CUTS)) == []


def test_a_topic_that_was_only_seen_before_the_window_has_rows_without_a_sample():
    """A day after the example day, of which nothing is left but what stands."""
    shard = live()
    for line in LINES:
        shard.says(topic_of(line), line)
    next_day_ms = EpochMs(END_MS + DAY_MS)
    shard.at(next_day_ms)
    rows = list(shard.board(next_day_ms).rows(windows=("5m",), cuts=((),)))
    assert {kpi.name for kpi in CATALOGUE if kpi.when == "window" and not kpi.by_channel_only} <= {row.kpi for row in rows}
    wrong = [row for row in rows if (row.value != 0 if UNITS[row.kpi, row.stat] == "count" else row.value is not None)]
    assert wrong == [], "so long after the last event nothing was counted, and what has no sample is no 0"
