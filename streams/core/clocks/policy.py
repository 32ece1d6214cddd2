"""Thresholds, short abandons, promises, calendars and limits: what a fold needs to know beside the events (metrics.md, sections 3 and 4).

A case keeps the policy that was in force when it opened, so a policy is a value with a revision and is stored with the state.
"""

from __future__ import annotations

from functools import cached_property
from typing import Final

import msgspec

from schemas import fields as f
from schemas.values import HOUR_MS, MINUTE_MS, SECOND_MS, Cell, DurationMs
from streams.core.clocks.business import Calendar
from streams.core.clocks.sla import ALWAYS, Promise, SlaRule

# Channels without a threshold of their own use that of the phone (metrics.md, section 7).
THRESHOLD_MS: Final = DurationMs(20 * SECOND_MS)
THRESHOLDS_MS: Final = {"phone": THRESHOLD_MS, "chat": DurationMs(60 * SECOND_MS), "video": DurationMs(60 * SECOND_MS)}
SHORT_ABANDON_MS: Final = DurationMs(5 * SECOND_MS)
RESPONSE_TARGETS_MS: Final = {
    "phone": DurationMs(4 * MINUTE_MS),
    "video": DurationMs(4 * MINUTE_MS),
    "chat": DurationMs(2 * MINUTE_MS),
    "social": DurationMs(HOUR_MS),
    "sms": DurationMs(HOUR_MS),
    "messaging": DurationMs(HOUR_MS),
    "email": DurationMs(24 * HOUR_MS),
    "form": DurationMs(24 * HOUR_MS),
    "forum": DurationMs(24 * HOUR_MS),
    "other": DurationMs(24 * HOUR_MS),
}

PROMISES_MAX: Final = 10_000
"""How many promises are kept looked up."""


class QueuePolicy(msgspec.Struct, frozen=True, array_like=True):
    """What one queue sets for itself; None = the default of the channel."""

    threshold_ms: DurationMs | None = None
    short_abandon_ms: DurationMs | None = None
    calendar: str | None = None  # its hours; None: always open


class Policy(msgspec.Struct, frozen=True, array_like=True, dict=True):
    """One revision. Two policies with equal content are equal but for `revision`.

    calendars  by name, with all that they need: a case may live under a revision that no configuration knows any more
    slas       the first that holds for a case and names a clock says what is promised there
    """

    revision: int = 0
    queues: dict[str, QueuePolicy] = {}
    visit_limit_ms: DurationMs = DurationMs(4 * HOUR_MS)
    chat_visit_limit_ms: DurationMs = DurationMs(24 * HOUR_MS)
    talk_limit_ms: DurationMs = DurationMs(12 * HOUR_MS)
    wrap_up_limit_ms: DurationMs = DurationMs(10 * MINUTE_MS)
    left_after_ms: DurationMs = DurationMs(0)  # without a purchase a customer has left; 0: only who says so
    zone: str = "UTC"  # of the business days of the site, which begin `reset_minutes` after midnight
    reset_minutes: int = 0
    per_agent: bool = False  # what a person did is counted once more in a cell of their own
    calendars: dict[str, Calendar] = {}
    slas: tuple[SlaRule, ...] = ()

    def threshold_ms(self, queue: str, channel: str) -> DurationMs:
        """T: a wait of at most this is in time."""
        own = self.queues.get(queue)
        if own is not None and own.threshold_ms is not None:
            return own.threshold_ms
        return THRESHOLDS_MS.get(channel, THRESHOLD_MS)

    def short_abandon_ms(self, queue: str) -> DurationMs:
        """s: an abandon after at most this is short, and left out of ratios. Never above the threshold: the configuration refuses that."""
        own = self.queues.get(queue)
        return SHORT_ABANDON_MS if own is None or own.short_abandon_ms is None else own.short_abandon_ms

    def response_target_ms(self, channel: str) -> DurationMs:
        """Target of first and next responses alike, by the clock."""
        return RESPONSE_TARGETS_MS[channel]

    def calendar_of(self, queue: str) -> Calendar | None:
        """The hours of a queue; None: always open."""
        own = self.queues.get(queue)
        return None if own is None or own.calendar is None else self.calendars[own.calendar]

    @cached_property
    def keeps_hours(self) -> bool:
        """Whether some queue has a calendar."""
        return any(queue.calendar is not None for queue in self.queues.values())

    def promise(self, clock: int, cell: Cell) -> Promise | None:
        """What is promised to a case with those labels."""
        key, known = (clock, cell), self._promises
        if key not in known:
            if len(known) >= PROMISES_MAX:  # producers make up queues
                known.clear()
            known[key] = self._promise(clock, cell)
        return known[key]

    def _promise(self, clock: int, cell: Cell) -> Promise | None:
        for rule in self.slas:
            target_ms = rule.targets_ms[clock]
            if target_ms is not None and rule.holds_for(cell):
                named = None if rule.calendar in (None, ALWAYS) else self.calendars[str(rule.calendar)]
                calendar = self.calendar_of(cell.queue) if rule.calendar is None else named
                pause = frozenset(f.UNRESOLVED[status] for status in rule.pause)
                return Promise(target_ms, DurationMs(target_ms * rule.at_risk // 10_000), calendar, pause)
        return None

    @cached_property
    def promised(self) -> frozenset[int]:
        """Clocks on which something is promised to somebody."""
        return frozenset(clock for rule in self.slas for clock, target_ms in enumerate(rule.targets_ms) if target_ms is not None)

    @cached_property
    def _promises(self) -> dict[tuple[int, Cell], Promise | None]:
        return {}

    def visit_limit_of(self, channel: str) -> DurationMs:
        """After this a visit without an end is unobserved."""
        return self.chat_visit_limit_ms if channel == "chat" else self.visit_limit_ms

    def same_rules(self, other: Policy) -> bool:
        """Whether nothing but the revision differs."""
        return msgspec.structs.replace(self, revision=0) == msgspec.structs.replace(other, revision=0)
