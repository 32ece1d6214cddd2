"""Three recorded ticket logs, folded ticket by ticket, against figures that an independent program has made of them."""

from __future__ import annotations

import gzip
import json
from collections import Counter, defaultdict
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from schemas import fields as f
from schemas.events import TicketEvent
from schemas.values import HOUR_MS, Cell, EpochMs
from streams.core.cases.fold import Fact, Standing
from streams.core.cases.tickets import TICKETS
from streams.core.clocks.policy import Policy
from streams.core.intake import Intake
from tests.core.cases.ticket_tales import order

LOGS = ("bpi2013_closed_problems", "helpdesk_italy", "servicenow_2016-03")
BACKLOG_AFTER_MS = 24 * HOUR_MS
COUNTS = {
    "tickets_created": f.TICKETS_CREATED,
    "tickets_reopened": f.TICKETS_REOPENED,
    "tickets_merged": f.TICKETS_MERGED,
    "tickets_deleted": f.TICKETS_DELETED,
    "tickets_assigned": f.TICKETS_ASSIGNED,
    "tickets_resolved": f.TICKETS_RESOLVED,
    "tickets_resolved_holding": f.TICKETS_RESOLVED_HOLDING,
    "request_volume": f.TICKETS_REQUESTED,
    "contact_volume": f.TICKETS_REQUESTED,
}
RATIOS = {
    ("resolution_rate", "of_assigned"): (f.COHORT_ASSIGNED_RESOLVED, f.COHORT_ASSIGNED),
    ("resolution_rate", "of_created"): (f.COHORT_CREATED_RESOLVED, f.COHORT_CREATED),
    ("resolution_rate", "throughput"): (f.TICKETS_RESOLVED, f.TICKETS_CREATED),
    ("reopen_rate", "rate"): (f.TICKETS_REOPENED, f.TICKETS_RESOLVED),
}
RESOLUTIONS = {
    ("first", "calendar"): f.RESOLUTION_FIRST,
    ("full", "calendar"): f.RESOLUTION_FULL,
    ("first", "working"): f.RESOLUTION_FIRST_WORKING,
    ("full", "working"): f.RESOLUTION_FULL_WORKING,
}
IN_AND_OUT: dict[str, dict[str, tuple[tuple[int, ...], tuple[int, ...]]]] = {
    "first_response_time": {
        "human": ((f.FIRST_RESPONSE_HUMAN_IN,), (f.FIRST_RESPONSE_HUMAN_OUT,)),
        "bot": ((f.FIRST_RESPONSE_BOT_IN,), (f.FIRST_RESPONSE_BOT_OUT,)),
    },
    "next_response_time": {
        "human": ((f.NEXT_RESPONSE_HUMAN_IN,), (f.NEXT_RESPONSE_HUMAN_OUT,)),
        "bot": ((f.NEXT_RESPONSE_BOT_IN,), (f.NEXT_RESPONSE_BOT_OUT,)),
    },
    "response_time": {
        "human": (
            (f.FIRST_RESPONSE_HUMAN_IN, f.NEXT_RESPONSE_HUMAN_IN),
            (f.FIRST_RESPONSE_HUMAN_OUT, f.NEXT_RESPONSE_HUMAN_OUT),
        ),
        "bot": ((f.FIRST_RESPONSE_BOT_IN, f.NEXT_RESPONSE_BOT_IN), (f.FIRST_RESPONSE_BOT_OUT, f.NEXT_RESPONSE_BOT_OUT)),
    },
}
OLDEST = {"first_response_time": f.FIRST_UNANSWERED, "next_response_time": f.NEXT_UNANSWERED, "open_cases": f.OPEN}

Cut = tuple[str, str]
"""A label and its value; ("", "") = all."""


def cuts(cell: Cell) -> tuple[Cut, Cut, Cut]:
    return ("", ""), ("queue", cell.queue), ("channel", cell.channel)


class Figures:
    """Sums by field and cut, standings by cut."""

    def __init__(self, facts: list[Fact], standings: list[Standing], now_ms: int) -> None:
        self.now_ms = now_ms
        self.counts: Counter[tuple[int, Cut]] = Counter()
        self.lengths_ms: defaultdict[tuple[int, Cut], Counter[int]] = defaultdict(Counter)
        self.starts_ms: defaultdict[tuple[int, Cut], list[int]] = defaultdict(list)
        for field, _, cell, value, weight in facts:
            for cut in cuts(cell):
                self.counts[field, cut] += weight
                if field in f.DURATIONS:
                    self.lengths_ms[field, cut][value] += weight
        for standing, cell, start_ms in standings:
            for cut in cuts(cell):
                self.starts_ms[standing, cut].append(start_ms)

    def of(self, row: dict[str, Any]) -> tuple[float | None, int | None] | None:
        """Value and samples of that row; None: it is not made of these figures."""
        kpi, stat, labels = row["kpi"], row["stat"], row["labels"]
        cut = next(((label, labels[label]) for label in ("queue", "channel") if label in labels), ("", ""))

        def count(field: int) -> int:
            return self.counts[field, cut]

        def now(standing: int) -> list[int]:
            return self.starts_ms[standing, cut]

        if kpi in COUNTS:
            return count(COUNTS[kpi]), None
        if (kpi, stat) in RATIOS:
            of, to = (count(field) for field in RATIOS[kpi, stat])
            return (of / to if to else None), to
        if kpi == "resolution_time":
            lengths_ms = sorted(self.lengths_ms[RESOLUTIONS[labels["to"], labels["clock"]], cut].elements())
            if stat == "count":
                return len(lengths_ms), None
            if not lengths_ms:
                return None, 0
            of_ms = sum(lengths_ms) / len(lengths_ms) if stat == "mean" else lengths_ms[-(-len(lengths_ms) * int(stat[1:]) // 100) - 1]
            return of_ms / 1000, len(lengths_ms)
        if kpi in IN_AND_OUT and stat == "within_target":
            in_time, out = (sum(map(count, fields)) for fields in IN_AND_OUT[kpi][labels["responder"]])
            return (in_time / (in_time + out) if in_time + out else None), in_time + out
        if kpi in OLDEST and stat in ("oldest", "oldest_unanswered"):
            starts = now(OLDEST[kpi])
            return ((self.now_ms - min(starts)) / 1000 if starts else None), len(starts)
        if kpi == "open_cases":
            return len(now(f.OPEN)), None
        if kpi == "unassigned_cases":
            return len(now(f.UNASSIGNED)), None
        if kpi == "unresolved_cases":
            words = [labels["status"]] if "status" in labels else list(f.UNRESOLVED)
            return sum(len(now(f.UNRESOLVED[word])) for word in words), None
        if (kpi, stat) == ("backlog", "count"):
            return sum(self.now_ms - start_ms > BACKLOG_AFTER_MS for s in f.BACKLOG_STANDINGS for start_ms in now(s)), None
        if (kpi, stat) == ("backlog", "growth"):
            more, less = (f.TICKETS_CREATED, f.TICKETS_REOPENED), (f.TICKETS_RESOLVED, f.TICKETS_MERGED, f.TICKETS_DELETED)
            return sum(map(count, more)) - sum(map(count, less)), None
        return None


@cache
def figures(path: Path) -> Figures:
    tickets: dict[str, dict[str, TicketEvent]] = {}
    intake = Intake("tickets", 1)
    with gzip.open(path) as lines:
        for line in lines:
            event: Any = intake.read(None, line, (), None)
            tickets.setdefault(event.ticket_id, {}).setdefault(event.id, event)
    now_ms = EpochMs(max(event.time for events in tickets.values() for event in events.values()))
    facts: list[Fact] = []
    standings: list[Standing] = []
    policy = Policy()
    for by_id in tickets.values():
        events = sorted(by_id.values(), key=order)
        state = TICKETS.begin(None, events)
        for event in events:
            TICKETS.step(state, event, policy, facts)
        TICKETS.pass_due(state, now_ms, policy, facts)
        standings += TICKETS.standings(state)
    return Figures(facts, standings, now_ms)


@pytest.mark.parametrize("name", LOGS)
def test_a_recorded_log_gives_the_figures_of_an_independent_program(shared_data, name):
    expected = json.loads((shared_data / "expected" / f"{name}.json").read_text())
    made = figures(shared_data / "events" / f"{name}.jsonl.gz")
    checked: Counter[str] = Counter()
    wrong = []
    for row in expected["rows"]:
        found = made.of(row)
        if found is None:
            continue
        value, samples = found
        checked[f"{row['kpi']}.{row['stat']}"] += 1
        if value != (row["value"] if row["value"] is None else pytest.approx(row["value"], rel=1e-6)):
            wrong.append((row, value))
        elif "samples" in row and samples != row["samples"]:
            wrong.append((row, samples))
    assert not wrong, f"{len(wrong)} wrong, the first: {wrong[:3]}"
    assert len(checked) == 29, sorted(checked)
    print(f"{name}: {sum(checked.values())} rows checked")
