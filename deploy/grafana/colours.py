"""Colours that mean something, and from where on: they can be told apart by people who do not see red and green (Okabe and Ito)."""

from __future__ import annotations

from typing import Final

GOOD: Final = "#009E73"
WARN: Final = "#E69F00"
BAD: Final = "#D55E00"
CALM: Final = "#56B4E9"
PLAIN: Final = "text"

Steps = tuple[tuple[float | None, str], ...]
"""From which value on which colour; the first one from below all values."""

NEUTRAL: Final[Steps] = ((None, CALM),)
NONE_IS_GOOD: Final[Steps] = ((None, GOOD), (1, BAD))
NONE_IS_CALM: Final[Steps] = ((None, CALM), (1, WARN))
TO_TARGET: Final[Steps] = ((None, BAD), (-0.05, WARN), (0, GOOD))
"""Of a service level less its target: within five points below it is not yet bad."""
COMPLETE: Final[Steps] = ((None, BAD), (1, GOOD))
AGE: Final[Steps] = ((None, GOOD), (5, WARN), (30, BAD))
"""Of data, in seconds: from 5 on the page of the board is stale as well, from 30 on somebody is paged."""
ONE_IS_GOOD: Final[Steps] = ((None, BAD), (1, GOOD))
OF_THRESHOLD: Final[Steps] = ((None, GOOD), (1, WARN), (3, BAD))
"""Of a wait / the threshold of its queue."""
