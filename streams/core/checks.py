"""What an event has to keep beyond the types of its fields: the score lies on its scale, the money is the site's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from schemas.customers import CustomerPurchased
from schemas.events import Event
from schemas.finance import FinanceEntry
from schemas.surveys import SurveyAnswered, scale_of
from streams.core.refusal import Refusal

Check = Callable[[Any, str], None]
"""(event, currency of the site). Raises Refusal."""


def _score(event: SurveyAnswered, currency: str) -> None:
    low, high = scale_of(event)
    if low >= high:
        raise Refusal("bad_type", f"expected a scale from low to high, got {low:g} to {high:g} @ $.max")
    if not low <= event.score <= high:
        raise Refusal("bad_type", f"expected a score from {low:g} to {high:g}, got {event.score:g} @ $.score")


def _currency(event: CustomerPurchased | FinanceEntry, currency: str) -> None:
    if event.currency != currency:
        raise Refusal("bad_type", f"expected the site's currency {currency}, got {event.currency} @ $.currency")


CHECKS: Final[dict[type[Event], Check]] = {SurveyAnswered: _score, CustomerPurchased: _currency, FinanceEntry: _currency}
