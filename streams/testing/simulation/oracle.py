"""What has to come out: all records folded at once, by one shard that knows no partitions, no checkpoints and no passing of time."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

import msgspec

from schemas.state import ADDED, CLOCK_KEY, DAY, MINUTE, MONTH, PANE, QUARTER, RING, STANDING, TOTAL, ClockRow, read_key
from schemas.values import DAY_MS, MINUTE_MS, EpochMs
from streams.core.board import BoardSettings, BoardState
from streams.core.clocks.days import Days
from streams.core.clocks.policy import Policy
from streams.core.log import Batch, Record
from streams.core.panes.addition import add_sums
from streams.core.panes.pane import Sums, decode_pane
from streams.core.report import Line
from streams.core.row import Row
from streams.core.settings import ShardSettings
from streams.core.shard import Shard
from streams.core.snapshot import Liveness, Snapshot
from streams.testing.breaches import Breaches, Promise

LIVE: Final = Liveness(partitions=1, live=1, data_age_ms=0, restored=True, leads=True)
STEP_MS: Final = {MINUTE: MINUTE_MS, QUARTER: 15 * MINUTE_MS, DAY: DAY_MS}

Figures = dict[tuple[Any, ...], Sums]
"""Kind, cell and what else names a row -> what is added up in it over all partitions."""


class Expected(NamedTuple):
    """What has to be in the log, and what a board has to show of it."""

    figures: Figures
    snapshot: Snapshot
    breaches: set[Promise]


def folded(
    settings: ShardSettings,
    board_settings: BoardSettings,
    records: Iterable[tuple[Policy, Sequence[tuple[str, bytes]]]],
    now_ms: EpochMs,
    contacts: Iterable[Record] | None = None,
) -> Expected:
    """The moment `now_ms` after all of `records` (topic, value): of the cases under each policy, and in the order of the log where they
    are of the same case.

    contacts  what was told of customers; None: what these cases tell in the end
    """
    found: list[tuple[bytes, bytes]] = []
    board = BoardState(board_settings)
    told: list[Record] = []
    breaches = Breaches()

    def take(shard: Shard, number: int) -> None:
        shard.advance(now_ms)
        changes = shard.take()
        if changes is not None:
            board.apply(number, changes.panes)
            found.extend((key, value) for key, value in changes.panes if value is not None)
            told.extend(Line(0, output.key, output.value) for output in changes.outputs if output.topic == settings.contacts)
            for output in changes.outputs:
                if output.topic == settings.sla_breaches:
                    breaches.hear(output)

    # One more than there are policies: it knows the customers, as whose cases are under which policy is no matter to them.
    for number, (policy, some) in enumerate(records, 1):
        shard = Shard(0, msgspec.structs.replace(settings, partitions=1, bounded=False, policy=policy))
        for topic in settings.topics:
            lines = [Line(offset, None, value) for offset, (_, value) in enumerate(record for record in some if record[0] == topic)]
            shard.apply(topic, Batch(lines, 0, len(lines)), None)
        take(shard, number)
    shard = Shard(0, msgspec.structs.replace(settings, partitions=1, bounded=False))
    lines = [Line(offset, record.key, record.value) for offset, record in enumerate(told if contacts is None else contacts)]
    shard.apply(settings.contacts, Batch(lines, 0, len(lines)), None)
    take(shard, 0)
    days = Days(settings.zone, settings.reset_minutes)
    return Expected(figures(found, now_ms, days), board.snapshot(now_ms, LIVE), breaches.holding)


def figures(rows: Sequence[tuple[bytes, bytes]], now_ms: EpochMs, days: Days) -> Figures:
    """Totals, standings and the panes that are still kept at `now_ms`, added up over the rows of all partitions.

    A shard whose clock stands still reads on: of its rings, what is kept up to the highest event time. A day that could have left its slot
    counts with its month: where nothing took the slot, it is still there.
    """
    clocks = [_decode_clock(value) for key, value in rows if key == CLOCK_KEY]
    last_ms = max([now_ms, *(at_ms for clock in clocks for at_ms in (clock.contacts_ms, *clock.sources.values()))])
    found: Figures = {}
    for key, value in rows:
        kind, *rest = read_key(key)
        if kind == TOTAL:
            add_sums(found.setdefault((kind, *rest), {}), _decode_sums(value))
        elif kind == STANDING:  # how the starts are spread over rows is no matter
            add_sums(found.setdefault((kind, *rest[:-1]), {}), _decode_sums(value))
        elif kind in (PANE, ADDED):
            *cell, resolution, _ = rest
            pane = decode_pane(value)
            step_ms = STEP_MS.get(resolution)
            if step_ms is not None and pane.start_ms // step_ms > last_ms // step_ms - RING[resolution]:
                add_sums(found.setdefault((PANE, *cell, resolution, pane.start_ms), {}), pane.sums)
            elif resolution in (DAY, MONTH):
                month = days.month(days.number(pane.start_ms))
                add_sums(found.setdefault((PANE, *cell, MONTH, month), {}), pane.sums)
    return {name: sums for name, sums in found.items() if sums}


def wrong_figures(ours: Figures, theirs: Figures) -> list[str]:
    """Figures that are not the same, each in a line."""
    wrong = []
    for name in sorted(ours.keys() | theirs.keys()):
        own, expected = ours.get(name, {}), theirs.get(name, {})
        if own != expected:
            wrong.append(f"{name}: in the log {_apart(own, expected)}, expected {_apart(expected, own)}")
    return wrong


def _apart(sums: Sums, from_: Mapping[int, int]) -> Sums:
    return {field: amount for field, amount in sums.items() if amount != from_.get(field)}


class RowName(NamedTuple):
    kpi: str
    stat: str
    window: str
    labels: tuple[tuple[str, str], ...]


def rows_by_name(snapshot: Snapshot, windows: Collection[str], cuts: Collection[tuple[str, ...]]) -> dict[RowName, Row]:
    rows = snapshot.rows(windows=windows, cuts=cuts)
    return {RowName(row.kpi, row.stat, row.window, tuple(sorted(row.labels.items()))): row for row in rows}


def wrong_rows(shown: Mapping[RowName, Row], expected: Mapping[RowName, Row]) -> list[str]:
    """Rows that are not the same, each in a line."""
    return [
        f"{name}: shown {shown.get(name)}, expected {expected.get(name)}"
        for name in sorted({**shown, **expected})
        if not _same(shown.get(name), expected.get(name))
    ]


def _same(shown: Row | None, expected: Row | None) -> bool:
    if shown is None or expected is None:
        # A cell in which a case once was, and is no longer since more is known of it, has a row of nothing.
        row = shown or expected
        return row is None or not row.value
    if shown == expected:
        return True
    if shown.stat == "max" and shown.value is not None and expected.value is not None:
        # Of a pane the 8 largest values are kept: where all of them were retracted, the edge of their bucket stands.
        rounded = expected.value <= shown.value <= expected.value * 1.01
        return rounded and msgspec.structs.replace(shown, value=expected.value) == expected
    return False


_decode_sums = msgspec.msgpack.Decoder(Sums).decode
_decode_clock = msgspec.msgpack.Decoder(ClockRow).decode
