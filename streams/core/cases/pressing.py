"""Cases by name whose promises are at risk or breached: what a site that shows ids has on its boards. Others keep nothing of it.

They follow from what stands, so a row says no more than the figures do, but for the id.
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from typing import Final, NamedTuple

import msgspec

from schemas import fields as f
from schemas.state import PRESSING, pressing_key, read_key
from streams.core.cases.fold import Standing
from streams.core.panes.standings import Standings

Pressing = tuple[int, str, str, str, int, bool]
"""(clock, queue, channel, priority, due_ms, breached) of one clock of a case."""


class PressingCase(NamedTuple):
    """A case as a board knows it."""

    topic: str
    case_id: str
    clocks: tuple[Pressing, ...]


BREACHED: Final = {standing: clock for clock, standing in enumerate(f.SLA_CLOCKS_BREACHED)}
AT_RISK: Final = {standing: clock for clock, standing in enumerate(f.SLA_CLOCKS_AT_RISK)}
DUE: Final = {standing: clock for clock, standing in enumerate(f.SLA_CLOCKS_DUE)}

_encode = msgspec.msgpack.Encoder().encode
decode_pressing = msgspec.msgpack.Decoder(tuple[Pressing, ...]).decode


def pressing(stands: Sequence[Standing]) -> tuple[Pressing, ...]:
    """What presses of a case that stands so."""
    due = {DUE[standing]: due_ms for standing, _, due_ms in stands if standing in DUE}
    found: list[Pressing] = []
    for standing, cell, at_ms in stands:
        if standing in BREACHED:
            found.append((BREACHED[standing], cell.queue, cell.channel, cell.priority, at_ms, True))
        elif standing in AT_RISK:
            found.append((AT_RISK[standing], cell.queue, cell.channel, cell.priority, due[AT_RISK[standing]], False))
    return tuple(found)


class PressingCases:
    """Those of one shard."""

    def __init__(self, *, named: bool) -> None:
        """named  False: the site does not show ids, and rows of a time when it did go"""
        self._named = named
        self._known: dict[bytes, tuple[Pressing, ...]] = {}
        self._changed: dict[bytes, None] = {}

    def see(self, topic: str, id_: str, stands: Sequence[Standing]) -> None:
        """A case stands so now."""
        if not self._named:
            return
        found, key = pressing(stands), pressing_key(topic, id_)
        if found != self._known.get(key, ()):
            if found:
                self._known[key] = found
            else:
                del self._known[key]
            self._changed[key] = None

    def restore(self, key: bytes, value: bytes) -> None:
        """Take one row back."""
        assert read_key(key)[0] == PRESSING
        if self._named:
            self._known[key] = decode_pressing(value)
        else:
            self._changed[key] = None

    def lacks(self, standings: Standings, topics: Container[str]) -> bool:
        """Whether rows are missing: of what stands of the cases of `topics` not all is named. So it is where ids were not shown before."""
        stand = sum(standings.total(one) for one in (*BREACHED, *AT_RISK) if f.topic_of_standing(one) in topics)
        return self._named and sum(len(clocks) for key, clocks in self._known.items() if read_key(key)[1] in topics) != stand

    @property
    def changed(self) -> bool:
        """Whether the next take has rows."""
        return bool(self._changed)

    def take(self) -> list[tuple[bytes, bytes | None]]:
        """Rows changed since the last take; None where nothing presses any more."""
        rows = [(key, _encode(self._known[key]) if key in self._known else None) for key in self._changed]
        self._changed.clear()
        return rows
