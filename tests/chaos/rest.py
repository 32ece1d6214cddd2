"""What has to be so when all is at rest: rows, breaches, contacts and dead letters, each held against the events alone."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec

from schemas.contacts import ContactRecord
from schemas.values import EpochMs
from streams.app import shard_settings_of
from streams.config import load
from streams.core.contacts import read_contact
from streams.core.kpis.kpi import WINDOWS
from streams.core.log import Batch, Output
from streams.core.report import Line
from streams.core.shard import Shard
from streams.testing.breaches import Breaches, Promise
from tests.desk import Desk
from tests.figures import differences, named
from tests.kafka.records import Place, records
from tests.traffic import Sent

CUTS: Final = ("queue", "channel", "queue_channel", "priority", "queue_priority", "article", "program")

Contacts = Mapping[tuple[str, str], ContactRecord]
"""Customer and contact -> what is known of it in the end."""


class Told(NamedTuple):
    """What other programs were told."""

    breaches: set[Promise]
    contacts: Contacts


def wrong_rows(desk: Desk, ask: Callable[..., dict[str, Any]], events: Path) -> tuple[int, list[str]]:
    """All rows of a board in all windows and cuts, held against `deskpulse report` over the events: how many, and where they differ."""
    wrong, count = [], 0
    windows = ["now", *WINDOWS]
    as_of = ask(window="now", cut="site")["as_of"]
    for cut in CUTS:
        shown = ask(window=windows, cut=["site", cut])
        asked = [part for window in windows for part in ("--window", window)]
        reported = json.loads(desk.call("report", "--json", *asked, "--by", cut.replace("_", ","), events).out)
        assert shown["as_of"] == reported["as_of"] == as_of, f"it is {shown['as_of']}, by the events it is {reported['as_of']}"
        for window in windows:
            ours, theirs = (named(row for row in found["rows"] if row["window"] == window) for found in (shown, reported))
            count += len(ours)
            wrong += [f"{window} {text}" for text in differences(ours, theirs)]
    return count, wrong


def expected(desk: Desk, events: Iterable[Sent], now_ms: EpochMs) -> Told:
    """What has to be told of the events: by one shard that has all of them, in the order of their time."""
    settings = msgspec.structs.replace(shard_settings_of(load(desk.config, {}), 1), bounded=False)
    shard = Shard(0, settings)
    for topic in settings.topics:
        lines = [Line(number, None, sent.value) for number, sent in enumerate(sent for sent in events if sent.topic == topic)]
        shard.apply(topic, Batch(lines, 0, len(lines)), None)
    shard.advance(now_ms)
    changes = shard.take()
    assert changes is not None
    outputs = changes.outputs
    told = [Line(0, output.key, output.value) for output in outputs if output.topic == settings.contacts]
    return Told(_breaches(output for output in outputs if output.topic == settings.sla_breaches), _contacts(told))


def in_log(desk: Desk, bootstrap: str) -> Told:
    """What was told, read by a client that is not ours. Raises AssertionError where it does not follow from what was told before."""
    settings = shard_settings_of(load(desk.config, {}), 1)
    by_place = sorted(records(bootstrap, settings.sla_breaches), key=lambda found: found.place)
    breaches = _breaches(Output(settings.sla_breaches, found.key, found.value or b"", []) for found in by_place)
    told = [Line(found.place.offset, found.key, found.value) for found in records(bootstrap, settings.contacts)]
    return Told(breaches, _contacts(told))


def _breaches(told: Iterable[Output]) -> set[Promise]:
    breaches = Breaches()
    for output in told:
        breaches.hear(output)
    return breaches.holding


def _contacts(told: Iterable[Line]) -> Contacts:
    """The newest revision of each, without its number; each is told once."""
    newest: dict[tuple[str, str], ContactRecord] = {}
    seen = set()
    for line in told:
        found = read_contact(line)
        assert isinstance(found, tuple), f"{line} is no contact: {found}"
        customer, record = found
        name = (customer, record.contact_id)
        assert (*name, record.rev) not in seen, f"{record} was told to {customer} before"
        seen.add((*name, record.rev))
        if name not in newest or record.rev > newest[name].rev:
            newest[name] = record
    return {name: msgspec.structs.replace(record, rev=0) for name, record in newest.items() if record.op == "set"}


def apart(found: Told, wanted: Told) -> list[str]:
    """Where they differ."""
    wrong = [f"{promise} is told to be breached: {promise in found.breaches}" for promise in sorted(found.breaches ^ wanted.breaches)]
    for name in sorted(found.contacts.keys() | wanted.contacts.keys()):
        ours, theirs = found.contacts.get(name), wanted.contacts.get(name)
        if ours != theirs:
            wrong.append(f"{name}: {ours}, expected {theirs}")
    return wrong


def check_dead_letters(bootstrap: str, rejected: Sequence[Sent]) -> None:
    """Each bad record stands in them once, byte for byte, under its reason and the place it came from; nothing else does.

    A producer that sends one again makes another of it.
    """
    reasons = {(sent.topic, sent.key, sent.value): sent.reason for sent in rejected}
    wanted = {
        found.place: (found.key, found.value, reasons[found.place.topic, found.key, found.value])
        for found in records(bootstrap, *sorted({sent.topic for sent in rejected}))
        if (found.place.topic, found.key, found.value) in reasons
    }
    assert {(place.topic, key, value) for place, (key, value, _) in wanted.items()} == reasons.keys()
    assert len(rejected) == len(reasons)
    letters = list(records(bootstrap, "dead-letters"))
    places = [_origin(letter.headers) for letter in letters]
    assert Counter(places) == Counter(wanted.keys())
    for place, letter in zip(places, letters, strict=True):
        assert (letter.key, letter.value, letter.headers["error.reason"]) == wanted[place]
        assert letter.headers["error.detail"]


def _origin(headers: dict[str, str]) -> Place:
    return Place(headers["error.topic"], int(headers["error.partition"]), int(headers["error.offset"]))
