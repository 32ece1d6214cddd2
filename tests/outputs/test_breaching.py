"""`/api/v1/cases/breaching`: off unless the site shows ids, what was due first coming first, by queue, clock and state."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from multidict import MultiMapping

from schemas.values import HOUR_MS, SECOND_MS
from streams.core.clocks.policy import Policy
from streams.core.clocks.sla import SlaRule
from streams.core.snapshot import Snapshot
from streams.outputs.api import public_app
from streams.outputs.boards import Site
from streams.outputs.breaching import breaching
from streams.testing.promises import targets
from tests.core.cases import call_tales as call
from tests.core.cases import ticket_tales as ticket
from tests.core.driving import KeptShard, told
from tests.core.driving import settings as shard_settings
from tests.outputs.serving import Client, api, serving

POLICY = Policy(slas=(SlaRule(targets_ms=targets(30 * SECOND_MS, HOUR_MS, None, None)),))


@pytest.fixture(scope="module")
def snapshot() -> Snapshot:
    """T1 is 20 minutes over, T2 at risk and due in 10 minutes, a call 5 s over, another in time."""
    shard = KeptShard(shard_settings(policy=POLICY, case_ids=True))
    shard.says("tickets", told(ticket.created(0)), told(ticket.created(30 * 60, queue="mail"), ticket_id="T2"))
    shard.says("calls", told(call.queued(80 * 60 - 35)), told(call.queued(80 * 60 - 5), call_id="C2"))
    shard.at(ticket.ms(80 * 60))
    return shard.board(ticket.ms(80 * 60))


@asynccontextmanager
async def naming(snapshot: Snapshot) -> AsyncIterator[Client]:
    async with serving(public_app(lambda: snapshot, status=dict, site=Site(case_ids=True))) as client:
        yield client


async def test_cases_come_by_when_they_were_or_will_be_due(snapshot):
    async with naming(snapshot) as client:
        found = await (await client.get("/api/v1/cases/breaching")).json()
        assert (await (await client.get("/api/v1/board")).json())["can_see_cases"] is True
    assert found["total"] == 3
    assert [(case["case_id"], case["clock"], case["state"], case["queue"]) for case in found["cases"]] == [
        ("T1", "first_response", "breached", "billing"),
        ("C1", "queue_wait", "breached", "billing"),
        ("T2", "first_response", "at_risk", "mail"),
    ]
    assert found["cases"][0] == {
        "case_id": "T1", "topic": "tickets", "clock": "first_response", "state": "breached", "due": "2023-11-14T23:13:20.000Z",
        "queue": "billing", "channel": "email", "priority": "normal",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("query", "cases", "total"),
    [
        ("limit=1", ["T1"], 3),
        ("queue=mail", ["T2"], 1),
        ("clock=queue_wait", ["C1"], 1),
        ("state=breached&queue=billing", ["T1", "C1"], 2),
    ],
)
async def test_they_can_be_chosen(snapshot, query, cases, total):
    async with naming(snapshot) as client:
        found = await (await client.get(f"/api/v1/cases/breaching?{query}")).json()
    assert ([case["case_id"] for case in found["cases"]], found["total"]) == (cases, total)


async def test_they_are_looked_for_in_a_thread_while_the_board_goes_on(snapshot, monkeypatch):
    began, goes_on = asyncio.Event(), threading.Event()
    loop = asyncio.get_running_loop()

    def slowly(query: MultiMapping[str], snapshot: Snapshot) -> dict[str, Any]:
        loop.call_soon_threadsafe(began.set)
        assert goes_on.wait(10), "the loop stands still"
        return breaching(query, snapshot)

    monkeypatch.setattr("streams.outputs.api.breaching", slowly)
    async with naming(snapshot) as client:
        asked = asyncio.ensure_future(client.get("/api/v1/cases/breaching"))
        await began.wait()
        goes_on.set()
        assert (await (await asked).json())["total"] == 3


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ("limit=0", "bad_limit"),
        ("limit=x", "bad_limit"),
        ("queue=mial", "unknown_queue"),
        ("state=late", "unknown_state"),
        ("a=1", "unknown_parameter"),
    ],
)
async def test_what_there_is_not_is_refused(snapshot, query, reason):
    async with naming(snapshot) as client:
        answer = await client.get(f"/api/v1/cases/breaching?{query}")
        assert (answer.status, (await answer.json())["reason"]) == (400, reason)


async def test_where_ids_are_not_shown_it_is_off_and_says_so(snapshot):
    async with api(snapshot) as client:
        answer = await client.get("/api/v1/cases/breaching")
        document = await answer.json()
    assert (answer.status, document["reason"]) == (403, "off")
    assert "privacy.case_ids = true" in document["error"]
