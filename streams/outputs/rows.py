"""KPI rows as JSON: the envelope that says of which moment they are, and how complete it is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, Final

import orjson

from schemas.instants import rfc3339
from streams.core.row import Row
from streams.core.snapshot import Snapshot
from streams.outputs.asking import Wanted
from streams.outputs.courtesy import courteous
from streams.outputs.serving import Refusal
from streams.outputs.spreadsheet import rows_csv

ROWS_MAX: Final = 100_000
"""Of one answer: some 30 MB of JSON."""


def envelope(snapshot: Snapshot) -> dict[str, Any]:
    """as_of, data_age_seconds (null while unknown), completeness: with everything that leaves."""
    age_ms = snapshot.liveness.data_age_ms
    return {
        "as_of": rfc3339(snapshot.now_ms),
        "data_age_seconds": None if age_ms is None else age_ms / 1000,
        "completeness": snapshot.completeness,
    }


def restored(snapshot: Snapshot) -> Snapshot:
    """The same. Raises Refusal 503 while the board reads its rows back: half of them would look like a quiet day."""
    if not snapshot.liveness.restored:
        said = "the board is reading its state back, or is cut off from the log: ask again in a second; /status says how far it is"
        raise Refusal(503, "restoring", said, headers={"Retry-After": "1"})
    return snapshot


def rows_document(snapshot: Snapshot, wanted: Wanted) -> bytes:
    """What /api/v1/rows answers. Meant for a thread: without filters, some queues are tens of thousands of rows. Raises Refusal."""
    check_length(snapshot, wanted)
    return with_list(envelope(snapshot), "rows", (row.document() for row in wanted_rows(snapshot, wanted)), every=100)


def rows_csv_document(snapshot: Snapshot, wanted: Wanted) -> bytes:
    """The same rows as a table for spreadsheets, without the envelope. Raises Refusal."""
    check_length(snapshot, wanted)
    return rows_csv(courteous(wanted_rows(snapshot, wanted), every=100), wanted.compare).encode()


def check_length(snapshot: Snapshot, wanted: Wanted) -> None:
    """Raises Refusal 400 where it would be more than `ROWS_MAX` rows; a board would take gigabytes to add up all windows of many queues."""
    asked = snapshot.asked(**wanted.filters())
    if next(islice(courteous(asked, every=1_000), ROWS_MAX, None), None) is not None:
        said = f"that would be more than {ROWS_MAX:,} rows: ask for some of them by window, kpi, queue, channel or cut (window=today)"
        raise Refusal(400, "too_many_rows", said)


def wanted_rows(snapshot: Snapshot, wanted: Wanted) -> Iterator[Row]:
    rows = snapshot.rows(**wanted.filters(), compare=wanted.compare)
    return rows if wanted.stats is None else (row for row in rows if row.stat in wanted.stats)


def with_list(document: dict[str, Any], name: str, items: Iterable[Any], every: int) -> bytes:
    """JSON of `document` and a long list under `name`, written piece by piece so that no one piece holds up the event loop."""
    pieces = b",".join(orjson.dumps(item) for item in courteous(items, every))
    return b"%b,%b:[%b]}" % (orjson.dumps(document)[:-1], orjson.dumps(name), pieces)
