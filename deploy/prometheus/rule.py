"""A recording rule and an alert as data, and their text as Prometheus reads it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from textwrap import dedent
from typing import Literal, NamedTuple

Severity = Literal["critical", "warning", "info"]
Kind = Literal["business", "program"]
"""What it is about: the contact centre, or deskpulse itself. While the data is stale or incomplete nobody is told of the business."""


class Record(NamedTuple):
    """`name` is level:metric:operation."""

    name: str
    expr: str


class Alert(NamedTuple):
    """One rule. Several may share a name: then they tell of the same trouble, sooner or later, worse or less bad.

    when     in words, for the table in docs/alerts.md
    labels   that its series have beside `site`; what its texts may speak of
    pending  how long it has to be so; None: at once
    keep     how long it stays after it was last so
    more     labels of its own beside severity and kind
    """

    name: str
    severity: Severity
    kind: Kind
    when: str
    expr: str
    labels: tuple[str, ...]
    summary: str
    description: str
    pending: str | None = None
    keep: str | None = None
    more: tuple[tuple[str, str], ...] = ()


class Group(NamedTuple):
    """Rules that are evaluated one after the other, so that a rule sees what those above it have recorded."""

    name: str
    rules: Sequence[Record | Alert]


HEADER = """\
# Written by `make gen`, out of the catalogue and deploy/prometheus/*.py: change it there. What to do when one fires: docs/runbooks.
# For Prometheus 2.42 and newer, 3.x as well. Every series needs the label `site`, which the scrape configuration gives (prometheus.yml).
"""


def rules_yaml(groups: Sequence[Group], runbooks: str) -> str:
    """`runbooks`: where the pages are, before /NAME.md."""
    return HEADER + "\n".join(["groups:", *(line for group in groups for line in _group(group, runbooks))]) + "\n"


def _group(group: Group, runbooks: str) -> Iterator[str]:
    yield f"  - name: {group.name}"
    yield "    rules:"
    for rule in group.rules:
        yield from _record(rule) if isinstance(rule, Record) else _alert(rule, runbooks)


def _record(record: Record) -> Iterator[str]:
    yield f"      - record: {record.name}"
    yield from _expr(record.expr)


def _alert(alert: Alert, runbooks: str) -> Iterator[str]:
    yield f"      - alert: {alert.name}"
    yield from _expr(alert.expr)
    if alert.pending is not None:
        yield f"        for: {alert.pending}"
    if alert.keep is not None:
        yield f"        keep_firing_for: {alert.keep}"
    labels = {"severity": alert.severity, "kind": alert.kind, **dict(alert.more)}
    yield "        labels: { " + ", ".join(f"{name}: {json.dumps(value)}" for name, value in labels.items()) + " }"
    yield "        annotations:"
    for name, text in (("summary", alert.summary), ("description", alert.description), ("runbook_url", f"{runbooks}/{alert.name}.md")):
        yield f"          {name}: {json.dumps(text)}"


def _expr(expr: str) -> Iterator[str]:
    yield "        expr: |"
    for line in dedent(expr).strip().splitlines():
        yield f"          {line}"
