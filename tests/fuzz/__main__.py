"""`make fuzz`: garbage for all that takes something in, for minutes; MINUTES=10, ARGS="intake shard" for these alone.

For each target: how much was tried, how much memory that took in the end, how many lines were logged. A failure prints what to try again.
"""

from __future__ import annotations

import argparse
import logging
import os
import resource
import sys
import time
from collections.abc import Callable
from contextlib import redirect_stderr
from io import StringIO
from typing import Final

from hypothesis import HealthCheck, Phase, settings
from hypothesis import seed as seeded

from tests.fuzz.targets import TARGETS

PHASES: Final = set(Phase) - {Phase.explain}
EXAMPLES: Final = 300
"""Of one go; the next has another seed."""
GROWTH_BYTES_MAX: Final = 300 << 20
"""After the first go, in which everything is loaded."""
LINES_PER_EXAMPLE_MAX: Final = 1


class Lines(logging.Handler):
    """Counts what is logged."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.count = 0
        self.last = ""

    def emit(self, record: logging.LogRecord) -> None:
        self.count += 1
        self.last = record.getMessage()[:200]


def fuzz(name: str, target: Callable[[], None], seconds: float, seed: int) -> str:
    """Runs it for so long; returns what there is to tell."""
    lines = Lines()
    logging.getLogger().addHandler(lines)
    quick = settings(
        max_examples=EXAMPLES, deadline=None, database=None, phases=PHASES, suppress_health_check=list(HealthCheck), print_blob=True
    )
    run = quick(target)
    began, goes, first_bytes = time.monotonic(), 0, 0
    with redirect_stderr(StringIO()):  # on a terminal a report shows how far it is
        while time.monotonic() - began < seconds:
            seeded(seed + goes)(run)()
            goes += 1
            first_bytes = first_bytes or peak_bytes()
    logging.getLogger().removeHandler(lines)
    growth = peak_bytes() - first_bytes
    assert growth < GROWTH_BYTES_MAX, f"{name}: {growth >> 20} MB more than after the first go"
    assert lines.count <= LINES_PER_EXAMPLE_MAX * goes * EXAMPLES, f"{name}: {lines.count} lines were logged, the last is {lines.last}"
    return f"{name}: {goes * EXAMPLES} tried in {time.monotonic() - began:.0f} s, {growth >> 20} MB more, {lines.count} lines logged"


def peak_bytes() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def main() -> int:
    parser = argparse.ArgumentParser(prog="make fuzz", description=__doc__)
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=f"these alone: {', '.join(TARGETS)}")
    parser.add_argument("--minutes", type=float, default=float(os.environ.get("MINUTES") or 10), help="for each target (default: 10)")
    args = parser.parse_args()
    seed = int.from_bytes((os.environ.get("SEED") or os.urandom(4).hex()).encode()) % (1 << 62)
    print(f"seed {seed}")
    for name in args.targets or TARGETS:
        print(fuzz(name, TARGETS[name], args.minutes * 60, seed), flush=True)
    print("nothing failed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
