"""Rows as CSV, for spreadsheets."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from typing import Final

from streams.core.row import Row

BEFORE: Final = ("kpi", "stat", "window")
BEHIND: Final = ("value", "samples", "low", "high", "reason", "few", "level", "partial", "since")
PREVIOUS: Final = ("previous", "previous_samples", "previous_start", "previous_end", "previous_reason")


def safe(value: str) -> str:
    """A queue called `=1+1` stays text in a spreadsheet."""
    return f"'{value}" if value[:1] in ("=", "+", "-", "@", "\t", "\r") else value


def rows_csv(rows: Iterable[Row], compare: bool = False) -> str:
    """A line per row: what it is, a column per label, what is known of it. What does not apply is empty, a missing number too."""
    found = [row.document() for row in rows]
    labels = list(dict.fromkeys(label for row in found for label in row["labels"]))
    known = (*BEHIND, *(PREVIOUS if compare else ()))
    written = io.StringIO(newline="")
    writer = csv.writer(written)
    writer.writerow([*BEFORE, *labels, *known])
    for row in found:
        own = [safe(row["labels"].get(label, "")) for label in labels]
        writer.writerow([*(row[name] for name in BEFORE), *own, *(_cell(row.get(name)) for name in known)])
    return written.getvalue()


def _cell(value: object) -> object:
    return "true" if value is True else "" if value is None or value is False else value
