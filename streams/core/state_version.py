"""Whether rows of an internal topic are ours to read: of our version, and counted by our days."""

from __future__ import annotations

import msgspec

from schemas.state import STATE_VERSION
from streams.core.clocks.days import Days


class OtherStateVersion(Exception):
    """The state was written by a release with another version of the rows."""

    def __init__(self, version: int, release: str) -> None:
        newer, older = f"start {release} or newer", "begin anew under another app, which counts the events of the log again"
        super().__init__(
            f"the state is of version {version}, by deskpulse {release}; this program reads version {STATE_VERSION}: "
            f"{newer if version > STATE_VERSION else older}"
        )


class CalendarChanged(Exception):
    """The panes of the state are of other business days than those wanted now: their sums by day cannot go on."""

    def __init__(self, then: str, now: str) -> None:
        super().__init__(
            f"the state counts by days of {then}, the configuration says {now}: set zone and reset to what they were, for all processes, "
            "or begin anew under another app"
        )


def check_state_version(encoded: bytes) -> None:
    """Of a row that begins with version and release, whatever shape the rest is of. Raises OtherStateVersion."""
    version, release = msgspec.msgpack.decode(encoded)[:2]
    if version != STATE_VERSION:
        raise OtherStateVersion(version, release)


def check_calendar(calendar: str, days: Days) -> None:
    """Of the days that a row is counted by. Raises CalendarChanged."""
    if calendar != days.calendar:
        raise CalendarChanged(calendar, days.calendar)
