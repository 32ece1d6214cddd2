"""CloudEvents 1.0 around our events, in both modes."""

from __future__ import annotations

from schemas.events import CallAnswered, CallEnded, CallQueued
from streams.core.intake import Skipped
from tests.core.test_intake import NOW_MS, QUEUED, read, rejection


def test_binary_cloudevents_headers_stand_in_for_absent_fields():
    headers = (
        ("ce_specversion", b"1.0"),
        ("ce_type", b"call.answered"),
        ("ce_id", b"9"),
        ("ce_time", b"2024-03-04T09:00:00Z"),
        ("ce_source", b"pbx"),
    )
    told = CallAnswered(id="9", time=NOW_MS, call_id="c1", agent_id="ann", source="pbx")
    assert read({"call_id": "c1", "agent_id": "ann"}, headers=headers) == told
    assert read({"call_id": "c1", "agent_id": "ann", "id": None}, headers=headers) == told


def test_binary_cloudevents_headers_do_not_replace_what_the_body_says():
    headers = (("ce_type", b"call.ended"), ("ce_id", b"9"), ("ce_time", b"2020-01-01T00:00:00Z"), ("ce_source", b"pbx"))
    assert read(QUEUED | {"source": "acd"}, headers=headers) == CallQueued(id="1", time=NOW_MS, call_id="c1", queue="billing", source="acd")
    assert read(QUEUED, headers=headers) == CallQueued(id="1", time=NOW_MS, call_id="c1", queue="billing", source="pbx")


def test_a_header_that_is_no_text_stands_in_for_nothing():
    headers = (("ce_id", b"\xff"), ("ce_source", b"\xff"))
    assert read(QUEUED, headers=headers) == read(QUEUED)
    body = {name: value for name, value in QUEUED.items() if name != "id"}
    assert read(body, headers=headers) == rejection("missing_field", "expected an id, got nothing @ $.id")


def test_a_time_in_a_header_is_text_and_never_a_number():
    body = {name: value for name, value in QUEUED.items() if name != "time"}
    assert read(body, headers=(("ce_time", b"1709542800000"),)) == rejection(
        "bad_time", 'expected RFC 3339 with an offset, got "1709542800000" @ $.time: not of the form 2024-01-31T12:30:00Z'
    )


def test_structured_cloudevents_are_unwrapped():
    envelope = {"specversion": "1.0", "type": "call.queued", "source": "/pbx", "id": "e1", "time": "2024-03-04T09:00:00Z", "subject": "c1"}
    told = CallQueued(id="e1", time=NOW_MS, call_id="c1", queue="billing", source="/pbx")
    assert read(envelope | {"datacontenttype": "application/json", "data": {"call_id": "c1", "queue": "billing"}}) == told


def test_context_attributes_stand_above_data_and_extensions_are_fields():
    envelope = {"specversion": "1.0", "type": "call.queued", "source": "/pbx", "id": "e1", "call_id": "c1", "queue": "billing"}
    data = {"type": "call.ended", "id": "inner", "source": "inner", "queue": "sales", "priority": "high", "time": NOW_MS}
    told = CallQueued(id="e1", time=NOW_MS, call_id="c1", queue="billing", priority="high", source="/pbx")
    assert read(envelope | {"data": data}) == told
    assert read(envelope | {"data": data, "time": None}) == told


def test_a_structured_cloudevent_that_looks_whole_is_unwrapped_all_the_same():
    envelope = {"specversion": "1.0", "type": "call.ended", "source": "/pbx", "id": "e1", "time": NOW_MS, "call_id": "c1"}
    assert read(envelope | {"data": {"by": "customer"}}) == CallEnded(id="e1", time=NOW_MS, call_id="c1", by="customer", source="/pbx")
    assert read(envelope) == CallEnded(id="e1", time=NOW_MS, call_id="c1", source="/pbx")
    assert read(envelope | {"data": None}) == read(envelope)


def test_the_data_of_a_structured_cloudevent_has_to_be_an_object():
    envelope = {"specversion": "1.0", "type": "call.ended", "source": "/pbx", "id": "e1", "time": NOW_MS, "call_id": "c1"}
    assert read(envelope | {"data": "by=customer"}) == rejection("bad_type", 'expected an object, got "by=customer" @ $.data')


def test_the_word_specversion_inside_a_text_changes_nothing():
    assert read(QUEUED | {"note": 'a "specversion" here', "data": {"queue": "sales"}}) == read(QUEUED)


def test_cloudevents_of_other_systems_are_unknown_types(shared_data):
    lines = (shared_data / "samples" / "cloudevents_structured.jsonl").read_bytes().splitlines()
    assert [read(line, key=None) for line in lines] == [Skipped("unknown_type")] * 2
