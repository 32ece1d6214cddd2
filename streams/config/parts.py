"""The parts of the configuration, as values. Each is handed to the one who needs it; nobody gets the world.

Here lengths of time are milliseconds and ratios 0..1, whatever the file says. Defaults are those of output.md, section 5.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import msgspec

from schemas.values import DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS, DurationMs
from streams.core.kpis.backlog import USUAL_MS, BacklogAfter
from streams.core.kpis.tiles import Tile
from streams.core.pseudonyms import Pseudonyms


class Secret:
    """A password or token. It shows itself to `reveal()` alone: not in `repr`, logs, `/status` or JSON."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        return self._text

    def __repr__(self) -> str:
        return "Secret(...)"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._text == self._text

    def __hash__(self) -> int:
        return hash(self._text)

    def __reduce__(self) -> str:
        raise TypeError("a secret is not written anywhere")


class EmbeddedLog(msgspec.Struct, frozen=True, kw_only=True):
    """`embedded://PATH`: one process, no broker."""

    directory: Path

    def __str__(self) -> str:
        return f"embedded://{self.directory}"


class KafkaLog(msgspec.Struct, frozen=True, kw_only=True):
    """`kafka://HOST:PORT[,HOST:PORT...]`; how to get in is said in `Kafka`."""

    brokers: tuple[str, ...]

    def __str__(self) -> str:
        return f"kafka://{','.join(self.brokers)}"


class Http(msgspec.Struct, frozen=True, kw_only=True):
    """Wallboard and API. `token` None: everyone who reaches the address may read; nobody may ingest. `links`: file of links to boards."""

    host: str = "127.0.0.1"
    port: int = 8600
    token: Secret | None = None
    insecure: bool = False
    links: Path = Path("links.json")


class Metrics(msgspec.Struct, frozen=True, kw_only=True):
    """Prometheus exposition and health. `windows` and `cuts`: of the ready KPIs (output.md, section 3)."""

    host: str = "127.0.0.1"
    port: int = 8601
    windows: tuple[str, ...] = ("today", "interval")
    cuts: tuple[str, ...] = ("site", "queue")


class Kafka(msgspec.Struct, frozen=True, kw_only=True):
    """How to get into the brokers."""

    security: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = "PLAINTEXT"
    mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] | None = None
    username: str | None = None
    password: Secret | None = None
    ca_file: Path | None = None


class Topics(msgspec.Struct, frozen=True, kw_only=True):
    """What the input topics are called in the log; the attribute is the logical name. "": turned off, not read."""

    calls: str = "calls"
    tickets: str = "tickets"
    agents: str = "agents"
    surveys: str = "surveys"
    customers: str = "customers"
    articles: str = "articles"
    finance: str = "finance"
    unnamed: tuple[str, ...] = ()
    """Those that a site may be without, as the file does not name them."""

    @property
    def in_log(self) -> dict[str, str]:
        """Logical name -> name in the log, of those that are read."""
        return {topic: name for topic in self.__struct_fields__ if topic != "unnamed" and (name := getattr(self, topic))}


class Queue(msgspec.Struct, frozen=True, kw_only=True):
    """A queue that is known before its first event. None: the default of its channel (metrics.md, section 4)."""

    name: str
    title: str
    channel: str = "phone"
    threshold_ms: DurationMs | None = None
    short_abandon_ms: DurationMs | None = None
    target: float | None = None
    calendar: str | None = None
    backlog_after: BacklogAfter | None = None


class Wallboard(msgspec.Struct, frozen=True, kw_only=True):
    """What one board shows.

    pages           tiles, page by page
    rotate_seconds  how long each page is shown; 0: until somebody turns it
    queues          those that its lists show; empty: all
    language, dark  None: as the browser and the system have it
    """

    name: str
    title: str
    pages: tuple[tuple[Tile, ...], ...] = ()
    rotate_seconds: int = 20
    queues: tuple[str, ...] = ()
    language: str | None = None
    dark: bool | None = None


class Backlog(msgspec.Struct, frozen=True, kw_only=True):
    """Cases unresolved for longer are the backlog. A queue may have a limit of its own."""

    after: BacklogAfter = USUAL_MS


class Privacy(msgspec.Struct, frozen=True, kw_only=True):
    """
    case_ids      boards may name the cases whose promises are at risk or breached
    per_agent     rows of single agents
    min_group     of fewer people nothing is told that is about each of them
    pseudonymise  whose ids are replaced at intake: `customer_id`, `agent_id`; with `key`
    """

    case_ids: bool = False
    per_agent: bool = False
    min_group: int = 5
    pseudonymise: tuple[str, ...] = ()
    key: Secret | None = None

    def pseudonyms(self) -> Pseudonyms | None:
        """What stands for those ids; None: they stay as they are."""
        if not self.pseudonymise:
            return None
        assert self.key is not None, "the table was not checked"
        return Pseudonyms(self.key.reveal().encode(), self.pseudonymise)


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """`left_after_ms` 0: a customer leaves by saying so alone."""

    lateness_ms: DurationMs = DurationMs(7 * DAY_MS)
    keep_calls_ms: DurationMs = DurationMs(DAY_MS)
    keep_tickets_ms: DurationMs = DurationMs(90 * DAY_MS)
    keep_surveys_ms: DurationMs = DurationMs(7 * DAY_MS)
    keep_articles_ms: DurationMs = DurationMs(7 * DAY_MS)
    keep_finance_ms: DurationMs = DurationMs(7 * DAY_MS)
    visit_ms: DurationMs = DurationMs(4 * HOUR_MS)
    visit_chat_ms: DurationMs = DurationMs(DAY_MS)
    talk_ms: DurationMs = DurationMs(12 * HOUR_MS)
    wrap_up_ms: DurationMs = DurationMs(10 * MINUTE_MS)
    left_after_ms: DurationMs = DurationMs(0)
    counter_settle_ms: DurationMs = DurationMs(60 * SECOND_MS)
    label_values: int = 200
    min_samples: int = 5
    repeat_days: int = 7
    partitions: int = 4

    @property
    def keep_ms(self) -> dict[str, int]:
        """Logical topic -> how long a case is kept after its end. Agents and customers have no end."""
        return {
            "calls": self.keep_calls_ms,
            "tickets": self.keep_tickets_ms,
            "surveys": self.keep_surveys_ms,
            "articles": self.keep_articles_ms,
            "finance": self.keep_finance_ms,
        }


class Worker(msgspec.Struct, frozen=True, kw_only=True):
    """`name` None: an ordinary member of the group; else a static one (`group.instance.id`).

    processes  how many `deskpulse worker` starts; "auto": one per core
    """

    name: str | None = None
    processes: int | Literal["auto"] = 1
