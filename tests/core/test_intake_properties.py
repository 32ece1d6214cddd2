"""Whatever a record holds, intake answers; and what the classes say, it reads back."""

from __future__ import annotations

import gzip
import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.events import TYPES, Event
from schemas.values import EpochMs
from schemas.words import ID_LENGTH_MAX, LABEL_LENGTH_MAX, TIME_MS_MAX
from streams.core.field_rules import RULES
from streams.core.intake import Intake, Rejected, Skipped
from streams.core.report import Line
from streams.testing.histories import histories, many_cases
from streams.testing.wire import to_wire, topic_of

LOGS = ("bank_1999-02-01_14", "bpi2013_closed_problems", "helpdesk_italy", "queue_log_freepbx_2010", "servicenow_2016-03")
NAMES = sorted({rule.name for rules in RULES.values() for rule in rules} | {"type", "specversion", "data"})
WORDS = sorted(
    {word for rules in RULES.values() for rule in rules for word in rule.words} | {kind for types in TYPES.values() for kind in types}
)

topics = st.sampled_from(sorted(TYPES))
partitions = st.sampled_from((1, 8))
clocks = st.none() | st.integers(0, TIME_MS_MAX).map(EpochMs)
keys = st.none() | st.binary(max_size=20)
headers = st.lists(
    st.tuples(st.sampled_from(("ce_type", "ce_id", "ce_time", "ce_source")) | st.text(max_size=5), st.binary(max_size=30)), max_size=4
)
scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=200)
    | st.sampled_from(WORDS)
    | st.just("2024-03-04T09:00:00Z")
)
json_values = st.recursive(scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=8))


def check(topic: str, event: Event) -> None:
    """What everybody behind intake relies on."""
    assert type(event) in TYPES[topic].values()
    for rule in RULES[type(event)]:
        value = getattr(event, rule.name)
        if value is None:
            assert rule.nullable
        elif rule.kind == "time":
            assert type(value) is int
            assert 0 <= value <= TIME_MS_MAX
        elif rule.kind == "word":
            assert value in rule.words
        elif rule.kind == "label":
            assert 1 <= len(value) <= LABEL_LENGTH_MAX
        elif rule.kind == "id":
            assert 1 <= len(value) <= ID_LENGTH_MAX
        elif rule.kind == "number":
            assert type(value) is int
            assert rule.least <= value <= rule.most
        elif rule.kind == "flag":
            assert type(value) is bool
        elif rule.kind == "decimal":
            assert type(value) in (int, float)
            assert rule.least <= value <= rule.most
        elif rule.kind in ("form", "amount"):
            assert re.fullmatch(rule.pattern, value)
        elif rule.kind == "labels":
            assert len(value) <= rule.most
            assert all(1 <= len(label) <= LABEL_LENGTH_MAX for label in value)
        else:
            value.encode()


def check_answer(topic: str, answer: Event | Rejected | Skipped) -> None:
    if isinstance(answer, Rejected):
        answer.detail.encode()
        assert len(answer.detail) < 400
    elif not isinstance(answer, Skipped):
        check(topic, answer)


@given(topics, partitions, keys, st.none() | st.binary(), headers, clocks)
def test_any_bytes_have_an_answer(topic, count, key, value, found, wall_ms):
    check_answer(topic, Intake(topic, count).read(key, value, found, wall_ms))


@given(topics, partitions, keys, json_values, headers, clocks)
def test_any_json_has_an_answer(topic, count, key, body, found, wall_ms):
    check_answer(topic, Intake(topic, count).read(key, json.dumps(body).encode(), found, wall_ms))


@given(st.data(), topics, st.dictionaries(st.sampled_from(NAMES), json_values, max_size=3), headers)
def test_any_change_of_an_event_has_an_answer(data, topic, changes, found):
    key, value = to_wire(data.draw(histories(topic))[0])
    body = json.loads(value) | changes
    for name in data.draw(st.sets(st.sampled_from(sorted(body)), max_size=1)):
        del body[name]
    check_answer(topic, Intake(topic, 8).read(key, json.dumps(body).encode(), found, None))


@given(st.data(), topics, st.integers(0, 300), st.binary(min_size=1, max_size=3))
def test_any_damage_to_the_bytes_of_an_event_has_an_answer(data, topic, place, damage):
    key, value = to_wire(data.draw(histories(topic))[0])
    damaged = value[:place] + damage + value[place + len(damage) :]
    check_answer(topic, Intake(topic, 8).read(key, damaged, (), None))


damages = st.sampled_from(
    (
        lambda key, value: (key, None),
        lambda key, value: (key, b""),
        lambda key, value: (key, b" " + value + b" "),
        lambda key, value: (key, value.replace(b",", b",\n")),
        lambda key, value: (key, value + b"\n"),
        lambda key, value: (key, value + value),
        lambda key, value: (key, value[:-1]),
        lambda key, value: (key, b"[" + value + b"]"),
        lambda key, value: (b"another", value),
        lambda key, value: (None, value),
        lambda key, value: (key, b'{"specversion":"1.0","data":' + value + b"}"),
        lambda key, value: (key, value.replace(b'"type":', b'"kind":')),
    )
)


@given(st.data(), topics, partitions, clocks)
def test_many_records_are_read_as_each_by_itself_is(data, topic, count, wall_ms):
    records: list[Line] = []
    for event in data.draw(histories(topic)):
        key, value = to_wire(event)
        if data.draw(st.integers(0, 5)) == 0:
            key, value = data.draw(damages)(key, value)
        records.append(Line(len(records), key, value, data.draw(headers) if data.draw(st.integers(0, 5)) == 0 else ()))
    one_by_one, together = Intake(topic, count), Intake(topic, count)
    each = [one_by_one.read(record.key, record.value, record.headers, wall_ms) for record in records]
    assert list(together.read_all(records, wall_ms)) == each
    assert together.notes == one_by_one.notes


@given(many_cases())
def test_what_is_written_is_read_back(events):
    for event in events:
        topic = topic_of(type(event))
        key, value = to_wire(event)
        answer = Intake(topic, 8).read(key, value, (), None)
        assert answer == event
        check(topic, event)


@given(many_cases())
def test_the_slow_way_reads_what_the_quick_way_reads(events):
    """The same fields in a CloudEvents envelope, which the quick way leaves to the slow one."""
    for event in events:
        key, value = to_wire(event)
        body = json.loads(value)
        context = {name: body.pop(name) for name in ("type", "id", "time", "source") if name in body}
        wrapped = json.dumps({"specversion": "1.0", "data": body} | context).encode()
        assert Intake(topic_of(type(event)), 8).read(key, wrapped, (), None) == event


@pytest.mark.parametrize("name", LOGS)
def test_every_event_of_a_recorded_log_is_accepted(shared_data, name):
    topic, entity_field = ("calls", "call_id") if name.startswith(("bank", "queue_log")) else ("tickets", "ticket_id")
    intake = Intake(topic, 8)
    with gzip.open(shared_data / "events" / f"{name}.jsonl.gz") as lines:
        for line in lines:
            answer = intake.read(json.loads(line)[entity_field].encode(), line, (), None)
            assert type(answer) in TYPES[topic].values(), (line, answer)
    assert intake.notes == {"labels_cut": 0, "priority_unknown": 0}
