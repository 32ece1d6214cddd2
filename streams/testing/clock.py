"""A clock that a test moves."""

from __future__ import annotations

from schemas.values import DurationMs, EpochMs


class ManualClock:
    """Stands still until it is told otherwise; may be set back, as real ones are."""

    def __init__(self, now_ms: EpochMs) -> None:
        self.now_ms = now_ms

    def __call__(self) -> EpochMs:
        return self.now_ms

    def forward(self, by_ms: DurationMs) -> None:
        self.now_ms = EpochMs(self.now_ms + by_ms)
