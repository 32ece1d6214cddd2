"""The topology and lifecycle of one deskpulse: which parts a configuration asks for, wired together. Decides nothing itself.

engine = engine_of(config)
await engine.open()
worker = worker_of(config, engine)
await run_until_signal(worker)      # or start(), wait(), stop(), beside a board in the same loop
await engine.close()
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import socket

from schemas.values import Partition
from streams.config import Config, EmbeddedLog
from streams.core.log import Restored
from streams.core.settings import ShardSettings
from streams.core.shard import Shard, StateTooNew
from streams.errors import StateVersionError
from streams.runtime.engine import Engine
from streams.runtime.layout import Layout
from streams.runtime.machine import MakeMachine
from streams.runtime.transport.embedded import EmbeddedEngine
from streams.runtime.transport.kafka import KafkaEngine
from streams.runtime.worker import Worker, WorkerSettings

DEAD_LETTERS = "dead-letters"


def layout_of(config: Config) -> Layout:
    return Layout(app=config.app, sources=(config.topics.calls, config.topics.tickets), outputs=(DEAD_LETTERS,))


def engine_of(config: Config) -> Engine:
    """Not open yet. Raises ConfigError."""
    if isinstance(config.log, EmbeddedLog):
        return EmbeddedEngine(config.log.directory, layout_of(config), config.limits.partitions)
    return KafkaEngine(config.log, config.kafka, layout_of(config))


def worker_of(config: Config, engine: Engine) -> Worker:
    settings = WorkerSettings(
        layout=layout_of(config),
        worker=config.worker.name or f"{socket.gethostname()}-{os.getpid()}",
        static=config.worker.name is not None,
        checkpoint_interval_s=config.checkpoint_interval_ms / 1000,
        event_time=config.clock == "event",
    )
    return Worker(settings, engine, lambda partitions: machines_of(shard_settings_of(config, partitions)))


def shard_settings_of(config: Config, partitions: int) -> ShardSettings:
    limits = config.limits
    return ShardSettings(
        topics={config.topics.calls: "calls", config.topics.tickets: "tickets"},
        partitions=partitions,
        policy=config.policy(),
        zone=config.zone,
        reset_minutes=config.reset_minutes,
        lateness_ms=limits.lateness_ms,
        keep_ms={"calls": limits.keep_calls_ms, "tickets": limits.keep_tickets_ms},
        settle_ms=limits.counter_settle_ms,
        bounded=config.clock == "wall",
        dead_letters=DEAD_LETTERS,
    )


def machines_of(settings: ShardSettings) -> MakeMachine:
    def make(partition: Partition, restored: Restored) -> Shard:
        try:
            return Shard(partition, settings, restored)
        except StateTooNew as error:
            raise StateVersionError(f"partition {partition} {error}") from None

    return make


async def run_until_signal(worker: Worker) -> None:
    """Runs until SIGTERM or SIGINT: then one last checkpoint, and the group is left. Raises as `Worker.wait`."""
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    signalled = asyncio.ensure_future(ended.wait())
    running = asyncio.ensure_future(_run(worker))
    try:
        await asyncio.wait([signalled, running], return_when=asyncio.FIRST_COMPLETED)
    finally:
        await worker.stop()
        signalled.cancel()
    await running


async def _run(worker: Worker) -> None:
    await worker.start()
    await worker.wait()


def hush_libraries(level: int = logging.CRITICAL) -> None:
    """Faust and its client log much that is theirs alone; what matters to an operator we say ourselves, in a line."""
    for name in ("faust", "mode", "aiokafka", "kafka", "streams.runtime"):  # services of mode log under the module of their class
        logging.getLogger(name).setLevel(level)
