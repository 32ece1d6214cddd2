"""`GET /table`: the figures as a plain table that renews itself, also where scripts are off; the wallboard leads there then.

Age and completeness of the data are always in sight; data older than STALE_S looks stale, also where this process no longer answers
(`web/page.js` counts on by itself). Queue names come from events: everything that is shown is escaped.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from html import escape
from importlib.resources import files as package_files
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from schemas.values import Topic
from streams.core.kpis.catalogue import CATALOGUE
from streams.core.kpis.kpi import Unit
from streams.core.row import Row
from streams.core.snapshot import Snapshot
from streams.outputs.courtesy import courteous
from streams.outputs.figures import figure

STALE_S: Final = 5.0
SITE_WINDOWS: Final = ("now", "30m", "interval", "today", "yesterday", "7d")
CONTENT_TYPES: Final = {"page.css": "text/css", "page.js": "text/javascript", "refused.css": "text/css"}


class Column(NamedTuple):
    """One figure of a queue."""

    title: str
    kpi: str
    stat: str
    window: str
    labels: Mapping[str, str] = {}


HUMAN: Final = {"responder": "human", "clock": "calendar"}
FULL: Final = {"to": "full", "clock": "calendar"}
TABLES: Final[tuple[tuple[str, Topic, tuple[Column, ...]], ...]] = (
    (
        "Calls",
        "calls",
        (
            Column("Waiting", "waiting", "count", "now"),
            Column("Longest wait", "waiting", "oldest", "now"),
            Column("Expected wait", "expected_wait", "p50", "now"),
            Column("Talking", "talking", "count", "now"),
            Column("On hold", "holding", "count", "now"),
            Column("Offered", "calls_offered", "count", "today"),
            Column("Answered", "calls_answered", "count", "today"),
            Column("Abandoned", "calls_abandoned", "count", "today"),
            Column("Service level", "service_level", "event", "today"),
            Column("Abandon rate", "abandon_rate", "of_decided", "today"),
            Column("Speed of answer", "speed_of_answer", "mean", "today"),
            Column("90 % within", "speed_of_answer", "p90", "today"),
            Column("Handle time", "handle_time", "mean", "today"),
        ),
    ),
    (
        "Tickets",
        "tickets",
        (
            Column("To answer", "open_cases", "count", "now"),
            Column("Oldest to answer", "open_cases", "oldest", "now"),
            Column("Unresolved", "unresolved_cases", "count", "now"),
            Column("Backlog", "backlog", "count", "now"),
            Column("Created", "tickets_created", "count", "today"),
            Column("Resolved", "tickets_resolved", "count", "today"),
            Column("First response", "first_response_time", "mean", "today", HUMAN),
            Column("In target", "first_response_time", "within_target", "today", HUMAN),
            Column("Resolution", "resolution_time", "mean", "today", FULL),
        ),
    ),
    (
        "People",
        "agents",
        (
            *(
                Column(title, "agents", "count", "now", {"state": state})
                for title, state in (
                    ("Available", "available"),
                    ("Busy", "busy"),
                    ("Wrap-up", "wrap_up"),
                    ("Break", "break"),
                    ("Training", "training"),
                )
            ),
            Column("Conversations each", "conversations_per_agent", "mean", "now"),
            Column("Occupancy", "occupancy", "ratio", "today"),
        ),
    ),
)
UNITS: Final[Mapping[tuple[str, str], Unit]] = {(kpi.name, kpi.stat): kpi.unit for kpi in CATALOGUE}

Key = tuple[str, str, str, tuple[tuple[str, str], ...]]
"""KPI, stat, window, labels."""


def files() -> dict[str, tuple[bytes, str]]:
    """What the page needs beside itself: name -> content, type."""
    folder = package_files("streams.outputs") / "web"
    return {name: ((folder / name).read_bytes(), content_type) for name, content_type in CONTENT_TYPES.items()}


def render(snapshot: Snapshot, title: str, zone: ZoneInfo, queue_titles: Mapping[str, str]) -> bytes:
    """The page of one moment. queue_titles: what people call a queue, by its name"""
    age_ms = snapshot.liveness.data_age_ms if snapshot.liveness.restored else None
    stale = age_ms is None or age_ms / 1000 > STALE_S
    local = datetime.fromtimestamp(snapshot.now_ms / 1000, UTC).astimezone(zone)
    age = "unknown" if age_ms is None else f"{age_ms / 1000:.1f} s"
    partial = snapshot.completeness < 1
    parts = f"{snapshot.liveness.live} of {snapshot.liveness.partitions} partitions"
    name = escape(title or "deskpulse")
    instant = f'<time datetime="{local.isoformat()}">{local:%Y-%m-%d %H:%M:%S}</time> {escape(str(zone))}'
    return "".join((
        f'<!doctype html>\n<html lang="en" class="{"stale" if stale else "fresh"}">\n<head>\n<meta charset="utf-8">\n',
        f"<title>{name}</title>\n",
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n<meta name="color-scheme" content="light dark">\n',
        '<link rel="icon" href="/wallboard/icon.svg">\n<link rel="stylesheet" href="/page.css">\n<script src="/page.js" defer></script>\n',
        '<noscript><meta http-equiv="refresh" content="5"></noscript>\n</head>\n<body>\n',
        f"<header>\n<h1>{name}</h1>\n<p>as of {instant}</p>\n",
        f'<p id="age" data-seconds="{"" if age_ms is None else age_ms / 1000}" data-stale-after="{STALE_S:g}">data age <b>{age}</b></p>\n',
        f'<p class="{"incomplete" if partial else "complete"}">{"incomplete: " if partial else "complete: "}{parts}</p>\n',
        '<p id="stale" role="status">These figures are stale.</p>\n</header>\n',
        "<main>\n", *(_tables(snapshot, queue_titles) if snapshot.liveness.restored else _restoring()), "</main>\n</body>\n</html>\n",
    )).encode()  # fmt: skip


def _restoring() -> Iterator[str]:
    yield "<p>The figures are being read back from the log. This page shows them as soon as they are complete.</p>\n"


def _tables(snapshot: Snapshot, queue_titles: Mapping[str, str]) -> Iterator[str]:
    if not snapshot.topics:
        yield "<p>No event has come yet. The first one shows here within a second or two.</p>\n"
        return
    kpis = {column.kpi for _, _, columns in TABLES for column in columns}
    rows = snapshot.rows(kpis=kpis, windows=("now", "today"), cuts=((), ("queue",)))
    by_key = {_key(row): row for row in courteous(rows, every=100)}
    for caption, topic, columns in TABLES:
        if topic in snapshot.topics:
            yield from _queue_table(snapshot, caption, topic, columns, by_key, queue_titles)
    yield from _site_table(snapshot)


def _key(row: Row) -> Key:
    return row.kpi, row.stat, row.window, tuple(sorted(row.labels.items()))


def _queue_table(
    snapshot: Snapshot,
    caption: str,
    topic: Topic,
    columns: Sequence[Column],
    by_key: Mapping[Key, Row],
    queue_titles: Mapping[str, str],
) -> Iterator[str]:
    spans = {window: sum(column.window == window for column in columns) for window in ("now", "today")}
    yield f'<table>\n<caption>{caption}</caption>\n<thead>\n<tr><th rowspan="2" scope="col">Queue</th>'
    yield "".join(f'<th colspan="{span}" scope="colgroup" class="{window}">{window}</th>' for window, span in spans.items())
    yield "</tr>\n<tr>" + "".join(f'<th scope="col">{column.title}</th>' for column in columns) + "</tr>\n</thead>\n<tbody>\n"
    queues = [queue for (queue,), cells in snapshot.groups(("queue",)).items() if any(topic in snapshot.book.cells[cell] for cell in cells)]
    for queue in (None, *queues):
        cut = {} if queue is None else {"queue": queue}
        yield '<tr class=all><th scope="row">all</th>' if queue is None else f"<tr>{_queue(queue, queue_titles.get(queue, queue))}"
        for column in columns:
            key = (column.kpi, column.stat, column.window, tuple(sorted({**cut, **column.labels}.items())))
            yield _cell(by_key.get(key), UNITS[column.kpi, column.stat])
        yield "</tr>\n"
    yield "</tbody>\n</table>\n"


def _queue(name: str, title: str) -> str:
    """Its head; where it has another title, its name is where the pointer rests: API, /metrics and commands have that."""
    return f'<th scope="row"{_title(name if name != title else "")}>{escape(title)}</th>'


def _site_table(snapshot: Snapshot) -> Iterator[str]:
    """Every row of the whole site, folded away."""
    rows: dict[tuple[str, str, str], dict[str, Row]] = {}
    for row in courteous(snapshot.rows(windows=SITE_WINDOWS, cuts=((),)), every=50):
        labels = ", ".join(f"{name} {value}" for name, value in row.labels.items())
        rows.setdefault((row.kpi, row.stat, labels), {})[row.window] = row
    yield '<details id="all">\n<summary>All figures of the site</summary>\n<table>\n<thead>\n'
    yield '<tr><th scope="col">KPI</th><th scope="col">of</th>'
    yield "".join(f'<th scope="col">{window}</th>' for window in SITE_WINDOWS) + "</tr>\n</thead>\n<tbody>\n"
    for (kpi, stat, labels), by_window in rows.items():
        yield f'<tr><th scope="row">{kpi} {stat}</th><td class="text">{escape(labels)}</td>'
        for window in SITE_WINDOWS:
            yield _cell(by_window[window], UNITS[kpi, stat]) if window in by_window else "<td></td>"
        yield "</tr>\n"
    yield "</tbody>\n</table>\n</details>\n"


def _cell(row: Row | None, unit: Unit) -> str:
    """A number; grey where its sample is small, coloured by its level, and with its sample and interval where the pointer rests."""
    if row is None or row.value is None:
        why = "no sample" if row is None or row.reason is None else row.reason.replace("_", " ")
        return f'<td class="none"{_title(why)}>{figure(None, unit)}</td>'
    said = []
    if row.samples is not None and unit != "count":
        said.append(f"of {row.samples}")
    if row.low is not None and row.high is not None:
        said.append(f"95 %: {figure(row.low, unit)} to {figure(row.high, unit)}")
    if row.partial:
        said.append(f"since {row.since}")
    kind = "few" if row.few else row.level if row.level in ("warn", "crit") else ""
    return f"<td{f' class={kind}' if kind else ''}{_title(', '.join(said))}>{figure(row.value, unit)}</td>"


def _title(text: str) -> str:
    return f' title="{escape(text)}"' if text else ""
