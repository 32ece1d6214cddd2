"""`/api/v1/explain`: one KPI under one set of labels, and what is refused."""

from __future__ import annotations

import pytest

from streams.core.snapshot import Snapshot
from tests.outputs.centre import morning
from tests.outputs.serving import TOKEN, api


@pytest.fixture(scope="module")
def snapshot() -> Snapshot:
    return morning().snapshot()


async def test_a_figure_is_explained_by_queue_and_window(snapshot):
    """Of the morning in billing: c1 in time; c2 and c3 late, and c7, who waits since 45 s; c5 left after 10 s; c8 waits since 10 s."""
    async with api(snapshot) as client:
        answer = await client.get("/api/v1/explain?kpi=service_level&stat=event&queue=billing&window=today")
        assert (answer.status, answer.content_type) == (200, "application/json")
        document = await answer.json()
    assert (document["as_of"], document["completeness"]) == ("2026-03-02T10:00:00.000Z", 1.0)
    (one,) = document["explanations"]
    assert (one["value"], one["samples"], one["labels"]) == (0.25, 4, {"queue": "billing"})
    assert {part["name"]: part["amount"] for part in one["inputs"]} == {"service_in": 1, "service_out": 3}
    assert {part["what"]: part["amount"] for part in one["left_out"] if part["amount"]} == {
        "left within the threshold": 1,
        "waiting within the threshold now": 1,
    }
    assert one["thresholds"] == [{"queue": "billing", "channel": "phone", "threshold_seconds": 20, "short_abandon_seconds": 5}]
    assert (one["start"], one["end"], one["promise"]) == ("2026-03-02T00:00:00.000Z", "2026-03-02T10:00:00.000Z", 0.8)


async def test_without_a_window_it_is_of_today_and_of_now(snapshot):
    async with api(snapshot) as client:
        found = (await (await client.get("/api/v1/explain?kpi=backlog")).json())["explanations"]
        level = (await (await client.get("/api/v1/explain?kpi=service_level&channel=chat")).json())["explanations"]
    assert {(one["stat"], one["window"]) for one in found} == {("count", "now"), ("growth", "today"), ("days", "today")}
    assert {one["window"] for one in level} == {"today"}


@pytest.mark.parametrize(
    ("query", "reason", "said"),
    [
        ("", "missing_parameter", "say which kpi"),
        ("kpi=servce_level", "unknown_kpi", "did you mean service_level?"),
        ("kpi=service_level&stat=evnt", "unknown_stat", "did you mean event?"),
        ("kpi=service_level&window=todya", "unknown_window", "did you mean today?"),
        ("kpi=service_level&queue=Biling", "unknown_queue", "did you mean billing?"),
        ("kpi=service_level&queue=billing&queue=sales", "several_values", "one queue at a time"),
        (
            "kpi=service_level&priority=high",
            "wrong_cut",
            "is not told by priority: it is told by nothing, queue",
        ),
        ("kpi=contact_share", "wrong_cut", "is not told by nothing: it is told by channel"),
        ("kpi=waiting&window=today", "no_such_row", "waiting has no row in the window today"),
        ("kpi=service_level&queue=mail", "no_such_row", 'service_level has no row, queue "mail"'),
        ("kpi=service_level&cut=queue", "unknown_parameter", "there is no parameter"),
    ],
)
async def test_what_cannot_be_explained_is_told_why(snapshot, query, reason, said):
    async with api(snapshot) as client:
        answer = await client.get(f"/api/v1/explain?{query}")
        document = await answer.json()
    assert (answer.status, document["reason"]) == (400, reason)
    assert said in document["error"]


async def test_with_a_token_it_needs_it(snapshot):
    async with api(snapshot, token=TOKEN) as client:
        assert (await client.get("/api/v1/explain?kpi=waiting")).status == 401
