"""How we get into the brokers of a Kafka, and what the errors of its client mean."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.conn import create_conn
from aiokafka.errors import (
    AuthenticationFailedError,
    BrokerResponseError,
    GroupAuthorizationFailedError,
    IncompatibleBrokerVersion,
    InvalidTimestampError,
    KafkaConnectionError,
    KafkaError,
    KafkaTimeoutError,
    SaslAuthenticationFailed,
    TopicAuthorizationFailedError,
    TransactionalIdAuthorizationFailed,
    kafka_errors,
)
from aiokafka.helpers import create_ssl_context

from streams.config.parts import Kafka, KafkaLog
from streams.errors import ConfigError, DeskpulseError, Unreachable
from streams.runtime.transport.client import PatientClient

ANSWER_MS_MAX = 10_000  # of a broker at the start
REQUEST_MS_MAX = 15_000
"""Of any request of a consumer: longer than a group waits for all to join, 12 s at most."""
FETCH_BYTES_MAX = 16 << 20
"""Of one answer, which has to be whole by then: so much comes also where 10 Mbit/s are shared."""

REFUSED = (AuthenticationFailedError, SaslAuthenticationFailed)
FORBIDDEN = (TopicAuthorizationFailedError, GroupAuthorizationFailedError, TransactionalIdAuthorizationFailed)


class FencedInstanceIdError(BrokerResponseError):  # type: ignore[misc]
    """A static member of a group whose place was taken by another of its name. The client does not know it, and would say "unknown"."""

    errno = 82
    message = "FENCED_INSTANCE_ID"


kafka_errors.setdefault(FencedInstanceIdError.errno, FencedInstanceIdError)


def expect_lost_futures() -> None:
    """When a producer fails, its client leaves failed futures behind that nobody awaits, and asyncio complains of each.

    What failed has been raised to the one who asked for it.
    """

    def handle(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        if not isinstance(context.get("exception"), KafkaError):
            loop.default_exception_handler(context)

    asyncio.get_running_loop().set_exception_handler(handle)


class Connection:
    """The settings all our clients share. Holds the password; shows it to nobody."""

    def __init__(self, log: KafkaLog, kafka: Kafka) -> None:
        """Raises ConfigError: the CA file cannot be read."""
        self.log = log
        self._settings: dict[str, Any] = {"bootstrap_servers": list(log.brokers), "security_protocol": kafka.security}
        if kafka.security in ("SSL", "SASL_SSL"):
            try:
                self._settings["ssl_context"] = create_ssl_context(cafile=str(kafka.ca_file) if kafka.ca_file else None)
            except OSError as error:
                raise ConfigError(f"kafka.ca_file is {kafka.ca_file}: {error}: name a file of PEM certificates") from None
        if kafka.security.startswith("SASL"):
            self._settings["sasl_mechanism"] = kafka.mechanism
            self._settings["sasl_plain_username"] = kafka.username
            self._settings["sasl_plain_password"] = kafka.password.reveal() if kafka.password is not None else None

    def consumer(self, **settings: Any) -> AIOKafkaConsumer:
        """Sees what is committed and nothing else, whoever asks for it."""
        fixed: dict[str, Any] = {
            "isolation_level": "read_committed",
            "enable_auto_commit": False,
            "request_timeout_ms": REQUEST_MS_MAX,
            "fetch_max_bytes": FETCH_BYTES_MAX,
        }
        return AIOKafkaConsumer(**self._settings, **fixed, **settings)

    def producer(self, **settings: Any) -> AIOKafkaProducer:
        return AIOKafkaProducer(**self._settings, acks="all", **settings)

    async def partitions(self) -> dict[str, int]:
        """Of every topic that we may see. Asks for no topic by name, which could create it. Raises Unreachable."""
        client = PatientClient(**self._settings, request_timeout_ms=ANSWER_MS_MAX)
        with self.errors():
            try:
                await client.bootstrap()
                cluster = await client.fetch_all_metadata()
            except KafkaConnectionError as error:
                raise await self._refusal() or error from error
            finally:
                await client.close()
        return {topic: len(cluster.partitions_for_topic(topic) or ()) for topic in cluster.topics()}

    async def _refusal(self) -> Exception | None:
        """Why a first connection fails: the client tries all brokers, says that it got none, and its reasons in its log alone."""
        host, _, port = self.log.brokers[0].rpartition(":")
        settings = {key: value for key, value in self._settings.items() if key != "bootstrap_servers"}
        try:
            connection = await create_conn(host.strip("[]"), int(port), request_timeout_ms=ANSWER_MS_MAX, **settings)
        except (OSError, KafkaError) as error:
            return error
        connection.close()
        return None

    @contextmanager
    def errors(self) -> Iterator[None]:
        """Turns errors of the client into ours."""
        try:
            yield
        except (KafkaError, OSError) as error:
            raise self.understood(error) from error

    def understood(self, error: BaseException) -> DeskpulseError:
        if isinstance(error, REFUSED):
            return Unreachable(f"{self.log}: refuses this user: check username, password_file and mechanism in [kafka]")
        if isinstance(error, ssl.SSLError):
            return Unreachable(f"{self.log}: no TLS with it ({error.reason}): check security and ca_file in [kafka]")
        if isinstance(error, FORBIDDEN):
            return Unreachable(
                f"{self.log}: this user may not do that ({error}): grant it the rights on topics, group and transactional ids"
            )
        if FencedInstanceIdError.__name__ in str(error):  # the client hands on the name of such an error, in an error of its own
            return Unreachable(
                f"{self.log}: another worker took the place of this one in the group: give each a name of its own under [worker], or none"
            )
        if isinstance(error, IncompatibleBrokerVersion):
            return Unreachable(f"{self.log}: this Kafka is too old for that ({error}): 2.5 or newer is needed")
        if isinstance(error, InvalidTimestampError):
            return Unreachable(
                f"{self.log}: the broker takes nothing that is dated so far from its own time: "
                "set the clock of this machine right, or the broker's"
            )
        if isinstance(error, KafkaConnectionError | KafkaTimeoutError | OSError):
            return Unreachable(f"{self.log}: no Kafka answers there: start it, or correct `log` in site.toml or DESKPULSE_LOG")
        return Unreachable(f"{self.log}: {type(error).__name__}: {error}")
