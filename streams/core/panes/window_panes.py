"""Panes of windows: added up once, and kept until something in them changes or nobody asks for them any more."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from schemas.state import DAY, MONTH
from schemas.values import MINUTE_MS, Cell
from streams.core.panes.merged import CellBook, Stretch, together
from streams.core.panes.pane import Pane, decode_pane, encode_pane
from streams.core.panes.windows import Span

KEPT_MS = 10 * MINUTE_MS
"""What nobody has asked for since then is let go: there are many windows."""


class Early(NamedTuple):
    """All stretches of a span that begin before `late_ms`, added up when its book had `version`. pane: encoded; None: there are none."""

    version: int
    span: Span
    late_ms: int
    pane: bytes | None


class WindowPanes:
    """Of all cells of a board, kept encoded; who looks at a moment keeps what it has decoded. Several threads may ask at once."""

    def __init__(self) -> None:
        self._kept: dict[tuple[Cell, str], tuple[int, Span, bytes | None]] = {}  # with the version and the span it was added up from
        self._early: dict[tuple[Cell, str], Early] = {}
        self._former = self._kept, self._early
        self._turned_ms = 0

    def turn(self, now_ms: int) -> None:
        """Lets go of what nobody has asked for lately."""
        if not 0 <= now_ms - self._turned_ms < KEPT_MS:
            self._turned_ms = now_ms
            self._former = self._kept, self._early
            self._kept, self._early = {}, {}

    def pane(self, book: CellBook, cell: Cell, window: str, span: Span) -> Pane | None:
        """What was counted in the cell of this book in `span`, which is what `window` shows now; None: nothing.

        Of a window the last stretches change all the time, and the others hardly ever: these are added up once.
        """

        def days(span: Span) -> Pane | None:
            return together((self._once(cell, f"early {window}", span, book.early_version, book.early), book.late(span)))

        def minutes(span: Span) -> Pane | None:
            return self._minutes(book, cell, window, span)

        return self._once(cell, window, span, book.version, days if span.resolution in (DAY, MONTH) else minutes)

    def _once(self, cell: Cell, name: str, span: Span, version: int, add_up: Callable[[Span], Pane | None]) -> Pane | None:
        at = (cell, name)
        known = self._kept.get(at) or self._former[0].get(at)
        if known is not None and known[:2] == (version, span):
            self._kept[at] = known
            return _decoded(known[2])
        pane = add_up(span)
        self._kept[at] = (version, span, _encoded(pane))
        return pane

    def _minutes(self, book: CellBook, cell: Cell, window: str, span: Span) -> Pane | None:
        """Of minutes or quarter hours."""
        at = (cell, window)
        early = self._early.get(at) or self._former[1].get(at)
        stretches = book.within(span)
        if early is None or not _holds(early, book, span, stretches):
            early = _early(early, book, span, stretches)
        self._early[at] = early
        late = (stretch.pane() for start_ms, stretch in stretches.items() if start_ms >= early.late_ms)
        return together((_decoded(early.pane), *late))


def _holds(early: Early, book: CellBook, span: Span, stretches: Mapping[int, Stretch]) -> bool:
    """Whether it is still that of this book and span. Those who ask for a moment that has passed have an older book."""
    return (
        early.span == span
        and book.removed_version <= early.version <= book.version
        and all(stretch.version <= early.version for start_ms, stretch in stretches.items() if start_ms < early.late_ms)
    )


def _early(former: Early | None, book: CellBook, span: Span, stretches: Mapping[int, Stretch]) -> Early:
    """Late is what has changed since the former was added up. What is not late needs no room any more but that of its rows."""
    if former is None:
        late_ms = max(stretches, default=span.end_ms)
    else:
        late_ms = min((start_ms for start_ms, stretch in stretches.items() if stretch.version > former.version), default=span.end_ms)
        for start_ms, stretch in book.within(former.span).items():
            if start_ms not in stretches:
                stretch.let_go()
    pane = together(stretch.packed() for start_ms, stretch in stretches.items() if start_ms < late_ms)
    return Early(book.version, span, late_ms, _encoded(pane))


def _encoded(pane: Pane | None) -> bytes | None:
    return None if pane is None else encode_pane(pane)


def _decoded(row: bytes | None) -> Pane | None:
    return None if row is None else decode_pane(row)
