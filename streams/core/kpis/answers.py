"""Formulas over answers of surveys (metrics.md, section 5)."""

from __future__ import annotations

from typing import Final

import msgspec

from streams.core.kpis.formulas import Count, Mean, Ratio
from streams.core.kpis.result import NO_SAMPLE, Result
from streams.core.kpis.view import View

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


class NetPromoters(msgspec.Struct, frozen=True):
    """Promoters less detractors, of a hundred answers."""

    promoters: Count
    detractors: Count
    answers: Count

    def of(self, view: View) -> Result:
        answers = self.answers.amount(view.sums)
        if not answers:
            return NO_SAMPLE
        return Result(100 * (self.promoters.amount(view.sums) - self.detractors.amount(view.sums)) / answers, answers)
