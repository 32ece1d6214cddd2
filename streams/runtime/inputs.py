"""Which inputs there are: one that the configuration does not name and the Kafka does not hold is not read.

So a site that has calls and tickets alone needs no topics for the rest, and one that comes from an earlier release goes on as it is.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping

import msgspec

from streams.config import Config, KafkaLog
from streams.runtime.transport.connection import Connection

log = logging.getLogger("deskpulse")


async def with_inputs_there(config: Config) -> Config:
    """The configuration without those. Says which they are. Raises Unreachable."""
    if not isinstance(config.log, KafkaLog) or not config.topics.unnamed:
        return config
    read = without_missing(config, await Connection(config.log, config.kafka).partitions())
    missing = config.topics.in_log.keys() - read.topics.in_log.keys()
    if missing:
        log.info("not read, since there is no such topic: %s; `deskpulse topics create` makes them", ", ".join(sorted(missing)))
    return read


def without_missing(config: Config, counts: Mapping[str, int]) -> Config:
    """The same for a Kafka whose topics have so many partitions."""
    missing = [topic for topic in config.topics.unnamed if not counts.get(config.topics.in_log[topic])]
    return msgspec.structs.replace(config, topics=msgspec.structs.replace(config.topics, **dict.fromkeys(missing, ""), unnamed=()))
