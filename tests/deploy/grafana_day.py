"""A day of events of all topics, twice: the example day, the same once more in the evening, and what does not occur on it.

What counters have to show has to happen between two scrapes, so each thing happens before the first one and again after it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any, Final

from schemas.instants import instant_ms
from streams.cli.example import example_events

Event = Mapping[str, Any]
SETTINGS: Final = """
clock = "event"
zone = "UTC"
reset = "06:00"
[limits]
partitions = 2
[privacy]
min_group = 1
[calendar.office]
hours = { mon-fri = "06:00-22:00" }
[queue.mail]
channel = "email"
calendar = "office"
[queue.billing]
target = 0.9
[[sla]]
queue = "billing"
queue_wait = "30s"
[[sla]]
queue = "mail"
first_response = "1h"
next_response = "30m"
resolution = "4h"
""" + "".join(
    f'[target.{kpi}]\nbetter = "{better}"\nwarn = {warn}\ncrit = {crit}\n'
    for kpi, better, warn, crit in (
        ("abandon_rate", "low", 0.05, 0.10),
        ("speed_of_answer", "low", 20, 60),
        ("first_response_time", "low", 1800, 3600),
        ("backlog", "low", 10, 20),
        ("occupancy", "low", 0.85, 0.95),
        ("handle_time", "low", 300, 600),
        ("csat", "high", 0.8, 0.6),
        ("first_contact_resolution", "high", 0.7, 0.5),
        ("repeat_contact_rate", "low", 0.2, 0.4),
    )
)
"""With a mark for each line of a target that there is on a dashboard."""
LATER: Final = timedelta(hours=8)
OF_EVERY_DAY: Final = ("agent_id", "customer_id")
"""Who comes again in the evening. Calls, tickets and so on are others."""


def morning() -> str:
    """JSON lines, up to 17:00."""
    return _lines([*_example(), *_rare("a", 0)])


def evening() -> str:
    """JSON lines, up to 1:00 of the same business day."""
    return _lines([*map(_again, _example()), *_rare("b", int(LATER.total_seconds() * 1000))])


def _example() -> Iterator[Event]:
    return map(json.loads, example_events().splitlines())


def _again(event: Event) -> Event:
    ids = {key: f"b-{value}" for key, value in event.items() if key == "id" or (key.endswith("_id") and key not in OF_EVERY_DAY)}
    return {**event, **ids, "time": instant_ms(event["time"]) + int(LATER.total_seconds() * 1000)}


def _rare(word: str, later_ms: int) -> Iterator[Event]:
    """An outbound call with hold, a later answer of a bot, and a customer who waits for a later answer."""
    case, call = f"{word}-rare-case", f"{word}-rare-call"
    told: tuple[tuple[str, str, dict[str, str]], ...] = (
        ("14:00:00", "call.started", {"call_id": call, "direction": "outbound"}),
        ("14:00:10", "call.answered", {"call_id": call, "agent_id": "ann"}),
        ("14:01:00", "call.held", {"call_id": call}),
        ("14:01:30", "call.resumed", {"call_id": call}),
        ("14:03:00", "call.ended", {"call_id": call, "by": "agent"}),
        ("14:03:20", "call.wrapped", {"call_id": call}),
        ("15:00:00", "ticket.created", {"ticket_id": case, "queue": "mail", "channel": "email", "customer_id": "u1"}),
        ("15:00:10", "ticket.message", {"ticket_id": case, "by": "bot"}),
        ("15:05:00", "ticket.message", {"ticket_id": case, "by": "customer"}),
        ("15:05:10", "ticket.message", {"ticket_id": case, "by": "bot"}),
        ("15:10:00", "ticket.handoff", {"ticket_id": case}),
        ("15:20:00", "ticket.message", {"ticket_id": case, "by": "agent", "agent_id": "bob"}),
        ("16:00:00", "ticket.message", {"ticket_id": case, "by": "customer"}),
    )
    for number, (clock, kind, fields) in enumerate(told):
        yield {"type": kind, "id": f"{word}-rare-{number}", "time": instant_ms(f"2026-03-02T{clock}Z") + later_ms, **fields}


def _lines(events: list[Event]) -> str:
    at_ms = {id(event): event["time"] if isinstance(event["time"], int) else instant_ms(event["time"]) for event in events}
    return "".join(json.dumps(event) + "\n" for event in sorted(events, key=lambda event: at_ms[id(event)]))
