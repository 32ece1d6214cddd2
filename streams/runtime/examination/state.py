"""The state that is there: is it of our version, and counted by our days."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from schemas.state import STATE_VERSION, ClockRow
from streams.core.clocks.days import Days
from streams.core.state_version import CalendarChanged, OtherStateVersion, check_calendar, check_state_version
from streams.runtime.examination.finding import Finding, of_error

_decode = msgspec.msgpack.Decoder(ClockRow).decode


def examine(clocks: Sequence[bytes], days: Days) -> Finding | None:
    """By the rows of the clocks of all shards; None: nobody has worked yet."""
    if not clocks:
        return None
    releases = set()
    try:
        for row in clocks:
            check_state_version(row)
            clock = _decode(row)
            check_calendar(clock.calendar, days)
            releases.add(clock.release)
    except (OtherStateVersion, CalendarChanged) as error:
        return of_error("state", error)
    by = " and ".join(sorted(releases))
    return Finding("state", "fine", f"version {STATE_VERSION}, by deskpulse {by}, counts by days of {days.calendar}")
