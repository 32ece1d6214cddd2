"""The figures of an installation as they stand in its log, running or not: read without a group, a lock or a word to anybody."""

from __future__ import annotations

import asyncio

from streams.app import board_of, engine_of
from streams.config import Config, EmbeddedLog
from streams.core.snapshot import Snapshot
from streams.errors import Unreachable
from streams.runtime.look import look
from streams.runtime.transport.database import FILE


def snapshot_of(config: Config) -> Snapshot:
    """This moment, after everything was read that was there. Raises Unreachable, TopicLayoutError, StateVersionError."""
    if isinstance(config.log, EmbeddedLog) and not (config.log.directory / FILE).exists():
        raise Unreachable(f"{config.log}: nothing has run there yet: name the configuration of the installation with -c site.toml")
    engine = engine_of(config)
    return asyncio.run(look(lambda leadership: board_of(config, engine, leadership)))
