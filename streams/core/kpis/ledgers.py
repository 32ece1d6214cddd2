"""Ledgers: sums that have to be 0 at all times (metrics.md, section 1). A residual is a fault of this program, never of the input."""

from __future__ import annotations

from collections.abc import Mapping

from schemas import fields as f

CALL_OUTCOMES = (
    f.ANSWER_WAIT,
    f.ABANDON_WAIT,
    f.CALLS_SHORT_ABANDONED,
    *f.LEFT.values(),
    f.CALLS_CALLBACK,
    f.BLOCKED_IN_QUEUE,
    f.CALLS_UNOBSERVED,
)


def call_residual(totals: Mapping[int, int], waiting: int) -> int:
    """Visits begun less visits ended less visits waiting; of a cell, a queue or all."""
    return totals.get(f.CALLS_OFFERED, 0) - sum(totals.get(outcome, 0) for outcome in CALL_OUTCOMES) - waiting


def ticket_residual(totals: Mapping[int, int], unresolved: int) -> int:
    """Tickets that came less those that went less those unresolved.

    Of the whole site alone: tickets begin in one queue and end in another.
    """
    came = totals.get(f.TICKETS_CREATED, 0) + totals.get(f.TICKETS_CARRIED_IN, 0)
    went = totals.get(f.TICKETS_RESOLVED_HOLDING, 0) + totals.get(f.TICKETS_DELETED, 0) + totals.get(f.TICKETS_MERGED, 0)
    return came - went - unresolved
