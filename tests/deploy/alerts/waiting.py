"""Stories of people who wait, give up or do not get through, of backlogs, marks and silence."""

from __future__ import annotations

from collections.abc import Mapping

from tests.deploy.alerts.case import Case

PHONE = '{queue="billing", channel="phone"}'
CELL = {"queue": "billing", "channel": "phone"}
OPEN = {'deskpulse_queue_open{queue="billing"}': "1x3000"}
CLOSED = {'deskpulse_queue_open{queue="billing"}': "0x3000"}
WARNING, CRITICAL = {"severity": "warning"}, {"severity": "critical"}


def caller(since: str, threshold: int = 20) -> Mapping[str, str]:
    return {
        "deskpulse_clock_timestamp_seconds": "0+60x100",
        f"deskpulse_oldest_waiting_start_timestamp_seconds{PHONE}": since,
        f"deskpulse_service_level_threshold_seconds{PHONE}": f"{threshold}x100",
    }


def staff(waiting: str, **states: str) -> Mapping[str, str]:
    agents = {f'deskpulse_queue_agents{{queue="billing", state="{state}"}}': values for state, values in states.items()}
    return {f"deskpulse_waiting_calls{PHONE}": waiting, **agents}


def ended(answered: str, abandoned: str) -> Mapping[str, str]:
    return {f"deskpulse_calls_answered_total{PHONE}": answered, f"deskpulse_calls_abandoned_total{PHONE}": abandoned}


def blocked(offered: str, blocked: str, reason: str = "trunk_busy") -> Mapping[str, str]:
    return {
        f"deskpulse_calls_offered_total{PHONE}": offered,
        f"deskpulse_calls_blocked_in_queue_total{PHONE}": "0x200",
        f'deskpulse_calls_blocked_total{{queue="none", channel="phone", reason="{reason}"}}': blocked,
    }


def mark(values: str, level: str = "crit", window: str = "today_") -> Mapping[str, str]:
    return {f'deskpulse_{window}target_missed{{queue="billing", kpi="abandon_rate", level="{level}"}}': values}


def cases(growth: str, unresolved: str) -> Mapping[str, str]:
    mail = 'queue="mail", channel="email", priority="normal"'
    return {
        f"deskpulse_today_backlog_growth{{{mail}}}": growth,
        f'deskpulse_unresolved_cases{{{mail}, status="open"}}': unresolved,
    }


def source(last_event: str, step_s: int, is_open: str = "1x3000") -> Mapping[str, str]:
    return {
        "deskpulse_clock_timestamp_seconds": f"0+{step_s}x3000",
        'deskpulse_source_last_event_timestamp_seconds{source="calls"}': last_event,
        'deskpulse_queue_open{queue="billing"}': is_open,
    }


WAIT, UNSTAFFED, ABANDONED, BLOCKED = (
    "DeskpulseOldestWaitLong", "DeskpulseQueueUnstaffed", "DeskpulseAbandonmentHigh", "DeskpulseBlockageHigh",
)  # fmt: skip
MARK, BACKLOG, SILENT = "DeskpulseTargetMissed", "DeskpulseBacklogGrowing", "DeskpulseSourceSilent"
ABANDONS = 'deskpulse_target{queue="billing", kpi="abandon_rate", level="warn"}'
TARGET = {"queue": "billing", "kpi": "abandon_rate"}
CALLS = {"source": "calls"}
# In steps of 5 minutes: a week and an hour with an event in each, then none.
A_BUSY_WEEK = "0+300x2028 608400x200"
# Every week the same: busy for an hour, silent for three, busy again. The second time the silence is as usual.
A_NIGHT_EACH_WEEK = "0+300x12 3600x36 14400+300x1980 608400x36"

CASES = (
    Case(
        "somebody waits for nine minutes where 20 s are promised",
        WAIT,
        {**caller("_ 60x9 stale"), **OPEN},
        {"5m": [{**CELL, **WARNING}], "9m": [{**CELL, **WARNING}, {**CELL, **CRITICAL}]},
        ["2m", "20m"],
    ),
    Case("two minutes where five are promised", WAIT, {**caller("_ 60x12", 300), **OPEN}, {}, ["3m", "12m"]),
    Case("who waits in a queue that is closed", WAIT, {**caller("_ 60x90"), **CLOSED}, {}, ["10m", "60m"]),
    Case(
        "all are offline, until one comes",
        UNSTAFFED,
        staff("3x100", offline="2x5 1x95", available="0x5 1x95"),
        {"3m": [{"queue": "billing", **CRITICAL}]},
        ["0m", "20m"],
    ),
    Case("all have a break", UNSTAFFED, staff("3x9", **{"break": "2x9"}, available="0x9"), {"3m": [{"queue": "billing", **CRITICAL}]}),
    Case("nobody waits at night", UNSTAFFED, staff("0x100", offline="2x100", available="0x100"), {}, ["3m", "60m"]),
    Case("nothing is known of agents", UNSTAFFED, staff("3x100"), {}, ["3m", "60m"]),
    Case(
        "one in five gives up",
        ABANDONED,
        {**ended("0+8x100", "0+2x30 60x70"), **OPEN},
        {"15m": [{**CELL, **WARNING}]},
        ["1m", "90m"],
    ),
    Case("30 % are allowed here", ABANDONED, {**ended("0+8x100", "0+2x100"), **OPEN, ABANDONS: "0.3x100"}, {}, ["15m", "60m"]),
    Case("3 % are allowed here", ABANDONED, {**ended("0+9x60", "0+0.5x60"), **OPEN, ABANDONS: "0.03x60"}, {"15m": [{**CELL, **WARNING}]}),
    Case("a handful of calls", ABANDONED, {**ended("0+0.1x100", "0+0.3x100"), **OPEN}, {}, ["30m", "90m"]),
    Case("trunks are full", BLOCKED, blocked("0+10x200", "0+1x30 30x100"), {"20m": [WARNING, CRITICAL]}, ["1m", "70m"]),
    Case("three in a hundred", BLOCKED, blocked("0+10x200", "0+0.3x200"), {"20m": [WARNING]}),
    Case("calls to a closed office", BLOCKED, blocked("0+10x200", "0+5x200", "closed"), {}, ["20m", "90m"]),
    Case("one of a handful", BLOCKED, blocked("0+0.5x200", "0+0.5x200"), {}, ["20m", "90m"]),
    Case("past the mark", MARK, {**mark("0x5 1x20 0x50"), **OPEN}, {"15m": [{**TARGET, **CRITICAL}]}, ["5m", "9m", "60m"]),
    Case("a warning", MARK, {**mark("0x5 1x20 0x50", "warn"), **OPEN}, {"15m": [{**TARGET, **WARNING}]}, ["5m", "60m"]),
    Case("of this moment", MARK, {**mark("1x20 0x50", window=""), **OPEN}, {"15m": [{**TARGET, **CRITICAL}]}, ["60m"]),
    Case("for three minutes", MARK, {**mark("0x5 1x2 0x50"), **mark("0x5 1x2 0x50", "warn"), **OPEN}, {}, ["7m", "15m"]),
    Case("at night", MARK, {**mark("1x90"), **mark("1x90", "warn"), **CLOSED}, {}, ["15m", "60m"]),
    Case(
        "one more each minute, until they catch up",
        BACKLOG,
        cases("0+1x120 5x200", "50+1x120 55x200"),
        {"100m": [{"queue": "mail", **WARNING}]},
        ["30m", "180m"],
    ),
    Case("a large old backlog", BACKLOG, cases("0x300", "900x300"), {}, ["100m", "250m"]),
    Case("a few more", BACKLOG, cases("0+0.1x190 19x100", "50+0.1x190 69x100"), {}, ["100m", "250m"]),
    Case("30 more of a thousand", BACKLOG, cases("0+0.2x150", "1000+0.2x150"), {}, ["100m", "150m"]),
    Case(
        "nothing comes where a week ago there was no gap",
        SILENT,
        source("0+300x2028 608400x6 610500+300x60", 300),
        {"10170m": [{**CALLS, **CRITICAL}]},
        ["10140m", "10145m", "10200m"],
        step="5m",
    ),
    Case(
        "as silent as every week at that time of the night",
        SILENT,
        source(A_NIGHT_EACH_WEEK, 300),
        {},
        ["10160m", "10200m", "10260m"],
        step="5m",
    ),
    Case("a holiday", SILENT, source(A_BUSY_WEEK, 300, "0x3000"), {}, ["10170m", "10400m"], step="5m"),
    Case(
        "the first week has nothing to compare with",
        SILENT,
        source("0+60x120 7200x40 9600+60x200", 60),
        {"152m": [{**CALLS, **WARNING}]},
        ["130m", "149m", "200m"],
    ),
    Case("ten minutes in the first week", SILENT, source("0+60x120 7200x10 7860+60x200", 60), {}, ["130m", "140m"]),
    Case("a night in the first week", SILENT, source("0+60x120 7200x400", 60, "1x121 0x400"), {}, ["131m", "155m", "400m"]),
)
