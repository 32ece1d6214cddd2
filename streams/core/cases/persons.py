"""People who work, as calls and tickets name them: what each did counts under a mark of theirs and, where the site wants to see single
people, once more in a cell of their own.
"""

from __future__ import annotations

from functools import lru_cache
from hashlib import blake2b
from typing import Final

from schemas.fields import FIRST_AGENT
from schemas.values import NO_QUEUE, Cell
from streams.core.cases.fold import Fact

KNOWN: Final = 10_000
"""Marks and cells are made once for so many people."""


def served(agent_id: str, at_ms: int, cell: Cell, facts: list[Fact]) -> None:
    """One more request of that person: a case that was given to them, or a conversation that they finished."""
    facts.append((mark(agent_id), at_ms, cell, 0, 1))


@lru_cache(KNOWN)
def mark(agent_id: str) -> int:
    """The pane key of a person: 52 bits of a hash, so that two of 1,000 people are taken for one on one site of 10^10."""
    return FIRST_AGENT | int.from_bytes(blake2b(agent_id.encode(), digest_size=8).digest(), "big") >> 12


@lru_cache(KNOWN)
def cell_of(agent_id: str) -> Cell:
    """Where what is told of that person alone counts."""
    return Cell(NO_QUEUE, "", "", f"agent:{agent_id}")
