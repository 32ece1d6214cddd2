"""The configuration: one file `site.toml`, all of it optional, read once by the command line and handed down in parts.

    config = load(Path("site.toml"), os.environ)
    config.http, config.limits, ...

What is wrong is a `ConfigError`: file, key, value, what is expected, and the nearest known key. Secrets come from files or
the environment and are held as `Secret`.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, TypeVar
from zoneinfo import ZoneInfo, available_timezones

import msgspec

from schemas.values import MINUTE_MS, SECOND_MS, DurationMs
from streams.config import boards, calendars, logs, privacy, sections, slas
from streams.config.parts import (
    Backlog,
    EmbeddedLog,
    Http,
    Kafka,
    KafkaLog,
    Limits,
    Metrics,
    Privacy,
    Queue,
    Secret,
    Topics,
    Wallboard,
    Worker,
)
from streams.config.table import Complaints, Table, shown
from streams.config.targets import target
from streams.config.values import clock_time, currency, duration, kafka_name, label, one_of, whole_of, zone
from streams.core.clocks.business import Calendar
from streams.core.clocks.policy import Policy, QueuePolicy
from streams.core.clocks.sla import SlaRule
from streams.core.kpis.backlog import BacklogLimits
from streams.core.kpis.targets import Target
from streams.core.settings import CURRENCY
from streams.errors import ConfigError

__all__ = [
    "Backlog",
    "Config",
    "EmbeddedLog",
    "Http",
    "Kafka",
    "KafkaLog",
    "Limits",
    "Metrics",
    "Privacy",
    "Queue",
    "Secret",
    "Target",
    "Topics",
    "Wallboard",
    "Worker",
    "WrongConfig",
    "load",
    "read",
]

T = TypeVar("T")


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """All of it. `read({})` is the default; do not build one by hand, its parts are checked against each other."""

    log: EmbeddedLog | KafkaLog
    app: str
    site: str
    zone: ZoneInfo
    reset_minutes: int  # the business day begins so many minutes after midnight
    currency: str
    interval_minutes: int
    checkpoint_interval_ms: DurationMs
    clock: Literal["wall", "event"]
    http: Http
    metrics: Metrics
    kafka: Kafka
    topics: Topics
    calendars: Mapping[str, Calendar]
    queues: tuple[Queue, ...]
    slas: tuple[SlaRule, ...]
    backlog: Backlog
    targets: tuple[Target, ...]
    privacy: Privacy
    boards: tuple[Wallboard, ...]
    limits: Limits
    worker: Worker

    def backlog_limits(self) -> BacklogLimits:
        """After how long a case is backlog, of the site and of queues."""
        return BacklogLimits(
            self.backlog.after, {queue.name: queue.backlog_after for queue in self.queues if queue.backlog_after is not None}
        )

    def wallboards(self) -> tuple[Wallboard, ...]:
        """Those that are configured, and the default one after them, where none has its name."""
        default = boards.default_board(self.topics.in_log)
        return (*self.boards, *([] if any(board.name == default.name for board in self.boards) else [default]))

    def policy(self) -> Policy:
        """What folds have to know of it; the shard gives it its revision."""
        used = {queue.calendar for queue in self.queues} | {rule.calendar for rule in self.slas}
        return Policy(
            queues={queue.name: QueuePolicy(queue.threshold_ms, queue.short_abandon_ms, queue.calendar) for queue in self.queues},
            visit_limit_ms=self.limits.visit_ms,
            chat_visit_limit_ms=self.limits.visit_chat_ms,
            talk_limit_ms=self.limits.talk_ms,
            wrap_up_limit_ms=self.limits.wrap_up_ms,
            left_after_ms=self.limits.left_after_ms,
            per_agent=self.privacy.per_agent,
            calendars={name: calendar for name, calendar in self.calendars.items() if name in used},
            slas=self.slas,
        )


class WrongConfig(ConfigError):
    """All that is wrong with one file: `complaints`, a line each. Its message is the first, and how many more there are."""

    def __init__(self, complaints: list[str]) -> None:
        more = len(complaints) - 1
        super().__init__(complaints[0] + (f" (and {more} more: `deskpulse check` says all)" if more else ""))
        self.complaints = tuple(complaints)


def load(path: Path | None, environ: Mapping[str, str]) -> Config:
    """The configuration in the file `path`; None: the defaults. Raises ConfigError."""
    if path is None:
        return read({}, environ=environ)
    try:
        written = path.read_bytes().decode("utf-8")
        entries = tomllib.loads(written)
    except FileNotFoundError:
        raise ConfigError(f"{path}: there is no such file") from None
    except OSError as error:
        raise ConfigError(f"{path}: cannot read it: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise WrongConfig([f"{path}: byte {error.start} is not UTF-8: save it as UTF-8"]) from None
    except tomllib.TOMLDecodeError as error:
        raise WrongConfig([f"{path}: not TOML: {_first_lower(str(error))}"]) from None
    return read(entries, file=str(path), base=path.absolute().parent, environ=environ)


def read(entries: Mapping[str, Any], *, file: str = "", base: Path | None = None, environ: Mapping[str, str] | None = None) -> Config:
    """The configuration in the parsed TOML `entries`.

    file     what messages call it
    base     where relative paths begin; default: the folder we are in
    environ  DESKPULSE_LOG, DESKPULSE_STATE, DESKPULSE_TOKEN, DESKPULSE_KAFKA_PASSWORD, DESKPULSE_PSEUDONYM_KEY, TZ; default: none of them
    Raises WrongConfig.
    """
    environ = environ if environ is not None else {}
    base = base or Path.cwd()
    complaints = Complaints(file)
    top = Table(entries, complaints)
    state = state_directory(environ)
    embedded: EmbeddedLog | KafkaLog = EmbeddedLog(directory=state)
    log = top.get("log", lambda value: logs.log(value, base=base, state=state), embedded)
    app = top.get("app", kafka_name(200), "deskpulse")
    clock: Any = top.get("clock", one_of("wall", "event"), "wall")
    site_zone = top.get("zone", zone, None) or system_zone(environ, complaints)
    hours = {name: calendars.calendar(name, table, site_zone) for name, table in top.tables("calendar")}
    config = Config(
        log=logs.log_from_environment(environ, complaints, state) or log,
        app=app,
        site=top.get("site", label, ""),
        zone=site_zone,
        reset_minutes=top.get("reset", clock_time, 0),
        currency=top.get("currency", currency, CURRENCY),
        interval_minutes=top.get("interval_minutes", whole_of(15, 30, 60), 30),
        checkpoint_interval_ms=top.get("checkpoint_interval", duration(50, MINUTE_MS), DurationMs(SECOND_MS)),
        clock=clock,
        http=sections.http(top.table("http", secret=True), base, environ, state),
        metrics=sections.metrics(top.table("metrics")),
        kafka=sections.kafka(top.table("kafka", secret=True), base, environ),
        topics=sections.topics(top.table("topics"), app),
        calendars=hours,
        queues=(queues := tuple(sections.queue(name, table, hours) for name, table in top.tables("queue"))),  # said in this order
        slas=slas.slas(top.array("sla"), hours, queue_names := [queue.name for queue in queues]),
        backlog=sections.backlog(top.table("backlog")),
        targets=tuple(target(kpi, table) for kpi, table in top.tables("target")),
        privacy=privacy.privacy(top.table("privacy", secret=True), base, environ),
        boards=boards.boards(top, queue_names),
        limits=sections.limits(top.table("limits")),
        worker=sections.worker(top.table("worker")),
    )
    if config.http.port == config.metrics.port != 0 and config.http.host == config.metrics.host:
        complaints.add(f"metrics.address is that of http.address, port {config.http.port}: each needs its own")
    if config.worker.processes != 1 and isinstance(config.log, EmbeddedLog):
        complaints.add(f"worker.processes is {shown(config.worker.processes)}: {sections.ONE_WRITER}")
    top.finish()
    if complaints.lines:
        raise WrongConfig(complaints.lines)
    return config


def state_directory(environ: Mapping[str, str]) -> Path:
    """Where the embedded log lies if nobody says otherwise."""
    if environ.get("DESKPULSE_STATE"):
        return Path(environ["DESKPULSE_STATE"]).expanduser().absolute()
    if environ.get("XDG_STATE_HOME"):
        return Path(environ["XDG_STATE_HOME"]) / "deskpulse"
    return Path.home() / ".local" / "state" / "deskpulse"


def system_zone(environ: Mapping[str, str], complaints: Complaints) -> ZoneInfo:
    """TZ, else /etc/localtime, else /etc/timezone, else UTC."""
    wanted = environ.get("TZ", "").removeprefix(":")
    if wanted:
        if wanted in available_timezones():
            return ZoneInfo(wanted)
        complaints.add(f'TZ is "{wanted}": not the name of an IANA zone: set zone = "Europe/Riga" or the like', file="environment")
        return ZoneInfo("UTC")
    _, _, linked = os.path.realpath("/etc/localtime").partition("zoneinfo/")
    try:
        named = Path("/etc/timezone").read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        named = ""
    known = available_timezones()
    return next((ZoneInfo(name) for name in (linked, named) if name in known), ZoneInfo("UTC"))


def _first_lower(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]
