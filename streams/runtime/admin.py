"""The topics of one deskpulse on a Kafka: how they should be, how they are, and making them so (kafka-python's admin client).

with Admin(config.log, config.kafka) as admin:
    found = admin.look(plans(layout, partitions=4))
    admin.create(...)
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import TracebackType
from typing import Any

import msgspec
from kafka import TopicPartition as KafkaTopicPartition
from kafka.admin import ConfigResource, KafkaAdminClient
from kafka.errors import (
    AuthorizationError,
    IncompatibleBrokerVersion,
    KafkaConnectionError,
    KafkaError,
    KafkaTimeoutError,
    SaslAuthenticationFailedError,
    TopicAlreadyExistsError,
    TopicAuthorizationFailedError,
    for_code,
)

from schemas.values import DAY_MS, HOUR_MS
from streams.config.parts import Kafka, KafkaLog
from streams.errors import DeskpulseError, TopicLayoutError, Unreachable
from streams.runtime.layout import COMPACTED, DEAD_LETTERS, Layout
from streams.runtime.transport.log import TopicPartition

ANSWER_MS_MAX = 5_000
"""How long the first answer of a broker may take."""
RETRY_S = 0.1

REFUSALS = (SaslAuthenticationFailedError, AuthorizationError)

SHORT_LIVED = {"cleanup.policy": "delete", "retention.ms": str(HOUR_MS), "segment.ms": "600000"}
SIX_WEEKS = {"cleanup.policy": "delete", "retention.ms": str(42 * DAY_MS)}
"""Of contacts: longer than a shard keeps one, so that where positions are lost all that counts can be read once more."""
WEEK = {"cleanup.policy": "delete", "retention.ms": str(7 * DAY_MS)}
LETTERS = WEEK | {"segment.ms": str(DAY_MS)}
"""Of dead letters, which hold what people wrote: a segment goes as a whole, so that with longer ones they could stay for twice as long."""

TELLING = {*COMPACTED, "retention.ms", "retention.bytes", "min.insync.replicas", "message.timestamp.type"}
"""Configs worth showing: what decides how long records stay, and how safe they are."""


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """How one topic should be.

    partitions  None: as many as there are, or as the sources have where it is created
    configs     what it is created with
    ours        nobody else writes configs of it: where they differ from `configs`, `create` sets them again
    """

    name: str
    what: str
    partitions: int | None
    configs: Mapping[str, str]
    ours: bool


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """How one topic is; partitions 0: it is not there. `wrong`: complaints, each with its way out."""

    name: str
    what: str
    partitions: int
    replication: int
    configs: dict[str, str]
    wrong: tuple[str, ...]


def plans(layout: Layout, partitions: int) -> tuple[Plan, ...]:
    """How the topics of `layout` should be, with `partitions` for each that a shard reads or writes."""
    return (
        *(Plan(name=name, what="events", partitions=partitions, configs={}, ours=False) for name in layout.sources),
        Plan(name=layout.contacts, what="contacts", partitions=partitions, configs=SIX_WEEKS, ours=True),
        Plan(name=layout.state, what="state", partitions=partitions, configs=COMPACTED, ours=True),
        Plan(name=layout.panes, what="panes", partitions=partitions, configs=COMPACTED, ours=True),
        Plan(name=layout.heartbeats, what="heartbeats", partitions=1, configs=SHORT_LIVED, ours=True),
        Plan(name=f"{layout.app}-leader", what="which board leads", partitions=1, configs=SHORT_LIVED, ours=True),
        *(
            Plan(name=name, what="output", partitions=None, configs=LETTERS, ours=True)
            if name == DEAD_LETTERS
            else Plan(name=name, what="output", partitions=None, configs=WEEK, ours=False)
            for name in layout.outputs
        ),
    )


def partitions_to_make(layout: Layout, counts: Mapping[str, int], wanted: int) -> int:
    """As many as the topics have that are there already, if they agree; else `wanted`. `counts`: topic -> partitions, 0 = not there."""
    there = {counts[name] for name in layout.partitioned if counts.get(name)}
    return there.pop() if len(there) == 1 else wanted


def judge(plan: Plan, partitions: int, configs: Mapping[str, str], layout: Layout) -> tuple[str, ...]:
    """What is wrong with a topic as it is, and what to do; empty where it is right."""
    if not partitions:
        return ("not there: `deskpulse topics create` makes it",)
    wrong = []
    if plan.partitions is not None and partitions != plan.partitions:
        if plan.name in layout.sources:
            way_out = "empty, delete it: `deskpulse topics create` makes it anew; with events, `deskpulse topics grow` says the way"
        elif plan.name in (layout.contacts, layout.state, layout.panes):
            way_out = f'choose a new `app` name, such as "{layout.app}-2", and create its topics: it replays the events'
        else:
            way_out = "stop every deskpulse, delete it, and create it again: it holds nothing that lasts"
        wrong.append(f"{partitions} partitions, expected {plan.partitions}: {way_out}")
    if plan.ours:
        wrong += [
            f"{key} is {configs.get(key)}, expected {value}: `deskpulse topics create` sets it"
            for key, value in plan.configs.items()
            if configs.get(key) != value
        ]
    elif "compact" in configs.get("cleanup.policy", ""):
        wrong.append("compacted, so all but the last event of a case will vanish: set its cleanup.policy to delete")
    return tuple(wrong)


class Admin:
    """A connection for such questions. Raises Unreachable where nobody answers, or answers that we may not."""

    def __init__(self, log: KafkaLog, kafka: Kafka) -> None:
        self._log = log
        with self._understood(), first_refusal():
            self._client: Any = KafkaAdminClient(**client_settings(log, kafka), bootstrap_timeout_ms=ANSWER_MS_MAX)

    def __enter__(self) -> Admin:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        self._client.close()

    def brokers(self) -> int:
        with self._understood():
            return len(self._client.describe_cluster()["brokers"])

    def counts(self, names: Sequence[str]) -> dict[str, int]:
        """Partitions of each topic, 0 where it is not there."""
        with self._understood():
            there = set(self._client.list_topics())
            described = self._client.describe_topics([name for name in names if name in there]) if there & set(names) else []
        return dict.fromkeys(names, 0) | {topic["name"]: len(topic["partitions"]) for topic in described}

    def rights(self, names: Sequence[str]) -> tuple[list[str], dict[str, set[str] | None]]:
        """What this user may do, e.g. READ: the topics that are hidden from it, and of those that are there, what. None: not said."""
        with self._understood():
            described = self._client.describe_topics(list(names))
        hidden = [topic["name"] for topic in described if for_code(topic["error_code"]) is TopicAuthorizationFailedError]
        there = [topic for topic in described if not topic["error_code"]]
        said = {topic["name"]: topic.get("authorized_operations") for topic in there}
        return hidden, {name: None if operations is None else set(operations) for name, operations in said.items()}

    def may_read_group(self, group: str) -> bool:
        """Whether this user may join that consumer group. Of one that has never had a member it is only known whether we may see it."""
        end_s = time.monotonic() + ANSWER_MS_MAX / 1000
        while True:
            try:
                found = self._client.describe_groups([group])[group]
            except AuthorizationError:
                return False
            except KafkaError as error:  # who keeps a group is settled when it is first asked for
                if not error.retriable or time.monotonic() > end_s:
                    raise understood(error, self._log) from error
            else:
                if found["group_state"] or time.monotonic() > end_s:
                    return found["authorized_operations"] is None or "READ" in found["authorized_operations"]
            time.sleep(RETRY_S)

    def offsets_kept_minutes(self) -> int | None:
        """How long the first broker keeps the positions of a group without members. None: we may not know."""
        try:
            broker = str(self._client.describe_cluster()["brokers"][0]["broker_id"])
            found = self._client.describe_configs([ConfigResource("BROKER", broker)], config_filter="all")["broker"][broker]
        except AuthorizationError:
            return None
        except KafkaError as error:
            raise understood(error, self._log) from error
        minutes = found.get("offsets.retention.minutes")
        return None if minutes is None else int(minutes["value"])

    def look(self, wanted: Sequence[Plan], layout: Layout) -> list[Found]:
        """How the topics are, in the order of `wanted`."""
        counts = self.counts([plan.name for plan in wanted])
        there = [name for name, count in counts.items() if count]
        with self._understood():
            replication = {topic["name"]: len(topic["partitions"][0]["replica_nodes"]) for topic in self._client.describe_topics(there)}
            configs = self._configs(there)
        return [
            Found(
                name=plan.name,
                what=plan.what,
                partitions=counts[plan.name],
                replication=replication.get(plan.name, 0),
                configs={key: value for key, value in configs.get(plan.name, {}).items() if key in TELLING},
                wrong=judge(plan, counts[plan.name], configs.get(plan.name, {}), layout),
            )
            for plan in wanted
        ]

    def create(self, wanted: Sequence[Plan], replication: int) -> list[str]:
        """Make those that are not there, and set configs of our own where they differ. What is right already stays untouched.

        Returns what was done, a line each. Partitions of a topic that is there are never changed.
        """
        counts = self.counts([plan.name for plan in wanted])
        default = max(plan.partitions or 1 for plan in wanted)
        done = [self._create(plan, plan.partitions or default, replication) for plan in wanted if not counts[plan.name]]
        with self._understood():
            self._client.wait_for_topics([plan.name for plan in wanted])
            configs = self._configs([plan.name for plan in wanted if plan.ours])
        for plan in wanted:
            there_now = configs.get(plan.name, {})
            changed = {key: value for key, value in plan.configs.items() if plan.ours and there_now.get(key) != value}
            if changed:
                with self._understood():
                    self._client.alter_configs([ConfigResource("TOPIC", plan.name, changed)])
                done.append(f"{plan.name}: set {', '.join(f'{key} = {value}' for key, value in changed.items())}")
        return [line for line in done if line]

    def delete_before(self, places: Mapping[TopicPartition, int]) -> None:
        """Delete the records of each partition that lie before that offset, for good."""
        with self._understood():
            self._client.delete_records({KafkaTopicPartition(*tp): offset for tp, offset in places.items() if offset})

    def _create(self, plan: Plan, partitions: int, replication: int) -> str:
        # With three replicas, acknowledged has to mean two of them, or the loss of one broker can lose what was acknowledged.
        configs = {**plan.configs, **({"min.insync.replicas": "2"} if replication >= 3 else {})}
        options = {"num_partitions": partitions, "replication_factor": replication, "configs": configs}
        with self._understood():
            (answer,) = self._client.create_topics({plan.name: options}, raise_errors=False)["topics"]
            error = for_code(answer["error_code"])
        if error is TopicAlreadyExistsError:  # by another who does the same at this moment
            return ""
        if answer["error_code"] and issubclass(error, AuthorizationError):
            raise Unreachable(f"{self._log}: may not create {plan.name}: grant CREATE on it to this user, or have it created")
        if answer["error_code"]:
            raise TopicLayoutError(f"{plan.name} cannot be created: {answer.get('error_message') or error.__name__}")
        return f"{plan.name}: created with {partitions} partition{'s' if partitions > 1 else ''}, {replication} of each"

    def _configs(self, names: Sequence[str]) -> dict[str, dict[str, str]]:
        if not names:
            return {}
        found = self._client.describe_configs([ConfigResource("TOPIC", name) for name in names], config_filter="all")["topic"]
        return {name: {key: config["value"] for key, config in configs.items()} for name, configs in found.items()}

    @contextmanager
    def _understood(self) -> Iterator[None]:
        """Errors of the client as errors of ours, with the next move."""
        try:
            yield
        except KafkaError as error:
            raise understood(error, self._log) from error


def understood(error: KafkaError, log: KafkaLog) -> DeskpulseError:
    """What an error of the client means for the one who reads it."""
    if isinstance(error, SaslAuthenticationFailedError):
        return Unreachable(f"{log}: refuses this user: check username, password_file and mechanism in [kafka]")
    if isinstance(error, AuthorizationError):
        return Unreachable(f"{log}: this user may not do that ({error}): grant it the rights on the topics and the cluster")
    if "Handshake" in str(error):
        return Unreachable(f"{log}: no TLS with it ({error}): check security and ca_file in [kafka]")
    if "disconnected" in str(error):  # the answer of many brokers to a wrong password
        return Unreachable(f"{log}: hangs up on us: check security, mechanism, username and password_file in [kafka]")
    if isinstance(error, KafkaTimeoutError | KafkaConnectionError) or error.retriable:
        return Unreachable(f"{log}: no Kafka answers there: start it, or correct `log` in site.toml or DESKPULSE_LOG")
    if isinstance(error, IncompatibleBrokerVersion):
        return Unreachable(f"{log}: this Kafka is too old for that ({error}): 2.5 or newer is needed")
    return Unreachable(f"{log}: {type(error).__name__}: {error}")


@contextmanager
def first_refusal() -> Iterator[None]:
    """Turns the time-out of a first connection into its reason.

    The client tries again until its time is over, also where a password is wrong, and says why in its log alone.
    """
    heard: list[KafkaError] = []

    class Listener(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            args = record.args if isinstance(record.args, tuple) else ()
            heard.extend(arg for arg in args if isinstance(arg, KafkaError))

    listener = Listener(logging.WARNING)
    logger = logging.getLogger("kafka")
    logger.addHandler(listener)
    try:
        yield
    except KafkaTimeoutError as error:
        told = [reason for reason in heard if isinstance(reason, REFUSALS) or "Handshake" in str(reason) or "disconnected" in str(reason)]
        raise told[0] if told else error from None
    finally:
        logger.removeHandler(listener)


def client_settings(log: KafkaLog, kafka: Kafka) -> dict[str, Any]:
    """Settings for any client of kafka-python. Holds the password in the clear: hand it to the client, keep it nowhere."""
    settings: dict[str, Any] = {
        "bootstrap_servers": list(log.brokers),
        "client_id": "deskpulse",
        "security_protocol": kafka.security,
    }
    if kafka.ca_file is not None:
        settings["ssl_cafile"] = str(kafka.ca_file)
    if kafka.mechanism is not None:
        settings |= {"sasl_mechanism": kafka.mechanism, "sasl_plain_username": kafka.username}
        settings["sasl_plain_password"] = kafka.password.reveal() if kafka.password else None
    return settings
