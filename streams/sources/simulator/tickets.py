"""A ticket and the pile of a desk."""

from __future__ import annotations

import heapq
from typing import Final

from .calls import RANK
from .centre import Desk
from .tape import Subject

ENDED: Final = ("resolved", "closed", "merged", "deleted")


class Ticket(Subject):
    """One case on a desk."""

    __slots__ = (
        "about", "agent_id", "channel", "created_ms", "customer", "desk", "nagged", "priority", "reopened", "replies", "status", "turn",
        "wanted",
    )  # fmt: skip

    def __init__(self, ticket_id: str, desk: Desk, channel: str, customer: str, created_ms: int) -> None:
        super().__init__("tickets", ticket_id)
        self.desk = desk
        self.channel = channel
        self.customer = customer
        self.created_ms = created_ms
        self.about = ""  # the field `topic`
        self.priority = "normal"
        self.status = "open"  # also merged and deleted
        self.agent_id: str | None = None
        self.replies = 0  # by people, public
        self.reopened = False
        self.nagged = False
        self.wanted = False  # lies on the pile
        self.turn = 0  # counts up with everything that happens: what was planned before finds that out

    @property
    def ended(self) -> bool:
        return self.status in ENDED


class Pile:
    """What waits for an agent at one desk: by priority, then by how long it has been lying there."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self._pile: list[tuple[int, int, int, Ticket]] = []

    def add(self, ticket: Ticket, order: int) -> None:
        ticket.wanted = True
        heapq.heappush(self._pile, (RANK[ticket.priority], order, ticket.turn, ticket))

    def first(self) -> tuple[int, int] | None:
        while self._pile and not (self._pile[0][3].wanted and self._pile[0][2] == self._pile[0][3].turn):
            heapq.heappop(self._pile)
        return self._pile[0][:2] if self._pile else None

    def take(self) -> Ticket:
        """The next one; `first` must have said that there is one."""
        ticket = heapq.heappop(self._pile)[3]
        ticket.wanted = False
        return ticket
