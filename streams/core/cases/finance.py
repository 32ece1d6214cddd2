"""The fold of an entry: an amount that support cost or the company earned in a month (events.md, topic `finance`; metrics.md, section 7).

The amount counts at the start of its month, whenever it was told, and not before that start has come. A later event of the same entry
takes the place of the former.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any, Final

import msgspec

from schemas import fields as f
from schemas.amounts import halves, millionths
from schemas.events import FinanceEntry
from schemas.values import SITE, EpochMs
from streams.core.cases.fold import NEVER_MS, Fact, Standing
from streams.core.clocks.days import EPOCH, business_days
from streams.core.clocks.policy import Policy

_FIELDS: Final = {"support_cost": (f.SUPPORT_COSTS, f.SUPPORT_COST), "revenue": (f.REVENUES, f.REVENUE)}


class EntryState(msgspec.Struct, array_like=True, gc=False):
    """All that the next event needs to know.

    amount     in millionths
    counts_ms  start of its month
    counted    whether that has come
    """

    kind: str = ""
    amount: int = 0
    counts_ms: int = NEVER_MS
    counted: bool = False
    last_ms: int = -1


class EntryFold:
    """See `Fold`. The instance has no state."""

    topic = "finance"
    event_types: tuple[type, ...] = (FinanceEntry,)

    def begin(self, base: EntryState | None, events: Iterable[Any]) -> EntryState:
        return EntryState() if base is None else msgspec.structs.replace(base)

    def fits(self, state: EntryState, event: Any) -> bool:
        return True

    def step(self, state: EntryState, event: Any, policy: Policy, facts: list[Fact]) -> None:
        if state.counted:
            _say(state, -1, facts)
        state.last_ms = event.time
        state.kind = event.kind
        state.amount = millionths(event.amount)
        state.counts_ms = month_start_ms(event.period, policy)
        state.counted = state.counts_ms <= event.time
        if state.counted:
            _say(state, 1, facts)

    def due_ms(self, state: EntryState, policy: Policy) -> EpochMs:
        return EpochMs(NEVER_MS if state.counted else state.counts_ms)

    def pass_due(self, state: EntryState, now_ms: EpochMs, policy: Policy, facts: list[Fact]) -> EpochMs:
        if state.counted or now_ms < state.counts_ms:
            return EpochMs(0)
        state.counted = True
        _say(state, 1, facts)
        return EpochMs(state.counts_ms)

    def standings(self, state: EntryState) -> tuple[Standing, ...]:
        return ()

    def ended_ms(self, state: EntryState) -> EpochMs:
        return EpochMs(state.last_ms if state.counted else NEVER_MS)


def month_start_ms(period: str, policy: Policy) -> EpochMs:
    """When the month `YYYY-MM` begins at the site."""
    first = (date.fromisoformat(f"{period}-01") - EPOCH).days
    return business_days(policy.zone, policy.reset_minutes).start_ms(first)


def _say(state: EntryState, weight: int, facts: list[Fact]) -> None:
    """Assert the amount in force (weight 1), or take it back (-1)."""
    entries, amount = _FIELDS[state.kind]
    larger, rest = halves(state.amount)
    at_ms = state.counts_ms
    facts += ((entries, at_ms, SITE, 0, weight), (amount, at_ms, SITE, 0, weight * larger), (amount + 1, at_ms, SITE, 0, weight * rest))


ENTRIES: Final = EntryFold()
