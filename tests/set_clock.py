"""A wall clock that can be set, for one running program, while the machine's goes on."""

from __future__ import annotations

import subprocess
from pathlib import Path

from tests.tools import COMPILER

SOURCE = Path(__file__).with_suffix(".c")


class SetClock:
    """Programs that are started with `env` go by it."""

    def __init__(self, directory: Path) -> None:
        library = directory / "set_clock.so"
        subprocess.run([COMPILER.path(), "-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o", library, SOURCE], check=True)
        self._ahead = directory / "clock"
        self.set(0)
        self.env = {"LD_PRELOAD": str(library), "DESKPULSE_TEST_CLOCK": str(self._ahead)}

    def set(self, ahead_s: int) -> None:
        """From now on it is ahead of the machine's by so much, or behind it where that is negative."""
        with self._ahead.open("r+b" if self._ahead.exists() else "wb") as file:  # never cut: programs look at it all the time
            file.write((ahead_s * 1_000_000_000).to_bytes(8, "little", signed=True))
