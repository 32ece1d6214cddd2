"""A call, the line in front of a queue, and the trunk that calls come in by."""

from __future__ import annotations

import heapq
from typing import Final

from .centre import Queue
from .staff import Agent
from .tape import Subject

RANK: Final = {"urgent": 0, "high": 1, "normal": 2, "low": 3}


class Call(Subject):
    """One call or chat on its way through the centre."""

    __slots__ = (
        "channel", "customer", "offer", "order", "outbound", "priority", "queue", "queued_ms", "ringing", "transfers",
        "tries", "visit", "waited_ms", "waiting",
    )  # fmt: skip

    def __init__(self, call_id: str, channel: str, customer: str, *, tries: int = 0, outbound: bool = False) -> None:
        super().__init__("calls", call_id)
        self.channel = channel
        self.customer = customer
        self.outbound = outbound
        self.tries = tries  # times this customer has dialled before, for the same reason
        self.priority = "normal"
        self.queue: Queue | None = None
        self.visit = 0  # counts up when a visit begins and when it ends: what was planned for another visit finds that out
        self.offer = 0  # likewise for offers to agents
        self.waiting = False
        self.order = 0
        self.queued_ms = 0
        self.waited_ms = 0  # until answered, over all visits
        self.ringing: Agent | None = None  # at whom it rings
        self.transfers = 0


class WaitingLine:
    """Who waits in front of one queue: by priority, then by time of arrival. A call that rings is still waiting, but not in `next`."""

    def __init__(self, queue: Queue) -> None:
        self.queue = queue
        self.count = 0
        self._line: list[tuple[int, int, int, Call]] = []

    def add(self, call: Call) -> None:
        heapq.heappush(self._line, (RANK[call.priority], call.order, call.visit, call))

    def first(self) -> tuple[int, int] | None:
        """(rank, order) of who is next; None if nobody waits."""
        while self._line and self._line[0][2] != self._line[0][3].visit:
            heapq.heappop(self._line)
        return self._line[0][:2] if self._line else None

    def take(self) -> Call:
        """The next one. `first` must have said that there is one."""
        return heapq.heappop(self._line)[3]

    def all(self) -> list[Call]:
        return [call for _, _, visit, call in sorted(self._line, key=lambda entry: entry[:3]) if visit == call.visit]


class Trunk:
    """The lines to the telephone network. `working` is the share of them that is up."""

    def __init__(self, lines: int) -> None:
        self.lines = lines
        self.working = 1.0
        self.used = 0

    def take(self, call: Call) -> bool:
        if call.channel != "phone":
            return True
        if self.used >= round(self.lines * self.working):
            return False
        self.used += 1
        return True

    def free(self, call: Call) -> None:
        if call.channel == "phone":
            self.used -= 1
            assert self.used >= 0, "more lines were freed than taken"
