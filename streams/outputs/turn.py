"""A turn: what those who follow a board are given at one moment, all of it or what has changed since the last one.

It is made once, however many read it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

import orjson

from schemas.instants import rfc3339
from schemas.values import SECOND_MS, EpochMs
from streams.core.kpis.catalogue import CATALOGUE
from streams.core.kpis.standing import Oldest
from streams.core.row import Row
from streams.core.snapshot import Snapshot
from streams.outputs.courtesy import courteous
from streams.outputs.rows import envelope

OLDEST: Final = frozenset((kpi.name, kpi.stat) for kpi in CATALOGUE if isinstance(kpi.formula, Oldest))

Key = tuple[str, str, str, tuple[tuple[str, str], ...]]
Rows = Callable[[Snapshot], Iterable[Row]]
Layout = Callable[[Snapshot], str | None]
Clock = Callable[[], EpochMs]


class Turn:
    """What a feed has at one moment. It is never changed: readers may be in the middle of it."""

    def __init__(
        self,
        number: int,
        head: bytes,
        rows: Mapping[Key, bytes],
        marks: Mapping[Key, bytes],
        *,
        change: tuple[Sequence[bytes], Sequence[Key]] | None = None,
        restored: bool = True,
    ) -> None:
        """head    as_of and so on: JSON without its closing brace
        marks   of each row that by which a change is known
        change  rows that are others than in the turn before, and those that are gone; None: nothing was, or nothing is known of it
        """
        self.number = number
        self.rows = rows
        self.marks = marks
        self.restored = restored
        self._head = head
        self._whole = change is None and restored
        self._snapshot: bytes | None = None
        self.change = _change(number, head, *(change or ((), ())))

    def follows(self, number: int) -> bool:
        """Whether who has seen that turn needs no more than the change."""
        return 0 < number == self.number - 1 and not self._whole

    def snapshot(self) -> bytes:
        """All rows; made when the first reader needs it."""
        if self._snapshot is None:
            said = (self.number, self._head, b",".join(self.rows.values()))
            self._snapshot = b'event: snapshot\nid: %d\nretry: 1000\ndata: %b,"rows":[%b]}\n\n' % said
        return self._snapshot


def turn_of(snapshot: Snapshot, last: Turn | None, rows: Rows, layout: Layout | None, clock: Clock | None) -> Turn:
    """The next turn. While the board reads its rows back, the last ones stay: half of them would look like a quiet day."""
    restored = snapshot.liveness.restored
    now_ms = snapshot.now_ms if clock is None else clock()
    laid_out = layout(snapshot) if restored and layout is not None else None
    said = {**envelope(snapshot), "now": rfc3339(now_ms), "restored": restored, "layout": laid_out}
    number, head = 1 if last is None else last.number + 1, orjson.dumps(said)[:-1]
    if not restored:
        return Turn(number, head, {} if last is None else last.rows, {} if last is None else last.marks, restored=False)
    bodies: dict[Key, bytes] = {}
    marks: dict[Key, bytes] = {}
    for row in courteous(rows(snapshot), every=50):
        key = (row.kpi, row.stat, row.window, tuple(sorted(row.labels.items())))
        bodies[key], marks[key] = _written(row, snapshot)
    if last is None or not last.restored:
        return Turn(number, head, bodies, marks)
    changed = [body for key, body in bodies.items() if last.marks.get(key) != marks[key]]
    return Turn(number, head, bodies, marks, change=(changed, [key for key in last.rows if key not in bodies]))


def _change(number: int, head: bytes, rows: Sequence[bytes], gone: Sequence[Key]) -> bytes:
    """The event that says it: a beat where nothing has changed."""
    if not rows and not gone:
        return b"event: beat\nid: %d\ndata: %b}\n\n" % (number, head)
    lost = orjson.dumps([{"kpi": kpi, "stat": stat, "window": window, "labels": dict(labels)} for kpi, stat, window, labels in gone])
    return b'event: rows\nid: %d\ndata: %b,"rows":[%b],"gone":%b}\n\n' % (number, head, b",".join(rows), lost)


def _written(row: Row, snapshot: Snapshot) -> tuple[bytes, bytes]:
    """The row, and what of it is a change: the age of the oldest is none, as whoever knows since when it waits can count on."""
    document = row.document()
    if (row.kpi, row.stat) not in OLDEST or row.value is None:
        written = orjson.dumps(document)
        return written, written
    document["since"] = rfc3339(EpochMs(snapshot.now_ms - round(row.value * SECOND_MS)))
    return orjson.dumps(document), orjson.dumps({**document, "value": None})
