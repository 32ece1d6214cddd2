"""RFC 3339 text to epoch milliseconds, and back."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Final

from schemas.values import DAY_MS, SECOND_MS, EpochMs
from schemas.words import TIME_MS_MAX

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
FORM: Final = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:(?:[0-5]\d|60)(?:\.\d+)?(?:[Zz]|[+-](?:[01]\d|2[0-3]):[0-5]\d)", re.ASCII)


def instant_ms(text: str) -> EpochMs:
    """The instant that RFC 3339 `text` names, cut (not rounded) to whole milliseconds.

    A zone (`Z` or an offset up to 23:59) has to be there. The leap second 23:59:60 UTC is the first second of the next day, as on
    clocks that count Unix time. Raises ValueError for any other text, and for instants before 1970 or after 9999.
    """
    leap_ms = 0
    # The two usual forms, 12:30:00Z and 12:30:00.123Z, need no pattern: 0.5 us instead of 1.2. What these positions let through and
    # RFC 3339 does not, `fromisoformat` refuses.
    size = len(text)
    usual = (size == 20 or (size == 24 and text[19] == ".")) and text[-1] == "Z"
    if not (usual and text[7] == "-" and text[10] == "T" and text[13] == ":" and text[16] == ":" and text[17] != "6"):
        if FORM.fullmatch(text) is None:
            raise ValueError("not of the form 2024-01-31T12:30:00Z")
        text = text.upper()
        if text[17] == "6":
            text = f"{text[:17]}59{text[19:]}"
            leap_ms = SECOND_MS
    since = datetime.fromisoformat(text) - EPOCH
    second_ms = since.days * DAY_MS + since.seconds * SECOND_MS + leap_ms
    at_ms = second_ms + since.microseconds // 1_000
    if leap_ms and second_ms % DAY_MS:
        raise ValueError("a leap second can only be 23:59:60 UTC")
    if not 0 <= at_ms <= TIME_MS_MAX:
        raise ValueError("outside the years 1970 to 9999")
    return EpochMs(at_ms)


def rfc3339(at_ms: int) -> str:
    """UTC with milliseconds and `Z`."""
    return datetime.fromtimestamp(at_ms // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%S") + f".{at_ms % 1000:03d}Z"
