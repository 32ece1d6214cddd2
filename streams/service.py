"""One process: a worker, a board, or both, with the addresses that it listens at. Wires, and decides nothing itself.

service = Service(config, works=True, shows=True)
await service.start()       # raises what is wrong with the world, before anything is served
await service.wait()        # raises what ends it
await service.stop()        # in any case
"""

from __future__ import annotations

import asyncio
import logging
import platform
import signal
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any, NamedTuple

from schemas.instants import rfc3339
from streams.app import SharedCounts, board_of, board_settings_of, engine_of, export_of, reload_worker, worker_of
from streams.config import Config, EmbeddedLog
from streams.config.reload import reloaded
from streams.core.snapshot import Snapshot
from streams.errors import DeskpulseError
from streams.outputs.admin import admin_app
from streams.outputs.api import public_app
from streams.outputs.board_families import BoardSelfCollector
from streams.outputs.boards import Site
from streams.outputs.exposition import Collector, Exposition
from streams.outputs.health import HealthCheck, status_document
from streams.outputs.ingest import Ingest
from streams.outputs.links import Links
from streams.outputs.process_families import BuildCollector, ConfigCollector, LoopCollector, StartCollector
from streams.outputs.prometheus import BoardCollector
from streams.outputs.serving import Listener
from streams.outputs.stream import Streams
from streams.outputs.worker_families import WorkerCollector, WorkerFigures
from streams.release import core, release
from streams.runtime.board import Board
from streams.runtime.clock import wall_clock
from streams.runtime.transport.log import NewRecord
from streams.runtime.worker import Worker

log = logging.getLogger("deskpulse")


class Reread(NamedTuple):
    """first: the configuration as it was read at the start; read: reads it again, raises ConfigError."""

    first: Config
    read: Callable[[], Config]


class Service:
    """See above."""

    def __init__(self, config: Config, *, works: bool, shows: bool, reread: Reread | None = None) -> None:
        """reread  how the configuration is read again at SIGHUP; None: it is not. Raises ConfigError"""
        self._config = config
        self._reread = reread
        self._in_force = True  # what the file said when it was last read
        self._engine = engine_of(config)
        self._counts = SharedCounts()
        self._worker: Worker | None = worker_of(config, self._engine, self._counts) if works else None
        self._board: Board | None = board_of(config, self._engine) if shows else None
        self._snapshot = None if self._board is None else self._board.snapshot
        self._figures: Callable[[], WorkerFigures] | None = None if self._worker is None else self._worker.stats
        self._streams = None if self._board is None else Streams(self._board.snapshot, None if config.clock == "event" else wall_clock)
        self._collector: BoardCollector | None = None
        self._health = HealthCheck(self._snapshot, self._figures)
        self._since = rfc3339(wall_clock())
        self._listeners = [Listener(self._admin(), config.metrics.host, config.metrics.port, "metrics")]
        if self._board is not None:
            self._listeners.append(Listener(self._public(self._board), config.http.host, config.http.port, "http"))

    @property
    def addresses(self) -> Sequence[str]:
        """Of metrics and health, then of page and API, once it has started."""
        return [listener.address for listener in self._listeners]

    @property
    def ready(self) -> bool:
        """Restored and caught up: who asks now gets figures."""
        return self._health().ready

    def snapshot(self) -> Snapshot:
        """What the board shows at this moment. There must be one."""
        assert self._board is not None, "a worker alone shows nothing"
        return self._board.snapshot()

    async def start(self) -> None:
        """Ports first: who finds one in use takes no partition. Returns when everything runs; restoring may still go on."""
        await self._engine.open()
        for listener in self._listeners:
            await listener.start()
        if self._worker is not None:
            await self._worker.start()
        elif self._board is not None and self._ingests():
            await self._engine.appender.open()
        if self._board is not None:
            await self._board.start()
            log.info("figures at http://%s/, and as rows at /api/v1/rows?window=today", self._listeners[1].address)
        log.info("metrics and health at http://%s/metrics", self._listeners[0].address)
        log.info("events and state in %s", self._config.log)

    async def wait(self) -> None:
        """Returns after stop(). Raises a DeskpulseError if the world ends it."""
        parts = [asyncio.ensure_future(part.wait()) for part in (self._worker, self._board) if part is not None]
        try:
            done, _ = await asyncio.wait(parts, return_when=asyncio.FIRST_COMPLETED)
            for part in done:
                part.result()
        finally:
            for part in parts:
                part.cancel()

    async def stop(self) -> None:
        """A last checkpoint, the group is left, the addresses are free again."""
        if self._worker is not None:
            await self._worker.stop()
        if self._board is not None:
            with suppress(DeskpulseError):
                await self._board.stop()
        for listener in self._listeners:
            await listener.close()
        await self._engine.close()

    async def run_until_signal(self, started: Callable[[], None] = lambda: None) -> None:
        """Runs until SIGTERM or SIGINT. `started` is called once it serves. Raises as `wait`."""
        told = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, told.set)
        if self._reread is not None:
            loop.add_signal_handler(signal.SIGHUP, self.reload)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGHUP})  # one may be waiting since the configuration was read
        signalled = asyncio.ensure_future(told.wait())
        running = asyncio.ensure_future(self._run(started))
        try:
            await asyncio.wait([signalled, running], return_when=asyncio.FIRST_COMPLETED)
            if running.done():
                running.result()
        finally:
            signalled.cancel()
            running.cancel()  # it may be starting still, and must not go on with that behind what is stopped
            await asyncio.gather(running, return_exceptions=True)
            await self.stop()
        log.info("ended, as it was told to")

    def reload(self) -> None:
        """Reads the configuration again and goes on by it, as far as that can be done without a restart; else everything stays as it is."""
        assert self._reread is not None, "nobody has said how it is read"
        try:
            after = self._reread.read()
        except DeskpulseError as error:
            self._in_force = False
            log.error("the configuration stays as it was: %s", error)
            return
        found = reloaded(self._config, self._reread.first, after)
        self._config = found.config
        self._in_force = True
        if self._board is not None:
            self._board.reload(board_settings_of(found.config))
        if self._collector is not None:
            self._collector.reload(export_of(found.config))
        if self._worker is not None:
            reload_worker(self._worker, found.config, self._counts)
        log.info("the configuration was read again: %s", f"in force now: {', '.join(found.taken)}" if found.taken else "nothing new")
        if found.late:
            log.warning("the configuration has changed in what needs a restart: %s", ", ".join(found.late))

    async def _run(self, started: Callable[[], None]) -> None:
        await self.start()
        started()
        await self.wait()

    # What it serves

    def _admin(self) -> Any:
        own: list[Collector] = [
            BuildCollector(release(), platform.python_version(), core()),
            StartCollector(wall_clock()),
            LoopCollector(lambda: len(asyncio.all_tasks())),
            ConfigCollector(lambda: self._in_force),
        ]
        worker, board = self._worker, self._board
        if worker is not None:
            own.append(WorkerCollector(worker.stats, self._counts.now))
        if board is None or self._streams is None:
            return admin_app(Exposition(None, None, own), health=self._health, status=self._status)
        own.append(BoardSelfCollector(board.stats, self._streams))
        self._collector = BoardCollector(board.snapshot, export_of(self._config))
        exposition = Exposition(board.snapshot, self._collector, own, board.exports)
        return admin_app(exposition, health=self._health, status=self._status)

    def _public(self, board: Board) -> Any:
        config, http = self._config, self._config.http
        ingest = None
        if self._ingests():
            assert http.token is not None
            ingest = Ingest(self._append, config.topics.in_log, http.token, wall_clock, config.currency)
        links = Links(http.links, wall_clock)
        return public_app(
            board.snapshot, status=self._status, site=self._site, token=http.token, links=links, ingest=ingest, streams=self._streams
        )

    def _site(self) -> Site:
        config = self._config
        return Site(
            title=config.site,
            version=release(),
            zone=config.zone,
            policy=config.policy(),
            boards=config.wallboards(),
            queues=config.queues,
            targets=config.targets,
            currency=config.currency,
            interval_minutes=config.interval_minutes,
            case_ids=config.privacy.case_ids,
        )

    def _ingests(self) -> bool:
        """An embedded log is written by its worker's process alone."""
        return self._config.http.token is not None and (self._worker is not None or not isinstance(self._config.log, EmbeddedLog))

    async def _append(self, topic: str, records: Sequence[tuple[bytes, bytes]]) -> None:
        await self._engine.appender.append(topic, [NewRecord(key, value) for key, value in records])

    def _status(self) -> Mapping[str, Any]:
        role = "run" if self._worker and self._board else "worker" if self._worker else "board"
        facts: dict[str, Any] = {
            "role": role,
            "release": release(),
            "core": core(),
            "app": self._config.app,
            "site": self._config.site,
            "log": str(self._config.log),
        }
        facts["since"] = self._since
        if self._worker is not None:
            facts["records"] = dict(self._counts.now())
        return status_document(facts, self._health(), self._snapshot, self._figures)
