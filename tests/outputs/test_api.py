"""The API over HTTP: rows, what it refuses and how, history, the token, headers."""

from __future__ import annotations

import csv
import io

import msgspec
import pytest
from aiohttp import encode_basic_auth

from schemas.values import DAY_MS
from streams.core.snapshot import Snapshot
from streams.outputs import rows
from streams.outputs.api import public_app
from streams.outputs.asking import ROW_PARAMETERS
from streams.outputs.series import PARAMETERS
from tests.outputs.centre import LIVE, Centre, at_ms, morning
from tests.outputs.serving import BASIC, BEARER, TOKEN, api


@pytest.fixture(scope="module")
def snapshot() -> Snapshot:
    return morning().snapshot()


async def test_rows_say_of_which_moment_they_are_and_how_complete(snapshot):
    async with api(snapshot) as client:
        answer = await client.get("/api/v1/rows")
        assert (answer.status, answer.content_type) == (200, "application/json")
        document = await answer.json()
    assert list(document) == ["as_of", "data_age_seconds", "completeness", "rows"]
    assert (document["as_of"], document["data_age_seconds"], document["completeness"]) == ("2026-03-02T10:00:00.000Z", 0.4, 1.0)
    assert document["rows"] == [row.document() for row in snapshot.rows()]


async def test_rows_are_those_asked_for(snapshot):
    query = "kpi=calls_answered&kpi=waiting&window=today&window=now&queue=billing&queue=sales&cut=queue"
    async with api(snapshot) as client:
        rows = (await (await client.get(f"/api/v1/rows?{query}")).json())["rows"]
    assert {(row["kpi"], row["stat"], row["window"], row["labels"]["queue"], row["value"]) for row in rows} == {
        ("calls_answered", "count", "today", "billing", 2), ("calls_answered", "count", "today", "sales", 1),
        ("waiting", "count", "now", "billing", 2), ("waiting", "count", "now", "sales", 0),
        ("waiting", "oldest", "now", "billing", 45.0), ("waiting", "oldest", "now", "sales", None),
    }  # fmt: skip
    assert next(row for row in rows if row["value"] is None)["reason"] == "no_sample"


async def test_rows_may_be_of_some_statistics_alone(snapshot):
    async with api(snapshot) as client:
        rows = (await (await client.get("/api/v1/rows?kpi=service_level&kpi=waiting&stat=event&stat=oldest&cut=site")).json())["rows"]
    assert {(row["kpi"], row["stat"]) for row in rows} == {("service_level", "event"), ("waiting", "oldest")}


async def test_rows_may_have_the_same_of_the_window_before_beside_them():
    """Three were answered between nine and ten of this day; of the day before one, and one in the evening, which does not count yet."""
    centre = Centre()
    for clock in ("09:30:00", "20:00:00"):
        queued = at_ms(clock) - DAY_MS
        centre.calls({"type": "call.queued", "call_id": clock, "queue": "billing", "time": queued})
        centre.calls({"type": "call.answered", "call_id": clock, "agent_id": "ann", "time": queued + 4_000})
        centre.settle(queued + 5_000)
    async with api(morning(centre).snapshot()) as client:
        path = "/api/v1/rows?kpi=calls_answered&kpi=speed_of_answer&kpi=waiting&window=today&window=now&cut=site"
        beside = (await (await client.get(f"{path}&compare=previous")).json())["rows"]
        alone = (await (await client.get(path)).json())["rows"]
        answer = await client.get(f"{path}&compare=last_year")
        refused = answer.status, (await answer.json())["reason"]
    assert [{k: v for k, v in row.items() if not k.startswith("previous")} for row in beside] == alone
    assert beside[0] == {
        "kpi": "calls_answered", "stat": "count", "window": "today", "labels": {}, "value": 3,
        "previous": 1, "previous_start": "2026-03-01T00:00:00.000Z", "previous_end": "2026-03-01T10:15:00.000Z",
    } | alone[0]  # fmt: skip
    mean = next(row for row in beside if row["stat"] == "mean")
    assert (mean["previous"], mean["previous_samples"]) == (4.0, 1)
    assert not any("previous" in row for row in beside if row["window"] == "now")
    assert refused == (400, "unknown_compare")


@pytest.mark.parametrize(("path", "query"), [("rows", ""), ("rows", "format=csv"), ("stream", "kpi=calls_answered&kpi=calls_offered")])
async def test_more_rows_than_a_board_can_add_up_at_once_are_refused_with_how_to_ask_for_fewer(path, query, monkeypatch):
    """All windows of forty queues took gigabytes: whoever may read could have ended the board."""
    snapshot = morning().snapshot()
    fewer = len(list(snapshot.asked(kpis=["calls_answered"], windows=["today"])))
    monkeypatch.setattr(rows, "ROWS_MAX", fewer)
    async with api(snapshot) as client:
        answer = await client.get(f"/api/v1/{path}?{query}")
        document = await answer.json()
        assert (answer.status, document["reason"]) == (400, "too_many_rows")
        assert "window=today" in document["error"]
        assert snapshot._merged == {}, "nothing was added up for it"
        assert (await client.get("/api/v1/rows?kpi=calls_answered&window=today")).status == 200


@pytest.mark.parametrize("how", [{"headers": {"Accept": "text/csv"}}, {"params": {"format": "csv"}}])
async def test_rows_are_a_table_for_spreadsheets_too(how):
    centre = Centre()
    centre.visit("c1", "=cmd|' /C calc'!A0", "09:00:00", "09:00:05")
    async with api(centre.snapshot()) as client:
        answer = await client.get("/api/v1/rows?kpi=speed_of_answer&window=today&cut=queue&compare=previous", **how)
        assert answer.content_type == "text/csv"
        found = {(line["stat"], line["queue"]): line for line in csv.DictReader(io.StringIO(await answer.text()))}
    assert list(found["p50", "billing"]) == [
        "kpi", "stat", "window", "queue", "value", "samples", "low", "high", "reason", "few", "level", "partial", "since",
        "previous", "previous_samples", "previous_start", "previous_end", "previous_reason",
    ]  # fmt: skip
    told = found["p50", "'=cmd|' /C calc'!A0"]
    assert (told["value"], told["samples"], told["previous"], told["previous_reason"]) == ("5.0", "1", "", "no_sample")
    assert (found["p50", "billing"]["value"], found["p50", "billing"]["reason"]) == ("", "no_sample"), "no sample is empty, not 0"


@pytest.mark.parametrize(
    ("query", "reason", "nearest"),
    [
        ("kpi=servce_level", "unknown_kpi", "service_level"),
        ("window=todya", "unknown_window", "today"),
        ("queue=Biling", "unknown_queue", "billing"),
        ("channel=fone", "unknown_channel", "phone"),
        ("cut=queues", "unknown_cut", "queue"),
        ("stat=evnt", "unknown_stat", "event"),
        ("queu=billing", "unknown_parameter", "queue"),
        ("queue=zzz", "unknown_queue", None),
    ],
)
async def test_an_unknown_name_is_told_with_the_nearest_known_one(snapshot, query, reason, nearest):
    async with api(snapshot) as client:
        answer = await client.get(f"/api/v1/rows?{query}")
        document = await answer.json()
    assert (answer.status, document["reason"], document["nearest"]) == (400, reason, nearest)
    assert f"did you mean {nearest}?" in document["error"] or "there are: billing, idle, mail, sales" in document["error"]


async def test_hostile_names_come_back_as_they_are():
    centre, name = Centre(), 'a"\n<img src=x onerror=alert(1)>\0'
    centre.visit("c1", name, "09:00:00", "09:00:05")
    async with api(centre.snapshot()) as client:
        params = {"queue": name, "kpi": "calls_answered", "window": "today", "cut": "queue"}
        rows = (await (await client.get("/api/v1/rows", params=params)).json())["rows"]
        echoed = await client.get("/api/v1/rows", params={"queue": "<script>alert(1)</script>"})
        assert echoed.content_type == "application/json"
        assert echoed.headers["X-Content-Type-Options"] == "nosniff"
    assert [(row["labels"]["queue"], row["value"]) for row in rows] == [(name, 1)]


@pytest.mark.parametrize("path", ["/api/v1/rows", "/api/v1/history?kpi=calls_offered"])
async def test_while_the_state_is_read_back_there_are_no_numbers_and_the_reason_is_said(path):
    restoring = morning().snapshot(msgspec.structs.replace(LIVE, restored=False))
    async with api(restoring) as client:
        answer = await client.get(path)
        assert (answer.status, (await answer.json())["reason"], answer.headers["Retry-After"]) == (503, "restoring", "1")


async def test_every_board_answers_leading_or_not():
    following = morning().snapshot(msgspec.structs.replace(LIVE, leads=False))
    async with api(following) as client:
        assert len((await (await client.get("/api/v1/rows?kpi=waiting")).json())["rows"]) > 0


async def test_history_tells_panes_as_series(snapshot):
    async with api(snapshot) as client:
        path = "/api/v1/history?kpi=speed_of_answer&stat=mean&queue=billing&step=15m&since=2026-03-02T09:10:00Z"
        document = await (await client.get(path)).json()
    assert document["step"] == "15m"
    assert document["starts"] == [f"2026-03-02T{clock}:00.000Z" for clock in ("09:00", "09:15", "09:30", "09:45", "10:00")]
    (series,) = document["series"]
    assert series == {
        "kpi": "speed_of_answer", "stat": "mean", "labels": {"queue": "billing"},
        "values": [26.5, None, None, None, None], "samples": [2, 0, 0, 0, 0],
    }  # fmt: skip


async def test_history_counts_by_label_and_leaves_out_reasons_that_never_were(snapshot):
    async with api(snapshot) as client:
        document = await (await client.get("/api/v1/history?kpi=calls_left&step=1d&cut=queue&queue=billing")).json()
    assert [(one["labels"], one["values"]) for one in document["series"]] == [
        ({"queue": "billing"}, [1]),
        ({"queue": "billing", "reason": "voicemail"}, [1]),
    ]


@pytest.mark.parametrize("how", [{"headers": {"Accept": "text/csv"}}, {"params": {"format": "csv"}}])
async def test_history_is_a_table_for_spreadsheets(how):
    centre = Centre()
    centre.visit("c1", "=cmd|' /C calc'!A0", "09:00:00", "09:00:05")
    async with api(centre.snapshot()) as client:
        answer = await client.get("/api/v1/history?kpi=speed_of_answer&stat=p50&step=1d&cut=queue", **how)
        assert answer.content_type == "text/csv"
        lines = list(csv.reader(io.StringIO(await answer.text())))
    assert lines[0] == ["start", "kpi", "stat", "queue", "value", "samples"]
    assert ["2026-03-02T00:00:00.000Z", "speed_of_answer", "p50", "'=cmd|' /C calc'!A0", "5.0", "1"] in lines
    assert ["2026-03-02T00:00:00.000Z", "speed_of_answer", "p50", "billing", "", "0"] in lines, "no sample is an empty cell, not 0"


@pytest.mark.parametrize("since", ["1772444700000", "15m", "2026-03-02T09:45:00Z", "2026-03-02T11:45:00+02:00"])
async def test_since_can_be_said_in_three_ways(snapshot, since):
    async with api(snapshot) as client:
        document = await (await client.get("/api/v1/history", params={"kpi": "calls_offered", "step": "1m", "since": since})).json()
    assert (document["starts"][0], len(document["starts"])) == ("2026-03-02T09:45:00.000Z", 16)


@pytest.mark.parametrize("since", ["9" * 30, "2999-01-01T00:00:00Z"])
async def test_a_since_in_the_future_leaves_the_stretch_under_way(snapshot, since):
    async with api(snapshot) as client:
        for step in ("1m", "15m", "1d"):
            document = await (await client.get("/api/v1/history", params={"kpi": "calls_offered", "step": step, "since": since})).json()
            assert len(document["starts"]) == 1


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ("", "missing_parameter"),
        ("kpi=waiting", "no_history"),
        ("kpi=service_level&stat=lowest", "no_history"),
        ("kpi=calls_offered&step=1h", "unknown_step"),
        ("kpi=calls_offered&since=yesterday", "bad_since"),
        ("kpi=calls_offered&queue=billing&cut=channel", "wrong_cut"),
        ("kpi=calls_offered&format=xml", "unknown_format"),
        ("kpi=calls_offered&window=today", "unknown_parameter"),
    ],
)
async def test_history_refuses_what_it_cannot_tell(snapshot, query, reason):
    async with api(snapshot) as client:
        answer = await client.get(f"/api/v1/history?{query}")
        assert (answer.status, (await answer.json())["reason"]) == (400, reason)


async def test_with_a_token_reading_needs_it(snapshot):
    async with api(snapshot, token=TOKEN) as client:
        for path in ("/", "/page.js", "/status", "/api/v1/rows", "/api/v1/history?kpi=calls_offered", "/api/v1/openapi.json"):
            refused = await client.get(path)
            assert (refused.status, (await refused.json())["reason"]) == (401, "unauthorized"), path
            assert refused.headers["WWW-Authenticate"].startswith("Basic "), "a browser asks for it"
            assert (await client.get(path, headers=BEARER)).status == 200, path
            assert (await client.get(path, headers=BASIC)).status == 200, path
        for wrong in (
            "Bearer correct hors",
            "Basic !!!",
            "Bearer",
            "Bearer ü",
            "Digest correct horse",
            encode_basic_auth("correct horse", ""),
        ):
            assert (await client.get("/api/v1/rows", headers={"Authorization": wrong})).status == 401, wrong


@pytest.mark.parametrize("path", ["/table", "/page.css", "/status", "/api/v1/rows", "/api/v1/rows?kpi=x", "/nowhere", "/api/v1/events"])
async def test_every_answer_has_the_security_headers(snapshot, path):
    async with api(snapshot) as client:
        answer = await client.get(path)
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'self'")
    assert (answer.headers["X-Content-Type-Options"], answer.headers["Cache-Control"]) == ("nosniff", "no-store")


async def test_what_is_not_there_is_told_in_json(snapshot):
    async with api(snapshot) as client:
        missing, wrong_method = await client.get("/api/v2/rows"), await client.delete("/api/v1/rows")
        assert (missing.status, (await missing.json())["reason"]) == (404, "not_found")
        assert (wrong_method.status, (await wrong_method.json())["reason"]) == (405, "wrong_method")
        assert wrong_method.headers["Allow"] == "GET,HEAD"


async def test_the_openapi_document_names_every_route_and_every_parameter(snapshot):
    async with api(snapshot) as client:
        document = await (await client.get("/api/v1/openapi.json")).json()
    routes = public_app(lambda: snapshot, status=dict).router.routes()
    served = {(route.resource.canonical, route.method.lower()) for route in routes if route.resource and route.method != "HEAD"}
    described = {(path, method) for path, methods in document["paths"].items() for method in methods}
    assert described == {(path, method) for path, method in served if path.startswith(("/api/", "/status"))}
    rows, history = (document["paths"][f"/api/v1/{name}"]["get"]["parameters"] for name in ("rows", "history"))
    assert [parameter["name"] for parameter in rows] == list(ROW_PARAMETERS)
    assert {parameter["name"] for parameter in history} == set(PARAMETERS)


@pytest.mark.parametrize("name", ["rows", "stream"])
async def test_the_openapi_document_says_that_there_may_be_too_many_rows(snapshot, name):
    async with api(snapshot) as client:
        document = await (await client.get("/api/v1/openapi.json")).json()
    assert "100,000 rows: reason `too_many_rows`" in document["paths"][f"/api/v1/{name}"]["get"]["responses"]["400"]["description"]


async def test_the_openapi_document_says_what_a_row_looks_like(snapshot):
    async with api(snapshot) as client:
        document = await (await client.get("/api/v1/openapi.json")).json()
    row = document["components"]["schemas"]["Row"]
    for found in snapshot.rows():
        told = found.document()
        assert set(row["required"]) <= set(told) <= set(row["properties"])
        for field in ("kpi", "stat", "window", "reason"):
            assert field not in told or told[field] in row["properties"][field]["enum"]
