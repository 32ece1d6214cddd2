"""A shard's own two rows: `ShardRow` in its state, `ClockRow` beside the panes for boards."""

from __future__ import annotations

import msgspec

from schemas.state import CLOCK_KEY, SHARD_KEY, ClockRow, ShardRow
from streams.core.log import Restored
from streams.core.settings import ShardSettings
from streams.core.state_version import check_state_version

encode_own = msgspec.msgpack.Encoder().encode
_decode_shard = msgspec.msgpack.Decoder(ShardRow).decode
_decode_clock = msgspec.msgpack.Decoder(ClockRow).decode


class CalendarChanged(Exception):
    """The panes of the state are of other business days than those wanted now: their sums by day cannot go on."""

    def __init__(self, then: str, now: str) -> None:
        super().__init__(
            f"the state counts by days of {then}, the configuration says {now}: set zone and reset back, or begin anew under another app"
        )


def calendar_of(settings: ShardSettings) -> str:
    """By which business days the panes count."""
    hours, minutes = divmod(settings.reset_minutes, 60)
    return f"{settings.zone.key} from {hours:02}:{minutes:02}"


def take_own(restored: Restored, settings: ShardSettings) -> tuple[ShardRow, ClockRow] | None:
    """Take the shard's own rows out of the last checkpoint; None: there has been none. Raises OtherStateVersion, CalendarChanged."""
    encoded = restored.state.pop(SHARD_KEY, None)
    if encoded is None:
        assert not restored.state, f"{len(restored.state)} rows without the shard's own"
        return None
    check_state_version(encoded)
    own = _decode_shard(encoded)
    if own.calendar != calendar_of(settings):
        raise CalendarChanged(own.calendar, calendar_of(settings))
    return own, _decode_clock(restored.panes.pop(CLOCK_KEY))
