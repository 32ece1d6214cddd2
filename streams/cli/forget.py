"""Erase what is kept of customers: `deskpulse forget -c site.toml --customer ID`.

Their state, contacts and dead letters name nobody's id afterwards; of an embedded log also the records of events. Figures stay as they
are: they are numbers and no persons. Who comes again later counts as a new customer. Give the ids as producers write them, also where
`[privacy] pseudonymise` replaces them.

An embedded log has to be at rest: stop `deskpulse run` before. On a Kafka the workers have to run: each shard does its part. The records of
your own topics there are yours to delete. docs/privacy.md says more.
"""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Mapping, Sequence

from streams.app import SharedCounts, engine_of, worker_of
from streams.cli.as_json import print_json
from streams.cli.configured import config_argument, configuration
from streams.cli.options import not_negative
from streams.config import Config, EmbeddedLog, KafkaLog
from streams.errors import Unreachable, UsageError
from streams.runtime.forgetting import Person, ask_shards, names_of
from streams.runtime.inputs import with_inputs_there
from streams.runtime.layout import layout_of
from streams.runtime.transport.database import FILE
from streams.runtime.transport.embedded_erasing import EmbeddedErasing
from streams.runtime.transport.embedded_log import Place
from streams.runtime.transport.kafka_erasing import KafkaErasing

WAIT_S = 60.0


def arguments(parser: argparse.ArgumentParser) -> None:
    config_argument(parser)
    parser.add_argument("--customer", action="append", metavar="ID", help="whom to forget; once or more often")
    parser.add_argument(
        "--wait", type=not_negative, default=WAIT_S, metavar="SECONDS", help=f"for the shards, at each step (default: {WAIT_S:g})"
    )
    parser.add_argument("--json", action="store_true", help="print an object: customers, erased (records by topic)")


def run(args: argparse.Namespace) -> int:
    config = configuration(args)
    customers = list(dict.fromkeys(args.customer or ()))
    if not customers or not all(customers):
        raise UsageError("whom? write --customer ID")
    pseudonyms = config.privacy.pseudonyms()
    people = [Person(id_, id_ if pseudonyms is None else pseudonyms.of_customer(id_)) for id_ in customers]
    log = config.log
    doing = _on_embedded(config, log, people, args.wait) if isinstance(log, EmbeddedLog) else _on_kafka(config, log, people, args.wait)
    erased = asyncio.run(doing)
    if args.json:
        print_json({"customers": len(people), "erased": erased})
    else:
        records = ", ".join(f"{count} of {topic}" for topic, count in sorted(erased.items())) or "none"
        print(f"forgotten: {len(people)} customer{'s' if len(people) > 1 else ''}; records erased: {records}")
    return 0


async def _on_embedded(config: Config, log: EmbeddedLog, people: Sequence[Person], limit_s: float) -> Mapping[str, int]:
    """Runs the shards itself, for as long as it takes."""
    if not (log.directory / FILE).exists():
        raise Unreachable(f"{log}: nothing has run there yet: name the configuration of the installation with -c site.toml")
    engine = engine_of(config)
    await engine.open()
    erasing = EmbeddedErasing(Place(log.directory, layout_of(config), config.limits.partitions))
    worker = worker_of(config, engine, SharedCounts())
    try:
        try:
            await worker.start()
            asked = asyncio.ensure_future(ask_shards(erasing, people, limit_s))
            ended = asyncio.ensure_future(worker.wait())
            await asyncio.wait([asked, ended], return_when=asyncio.FIRST_COMPLETED)
            if ended.done():
                asked.cancel()
                ended.result()
            before = await asked
            ended.cancel()
        finally:
            await worker.stop()
            await engine.close()
        return await erasing.erase(names_of(people), before)
    finally:
        erasing.close()


async def _on_kafka(config: Config, log: KafkaLog, people: Sequence[Person], limit_s: float) -> Mapping[str, int]:
    layout = layout_of(await with_inputs_there(config))
    async with KafkaErasing.opened(log, config.kafka, layout) as erasing:
        before = await ask_shards(erasing, people, limit_s)
        return await erasing.erase(names_of(people), before)
