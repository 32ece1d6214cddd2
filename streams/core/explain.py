"""Why a figure is what it is: its formula, the numbers put in, what was left out and why, its sample, its window, its target."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any

import msgspec

from schemas.instants import rfc3339
from schemas.values import SECOND_MS, Cell
from streams.core.book import CutView
from streams.core.clocks.policy import Policy
from streams.core.kpis.catalogue import CATALOGUE
from streams.core.kpis.formula_text import formula_text
from streams.core.kpis.inputs import Input, inputs_of
from streams.core.kpis.kpi import Kpi
from streams.core.kpis.prose import PROSE
from streams.core.kpis.prose.prose import LeftOut
from streams.core.kpis.targets import Target
from streams.core.kpis.view import under_way
from streams.core.row import Row
from streams.core.snapshot import Snapshot

HIDDEN = "hidden"


class Left(msgspec.Struct, omit_defaults=True):
    """What was not looked at; `amount` None: nobody counts it."""

    what: str
    why: str
    amount: int | None = None


class Threshold(msgspec.Struct):
    """What was promised to the calls of a queue and channel when they came, as it is configured now."""

    queue: str
    channel: str
    threshold_seconds: float
    short_abandon_seconds: float


class Explanation(msgspec.Struct, omit_defaults=True, kw_only=True):
    """Of one row.

    start, end  of the window; `end` is now where the window is under way. Of what stands now both are now
    promise     the service level that is promised
    target      warn and crit, as they hold for this row
    """

    row: Row
    unit: str
    definition: str
    what: str
    formula: str
    inputs: list[Input]
    left_out: list[Left]
    start: str
    end: str
    thresholds: list[Threshold] = []
    promise: float | None = None
    target: dict[str, Any] | None = None

    def document(self) -> dict[str, Any]:
        """The row, and beside it what it was made of."""
        told: dict[str, Any] = msgspec.to_builtins(self)
        inputs = [part._asdict() for part in self.inputs]
        return {**self.row.document(), **{key: value for key, value in told.items() if key != "row"}, "inputs": inputs}


def explain(
    snapshot: Snapshot,
    policy: Policy,
    name: str,
    *,
    windows: Collection[str] | None = None,
    stats: Collection[str] | None = None,
    cut: Sequence[tuple[str, str]] = (),
) -> Iterator[Explanation]:
    """Every row of that KPI under the labels `cut` (label, value), in the order of the catalogue.

    windows  None: all in which it has a number
    stats    None: all
    """
    labels, values = tuple(label for label, _ in cut), tuple(value for _, value in cut)
    for kpi in CATALOGUE:
        if kpi.name != name or (stats is not None and kpi.stat not in stats):
            continue
        for row in snapshot.rows_of(kpi, windows, labels, values):
            yield _explained(snapshot, policy, kpi, row, labels, values)


def _explained(snapshot: Snapshot, policy: Policy, kpi: Kpi, row: Row, labels: tuple[str, ...], values: tuple[str, ...]) -> Explanation:
    view = snapshot.view(labels, values, row.window)
    prose = PROSE[kpi.name]
    start_ms, end_ms = (snapshot.now_ms, snapshot.now_ms) if row.window == "now" else snapshot.book.window_ms(row.window)
    queue = dict(zip(labels, values, strict=True)).get("queue")
    hidden = row.reason == HIDDEN
    promised = kpi.name == "service_level"
    return Explanation(
        row=row,
        unit=kpi.unit,
        definition=prose.definition,
        what=kpi.help,
        formula=formula_text(kpi.formula),
        inputs=[] if hidden else inputs_of(kpi.formula, view),
        left_out=[] if hidden else [_left(part, view) for part in prose.left_out if part.concerns(kpi.stat)],
        start=rfc3339(start_ms),
        end=rfc3339(end_ms),
        thresholds=_thresholds(policy, snapshot.groups(labels).get(values, [])) if prose.by_threshold else [],
        promise=snapshot.book.target(queue) if promised else None,
        target=_target(snapshot.book.targets, kpi, queue),
    )


def _left(part: LeftOut, view: CutView) -> Left:
    if part.count is not None:
        return Left(part.what, part.why, part.count.amount(view.sums))
    if part.standings:
        return Left(part.what, part.why, sum(under_way(view, standing) for standing in part.standings))
    return Left(part.what, part.why)


def _thresholds(policy: Policy, cells: Sequence[Cell]) -> list[Threshold]:
    found = dict.fromkeys((cell.queue, cell.channel) for cell in cells)
    return [
        Threshold(queue, channel, policy.threshold_ms(queue, channel) / SECOND_MS, policy.short_abandon_ms(queue) / SECOND_MS)
        for queue, channel in found
        if queue and channel
    ]


def _target(targets: Sequence[Target], kpi: Kpi, queue: str | None) -> dict[str, Any] | None:
    target = next((target for target in targets if target.concerns(kpi)), None)
    return None if target is None else {"better": target.better, **msgspec.to_builtins(target.marks_of(queue))}
