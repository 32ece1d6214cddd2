"""Rows in the tables of an embedded log: `row` holds those that a shard alone reads, `tail` those that others follow, too.

All but the reads happen inside of a transaction of the caller.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from sqlite3 import Connection

from schemas.values import Partition

ROWS_PER_STATEMENT = 400
"""Each statement lets go of the interpreter once, and where the event loop is busy it takes up to 5 ms to get it back, so with a
statement per row a checkpoint could last minutes."""

Row = tuple[bytes, bytes | None]


def kept_rows(db: Connection, topic: int, part: Partition) -> dict[bytes, bytes]:
    return dict(db.execute("select key, value from row where topic = ? and part = ?", (topic, part)))


def put_kept(db: Connection, topic: int, part: Partition, rows: Sequence[Row]) -> None:
    kept = [row for row in rows if row[1] is not None]
    for first in range(0, len(kept), ROWS_PER_STATEMENT):
        some = kept[first : first + ROWS_PER_STATEMENT]
        places = ",".join(["(?1,?2,?,?)"] * len(some))
        db.execute(f"insert or replace into row values {places}", (topic, part, *(field for row in some for field in row)))
    gone = [key for key, value in rows if value is None]
    for first in range(0, len(gone), ROWS_PER_STATEMENT):
        keys = gone[first : first + ROWS_PER_STATEMENT]
        places = ",".join("?" * len(keys))
        db.execute(f"delete from row where topic = ?1 and part = ?2 and key in ({places})", (topic, part, *keys))


def followed_rows(db: Connection, topic: int, part: Partition) -> dict[bytes, bytes]:
    """Those that are not deleted, in the order of their last change."""
    there = "select key, value from tail where topic = ? and part = ? and value is not null order by seq"
    return dict(db.execute(there, (topic, part)))


def followed_row(db: Connection, topic: int, part: Partition, key: bytes) -> bytes | None:
    """That of a key; None where there is none."""
    found = db.execute("select value from tail where topic = ? and part = ? and key = ?", (topic, part, key)).fetchone()
    return found[0] if found else None


def put_followed(db: Connection, topic: int, part: Partition, rows: Sequence[Row]) -> None:
    """Each behind all that were written before. A deleted row stays as one without a value, for those who follow."""
    seq = last_change(db) + 1
    for first in range(0, len(rows), ROWS_PER_STATEMENT):
        some = rows[first : first + ROWS_PER_STATEMENT]
        places = ",".join(["(?1,?2,?,?,?)"] * len(some))
        values = [field for number, (key, value) in enumerate(some, seq + first) for field in (key, value, number)]
        db.execute(f"insert or replace into tail values {places}", (topic, part, *values))


def last_change(db: Connection) -> int:
    """The number of the last change of a followed row."""
    found: int = db.execute("select coalesce(max(seq), 0) from tail").fetchone()[0]
    return found


def changes_after(db: Connection, after: int, rows_max: int) -> tuple[int, Mapping[tuple[int, Partition], list[Row]]]:
    """The number of the last change looked at, and rows changed behind number `after`, by topic and partition."""
    rows = db.execute("select seq, topic, part, key, value from tail where seq > ? order by seq limit ?", (after, rows_max)).fetchall()
    found: dict[tuple[int, Partition], list[Row]] = {}
    for _, topic, part, key, value in rows:
        found.setdefault((topic, part), []).append((key, value))
    return rows[-1][0] if rows else after, found


def forget_gone(db: Connection, before: int) -> None:
    """Deleted rows whose change has a lower number. The last row stays, or its number would be given out again: so `before` is at most
    the number of the last change.
    """
    db.execute("delete from tail where value is null and seq < ?", (before,))
