"""The example day: a few invented calls, tickets, answers and so on, and what each KPI makes of them at its end."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Final

from schemas.events import TYPES
from schemas.values import HOUR_MS, MINUTE_MS, SECOND_MS, DurationMs
from streams.core.board import BoardSettings
from streams.core.clocks.business import Calendar
from streams.core.clocks.policy import Policy, QueuePolicy
from streams.core.clocks.sla import ALWAYS, SlaRule
from streams.core.kpis.catalogue import CATALOGUE
from streams.core.report import Report
from streams.core.row import Row
from streams.core.settings import ShardSettings
from streams.core.snapshot import Snapshot
from streams.sources.event_files import outline

WINDOWS: Final = ("today", "now")
LONGER: Final = ("month", "last_week")
"""Of figures that there are in no shorter window."""
NOT_OF_A_DAY: Final = frozenset(kpi.name for kpi in CATALOGUE if kpi.when in ("months", "finished"))


PROMISES: Final = Policy(
    queues={"mail": QueuePolicy(calendar="office")},
    calendars={"office": Calendar("UTC", (((9 * 60, 18 * 60),),) * 5 + ((), ()))},
    slas=(
        SlaRule(priority="urgent", targets_ms=(None, DurationMs(HOUR_MS), None, DurationMs(4 * HOUR_MS)), calendar=ALWAYS),
        SlaRule(
            queue="mail",
            targets_ms=(None, DurationMs(HOUR_MS), DurationMs(30 * MINUTE_MS), DurationMs(8 * HOUR_MS)),
            pause=("pending", "on_hold"),
        ),
        SlaRule(queue="billing", targets_ms=(DurationMs(30 * SECOND_MS), None, None, None)),
    ),
)
"""Mail is worked on from 9:00 to 18:00, Monday to Friday: answered within an hour, later within 30 minutes, resolved within 8 hours.
What is urgent is answered within an hour and resolved within 4, at any time. In billing nobody waits for more than 30 s.
"""


def example_events() -> bytes:
    """JSON lines of the event contract: Monday, the 2nd of March 2026, up to 17:00 UTC."""
    return (files("streams.cli") / "example_day.jsonl").read_bytes()


@cache
def example_snapshot() -> Snapshot:
    """The end of the day, with the promises above, and the defaults of the configuration otherwise."""
    report = Report(ShardSettings(topics={topic: topic for topic in TYPES}, partitions=1, policy=PROMISES), board=BoardSettings())
    for line in example_events().splitlines():
        topic = outline(line).topic
        assert topic is not None, line
        report.add(topic, [line])
    return report.snapshot()


@cache
def example_rows() -> tuple[Row, ...]:
    """Of the whole site then."""
    rows = example_snapshot().rows(windows=(*WINDOWS, *LONGER), cuts=((),))
    return tuple(row for row in rows if row.window in WINDOWS or row.kpi in NOT_OF_A_DAY)


def example_of(kpi: str) -> Iterator[Row]:
    """Its rows. What did not occur on that day has none."""
    return (row for row in example_rows() if row.kpi == kpi)
