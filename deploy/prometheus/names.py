"""Names on /metrics, looked up in the tables that /metrics is made of: a rule about a family that is gone is not written."""

from __future__ import annotations

from typing import Final

from streams.outputs.metric import PREFIX
from streams.outputs.parts import PARTS
from streams.outputs.standing_families import STANDINGS

SEEN: Final = "30s"
"""What was seen so long ago still holds where a scrape fails: or an alert would resolve and call again, or never get through its `for`."""
COUNTED = {part.stem for part in PARTS if part.counter}
SUMMED = {part.stem for part in PARTS}
STANDING = {stood.name for stood in STANDINGS}


def counter(stem: str) -> str:
    """What grows as minutes close."""
    assert stem in COUNTED, f"/metrics has no counter {stem}"
    return f"{PREFIX}{stem}_total"


def today(stem: str) -> str:
    """What was counted since the day began."""
    assert stem in SUMMED, f"/metrics has no {stem} of today"
    return f"{PREFIX}today_{stem}"


def standing(name: str) -> str:
    """What stands now."""
    assert name in STANDING, f"/metrics has no standing {name}"
    return f"{PREFIX}{name}"


CLOCK = "max by (site) (deskpulse_clock_timestamp_seconds)"
"""The instant that the numbers of a site belong to. Not recorded: groups are evaluated in no order, and each stands for itself."""
OPEN = "and on (site, queue) (max by (site, queue) (deskpulse_queue_open) == 1)"
"""Only while the queue is open."""
