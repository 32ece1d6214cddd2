"""The fold of a customer (events.md, topic `customers`).

Never forgotten.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import msgspec

from schemas.events import CustomerActive, CustomerJoined, CustomerLeft, CustomerPurchased
from schemas.values import EpochMs
from streams.core.cases.fold import NEVER_MS, Fact, Standing
from streams.core.clocks.policy import Policy


class CustomerState(msgspec.Struct, array_like=True, gc=False):
    """All that the next event needs to know."""

    last_ms: int = -1


class CustomerFold:
    """See `Fold`. The instance has no state."""

    topic = "customers"
    event_types: tuple[type, ...] = (CustomerJoined, CustomerLeft, CustomerPurchased, CustomerActive)

    def begin(self, base: CustomerState | None, events: Iterable[Any]) -> CustomerState:
        return CustomerState() if base is None else msgspec.structs.replace(base)

    def fits(self, state: CustomerState, event: Any) -> bool:
        return True

    def step(self, state: CustomerState, event: Any, policy: Policy, facts: list[Fact]) -> None:
        state.last_ms = event.time

    def due_ms(self, state: CustomerState, policy: Policy) -> EpochMs:
        return EpochMs(NEVER_MS)

    def pass_due(self, state: CustomerState, now_ms: EpochMs, policy: Policy, facts: list[Fact]) -> EpochMs:
        return EpochMs(0)

    def standings(self, state: CustomerState) -> tuple[Standing, ...]:
        return ()

    def ended_ms(self, state: CustomerState) -> EpochMs:
        return EpochMs(NEVER_MS)


CUSTOMERS: Final = CustomerFold()
