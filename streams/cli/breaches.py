"""Show what became of promises, out of the topic sla-breaches: at risk, breached, or a breach withdrawn that was none.

Without --follow what is there, in the order of its instants; with it also what comes, until it is interrupted. Ids of cases are masked
(their digits, and addresses) unless privacy.case_ids is on, or --raw is said. With --json each is a line of its own: JSON with the fields
of the record and `case`.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from collections.abc import Iterable, Iterator
from typing import Any, Final, NamedTuple

import msgspec

from schemas.instants import instant_ms
from schemas.records import SlaRecord
from schemas.values import DAY_MS, EpochMs
from streams.cli.configured import config_argument, configuration
from streams.cli.masked import masked_key
from streams.cli.options import instant_of
from streams.config import Config
from streams.config.values import Wrong, duration
from streams.runtime.inspection import Found, inspection_of
from streams.runtime.layout import SLA_BREACHES, layout_of

SINCE_MS_MAX: Final = 365 * DAY_MS
_length_of = duration(1, SINCE_MS_MAX)
_decode = msgspec.json.Decoder(SlaRecord).decode
COLUMNS: Final = (("time", 24), ("what", 9), ("clock", 14), ("queue", 16), ("channel", 8), ("priority", 8), ("due", 24))
"""Of the table, and how wide; the case comes last."""


class Told(NamedTuple):
    """A record of the topic, and of which case it tells."""

    case: str | None
    record: SlaRecord

    @property
    def at_ms(self) -> EpochMs:
        return instant_ms(self.record.time)


def arguments(parser: argparse.ArgumentParser) -> None:
    config_argument(parser)
    parser.add_argument("-f", "--follow", action="store_true", help="go on with what comes")
    parser.add_argument("--since", type=since, metavar="T", help="leave out what was before: 30m, 7d, 2026-03-02T09:00:00Z")
    parser.add_argument("--raw", action="store_true", help="ids of cases as they are")
    parser.add_argument("--json", action="store_true", help="print JSON, one line each")


def run(args: argparse.Namespace) -> int:
    asyncio.run(_show(configuration(args), args))
    return 0


def since(written: str) -> EpochMs:
    """A length of time before now, or an instant."""
    try:
        return EpochMs(time.time_ns() // 1_000_000 - _length_of(written))
    except Wrong:
        return instant_of(written, ", or a length of time before now: 30m, 7d")


async def _show(config: Config, args: argparse.Namespace) -> None:
    raw = args.raw or config.privacy.case_ids
    async with inspection_of(config.log, config.kafka, layout_of(config), config.limits.partitions) as log:
        there = await log.records(SLA_BREACHES)
        some = wanted(there, args.since, raw=raw)
        if not args.json and (some or args.follow):
            print("  ".join([name.upper().ljust(width) for name, width in COLUMNS] + ["CASE"]))
        _print(some, as_json=args.json)
        if not (some or args.follow or args.json):
            print("nothing was told of promises" + (" since then" if args.since is not None else ""), file=sys.stderr)
        if args.follow:
            async for more in log.follow(SLA_BREACHES, there):
                _print(wanted(more, args.since, raw=raw), as_json=args.json)


def wanted(found: Iterable[Found], since_ms: EpochMs | None, *, raw: bool) -> list[Told]:
    """By their instants. What is no record of this release, or was erased, is passed over."""
    told = [of for record in found if (of := _told(record, raw=raw)) is not None]
    return sorted((of for of in told if since_ms is None or of.at_ms >= since_ms), key=lambda of: of.at_ms)


def _told(found: Found, *, raw: bool) -> Told | None:
    if found.value is None:
        return None
    try:
        record = _decode(found.value)
    except msgspec.DecodeError:
        return None
    if raw:
        return Told(None if found.key is None else found.key.decode("utf-8", "replace"), record)
    record.instance = masked_key(record.instance.encode()) or ""
    return Told(masked_key(found.key), record)


def _print(told: Iterable[Told], *, as_json: bool) -> None:
    for of in told:
        print(_line(of) if as_json else "  ".join(_cells(of)).rstrip(), flush=True)


def _line(told: Told) -> str:
    fields: dict[str, Any] = {"case": told.case, **msgspec.to_builtins(told.record)}
    return msgspec.json.encode(fields).decode()


def _cells(told: Told) -> Iterator[str]:
    record = told.record
    values = {
        "time": record.time,
        "what": record.type.removeprefix("sla."),
        "clock": record.clock,
        "queue": record.queue,
        "channel": record.channel,
        "priority": record.priority,
        "due": record.due,
    }
    for name, width in COLUMNS:
        yield _plain(values[name] or "-").ljust(width)
    yield _plain(told.case or "-")


def _plain(text: str) -> str:
    """One line, whatever a name holds."""
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text)
