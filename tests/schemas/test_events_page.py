"""docs/events.md names every event of calls and tickets, with its fields and the words they may be, and no others."""

from __future__ import annotations

import re
import types
from collections.abc import Iterator
from typing import Any, Final, Literal, get_args, get_origin, get_type_hints

import msgspec
import pytest

from schemas.events import ENTITY_FIELD, TYPES
from schemas.words import Channel, Priority
from tests.tools import ROOT

PAGE: Final = (ROOT / "docs/events.md").read_text()
ROWS: Final = {found[1]: found[2] for found in re.finditer(r"^\| `((?:call|ticket)\.\w+)` \| (.*?) ?\|", PAGE, re.MULTILINE)}
TOPICS: Final = ("calls", "tickets")
EVENTS: Final = {name: (topic, cls) for topic in TOPICS for name, cls in TYPES[topic].items()}
SAID_ONCE: Final = {get_args(Channel), get_args(Priority)}
"""For all events, above the tables."""


def test_the_page_names_all_events_in_their_order():
    assert list(ROWS) == list(EVENTS)


@pytest.mark.parametrize("name", EVENTS)
def test_a_row_has_the_fields_of_its_event_and_says_which_may_be_missing(name):
    topic, cls = EVENTS[name]
    of_all = {"id", "time", "seq", "source", ENTITY_FIELD[topic]}
    fields = {field.name: field.required for field in msgspec.structs.fields(cls) if field.name not in of_all}
    assert {found[1]: not found[2] for found in re.finditer(r"`(\w+)`(\??)", ROWS[name])} == fields


@pytest.mark.parametrize("name", EVENTS)
def test_a_row_has_the_words_that_a_field_may_be(name):
    for field, hint in get_type_hints(EVENTS[name][1]).items():
        for words in words_of(hint):
            where = PAGE if words in SAID_ONCE else ROWS["ticket.status" if field == "status" else name]
            assert all(re.search(rf"\b{word}\b", where) for word in words), f"{field}: {words}"


def words_of(hint: Any) -> Iterator[tuple[str, ...]]:
    if get_origin(hint) is Literal:
        yield get_args(hint)
    elif isinstance(hint, types.UnionType):
        for part in get_args(hint):
            yield from words_of(part)
