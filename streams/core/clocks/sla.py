"""SLA rules: what is promised to whom, how its time runs, and when it is at risk (metrics.md, section 4)."""

from __future__ import annotations

from typing import Final, NamedTuple

import msgspec

from schemas.values import Cell, DurationMs, EpochMs
from streams.core.clocks.business import Calendar

CLOCKS: Final = ("queue_wait", "first_response", "next_response", "resolution")
"""Names of the clocks; everywhere else they have their place here as a number."""
QUEUE_WAIT: Final = 0
FIRST_RESPONSE: Final = 1
NEXT_RESPONSE: Final = 2
RESOLUTION: Final = 3

AT_RISK: Final = 8_000
"""Basis points of the target."""
ALWAYS: Final = "24x7"
"""The calendar that is none."""


class SlaRule(msgspec.Struct, frozen=True, array_like=True):
    """One [[sla]] of the configuration.

    queue, channel, priority  for which cases it holds; None: for all
    targets_ms                by clock; None: it promises nothing there
    calendar                  name, or ALWAYS; None: that of the queue
    pause                     statuses during which the clocks of a ticket stand
    at_risk                   basis points of the target
    """

    queue: str | None = None
    channel: str | None = None
    priority: str | None = None
    targets_ms: tuple[DurationMs | None, ...] = (None, None, None, None)
    calendar: str | None = None
    pause: tuple[str, ...] = ()
    at_risk: int = AT_RISK

    def holds_for(self, cell: Cell) -> bool:
        """Whether it speaks of such a case."""
        return self.queue in (None, cell.queue) and self.channel in (None, cell.channel) and self.priority in (None, cell.priority)

    def covers(self, other: SlaRule) -> bool:
        """Whether it holds for all that `other` holds for."""
        return all(
            own is None or own == its
            for own, its in ((self.queue, other.queue), (self.channel, other.channel), (self.priority, other.priority))
        )


class Promise(NamedTuple):
    """What a rule promises to one kind of case on one clock. `risk_ms`: after so much of the target it is at risk. `calendar` None: all
    time counts. `pause`: numbers of the stages in which the clock stands.
    """

    target_ms: DurationMs
    risk_ms: DurationMs
    calendar: Calendar | None
    pause: frozenset[int]

    def after(self, start_ms: int, amount_ms: int) -> EpochMs:
        """When so much of its time has passed since `start_ms`."""
        return EpochMs(start_ms + amount_ms) if self.calendar is None else self.calendar.add(start_ms, amount_ms)

    def between(self, start_ms: int, end_ms: int) -> DurationMs:
        """How much of its time lies between two instants."""
        return DurationMs(end_ms - start_ms) if self.calendar is None else self.calendar.between(start_ms, end_ms)
