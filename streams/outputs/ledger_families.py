"""Ledgers: what came less what went and what is there. Each of them is 0, or the program has a fault."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client import Metric

from schemas import fields as f
from schemas.values import NO_QUEUE, Cell
from streams.core.book import CutView
from streams.core.kpis.ledgers import call_residual, ticket_residual
from streams.core.panes.addition import add_sums
from streams.core.panes.pane import Sums
from streams.core.snapshot import Snapshot
from streams.outputs.cells import NONE, shown
from streams.outputs.metric import add, gauge


def ledger_families(snapshot: Snapshot) -> Iterator[Metric]:
    by_queue: dict[str, list[Cell]] = {}
    for cell in snapshot.book.cells:
        by_queue.setdefault(shown(cell.queue) if cell.queue != NO_QUEUE else NONE, []).append(cell)
    calls = gauge("ledger_residual", "Visits begun less visits ended and waiting, since ever. Not 0: a fault of this program.")
    everything: Sums = {}
    for queue, cells in sorted(by_queue.items()):
        totals: Sums = {}
        for cell in cells:
            add_sums(totals, snapshot.totals.get(cell, {}))
        view = CutView(snapshot.book, cells, {}, {}, {}, "now", None, snapshot.now_ms)
        add(calls, {"queue": queue}, call_residual(totals, view.standing(f.WAITING)))
        add_sums(everything, totals)
    yield calls
    view = CutView(snapshot.book, list(snapshot.book.cells), {}, {}, {}, "now", None, snapshot.now_ms)
    unresolved = sum(view.standing(standing) for standing in f.UNRESOLVED.values())
    what = "Tickets that came less those that went and those unresolved, of the whole site. Not 0: a fault of this program."
    yield gauge("tickets_ledger_residual", what, ticket_residual(everything, unresolved))
