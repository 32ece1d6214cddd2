"""Create the topics on the Kafka of the configuration, show how they are and what is wrong with them, or find the way to more partitions.

`create` may be called again at any time: what is right stays untouched, and partitions of a topic that is there are never
changed. `show` ends with 1 where something is wrong; an input that nobody named and that is not there is not read, and not
missed. The embedded log makes its topics itself.

`grow` says why partitions cannot be added to topics that hold events, and the way to more of them. With --into NEW.toml it goes the
long part of that way: it copies all events to the topics of that configuration, each to the partition that it has there. It does so from
an embedded log to a Kafka, too.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from schemas.lengths import duration_text
from schemas.values import DurationMs
from streams.cli import topics_growth
from streams.cli.as_json import print_json
from streams.cli.configured import config_argument, configuration
from streams.cli.options import at_least_one
from streams.config import Config, KafkaLog
from streams.errors import UsageError
from streams.runtime.admin import Admin
from streams.runtime.inputs import without_missing
from streams.runtime.layout import layout_of
from streams.runtime.topic_plans import Found, Plan, partitions_to_make, plans


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("action", choices=("create", "show", "grow"))
    config_argument(parser)
    parser.add_argument(
        "--replication", type=at_least_one, metavar="N", help="copies of each topic that is made (default: 3, or one per broker)"
    )
    parser.add_argument("--into", type=Path, metavar="NEW.toml", help="grow: copy all events to the topics of this configuration")
    parser.add_argument(
        "--json", action="store_true", help="print an object: log, brokers, done, fine, topics; grow: log, done, fine, copied"
    )


def run(args: argparse.Namespace) -> int:
    config = configuration(args)
    if args.into is not None and args.action != "grow":
        raise UsageError(f"--into is for `topics grow`, not for {args.action}")
    if args.action == "grow":
        return topics_growth.run(args, config)
    if not isinstance(config.log, KafkaLog):
        _print({"log": str(config.log), "done": [], "fine": True, "topics": []}, args.json, "an embedded log makes its topics itself")
        return 0
    return _on_kafka(args, config, config.log)


def _on_kafka(args: argparse.Namespace, config: Config, log: KafkaLog) -> int:
    with Admin(log, config.kafka) as admin:
        brokers = admin.brokers()
        if args.action == "show":
            config = without_missing(config, admin.counts(list(config.topics.in_log.values())))
        layout = layout_of(config)
        counts = admin.counts(layout.partitioned)
        partitions = partitions_to_make(layout, counts, config.limits.partitions)
        wanted = plans(layout, partitions)
        done = _create(admin, wanted, args.replication, brokers) if args.action == "create" else []
        if done and partitions != config.limits.partitions:
            done.append(f"partitions: {partitions}, as the topics have that were there; limits.partitions is {config.limits.partitions}")
        found = admin.look(wanted, layout)
    fine = not any(topic.wrong for topic in found)
    answer = {"log": str(log), "brokers": brokers, "done": done, "fine": fine, "topics": found}
    _print(answer, args.json, *done, *(table_of(found) if args.action == "show" or not fine else [] if done else ["nothing to do"]))
    return 0 if fine else 1


def _create(admin: Admin, wanted: Sequence[Plan], replication: int | None, brokers: int) -> list[str]:
    if replication is not None and replication > brokers:
        raise UsageError(f"--replication is {replication}, brokers there: {brokers}: at most one copy on each")
    return admin.create(wanted, replication or min(3, brokers))


def table_of(found: Sequence[Found]) -> list[str]:
    """For people."""
    width = max(len("TOPIC"), *(len(topic.name) for topic in found))
    lines = [f"{'TOPIC':{width}}  PARTITIONS  COPIES  {'WHAT':18}  KEPT"]
    for topic in found:
        partitions, copies = (topic.partitions, topic.replication) if topic.partitions else ("-", "-")
        lines.append(f"{topic.name:{width}}  {partitions:>10}  {copies:>6}  {topic.what:18}  {_kept(topic.configs)}".rstrip())
        lines += [f"{'':{width}}  ! {complaint}" for complaint in topic.wrong]
    return lines


def _kept(configs: Mapping[str, str]) -> str:
    """compact; 7d; for ever"""
    policy, kept_ms = configs.get("cleanup.policy", ""), int(configs.get("retention.ms", -1))
    if policy in ("", "compact"):
        return policy
    kept = duration_text(DurationMs(kept_ms)) if kept_ms >= 0 else "for ever"
    return kept if policy == "delete" else f"{policy}, {kept}"


def _print(answer: dict[str, Any], as_json: bool, *lines: str) -> None:
    if as_json:
        print_json(answer)
    else:
        for line in lines:
            print(line)
