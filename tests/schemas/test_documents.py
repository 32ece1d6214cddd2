"""The generated documents say what the classes say, and the committed ones are up to date."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.asyncapi import asyncapi, documents
from schemas.events import ENTITY_FIELD, TYPES
from schemas.jsonschema import FIELDS, example, schema_of
from streams.core.field_rules import RULES
from streams.core.intake import Intake, Rejected, Skipped
from streams.testing.histories import histories
from streams.testing.wire import to_wire
from tests.schemas.check import is_valid
from tests.tools import ROOT

GENERATED = ROOT / "schemas" / "generated"
SCHEMAS = {topic: schema_of(topic) for topic in TYPES}
EVENT_TYPES = [(topic, event_type) for topic, types in TYPES.items() for event_type in types.values()]
HISTORIES: dict[str, Any] = {topic: histories(topic) for topic in TYPES}
BETWEEN_FIELDS = ("@ $.score", "@ $.max", "@ $.currency", "(more than 6 decimals)")
"""What a schema cannot say: the score lies between min and max, the currency is the site's, a number has so many decimals."""


def test_the_committed_documents_are_those_of_the_classes():
    committed = {path.name: path.read_text() for path in GENERATED.iterdir()}
    assert committed == documents(), "they differ: make gen"


def test_every_field_has_its_words_and_no_word_is_left_over():
    assert set(FIELDS) == {rule.name for rules in RULES.values() for rule in rules} | {"type"}


@pytest.mark.parametrize(("topic", "event_type"), EVENT_TYPES)
def test_every_example_keeps_the_schema_and_is_read(topic, event_type):
    sample = example(event_type)
    assert is_valid(sample, SCHEMAS[topic], SCHEMAS[topic])
    event = Intake(topic, 8).read(sample[ENTITY_FIELD[topic]].encode(), json.dumps(sample).encode(), (), None)
    assert type(event) is event_type


@given(st.data(), st.sampled_from(sorted(TYPES)))
def test_every_event_keeps_the_schema(data, topic):
    for event in data.draw(HISTORIES[topic]):
        assert is_valid(json.loads(to_wire(event)[1]), SCHEMAS[topic], SCHEMAS[topic])


TEXTS = ["", "x", "x" * 65, "x" * 129, "2024-03-04T09:00:00Z", "bot", "agent", "voice", "12.5", "EUR", "2024-03"]
VALUES: st.SearchStrategy[Any] = st.sampled_from([*TEXTS, None, 0, -1, 2**53 + 1, 1.5, True, [], ["x"], {}])


@given(st.data(), st.sampled_from(sorted(TYPES)), st.dictionaries(st.sampled_from(sorted(FIELDS)), VALUES, max_size=2))
def test_what_keeps_the_schema_is_accepted(data, topic, changes):
    body = json.loads(to_wire(data.draw(HISTORIES[topic])[0])[1]) | changes
    if is_valid(body, SCHEMAS[topic], SCHEMAS[topic]):
        answer = Intake(topic, 1).read(None, json.dumps(body).encode(), (), None)
        assert not isinstance(answer, Skipped)
        assert not isinstance(answer, Rejected) or any(refused in answer.detail for refused in BETWEEN_FIELDS)


@pytest.mark.parametrize(
    "change",
    [
        {"queue": 7},
        {"queue": None},
        {"queue": "x" * 65},
        {"id": ""},
        {"time": "2024-03-04T09:00:00"},
        {"seq": -1},
        {"priority": "P1"},
        {"type": "x"},
    ],
)
def test_what_breaks_the_contract_breaks_the_schema(change):
    body = {"type": "call.queued", "id": "1", "time": 0, "call_id": "c1", "queue": "billing"}
    assert is_valid(body, SCHEMAS["calls"], SCHEMAS["calls"])
    assert not is_valid(body | change, SCHEMAS["calls"], SCHEMAS["calls"])


def test_all_references_of_the_asyncapi_document_lead_somewhere():
    document = asyncapi()

    def references(node: Any) -> list[str]:
        if isinstance(node, list):
            return [found for item in node for found in references(item)]
        if isinstance(node, dict):
            return [node["$ref"]] if "$ref" in node else [found for item in node.values() for found in references(item)]
        return []

    found = references(document)
    assert len(found) > len(EVENT_TYPES) * 2
    for reference in found:
        target: Any = document
        for part in reference.removeprefix("#/").split("/"):
            assert part in target, reference
            target = target[part]


def test_the_asyncapi_document_has_a_message_for_every_type():
    document = asyncapi()
    assert document["asyncapi"] == "3.0.0"
    for topic, types in TYPES.items():
        names = document["channels"][topic]["messages"]
        assert [document["components"]["messages"][name]["name"] for name in names] == list(types)


def test_the_examples_of_the_page_on_events_are_read_and_every_type_is_named():
    text = (ROOT / "docs" / "events.md").read_text(encoding="utf-8")
    for line in text.splitlines():
        if line.startswith('    {"type"'):
            body = json.loads(line)
            topic = next(topic for topic, types in TYPES.items() if body["type"] in types)
            assert is_valid(body, SCHEMAS[topic], SCHEMAS[topic])
            assert type(Intake(topic, 8).read(body[ENTITY_FIELD[topic]].encode(), line.encode(), (), None)) is TYPES[topic][body["type"]]
    for topic, types in TYPES.items():
        row = next(line for line in text.splitlines() if line.startswith(f"| `{topic}` |"))
        assert all(f".{kind.partition('.')[2]}`" in row for kind in types), topic
