"""One moment of all partitions: what outputs read (architecture.md, section 5; output.md, section 1)."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Final

import msgspec

from schemas.instants import rfc3339
from schemas.values import Cell, EpochMs, Topic
from streams.core.book import Book, CutView
from streams.core.cases.pressing import PressingCase
from streams.core.cuts import AGENT_CUT, APART_CUTS, Cut, cuts_of
from streams.core.kpis.catalogue import CATALOGUE
from streams.core.kpis.comparison import comparable
from streams.core.kpis.kpi import WINDOWS_OF, Kpi
from streams.core.kpis.result import Result
from streams.core.panes.moment import before, on_other_day
from streams.core.panes.pane import Sums, merge
from streams.core.row import Row

HIDDEN: Final = Result(None, reason="hidden")
RANGE: Final = "range"
"""The window of a report over files: all of time."""


class Liveness(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of the partitions beside their rows.

    partitions, live   all there are; those with a fresh heartbeat
    data_age_ms        now - the lowest caught-up-until; None before every partition has said it
    restored           the rows were read to the end that was seen at the start
    leads              this board exports the business families
    """

    partitions: int
    live: int
    data_age_ms: int | None
    restored: bool
    leads: bool


class Snapshot:
    """All numbers of one moment. Sums of a cut are merged when they are first asked for, and kept.

    settled      cell -> counters and histograms that only grow (schemas/fields.py; histograms by their edges)
    corrections  field -> (added, removed): what changed settled minutes later
    totals       cell -> counts and sums since ever, for the ledgers
    """

    def __init__(
        self,
        now_ms: EpochMs,
        book: Book,
        liveness: Liveness,
        windows: Sequence[str],
        settled: Mapping[Cell, Sums] | None = None,
        corrections: Mapping[int, tuple[int, int]] | None = None,
        sources: Mapping[str, int] | None = None,
        totals: Mapping[Cell, Sums] | None = None,
    ) -> None:
        self.now_ms = now_ms
        self.book = book
        self.liveness = liveness
        self.windows = tuple(windows)
        self.settled: Mapping[Cell, Sums] = settled or {}
        self.corrections: Mapping[int, tuple[int, int]] = corrections or {}
        self.sources: Mapping[str, int] = sources or {}
        """Topic -> time of its latest event."""
        self.totals: Mapping[Cell, Sums] = totals or {}
        self.pressing: Sequence[PressingCase] = ()
        """Cases by name whose promises are at risk or breached, where the site shows ids."""
        self.hidden_queues = 0
        """How many are shown as `other` for want of a place."""
        self.topics: set[Topic] = {topic for topics in book.cells.values() for topic in topics}
        self._agents: dict[str, int] = {}
        self._groups: dict[tuple[str, ...], dict[tuple[str, ...], list[Cell]]] = {}
        self._views: dict[tuple[tuple[str, ...], tuple[str, ...], str], CutView] = {}
        self._merged: dict[tuple[tuple[str, ...], tuple[str, ...], str], tuple[Sums, dict[int, list[int]]]] = {}

    @property
    def completeness(self) -> float:
        """Partitions live / all."""
        return self.liveness.live / self.liveness.partitions if self.liveness.partitions else 0.0

    def rows(
        self,
        *,
        kpis: Collection[str] | None = None,
        windows: Collection[str] | None = None,
        queues: Collection[str] | None = None,
        channels: Collection[str] | None = None,
        cuts: Collection[Cut] | None = None,
        empty_once: bool = False,
        compare: bool = False,
    ) -> Iterator[Row]:
        """Rows in the order of the catalogue; None: all there are.

        queues, channels  only rows with such a label
        empty_once        a row without a sample is given only for the cut {}
        compare           each row of a window has the same of the window before beside it
        """
        for kpi, window, cut, values in self.asked(kpis=kpis, windows=windows, queues=queues, channels=channels, cuts=cuts):
            result = self.value(kpi, cut, values, window)
            if (kpi.sparse and not result.value) or (empty_once and cut and result.value is None):
                continue
            row = self._row(kpi, window, dict(zip(cut, values, strict=True)), result)
            if compare and comparable(kpi.formula):
                self._compare(row, kpi, cut, values)
            yield row

    def asked(
        self,
        *,
        kpis: Collection[str] | None = None,
        windows: Collection[str] | None = None,
        queues: Collection[str] | None = None,
        channels: Collection[str] | None = None,
        cuts: Collection[Cut] | None = None,
    ) -> Iterator[tuple[Kpi, str, Cut, tuple[str, ...]]]:
        """KPI, window, cut and values of the labels of all that `rows` looks at, before any of it is added up."""
        for kpi in CATALOGUE:
            if (kpis is not None and kpi.name not in kpis) or not self.topics.intersection(kpi.topics):
                continue
            groups = list(self._groups_of(kpi, queues, channels, cuts))
            for window in self._windows_of(kpi):
                if windows is None or window in windows:
                    for cut, values in groups:
                        yield kpi, window, cut, values

    def rows_of(
        self, kpi: Kpi, windows: Collection[str] | None, cut: Cut, values: tuple[str, ...], *, compare: bool = False
    ) -> Iterator[Row]:
        """Of one KPI under one set of labels, in each of the windows (None: in all that it has); none where it has no such row.

        compare  each has the same of earlier windows beside it
        """
        if cut not in cuts_of(kpi) or values not in self.groups(cut) or not self.has(kpi, cut, values):
            return
        for window in self._windows_of(kpi):
            if windows is None or window in windows:
                result = self.value(kpi, cut, values, window)
                if result.value or not kpi.sparse:
                    row = self._row(kpi, window, dict(zip(cut, values, strict=True)), result)
                    if compare and kpi.when != "now" and comparable(kpi.formula):
                        row.compare = self._earlier(kpi, cut, values, window)
                    yield row

    def _windows_of(self, kpi: Kpi) -> Sequence[str]:
        if kpi.when == "now":
            return ("now",)
        own = WINDOWS_OF[kpi.when]
        return [window for window in self.windows if window in own or (window == RANGE and kpi.when != "today")]

    def _groups_of(
        self, kpi: Kpi, queues: Collection[str] | None, channels: Collection[str] | None, cuts: Collection[Cut] | None
    ) -> Iterator[tuple[Cut, tuple[str, ...]]]:
        for cut in cuts_of(kpi):
            if cuts is not None and cut not in cuts and not kpi.by_channel_only:  # whose one cut is given whichever are asked for
                continue
            if (queues is not None and "queue" not in cut) or (channels is not None and "channel" not in cut):
                continue
            for values in self.groups(cut):
                labels = dict(zip(cut, values, strict=True))
                if (queues is not None and labels["queue"] not in queues) or (channels is not None and labels["channel"] not in channels):
                    continue
                if self.has(kpi, cut, values):
                    yield cut, values

    def _row(self, kpi: Kpi, window: str, labels: dict[str, str], result: Result) -> Row:
        partial = kpi.when != "now" and self.book.partial(window)
        few = self.is_few(kpi, result)
        level = None
        if self.book.targets and result.value is not None and not few:
            target = next((target for target in self.book.targets if target.concerns(kpi)), None)
            level = None if target is None else target.level(result.value, labels.get("queue"))
        return Row(
            kpi=kpi.name,
            stat=kpi.stat,
            window=window,
            labels={**labels, **kpi.labels},
            value=result.value,
            samples=result.samples,
            low=result.low,
            high=result.high,
            since=self.book.since if partial else None,
            partial=partial,
            reason=result.reason,
            few=few,
            level=level,
        )

    def is_few(self, kpi: Kpi, result: Result) -> bool:
        """Whether its sample is too small to judge by."""
        return kpi.unit == "ratio" and result.samples is not None and 0 < result.samples < self.book.min_samples

    def _compare(self, row: Row, kpi: Kpi, cut: Cut, values: tuple[str, ...]) -> None:
        """Puts the same of the window before beside it."""
        span = self.book.before(row.window)
        if span is None:
            row.previous, row.previous_reason = None, "not_kept"
            return
        result = self.value(kpi, cut, values, before(row.window))
        row.previous, row.previous_samples, row.previous_reason = result.value, result.samples, result.reason
        row.previous_start, row.previous_end = map(rfc3339, span)

    def _earlier(self, kpi: Kpi, cut: Cut, values: tuple[str, ...], window: str) -> dict[str, float | int]:
        """The same of the window before, and of it on other days; what has no number is not there."""
        names = {"previous": before(window)} if self.book.before(window) is not None else {}
        names |= {day: on_other_day(window, day) for day in self.book.other_days(window)}
        found = {name: self.value(kpi, cut, values, earlier).value for name, earlier in names.items()}
        return {name: value for name, value in found.items() if value is not None}

    def has(self, kpi: Kpi, cut: Cut, values: tuple[str, ...]) -> bool:
        """Whether any cell of the group saw a topic of the KPI: a queue of tickets alone has no row of calls."""
        if not cut:
            return not self.topics.isdisjoint(kpi.topics)
        cells = self.book.apart if cut in APART_CUTS else self.book.cells
        return any(topic in kpi.topics for cell in self.groups(cut)[values] for topic in cells[cell])

    def value(self, kpi: Kpi, cut: Cut, values: tuple[str, ...], window: str) -> Result:
        """The number of one row."""
        if cut == AGENT_CUT and self._agents_told_of(window) < self.book.min_group:
            return HIDDEN
        return kpi.formula.of(self.view(cut, values, window))

    def _agents_told_of(self, window: str) -> int:
        """About how many of them something was counted."""
        if window not in self._agents:
            self._agents[window] = sum(bool(self.sums(AGENT_CUT, values, window)[0]) for values in self.groups(AGENT_CUT))
        return self._agents[window]

    def view(self, cut: Cut, values: tuple[str, ...], window: str) -> CutView:
        """What a formula looks at."""
        view = self._views.get((cut, values, window))
        if view is None:
            cells = self.groups(cut).get(values, [])
            sums, maxima = ({}, {}) if window == "now" else self.sums(cut, values, window)
            all_sums = {} if window == "now" else self.sums((), (), window)[0]
            queue = values[cut.index("queue")] if "queue" in cut else None
            view = CutView(self.book, cells, sums, maxima, all_sums, window, queue, self.now_ms, cut)
            self._views[cut, values, window] = view
        return view

    def groups(self, cut: Cut) -> dict[tuple[str, ...], list[Cell]]:
        """Cells by the values of the labels of `cut`, in stable order. What has no queue is in no cut by queue, and so on."""
        groups = self._groups.get(cut)
        if groups is None:
            found: dict[tuple[str, ...], list[Cell]] = {} if cut else {(): []}
            for cell in () if cut in APART_CUTS else self.book.cells:
                if all(getattr(cell, label) for label in cut):
                    found.setdefault(tuple(getattr(cell, label) for label in cut), []).append(cell)
            for cell in self.book.apart if cut in APART_CUTS else ():
                label, _, name = cell.about.partition(":")
                if label in cut:
                    found.setdefault((name,), []).append(cell)
            groups = self._groups[cut] = dict(sorted(found.items()))
        return groups

    def sums(self, cut: Cut, values: tuple[str, ...], window: str) -> tuple[Sums, dict[int, list[int]]]:
        """What was counted in `window` in the cells of one group."""
        merged = self._merged.get((cut, values, window))
        if merged is None:
            panes = (self.book.pane(cell, window) for cell in self.groups(cut).get(values, []))
            merged = self._merged[cut, values, window] = merge(pane for pane in panes if pane is not None)
        return merged
