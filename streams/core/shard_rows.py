"""A shard's own two rows: `ShardRow` in its state, `ClockRow` beside the panes for boards."""

from __future__ import annotations

import msgspec

from schemas.state import CLOCK_KEY, SHARD_KEY, ClockRow, ShardRow
from streams.core.clocks.days import Days
from streams.core.log import Restored
from streams.core.state_version import check_calendar, check_state_version

encode_own = msgspec.msgpack.Encoder().encode
_decode_shard = msgspec.msgpack.Decoder(ShardRow).decode
_decode_clock = msgspec.msgpack.Decoder(ClockRow).decode


def take_own(restored: Restored, days: Days) -> tuple[ShardRow, ClockRow] | None:
    """Take the shard's own rows out of the last checkpoint, which counts by `days`; None: there has been none.

    Raises OtherStateVersion, CalendarChanged.
    """
    encoded = restored.state.pop(SHARD_KEY, None)
    if encoded is None:
        assert not restored.state, f"{len(restored.state)} rows without the shard's own"
        return None
    check_state_version(encoded)
    own = _decode_shard(encoded)
    check_calendar(own.calendar, days)
    return own, _decode_clock(restored.panes.pop(CLOCK_KEY))
