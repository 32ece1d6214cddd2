"""The fold of a view of an article (events.md, topic `articles`).

Reads.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import msgspec

from schemas.events import ArticleContacted, ArticleOpened, ArticleRead
from schemas.values import EpochMs
from streams.core.cases.fold import NEVER_MS, Fact, Standing
from streams.core.clocks.policy import Policy


class ViewState(msgspec.Struct, array_like=True, gc=False):
    """All that the next event needs to know."""

    last_ms: int = -1


class ViewFold:
    """See `Fold`. The instance has no state."""

    topic = "articles"
    event_types: tuple[type, ...] = (ArticleOpened, ArticleRead, ArticleContacted)

    def begin(self, base: ViewState | None, events: Iterable[Any]) -> ViewState:
        return ViewState() if base is None else msgspec.structs.replace(base)

    def fits(self, state: ViewState, event: Any) -> bool:
        return True

    def step(self, state: ViewState, event: Any, policy: Policy, facts: list[Fact]) -> None:
        state.last_ms = event.time

    def due_ms(self, state: ViewState, policy: Policy) -> EpochMs:
        return EpochMs(NEVER_MS)

    def pass_due(self, state: ViewState, now_ms: EpochMs, policy: Policy, facts: list[Fact]) -> EpochMs:
        return EpochMs(0)

    def standings(self, state: ViewState) -> tuple[Standing, ...]:
        return ()

    def ended_ms(self, state: ViewState) -> EpochMs:
        return EpochMs(state.last_ms)


VIEWS: Final = ViewFold()
