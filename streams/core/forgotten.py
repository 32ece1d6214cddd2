"""Ids of cases that are no longer kept: a few bytes each, so that a straggler does not open them anew (architecture.md, section 3)."""

from __future__ import annotations

from typing import Final

from schemas.state import FORGOTTEN_KIND
from schemas.values import DAY_MS

HASH_BYTES = 8
CHUNK = 4096
"""Hashes per row: a day's last chunk is written again until it is full."""

DAY_AT: Final = HASH_BYTES - 1
ENTRY: Final = DAY_AT + 2


class Forgotten:
    """Hashes, each with the UTC day on which the case was forgotten.

    A shard may have millions of them. In sets each would take some 90 bytes, and one that is not there would be looked for in as many sets
    as there are days. So entries of a hash's last 7 bytes and its day stand one behind the other, oldest first, in one of some
    thousand places that the first bits of the hash name: 10 to 15 bytes each, and about 1 us to look for one among a million.
    """

    def __init__(self, remember_ms: int) -> None:
        self._remember_ms = remember_ms
        self._days: set[int] = set()
        """Those that are remembered. Entries of others are there until one comes to the same place."""
        self._places: dict[int, bytearray] = {}
        self._chunks: dict[tuple[int, int], bytearray] = {}
        self._last: dict[int, int] = {}  # day -> number of the chunk being filled
        self._dirty: set[tuple[int, int]] = set()

    def __bool__(self) -> bool:
        return bool(self._days)

    def __contains__(self, hash_: bytes) -> bool:
        entries = self._places.get(_place(hash_))
        if entries is None:
            return False
        rest, at = hash_[1:], -1
        while (at := entries.find(rest, at + 1)) >= 0:
            if at % ENTRY == 0 and _day(entries, at) in self._days:
                return True
        return False

    def add(self, hash_: bytes, now_ms: int) -> None:
        """`hash_` is forgotten at `now_ms`."""
        day = now_ms // DAY_MS
        self._put(hash_, day)
        number = self._last.setdefault(day, 0)
        chunk = self._chunks.setdefault((day, number), bytearray())
        chunk += hash_
        self._dirty.add((day, number))
        if len(chunk) >= CHUNK * HASH_BYTES:
            self._last[day] = number + 1

    def take(self, now_ms: int) -> list[tuple[bytes, bytes | None]]:
        """Rows that changed; None for those of days that need not be remembered any more."""
        rows: list[tuple[bytes, bytes | None]] = [(_key(*name), bytes(self._chunks[name])) for name in self._dirty]
        self._dirty.clear()
        for day in [d for d in self._days if (d + 1) * DAY_MS + self._remember_ms <= now_ms]:
            self._days.discard(day)
            self._last.pop(day, None)
            for name in [n for n in self._chunks if n[0] == day]:
                del self._chunks[name]
                rows.append((_key(*name), None))
        # A full chunk is never written again: its hashes stay in their places alone.
        for name in [n for n in self._chunks if self._last.get(n[0]) != n[1]]:
            self._chunks[name] = bytearray()
        return rows

    def restore(self, key: bytes, value: bytes) -> None:
        """Take one row back."""
        day, number = (int(part) for part in key[1:].split(b":"))
        for at in range(0, len(value), HASH_BYTES):
            self._put(value[at : at + HASH_BYTES], day)
        full = len(value) >= CHUNK * HASH_BYTES
        self._last[day] = max(self._last.get(day, 0), number + full)
        self._chunks[day, number] = bytearray() if full else bytearray(value)

    def _put(self, hash_: bytes, day: int) -> None:
        self._days.add(day)
        place = _place(hash_)
        entries = self._places.get(place)
        if entries is None:
            entries = self._places[place] = bytearray()
        while entries and _day(entries, 0) not in self._days:
            del entries[:ENTRY]
        entries += hash_[1:] + day.to_bytes(ENTRY - DAY_AT, "big")


def _place(hash_: bytes) -> int:
    return hash_[0] << 6 | hash_[1] >> 2


def _day(entries: bytearray, at: int) -> int:
    return int.from_bytes(entries[at + DAY_AT : at + ENTRY], "big")


def _key(day: int, number: int) -> bytes:
    return FORGOTTEN_KIND + f"{day}:{number}".encode()
