"""The tables of `site.toml`, one function each: table -> part. Every key, its range and its default stand here.

A function asks for its keys, checks what they have to do with each other, and finishes the table.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from schemas.values import CHANNELS, DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS, DurationMs
from streams.config import parts
from streams.config.calendars import named
from streams.config.secret import secret
from streams.config.table import Table
from streams.config.values import (
    Wrong,
    address,
    duration,
    existing_file,
    flag,
    kafka_name,
    label,
    list_of,
    one_of,
    path_in,
    ratio,
    seconds,
    text,
    whole,
)
from streams.core.clocks.business import Calendar
from streams.core.clocks.policy import SHORT_ABANDON_MS, THRESHOLD_MS
from streams.core.kpis.backlog import AVERAGE, BacklogAfter
from streams.core.kpis.kpi import WINDOWS

channel = one_of(*CHANNELS, also={"voice": "phone", "web": "form"})

CUTS = ("site", "queue", "channel", "queue_channel", "priority", "queue_priority")
OUTPUTS = ("dead-letters", "sla-breaches")
PROCESSES_MAX = 256
ONE_WRITER = "an embedded log has one writer: take it out, or keep the log in a Kafka"
"""Why there cannot be several workers there."""
OWN_TOPICS = ("contacts", "state", "panes", "heartbeats", "leader")


def http(table: Table, base: Path, environ: Mapping[str, str], state: Path) -> parts.Http:
    host, port = table.get("address", address, (parts.Http().host, parts.Http().port))
    token = secret(table, "token", base, environ, "DESKPULSE_TOKEN")
    insecure = table.get("insecure", flag, False)
    if not is_local(host) and token is None and not insecure:
        table.complain("address", "a public address needs token_file (or DESKPULSE_TOKEN), or insecure = true")
    links = table.get("links_file", path_in(base), state / parts.Http().links)
    table.finish()
    return parts.Http(host=host, port=port, token=token, insecure=insecure, links=links)


def is_local(host: str) -> bool:
    """Reachable from this machine alone."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def metrics(table: Table) -> parts.Metrics:
    default = parts.Metrics()
    host, port = table.get("address", address, (default.host, default.port))
    part = parts.Metrics(
        host=host,
        port=port,
        windows=table.get("windows", list_of(one_of(*WINDOWS)), default.windows),
        cuts=table.get("cuts", list_of(one_of(*CUTS)), default.cuts),
    )
    table.finish()
    return part


def kafka(table: Table, base: Path, environ: Mapping[str, str]) -> parts.Kafka:
    security: Any = table.get("security", one_of("PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"), "PLAINTEXT")
    mechanism: Any = table.get("mechanism", one_of("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"), None)
    username = table.get("username", text, None)
    password = secret(table, "password", base, environ, "DESKPULSE_KAFKA_PASSWORD")
    ca_file = table.get("ca_file", existing_file(base), None)
    if "SASL" in security:
        for key, value in (("mechanism", mechanism), ("username", username)):
            if value is None and key not in table.entries:
                table.complain(key, f'security = "{security}" needs it')
        if password is None and not {"password", "password_file"} & set(table.entries):
            table.complain("password_file", f'security = "{security}" needs it, or DESKPULSE_KAFKA_PASSWORD')
    else:
        for key in ("mechanism", "username", "password_file"):
            if key in table.entries:
                table.complaints.add(f'{table.name(key)} has no use with security = "{security}": write SASL_SSL, or take it out')
    if ca_file is not None and "SSL" not in security:
        table.complaints.add(f'{table.name("ca_file")} has no use with security = "{security}": write SSL or SASL_SSL, or take it out')
    table.finish()
    return parts.Kafka(security=security, mechanism=mechanism, username=username, password=password, ca_file=ca_file)


def topics(table: Table, app: str) -> parts.Topics:
    default = parts.Topics()
    topic_name = kafka_name(200)

    def name_or_off(value: object) -> str:
        return "" if value == "" else topic_name(value)

    names = {topic: table.get(topic, name_or_off, name) for topic, name in default.in_log.items()}
    taken: dict[str, str] = {}
    for topic, name in names.items():
        if name in OUTPUTS or name in [f"{app}-{own}" for own in OWN_TOPICS]:
            table.complain(topic, "the program itself writes to that topic: choose another")
        if name and name in taken:
            table.complain(topic, f"{taken[name]} and {topic} need a topic each")
        taken.setdefault(name, topic)
    if not any(names.values()):
        table.complain("calls", "all topics are turned off: name one at least")
    table.finish()
    return parts.Topics(**names, unnamed=tuple(topic for topic in names if topic not in (*table.entries, "calls", "tickets")))


def queue(name: str, table: Table, calendars: Mapping[str, Calendar]) -> parts.Queue:
    if not name or not name.isprintable() or len(name) > 64:
        table.complaints.add(f"{table.path}: a queue has a name of 1 to 64 characters on one line")
    part = parts.Queue(
        name=name,
        title=table.get("title", label, name),
        channel=table.get("channel", channel, "phone"),
        threshold_ms=table.get("threshold_seconds", seconds(1, 86_400), None),
        short_abandon_ms=table.get("short_abandon_seconds", seconds(0, 86_400), None),
        target=table.get("target", ratio, None),
        calendar=table.get("calendar", named(calendars), None),
        backlog_after=table.get("backlog_after", _backlog_after, None),
    )
    threshold_ms = THRESHOLD_MS if part.threshold_ms is None else part.threshold_ms
    short_ms = SHORT_ABANDON_MS if part.short_abandon_ms is None else part.short_abandon_ms
    if short_ms > threshold_ms and part.threshold_ms is None:
        table.complain("short_abandon_seconds", f"above {threshold_ms // SECOND_MS}, the default threshold: set threshold_seconds too")
    elif short_ms > threshold_ms and part.short_abandon_ms is None:
        table.complain("threshold_seconds", f"below {short_ms // SECOND_MS}, the default short abandon: set short_abandon_seconds too")
    elif short_ms > threshold_ms:
        table.complain("short_abandon_seconds", f"it may not pass threshold_seconds, {threshold_ms / SECOND_MS:g} here")
    table.finish()
    return part


def backlog(table: Table) -> parts.Backlog:
    part = parts.Backlog(after=table.get("after", _backlog_after, parts.Backlog().after))
    table.finish()
    return part


def _backlog_after(value: object) -> BacklogAfter:
    return "average" if value == AVERAGE else duration(MINUTE_MS, 3_650 * DAY_MS)(value)


def limits(table: Table) -> parts.Limits:
    default = parts.Limits()
    keep = table.table("keep")
    kept = duration(MINUTE_MS, 3_650 * DAY_MS)
    for topic in ("agents", "customers"):
        if topic in keep.entries:
            keep.get(topic, _never_forgotten, None)
    visit_ms, visit_chat_ms = _visit(table, default)
    longest = duration(DAY_MS, 3_650 * DAY_MS)
    part = parts.Limits(
        lateness_ms=table.get("lateness", duration(MINUTE_MS, 365 * DAY_MS), default.lateness_ms),
        keep_calls_ms=keep.get("calls", kept, default.keep_calls_ms),
        keep_tickets_ms=keep.get("tickets", kept, default.keep_tickets_ms),
        keep_surveys_ms=keep.get("surveys", kept, default.keep_surveys_ms),
        keep_articles_ms=keep.get("articles", kept, default.keep_articles_ms),
        keep_finance_ms=keep.get("finance", kept, default.keep_finance_ms),
        visit_ms=visit_ms,
        visit_chat_ms=visit_chat_ms,
        talk_ms=table.get("talk", duration(MINUTE_MS, 30 * DAY_MS), default.talk_ms),
        wrap_up_ms=table.get("wrap_up", duration(0, DAY_MS), default.wrap_up_ms),
        left_after_ms=table.get("left_after", lambda value: DurationMs(0) if value == "" else longest(value), default.left_after_ms),
        counter_settle_ms=table.get("counter_settle", duration(0, HOUR_MS), default.counter_settle_ms),
        label_values=table.get("label_values", whole(1, 10_000), default.label_values),
        min_samples=table.get("min_samples", whole(1, 10_000), default.min_samples),
        repeat_days=table.get("repeat_days", whole(1, 30), default.repeat_days),
        partitions=table.get("partitions", whole(1, 1_024), default.partitions),
    )
    keep.finish()
    table.finish()
    return part


def _never_forgotten(value: object) -> None:
    raise Wrong("they are never forgotten: take it out")


def _visit(table: Table, default: parts.Limits) -> tuple[DurationMs, DurationMs]:
    """`visit = "4h"` speaks of phone and video; `visit = { phone = "4h", chat = "24h" }` of both."""
    length = duration(MINUTE_MS, 30 * DAY_MS)
    if not isinstance(table.entries.get("visit"), Mapping):
        return table.get("visit", length, default.visit_ms), default.visit_chat_ms
    by_channel = table.table("visit")
    both = by_channel.get("phone", length, default.visit_ms), by_channel.get("chat", length, default.visit_chat_ms)
    by_channel.finish()
    return both


def worker(table: Table) -> parts.Worker:
    one: int | Literal["auto"] = parts.Worker().processes
    part = parts.Worker(
        name=table.get("name", lambda value: None if value == "" else kafka_name(200)(value), None),
        processes=table.get("processes", processes, one),
    )
    table.finish()
    return part


def processes(value: object) -> int | Literal["auto"]:
    """How many workers `deskpulse worker` starts."""
    if value == "auto":
        return "auto"
    try:
        return whole(1, PROCESSES_MAX)(value)
    except Wrong:
        raise Wrong(f'expected a whole number from 1 to {PROCESSES_MAX}, or "auto": one per core') from None
