"""People at work on /metrics, over HTTP and on the page: as numbers of people, and never one of them by name on /metrics."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from streams.core.board import BoardSettings
from streams.core.clocks.policy import Policy
from streams.core.kpis.kpi import WINDOWS
from streams.outputs.figures import NARROW_SPACE
from streams.outputs.page import render
from streams.outputs.prometheus import BoardCollector, Export
from streams.outputs.ready import CUTS
from tests.outputs.centre import Centre, morning
from tests.outputs.serving import api
from tests.outputs.test_page import Read

PEOPLE = ("ann", "bob", "cem", "dan", "eve")


def staffed() -> Centre:
    """At ten: ann and bob are busy, cem is available and dan has a break, all in billing; ann and eve, gone since 09:01:30, in sales."""
    centre = Centre(BoardSettings(queues={"billing": ["phone"], "idle": ["phone"]}, min_group=1), Policy(per_agent=True))
    told: tuple[tuple[str, str, str, list[str] | None], ...] = (
        ("09:00:00", "ann", "available", ["billing", "sales"]),
        ("09:30:00", "ann", "busy", None),
        ("09:00:00", "bob", "busy", ["billing"]),
        ("09:30:00", "cem", "available", ["billing"]),
        ("09:15:00", "dan", "break", ["billing"]),
        ("09:00:00", "eve", "available", ["sales"]),
    )
    for time, agent_id, state, queues in told:
        centre.tell("agents", [{"type": "agent.state", "agent_id": agent_id, "state": state, "queues": queues, "time": time}])
    centre.tell("agents", [{"type": "agent.heartbeat", "agent_id": "eve", "time": "09:00:00"}])
    return morning(centre)


def samples(centre: Centre) -> dict[str, dict[tuple[tuple[str, str], ...], float]]:
    snapshot = centre.snapshot()
    families = BoardCollector(lambda: snapshot, Export()).families(snapshot)
    found: dict[str, dict[tuple[tuple[str, str], ...], float]] = {}
    for metric in families:
        for sample in metric.samples:
            found.setdefault(sample.name, {})[tuple(sorted(sample.labels.items()))] = sample.value
    return found


def test_people_are_told_by_state_once_for_the_site_and_in_each_of_their_queues():
    found = samples(staffed())
    of_site = {dict(labels)["state"]: value for labels, value in found["deskpulse_agents"].items()}
    assert of_site == {"available": 1, "busy": 2, "wrap_up": 0, "break": 1, "training": 0, "offline": 1}
    of_queue = {tuple(value for _, value in labels): value for labels, value in found["deskpulse_queue_agents"].items() if value}
    assert of_queue == {
        ("billing", "busy"): 2, ("billing", "available"): 1, ("billing", "break"): 1, ("sales", "busy"): 1, ("sales", "offline"): 1,
    }  # fmt: skip


def test_occupancy_is_ready_for_each_window_with_the_seconds_it_is_of():
    """Since nine: ann 30 of 60 minutes, bob 60 of 60, cem none of 30, eve none of 90 s."""
    found = samples(staffed())
    assert found["deskpulse_today_site_occupancy_ratio"] == {(): pytest.approx(90 / 151.5)}
    assert found["deskpulse_today_site_occupancy_staffed_seconds"] == {(): 9_090}
    assert found["deskpulse_today_queue_occupancy_ratio"] == {
        (("queue", "billing"),): pytest.approx(90 / 150),
        (("queue", "sales"),): pytest.approx(30 / 61.5),
    }


def test_the_expected_wait_is_ready_and_stands_in_no_window():
    """Two wait, and nobody left in the last 15 minutes, so nobody knows. Then one does, and 910 s is what the other may expect."""
    centre = staffed()
    assert "deskpulse_site_expected_wait_seconds" not in samples(centre)
    centre.calls({"type": "call.answered", "call_id": "c7", "agent_id": "cem", "time": "10:00:10"})
    centre.settle("10:00:10")
    found = samples(centre)
    assert found["deskpulse_queue_expected_wait_seconds"][("queue", "billing"), ("stat", "p50")] == 910
    assert found["deskpulse_site_expected_wait_seconds"][("stat", "p50"),] == 910
    assert found["deskpulse_site_expected_wait_samples"][("stat", "p90"),] == 1


def test_who_was_found_to_be_gone_is_a_counter():
    assert samples(staffed())["deskpulse_agents_timed_out_total"] == {(): 1}


def test_nobody_is_named_on_metrics_though_rows_name_them():
    snapshot = staffed().snapshot()
    everything = BoardCollector(lambda: snapshot, Export(windows=WINDOWS, cuts=tuple(CUTS)))
    labels = [sample.labels for metric in everything.families(snapshot) for sample in metric.samples]
    assert not {name for one in labels for name in one.values()} & set(PEOPLE)
    assert not [one for one in labels if "agent" in one]
    assert [row.labels for row in snapshot.rows(kpis=["calls_handled"], windows=["today"], cuts=[("agent",)])] == [{"agent": "ann"}]


async def test_rows_by_agent_are_there_for_those_who_ask_and_people_have_a_history():
    async with api(staffed().snapshot()) as client:
        rows = (await (await client.get("/api/v1/rows?cut=agent&kpi=handle_time&window=today")).json())["rows"]
        assert [(row["labels"], row["value"]) for row in rows] == [({"agent": "ann"}, 120)]
        people = (await (await client.get("/api/v1/rows?kpi=agents&queue=sales")).json())["rows"]
        assert {row["labels"]["state"]: row["value"] for row in people if row["value"]} == {"busy": 1, "offline": 1}
        history = await (await client.get("/api/v1/history?kpi=occupancy&step=15m&since=2026-03-02T09:00:00Z")).json()
        (series,) = history["series"]
        # 09:00 to 09:15: bob of ann, bob and the 90 s of eve; 09:30 on: ann and bob of three.
        assert series["values"] == [pytest.approx(15 / 31.5), 0.5, pytest.approx(2 / 3), pytest.approx(2 / 3), None]


def test_the_page_has_a_table_of_people():
    rows = [row for row in Read(render(staffed().snapshot(), "Riga", ZoneInfo("Europe/Riga"), {})).rows if row]
    head = next(place for place, row in enumerate(rows) if row[:2] == ["Available", "Busy"])
    space = NARROW_SPACE
    assert rows[head] == ["Available", "Busy", "Wrap-up", "Break", "Training", "Conversations each", "Occupancy"]
    assert [row for row in rows[head + 1 :] if row[0] in ("all", "billing", "sales")][:3] == [
        ["all", "1", "2", "0", "1", "0", "0.3", f"59{space}%"],
        ["billing", "1", "2", "0", "1", "0", "0.0", f"60{space}%"],
        ["sales", "0", "1", "0", "0", "0", "1.0", f"49{space}%"],
    ]
