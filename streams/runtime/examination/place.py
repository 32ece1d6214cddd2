"""The directory of an embedded log: is it there, may we write, is there room."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from streams.runtime.examination.finding import Finding
from streams.runtime.transport.database import FILE

ROOM_MIN: Final = 100 << 20
ROOM_GOOD: Final = 1 << 30


def examine(directory: Path) -> Iterator[Finding]:
    there = next(place for place in (directory, *directory.absolute().parents) if place.exists())
    if not there.is_dir():
        yield Finding("log", "wrong", f"{there} is not a directory", "name another directory in `log`, or in DESKPULSE_STATE")
        return
    if not os.access(there, os.W_OK | os.X_OK):
        yield Finding("log", "wrong", f"this user may not write in {there}", f"chown it, or run as {there.owner()}")
    elif not (directory / FILE).exists():
        yield Finding("log", "warning", f"nothing has run in {directory} yet", "start `deskpulse run`")
    else:
        yield Finding("log", "fine", f"{directory / FILE}, {(directory / FILE).stat().st_size / 1e6:.0f} MB")
    yield _room(there, shutil.disk_usage(there).free)


def _room(where: Path, free: int) -> Finding:
    found = f"{free / 1e9:.1f} GB free where {where} lies"
    if free >= ROOM_GOOD:
        return Finding("disk", "fine", found)
    return Finding(
        "disk", "wrong" if free < ROOM_MIN else "warning", found, "make room: on a full disk nothing comes in, though nothing is lost"
    )
