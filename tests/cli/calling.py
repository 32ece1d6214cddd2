"""`deskpulse` as a person calls it: a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from tests.tools import ROOT


class Ended(NamedTuple):
    code: int
    out: str
    err: str


def deskpulse(*arguments: str | Path, env: Mapping[str, str] | None = None, python: tuple[str, ...] = ()) -> Ended:
    """Runs it to its end, its state in a place that is not the user's.

    env     added to what is needed to start at all; nothing else of ours is seen
    python  options of the interpreter
    """
    environ = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "PYTHONPATH": str(ROOT), "TZ": "UTC", **(env or {})}
    argv = [sys.executable, *python, "-m", "streams.cli", *map(str, arguments)]
    done = subprocess.run(argv, env=environ, capture_output=True, text=True, timeout=60)
    return Ended(done.returncode, done.stdout, done.stderr)
