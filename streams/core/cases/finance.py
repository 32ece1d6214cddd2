"""The fold of an entry (events.md, topic `finance`).

Amounts.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import msgspec

from schemas.events import FinanceEntry
from schemas.values import EpochMs
from streams.core.cases.fold import NEVER_MS, Fact, Standing
from streams.core.clocks.policy import Policy


class EntryState(msgspec.Struct, array_like=True, gc=False):
    """All that the next event needs to know."""

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
        state.last_ms = event.time

    def due_ms(self, state: EntryState, policy: Policy) -> EpochMs:
        return EpochMs(NEVER_MS)

    def pass_due(self, state: EntryState, now_ms: EpochMs, policy: Policy, facts: list[Fact]) -> EpochMs:
        return EpochMs(0)

    def standings(self, state: EntryState) -> tuple[Standing, ...]:
        return ()

    def ended_ms(self, state: EntryState) -> EpochMs:
        return EpochMs(state.last_ms)


ENTRIES: Final = EntryFold()
