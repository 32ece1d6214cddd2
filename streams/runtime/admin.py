"""The topics of one deskpulse on a Kafka: how they are, and making them as they should be.

with Admin(config.log, config.kafka) as admin:
    found = admin.look(plans(layout, partitions=4), layout)
    admin.create(...)
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from types import TracebackType
from typing import Any, TypeVar

from kafka import TopicPartition as KafkaTopicPartition
from kafka.admin import ConfigResource
from kafka.errors import (
    AuthorizationError,
    KafkaConnectionError,
    KafkaError,
    KafkaTimeoutError,
    NoError,
    TopicAlreadyExistsError,
    TopicAuthorizationFailedError,
    UnknownTopicOrPartitionError,
    for_code,
)

from streams.config.parts import Kafka, KafkaLog
from streams.errors import TopicLayoutError, Unreachable
from streams.runtime.layout import STATE_ROWS, Layout
from streams.runtime.topic_plans import Found, Plan, judge
from streams.runtime.transport.admin_client import ANSWER_MS_MAX, admin_client, errors, understood
from streams.runtime.transport.log import TopicPartition

RETRY_S = 0.1
TAKEN_OVER_S = 15.0
"""After that the other brokers have taken over what one led that is gone: they miss it after 9 s."""
T = TypeVar("T")

TELLING = {*STATE_ROWS, "retention.ms", "retention.bytes", "min.insync.replicas", "message.timestamp.type"}
"""Configs worth showing: what decides how long records stay, and how safe they are."""


class Admin:
    """A connection to the brokers. Raises Unreachable where nobody answers, or answers that we may not."""

    def __init__(self, log: KafkaLog, kafka: Kafka) -> None:
        self._log, self._kafka = log, kafka
        self._client: Any = admin_client(log, kafka)
        self._made: set[str] = set()  # by us: they are there, whatever the broker says that is asked next

    def __enter__(self) -> Admin:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        self._client.close()

    def brokers(self) -> int:
        return len(self._ask(lambda client: client.describe_cluster())["brokers"])

    def counts(self, names: Sequence[str]) -> dict[str, int]:
        """Partitions of each topic, 0 where it is not there."""
        there = {*self._ask(lambda client: client.list_topics()), *self._made}
        described = self._described([name for name in names if name in there])
        return dict.fromkeys(names, 0) | {topic["name"]: len(topic["partitions"]) for topic in described}

    def rights(self, names: Sequence[str]) -> tuple[list[str], dict[str, set[str] | None]]:
        """What this user may do, e.g. READ: the topics that are hidden from it, and of those that are there, what. None: not said."""
        described = self._ask(lambda client: client.describe_topics(list(names)))
        hidden = [topic["name"] for topic in described if for_code(topic["error_code"]) is TopicAuthorizationFailedError]
        there = [topic for topic in described if not topic["error_code"]]
        said = {topic["name"]: topic.get("authorized_operations") for topic in there}
        return hidden, {name: None if operations is None else set(operations) for name, operations in said.items()}

    def may_read_group(self, group: str) -> bool:
        """Whether this user may join that consumer group. Of one that has never had a member it is only known whether we may see it."""
        end_s = time.monotonic() + ANSWER_MS_MAX / 1000
        while True:
            try:
                found = self._ask(lambda client: client.describe_groups([group])[group])
            except Unreachable as error:
                if isinstance(error.__cause__, AuthorizationError):
                    return False
                raise
            # Who keeps a group is settled when it is first asked for.
            if found["group_state"] or time.monotonic() > end_s:
                return found["authorized_operations"] is None or "READ" in found["authorized_operations"]
            time.sleep(RETRY_S)

    def look(self, wanted: Sequence[Plan], layout: Layout) -> list[Found]:
        """How the topics are, in the order of `wanted`."""
        counts = self.counts([plan.name for plan in wanted])
        there = [name for name, count in counts.items() if count]
        replication = {topic["name"]: len(topic["partitions"][0]["replica_nodes"]) for topic in self._described(there)}
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

    def out_of_sync(self, names: Sequence[str]) -> Mapping[int, int]:
        """Broker -> how many copies of partitions it has that are not up to date; of one that is down, all it has."""
        partitions = [partition for topic in self._described(names) for partition in topic["partitions"]]
        return Counter(node for partition in partitions for node in partition["replica_nodes"] if node not in partition["isr_nodes"])

    def create(self, wanted: Sequence[Plan], replication: int) -> list[str]:
        """Make those that are not there, and set configs of our own where they differ. What is right already stays untouched.

        Returns what was done, a line each. Partitions of a topic that is there are never changed.
        """
        counts = self.counts([plan.name for plan in wanted])
        default = max(plan.partitions or 1 for plan in wanted)
        done = [self._create(plan, plan.partitions or default, replication) for plan in wanted if not counts[plan.name]]
        self._made |= {plan.name for plan in wanted}
        configs = self._configs([plan.name for plan in wanted if plan.ours])
        for plan in wanted:
            there_now = configs.get(plan.name, {})
            changed = {key: value for key, value in plan.configs.items() if plan.ours and there_now.get(key) != value}
            if changed:
                self._ask(partial(_alter, [ConfigResource("TOPIC", plan.name, changed)]))
                done.append(f"{plan.name}: set {', '.join(f'{key} = {value}' for key, value in changed.items())}")
        return [line for line in done if line]

    def delete_before(self, places: Mapping[TopicPartition, int]) -> None:
        """Delete the records of each partition that lie before that offset, for good."""
        with errors(self._log):
            self._client.delete_records({KafkaTopicPartition(*tp): offset for tp, offset in places.items() if offset})

    def _described(self, names: Sequence[str]) -> list[Any]:
        """Topics that are there."""

        def ask(client: Any) -> list[Any]:
            described: list[Any] = client.describe_topics(list(names)) if names else []
            for topic in described:
                error = for_code(topic["error_code"])
                if error is not NoError and error.retriable:  # unknown to this broker, or nobody leads it yet
                    raise error(topic["name"])
            return described

        return self._ask(ask)

    def _ask(self, question: Callable[[Any], T]) -> T:
        """The answer. Of several brokers one may be down, or not know yet of what another has made: then it is asked again for a while.

        By another client where nobody answered: this one would go on to ask the broker that it has once taken for the right one.
        """
        end_s = time.monotonic() + TAKEN_OVER_S
        while True:
            try:
                return question(self._client)
            except KafkaError as error:
                if not error.retriable or time.monotonic() > end_s:
                    raise understood(error, self._log) from error
                lost = isinstance(error, KafkaConnectionError | KafkaTimeoutError)
            time.sleep(RETRY_S)
            if lost:
                self._client.close()
                self._client = admin_client(self._log, self._kafka)

    def _create(self, plan: Plan, partitions: int, replication: int) -> str:
        # With three replicas, acknowledged has to mean two of them, or the loss of one broker can lose what was acknowledged.
        configs = {**plan.configs, **({"min.insync.replicas": "2"} if replication >= 3 else {})}
        options = {"num_partitions": partitions, "replication_factor": replication, "configs": configs}
        (answer,) = self._ask(lambda client: client.create_topics({plan.name: options}, raise_errors=False)["topics"])
        error = for_code(answer["error_code"])
        if error is TopicAlreadyExistsError:  # by another who does the same at this moment
            return ""
        if answer["error_code"] and issubclass(error, AuthorizationError):
            raise Unreachable(f"{self._log}: may not create {plan.name}: grant CREATE on it to this user, or have it created")
        if answer["error_code"]:
            raise TopicLayoutError(f"{plan.name} cannot be created: {answer.get('error_message') or error.__name__}")
        parts, copies = ("1 partition", f"{partitions} partitions")[partitions > 1], ("1 copy", f"{replication} copies")[replication > 1]
        return f"{plan.name}: created with {parts}, {copies} of each"

    def _configs(self, names: Sequence[str]) -> dict[str, dict[str, str]]:
        if not names:
            return {}
        resources = [ConfigResource("TOPIC", name) for name in names]
        end_s = time.monotonic() + TAKEN_OVER_S

        def ask(client: Any) -> dict[str, dict[str, Any]]:
            found: dict[str, dict[str, Any]] = client.describe_configs(resources, config_filter="all")["topic"]
            # A broker that does not know a topic yet says nothing of it, and so does one that may not: that it is given time.
            if any(not found[name] for name in self._made & set(names)) and time.monotonic() < end_s - 2 * RETRY_S:
                raise UnknownTopicOrPartitionError
            return found

        found = self._ask(ask)
        return {name: {key: config["value"] for key, config in configs.items()} for name, configs in found.items()}


def _alter(resources: Sequence[ConfigResource], client: Any) -> None:
    client.alter_configs(resources, raise_on_unknown=False)
