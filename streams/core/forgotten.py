"""Ids of cases that are no longer kept: 8 bytes each, so that a straggler does not open them anew (architecture.md, section 3)."""

from __future__ import annotations

from schemas.state import FORGOTTEN_KIND
from schemas.values import DAY_MS

HASH_BYTES = 8
CHUNK = 4096
"""Hashes per row: a day's last chunk is written again until it is full."""


class Forgotten:
    """Hashes by the UTC day on which the case was forgotten."""

    def __init__(self, remember_ms: int) -> None:
        self._remember_ms = remember_ms
        self._days: dict[int, set[bytes]] = {}
        self._chunks: dict[tuple[int, int], bytearray] = {}
        self._last: dict[int, int] = {}  # day -> number of the chunk being filled
        self._dirty: set[tuple[int, int]] = set()

    def __bool__(self) -> bool:
        return bool(self._days)

    def __contains__(self, hash_: bytes) -> bool:
        return any(hash_ in hashes for hashes in self._days.values())

    def add(self, hash_: bytes, now_ms: int) -> None:
        """`hash_` is forgotten at `now_ms`."""
        day = now_ms // DAY_MS
        self._days.setdefault(day, set()).add(hash_)
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
            del self._days[day]
            self._last.pop(day, None)
            for name in [n for n in self._chunks if n[0] == day]:
                del self._chunks[name]
                rows.append((_key(*name), None))
        # A full chunk is never written again: its hashes stay in the set alone.
        for name in [n for n in self._chunks if self._last.get(n[0]) != n[1]]:
            self._chunks[name] = bytearray()
        return rows

    def restore(self, key: bytes, value: bytes) -> None:
        """Take one row back."""
        day, number = (int(part) for part in key[1:].split(b":"))
        hashes = self._days.setdefault(day, set())
        hashes.update(value[i : i + HASH_BYTES] for i in range(0, len(value), HASH_BYTES))
        full = len(value) >= CHUNK * HASH_BYTES
        self._last[day] = max(self._last.get(day, 0), number + full)
        self._chunks[day, number] = bytearray() if full else bytearray(value)


def _key(day: int, number: int) -> bytes:
    return FORGOTTEN_KIND + f"{day}:{number}".encode()
