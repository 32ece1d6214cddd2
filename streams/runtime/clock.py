"""The one place where the runtime asks what time it is; whoever needs the time is handed one of these."""

from __future__ import annotations

import time
from collections.abc import Callable

from schemas.values import EpochMs

Clock = Callable[[], EpochMs]


def wall_clock() -> EpochMs:
    return EpochMs(time.time_ns() // 1_000_000)


def steady_s() -> float:
    """Seconds since some instant; never set, and goes on while the machine sleeps: for leases, which others see run out."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))
