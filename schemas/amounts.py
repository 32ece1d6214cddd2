"""Decimal text to whole millionths: how money and scores are counted without rounding.

An amount has up to 12 digits before the point and 6 after it, so it is a whole number of millionths of the currency's unit (of a cent the
ten-thousandth part) that 64 bits hold. Sums are kept in two halves, so that 64 bits hold them too, however many there are: see `halves`.
"""

from __future__ import annotations

import re
from decimal import ROUND_FLOOR, Decimal
from typing import Final

from schemas.words import AMOUNT_MAX

MILLIONTHS: Final = 1_000_000
DECIMALS: Final = 6
DIGITS_MAX: Final = 28
"""What decimal arithmetic keeps."""
NUMBER: Final = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]{1,3})?")
HALF: Final = 10_000 * MILLIONTHS
"""The larger half of a sum counts in these."""


def millionths(text: str) -> int:
    """ "12.5" -> 12_500_000. `text` is as `schemas.words.Amount` wants it."""
    whole, _, fraction = text.partition(".")
    size = int(whole) * MILLIONTHS
    rest = int(fraction.ljust(DECIMALS, "0")) if fraction else 0
    return size - rest if whole.startswith("-") else size + rest


def halves(amount: int) -> tuple[int, int]:
    """The amount as (how many times HALF, the rest from 0 on): sums of each add up apart."""
    return divmod(amount, HALF)


def amount_text(written: str) -> str:
    """A number as JSON or a person writes it, such as 1e3, 12.50 or "12.5", as an `Amount`.

    Raises ValueError where it is none, has more than 6 decimals or more than 12 digits before the point.
    """
    if NUMBER.fullmatch(written) is None:
        raise ValueError("not a decimal number")
    number = Decimal(written)
    if abs(number) >= AMOUNT_MAX + 1:
        raise ValueError(f"not between -{AMOUNT_MAX} and {AMOUNT_MAX}")
    if len(number.as_tuple().digits) > DIGITS_MAX or number != round(number, DECIMALS):
        raise ValueError(f"more than {DECIMALS} decimals")
    return f"{number.normalize():f}" if number else "0"


def thousandths(number: float) -> int:
    """4.25 -> 4_250; what is finer is cut off, downwards."""
    if isinstance(number, int):
        return number * 1_000
    return int((Decimal(repr(number)) * 1_000).to_integral_value(ROUND_FLOOR))
