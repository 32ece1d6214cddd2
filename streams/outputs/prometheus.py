"""The business families of `/metrics`: one snapshot, as prometheus_client's own metric objects (output.md, section 3).

All numbers of a scrape belong to one moment. Nothing but the board's own state leaves before the rows are back, or from a board that does
not lead: half a state looks like a drop in traffic, two boards like double.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

import msgspec
from prometheus_client import Metric

from schemas.values import SECOND_MS
from streams.core.book import CutView
from streams.core.clocks.policy import Policy
from streams.core.clocks.sla import CLOCKS
from streams.core.kpis.kpi import WINDOWS, WINDOWS_OF
from streams.core.kpis.targets import Target
from streams.core.panes.pane import Sums
from streams.core.settings import histogram_edges_ms
from streams.core.snapshot import Snapshot
from streams.errors import ConfigError
from streams.outputs.cells import Group, Groups, groups_of, shown
from streams.outputs.histograms import HISTOGRAMS, Edges
from streams.outputs.ledger_families import ledger_families
from streams.outputs.metric import add, family, gauge
from streams.outputs.parts import FACTS, FACTS_IN_MS, PARTS
from streams.outputs.parts.part import Part
from streams.outputs.ready import CUTS, READY, SECONDS_PER_DAY, Ready
from streams.outputs.standing_families import STANDINGS, Stood
from streams.outputs.target_families import target_families


class Export(msgspec.Struct, frozen=True, kw_only=True):
    """What an installation wants to see.

    windows, cuts  of the ready KPIs and parts; names of metrics.md, section 2, and of `ready.CUTS`
    policy         thresholds, and with them the edges of the histograms; has to be that of the shards
    """

    policy: Policy = Policy()
    targets: Sequence[Target] = ()
    windows: Sequence[str] = ("today", "interval")
    cuts: Sequence[str] = ("site", "queue")


class BoardCollector:
    """A custom collector over the board's current snapshot."""

    def __init__(self, board: Callable[[], Snapshot], export: Export) -> None:
        """Raises ConfigError for a window or cut that this release does not have."""
        for key, words, known in (("windows", export.windows, WINDOWS), ("cuts", export.cuts, tuple(CUTS))):
            for word in words:
                if word not in known:
                    raise ConfigError(f'metrics.{key}: "{word}" is not in this release: choose among {", ".join(known)}')
        self._board = board
        self._export = export
        self._cuts = {name: CUTS[name] for name in CUTS if name in export.cuts}
        self._windows = [window for window in WINDOWS if window in export.windows]
        self._absent = _absent(export.policy)
        self._edges = {duration: Edges(duration, edges) for duration, edges in histogram_edges_ms(export.policy).items()}

    def reload(self, export: Export) -> None:
        """Show by this policy and these targets from now on. Its windows, cuts and edges must be the same."""
        self._export = export
        self._absent = _absent(export.policy)

    def collect(self) -> Iterator[Metric]:
        """What prometheus_client asks of a collector; reads the snapshot of this moment."""
        yield from self.families(self._board())

    def families(self, snapshot: Snapshot) -> Iterator[Metric]:
        """All families of one snapshot, in stable order; may run in another thread than the board."""
        liveness = snapshot.liveness
        yield gauge("board_leader", "1 on the board that exports the business families, 0 on all others.", int(liveness.leads))
        yield gauge("board_restored", "1 once the board has read the rows that were there when it started.", int(liveness.restored))
        yield gauge("board_completeness_ratio", "Partitions that a worker keeps up to date / all partitions.", snapshot.completeness)
        age_seconds = None if liveness.data_age_ms is None else liveness.data_age_ms / SECOND_MS
        yield gauge("board_data_age_seconds", "Everything in the log so long ago is in the numbers. Absent while unknown.", age_seconds)
        if not (liveness.restored and liveness.leads):
            return
        yield gauge("board_hidden_queues", "Queues beyond limits.label_values; they are shown together as `other`.", snapshot.hidden_queues)
        groups = groups_of(snapshot)
        yield from self._times(snapshot)
        yield from self._standings(snapshot, groups)
        yield from self._ready(snapshot, "now")
        yield from self._counters(snapshot, groups)
        yield from self._histograms(snapshot, groups)
        for window in self._windows:
            yield from self._parts(snapshot, groups, window)
        for window in self._windows:
            yield from self._ready(snapshot, window)
        yield from target_families(snapshot, groups, self._export.policy, self._export.targets, self._windows)
        yield from ledger_families(snapshot)

    def _times(self, snapshot: Snapshot) -> Iterator[Metric]:
        clock = "The instant that these numbers belong to; rules use it instead of time()."
        yield gauge("clock_timestamp_seconds", clock, snapshot.now_ms / SECOND_MS)
        latest = gauge("source_last_event_timestamp_seconds", "Time of the latest event of a topic, at most that of the clock.")
        for source, at_ms in sorted(snapshot.sources.items()):
            add(latest, {"source": source}, min(at_ms, snapshot.now_ms) / SECOND_MS)
        yield latest
        for window in self._windows:
            start_ms, _ = snapshot.book.window_ms(window)
            yield gauge(f"{window}_start_timestamp_seconds", f"When the window {window} began.", start_ms / SECOND_MS)

    def _standings(self, snapshot: Snapshot, groups: Groups) -> Iterator[Metric]:
        for stood in STANDINGS:
            metric = gauge(stood.name, stood.help)
            standings = {values: of for values, of in stood.standings.items() if self._absent.isdisjoint(values)}
            for group in groups[stood.scope]:
                _stand(metric, stood, standings, group, snapshot)
            yield metric

    def _counters(self, snapshot: Snapshot, groups: Groups) -> Iterator[Metric]:
        settled = {scope: [(group, group.sums_in(snapshot.settled)) for group in found] for scope, found in groups.items()}
        for part in PARTS:
            if part.counter:
                metric = family("counter", part.stem, part.help)
                _add_part(metric, "_total", part, settled[part.scope], self._absent)
                yield metric
        for name, facts, scale, what in (
            ("corrections", FACTS, 1, "Counts that changed after their minute was closed, which counters do not show."),
            ("corrections_seconds", FACTS_IN_MS, SECOND_MS, "Sums that changed after their minute was closed, which counters do not show."),
        ):
            metric = family("counter", name, what)
            for fact, fields in facts.items():
                for at, direction in enumerate(("added", "removed")):
                    amount = sum(snapshot.corrections[field][at] for field in fields if field in snapshot.corrections)
                    add(metric, {"direction": direction, "fact": fact}, amount if scale == 1 else amount / scale, "_total")
            yield metric

    def _histograms(self, snapshot: Snapshot, groups: Groups) -> Iterator[Metric]:
        for histogram in HISTOGRAMS:
            metric = family("histogram", histogram.name, histogram.help)
            labels_le = (*histogram.labels, "le")
            for group in groups[histogram.scope]:
                settled = group.sums_in(snapshot.settled)
                for values, duration in histogram.durations.items():
                    if not self._absent.isdisjoint(values):
                        continue
                    edges = self._edges[duration]
                    count = 0
                    for bound, count in zip(edges.bounds, edges.cumulative(settled), strict=True):
                        add(metric, group.with_labels(labels_le, (*values, bound)), count, "_bucket")
                    labels = group.with_labels(histogram.labels, values)
                    add(metric, labels, count, "_count")
                    add(metric, labels, edges.sum_seconds(settled), "_sum")
            yield metric

    def _parts(self, snapshot: Snapshot, groups: Groups, window: str) -> Iterator[Metric]:
        panes = {scope: [(group, group.panes(snapshot, window)) for group in found] for scope, found in groups.items()}
        for part in PARTS:
            metric = gauge(f"{window}_{part.stem}", f"{part.help} In the window {window}.")
            _add_part(metric, "", part, panes[part.scope], self._absent)
            yield metric

    def _ready(self, snapshot: Snapshot, window: str) -> Iterator[Metric]:
        for ready in READY:
            if window not in WINDOWS_OF[ready.when]:
                continue
            for cut_name, cut in ready.cuts(self._cuts):
                yield from _ready_families(snapshot, ready, window, cut_name, cut)


def _absent(policy: Policy) -> frozenset[str]:
    """Clocks of which nothing can be told: those on which nothing is promised, and business time where no queue has hours."""
    unpromised = {name for number, name in enumerate(CLOCKS) if number not in policy.promised}
    return frozenset(unpromised if policy.keeps_hours else unpromised | {"business"})


def _stand(metric: Metric, stood: Stood, of: Mapping[tuple[str, ...], tuple[int, ...]], group: Group, snapshot: Snapshot) -> None:
    view = CutView(snapshot.book, group.cells, {}, {}, {}, "now", None, snapshot.now_ms)
    for values, standings in of.items():
        if stood.form == "oldest":
            age_ms = view.first_ms(standings)
            if age_ms is not None:
                add(metric, group.with_labels(stood.labels, values), age_ms / SECOND_MS)
        elif stood.form == "ages":
            for band, above_ms, up_to_ms in stood.bands:
                add(metric, group.with_labels(stood.labels, (band,)), view.aged(standings, above_ms, up_to_ms))
        elif stood.form == "due":
            for band, above_ms, up_to_ms in stood.bands:
                assert up_to_ms is not None
                add(metric, group.with_labels(stood.labels, (*values, band)), view.due(standings, above_ms, up_to_ms))
        elif stood.form == "backlog":
            add(metric, group.labels, view.backlog(standings))
        else:
            add(metric, group.with_labels(stood.labels, values), sum(view.standing(standing) for standing in standings))


def _add_part(metric: Metric, suffix: str, part: Part, found: Sequence[tuple[Group, list[Sums]]], absent: frozenset[str]) -> None:
    for values, count in part.counts.items():
        if not absent.isdisjoint(values):
            continue
        for group, all_sums in found:
            amount = 0
            for sums in all_sums:
                amount += count.amount(sums)
            add(metric, group.with_labels(part.labels, values), amount / SECOND_MS if part.in_ms else amount, suffix)


def _ready_families(snapshot: Snapshot, ready: Ready, window: str, cut_name: str, cut: tuple[str, ...]) -> Iterator[Metric]:
    within = "" if window == "now" else f" In the window {window}."
    values_metric = Metric(ready.name(window, cut_name), f"{ready.help}{within}", "gauge")
    samples = Metric(ready.samples_name(window, cut_name), f"Sample of {ready.base}.{within}", "gauge")
    scale = SECONDS_PER_DAY if ready.unit == "days" else 1
    seen: set[tuple[str, ...]] = set()  # hostile names can look the same once they are made readable
    for values in snapshot.groups(cut):
        cut_values = tuple(map(shown, values))
        if cut_values in seen:
            continue
        seen.add(cut_values)
        for kpi, own in ready.rows:
            if not snapshot.has(kpi, cut, values):
                continue
            result = snapshot.value(kpi, cut, values, window)
            labels = dict(zip((*cut, *ready.labels), (*cut_values, *own), strict=True))
            if result.value is not None:
                add(values_metric, labels, result.value * scale)
            if result.samples is not None:
                add(samples, labels, result.samples)
    yield values_metric
    if ready.samples_base:
        yield samples
