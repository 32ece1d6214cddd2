"""Pseudonyms at intake: which ids are replaced, by what, and that what belongs together still meets."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any

import pytest

from schemas.events import ENTITY_FIELD
from schemas.values import HOUR_MS
from streams.core.intake import Intake, Rejected
from streams.core.pseudonyms import Pseudonyms
from streams.core.report import Line
from tests.core.driving import KeptShard, settings

KEY = b"a key of this test alone"
BOTH = Pseudonyms(KEY, ("customer_id", "agent_id"))
START_MS = 1_767_600_000_000


def expected(id_: str) -> str:
    """By the definition: HMAC-SHA-256, its first 80 bits in base 32, lower case."""
    return base64.b32encode(hmac.new(KEY, id_.encode(), hashlib.sha256).digest()[:10]).decode().lower()


def event(topic: str, type_: str, **fields: Any) -> bytes:
    entity = {ENTITY_FIELD[topic]: "e1"}
    return json.dumps({"type": type_, "id": "1", "time": START_MS, **entity, **fields}).encode()


def read(topic: str, value: bytes, pseudonyms: Pseudonyms | None = BOTH, key: bytes | None = None, partitions: int = 1) -> Any:
    return Intake(topic, partitions, pseudonyms=pseudonyms).read(key, value, (), None)


def test_a_pseudonym_is_the_start_of_the_hmac_of_the_id_in_sixteen_letters_and_digits():
    assert BOTH.of("u-1001") == expected("u-1001")
    assert len(BOTH.of("u-1001")) == 16
    assert BOTH.of("u-1001").isalnum()
    assert BOTH.of("u-1001") != BOTH.of("u-1002") != Pseudonyms(b"another key of this test", ("customer_id",)).of("u-1002")


def test_every_field_that_holds_the_id_of_a_person_is_replaced():
    assert read("calls", event("calls", "call.started", customer_id="u1")).customer_id == expected("u1")
    assert read("calls", event("calls", "call.answered", agent_id="ann")).agent_id == expected("ann")
    assert read("tickets", event("tickets", "ticket.created", channel="email", customer_id="u1")).customer_id == expected("u1")
    survey = read("surveys", event("surveys", "survey.answered", kind="csat", score=5, customer_id="u1", agent_id="ann"))
    assert (survey.customer_id, survey.agent_id, survey.survey_id) == (expected("u1"), expected("ann"), "e1")
    joined = read("customers", event("customers", "customer.joined", customer_id="u1", referred_by="u2"))
    assert (joined.customer_id, joined.referred_by) == (expected("u1"), expected("u2"))
    assert read("agents", event("agents", "agent.heartbeat", agent_id="ann")).agent_id == expected("ann")
    assert read("articles", event("articles", "article.opened", article="faq", customer_id="u1")).customer_id == expected("u1")


@pytest.mark.parametrize(("to", "becomes"), [("queue", "sales"), ("agent", expected("sales")), ("external", expected("sales"))])
def test_the_target_of_a_transfer_is_replaced_where_it_is_a_person_or_a_number(to: str, becomes: str):
    assert read("calls", event("calls", "call.transferred", to=to, target="sales", kind="blind")).target == becomes


def test_what_is_absent_stays_absent_and_what_was_not_asked_for_stays_as_it_is():
    assert read("calls", event("calls", "call.started")).customer_id is None
    customers = Pseudonyms(KEY, ("customer_id",))
    survey = read("surveys", event("surveys", "survey.answered", kind="csat", score=5, customer_id="u1", agent_id="ann"), customers)
    assert (survey.customer_id, survey.agent_id) == (expected("u1"), "ann")
    assert (customers.of_customer("u1"), Pseudonyms(KEY, ("agent_id",)).of_customer("u1")) == (expected("u1"), "u1")


def test_the_record_key_is_compared_with_the_id_as_the_producer_wrote_it():
    value = event("customers", "customer.active", customer_id="u1", kind="visit")
    assert read("customers", value, key=b"u1", partitions=4).customer_id == expected("u1")
    assert read("customers", value, key=expected("u1").encode(), partitions=4).reason == "key_mismatch"


def test_records_read_together_and_one_by_one_give_the_same():
    values = [event("calls", "call.started", customer_id=f"u{number}") for number in range(3)]
    together = Intake("calls", 1, pseudonyms=BOTH).read_all([Line(n, None, value) for n, value in enumerate(values)], None)
    mixed = Intake("calls", 1, pseudonyms=BOTH).read_all([Line(n, None, value) for n, value in enumerate([*values, b"{"])], None)
    assert [e.customer_id for e in together if not isinstance(e, Rejected)] == [expected(f"u{number}") for number in range(3)]  # type: ignore[union-attr]
    assert list(mixed[:3]) == list(together)


def test_what_a_shard_keeps_and_tells_has_the_pseudonym_and_never_the_id():
    shard = KeptShard(settings(pseudonyms=BOTH))
    at = START_MS
    shard.says(
        "calls",
        event("calls", "call.queued", call_id="c1", queue="billing", customer_id="secret-person"),
        event("calls", "call.answered", call_id="c1", id="2", time=at + 9_000, agent_id="secret-agent"),
        event("calls", "call.ended", call_id="c1", id="3", time=at + 99_000),
    )
    shard.says("tickets", event("tickets", "ticket.created", ticket_id="t1", channel="email", queue="billing", customer_id="secret-person"))
    shard.says("customers", event("customers", "customer.joined", customer_id="secret-person"))
    shard.says("agents", event("agents", "agent.state", agent_id="secret-agent", state="available"))
    shard.at(at + HOUR_MS)
    kept = [*shard.state.items(), *shard.panes.items(), *((o.key or b"", o.value or b"") for o in shard.outputs)]
    kept += [(record.key or b"", record.value or b"") for record in shard.records[shard.settings.contacts]]
    assert not [row for row in kept if b"secret" in row[0] + row[1]]
    person = expected("secret-person").encode()
    assert {key for key in shard.state if key.endswith(person)} == {b"u" + person, b"k" + person}
    assert b"a" + expected("secret-agent").encode() in shard.state


def test_a_rejected_record_is_copied_as_it_came():
    shard = KeptShard(settings(pseudonyms=BOTH))
    value = b'{"type": "call.queued", "customer_id": "secret-person"'
    shard.says("calls", value)
    (letter,) = shard.outputs
    assert letter.value == value
