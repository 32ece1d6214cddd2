"""What /metrics says of a centre, by the names that are scraped."""

from __future__ import annotations

from prometheus_client import Metric

from streams.core.board import BoardSettings
from streams.core.kpis.targets import Marks, Target
from streams.core.snapshot import Snapshot
from streams.outputs.prometheus import BoardCollector, Export
from tests.outputs.centre import Centre, morning

HOSTILE = (
    'a "quoted" one',
    "back\\slash",
    "two\nlines",
    "nul\0in it",
    "<img src=x onerror=alert(1)>",
    '{le="1"} 5\n# EOF',
    "none",
    "ünïcode ☎",
)

ABANDONS = Target(kpi="abandon_rate", stat="of_decided", better="low", marks=Marks(0.05, 0.1), queues={"sales": Marks(0.2)})
SMALL = Export(windows=("today",), targets=(ABANDONS,))


def families(snapshot: Snapshot, export: Export | None = None) -> dict[str, Metric]:
    return {metric.name: metric for metric in BoardCollector(lambda: snapshot, export or Export()).collect()}


def value(found: dict[str, Metric], name: str, **labels: str) -> float | None:
    """Of one series, by its exposed name; None where there is none."""
    values = [
        sample.value
        for metric in found.values()
        for sample in metric.samples
        if sample.name == f"deskpulse_{name}" and sample.labels == labels
    ]
    assert len(values) <= 1
    return values[0] if values else None


def small_centre() -> Snapshot:
    """One queue with calls, one with tickets: little enough to be read."""
    centre = Centre(BoardSettings(queues={"billing": ["phone"]}))
    centre.visit("c1", "billing", "09:00:00", "09:00:12", "09:03:12")
    centre.visit("c2", "billing", "09:01:00")
    centre.calls({"type": "call.abandoned", "call_id": "c2", "time": "09:01:30"})
    centre.tickets(
        {"type": "ticket.created", "ticket_id": "t1", "channel": "email", "queue": "mail", "priority": "high", "time": "09:00:00"},
        {"type": "ticket.message", "ticket_id": "t1", "by": "agent", "agent_id": "ann", "time": "09:30:00"},
    )
    centre.visit("c3", "billing", "09:59:30")
    centre.settle("10:00:00")
    return centre.snapshot()


def hostile_centre() -> Centre:
    centre = Centre()
    for number, queue in enumerate(HOSTILE):
        centre.visit(f"h{number}", queue, "08:50:00", "08:50:04", "08:51:00")
    return morning(centre)
