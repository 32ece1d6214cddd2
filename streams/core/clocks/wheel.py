"""The wheel of due instants: which cases time alone changes next."""

from __future__ import annotations

from collections.abc import Iterator
from heapq import heappop, heappush

from schemas.values import SECOND_MS, EpochMs


class Wheel:
    """Slots of time -> ids of what is due in them. What moved stays in its old slot too: whoever pops it looks at the instant it has now.

    An id is in as many slots as it has had instants: it should be the one object that others hold, too.
    """

    def __init__(self, slot_ms: int = SECOND_MS) -> None:
        """slot_ms  long where very much is due at instants far apart: a slot takes more room than an id in it"""
        self._slot_ms = slot_ms
        self._slots: dict[int, list[str]] = {}
        self._numbers: list[int] = []

    def set(self, id_: str, due_ms: int) -> None:
        """`id_` is due at `due_ms`."""
        number = due_ms // self._slot_ms
        slot = self._slots.get(number)
        if slot is None:
            self._slots[number] = [id_]
            heappush(self._numbers, number)
        else:
            slot.append(id_)

    def next_ms(self) -> EpochMs | None:
        """Not later than the next instant that is due; None if none is."""
        return EpochMs(self._numbers[0] * self._slot_ms) if self._numbers else None

    def next(self) -> list[str]:
        """What is in the earliest slot."""
        return self._slots[self._numbers[0]] if self._numbers else []

    def pop(self, now_ms: int) -> Iterator[str]:
        """Ids whose slot has begun. Those that are due later in it have to be set again, after this has come to its end."""
        while self._numbers and self._numbers[0] * self._slot_ms <= now_ms:
            yield from self._slots.pop(heappop(self._numbers))
