"""A policy that promises much to many, for tests: targets as long as the gaps of the invented histories, calendars, pauses."""

from __future__ import annotations

from typing import Final

from schemas.values import HOUR_MS, MINUTE_MS, SECOND_MS, DurationMs
from streams.core.clocks.business import Calendar
from streams.core.clocks.policy import Policy, QueuePolicy
from streams.core.clocks.sla import ALWAYS, SlaRule


def targets(*lengths_ms: int | None) -> tuple[DurationMs | None, ...]:
    """By clock: queue_wait, first_response, next_response, resolution."""
    return tuple(None if length_ms is None else DurationMs(length_ms) for length_ms in lengths_ms)


PROMISES: Final = Policy(
    queues={"billing": QueuePolicy(calendar="office"), "support": QueuePolicy(calendar="night")},
    calendars={
        "office": Calendar("Europe/Berlin", (((480, 720), (750, 1080)),) * 5 + ((), ())),
        "night": Calendar("America/New_York", (((1320, 1800),),) * 7),
    },
    slas=(
        SlaRule(priority="urgent", targets_ms=targets(None, 4 * MINUTE_MS, 10 * MINUTE_MS, HOUR_MS), calendar=ALWAYS, pause=("pending",)),
        SlaRule(
            queue="billing", targets_ms=targets(20 * SECOND_MS, HOUR_MS, 4 * HOUR_MS, 12 * HOUR_MS), pause=("pending", "on_hold", "bot")
        ),
        SlaRule(channel="chat", targets_ms=targets(60 * SECOND_MS, 4 * MINUTE_MS, None, None), calendar="night", at_risk=5_000),
        SlaRule(queue="support", targets_ms=targets(5 * SECOND_MS, None, 10 * MINUTE_MS, 4 * HOUR_MS), at_risk=10_000),
    ),
)
"""A queue with office hours, one with those of the night in another zone; others, and priority low outside them, are promised nothing."""
