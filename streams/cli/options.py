"""What is typed behind an option -> its value, or what is expected instead in the words of this program, not in Python's."""

from __future__ import annotations

import argparse

from schemas.values import EpochMs
from streams.sources.event_files import instant


def instant_of(written: str, or_else: str = "") -> EpochMs:
    """RFC 3339 with a zone, or epoch milliseconds. or_else: what else may be written"""
    at_ms = instant(int(written) if written.isdecimal() else written)
    if at_ms is None:
        if instant(f"{written}Z") is not None:
            raise argparse.ArgumentTypeError(f"{written} has no zone: add Z or an offset such as +02:00")
        raise argparse.ArgumentTypeError(f"{written}: write 2024-03-04T08:00:00Z or epoch milliseconds{or_else}")
    return at_ms


def number(written: str) -> float:
    try:
        return float(written)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{written} is not a number") from None


def positive(written: str) -> float:
    found = number(written)
    if not 0 < found < float("inf"):
        raise argparse.ArgumentTypeError(f"{written}: write a number above 0")
    return found


def not_negative(written: str) -> float:
    found = number(written)
    if not 0 <= found < float("inf"):
        raise argparse.ArgumentTypeError(f"{written}: write a number from 0 on")
    return found


def share(written: str) -> float:
    found = number(written)
    if not 0 <= found <= 1:
        raise argparse.ArgumentTypeError(f"{written}: write a share from 0 to 1, 0.01 = one in a hundred")
    return found


def whole(written: str) -> int:
    if not written.removeprefix("-").isdecimal():
        raise argparse.ArgumentTypeError(f"{written} is not a whole number")
    return int(written)


def at_least_one(written: str) -> int:
    found = whole(written)
    if found < 1:
        raise argparse.ArgumentTypeError(f"{written}: write a whole number from 1 on")
    return found
