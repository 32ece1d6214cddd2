"""Customers who come by calls and tickets, and the rows of a report about them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from schemas.events import Event
from streams.testing.wire import entity_field, topic_of
from tests.core.cases import call_tales as call
from tests.core.cases import ticket_tales as ticket
from tests.core.driving import comparable, report_rows, told

DAY, HOUR = 86_400, 3_600  # a tale begins at 2023-11-14T22:13:20Z, a Tuesday
LAST_S = 40 * DAY


class Lines(list[tuple[str, bytes]]):
    """Records of several cases: (topic, value)."""

    def case(self, case_id: str, *events: Event) -> Lines:
        for number, event in enumerate(events):
            topic = topic_of(type(event))
            self.append((topic, told(event, f"{number:02}", **{entity_field(type(event)): case_id})))
        return self


def handled(at_s: float, customer_id: str | None = None, **more: Any) -> list[Event]:
    """Queued a minute before `at_s`, answered after 10 s, over at `at_s`."""
    return [call.started(at_s - 60, customer_id=customer_id, **more), call.queued(at_s - 60), call.answered(at_s - 50), call.ended(at_s)]


def gave_up(at_s: float, customer_id: str | None = None) -> list[Event]:
    return [call.started(at_s - 60, customer_id=customer_id), call.queued(at_s - 60), call.abandoned(at_s)]


def turned_away(at_s: float, customer_id: str | None = None, reason: str = "no_agents", **more: Any) -> list[Event]:
    return [call.started(at_s, customer_id=customer_id), call.blocked(at_s, reason, **more)]


def solved(at_s: float, customer_id: str | None = None, **more: Any) -> list[Event]:
    """Written an hour before `at_s`, answered and resolved then."""
    return [ticket.created(at_s - HOUR, customer_id=customer_id, **more), ticket.agent(at_s), ticket.resolved(at_s)]


class Found:
    """The rows of a report, by name."""

    def __init__(self, lines: Sequence[tuple[str, bytes]], until_s: float = LAST_S, partitions: int = 1) -> None:
        self.rows = comparable(report_rows(lines, partitions, until_ms=call.ms(until_s)))

    def __call__(self, kpi: str, stat: str, **labels: str) -> tuple[Any, Any]:
        """(value, samples); value None and samples 0 where there is no sample."""
        window = "now" if (kpi, stat) in NOW else "range"
        row = self.rows.get((kpi, stat, window, str(sorted(labels.items()))), {})
        return row.get("value"), row.get("samples")


NOW = {("callbacks_owed", "count"), ("callbacks_owed", "oldest"), ("preferred_channel", "share")}
