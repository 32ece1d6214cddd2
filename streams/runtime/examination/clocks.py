"""The clocks: of this machine, of workers, of those who write events. A clock that is off moves every wait and every promise."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator, Sequence
from typing import Final

from schemas.instants import rfc3339
from schemas.values import MINUTE_MS, SECOND_MS, EpochMs
from streams.runtime.examination.finding import Finding
from streams.runtime.heartbeat import Heartbeat

WORKER_AHEAD_MS: Final = 2 * SECOND_MS
EVENTS_AHEAD_MS: Final = MINUTE_MS
_UNSYNCHRONISED: Final = 0x40
_TIMEX_BYTES: Final = 512  # more than struct timex has anywhere
_STATUS: Final = 4 * ctypes.sizeof(ctypes.c_long) + ctypes.sizeof(ctypes.c_long)  # behind modes (padded), offset, freq, maxerror, esterror


def kept_by_the_kernel() -> bool | None:
    """Whether a time service keeps the clock of this machine; None: it does not say."""
    timex = ctypes.create_string_buffer(_TIMEX_BYTES)  # modes 0: only read
    try:
        answer = ctypes.CDLL(None).adjtimex(timex)
    except (OSError, AttributeError):
        return None
    return None if answer < 0 else not ctypes.c_int.from_buffer(timex, _STATUS).value & _UNSYNCHRONISED


def of_this_machine(kept: bool | None) -> Finding:
    if kept is None:
        return Finding(
            "clock", "warning", "this system does not say whether a time service keeps it", "compare it with another one: date -u"
        )
    if not kept:
        return Finding("clock", "warning", "no time service keeps it", "run one: apt-get install chrony; in a container: on its host")
    return Finding("clock", "fine", "kept by a time service")


def of_others(heartbeats: Sequence[Heartbeat], now_ms: EpochMs) -> Iterator[Finding]:
    """What their own words say of them; a clock that is behind cannot be told from one who is silent."""
    for heartbeat in heartbeats:
        ahead_ms = heartbeat.at_ms - now_ms
        if ahead_ms > WORKER_AHEAD_MS:
            found = f"that of worker {heartbeat.worker} is {ahead_ms / SECOND_MS:.0f} s ahead of ours"
            yield Finding("clock", "wrong", found, "run a time service on both machines: breaches are told by these clocks")
    marks = [beat.watermark_ms for heartbeat in heartbeats for beat in heartbeat.partitions if beat.watermark_ms is not None]
    latest_ms = max(marks, default=now_ms)
    if latest_ms - now_ms > EVENTS_AHEAD_MS:
        found = f"the latest event says {rfc3339(latest_ms)}, {(latest_ms - now_ms) / MINUTE_MS:.0f} min ahead of ours"
        yield Finding("clock", "warning", found, "set the clock of who writes events right, or ours; `time` is UTC or has an offset")
