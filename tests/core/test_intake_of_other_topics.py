"""Intake of agents, surveys, customers, articles and finance: what is read, what is put right, and why the rest is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest

from schemas.amounts import amount_text, halves, millionths, thousandths
from schemas.events import AgentState, ArticleRead, CustomerJoined, CustomerPurchased, FinanceEntry, SurveyAnswered
from schemas.values import EpochMs
from streams.core.intake import Intake, Rejected

NOW_MS = EpochMs(1_709_539_200_000)
STATE = {"type": "agent.state", "id": "1", "time": NOW_MS, "agent_id": "ann", "state": "available"}
ANSWERED = {"type": "survey.answered", "id": "1", "time": NOW_MS, "survey_id": "s1", "kind": "csat", "score": 4}
PURCHASED = {"type": "customer.purchased", "id": "1", "time": NOW_MS, "customer_id": "u1", "amount": "12.50", "currency": "EUR"}
READ = {"type": "article.read", "id": "1", "time": NOW_MS, "view_id": "v1", "seconds": 12}
ENTRY = {
    "type": "finance.entry", "id": "1", "time": NOW_MS, "entry_id": "e1", "kind": "revenue", "amount": 7, "currency": "EUR",
    "period": "2024-03",
}  # fmt: skip
TOPIC = {"agent": "agents", "survey": "surveys", "customer": "customers", "article": "articles", "finance": "finance"}
KEY = {"agents": "agent_id", "surveys": "survey_id", "customers": "customer_id", "articles": "view_id", "finance": "entry_id"}


def read(body: dict[str, Any], currency: str = "EUR") -> Any:
    topic = TOPIC[body["type"].split(".")[0]]
    return Intake(topic, 8, currency).read(body[KEY[topic]].encode(), json.dumps(body).encode(), (), NOW_MS)


def written(body: dict[str, Any], amount: str) -> Any:
    """With the amount exactly so written."""
    value = json.dumps(body | {"amount": "HERE"}).replace('"HERE"', amount).encode()
    topic = TOPIC[body["type"].split(".")[0]]
    return Intake(topic, 1).read(None, value, (), NOW_MS)


def test_each_topic_is_read():
    assert read(STATE) == AgentState("1", NOW_MS, "ann", "available")
    assert read(ANSWERED) == SurveyAnswered("1", NOW_MS, "s1", "csat", 4)
    assert read(PURCHASED) == CustomerPurchased("1", NOW_MS, "u1", "12.50", "EUR")
    assert read(READ) == ArticleRead("1", NOW_MS, "v1", 12)
    assert read(ENTRY) == FinanceEntry("1", NOW_MS, "e1", "revenue", "7", "EUR", "2024-03")


@pytest.mark.parametrize(
    ("body", "reason", "detail"),
    [
        (
            STATE | {"state": "asleep"},
            "bad_type",
            'expected one of available, break, busy, offline, training, wrap_up, got "asleep" @ $.state',
        ),
        (STATE | {"state": None}, "missing_field", "expected a state, got null @ $.state"),
        (STATE | {"queues": "billing"}, "bad_type", 'expected a list of up to 100 texts, got "billing" @ $.queues'),
        (STATE | {"queues": [7]}, "bad_type", "expected a list of texts, got [7] @ $.queues"),
        (STATE | {"until": "soon"}, "bad_time", None),
        (ANSWERED | {"score": 6}, "bad_type", "expected a score from 1 to 5, got 6 @ $.score"),
        (ANSWERED | {"score": 0}, "bad_type", "expected a score from 1 to 5, got 0 @ $.score"),
        (ANSWERED | {"kind": "nps", "score": 11}, "bad_type", "expected a score from 0 to 10, got 11 @ $.score"),
        (ANSWERED | {"score": 8, "max": 7}, "bad_type", "expected a score from 1 to 7, got 8 @ $.score"),
        (ANSWERED | {"score": 1, "max": 1}, "bad_type", "expected a scale from low to high, got 1 to 1 @ $.max"),
        (ANSWERED | {"score": "5"}, "bad_type", 'expected a number -1000000 to 1000000, got "5" @ $.score'),
        (ANSWERED | {"score": True}, "bad_type", "expected a number -1000000 to 1000000, got true @ $.score"),
        (ANSWERED | {"kind": "mood"}, "bad_type", 'expected one of agent_satisfaction, ces, csat, iqs, nps, got "mood" @ $.kind'),
        (PURCHASED | {"currency": "USD"}, "bad_type", "expected the site's currency EUR, got USD @ $.currency"),
        (
            PURCHASED | {"currency": "euro"},
            "bad_type",
            'expected a currency of three capital letters, such as EUR, got "euro" @ $.currency',
        ),
        (PURCHASED | {"amount": "12,50"}, "bad_type", 'expected an amount (not a decimal number), got "12,50" @ $.amount'),
        (PURCHASED | {"amount": ""}, "missing_field", 'expected an amount, got "" @ $.amount'),
        (PURCHASED | {"amount": "0.0000001"}, "bad_type", 'expected an amount (more than 6 decimals), got "0.0000001" @ $.amount'),
        (READ | {"seconds": -1}, "bad_type", "expected a number 0 to 86400, got -1 @ $.seconds"),
        (ENTRY | {"period": "2024-13"}, "bad_type", 'expected a month, such as 2024-03, got "2024-13" @ $.period'),
        (ENTRY | {"period": "2024-03\n"}, "bad_type", None),
        (ENTRY | {"kind": "cost"}, "bad_type", 'expected one of revenue, support_cost, got "cost" @ $.kind'),
    ],
)
def test_what_breaks_the_contract_is_refused_with_the_reason(body, reason, detail):
    answer = read(body)
    assert isinstance(answer, Rejected)
    assert answer.reason == reason
    assert detail is None or answer.detail == detail


def test_a_key_of_another_entity_and_a_time_ahead_are_refused_as_in_all_topics():
    value = json.dumps(ENTRY).encode()
    for key, now_ms, reason in ((b"e2", NOW_MS, "key_mismatch"), (b"e1", EpochMs(NOW_MS - 300_001), "future_time")):
        answer = Intake("finance", 8).read(key, value, (), now_ms)
        assert isinstance(answer, Rejected)
        assert answer.reason == reason


def test_an_event_of_a_topic_with_one_type_needs_the_type_too():
    answer = Intake("finance", 1).read(None, json.dumps({k: v for k, v in ENTRY.items() if k != "type"}).encode(), (), NOW_MS)
    assert answer == Rejected("missing_field", "expected a type, got nothing @ $.type")


def test_labels_are_cut_and_empty_ones_left_out():
    assert read(STATE | {"queues": ["q" * 65, "", "billing"]}).queues == ["q" * 64, "billing"]
    assert read(ANSWERED | {"channel": "fax", "queue": "q" * 70}).channel == "other"


def test_a_reason_is_any_text():
    left = {"type": "customer.left", "id": "1", "time": NOW_MS, "customer_id": "u1", "reason": "moved away"}
    assert read(left).reason == "moved away"


def test_a_score_may_have_decimals_and_another_scale():
    assert read(ANSWERED | {"score": 4.5}).score == 4.5
    assert read(ANSWERED | {"score": 0, "min": 0, "max": 1}).score == 0


def test_a_cloudevent_is_unwrapped():
    body = {"specversion": "1.0", "type": "customer.joined", "id": "1", "time": NOW_MS, "data": {"customer_id": "u1", "program": "friends"}}
    answer = Intake("customers", 8).read(b"u1", json.dumps(body).encode(), (), NOW_MS)
    assert answer == CustomerJoined("1", NOW_MS, "u1", program="friends")


@pytest.mark.parametrize(
    ("amount", "kept"),
    [
        ('"12.50"', 12_500_000),
        ("12.50", 12_500_000),
        ("1e3", 1_000_000_000),
        ("0.1", 100_000),
        ('"0.000001"', 1),
        ("-20", -20_000_000),
        ('"-0.5"', -500_000),
        ("999999999999.999999", 999_999_999_999_999_999),  # a float would have made 10^12 of it
        ("1.5000000000", 1_500_000),
    ],
)
def test_an_amount_is_kept_to_the_last_millionth_as_text_or_number(amount, kept):
    assert millionths(written(PURCHASED, amount).amount) == kept
    assert millionths(written(ENTRY, amount).amount) == kept


@pytest.mark.parametrize("amount", ["1000000000000", "1e12", '"1e999"', '"NaN"', '" 1"', '"1_0"', "0.0000001", "true", "[]"])
def test_an_amount_that_cannot_be_kept_exactly_is_refused(amount):
    assert written(PURCHASED, amount).reason == "bad_type"


@pytest.mark.parametrize("amount", [0, 1, -1, 9_999_999_999, 10_000_000_000, -10_000_000_001, 999_999_999_999_999_999])
def test_the_halves_of_an_amount_are_the_amount(amount):
    larger, rest = halves(amount)
    assert larger * 10_000_000_000 + rest == amount
    assert 0 <= rest < 10_000_000_000


def test_amounts_are_written_plainly():
    assert [amount_text(text) for text in ("1e3", "12.50", "-0", "00.5")] == ["1000", "12.5", "0", "0.5"]


def test_what_is_finer_than_a_thousandth_of_a_score_is_cut_off():
    assert [thousandths(score) for score in (5, 4.1, 3.9999, -0.0001)] == [5_000, 4_100, 3_999, -1]
