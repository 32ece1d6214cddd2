"""Rows of a board held against `deskpulse report` over the same events, window by window.

A report over everything with `--since T` shows what a board shows in a window that began at T and lasts until now. That is so for
`now` and for every window that is under way; of those that have ended (yesterday, last_interval, last_week) the counts are what two
reports differ by. Their means and percentiles cannot be had from reports, but they stand in the same panes as the counts.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from streams.core.kpis.kpi import WINDOWS

Rows = Mapping[tuple[str, str, str], Mapping[str, Any]]
"""KPI, stat and labels -> the rest of a row."""

CUTS: Final = ("queue,channel", "priority", "queue,priority")
"""Beside those that a report has without being asked."""

ANSWERS_NEEDED: Final = ("service_level", "answers_needed")

_LABEL: Final = re.compile(r'(\w+)="([^"]*)"')
_CELL: Final = {"queue", "channel", "priority"}

RELATIVE: Final = 1e-9
"""Sums are of whole milliseconds; what is divided last may differ in the last place."""


def named(rows: Iterable[Mapping[str, Any]]) -> Rows:
    found: dict[tuple[str, str, str], Mapping[str, Any]] = {}
    for row in rows:
        if row["kpi"] == "expected_wait":
            continue  # by the last quarter of an hour, which the range of a report does not have
        name = (row["kpi"], row["stat"], json.dumps(row["labels"], sort_keys=True))
        assert name not in found, f"twice: {name}"
        found[name] = {key: row[key] for key in ("value", "samples", "low", "high", "reason") if key in row}
    return found


def windows_under_way(as_of: datetime, zone: ZoneInfo) -> dict[str, datetime]:
    """Window -> when it began, by the definitions of the windows. 15m and 30m lie between 5m and 1h in every way."""
    minute = as_of.replace(second=0, microsecond=0)
    local = as_of.astimezone(zone)
    interval = local.replace(minute=local.minute // 30 * 30, second=0, microsecond=0)
    return {
        "5m": minute - timedelta(minutes=5),
        "1h": minute - timedelta(hours=1),
        "interval": interval,
        **{name: _day(as_of, zone, back) for name, back in (("today", 0), ("7d", 6), ("30d", 29))},
    }


def windows_ended(as_of: datetime, zone: ZoneInfo) -> dict[str, tuple[datetime, datetime]]:
    """Window -> when it began and ended."""
    interval = windows_under_way(as_of, zone)["interval"]
    weekday = as_of.astimezone(zone).weekday()
    return {
        "last_interval": (interval - timedelta(minutes=30), interval),
        "yesterday": (_day(as_of, zone, 1), _day(as_of, zone, 0)),
        "last_week": (_day(as_of, zone, weekday + 7), _day(as_of, zone, weekday)),
    }


def _day(as_of: datetime, zone: ZoneInfo, back: int) -> datetime:
    return datetime.combine(as_of.astimezone(zone).date() - timedelta(days=back), time(), zone)


def differences(shown: Rows, reported: Rows) -> list[str]:
    """Where they are not the same. A board also has rows of cells that were quiet in the window: these have to be empty."""
    found = [f"{name}: reported {row}, shown {shown.get(name)}" for name, row in reported.items() if not _equal(shown.get(name), row)]
    found += [f"{name}: shown {row}, not reported" for name, row in shown.items() if name not in reported and not _is_empty(name, row)]
    return found


def _equal(shown: Mapping[str, Any] | None, reported: Mapping[str, Any]) -> bool:
    if shown is None or shown.keys() != reported.keys():
        return False
    return all(_same(shown[key], value) for key, value in reported.items())


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, int | float) and isinstance(other, int | float):
        return abs(one - other) <= RELATIVE * max(1.0, abs(other))
    return bool(one == other)


def _is_empty(name: tuple[str, str, str], row: Mapping[str, Any]) -> bool:
    # The sample of a share is all there is, also where the share is none. Of what is hidden a report gives one row, of the whole site.
    return not row["value"] and (not row.get("samples") or name[1] == "share" or row.get("reason") == "hidden")


def _without_answers_needed(shown: Rows) -> Rows:
    return {name: row for name, row in shown.items() if name[:2] != ANSWERS_NEEDED}


def _wrong_answers_needed(shown: Rows, targets: Mapping[str, float]) -> Iterator[str]:
    """Of today alone, so in no report: made here from the service level, which is in one."""
    for name, row in shown.items():
        if name[:2] == ANSWERS_NEEDED and row["value"] is not None:
            level = shown["service_level", "event", name[2]]
            decided, met = level["samples"], round(level["value"] * level["samples"])
            target = round(targets.get(json.loads(name[2]).get("queue", ""), 0.8) * 10_000)
            wanted = max(0, -((10_000 * met - target * decided) // (10_000 - target)))
            if (row["value"], row["samples"]) != (wanted, decided):
                yield f"{name}: {row}, expected {wanted} of {decided}"


class Reports:
    """Answers of `deskpulse report`, asked side by side. `ask(arguments)`: the rows of one."""

    def __init__(self, ask: Callable[[Sequence[str]], list[dict[str, Any]]]) -> None:
        self._ask = ask
        self._known: dict[tuple[str, ...], Rows] = {}

    @property
    def count(self) -> int:
        return len(self._known)

    def rows(self, since: datetime | None = None, by: str | None = None) -> Rows:
        return self._known[self._arguments(since, by)]

    def fetch(self, wanted: Iterable[tuple[datetime | None, str | None]]) -> None:
        arguments = list(dict.fromkeys(self._arguments(since, by) for since, by in wanted))
        with ThreadPoolExecutor(2) as pool:
            self._known |= zip(arguments, map(named, pool.map(self._ask, arguments)), strict=True)

    def _arguments(self, since: datetime | None, by: str | None) -> tuple[str, ...]:
        return (*(("--since", since.astimezone(UTC).isoformat()) if since else ()), *(("--by", by) if by else ()))


def compared_rows(ask: Callable[..., dict[str, Any]]) -> dict[str, Any]:
    """The rows that `compare` looks at, asked of a board that is at rest: ask(window=..., cut=...) is its document."""
    answers = [ask(cut=["site", "queue", "channel"], window=window) for window in (*WINDOWS, "now")]
    more = ask(cut=["queue_channel", "priority", "queue_priority"], window=["now", "30d"])
    (as_of,) = {answer["as_of"] for answer in (*answers, more)}  # more than one: its clock goes on
    rows = [row for answer in answers for row in answer["rows"]]
    # What there is by channel alone comes with every answer.
    return {"as_of": as_of, "rows": [*rows, *(row for row in more["rows"] if ",".join(_cut(row)) in CUTS)]}


def compare(document: Mapping[str, Any], reports: Reports, zone: ZoneInfo, targets: Mapping[str, float]) -> list[str]:
    """All that a board shows, held against reports: see the head of this file. Where they differ.

    targets  queue -> promised service level, where it is not 80 %
    """
    as_of = datetime.fromisoformat(document["as_of"])
    under_way, ended = windows_under_way(as_of, zone), windows_ended(as_of, zone)
    month = under_way["30d"]
    standing = {(row["kpi"], row["stat"]) for row in document["rows"] if row["window"] == "now"}
    instants = {*under_way.values(), *(instant for span in ended.values() for instant in span)}
    reports.fetch([*((since, None) for since in sorted(instants)), *((month, by) for by in CUTS)])
    found: list[str] = []
    for window in ("now", *under_way):
        since = month if window == "now" else under_way[window]
        shown = named(row for row in document["rows"] if row["window"] == window and _cut(row) in ((), ("queue",), ("channel",)))
        reported = {name: row for name, row in reports.rows(since).items() if (name[:2] in standing) == (window == "now")}
        found += [f"{window} {text}" for text in differences(_without_answers_needed(shown), reported)]
        found += [f"{window} {text}" for text in _wrong_answers_needed(shown, targets)]
    for by in CUTS:
        cut = tuple(by.split(","))
        for window in ("now", "30d"):
            shown = named(row for row in document["rows"] if row["window"] == window and _cut(row) == cut)
            reported = {
                name: row
                for name, row in reports.rows(month, by).items()
                if (name[:2] in standing) == (window == "now") and set(cut) <= json.loads(name[2]).keys()
            }
            found += [f"{window} {text}" for text in differences(shown, reported)]
    for window, (began, end) in ended.items():
        shown = named(row for row in document["rows"] if row["window"] == window and _cut(row) in ((), ("queue",), ("channel",)))
        found += [f"{window} {text}" for text in _count_differences(shown, reports.rows(began), reports.rows(end))]
    return found


def counter_differences(series: Mapping[str, float], as_of: datetime, settle: timedelta, reports: Reports) -> list[str]:
    """Counters of a page, with what corrected them, held against the counts of reports: all up to the last minute that has settled.

    series  as written -> value. A minute is settled when `settle` has passed since its end.
    """
    open_from = (as_of - settle).replace(second=0, microsecond=0)
    reports.fetch([(None, None), (open_from, None)])
    everything, still_open = reports.rows(), reports.rows(open_from)
    sums: dict[str, float] = {}
    counters: set[str] = set()
    for name, value in series.items():
        stem, _, labels = name.removeprefix("deskpulse_").partition("{")
        if stem == "corrections_total":
            fact, direction = (dict(_LABEL.findall(labels))[label] for label in ("fact", "direction"))
            sums[fact] = sums.get(fact, 0.0) + (value if direction == "added" else -value)
        elif stem.endswith("_total"):
            kpi = {"requests": "request_volume"}.get(stem.removesuffix("_total"), stem.removesuffix("_total"))
            sums[kpi] = sums.get(kpi, 0.0) + value
            counters.add(kpi)
    found, compared = [], 0
    for kpi in {name[0] for name in everything if name[1] == "count"} & counters:
        counted = [_whole(rows, kpi) for rows in (everything, still_open)]
        compared += 1
        if sums[kpi] != counted[0] - counted[1]:
            found.append(f"{kpi}: the counter is {sums[kpi]:g} with its corrections, reported {counted[0]} less {counted[1]}")
    assert compared > 12, f"only {compared} counters have a count to be held against"
    return found


def _whole(rows: Rows, kpi: str) -> int:
    """Over all cells; where it is told by labels of its own only, over these."""
    found = [row["value"] or 0 for name, row in rows.items() if name[:2] == (kpi, "count") and not _CELL & json.loads(name[2]).keys()]
    return sum(found)


def _cut(row: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(label for label in ("queue", "channel", "priority") if label in row["labels"])


def _count_differences(shown: Rows, since_began: Rows, since_end: Rows) -> list[str]:
    found = []
    for name, row in shown.items():
        if name[1] == "count" and isinstance(row["value"], int):
            before, after = (rows.get(name, {}).get("value") or 0 for rows in (since_began, since_end))
            if row["value"] != before - after:
                found.append(f"{name}: shown {row['value']}, reports differ by {before - after}")
    return found
