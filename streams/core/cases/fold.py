"""What a fold is: a machine that takes one event of one case after the other and says what became true.

    state = fold.begin(None, events)            labels that hold for the whole case are looked up in all its events
    for event in events:                        sorted by (time, seq, rank, id), each once
        fold.step(state, event, policy, facts)
    fold.pass_due(state, now_ms, policy, facts) what time alone decides
    fold.standings(state)                       what is true until further notice

The sum over all facts is a function of (events, policy, now_ms) alone: a fact that a later event makes untrue is taken back by the
same fact with the opposite weight. `streams/core/cases/kind.py` drives folds.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any, Protocol, TypeVar, runtime_checkable

from schemas.values import NEVER_MS, Cell, EpochMs
from streams.core.clocks.policy import Policy
from streams.core.tellings import Telling

__all__ = ["NEVER_MS", "Fact", "Fold", "Standing", "TellingFold"]

Fact = tuple[int, int, Cell, int, int]
"""(field, at_ms, cell, value, weight). `field` as in schemas/fields.py; `at_ms` chooses the pane; `value` is the length in ms of a duration
and 0 for the rest; `weight` is +1 where it is asserted and -1 where it is taken back, for a sum in ms the amount. A plain tuple: built
more than once per event."""

Standing = tuple[int, Cell, int]
"""(standing, cell, start_ms): true since `start_ms`, until further notice."""


State = TypeVar("State")


class Fold(Protocol[State]):
    """The fold of one topic. Implementations are modules-as-objects without state of their own."""

    topic: str
    event_types: tuple[type, ...]
    """In the order of their log numbers: append, never reorder."""

    def begin(self, base: State | None, events: Iterable[Any]) -> State:
        """A state before the first of `events`, which are all that will be stepped.

        base  the state after sealed events, if any; it is not changed
        """

    def fits(self, state: State, event: Any) -> bool:
        """Whether `event`, which comes after all others, may be stepped. If not, the case has to be folded anew with it."""

    def step(self, state: State, event: Any, policy: Policy, facts: list[Fact]) -> None:
        """Change `state` by the next event and append what became true."""

    def due_ms(self, state: State, policy: Policy) -> EpochMs:
        """The lowest `now_ms` at which `pass_due` has something to do, NEVER_MS if none."""

    def pass_due(self, state: State, now_ms: EpochMs, policy: Policy, facts: list[Fact]) -> EpochMs:
        """Let all due instants pass up to `now_ms`.

        Returns the latest that did, 0 if none: an event at or before it has to fold the case anew.
        """

    def standings(self, state: State) -> tuple[Standing, ...]:
        """What is true now."""

    def ended_ms(self, state: State) -> EpochMs:
        """When the case ended (it may be forgotten a while after), NEVER_MS while it goes on."""


@runtime_checkable
class TellingFold(Fold[State], Protocol[State]):
    """A fold of cases of which other topics have to know (streams/core/tellings.py)."""

    def tellings(self, state: State, policy: Policy) -> tuple[Telling, ...]:
        """What is to be known elsewhere now, also of what is over."""

    def let_go(self, base: State, state: State) -> Collection[str]:
        """No event comes any more before the state `base`, which `state` goes on from: what was over then can no longer change. Forget in
        both what is there to be told alone, and return the names.
        """
