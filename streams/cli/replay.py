"""Send files of events (JSON lines, .gz too) to the topics of the configuration.

Their times are shifted so that no event lies in the future and the last one is now when it is sent: with --speed 1 the
first event is now, with --speed 60 an hour of the files takes a minute and ends now, with --speed 0 everything is sent at
once and has ended now. --shift keep leaves the times; old data then wants `clock = "event"` in the configuration.
Several files are merged by time. Records of no known type are counted and not sent, unless --topic says where they go; what is sent and
will be rejected there is told.
"""

from __future__ import annotations

import argparse
import asyncio
import heapq
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from schemas.events import TYPES
from streams.cli.as_json import print_json
from streams.cli.configured import config_argument, configuration
from streams.cli.options import not_negative
from streams.cli.progress import progress
from streams.core.intake import Intake, Rejected
from streams.errors import UsageError
from streams.runtime.inputs import with_inputs_there
from streams.runtime.layout import layout_of
from streams.runtime.sender import Sender, sender
from streams.sources.event_files import DamagedFile, Outline, fields_of, lines, moved, outline

RECORD_BYTES_MAX = 1_000_000
"""What a Kafka takes by default. Events end at 64 KiB, the rest is for the dead letters to show."""

STEP = 500
PAUSE_S = 0.02


class Found(NamedTuple):
    """One record of a file, and where it stands."""

    path: Path
    number: int
    record: bytes
    outline: Outline


class Span(NamedTuple):
    """What the files hold: how many records, and the first and last time in them; None where none has a time."""

    records: int
    first_ms: int | None
    last_ms: int | None


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
    config_argument(parser)
    parser.add_argument(
        "--speed",
        type=not_negative,
        default=0.0,
        metavar="N",
        help="so many times as fast as it was, 60: an hour in a minute; 0, the default: at once",
    )
    parser.add_argument("--shift", choices=("now", "keep"), default="now", help="times moved up to now (default), or kept")
    parser.add_argument("--topic", choices=tuple(TYPES), help="send every record there, whatever it is")
    parser.add_argument("--json", action="store_true", help="print an object: sent by topic, not_sent, rejected, shifted_seconds")


def run(args: argparse.Namespace) -> int:
    config = asyncio.run(with_inputs_there(configuration(args)))
    for path in args.files:
        if not path.is_file():
            raise UsageError(f"{path}: {'not a file' if path.exists() else 'there is no such file'}")

    names = config.topics.in_log
    if args.topic is not None and args.topic not in names:
        raise UsageError(f"--topic {args.topic}: it is turned off under [topics], or there is no such topic")
    try:
        span = _span(args.files)
        by_ms = shift_ms(span, args.speed, time.time_ns() // 1_000_000) if args.shift == "now" else 0
        with sender(config.log, config.kafka, layout_of(config), config.limits.partitions) as out:
            replay = Replay(out, names, span, args.speed, by_ms, args.topic, config.currency)
            replay.run(_records(args.files))
    except DamagedFile as damaged:
        raise UsageError(str(damaged)) from None
    _say(replay, args.json)
    return 0 if replay.sent or not span.records else 1


def shift_ms(span: Span, speed: float, now_ms: int) -> int:
    """How much later every event is to be.

    The last one is to be now when it is sent, which is after the length of the files / speed. Slower than life that would put
    the first ones into the future: then the first is now.
    """
    if span.first_ms is None or span.last_ms is None:
        return 0
    length_ms = span.last_ms - span.first_ms
    takes_ms = length_ms / speed if speed else 0
    return now_ms - span.first_ms + min(0, round(takes_ms) - length_ms)


class Replay:
    """Sends records at their time. `sent` counts by topic, `not_sent` by reason, and `rejected`, by reason, those of the sent that are no
    events; `example` and `rejected_example` are the first of them."""

    def __init__(self, out: Sender, names: dict[str, str], span: Span, speed: float, by_ms: int, topic: str | None, currency: str) -> None:
        self.sent: Counter[str] = Counter()
        self.not_sent: Counter[str] = Counter()
        self.example = ""
        self.rejected: Counter[str] = Counter()
        self.rejected_example = ""
        self.by_ms = by_ms
        self._out = out
        self._names = names
        self._span = span
        self._speed = speed
        self._topic = topic
        self._intakes = {name: Intake(name, 1, currency) for name in names}

    def run(self, records: Iterator[Found]) -> None:
        started = time.monotonic()
        with progress("sending", self._span.records) as step:
            for count, found in enumerate(records, 1):
                if self._speed and found.outline.at_ms is not None and self._span.first_ms is not None:
                    self._wait(started + (found.outline.at_ms - self._span.first_ms) / 1000 / self._speed)
                self._send(found)
                if count % STEP == 0 or self._speed:
                    step(1 if self._speed else STEP)
        self._out.flush()

    def _wait(self, until: float) -> None:
        """What was sent is to be seen while we sleep."""
        if until - time.monotonic() > PAUSE_S:
            self._out.flush()
        while (left := until - time.monotonic()) > 0:
            time.sleep(min(left, 1.0))

    def _send(self, found: Found) -> None:
        topic = self._topic or found.outline.topic
        if topic is None:
            return self._leave(found, "not JSON objects" if fields_of(found.record) is None else "of no known type")
        if topic not in self._names:
            return self._leave(found, f"of the topic {topic}, which is not read here")
        record = moved(found.record, self.by_ms)
        if len(record) > RECORD_BYTES_MAX:
            return self._leave(found, "too large for a topic")
        self._out.send(self._names[topic], found.outline.key, record)
        self.sent[self._names[topic]] += 1
        event = self._intakes[topic].read(None, record, (), None)
        if isinstance(event, Rejected):
            self.rejected[event.reason] += 1
            self.rejected_example = self.rejected_example or f"{found.path}:{found.number}: {event.detail}"
        return None

    def _leave(self, found: Found, why: str) -> None:
        self.not_sent[why] += 1
        self.example = self.example or f"{found.path}:{found.number}"


def _records(files: list[Path]) -> Iterator[Found]:
    """All of them, merged by time; what has no time comes with what stands before it."""

    def of(path: Path) -> Iterator[tuple[int, Found]]:
        latest_ms = 0
        for number, record in lines(path):
            found = Found(path, number, record, outline(record))
            latest_ms = max(latest_ms, found.outline.at_ms or 0)
            yield latest_ms, found

    first: Callable[[tuple[int, Found]], int] = lambda pair: pair[0]  # noqa: E731
    return (found for _, found in heapq.merge(*map(of, files), key=first))


def _span(files: list[Path]) -> Span:
    count, first_ms, last_ms = 0, None, None
    for found in _records(files):
        count += 1
        at_ms = found.outline.at_ms
        if at_ms is not None:
            first_ms = at_ms if first_ms is None else min(first_ms, at_ms)
            last_ms = at_ms if last_ms is None else max(last_ms, at_ms)
    return Span(count, first_ms, last_ms)


def _say(replay: Replay, as_json: bool) -> None:
    if as_json:
        told = {"sent": replay.sent, "not_sent": replay.not_sent, "rejected": replay.rejected, "shifted_seconds": replay.by_ms / 1000}
        print_json(told)
    else:
        sent = ", ".join(f"{count} to {topic}" for topic, count in sorted(replay.sent.items()))
        print(f"sent {sent or 'nothing'}")
    if replay.not_sent:
        reasons = ", ".join(f"{count} {why}" for why, count in replay.not_sent.items())
        print(f"deskpulse: not sent: {reasons}, the first at {replay.example}: --topic sends them all the same", file=sys.stderr)
    if replay.rejected:
        reasons = ", ".join(f"{count} {reason}" for reason, count in replay.rejected.items())
        print(f"deskpulse: sent, but no events: {reasons}, the first at {replay.rejected_example}", file=sys.stderr)
