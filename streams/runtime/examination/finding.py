"""What was looked at, how it is, and what to do."""

from __future__ import annotations

from typing import Literal

import msgspec

State = Literal["fine", "warning", "wrong"]
"""wrong: it does not work, or figures will be missing. warning: it works, until something else happens."""


class Finding(msgspec.Struct, frozen=True):
    """One of them. `do` is empty where all is fine."""

    about: str
    state: State
    found: str
    do: str = ""


def of_error(about: str, error: Exception) -> Finding:
    """What an error says up to its first colon is what was found; what comes after it is what to do."""
    found, _, do = str(error).partition(": ")
    return Finding(about, "wrong", found, do)
