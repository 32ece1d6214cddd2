"""What is to be reached, under the labels of what it is compared with: targets, thresholds, promises, opening hours, and what is missed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from prometheus_client import Metric

from schemas.values import NO_QUEUE, SECOND_MS
from streams.core.clocks.policy import Policy
from streams.core.clocks.sla import CLOCKS
from streams.core.kpis.sla import topics_of_clock
from streams.core.kpis.targets import Target
from streams.core.snapshot import Snapshot
from streams.outputs.cells import NONE, Groups, shown
from streams.outputs.metric import add, gauge
from streams.outputs.missed import missed_targets


def target_families(
    snapshot: Snapshot, groups: Groups, policy: Policy, kpi_targets: Sequence[Target], windows: Sequence[str]
) -> Iterator[Metric]:
    """windows  in which targets that are missed are told, beside now"""
    calls = [group for group in groups["calls"] if group.labels["queue"] != NONE]
    target = gauge("service_level_target_ratio", "The service level that is promised.")
    threshold = gauge("service_level_threshold_seconds", "A wait of at most this is in time.")
    for group in calls:
        cell = group.cells[0]
        add(target, group.labels, snapshot.book.target(cell.queue))
        add(threshold, group.labels, policy.threshold_ms(cell.queue, cell.channel) / SECOND_MS)
    yield from (target, threshold)
    queues = sorted({shown(cell.queue) for cell in snapshot.book.cells if cell.queue != NO_QUEUE})
    targets = gauge("target", "When the value of a KPI is a warning, and when it is critical, in the unit of the KPI.")
    for one in kpi_targets:
        for queue in queues:
            marks = one.marks_of(queue)
            for level, value in (("warn", marks.warn), ("crit", marks.crit)):
                if value is not None:
                    add(targets, {"kpi": one.kpi, "level": level, "queue": queue}, value)
    yield targets
    for window in ("now", *windows):
        yield missed_targets(snapshot, kpi_targets, window)
    yield _open(snapshot, policy)
    yield _promises(snapshot, groups, policy)


def _open(snapshot: Snapshot, policy: Policy) -> Metric:
    metric = gauge("queue_open", "1 while the queue is open; always 1 without a calendar.")
    named = {shown(cell.queue): cell.queue for cell in snapshot.book.cells if cell.queue != NO_QUEUE}
    for queue, name in sorted(named.items()):
        calendar = policy.calendar_of(name)
        add(metric, {"queue": queue}, int(calendar is None or calendar.is_open(snapshot.now_ms)))
    return metric


def _promises(snapshot: Snapshot, groups: Groups, policy: Policy) -> Metric:
    metric = gauge("sla_target_seconds", "What is promised to cases with those labels, in the hours of its calendar.")
    for group in groups["promises"]:
        seen = {topic for cell in group.cells for topic in snapshot.book.cells[cell]}
        for number, clock in enumerate(CLOCKS):
            promise = policy.promise(number, group.cells[0])
            if promise is not None and not seen.isdisjoint(topics_of_clock(number)):
                add(metric, group.with_labels(("clock",), (clock,)), promise.target_ms / SECOND_MS)
    return metric
