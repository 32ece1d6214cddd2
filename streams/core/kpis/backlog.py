"""What counts as backlog: cases unresolved for longer than a limit, or than cases take on average (metrics.md, section 5)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Final, Literal

import msgspec

from schemas import fields as f
from schemas.values import DAY_MS, Cell
from streams.core.panes.pane import Pane

AVERAGE: Final = "average"
BacklogAfter = int | Literal["average"]
"""A length in ms; or the mean full resolution time of the last 30 days: of the site, or of the queue that says so of itself."""
USUAL_MS: Final = DAY_MS
"""Where nobody says anything, and where an average has no sample yet."""


class BacklogLimits(msgspec.Struct, frozen=True):
    """after: of the site. queues: of those that have their own."""

    after: BacklogAfter = USUAL_MS
    queues: Mapping[str, BacklogAfter] = {}


class Backlog:
    """The limits at one moment.

    pane  of a cell in `window`, where the average is taken from
    """

    def __init__(self, limits: BacklogLimits, cells: Collection[Cell], pane: Callable[[Cell, str], Pane | None], window: str) -> None:
        self._limits = limits
        self._cells = cells
        self._pane = pane
        self._window = window
        self._known: dict[str | None, int] = {}

    def after_ms(self, queue: str | None) -> int:
        """Of one queue; None: of the site. A case is backlog where it is older."""
        own = None if queue is None else self._limits.queues.get(queue)
        of = queue if own is not None else None
        if of not in self._known:
            after = self._limits.after if own is None else own
            self._known[of] = self._average_ms(of) if after == AVERAGE else int(after)
        return self._known[of]

    def _average_ms(self, queue: str | None) -> int:
        count = total_ms = 0
        for cell in self._cells:
            if not cell.about and queue in (None, cell.queue):
                pane = self._pane(cell, self._window)
                if pane is not None:
                    count += pane.sums.get(f.RESOLUTION_FULL, 0)
                    total_ms += pane.sums.get(f.RESOLUTION_FULL + 1, 0)
        return total_ms // count if count else USUAL_MS
