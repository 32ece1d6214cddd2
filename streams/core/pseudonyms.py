"""Pseudonyms: what stands for the ids of customers and agents where a site does not want to keep these (`[privacy] pseudonymise`).

Made at intake, from the event, once its record key was compared: so nothing behind it has ever seen an id, and calls, tickets, surveys and
customers of one person still meet. Records stay in the partition that their producer chose; what shards tell each other of a customer is
keyed by the pseudonym.
"""

from __future__ import annotations

import hmac
from base64 import b32encode
from collections.abc import Collection
from functools import lru_cache
from typing import Final

from schemas.events import TYPES, CallTransferred, Event

CUSTOMERS: Final = "customer_id"
AGENTS: Final = "agent_id"

NAMES: Final = {CUSTOMERS: ("customer_id", "referred_by"), AGENTS: ("agent_id",)}
"""Whose ids -> the fields that hold one."""

BYTES: Final = 10
"""Of the HMAC. 80 bits: that two of 10 million people are taken for one happens on one site of 10^10; and 16 letters and digits fit
wherever an id or a label does."""

KNOWN: Final = 50_000
"""Pseudonyms are made once for so many people; making one takes 2 us."""


class Pseudonyms:
    """Of one key. Shows the key to nobody."""

    def __init__(self, key: bytes, whose: Collection[str]) -> None:
        """whose  `customer_id`, `agent_id` or both"""
        self._key = key
        self._whose = frozenset(whose)
        self._of = lru_cache(KNOWN)(self._made)
        self._fields = {event_type: self._fields_of(event_type) for types in TYPES.values() for event_type in types.values()}

    def __repr__(self) -> str:
        return f"Pseudonyms({', '.join(sorted(self._whose))})"

    def of(self, id_: str) -> str:
        """HMAC-SHA-256 of the id, the first 80 bits of it in 16 letters and digits."""
        return self._of(id_)

    def of_customer(self, customer_id: str) -> str:
        """Under which that customer is kept: the id itself where only those of agents are replaced."""
        return self.of(customer_id) if CUSTOMERS in self._whose else customer_id

    def put(self, event: Event) -> None:
        """Replace the ids in `event`."""
        for name in self._fields[type(event)]:
            id_ = getattr(event, name)
            if id_ is not None:
                setattr(event, name, self._of(id_))
        if type(event) is CallTransferred and event.to != "queue" and (AGENTS if event.to == "agent" else CUSTOMERS) in self._whose:
            event.target = self._of(event.target)  # a person, or a number that may be one's

    def _made(self, id_: str) -> str:
        return b32encode(hmac.digest(self._key, id_.encode(), "sha256")[:BYTES]).decode().lower()

    def _fields_of(self, event_type: type[Event]) -> tuple[str, ...]:
        return tuple(name for whose in sorted(self._whose) for name in NAMES[whose] if name in event_type.__struct_fields__)
