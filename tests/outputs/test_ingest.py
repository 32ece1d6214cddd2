"""POST /api/v1/events: all of a request durably in the log, or nothing of it."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.events import TYPES
from schemas.values import EpochMs
from streams.core.intake import Intake, Rejected, Skipped
from streams.outputs import ingest as ingesting
from streams.outputs.ingest import BODY_BYTES_MAX, LINES_MAX, Ingest, lines_of
from tests.outputs.centre import morning
from tests.outputs.serving import BASIC, BEARER, TOKEN, LogOfRecords, api, wall_clock

QUEUED = {"type": "call.queued", "id": "1", "time": "2026-03-02T09:59:00Z", "call_id": "c1", "queue": "billing"}
CREATED = {"type": "ticket.created", "id": "2", "time": "2026-03-02T09:59:00Z", "ticket_id": "t1", "channel": "email"}
EVENTS = "/api/v1/events"


def lines(*events: object) -> bytes:
    return b"\n".join(event if isinstance(event, bytes) else json.dumps(event).encode() for event in events)


async def post(body: bytes, log: LogOfRecords | None = None, headers: dict[str, str] = BEARER) -> tuple[int, dict]:
    async with api(morning().snapshot(), log or LogOfRecords()) as client:
        answer = await client.post(EVENTS, data=body, headers=headers)
        document: dict = await answer.json()
        return answer.status, document


@pytest.mark.parametrize("end", [b"", b"\n", b"\r\n\r\n"])
async def test_events_are_in_the_log_under_their_topic_and_key_before_the_answer(end):
    log = LogOfRecords()
    assert await post(lines(QUEUED, CREATED) + end, log) == (202, {"accepted": 2})
    assert log.records == [
        ("site-calls", b"c1", json.dumps(QUEUED).encode()),
        ("site-tickets", b"t1", json.dumps(CREATED).encode()),
    ]


@pytest.mark.parametrize("body", [lines(QUEUED), json.dumps(QUEUED, indent=2).encode()])
async def test_one_event_may_stand_on_one_line_or_on_many(body):
    log = LogOfRecords()
    assert (await post(body, log))[0] == 202
    assert log.records == [("site-calls", b"c1", body)]


async def test_one_bad_line_and_nothing_is_taken():
    log = LogOfRecords()
    future = {**QUEUED, "time": "2026-03-02T10:06:00Z"}
    unknown, mistyped, empty = {**QUEUED, "type": "call.qeued"}, {**QUEUED, "queue": 7}, {"type": "call.queued", "id": "1"}
    wrong = [b"{", b"[1]", unknown, mistyped, empty, future, b'{"id": "1"}']
    status, answer = await post(lines(QUEUED, *wrong), log)
    assert (status, answer["reason"], answer["accepted"], answer["wrong"]) == (422, "rejected", 0, 7)
    assert answer["error"] == "7 of 8 lines are wrong, the first is line 2; nothing was taken"
    assert [line["line"] for line in answer["lines"]] == [2, 3, 4, 5, 6, 7, 8]
    assert " ".join(line["reason"] for line in answer["lines"]) == (
        "not_json not_object unknown_type bad_type missing_field future_time missing_field"
    )
    assert "did you mean call.queued?" in answer["lines"][2]["detail"]
    assert log.records == []


@pytest.mark.parametrize(
    "body",
    [
        json.dumps([QUEUED, CREATED]).encode(),
        json.dumps([QUEUED, CREATED], indent=1).encode(),
        lines(QUEUED, CREATED).replace(b"\n", b""),
        json.dumps(QUEUED, indent=1).encode() + b"\n" + json.dumps(CREATED, indent=1).encode(),
    ],
    ids=["a list", "a list on many lines", "line ends taken away by curl -d", "events on many lines each"],
)
async def test_where_no_line_is_an_event_it_is_said_how_they_are_sent(body):
    status, answer = await post(body)
    assert (status, answer["accepted"]) == (422, 0)
    assert answer["error"].endswith("nothing was taken: one event per line: curl --data-binary @FILE")


async def test_an_event_of_an_input_that_is_turned_off_is_refused_and_told_where_to_turn_it_on():
    log = LogOfRecords()
    status, answer = await post(
        lines({"type": "survey.answered", "id": "1", "time": QUEUED["time"], "survey_id": "s", "kind": "csat", "score": 5}), log
    )
    assert (status, log.records) == (422, [])
    assert answer["lines"][0]["detail"] == "the topic surveys is turned off here: name it under [topics] @ $.type"


def test_every_input_is_taken_in_and_keyed_by_its_own_id():
    events: list[dict[str, object]] = [
        {"type": "agent.heartbeat", "agent_id": "ann"},
        {"type": "survey.answered", "survey_id": "s1", "kind": "nps", "score": 9},
        {"type": "customer.purchased", "customer_id": "u1", "amount": "5", "currency": "SEK"},
        {"type": "article.opened", "view_id": "v1", "article": "reset"},
        {"type": "finance.entry", "entry_id": "e1", "kind": "revenue", "amount": 7.5, "currency": "SEK", "period": "2026-03"},
    ]
    numbered = [(number, json.dumps({"id": "1", "time": QUEUED["time"], **event}).encode()) for number, event in enumerate(events)]
    taken, wrong = Ingest(LogOfRecords().append, {topic: topic for topic in TYPES}, TOKEN, wall_clock, "SEK").sort(numbered)
    assert wrong == []
    assert {topic: key for topic, [(key, _)] in taken.items()} == {
        "agents": b"ann", "surveys": b"s1", "customers": b"u1", "articles": b"v1", "finance": b"e1",
    }  # fmt: skip
    _, refused = Ingest(LogOfRecords().append, {topic: topic for topic in TYPES}, TOKEN, wall_clock).sort(numbered)
    assert [line["reason"] for line in refused] == ["bad_type", "bad_type"]


async def test_of_very_many_bad_lines_the_first_hundred_are_told():
    _, answer = await post(lines(*[b"nonsense"] * 500))
    assert (answer["wrong"], len(answer["lines"])) == (500, 100)


@pytest.mark.parametrize("body", [b"", b"\n \n", b"[]", b"null"])
async def test_a_request_without_an_event_is_refused(body):
    assert (await post(body))[0] == 422


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer nonsense"}, BASIC])
async def test_without_the_token_nothing_is_taken(headers):
    """A browser's own credentials are not enough: another site could make it send them."""
    log = LogOfRecords()
    status, answer = await post(lines(QUEUED), log, headers)
    assert (status, answer["reason"], log.records) == (401, "unauthorized", [])


async def test_without_a_configured_token_ingest_is_off():
    async with api(morning().snapshot()) as client:
        answer = await client.post(EVENTS, data=lines(QUEUED), headers=BEARER)
        assert (answer.status, (await answer.json())["reason"]) == (403, "off")


@pytest.mark.parametrize("body", [b"x" * (BODY_BYTES_MAX + 1), b"{}\n" * (LINES_MAX + 1)])
async def test_a_request_has_a_size(body):
    log = LogOfRecords()
    status, answer = await post(body, log)
    assert (status, answer["reason"], log.records) == (413, "too_large", [])
    assert "send several" in answer["error"]


async def test_a_log_out_of_reach_is_told_with_what_to_do():
    log = LogOfRecords()
    log.away = True
    status, answer = await post(lines(QUEUED), log)
    assert (status, answer["reason"]) == (503, "unreachable")
    assert answer["error"].endswith("send all of them again, repeats count once")


class HangingLog(LogOfRecords):
    """Takes nothing until it is let."""

    def __init__(self) -> None:
        super().__init__()
        self.asked, self.answers = asyncio.Semaphore(0), asyncio.Event()

    async def append(self, topic: str, records: Any) -> None:
        self.asked.release()
        await self.answers.wait()
        await super().append(topic, records)


async def test_who_tries_again_while_the_log_hangs_does_not_fill_the_memory(monkeypatch):
    monkeypatch.setattr(ingesting, "HELD_BYTES_MAX", 2 * ingesting.HELD_BYTES_MIN)
    log = HangingLog()
    async with api(morning().snapshot(), log) as client:
        waiting = [asyncio.create_task(client.post(EVENTS, data=lines(QUEUED), headers=BEARER)) for _ in range(2)]
        for _ in waiting:
            await log.asked.acquire()
        refused = await client.post(EVENTS, data=lines(QUEUED), headers=BEARER)
        assert (refused.status, (await refused.json())["reason"], refused.headers["Retry-After"]) == (503, "busy", "1")
        log.answers.set()
        assert [(await answer).status for answer in waiting] == [202, 202]
        assert (await client.post(EVENTS, data=lines(QUEUED), headers=BEARER)).status == 202


async def test_who_stops_in_the_middle_of_a_body_is_not_waited_for(monkeypatch):
    monkeypatch.setattr(ingesting, "BODY_LIMIT_S", 0.1)

    async def stops():
        yield b"{"
        await asyncio.sleep(30)

    async with api(morning().snapshot(), LogOfRecords()) as client:
        answer = await client.post(EVENTS, data=stops(), headers=BEARER)
        assert (answer.status, (await answer.json())["reason"]) == (408, "too_slow")


def ingest() -> Ingest:
    return Ingest(LogOfRecords().append, {"calls": "calls", "tickets": "tickets"}, TOKEN, wall_clock)


@given(st.lists(st.binary(max_size=60) | st.sampled_from([json.dumps(QUEUED).encode(), json.dumps(CREATED).encode()]), max_size=5))
def test_any_bytes_are_records_that_workers_accept_or_lines_that_are_wrong(some):
    found = lines_of(b"\n".join(some))
    records, wrong = ingest().sort(found)
    assert sum(map(len, records.values())) + len(wrong) == len(found)
    for topic, taken in records.items():
        for key, value in taken:
            event = Intake(topic, 8).read(key, value, (), EpochMs(wall_clock()))
            assert not isinstance(event, Rejected | Skipped), "a worker checks the key as well"


def test_a_structured_cloudevent_is_an_event():
    event = {
        "specversion": "1.0",
        "type": "call.queued",
        "id": "1",
        "source": "pbx",
        "time": QUEUED["time"],
        "data": {"call_id": "c1", "queue": "q"},
    }
    records, wrong = ingest().sort([(1, json.dumps(event).encode())])
    assert (wrong, [key for key, _ in records["calls"]]) == ([], [b"c1"])
