"""The head of each row of cases and customers: when it is due, so that a restore has to decode nothing."""

from __future__ import annotations

from typing import Final

from schemas.values import NEVER_MS

DUE_BYTES: Final = 8

assert NEVER_MS < 1 << 8 * DUE_BYTES - 1


def due_head(due_ms: int) -> bytes:
    """What a row begins with; NEVER_MS: it is not due."""
    return due_ms.to_bytes(DUE_BYTES, "big")


def due_of(row: bytes) -> int:
    """The due instant of a row, NEVER_MS if none."""
    return int.from_bytes(row[:DUE_BYTES], "big")
