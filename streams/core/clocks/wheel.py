"""The wheel of due instants: which cases time alone changes next."""

from __future__ import annotations

from collections.abc import Iterator
from heapq import heappop, heappush

from schemas.values import SECOND_MS, EpochMs

Name = tuple[str, str]
"""Topic and id of a case."""


class Wheel:
    """Seconds -> cases. A case whose instant moved stays in its old second too: whoever pops it looks at the instant it has now."""

    def __init__(self) -> None:
        self._slots: dict[int, list[Name]] = {}
        self._seconds: list[int] = []

    def set(self, name: Name, due_ms: int) -> None:
        """`name` is due at `due_ms`."""
        second = due_ms // SECOND_MS
        slot = self._slots.get(second)
        if slot is None:
            self._slots[second] = [name]
            heappush(self._seconds, second)
        else:
            slot.append(name)

    def next_ms(self) -> EpochMs | None:
        """Not later than the next instant that is due; None if none is."""
        return EpochMs(self._seconds[0] * SECOND_MS) if self._seconds else None

    def pop(self, now_ms: int) -> Iterator[Name]:
        """Names whose second has begun. Those that are due later in it have to be set again."""
        while self._seconds and self._seconds[0] * SECOND_MS <= now_ms:
            yield from self._slots.pop(heappop(self._seconds))
