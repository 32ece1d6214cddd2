"""KPI rows as JSON: the envelope that says of which moment they are, and how complete it is."""

from __future__ import annotations

from typing import Any

import orjson

from streams.core.board import rfc3339
from streams.core.snapshot import Snapshot
from streams.outputs.asking import Wanted
from streams.outputs.serving import Refusal


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
    """What /api/v1/rows answers."""
    rows = snapshot.rows(kpis=wanted.kpis, windows=wanted.windows, queues=wanted.queues, channels=wanted.channels, cuts=wanted.cuts)
    return orjson.dumps({**envelope(snapshot), "rows": [row.document() for row in rows]})
