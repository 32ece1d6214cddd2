"""The topology and lifecycle of one deskpulse: which parts a configuration asks for, wired together. Decides nothing itself.

engine = engine_of(config)
worker = worker_of(config, engine, SharedCounts())
board = board_of(config, engine)

`streams/service.py` runs them and serves what they show.
"""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import Mapping

from schemas.values import Partition
from streams.config import Config, EmbeddedLog
from streams.core.board import BoardSettings
from streams.core.intake import Intake
from streams.core.log import Restored
from streams.core.pseudonyms import Pseudonyms
from streams.core.settings import ShardSettings
from streams.core.shard import Shard
from streams.outputs.prometheus import Export
from streams.release import release
from streams.runtime.board import Board
from streams.runtime.engine import Engine
from streams.runtime.layout import DEAD_LETTERS, SLA_BREACHES, layout_of
from streams.runtime.leader import Leadership, LeaseLeadership, LockLeadership
from streams.runtime.machine import MakeMachine
from streams.runtime.strange_state import strange_state_told
from streams.runtime.transport.connection import Connection
from streams.runtime.transport.embedded import EmbeddedEngine
from streams.runtime.transport.kafka import KafkaEngine
from streams.runtime.worker import Worker, WorkerSettings


def engine_of(config: Config) -> EmbeddedEngine | KafkaEngine:
    """Not open yet. Raises ConfigError."""
    if isinstance(config.log, EmbeddedLog):
        return EmbeddedEngine(config.log.directory, layout_of(config), config.limits.partitions)
    return KafkaEngine(config.log, config.kafka, layout_of(config))


class SharedCounts:
    """What all shards of a process have counted since it began, also those that went to another worker."""

    def __init__(self) -> None:
        self.stats: dict[str, int] = {}
        self._notes: dict[str, int] = {}

    def intake(self, topic: str, partitions: int, currency: str, pseudonyms: Pseudonyms | None) -> Intake:
        """An intake that notes here what it put right."""
        intake = Intake(topic, partitions, currency, pseudonyms)
        for note in intake.notes:
            self._notes.setdefault(note, 0)
        intake.notes = self._notes
        return intake

    def now(self) -> Mapping[str, int]:
        return {**self.stats, **self._notes}


def worker_of(config: Config, engine: Engine, counts: SharedCounts) -> Worker:
    settings = WorkerSettings(
        layout=layout_of(config),
        worker=config.worker.name or f"{socket.gethostname()}-{os.getpid()}",
        static=config.worker.name is not None,
        checkpoint_interval_s=config.checkpoint_interval_ms / 1000,
        event_time=config.clock == "event",
    )
    return Worker(settings, engine, lambda partitions: machines_of(shard_settings_of(config, partitions), counts))


def reload_worker(worker: Worker, config: Config, counts: SharedCounts) -> None:
    """Cases open under the promises and calendars of `config` from now on."""

    def make_machines(partitions: int) -> MakeMachine:
        return machines_of(shard_settings_of(config, partitions), counts)

    worker.reload(make_machines, lambda shard: shard.reload(shard_settings_of(config, shard.settings.partitions)))


def shard_settings_of(config: Config, partitions: int) -> ShardSettings:
    limits = config.limits
    return ShardSettings(
        topics={name: topic for topic, name in config.topics.in_log.items()},
        partitions=partitions,
        policy=config.policy(),
        zone=config.zone,
        reset_minutes=config.reset_minutes,
        currency=config.currency,
        pseudonyms=config.privacy.pseudonyms(),
        lateness_ms=limits.lateness_ms,
        keep_ms=limits.keep_ms,
        settle_ms=limits.counter_settle_ms,
        bounded=config.clock == "wall",
        dead_letters=DEAD_LETTERS,
        sla_breaches=SLA_BREACHES,
        contacts=layout_of(config).contacts,
        case_ids=config.privacy.case_ids,
        repeat_days=limits.repeat_days,
        interval_minutes=config.interval_minutes,
        release=release(),
    )


def board_of(config: Config, engine: Engine, leadership: Leadership | None = None) -> Board:
    """`leadership` None: it stands for it."""
    return Board(board_settings_of(config), engine.tail, layout_of(config), leadership or leadership_of(config))


def leadership_of(config: Config) -> Leadership:
    if isinstance(config.log, EmbeddedLog):
        return LockLeadership(config.log.directory, config.app)
    return LeaseLeadership(Connection(config.log, config.kafka), layout_of(config).leader)


def board_settings_of(config: Config) -> BoardSettings:
    return BoardSettings(
        zone=config.zone,
        reset_minutes=config.reset_minutes,
        interval_minutes=config.interval_minutes,
        event_clock=config.clock == "event",
        queues={queue.name: (queue.channel,) for queue in config.queues},
        targets={queue.name: queue.target for queue in config.queues if queue.target is not None},
        kpi_targets=config.targets,
        min_samples=config.limits.min_samples,
        backlog=config.backlog_limits(),
        min_group=config.privacy.min_group,
        label_values=config.limits.label_values,
    )


def export_of(config: Config) -> Export:
    return Export(policy=config.policy(), targets=config.targets, windows=config.metrics.windows, cuts=config.metrics.cuts)


def machines_of(settings: ShardSettings, counts: SharedCounts) -> MakeMachine:
    def make(partition: Partition, restored: Restored) -> Shard:
        with strange_state_told(partition):
            return Shard(partition, settings, restored, make_intake=counts.intake, stats=counts.stats)

    return make


def hush_libraries(level: int = logging.CRITICAL) -> None:
    """Faust and its client log much that is theirs alone; what matters to an operator we say ourselves, in a line."""
    for name in ("faust", "mode", "aiokafka", "kafka", "streams.runtime"):  # services of mode log under the module of their class
        logging.getLogger(name).setLevel(level)
