"""Whether the numbers can be trusted: the same cards on every page of the business."""

from __future__ import annotations

from deploy.grafana.card import Card, Query, Shelf, stat
from deploy.grafana.colours import AGE, COMPLETE
from deploy.grafana.figure import CLOCK
from deploy.grafana.promql import selector


def age() -> Query:
    expr = f"max({selector('board_data_age_seconds')} and on (job, instance) {selector('board_leader')} == 1)"
    says = "Everything in the log so long ago is in the numbers. Of the board that exports them."
    return Query(expr=expr, name="age", says=says, title="Age of the data", unit="s", steps=AGE)


def completeness() -> Query:
    expr = f"min({selector('board_completeness_ratio')} and on (job, instance) {selector('board_leader')} == 1)"
    says = "Partitions that a worker keeps up to date / all partitions. Below 100 % every number is too low."
    return Query(expr=expr, name="complete", says=says, title="Completeness", unit="percentunit", steps=COMPLETE)


def silence() -> Query:
    expr = f"{CLOCK} - {selector('source_last_event_timestamp_seconds')}"
    says = "Since the latest event of each topic, by the clock of the numbers. Silence at night may be right, at noon it is not."
    return Query(expr=expr, name="{{source}}", says=says, title="Since the last event", unit="s")


def since(window: str = "${window}") -> Query:
    expr = f"1000 * max({selector(f'{window}_start_timestamp_seconds')})"
    says = "When the window began that is chosen above, by the zone and the reset hour of the site."
    return Query(expr=expr, name="since", says=says, title="Window since", unit="dateTimeAsIso")


def trust() -> Shelf:
    return Shelf("Can it be trusted?", _cards())


def _cards() -> tuple[Card, ...]:
    gone = "no board exports figures"
    return (
        stat(age(), none=gone, height=3, width=5),
        stat(completeness(), none=gone, height=3, width=5),
        stat(since(), none=gone, height=3, width=6),
        stat(silence(), none=gone, height=3, width=8),
    )
