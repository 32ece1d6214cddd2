"""Records become events, rejections with their reason, or skips."""

from __future__ import annotations

import json
from typing import Any

import pytest

from schemas.events import CallEnded, CallLeft, CallQueued, CallStarted, Event, TicketAssigned, TicketMessage, TicketSnapshot
from schemas.values import EpochMs
from streams.core.intake import Intake, Rejected, Skipped
from streams.core.report import Line

NOW_MS = EpochMs(1_709_542_800_000)
QUEUED = {"type": "call.queued", "id": "1", "time": NOW_MS, "call_id": "c1", "queue": "billing"}
CREATED = {"type": "ticket.created", "id": "1", "time": NOW_MS, "ticket_id": "t1", "channel": "email"}


def read(
    body: Any, key: bytes | None = b"c1", headers: tuple[tuple[str, bytes], ...] = (), topic: str = "calls"
) -> Event | Rejected | Skipped:
    value = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
    return Intake(topic, partitions=8).read(key, value, headers, NOW_MS)


def read_ticket(body: Any) -> Event | Rejected | Skipped:
    return read(body, key=b"t1", topic="tickets")


def rejection(reason: str, detail: str) -> Rejected:
    return Rejected(reason, detail)  # type: ignore[arg-type]


# --- plain events ----------------------------------------------------------------------------------------------------


def test_a_plain_event_is_read_as_its_class():
    assert read(QUEUED) == CallQueued(id="1", time=NOW_MS, call_id="c1", queue="billing")


def test_unknown_fields_are_ignored():
    assert read(QUEUED | {"colour": "red", "data": {"queue": "sales"}}) == read(QUEUED)


def test_null_is_absent():
    assert read(QUEUED | {"priority": None, "seq": None, "source": None}) == read(QUEUED)
    assert read_ticket({"type": "ticket.message", "id": "1", "time": 0, "ticket_id": "t1", "by": "bot", "public": None}) == TicketMessage(
        id="1", time=EpochMs(0), ticket_id="t1", by="bot", public=True
    )


def test_of_a_key_that_stands_twice_the_last_wins():
    value = b'{"type":"call.queued","id":7,"id":"1","time":1,"call_id":"x","call_id":"c1","queue":"a","queue":"b","type":"call.queued"}'
    assert read(value) == CallQueued(id="1", time=EpochMs(1), call_id="c1", queue="b")
    assert read(b'{"type":"call.queued","type":"call.ended","id":"1","time":1,"call_id":"c1"}') == CallEnded(
        id="1", time=EpochMs(1), call_id="c1"
    )


def test_ids_may_be_128_characters_long_and_of_any_script():
    call_id = "ß" * 128
    assert read(QUEUED | {"call_id": call_id}, key=call_id.encode()) == CallQueued(id="1", time=NOW_MS, call_id=call_id, queue="billing")


def test_an_id_holds_no_unit_separator_as_ids_are_stored_with_it_between_them():
    assert read(QUEUED | {"id": "1\x1f2"}) == rejection("bad_type", r"expected an id without U+001F, got '1\x1f2' @ $.id")
    assert Intake("calls", 1).read_all([Line(0, b"c1", json.dumps(QUEUED | {"id": "1\x1f2"}).encode())], NOW_MS) == [
        rejection("bad_type", r"expected an id without U+001F, got '1\x1f2' @ $.id")
    ]


def test_assigned_to_null_is_unassigned():
    body = {"type": "ticket.assigned", "id": "1", "time": NOW_MS, "ticket_id": "t1"}
    nobody = TicketAssigned(id="1", time=NOW_MS, ticket_id="t1", agent_id=None)
    assert read_ticket(body | {"agent_id": None}) == nobody
    assert read_ticket(body | {"agent_id": ""}) == nobody
    assert read_ticket(body) == rejection("missing_field", "expected an agent id, got nothing @ $.agent_id")


# --- skipped ---------------------------------------------------------------------------------------------------------


def test_a_tombstone_is_skipped():
    assert read(None) == Skipped("tombstone")
    assert read(None, key=None, headers=(("ce_id", b"1"),)) == Skipped("tombstone")


@pytest.mark.parametrize("kind", ["call.teleported", "ticket.created", "", "CALL.QUEUED"])
def test_a_type_that_the_topic_does_not_know_is_skipped_whatever_else_is_wrong(kind):
    assert read({"type": kind, "time": "soon"}, key=None) == Skipped("unknown_type")


def test_a_call_event_among_tickets_is_skipped():
    assert read_ticket(QUEUED) == Skipped("unknown_type")


# --- rejected --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "detail"),
    [
        (b"", "expected JSON, got nothing @ $"),
        (b" \n", "expected JSON, got nothing @ $"),
        (b'\xef\xbb\xbf{"type":"call.ended"}', "expected JSON, got a byte order mark: write UTF-8 without it @ $"),
        (b"[" * 60_000, "nested too deep @ $"),
        (b'{"type":"call.ended","x":' + b"[" * 60_000, "nested too deep @ $"),
    ],
)
def test_what_is_no_json_is_not_json(value, detail):
    assert read(value) == rejection("not_json", detail)


@pytest.mark.parametrize(
    "value",
    [
        b'{"type":"call.ended"',
        b'{"type":"call.ended"} {}',
        b'{"type":"call.ended","time":NaN}',
        b'{"type":"call.ended","time":-Infinity}',
        b'{"type":"call.ended","id":"\xff"}',
        rb'{"type":"call.ended","id":"\ud800"}',
        rb'{"type":"call.ended","id":"\udc00"}',
        b"{'type':'call.ended'}",
    ],
)
def test_nearly_json_is_not_json(value):
    answer = read(value)
    assert isinstance(answer, Rejected)
    assert answer.reason == "not_json"
    assert answer.detail.startswith("expected JSON: ")


@pytest.mark.parametrize(
    ("value", "shown"), [(b"[1, 2]", "[1, 2]"), (b'"call"', '"call"'), (b"7", "7"), (b"null", "null"), (b"true", "true")]
)
def test_json_that_is_no_object_is_not_object(value, shown):
    assert read(value) == rejection("not_object", f"expected an object, got {shown} @ $")


def test_more_than_64_kib_is_too_large():
    body = QUEUED | {"note": ""}
    room = 64 * 1024 - len(json.dumps(body))
    assert isinstance(read(body | {"note": "x" * room}), CallQueued)
    assert read(body | {"note": "x" * (room + 1)}) == rejection("too_large", "expected up to 65536 bytes, got 65537 @ $")


@pytest.mark.parametrize("name", ["type", "id", "time", "call_id", "queue"])
def test_a_required_field_that_is_absent_null_or_empty_is_a_missing_field(name):
    noun = {"type": "a type", "id": "an id", "time": "a time", "call_id": "a call id", "queue": "a queue"}[name]
    absent = {other: value for other, value in QUEUED.items() if other != name}
    assert read(absent) == rejection("missing_field", f"expected {noun}, got nothing @ $.{name}")
    assert read(QUEUED | {name: None}) == rejection("missing_field", f"expected {noun}, got null @ $.{name}")
    if name in ("id", "call_id", "queue"):
        assert read(QUEUED | {name: ""}) == rejection("missing_field", f'expected {noun}, got "" @ $.{name}')


@pytest.mark.parametrize(
    ("name", "value", "detail"),
    [
        ("type", 7, "expected a type, got 7 @ $.type"),
        ("id", 7, "expected an id, got 7 @ $.id"),
        ("id", "x" * 129, "expected 1 to 128 characters, got 129 @ $.id"),
        ("call_id", ["c1"], 'expected a call id, got ["c1"] @ $.call_id'),
        ("customer_id", "x" * 129, "expected 1 to 128 characters, got 129 @ $.customer_id"),
        ("queue", {"name": "billing"}, 'expected a queue, got {"name": "billing"} @ $.queue'),
        ("priority", 7, "expected a priority, got 7 @ $.priority"),
        ("channel", False, "expected a channel, got false @ $.channel"),
        ("source", 1.5, "expected a source, got 1.5 @ $.source"),
        ("seq", -1, "expected an integer 0 to 9007199254740992, got -1 @ $.seq"),
        ("seq", 2**53 + 1, "expected an integer 0 to 9007199254740992, got 9007199254740993 @ $.seq"),
        ("seq", True, "expected an integer 0 to 9007199254740992, got true @ $.seq"),
        ("seq", 1.0, "expected an integer 0 to 9007199254740992, got 1.0 @ $.seq"),
        ("seq", "1", 'expected an integer 0 to 9007199254740992, got "1" @ $.seq'),
        ("queue", ["x" * 99], f'expected a queue, got ["{"x" * 46}… @ $.queue'),
    ],
)
def test_a_value_of_the_wrong_kind_is_a_bad_type(name, value, detail):
    assert read(QUEUED | {name: value}) == rejection("bad_type", detail)


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        (
            {"type": "ticket.status", "status": "solved"},
            'expected one of bot, closed, on_hold, open, pending, resolved, got "solved" @ $.status',
        ),
        ({"type": "ticket.message", "by": "system"}, 'expected one of agent, bot, customer, got "system" @ $.by'),
        ({"type": "ticket.message", "by": "bot", "public": 1}, "expected true or false, got 1 @ $.public"),
        ({"type": "ticket.message", "by": "bot", "auto": "no"}, 'expected true or false, got "no" @ $.auto'),
        ({"type": "ticket.merged", "into": "x" * 200}, "expected 1 to 128 characters, got 200 @ $.into"),
    ],
)
def test_words_that_decide_are_not_guessed(body, detail):
    assert read_ticket({"id": "1", "time": NOW_MS, "ticket_id": "t1"} | body) == rejection("bad_type", detail)


@pytest.mark.parametrize(
    ("time", "why"),
    [
        (-1, "expected epoch milliseconds of the years 1970 to 9999, got -1 @ $.time"),
        (253_402_300_800_000, "expected epoch milliseconds of the years 1970 to 9999, got 253402300800000 @ $.time"),
        (10**400, f"expected epoch milliseconds of the years 1970 to 9999, got 1{'0' * 47}… @ $.time"),
        (1.5, "expected RFC 3339 with an offset or integer epoch milliseconds, got 1.5 @ $.time"),
        (1709542800000.0, "expected RFC 3339 with an offset or integer epoch milliseconds, got 1709542800000.0 @ $.time"),
        (True, "expected RFC 3339 with an offset or integer epoch milliseconds, got true @ $.time"),
        (
            "2024-03-04T09:00:00",
            'expected RFC 3339 with an offset, got "2024-03-04T09:00:00" @ $.time: not of the form 2024-01-31T12:30:00Z',
        ),
        ("2023-02-29T09:00:00Z", 'expected RFC 3339 with an offset, got "2023-02-29T09:00:00Z" @ $.time: day is out of range for month'),
        ("", 'expected RFC 3339 with an offset, got "" @ $.time: not of the form 2024-01-31T12:30:00Z'),
    ],
)
def test_a_time_that_is_no_instant_is_a_bad_time(time, why):
    assert read(QUEUED | {"time": time}) == rejection("bad_time", why)


def test_seconds_are_not_taken_for_milliseconds():
    event = read(QUEUED | {"time": 1_709_542_800})
    assert isinstance(event, CallQueued)
    assert event.time == 1_709_542_800


def test_more_than_five_minutes_ahead_of_the_clock_is_a_future_time():
    assert isinstance(read(QUEUED | {"time": NOW_MS + 300_000}), CallQueued)
    said = "expected up to 2024-03-04T09:05:00.000Z, got 2024-03-04T09:05:00.001Z @ $.time"
    assert read(QUEUED | {"time": NOW_MS + 300_001}) == rejection("future_time", said)


def test_without_a_clock_no_time_is_ahead():
    value = json.dumps(QUEUED | {"time": "9999-12-31T23:59:59Z"}).encode()
    assert isinstance(Intake("calls", 8).read(b"c1", value, (), None), CallQueued)


def test_a_key_that_is_not_the_entity_id_is_a_key_mismatch():
    assert read(QUEUED, key=None) == rejection("key_mismatch", "expected the call_id 'c1', got no key @ key")
    assert read(QUEUED, key=b"c2") == rejection("key_mismatch", "expected the call_id 'c1', got 'c2' @ key")
    assert read(QUEUED, key=b'"c1"') == rejection("key_mismatch", "expected the call_id 'c1', got '\"c1\"' @ key")
    assert read(QUEUED, key=b"\xff") == rejection("key_mismatch", "expected the call_id 'c1', got '\ufffd' @ key")


@pytest.mark.parametrize("key", [None, b"", b"c2"])
def test_a_topic_with_one_partition_needs_no_key(key):
    assert isinstance(Intake("calls", partitions=1).read(key, json.dumps(QUEUED).encode(), (), NOW_MS), CallQueued)


# --- labels ----------------------------------------------------------------------------------------------------------


def test_a_label_over_64_characters_is_cut_and_counted():
    intake = Intake("calls", 1)
    for size in (64, 65, 900):
        event = intake.read(None, json.dumps(QUEUED | {"queue": "ü" * size}).encode(), (), None)
        assert isinstance(event, CallQueued)
        assert event.queue == "ü" * 64
    assert intake.notes == {"labels_cut": 2, "priority_unknown": 0}


def test_an_unknown_priority_is_normal_and_counted():
    intake = Intake("tickets", 1)
    event = intake.read(None, json.dumps(CREATED | {"priority": "P1"}).encode(), (), None)
    assert getattr(event, "priority", None) == "normal"
    assert intake.notes == {"labels_cut": 0, "priority_unknown": 1}


@pytest.mark.parametrize(
    ("said", "meant"), [("voice", "phone"), ("web", "form"), ("whatsapp", "other"), ("Phone", "other"), ("sms", "sms"), ("other", "other")]
)
def test_channels_have_other_names_too(said, meant):
    intake = Intake("tickets", 1)
    assert getattr(intake.read(None, json.dumps(CREATED | {"channel": said}).encode(), (), None), "channel", None) == meant
    assert intake.notes == {"labels_cut": 0, "priority_unknown": 0}


def test_an_empty_label_is_absent():
    assert read(QUEUED | {"channel": "", "priority": "", "customer_id": ""}) == read(QUEUED)
    started = {"type": "call.started", "id": "1", "time": NOW_MS, "call_id": "c1", "channel": "", "direction": ""}
    assert read(started) == CallStarted(id="1", time=NOW_MS, call_id="c1", channel="phone", direction="inbound")


@pytest.mark.parametrize("reason", ["timeout", "callback", "other"])
def test_a_known_reason_stays(reason):
    left = {"type": "call.left", "id": "1", "time": NOW_MS, "call_id": "c1", "reason": reason}
    assert read(left) == CallLeft(id="1", time=NOW_MS, call_id="c1", reason=reason)


def test_an_unknown_reason_is_other():
    left = {"type": "call.left", "id": "1", "time": NOW_MS, "call_id": "c1", "reason": "fire_alarm"}
    assert read(left) == CallLeft(id="1", time=NOW_MS, call_id="c1", reason="other")


# --- times -----------------------------------------------------------------------------------------------------------


def test_a_text_time_becomes_milliseconds():
    assert read(QUEUED | {"time": "2024-03-04T10:00:00.0009+01:00"}) == CallQueued(id="1", time=NOW_MS, call_id="c1", queue="billing")


def test_the_other_times_of_a_snapshot_become_milliseconds_too():
    body = {"type": "ticket.snapshot", "id": "1", "time": NOW_MS, "ticket_id": "t1", "status": "open", "created": "1970-01-01T00:00:01Z"}
    told = TicketSnapshot(id="1", time=NOW_MS, ticket_id="t1", status="open", created=EpochMs(1_000))
    assert read_ticket(body) == told
    told.waiting_since = EpochMs(2_000)
    assert read_ticket(body | {"waiting_since": "1970-01-01T00:00:02Z"}) == told
    assert read_ticket(body | {"waiting_since": 2_000, "channel": None}) == told
    assert read_ticket(body | {"created": "yesterday"}) == rejection(
        "bad_time", 'expected RFC 3339 with an offset, got "yesterday" @ $.created: not of the form 2024-01-31T12:30:00Z'
    )
