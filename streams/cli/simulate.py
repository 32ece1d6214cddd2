"""Make the events of a contact centre that never existed: JSON lines to a file or a pipe, or records for the topics.

    deskpulse simulate --hours 24 > day.jsonl          a day at once, the same for the same seed
    deskpulse simulate --out week.jsonl.gz --hours 168
    deskpulse simulate --send -c site.toml             real time, from now on, until interrupted
    deskpulse simulate --send --hours 8 --speed 60     the last eight hours in eight minutes, ending now

--incident 30 puts a bad quarter of an hour into it, 30 minutes after the start: three times the calls, two of five people leave, two of
five trunk lines work. The rest follows from that: callers wait, give up, are turned away, and promises are broken.

Same arguments and the same --start, same bytes. --duplicates, --late and --bad make the way to the log as bad as wanted.
"""

from __future__ import annotations

import argparse
import asyncio
import gzip
import random
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from schemas.events import TYPES
from schemas.values import HOUR_MS, MINUTE_MS, EpochMs
from streams.cli.configured import config_argument, configuration
from streams.cli.options import instant_of, not_negative, positive, share, whole
from streams.errors import UsageError

if TYPE_CHECKING:
    from streams.config import Config
    from streams.sources.simulator import Centre, Sent

A_MONDAY = EpochMs(1_740_960_000_000)  # 2025-03-03 00:00 UTC
TOPICS = tuple(TYPES)


class Plan(NamedTuple):
    """What is made, and how fast it goes out. `speed` 0: at once; `end_ms` None: until interrupted."""

    centre: Centre
    seed: int
    start_ms: EpochMs
    end_ms: EpochMs | None
    speed: float
    topics: tuple[str, ...]


def arguments(parser: argparse.ArgumentParser) -> None:
    where = parser.add_mutually_exclusive_group()
    where.add_argument(
        "--out", default="-", metavar="FILE", help="JSON lines to this file, packed if it ends in .gz; -, the default: stdout"
    )
    where.add_argument("--send", action="store_true", help="records to the topics of the configuration")
    config_argument(parser)
    parser.add_argument("--seed", type=whole, default=1, metavar="N", help="another seed, another story (default 1)")
    parser.add_argument(
        "--rate", type=positive, metavar="N", help="contacts in the busiest hour (default about 350); people are many enough"
    )
    parser.add_argument(
        "--start", type=instant_of, metavar="T", help="first instant, e.g. 2025-03-03T08:00:00Z (with --send: such that it ends now)"
    )
    parser.add_argument("--hours", type=positive, metavar="H", help="how long (default 24; with --send: until interrupted)")
    parser.add_argument("--speed", type=not_negative, metavar="X", help="times real time; 0: at once (default 0; with --send 1)")
    parser.add_argument("--zone", metavar="NAME", help="whose clock its opening hours follow (default UTC; with -c that of the site)")
    parser.add_argument(
        "--incident",
        type=not_negative,
        action="append",
        default=[],
        metavar="MIN",
        help="a bad quarter of an hour, MIN minutes after the start; may be given again for another",
    )
    parser.add_argument("--duplicates", type=share, default=0.0, metavar="P", help="share of events that come twice")
    parser.add_argument("--late", type=share, default=0.0, metavar="P", help="share of events that come seconds to hours late")
    parser.add_argument("--bad", type=share, default=0.0, metavar="P", help="share of events followed by a record nobody can use")
    parser.add_argument(
        "--topics", type=_topics, metavar="A,B", help=f"of {', '.join(TOPICS)} (default all; with --send those that are read there)"
    )


def run(args: argparse.Namespace) -> int:
    from streams.runtime.inputs import with_inputs_there

    plan = plan_of(args, time.time_ns() // 1_000_000)
    config = asyncio.run(with_inputs_there(configuration(args))) if args.send else None
    if config is not None and args.topics is None:
        plan = plan._replace(topics=tuple(topic for topic in plan.topics if topic in config.topics.in_log))
    records = made(plan, duplicates=args.duplicates, late=args.late, bad=args.bad)
    count: Counter[str] = Counter()
    if config is not None:
        with _to_topics(config, plan.topics) as (write, flush):
            _pass_on(paced(records, plan, flush), write, count)
        print("sent " + (", ".join(f"{n} to {topic}" for topic, n in sorted(count.items())) or "nothing"))
    else:
        with _to_file(args.out) as (write, flush):
            _pass_on(paced(records, plan, flush), write, count)
        if args.out != "-":
            print(f"wrote {count.total()} lines to {args.out}")
    return 0


def plan_of(args: argparse.Namespace, now_ms: int) -> Plan:
    """Raises UsageError where the arguments do not go together."""
    import msgspec

    from streams.sources.simulator import INVENTED

    speed = args.speed if args.speed is not None else 1.0 if args.send else 0.0
    hours = args.hours if args.hours or args.send else 24.0
    if args.send and speed != 1 and args.start is None and not hours:
        raise UsageError(f"--speed {speed:g} without an end would run ahead of the clock: give --hours, or --start in the past")
    if speed == 0 and not hours:
        raise UsageError("--speed 0 makes everything at once: say how much by --hours")
    length_ms = round((hours or 0) * HOUR_MS)
    start_ms = args.start if args.start is not None else _ending_now(now_ms, length_ms, speed) if args.send else A_MONDAY
    centre = INVENTED if args.rate is None else INVENTED.scaled(args.rate / INVENTED.contacts_per_hour())
    site = configuration(args) if args.config else None
    zone = args.zone or (site.zone.key if site else "UTC")
    if site is not None:
        centre = msgspec.structs.replace(centre, shop=msgspec.structs.replace(centre.shop, currency=site.currency))
    end_ms = EpochMs(start_ms + length_ms) if hours else None
    return Plan(with_incidents(centre, zone, args.incident), args.seed, EpochMs(start_ms), end_ms, speed, args.topics or TOPICS)


def with_incidents(centre: Centre, zone: str, minutes: Iterable[float]) -> Centre:
    """The centre in this zone, with bad quarters of an hour so many minutes after the start. Raises UsageError for a zone unknown."""
    import msgspec

    from streams.sources.simulator import Incident

    incidents = tuple(Incident(round(after * MINUTE_MS)) for after in minutes)
    try:
        return msgspec.structs.replace(centre, zone=zone, incidents=incidents)
    except (KeyError, ValueError):
        raise UsageError(f"--zone {zone}: there is no such zone; write one such as Europe/Riga") from None


def made(plan: Plan, *, duplicates: float = 0.0, late: float = 0.0, bad: float = 0.0) -> Iterator[Sent]:
    """The records of the plan, by the instant at which they are sent."""
    from streams.sources.simulator import Disorder, send, simulate

    events = simulate(plan.centre, random.Random(plan.seed), plan.start_ms, plan.end_ms)
    wanted = (event for event in events if event.topic in plan.topics)
    return send(wanted, Disorder(duplicates, late, bad), random.Random(f"disorder {plan.seed}"))


def paced(records: Iterable[Sent], plan: Plan, pause: Callable[[], None]) -> Iterator[Sent]:
    """The records, each at its time; `pause` is called before every wait. What is delayed beyond the end comes at the end."""
    begun_s = time.monotonic()
    for record in records:
        if plan.speed:
            at_ms = record.at_ms if plan.end_ms is None else min(record.at_ms, plan.end_ms)
            until_s = begun_s + (at_ms - plan.start_ms) / 1000 / plan.speed
            if until_s > time.monotonic():
                pause()
            while (left_s := until_s - time.monotonic()) > 0:
                time.sleep(min(left_s, 1.0))
        yield record


def _pass_on(records: Iterable[Sent], write: Callable[[Sent], str], count: Counter[str]) -> None:
    for record in records:
        count[write(record)] += 1


@contextmanager
def _to_file(name: str) -> Iterator[tuple[Callable[[Sent], str], Callable[[], None]]]:
    """Lines; the time is not written into the packed file, so that the same events are the same bytes."""

    def write(record: Sent) -> str:
        out.write(record.value + b"\n")
        return record.topic

    if name == "-":
        out = sys.stdout.buffer
        yield write, out.flush
        return
    with Path(name).open("wb") as file:
        if name.endswith(".gz"):
            with gzip.GzipFile(filename="", fileobj=file, mode="wb", mtime=0) as packed:
                out = packed
                yield write, packed.flush
        else:
            out = file
            yield write, file.flush


@contextmanager
def _to_topics(config: Config, topics: tuple[str, ...]) -> Iterator[tuple[Callable[[Sent], str], Callable[[], None]]]:
    names = config.topics.in_log
    unknown = [topic for topic in topics if topic not in names]
    if unknown:
        raise UsageError(f"--topics {','.join(unknown)}: the configuration has no such topic; leave it out, or write to a file")
    from streams.runtime.layout import layout_of
    from streams.runtime.sender import sender

    with sender(config.log, config.kafka, layout_of(config), config.limits.partitions) as out:

        def write(record: Sent) -> str:
            out.send(names[record.topic], record.key, record.value)
            return names[record.topic]

        yield write, out.flush


def _ending_now(now_ms: int, length_ms: int, speed: float) -> int:
    """The start of a run that long, so that no event is sent before it has happened and the last one happens when it is sent."""
    takes_ms = length_ms / speed if speed else 0
    return now_ms - max(0, round(length_ms - takes_ms))


def _topics(written: str) -> tuple[str, ...]:
    topics = tuple(topic.strip() for topic in written.split(","))
    wrong = [topic for topic in topics if topic not in TOPICS]
    if wrong:
        raise argparse.ArgumentTypeError(f"{', '.join(wrong)} is not one of {', '.join(TOPICS)}")
    return topics
