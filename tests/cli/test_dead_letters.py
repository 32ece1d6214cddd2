"""`deskpulse dead-letters`: what was rejected is shown masked, and can be sent again."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from schemas.values import EpochMs
from streams.cli.dead_letters import letter_of, lines_of, shown
from streams.cli.masked import masked_detail, masked_id, masked_key, masked_value
from streams.core.letters import dead_letter
from streams.core.report import Line
from streams.runtime.inspection import Found
from tests.desk import Desk, Instance, wait_for
from tests.tools import calls_and_tickets_alone

SECRETS = ("Ann Smith", "ann@example.org", "4711", "+371 2000 1234", "LV80BANK")


@pytest.mark.parametrize(
    ("key", "shown_key"),
    [(b"call-4711", "call-####"), (b"ann@example.org", "@"), (b"+37120001234", "+###########"), (b"\xff\x01", "\ufffd\x01"), (None, None)],
)
def test_ids_of_cases_show_no_digits_and_no_addresses(key, shown_key):
    assert masked_key(key) == shown_key


@pytest.mark.parametrize(
    ("key", "shown_key"),
    [
        (b"call-4711", "xxxx-####"),
        (b"Ann Smith", "xxx xxxxx"),
        (b"ann@example.org", "xxx@xxxxxxx.xxx"),
        (b"\xff\x01", "\ufffd\x01"),
        (None, None),
    ],
)
def test_a_key_that_may_be_a_name_shows_its_shape_as_where_a_value_has_it(key, shown_key):
    assert masked_id(key) == shown_key


def test_values_show_their_names_their_shape_and_what_is_harmless():
    value = {
        "type": "ticket.created", "time": "2026-03-02T09:00:00Z", "queue": "billing", "priority": 7, "ticket_id": "T-4711",
        "customer_id": "Ann Smith", "note": {"mail": "ann@example.org", "iban": ["LV80BANK"]}, "public": True, "agent_id": None,
    }  # fmt: skip
    assert json.loads(masked_value(json.dumps(value).encode()) or "") == {
        "type": "ticket.created", "time": "2026-03-02T09:00:00Z", "queue": "billing", "priority": 7, "ticket_id": "x-####",
        "customer_id": "xxx xxxxx", "note": {"mail": "xxx@xxxxxxx.xxx", "iban": ["xx##xxxx"]}, "public": True, "agent_id": None,
    }  # fmt: skip


@pytest.mark.parametrize(
    "value",
    [
        b"not json: Ann Smith, ann@example.org, 4711, +371 2000 1234, LV80BANK",
        b'"Ann Smith ann@example.org 4711"',
        b'{"type": "call.queued", "call_id": "4711", "customer_id": "ann@example.org", "Ann Smith": "LV80BANK"',
        b'{"ann@example.org": "+371 2000 1234", "queue": "for ann@example.org"}',
        b"\xff\xfe4711",
        b"[" * 10_000,
    ],
)
def test_whatever_a_value_is_no_secret_is_shown(value):
    told = masked_value(value) or ""
    assert not any(secret in told for secret in SECRETS)
    assert len(told) <= 403


def test_what_is_said_of_a_fault_may_repeat_a_value_and_is_masked_too():
    assert masked_detail('expected a priority, got "Ann Smith" @ $.priority') == 'expected a priority, got "xxx xxxxx" @ $.priority'
    assert (
        masked_detail("expected 1 to 64 characters, got 37120004711 @ $.queue") == "expected 1 to 64 characters, got ########### @ $.queue"
    )
    assert masked_detail("expected a type, got ann@example.org @ $.type") == "expected a type, got @ @ $.type"
    time = 'expected RFC 3339 with an offset, got "2026-03-02T09:00:00" @ $.time: not of the form 2024-01-31T12:30:00Z'
    assert masked_detail(time) == (
        'expected RFC 3339 with an offset, got "####-##-##x##:##:##" @ $.time: not of the form 2024-01-31T12:30:00Z'
    )
    mismatch = "expected the customer_id 'Ann Smith', got 'LV80BANK' @ key"
    assert masked_detail(mismatch) == "expected the customer_id 'xxx xxxxx', got 'xx##xxxx' @ key"
    assert masked_value(None) is None


def test_a_letter_is_read_as_the_shard_wrote_it():
    record = Line(17, b"c4711", b'{"type": "call.queued", "customer_id": "Ann"}', (("ce_source", b"pbx"),))
    written = dead_letter("dead-letters", "calls", 3, record, "missing_field", "there is no id @ $.id")
    letter = letter_of(Found(0, 5, EpochMs(0), written.key, written.value, written.headers))
    assert (letter.reason, letter.topic, letter.partition, letter.offset, letter.cut) == ("missing_field", "calls", "3", "17", "")
    assert letter.own_headers == [("ce_source", b"pbx")]
    assert shown(letter) == {
        "time": "1970-01-01T00:00:00.000Z", "reason": "missing_field", "detail": "there is no id @ $.id", "topic": "calls",
        "partition": "3", "offset": "17", "key": "x####", "value": '{"type": "call.queued", "customer_id": "xxx"}',
    }  # fmt: skip


def test_a_record_without_a_key_is_said_to_have_none():
    written = dead_letter("dead-letters", "calls", 3, Line(17, None, b"hello", ()), "not_json", "expected JSON @ $")
    letter = letter_of(Found(0, 5, EpochMs(0), written.key, written.value, written.headers))
    assert list(lines_of(shown(letter))) == [
        "1970-01-01T00:00:00.000Z  not_json  calls-3 at 17  no key",
        "    expected JSON @ $",
        "    xxxxx",
    ]


# --- over a log ------------------------------------------------------------------------------------------------------

COST = {"type": "finance.entry", "id": "1", "time": "2026-03-02T09:00:00Z", "entry_id": "e4711", "kind": "support_cost", "amount": "90.00",
        "currency": "SEK", "period": "2026-03"}  # fmt: skip
REVENUE = COST | {"id": "2", "entry_id": "e4712", "kind": "revenue", "amount": "1200"}
WRONG = {"type": "call.queued", "id": "1", "time": "noon", "call_id": "c1", "queue": "q"}


def files(tmp_path: Path) -> list[Path]:
    found = []
    for name, events in (("finance", [COST, REVENUE]), ("calls", [WRONG])):
        path = tmp_path / f"{name}.jsonl"
        path.write_text("\n".join(map(json.dumps, events)))
        found.append(path)
    return found


def ratio(running: Instance) -> object:
    return [row["value"] for row in running.document(kpi="support_cost_ratio", window="month", cut="site")["rows"]]


@pytest.mark.slow
def test_entries_of_the_wrong_currency_count_once_the_configuration_is_right_and_they_are_sent_again(tmp_path):
    log = f"embedded://{tmp_path / 'log'}"
    with Desk(tmp_path / "wrong", log, 'clock = "event"\ncurrency = "EUR"\n[limits]\npartitions = 2') as desk:
        for path in files(tmp_path):
            desk.call("replay", "--shift", "keep", path)
        running = desk.instance("run", "r")
        running.start()
        wait_for("all is rejected", lambda: desk.call("dead-letters", "show").out.startswith("3 dead letters"), 30, pause_s=0.5)
        told = json.loads(desk.call("dead-letters", "show", "--json").out)
        assert (told["count"], told["by_reason"]) == (3, {"bad_type": 2, "bad_time": 1})
        assert not any(secret in desk.call("dead-letters", "show").out for secret in ("4711", "4712", "90.00", "1200"))
        assert json.loads(desk.call("dead-letters", "show", "--reason", "bad_time", "--json").out)["count"] == 1
        assert running.end() == 0
    with Desk(tmp_path / "right", log, 'clock = "event"\ncurrency = "SEK"\n[limits]\npartitions = 2') as desk:
        running = desk.instance("run", "r")
        running.start()
        assert desk.call("dead-letters", "redrive", "--reason", "bad_type").out == "would send 2 to finance: --yes does it\n"
        assert desk.call("dead-letters", "redrive", "--reason", "bad_type", "--yes").out == "sent 2 to finance\n"
        wait_for("they count", lambda: ratio(running) == [0.075], 30)
        again = json.loads(desk.call("dead-letters", "redrive", "--topic", "finance", "--yes", "--json", code=1).out)
        assert (again["count"], again["sent"], again["left"]) == (2, {}, {"sent again before": 2})
        told = json.loads(desk.call("dead-letters", "show", "--raw", "--json").out)
        assert told["count"] == 3
        assert {letter["key"]: letter.get("redriven", False) for letter in told["letters"]} == {"e4711": True, "e4712": True, "c1": False}
        assert {json.loads(letter["value"])["id"] for letter in told["letters"] if letter["topic"] == "finance"} == {"1", "2"}
        assert desk.call("dead-letters", "show").out.count("  redriven\n") == 2
        assert desk.call("dead-letters", "redrive", "--reason", "too_large", code=1).out == "would send nothing: --yes does it\n"


@pytest.mark.kafka
def test_letters_of_a_kafka_are_shown_and_sent_again(kafka, prefix, tmp_path):
    call = {**WRONG, "time": "2026-03-02T09:00:00Z"}
    path = tmp_path / "calls.jsonl"
    path.write_text("\n".join(json.dumps({**call, "id": str(n), "call_id": f"c{n}", "time": "noon"}) for n in range(5)))
    settings = f'app = "{prefix}app"\nclock = "event"\n{calls_and_tickets_alone(prefix)}'
    with Desk(tmp_path / "desk", f"kafka://{kafka}", settings) as desk:
        desk.call("topics", "create")
        before = json.loads(desk.call("dead-letters", "show", "--topic", f"{prefix}calls", "--json").out)["count"]
        desk.call("replay", "--shift", "keep", path)
        running = desk.instance("worker", "w")
        running.start()

        def count() -> int:
            told: int = json.loads(desk.call("dead-letters", "show", "--topic", f"{prefix}calls", "--json").out)["count"]
            return told

        wait_for("all are rejected", lambda: count() == before + 5, 30, pause_s=0.5)
        sent = desk.call("dead-letters", "redrive", "--topic", f"{prefix}calls", "--limit", "2", "--yes").out
        assert sent == f"sent 2 to {prefix}calls\n"
        wait_for("they are rejected again", lambda: count() == before + 7, 30, pause_s=0.5)
