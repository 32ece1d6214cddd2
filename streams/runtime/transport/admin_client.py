"""The admin client of kafka-python: how it gets into a Kafka, and what its errors mean."""

from __future__ import annotations

import logging
import random
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from kafka.admin import KafkaAdminClient
from kafka.errors import (
    AuthorizationError,
    IncompatibleBrokerVersion,
    KafkaConnectionError,
    KafkaError,
    KafkaTimeoutError,
    SaslAuthenticationFailedError,
)

from streams.config.parts import Kafka, KafkaLog
from streams.errors import DeskpulseError, Unreachable

ANSWER_MS_MAX = 5_000
"""How long the first answer of a broker may take."""

REFUSALS = (SaslAuthenticationFailedError, AuthorizationError)


def admin_client(log: KafkaLog, kafka: Kafka) -> Any:
    """A client that is connected. Raises Unreachable: nobody answers, or answers that we may not.

    It gives all its time to the first broker that takes its connection. Of several that may be one that stands still, so each has its turn.
    """
    settings = _settings(log, kafka)
    brokers = random.sample(log.brokers, len(log.brokers))
    for broker in brokers[:-1]:
        with suppress(KafkaError):
            return KafkaAdminClient(**{**settings, "bootstrap_servers": [broker]}, bootstrap_timeout_ms=ANSWER_MS_MAX // 2)
    with errors(log), _first_refusal():
        return KafkaAdminClient(**{**settings, "bootstrap_servers": brokers[-1:]}, bootstrap_timeout_ms=ANSWER_MS_MAX)


@contextmanager
def errors(log: KafkaLog) -> Iterator[None]:
    """Errors of the client as errors of ours, with the next move."""
    try:
        yield
    except KafkaError as error:
        raise understood(error, log) from error


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
def _first_refusal() -> Iterator[None]:
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


def _settings(log: KafkaLog, kafka: Kafka) -> dict[str, Any]:
    """Holds the password in the clear: hand it to the client, keep it nowhere."""
    settings: dict[str, Any] = {
        "bootstrap_servers": list(log.brokers),
        "client_id": "deskpulse",
        "request_timeout_ms": ANSWER_MS_MAX,
        "security_protocol": kafka.security,
    }
    if kafka.ca_file is not None:
        settings["ssl_cafile"] = str(kafka.ca_file)
    if kafka.mechanism is not None:
        settings |= {"sasl_mechanism": kafka.mechanism, "sasl_plain_username": kafka.username}
        settings["sasl_plain_password"] = kafka.password.reveal() if kafka.password else None
    return settings
