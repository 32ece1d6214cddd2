"""`deskpulse topics grow`: more partitions for a deskpulse that has events, by way of other topics.

The partition of an event follows from its key and from how many partitions there are. With more of them the later events of a case come to
another shard than its earlier ones, which know nothing of each other: the case counts twice, or never ends. So partitions of topics that
hold events are never added to; their records go into new topics, each where it belongs there.
"""

from __future__ import annotations

import argparse
import asyncio
import os
from pathlib import Path
from typing import Final

from streams.app import engine_of
from streams.cli.as_json import print_json
from streams.config import Config, EmbeddedLog, load
from streams.errors import TopicLayoutError, UsageError
from streams.runtime.inputs import with_inputs_there
from streams.runtime.relocation import empty_of, relocate
from streams.runtime.transport.connection import Connection

WHY: Final = (
    "partitions are not added to topics that hold events: the later events of a case would come to another shard than its earlier ones, "
    "and the case would count twice, or never end"
)
STEPS: Final = (
    "write a new configuration beside the old one: another `app`, other names in [topics], [limits] partitions as many as wanted",
    "deskpulse topics create -c NEW.toml",
    "deskpulse topics grow -c OLD.toml --into NEW.toml      copies all events, each to its new partition; the old workers go on meanwhile",
    "start workers and boards with NEW.toml, and let producers write to the new topics",
    "deskpulse topics grow -c OLD.toml --into NEW.toml      again: what was written to the old topics meanwhile",
    "when the new boards show what the old ones show: stop the old workers and boards, delete the old topics",
)


def run(args: argparse.Namespace, config: Config) -> int:
    """`args`: into, json."""
    if args.into is None:
        return _refuse(config, args.json)
    target = load(args.into, os.environ)
    copied = asyncio.run(_copied(config, target, args.into))
    if args.json:
        print_json(
            {"log": str(target.log), "done": [f"{topic}: {count}" for topic, count in copied.items()], "fine": True, "copied": copied}
        )
        return 0
    for topic, count in copied.items():
        print(f"{topic}: {count} record{'' if count == 1 else 's'} copied")
    embedded = isinstance(config.log, EmbeddedLog)
    again = "out of an embedded log all is copied again, and repeats change nothing" if embedded else "it goes on where it ended"
    print(f"When producers write to the new topics, run it once more: {again}.")
    return 0


def _refuse(config: Config, as_json: bool) -> int:
    if as_json:
        print_json({"log": str(config.log), "done": [], "fine": False, "why": WHY, "steps": STEPS})
    else:
        print(f"{WHY[0].upper()}{WHY[1:]}. This is the way to more of them:")
        for number, step in enumerate(STEPS, 1):
            print(f"  {number}. {step}")
    return 1


async def _copied(source: Config, target: Config, file: Path) -> dict[str, int]:
    """Topic of the old log -> how many. Raises UsageError where the two are not apart."""
    source = await with_inputs_there(source)
    topics = together(source, target, file)
    engine = engine_of(target)
    await engine.open()
    try:
        counts = await _counts(target, set(topics.values()), file)
        # Out of an embedded log all is copied each time, whatever is there.
        empty = set() if isinstance(source.log, EmbeddedLog) else await empty_of(target, counts)
        return dict(await relocate(source, engine, topics, f"{target.app}-grow", empty))
    finally:
        await engine.close()


def together(source: Config, target: Config, file: Path) -> dict[str, str]:
    """Topic of the old log -> that of the new one. Raises UsageError."""
    old, new = source.topics.in_log, target.topics.in_log
    lacking = sorted(old.keys() - new.keys())
    if lacking:
        raise UsageError(
            f"{file} has {', '.join(lacking)} turned off, which the old configuration reads: name topics for them, or turn them off there"
        )
    if str(source.log) == str(target.log):
        both = sorted(set(old.values()) & set(new.values()))
        if both:
            raise UsageError(f"{file} reads {', '.join(both)} as the old configuration does: choose other names in its [topics]")
        if source.app == target.app:
            raise UsageError(f'{file} has the `app` of the old configuration: choose another one, such as "{source.app}-2"')
    return {old[topic]: new[topic] for topic in old}


async def _counts(target: Config, names: set[str], file: Path) -> dict[str, int]:
    """Partitions of the new topics. Raises TopicLayoutError where they are not there; an embedded log makes them."""
    if isinstance(target.log, EmbeddedLog):
        return dict.fromkeys(names, target.limits.partitions)
    counts = await Connection(target.log, target.kafka).partitions()
    missing = sorted(name for name in names if not counts.get(name))
    if missing:
        raise TopicLayoutError(
            f"{target.log}: topics are missing: {', '.join(missing)}: create them with `deskpulse topics create -c {file}`"
        )
    return {name: counts[name] for name in names}
