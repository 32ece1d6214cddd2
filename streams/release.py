"""Which program this is: its version, and whether its core runs as plain Python or was compiled (deploy/compiled.py)."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from typing import Literal

HOTTEST = "streams.core.shard"


def release() -> str:
    try:
        return version("deskpulse")
    except PackageNotFoundError:
        return "0, not installed"


def core() -> Literal["plain", "compiled"]:
    """Of the modules that this process imports, or would: nothing is imported for the answer."""
    found = find_spec(HOTTEST)
    assert found is not None, HOTTEST
    assert found.origin is not None, found
    return "plain" if found.origin.endswith(".py") else "compiled"
