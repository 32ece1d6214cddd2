"""Thresholds, short abandons, response targets and limits: what a fold needs to know beside the events (metrics.md, sections 3 and 4).

A case keeps the policy that was in force when it opened, so a policy is a value with a revision and is stored with the state.
"""

from __future__ import annotations

from typing import Final

import msgspec

from schemas.values import HOUR_MS, MINUTE_MS, SECOND_MS, DurationMs

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


class QueuePolicy(msgspec.Struct, frozen=True, array_like=True):
    """What one queue sets for itself; None = the default of the channel."""

    threshold_ms: DurationMs | None = None
    short_abandon_ms: DurationMs | None = None


class Policy(msgspec.Struct, frozen=True, array_like=True):
    """One revision. Two policies with equal content are equal but for `revision`."""

    revision: int = 0
    queues: dict[str, QueuePolicy] = {}
    visit_limit_ms: DurationMs = DurationMs(4 * HOUR_MS)
    chat_visit_limit_ms: DurationMs = DurationMs(24 * HOUR_MS)
    talk_limit_ms: DurationMs = DurationMs(12 * HOUR_MS)
    wrap_up_limit_ms: DurationMs = DurationMs(10 * MINUTE_MS)

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
    left_after_ms: DurationMs = DurationMs(0)  # without a purchase a customer has left; 0: only who says so
    zone: str = "UTC"  # of the business days of the site, which begin `reset_minutes` after midnight
    reset_minutes: int = 0
    per_agent: bool = False  # what a person did is counted once more in a cell of their own

    def response_target_ms(self, channel: str) -> DurationMs:
        """Target of first and next responses alike, by the clock."""
        return RESPONSE_TARGETS_MS[channel]

    def visit_limit_of(self, channel: str) -> DurationMs:
        """After this a visit without an end is unobserved."""
        return self.chat_visit_limit_ms if channel == "chat" else self.visit_limit_ms

    def same_rules(self, other: Policy) -> bool:
        """Whether nothing but the revision differs."""
        return msgspec.structs.replace(self, revision=0) == msgspec.structs.replace(other, revision=0)
