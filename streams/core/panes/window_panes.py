"""Panes of windows: added up once, and kept until something in them changes."""

from __future__ import annotations

from collections.abc import Callable

from schemas.state import DAY, MONTH
from schemas.values import Cell
from streams.core.panes.merged import CellBook, together
from streams.core.panes.pane import Pane
from streams.core.panes.windows import Span


class WindowPanes:
    """Of all cells of a board."""

    def __init__(self) -> None:
        self._kept: dict[tuple[Cell, str], tuple[int, Span, Pane | None]] = {}  # with the version and the span it was added up from

    def pane(self, book: CellBook, cell: Cell, window: str, span: Span) -> Pane | None:
        """What was counted in the cell of this book in `span`, which is what `window` shows now; None: nothing.

        Of a window of days the last one changes all the time, and the others hardly ever: these are added up once.
        """
        if span.resolution not in (DAY, MONTH):
            return self._once(cell, window, span, book.version, book.pane)

        def whole(span: Span) -> Pane | None:
            return together((self._once(cell, f"early {window}", span, book.early_version, book.early), book.late(span)))

        return self._once(cell, window, span, book.version, whole)

    def _once(self, cell: Cell, name: str, span: Span, version: int, add_up: Callable[[Span], Pane | None]) -> Pane | None:
        known = self._kept.get((cell, name))
        if known is not None and known[:2] == (version, span):
            return known[2]
        pane = add_up(span)
        self._kept[cell, name] = (version, span, pane)
        return pane
