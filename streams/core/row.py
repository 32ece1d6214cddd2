"""A row: the one shape in which numbers go out (output.md, section 1)."""

from __future__ import annotations

from typing import Any

import msgspec

from streams.core.kpis.targets import Level


class Row(msgspec.Struct, omit_defaults=True, kw_only=True):
    """One number. Durations in seconds, ratios 0..1. `value` None has a `reason`.

    few       its sample is too small to judge by: to be shown grey, and without a level
    level     ok, warn or crit, where a target is set
    previous  the same of the window before, where that was asked for: with its sample, from when to when, and why there is none
    compare   the same of the window before and of other days, as far as it is known: for boards
    """

    kpi: str
    stat: str
    window: str
    labels: dict[str, str]
    value: float | int | None
    samples: int | None = None
    low: float | None = None
    high: float | None = None
    since: str | None = None
    partial: bool = False
    reason: str | None = None
    few: bool = False
    level: Level | None = None
    previous: float | int | msgspec.UnsetType | None = msgspec.UNSET
    previous_samples: int | None = None
    previous_start: str | None = None
    previous_end: str | None = None
    previous_reason: str | None = None
    compare: dict[str, float | int] = {}

    def document(self) -> dict[str, Any]:
        """As it is printed: `value` also where it is null, everything else only where it applies."""
        known: dict[str, Any] = msgspec.to_builtins(self)
        return known
