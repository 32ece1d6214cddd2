"""The service level held against what is promised: the promise stands in series of its own, so no dashboard has a number of its own."""

from __future__ import annotations

from collections.abc import Sequence

from deploy.grafana.card import Query
from deploy.grafana.colours import OF_THRESHOLD, TO_TARGET
from deploy.grafana.figure import in_window, lately, standing
from deploy.grafana.promql import WINDOW, by_labels, quotient, selector

CELL = ("queue", "channel")


def promised(by: Sequence[str] = (), window: str = WINDOW) -> Query:
    """What is promised for the chosen cells, each as heavy as what was decided in it."""
    decided = selector(f"{window}_service_level_decided", CELL)
    target = selector("service_level_target_ratio", CELL)
    wanted = by_labels("sum", by, f"{decided} * on (queue, channel) group_left () max by (queue, channel) ({target})")
    return Query(
        expr=quotient(wanted, by_labels("sum", by, decided)),
        name="promised",
        says="promised: `[queue.NAME] target`; of several queues their mean, each as heavy as what was decided in it.",
        unit="percentunit",
        target=True,
    )


def against_target(by: Sequence[str] = ()) -> Query:
    """In points: 0 is the promise."""
    level, wanted = in_window("service_level", "event", by), promised(by)
    return Query(
        expr=f"({level.expr}) - ({wanted.expr})",
        name="against target",
        says="against target: method event less what is promised; from 0 on it is kept.",
        title="Service level against its target",
        tells=level.tells,
        unit="percentunit",
        steps=TO_TARGET,
    )


def lately_and_promised() -> tuple[Query, Query]:
    return lately("service_level", "event", called="service level"), promised()


def waits_of_threshold(by: Sequence[str] = ("queue",)) -> Query:
    """The longest wait of those who wait, held against the threshold of its queue."""
    oldest, threshold = standing("waiting", "oldest", by), selector("service_level_threshold_seconds", CELL)
    return Query(
        expr=f"({oldest.expr}) / {by_labels('min', by, threshold)}",
        name="of threshold",
        says="of threshold: the longest wait / `[queue.NAME] threshold_seconds`; above 100 % its answer is late.",
        title="Longest wait, of its threshold",
        tells=oldest.tells,
        unit="percentunit",
        steps=OF_THRESHOLD,
    )


def threshold(by: Sequence[str] = ("queue",)) -> Query:
    expr = by_labels("min", by, selector("service_level_threshold_seconds", CELL))
    return Query(expr=expr, name="threshold", says="threshold: a wait of at most this is in time.", unit="s", target=True)
