"""Which inputs there are: one that the configuration does not name and the Kafka does not hold is not read.

So a site that has calls and tickets alone needs no topics for the rest, and one that comes from an earlier release goes on as it is.
"""

from __future__ import annotations

import logging

import msgspec

from streams.config import Config, KafkaLog
from streams.runtime.transport.connection import Connection

log = logging.getLogger("deskpulse")


async def with_inputs_there(config: Config) -> Config:
    """The configuration without those. Says which they are. Raises Unreachable."""
    unnamed = config.topics.unnamed
    if not isinstance(config.log, KafkaLog) or not unnamed:
        return config
    counts = await Connection(config.log, config.kafka).partitions()
    missing = [topic for topic in unnamed if not counts.get(config.topics.in_log[topic])]
    if not missing:
        return config
    log.info("not read, since there is no such topic: %s; `deskpulse topics create` makes them", ", ".join(missing))
    return msgspec.structs.replace(config, topics=msgspec.structs.replace(config.topics, **dict.fromkeys(missing, ""), unnamed=()))
