"""Rows of the internal topics `<app>-state` and `<app>-panes`: their keys, their values, their version.

Keys of `<app>-state` begin with one byte, by kind; keys of `<app>-panes` are msgpack arrays that begin with the kind.
A release that changes shape or meaning of a row raises STATE_VERSION; one that meets another version, newer or older, refuses to start.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from schemas.values import Cell

STATE_VERSION: Final = 4

# <app>-state
SHARD_KEY: Final = b"s"
CASE_KINDS: Final = {
    "calls": b"c",
    "tickets": b"t",
    "agents": b"a",
    "surveys": b"y",
    "customers": b"u",
    "articles": b"r",
    "finance": b"m",
}
CONTACTS_KIND: Final = b"k"
FORGOTTEN_KIND: Final = b"f"
ALIASES_KIND: Final = b"n"
POLICY_KIND: Final = b"p"
POSITIONS_KEY: Final = b"o"
"""Topic -> next offset wanted: written and read back by a log whose own memory of them does not last; shards do not see it."""

# <app>-panes
PANE: Final = 1
TOTAL: Final = 2
SETTLED: Final = 3
CORRECTIONS: Final = 4
STANDING: Final = 5
CLOCK: Final = 6
OPEN: Final = 7
PRESSING: Final = 8
ADDED: Final = 9
"""What was added to the pane of a slot since its own row was written: a pane of the same stretch, whose sums may be negative."""

# Resolutions of panes.
MINUTE: Final = 0
QUARTER: Final = 1
DAY: Final = 2
MONTH: Final = 3
RING: Final = {MINUTE: 121, QUARTER: 200, DAY: 35, MONTH: 25}
"""How many panes of each are kept per cell: 2 h of minutes and the one under way, 50 h of quarter hours, 35 days, 25 months.

Slots are numbers of stretches modulo these. The pane of a month holds what its days held when they left their slots: the month and the days
that still have one are the whole together.
"""


class ShardRow(msgspec.Struct, array_like=True):
    """What a shard knows of itself. Key SHARD_KEY."""

    version: int
    release: str
    now_ms: int
    first_ms: int | None
    """Time of the earliest event ever taken in; None before the first."""
    watermark_ms: int
    closed_minute: int
    """Minutes before this one are settled."""
    calendar: str
    """Zone and reset of the business days that the panes are made of."""


class ClockRow(msgspec.Struct, array_like=True):
    """What a board has to know of a shard. Key (CLOCK,)."""

    version: int
    release: str
    now_ms: int
    first_ms: int | None
    calendar: str
    """As in ShardRow."""
    sources: dict[str, int] = {}
    """Latest event time by topic."""
    edges: int = 0
    """Which set of histogram edges the settled rows of this shard hold."""
    contacts_ms: int = 0
    """Time of the latest contact."""
    waited: dict[str, int] = {}
    """Time of the earliest event by topic, of those since the row before this one that are later than all events of that row."""


_ADDED_BYTE: Final = bytes((ADDED,))  # a small number is a byte of msgpack, and the array a byte before it

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder().decode


def pane_key(cell: Cell, resolution: int, slot: int) -> bytes:
    """Key of a ring slot."""
    return _encode((PANE, *cell, resolution, slot))


def added_key(key: bytes) -> bytes:
    """Key of what was added to the pane of a slot, of whose own row this is the key."""
    return key[:1] + _ADDED_BYTE + key[2:]


def cell_key(kind: int, cell: Cell) -> bytes:
    """Key of the totals or the settled counters of a cell."""
    return _encode((kind, *cell))


def open_key(cell: Cell, minute: int) -> bytes:
    """Key of a minute that is not settled yet and whose slot a newer one has taken; its value is the sums."""
    return _encode((OPEN, *cell, minute))


def standing_key(standing: int, cell: Cell, begin_ms: int) -> bytes:
    """Key of what stands in a cell since `begin_ms` or later, up to the next row of it; its value maps each start to a count."""
    return _encode((STANDING, standing, *cell, begin_ms))


def pressing_key(topic: str, case_id: str) -> bytes:
    """Key of a case whose promises are at risk or breached, where ids are shown; its value says which (streams/core/cases/pressing.py)."""
    return _encode((PRESSING, topic, case_id))


CORRECTIONS_KEY: Final = _encode((CORRECTIONS,))
CLOCK_KEY: Final = _encode((CLOCK,))


def read_key(key: bytes) -> list[Any]:
    """A key of `<app>-panes` taken apart: kind first."""
    parts: list[Any] = _decode(key)
    return parts
