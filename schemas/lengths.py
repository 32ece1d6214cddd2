"""Lengths of time as people write them: 90s, 10m, 24h, 7d."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from schemas.values import DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS

UNITS_MS: Final[Mapping[str, int]] = {"ms": 1, "s": SECOND_MS, "m": MINUTE_MS, "h": HOUR_MS, "d": DAY_MS}


def duration_text(length_ms: int) -> str:
    """The shortest way to write a length of time: 604,800,000 -> 7d."""
    for unit in ("d", "h", "m", "s"):
        if length_ms % UNITS_MS[unit] == 0:
            return f"{length_ms // UNITS_MS[unit]}{unit}"
    return f"{length_ms}ms"
