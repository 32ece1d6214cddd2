"""The fold of one view of an article (events.md, topic `articles`; metrics.md, section 5).

A view is opened at its earliest event. The reading time told last is the one, and lasts until it is told. From 10 s on it is a read, at the
instant that first told so. What counts for the site counts once more for the article, apart: from its naming on, and what was before, too.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import msgspec

from schemas import fields as f
from schemas.amounts import thousandths
from schemas.events import ArticleContacted, ArticleOpened, ArticleRead
from schemas.values import NO_QUEUE, SITE, Cell, EpochMs
from streams.core.cases.fold import NEVER_MS, Fact, Standing
from streams.core.clocks.policy import Policy

READ_MS_MIN: Final = 10_000


class ViewState(msgspec.Struct, array_like=True, gc=False):
    """All that the next event needs to know. Instants in epoch ms, -1 where there is none.

    cells       where the view counts: once it has begun the site, and the article as soon as that is named
    reached_ms  when a reading time of 10 s was first told
    """

    cells: tuple[Cell, ...] = ()
    opened_ms: int = -1
    reached_ms: int = -1
    read_at_ms: int = -1
    read_ms: int = 0
    contacted: bool = False
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
        kind = type(event)
        state.last_ms = event.time
        if state.opened_ms < 0:
            state.cells = (SITE,)
            state.opened_ms = event.time
            _say(state, f.VIEWS, state.opened_ms, 0, 1, facts)
        if kind is ArticleOpened and len(state.cells) == 1:
            _name(state, event.article, facts)
        elif kind is ArticleRead:
            _read(state, thousandths(event.seconds), event.time, facts)
        elif kind is ArticleContacted and not state.contacted:
            state.contacted = True
            _say(state, f.VIEWS_CONTACTED, state.opened_ms, 0, 1, facts)

    def due_ms(self, state: ViewState, policy: Policy) -> EpochMs:
        return EpochMs(NEVER_MS)

    def pass_due(self, state: ViewState, now_ms: EpochMs, policy: Policy, facts: list[Fact]) -> EpochMs:
        return EpochMs(0)

    def standings(self, state: ViewState) -> tuple[Standing, ...]:
        return ()

    def ended_ms(self, state: ViewState) -> EpochMs:
        return EpochMs(state.last_ms)


def _name(state: ViewState, article: str, facts: list[Fact]) -> None:
    """What counts for the site so far counts for the article, too."""
    cell = Cell(NO_QUEUE, "", "", f"article:{article}")
    facts.append((f.VIEWS, state.opened_ms, cell, 0, 1))
    if state.contacted:
        facts.append((f.VIEWS_CONTACTED, state.opened_ms, cell, 0, 1))
    if state.read_ms >= READ_MS_MIN:
        facts.append((f.ARTICLES_READ, state.reached_ms, cell, 0, 1))
        facts.append((f.ARTICLE_READ, state.read_at_ms, cell, state.read_ms, 1))
    state.cells = (SITE, cell)


def _read(state: ViewState, read_ms: int, at_ms: int, facts: list[Fact]) -> None:
    """The reading time is this now."""
    if state.read_ms >= READ_MS_MIN:
        _say(state, f.ARTICLE_READ, state.read_at_ms, state.read_ms, -1, facts)
        if read_ms < READ_MS_MIN:
            _say(state, f.ARTICLES_READ, state.reached_ms, 0, -1, facts)
    elif read_ms >= READ_MS_MIN:
        state.reached_ms = at_ms
        _say(state, f.ARTICLES_READ, at_ms, 0, 1, facts)
    state.read_ms, state.read_at_ms = read_ms, at_ms
    if read_ms >= READ_MS_MIN:
        _say(state, f.ARTICLE_READ, at_ms, read_ms, 1, facts)


def _say(state: ViewState, field: int, at_ms: int, value_ms: int, weight: int, facts: list[Fact]) -> None:
    facts.extend((field, at_ms, cell, value_ms, weight) for cell in state.cells)


VIEWS: Final = ViewFold()
