"""The fold of a customer: joining, leaving, buying, being active (events.md, topic `customers`; metrics.md, sections 5 and 7).

Whose first event is not that they joined was a customer before. Who buys nothing for `left_after` has left at that instant, by the clock;
the next purchase takes that back, as if it had never been. A customer is never forgotten: the case has no end.

What is counted once per person and stretch of time is told by two kinds of facts, and so adds up over panes and shards: one at the latest
activity, which moves with it, for windows that end now, and one at the first activity in each day, week, month, quarter and year, for
windows that are over. In the same way those who left again are told from customers of the window's start.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

import msgspec

from schemas import fields as f
from schemas.amounts import halves, millionths
from schemas.events import CustomerActive, CustomerJoined, CustomerLeft, CustomerPurchased
from schemas.values import NO_QUEUE, SITE, Cell, EpochMs
from streams.core.cases.fold import NEVER_MS, Fact, Standing
from streams.core.clocks.days import business_days
from streams.core.clocks.policy import Policy

UNHEARD: Final = 0  # nothing is known yet
CUSTOMER: Final = 1
LEFT: Final = 2
LAPSED: Final = 3
"""Left by the clock, until the next purchase."""


class CustomerState(msgspec.Struct, array_like=True, gc=False):
    """All that the next event needs to know. Instants in epoch ms, -1 where there is none.

    since_ms   when they joined, or were first heard of
    joined_ms  when they joined last; -1 if that was not seen
    due_ms     when they have left for want of a purchase
    """

    stage: int = UNHEARD
    since_ms: int = -1
    joined_ms: int = -1
    left_ms: int = -1
    due_ms: int = NEVER_MS
    active_ms: int = -1


class CustomerFold:
    """See `Fold`. The instance has no state."""

    topic = "customers"
    event_types: tuple[type, ...] = (CustomerJoined, CustomerLeft, CustomerPurchased, CustomerActive)

    def begin(self, base: CustomerState | None, events: Iterable[Any]) -> CustomerState:
        return CustomerState() if base is None else msgspec.structs.replace(base)

    def fits(self, state: CustomerState, event: Any) -> bool:
        return True

    def step(self, state: CustomerState, event: Any, policy: Policy, facts: list[Fact]) -> None:
        at_ms = event.time
        kind = type(event)
        if state.due_ms <= at_ms:
            _lapse(state, policy, facts)
        if kind is CustomerJoined:
            _join(state, event, policy, facts)
            return
        if kind is CustomerLeft:
            if state.stage == LAPSED:
                state.stage = LEFT  # now they say so themselves: no purchase takes it back
            elif state.stage != LEFT:
                _leave(state, LEFT, at_ms, policy, facts)
            return
        if state.stage == UNHEARD:
            _stay(state, at_ms, policy)
        if kind is CustomerPurchased:
            larger, rest = halves(millionths(event.amount))
            facts += ((f.PURCHASES, at_ms, SITE, 0, 1), (f.PURCHASED, at_ms, SITE, 0, larger), (f.PURCHASED + 1, at_ms, SITE, 0, rest))
            if state.stage == LAPSED:
                _say_left(state, -1, policy, facts)
                state.stage = CUSTOMER
            if state.stage == CUSTOMER:
                _wait(state, at_ms, policy)
        else:
            _act(state, at_ms, policy, facts)

    def due_ms(self, state: CustomerState, policy: Policy) -> EpochMs:
        return EpochMs(state.due_ms)

    def pass_due(self, state: CustomerState, now_ms: EpochMs, policy: Policy, facts: list[Fact]) -> EpochMs:
        due_ms = state.due_ms
        if due_ms > now_ms:
            return EpochMs(0)
        _lapse(state, policy, facts)
        return EpochMs(due_ms)

    def standings(self, state: CustomerState) -> tuple[Standing, ...]:
        return ((f.CUSTOMERS, SITE, state.since_ms),) if state.stage == CUSTOMER else ()

    def ended_ms(self, state: CustomerState) -> EpochMs:
        return EpochMs(NEVER_MS)


def _join(state: CustomerState, event: CustomerJoined, policy: Policy, facts: list[Fact]) -> None:
    if state.stage == CUSTOMER and state.joined_ms >= 0:
        return
    at_ms = state.joined_ms = event.time
    _stay(state, at_ms, policy)
    facts += ((f.CUSTOMERS_JOINED, at_ms, SITE, 0, 1), (f.CUSTOMERS_STAYING, at_ms, SITE, 0, 1))
    if event.referred_by is not None or event.program is not None:
        facts.append((f.CUSTOMERS_REFERRED, at_ms, SITE, 0, 1))
    if event.program is not None:
        facts.append((f.CUSTOMERS_REFERRED, at_ms, Cell(NO_QUEUE, "", "", f"program:{event.program}"), 0, 1))


def _stay(state: CustomerState, at_ms: int, policy: Policy) -> None:
    """They are a customer from `at_ms` on."""
    state.stage = CUSTOMER
    state.since_ms = at_ms
    _wait(state, at_ms, policy)


def _wait(state: CustomerState, at_ms: int, policy: Policy) -> None:
    """For the next purchase."""
    if policy.left_after_ms:
        state.due_ms = at_ms + policy.left_after_ms


def _lapse(state: CustomerState, policy: Policy, facts: list[Fact]) -> None:
    _leave(state, LAPSED, state.due_ms, policy, facts)


def _leave(state: CustomerState, stage: int, at_ms: int, policy: Policy, facts: list[Fact]) -> None:
    if state.stage == UNHEARD:
        state.since_ms = at_ms
    state.stage = stage
    state.left_ms = at_ms
    state.due_ms = NEVER_MS
    _say_left(state, 1, policy, facts)
    if stage == LEFT:
        state.joined_ms = -1


def _say_left(state: CustomerState, weight: int, policy: Policy, facts: list[Fact]) -> None:
    """Assert that they left at `left_ms` (weight 1), or take it back (-1)."""
    at_ms, joined_ms = state.left_ms, state.joined_ms
    facts.append((f.CUSTOMERS_LEFT, at_ms, SITE, 0, weight))
    if joined_ms < 0:
        return
    facts.append((f.CUSTOMERS_STAYING, joined_ms, SITE, 0, -weight))
    for field, joined_in, left_in in zip(
        f.CUSTOMERS_LEFT_AGAIN.values(), _stretches(joined_ms, policy), _stretches(at_ms, policy), strict=True
    ):
        if joined_in == left_in:
            facts.append((field, at_ms, SITE, 0, weight))


def _act(state: CustomerState, at_ms: int, policy: Policy, facts: list[Fact]) -> None:
    facts.append((f.ACTIVITIES, at_ms, SITE, 0, 1))
    facts.append((f.CUSTOMERS_ACTIVE, at_ms, SITE, 0, 1))
    before: Iterator[int] = iter(())
    if state.active_ms >= 0:
        facts.append((f.CUSTOMERS_ACTIVE, state.active_ms, SITE, 0, -1))
        before = _stretches(state.active_ms, policy)
    for field, now_in in zip(f.CUSTOMERS_ACTIVE_IN.values(), _stretches(at_ms, policy), strict=True):
        if next(before, None) != now_in:
            facts.append((field, at_ms, SITE, 0, 1))
    state.active_ms = at_ms


def _stretches(at_ms: int, policy: Policy) -> Iterator[int]:
    """Numbers of the day, week, month, quarter and year that `at_ms` lies in: those of f.STRETCHES."""
    days = business_days(policy.zone, policy.reset_minutes)
    day = days.number(at_ms)
    month = days.month(day)
    yield from (day, day - days.weekday(day), month, month // 3, month // 12)


CUSTOMERS: Final = CustomerFold()
