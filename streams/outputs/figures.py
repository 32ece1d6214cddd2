"""Numbers as people read them. `–` where there is none; a missing number is never 0."""

from __future__ import annotations

from typing import Final

from streams.core.kpis.kpi import Unit

NO_NUMBER: Final = "–"
NARROW_SPACE: Final = "\N{NARROW NO-BREAK SPACE}"


def figure(value: float | None, unit: Unit) -> str:
    """1 234, 82 %, 41 s, 4:05 min, 2:15 h, 1.4 d."""
    if value is None:
        return NO_NUMBER
    if unit == "ratio":
        per_cent = value * 100
        return f"{per_cent:.0f}{NARROW_SPACE}%" if per_cent >= 10 or per_cent == round(per_cent) else f"{per_cent:.1f}{NARROW_SPACE}%"
    if unit == "seconds":
        return length(value)
    if unit in ("number", "score"):
        return f"{value:.1f}"
    if unit == "money":
        return f"{value:,.2f}".replace(",", NARROW_SPACE)
    if unit == "days":
        return f"{value:.1f}{NARROW_SPACE}d"
    return f"{value:,}".replace(",", NARROW_SPACE)


def length(seconds: float) -> str:
    """A length of time with the unit that fits it."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole}{NARROW_SPACE}s"
    if whole < 3600:
        return f"{whole // 60}:{whole % 60:02d}{NARROW_SPACE}min"
    if whole < 48 * 3600:
        return f"{whole // 3600}:{whole % 3600 // 60:02d}{NARROW_SPACE}h"
    return f"{whole / 86400:.1f}{NARROW_SPACE}d"
