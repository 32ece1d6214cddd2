"""What is played on the stage: a board of two pages, the rows of a busy noon, and their past."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from schemas.instants import instant_ms, rfc3339
from streams.core.kpis.catalogue import CATALOGUE
from streams.outputs.boards import OF_DAYS, TREND, TREND_OF_DAYS

NOON = "2026-03-06T12:05:10Z"
QUEUES = {
    "orders": "Orders", "service": "Customer service", "billing": "Billing and payments", "partners": "Partners", "cards": "Lost cards",
    "chat": "Shop chat", "advice": "Video advice",
}  # fmt: skip
UNITS = {(kpi.name, kpi.stat): kpi.unit for kpi in CATALOGUE}


def tile(kind: str, kpi: str, stat: str, window: str = "today", labels: Mapping[str, str] | None = None, **more: Any) -> dict[str, Any]:
    trend = {"kpi": kpi, "stat": stat, **(TREND_OF_DAYS if window in OF_DAYS else TREND)} if window != "now" else None
    return {
        "kind": kind, "kpi": kpi, "stat": stat, "window": window, "labels": dict(labels or {}), "unit": UNITS[kpi, stat],
        "better": None, "target": None, "warn": None, "crit": None, "min_samples": 5, "trend": trend, **more,
    }  # fmt: skip


TILES = {
    "waiting": tile("waiting", "waiting", "oldest", "now", better="low", warn=60, crit=180, unit="seconds"),
    "service_level": tile("service_level", "service_level", "event", better="high", target=0.8),
    "speed_of_answer": tile("number", "speed_of_answer", "p90", better="low", warn=45, crit=90),
    "abandon_rate": tile("number", "abandon_rate", "of_decided", better="low", warn=0.05, crit=0.1),
    "agents": tile("agents", "agents", "count", "now", unit="count"),
    "blockage": tile("blockage", "blockage", "rate", better="low", warn=0.01, crit=0.05),
    "calls_offered": tile("number", "calls_offered", "count"),
    "sla_due": tile("sla_due", "sla_clocks_due", "count", "now", better="low"),
    "aging": tile("aging", "open_cases", "count", "now"),
    "first_response": tile(
        "number", "first_response_time", "within_target", labels={"responder": "human", "clock": "calendar"}, better="high", target=0.9
    ),
    "resolution": tile("number", "resolution_time", "mean", labels={"to": "full", "clock": "calendar"}, better="low"),
    "csat": tile("number", "csat", "top2", "7d", better="high", target=0.85),
}
PAGES = [
    ["waiting", "service_level", "speed_of_answer", "abandon_rate", "agents", "blockage"],
    ["sla_due", "aging", "first_response", "resolution", "csat", "calls_offered"],
]
BOARD: dict[str, Any] = {
    "board": "default", "title": "Riga", "site": "riga", "zone": "Europe/Riga", "language": "en", "dark": True, "rotate_seconds": 0,
    "layout": "one", "version": "1", "pages": PAGES, "tiles": TILES,
    "queues": [
        {"name": name, "title": title, "channel": "phone", "threshold_seconds": 20, "target": 0.8} for name, title in QUEUES.items()
    ],
    "currency": "EUR", "interval_minutes": 30, "boards": ["default"], "events_since": None, "can_see_cases": True,
}  # fmt: skip


def row(kpi: str, stat: str, window: str, value: float | None, labels: Mapping[str, str] | None = None, **more: Any) -> dict[str, Any]:
    return {"kpi": kpi, "stat": stat, "window": window, "labels": dict(labels or {}), "value": value, **more}


def waits(queue: str | None, count: int, oldest_s: float | None) -> list[dict[str, Any]]:
    """Of a queue; None: of all."""
    labels = {} if queue is None else {"queue": queue}
    since = {} if oldest_s is None else {"since": rfc3339(instant_ms(NOON) - int(oldest_s * 1000))}
    return [
        row("waiting", "count", "now", count, labels),
        row("waiting", "oldest", "now", oldest_s, labels, samples=count, **({"reason": "no_sample"} if oldest_s is None else since)),
    ]


def noon() -> list[dict[str, Any]]:
    """All rows that the board of this script looks at."""
    then = {"yesterday": 0.71, "last_week_day": 0.84}
    return [
        *waits(None, 17, 218),
        *waits("orders", 6, 74), *waits("service", 9, 218), *waits("billing", 1, 12), *waits("partners", 0, None), *waits("cards", 0, None),
        *waits("chat", 1, 41), *waits("advice", 0, None),
        row("service_level", "event", "today", 0.7462, samples=1382, low=0.72, high=0.768, compare=then),
        row("service_level", "lowest", "today", 0.741, samples=1391), row("service_level", "highest", "today", 0.748, samples=1391),
        row("service_level", "answers_needed", "today", 372),
        row("speed_of_answer", "p90", "today", 64.0, samples=1204, compare={"yesterday": 71.5, "last_week": 38.0}),
        row("abandon_rate", "of_decided", "today", 0.043, samples=1320, compare={"yesterday": 0.061, "last_week": 0.032}),
        *(
            row("agents", "count", "now", count, {"state": state})
            for state, count in {"available": 4, "busy": 31, "wrap_up": 6, "break": 5, "training": 2, "offline": 9}.items()
        ),
        row("blockage", "rate", "today", 0.0712, samples=1503, compare={"yesterday": 0.004, "last_week": 0.0}),
        row("calls_blocked", "count", "today", 107),
        row("calls_blocked", "count", "today", 98, {"reason": "trunk_busy"}),
        row("calls_blocked", "count", "today", 9, {"reason": "queue_full"}),
        row("calls_offered", "count", "today", 1396, compare={"yesterday": 1210, "last_week": 1342}),
        row("sla_clocks", "count", "now", 3, {"state": "breached"}), row("sla_clocks", "count", "now", 12, {"state": "at_risk"}),
        row("sla_clocks_due", "count", "now", 2, {"clock": "first_response", "band": "0-5m"}),
        row("sla_clocks_due", "count", "now", 2, {"clock": "resolution", "band": "0-5m"}),
        row("sla_clocks_due", "count", "now", 7, {"clock": "first_response", "band": "5-15m"}),
        row("sla_clocks_due", "count", "now", 19, {"clock": "first_response", "band": "15-60m"}),
        row("open_cases", "count", "now", 412),
        row("open_cases", "oldest", "now", 612_000, since=rfc3339(instant_ms(NOON) - 612_000_000)),
        row("backlog", "count", "now", 96),
        *(
            row("backlog_by_age", "count", "now", count, {"age_band": band})
            for band, count in {"0-1h": 88, "1-4h": 131, "4-24h": 97, "1-3d": 62, "3-7d": 25, "7d+": 9}.items()
        ),
        row(
            "first_response_time", "within_target", "today", 0.931, {"responder": "human", "clock": "calendar"}, samples=318,
            compare={"yesterday": 0.9, "last_week": 0.915},
        ),
        row(
            "resolution_time", "mean", "today", 15_820.0, {"to": "full", "clock": "calendar"}, samples=204, partial=True,
            since="2026-03-06T03:12:00.000Z", compare={"yesterday": 17_100.0, "last_week": None},
        ),
        row("csat", "top2", "7d", None, samples=0, reason="no_sample", compare={"yesterday": None, "last_week": 0.88}),
    ]  # fmt: skip


def history(query: Mapping[str, str], now_ms: int) -> dict[str, Any]:
    """A day that has its ups and downs around what is now; the first hours are not known."""
    step_ms = {"1m": 60_000, "15m": 900_000, "1d": 86_400_000}[query["step"]]
    count = int(query["since"].removesuffix("h")) * 3_600_000 // step_ms
    starts = [now_ms - now_ms % step_ms - (count - index) * step_ms for index in range(count)]
    now = next((one["value"] for one in noon() if (one["kpi"], one["stat"]) == (query["kpi"], query["stat"])), None)
    base = now if now is not None and UNITS[query["kpi"], query["stat"]] != "count" else {"csat": 0.8}.get(query["kpi"], 60.0)
    phase = sum(query["kpi"].encode()) % 7
    values = [base * (1 + 0.18 * math.sin(index / 4 + phase) + 0.06 * math.sin(index * 1.7 + phase)) for index in range(count)]
    if UNITS[query["kpi"], query["stat"]] == "ratio":
        values = [min(1.0, value) for value in values]
    labels = {name: value for name, value in query.items() if name in ("queue", "channel")}
    for tile in TILES.values():
        if (tile["kpi"], tile["stat"]) == (query["kpi"], query["stat"]):
            labels = tile["labels"]
    series = {"kpi": query["kpi"], "stat": query["stat"], "labels": labels, "values": [None, None, *values[2:]]}
    return {"step": query["step"], "starts": [rfc3339(start) for start in starts], "series": [series]}


def explanation(query: Mapping[str, str]) -> dict[str, Any]:
    told = {
        "kpi": query["kpi"], "stat": query["stat"], "window": query["window"], "labels": {}, "value": 0.7462, "samples": 1382,
        "low": 0.72, "high": 0.768, "unit": UNITS[query["kpi"], query["stat"]],
        "definition": "The promise to callers: how many of them are answered within the threshold of their queue.",
        "what": "In time / decided; a waiting call is decided, and out, once the threshold has passed.",
        "formula": "service_in / (service_in + service_out)",
        "inputs": [
            {"name": "service_in", "what": "decided in time", "amount": 1031, "unit": "count"},
            {"name": "service_out", "what": "decided late: answered late, or waiting past the threshold", "amount": 351, "unit": "count"},
        ],
        "left_out": [
            {"what": "short abandons", "why": "given up within the short-abandon threshold", "amount": 44},
            {"what": "waiting within the threshold now", "why": "not decided yet", "amount": 9},
        ],
        "start": "2026-03-05T22:00:00.000Z", "end": "2026-03-06T12:05:10.000Z",
    }  # fmt: skip
    return {"explanations": [told]}
