"""Formulas over answers of surveys (metrics.md, section 5)."""

from __future__ import annotations

from typing import Final

import msgspec

from streams.core.kpis.formulas import Mean, Ratio, Result, View

ANONYMOUS: Final = 5
"""Of fewer answers of agents about their work nothing is shown."""


class Discreet(msgspec.Struct, frozen=True):
    """Another formula, rounded to tenths, and hidden where its sample is so small that it would give somebody away."""

    formula: Mean | Ratio

    def of(self, view: View) -> Result:
        found = self.formula.of(view)
        if found.value is None or found.samples is None:
            return found
        if found.samples < ANONYMOUS:
            return Result(None, found.samples, reason="hidden")
        return Result(round(found.value, 1), found.samples)
