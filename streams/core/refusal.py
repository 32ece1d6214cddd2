"""Why a record is no event: the reason, and a detail that says what was expected, what came, and where."""

from __future__ import annotations

from typing import Final

import msgspec
from msgspec import Raw

from schemas.records import RejectionReason

SHOWN_MAX: Final = 48


class Refusal(Exception):
    """The record is no event. Never leaves the core: intake makes a `Rejected` of it."""

    def __init__(self, reason: RejectionReason, detail: str) -> None:
        super().__init__(reason, detail)
        self.reason: RejectionReason = reason
        self.detail = detail


def shown(found: object) -> str:
    """What came, as JSON, short enough for a header."""
    if found is None:
        return "nothing"
    text = (bytes(found) if isinstance(found, Raw) else msgspec.json.encode(found)).decode("utf-8", "replace")
    return text if len(text) <= SHOWN_MAX else f"{text[:SHOWN_MAX]}…"
