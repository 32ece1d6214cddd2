"""Look at the records that were rejected (`show`), or send them to their topics again (`redrive`) once the reason is gone.

What is shown is masked: keys, and the values of all fields but harmless ones, are hidden; --raw shows all of it.
`redrive` sends records as they came, each once, without the headers on the fault; one that was taken in meanwhile is a duplicate and
changes nothing. Without --yes it says what it would send. Letters stay where they are until the retention of their topic ends.
"""

from __future__ import annotations

import argparse
import asyncio
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, Final, NamedTuple

import msgspec

from schemas.instants import rfc3339
from streams.app import engine_of
from streams.cli.as_json import print_json
from streams.cli.configured import config_argument, configuration
from streams.cli.masked import masked_detail, masked_id, masked_value
from streams.cli.options import at_least_one
from streams.config import Config
from streams.runtime.inspection import Found, inspection_of
from streams.runtime.layout import DEAD_LETTERS, layout_of
from streams.runtime.transport.log import NewRecord

PREFIX: Final = "error."
REDRIVEN: Final = "deskpulse.redriven"
"""Header of a record among the letters that is none: its value says which were sent again, by the places that they came from."""
NOTED: Final = 1_000
"""Places in one such record."""
SHOWN: Final = 20


class Letter(NamedTuple):
    """A rejected record, and what was wrong with it."""

    found: Found
    reason: str
    detail: str
    topic: str
    partition: str
    offset: str
    cut: str
    redriven: bool = False

    @property
    def place(self) -> tuple[str, str, str]:
        """Where it came from."""
        return self.topic, self.partition, self.offset

    @property
    def own_headers(self) -> list[tuple[str, bytes]]:
        """Those that it came with."""
        return [(name, value) for name, value in self.found.headers if not name.startswith(PREFIX)]


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("action", choices=("show", "redrive"))
    config_argument(parser)
    parser.add_argument("--reason", action="append", metavar="REASON", help="only these, such as too_late; once or more often")
    parser.add_argument("--topic", metavar="TOPIC", help="only those that came from this topic")
    parser.add_argument("--limit", type=at_least_one, metavar="N", help=f"at most so many, the latest (show: {SHOWN})")
    parser.add_argument("--raw", action="store_true", help="show: what they hold, not masked")
    parser.add_argument("--yes", action="store_true", help="redrive: send them")
    parser.add_argument("--json", action="store_true", help="print an object: count, by_reason, letters or sent")


def run(args: argparse.Namespace) -> int:
    config = configuration(args)
    letters = [letter for letter in asyncio.run(_read(config)) if _is_wanted(letter, args)]
    if args.action == "show":
        _show(letters, args.limit or SHOWN, raw=args.raw, as_json=args.json)
        return 0
    return _redrive(config, letters[-args.limit :] if args.limit else letters, args)


def _is_wanted(letter: Letter, args: argparse.Namespace) -> bool:
    return (not args.reason or letter.reason in args.reason) and args.topic in (None, letter.topic)


async def _read(config: Config) -> list[Letter]:
    async with inspection_of(config.log, config.kafka, layout_of(config), config.limits.partitions) as log:
        return letters_of(await log.records(DEAD_LETTERS))


def letters_of(found: list[Found]) -> list[Letter]:
    """Out of what lies in their topic, in the order in which they were written."""
    found.sort(key=lambda record: (record.timestamp_ms, record.partition, record.offset))
    notes = [record.value for record in found if is_note(record) and record.value is not None]
    redriven = {tuple(place) for note in notes for place in msgspec.json.decode(note)}
    letters = [letter_of(record) for record in found if record.headers and not is_note(record)]  # one that was erased has no headers
    return [letter._replace(redriven=letter.place in redriven) for letter in letters]


def is_note(record: Found) -> bool:
    return any(name == REDRIVEN for name, _ in record.headers)


def letter_of(found: Found) -> Letter:
    said = {name.removeprefix(PREFIX): value.decode("utf-8", "replace") for name, value in found.headers if name.startswith(PREFIX)}
    reason, detail, topic, partition, offset, cut = (
        said.get(name, "") for name in ("reason", "detail", "topic", "partition", "offset", "cut")
    )
    return Letter(found, reason, detail, topic, partition, offset, cut)


def shown(letter: Letter, *, raw: bool = False) -> dict[str, Any]:
    """Masked, unless `raw`."""
    key, value = letter.found.key, letter.found.value
    return {
        "time": rfc3339(letter.found.timestamp_ms),
        "reason": letter.reason,
        "detail": letter.detail if raw else masked_detail(letter.detail),
        "topic": letter.topic,
        "partition": letter.partition,
        "offset": letter.offset,
        "key": _text(key) if raw else masked_id(key),
        "value": _text(value) if raw else masked_value(value),
        **({"cut": letter.cut} if letter.cut else {}),
        **({"redriven": True} if letter.redriven else {}),
    }


def _text(held: bytes | None) -> str | None:
    return None if held is None else held.decode("utf-8", "replace")


def _show(letters: Sequence[Letter], limit: int, *, raw: bool, as_json: bool) -> None:
    by_reason = Counter(letter.reason for letter in letters)
    some = letters[-limit:]
    if as_json:
        print_json({"count": len(letters), "by_reason": by_reason, "letters": [shown(letter, raw=raw) for letter in some]})
        return
    reasons = ", ".join(f"{count} {reason}" for reason, count in by_reason.most_common())
    print(f"{len(letters)} dead letters" + (f": {reasons}" if letters else "") + (f"; the last {limit}:" if len(letters) > limit else ""))
    for letter in some:
        print("\n".join(lines_of(shown(letter, raw=raw))))


def lines_of(said: dict[str, Any]) -> Iterator[str]:
    """One of `shown()`, for people."""
    sent_again = "  redriven" if "redriven" in said else ""
    key = "no key" if said["key"] is None else f"key {said['key']}"
    yield f"{said['time']}  {said['reason']}  {said['topic']}-{said['partition']} at {said['offset']}  {key}{sent_again}"
    yield f"    {said['detail']}" + (f" (cut: {said['cut']})" if "cut" in said else "")
    yield f"    {said['value']}"


def _redrive(config: Config, letters: Sequence[Letter], args: argparse.Namespace) -> int:
    """Returns 1 where there is nothing that could be sent."""
    sources = set(config.topics.in_log.values())
    whole = [letter for letter in letters if not letter.redriven and not letter.cut and letter.topic in sources]
    left = Counter(
        "sent again before" if letter.redriven else "cut when they were copied" if letter.cut else "of a topic that is not read here"
        for letter in letters
        if letter.redriven or letter.cut or letter.topic not in sources
    )
    by_topic = Counter(letter.topic for letter in whole)
    if args.yes and whole:
        asyncio.run(_send(config, whole))
    if args.json:
        print_json({"count": len(letters), "sent": by_topic if args.yes else {}, "would_send": {} if args.yes else by_topic, "left": left})
    else:
        what = ", ".join(f"{count} to {topic}" for topic, count in sorted(by_topic.items())) or "nothing"
        print(f"sent {what}" if args.yes else f"would send {what}: --yes does it")
        for why, count in left.items():
            print(f"left: {count} {why}")
    return 0 if whole else 1


async def _send(config: Config, letters: Sequence[Letter]) -> None:
    engine = engine_of(config)
    await engine.open()
    try:
        await engine.appender.open()
        by_topic: dict[str, list[NewRecord]] = {}
        for letter in letters:
            by_topic.setdefault(letter.topic, []).append(NewRecord(letter.found.key, letter.found.value, letter.own_headers))
        for topic, records in by_topic.items():
            await engine.appender.append(topic, records)
        places = [letter.place for letter in letters]
        notes = [msgspec.json.encode(places[first : first + NOTED]) for first in range(0, len(places), NOTED)]
        await engine.appender.append(DEAD_LETTERS, [NewRecord(None, note, [(REDRIVEN, b"")]) for note in notes])
    finally:
        await engine.close()
