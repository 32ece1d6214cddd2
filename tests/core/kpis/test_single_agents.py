"""Rows of single agents: only where the site wants them, and hidden where the group is small (metrics.md, section 5)."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from schemas.events import SurveyAnswered
from streams.core.board import BoardSettings
from streams.core.clocks.policy import Policy
from streams.core.report import Report
from streams.core.snapshot import Snapshot
from tests.core.cases import call_tales as call
from tests.core.cases import ticket_tales as ticket
from tests.core.driving import KeptShard, one, settings, told

PER_AGENT = msgspec.structs.replace(Policy(), per_agent=True)
INPUTS = {topic: topic for topic in ("calls", "tickets", "surveys", "agents")}
PEOPLE = ("ann", "bob", "cem", "dan", "eve")


def site(people: tuple[str, ...] = PEOPLE, policy: Policy = PER_AGENT) -> KeptShard:
    """Each answers a call of one minute; ann has one of three minutes more, writes twice and is rated 5 and 2."""
    shard = KeptShard(settings(topics=INPUTS, policy=policy))
    for number, person in enumerate(people):
        shard.says("calls", *conversation(f"c{number}", person, 10, 70))
    shard.says("calls", *conversation("more", "ann", 100, 280))
    story: tuple[Any, ...] = (
        ticket.created(0),
        ticket.assigned(10),
        ticket.agent(60, agent_id="ann"),
        ticket.customer(100),
        ticket.agent(120, agent_id="ann"),
    )
    shard.says("tickets", *(told(event, str(number)) for number, event in enumerate(story)))
    for number, score in enumerate((5, 2)):
        answer = SurveyAnswered(id="1", time=call.ms(400), survey_id=f"s{number}", kind="csat", score=score, agent_id="ann")
        shard.says("surveys", told(answer, survey_id=f"s{number}"))
    shard.at(call.ms(500))
    return shard


def conversation(call_id: str, person: str, answered_s: float, ended_s: float) -> list[bytes]:
    events: list[Any] = [call.queued(0), call.answered(answered_s, person), call.ended(ended_s)]
    return [told(event, str(number), call_id=call_id) for number, event in enumerate(events)]


def of_agents(snapshot: Snapshot, window: str = "30d", **changes: Any) -> dict[tuple[str, str, str], Any]:
    return {
        (row.kpi, row.stat, row.labels["agent"]): (row.value, row.reason)
        for row in snapshot.rows(cuts=[("agent",)], windows=[window], **changes)
        if "agent" in row.labels and "direction" not in row.labels
    }


def test_what_a_person_did_is_shown_under_their_name():
    rows = of_agents(site().board(call.ms(500)))
    assert {(kpi, stat) for kpi, stat, _ in rows} == {
        ("calls_handled", "count"), ("handle_time", "mean"), ("tickets_assigned", "count"), ("response_time", "mean"), ("csat", "top2"),
        ("csat", "mean"),
    }  # fmt: skip
    assert rows["calls_handled", "count", "ann"] == (2, None)
    assert rows["handle_time", "mean", "ann"] == (120, None)
    assert rows["tickets_assigned", "count", "ann"] == (1, None)
    assert rows["response_time", "mean", "ann"] == ((60 + 20) / 2, None)
    assert rows["csat", "top2", "ann"] == (0.5, None)
    assert rows["csat", "mean", "ann"] == (3.5, None)
    for person in PEOPLE[1:]:
        assert rows["handle_time", "mean", person] == (60, None)


def test_by_default_nobody_is_seen():
    assert not of_agents(site(policy=Policy()).board(call.ms(500)))


def test_of_a_small_group_everything_about_each_is_hidden():
    rows = of_agents(site(PEOPLE[:4]).board(call.ms(500)))
    assert set(rows.values()) == {(None, "hidden")}
    assert {person for _, _, person in rows} == set(PEOPLE[:4])
    assert of_agents(site(PEOPLE[:4]).board(call.ms(500), BoardSettings(min_group=4)))["calls_handled", "count", "bob"] == (1, None)


def test_who_did_nothing_in_the_window_makes_no_group():
    shard = site()
    late = ticket.DAY
    shard.says("calls", *conversation("late", "ann", late, late + 60))
    shard.at(call.ms(late + 120))
    snapshot = shard.board(call.ms(late + 120))
    assert of_agents(snapshot, "5m")["calls_handled", "count", "ann"] == (None, "hidden")
    assert of_agents(snapshot)["calls_handled", "count", "ann"] == (3, None)


def test_what_counts_for_a_person_counts_once_in_all_other_rows():
    with_people, without = site().board(call.ms(500)), site(policy=Policy()).board(call.ms(500))
    assert [row.document() for row in with_people.rows(cuts=[(), ("queue",), ("channel",)])] == [
        row.document() for row in without.rows(cuts=[(), ("queue",), ("channel",)])
    ]


def first_contacts(shard: KeptShard, at_s: float) -> dict[tuple[str, str], Any]:
    """(stat, person) -> value."""
    shard.at(call.ms(at_s))
    rows = of_agents(shard.board(call.ms(at_s), BoardSettings(min_group=1)))
    return {(stat, person): value for (kpi, stat, person), (value, _) in rows.items() if kpi == "first_contact_resolution"}


def test_a_contact_is_met_or_not_by_who_had_the_first_conversation():
    """Cy calls ann at 0 and bob the day after; dee calls ann once: of ann's two contacts one was enough, of bob's one."""
    shard = KeptShard(settings(topics=INPUTS, policy=PER_AGENT))
    shard.says("calls", *by("cy", "c1", "ann", 10), *by("dee", "c2", "ann", 20), *by("cy", "c3", "bob", ticket.DAY))
    late = ticket.DAY + 120
    assert first_contacts(shard, late) == {
        ("provisional", "ann"): 0.5, ("provisional", "bob"): 1.0, ("final", "ann"): None, ("final", "bob"): None,
    }  # fmt: skip
    assert first_contacts(shard, 9 * ticket.DAY) == {
        ("provisional", "ann"): 0.5, ("provisional", "bob"): 1.0, ("final", "ann"): 0.5, ("final", "bob"): 1.0,
    }  # fmt: skip
    shard.says("calls", *by("dee", "c4", "bob", 2 * ticket.DAY))  # late: she was not helped either, and bob was the last of both
    assert first_contacts(shard, 9 * ticket.DAY + 60)["final", "ann"] == 0
    assert first_contacts(shard, 9 * ticket.DAY + 60)["final", "bob"] == 1


def test_a_case_is_met_or_not_by_who_had_it_when_it_was_first_resolved():
    """Ann resolves a ticket that cem had before; a second one is reopened after bob resolved it, and cem resolves it at last."""
    shard = KeptShard(settings(topics=INPUTS, policy=PER_AGENT))
    shard.says("tickets", *tickets("t1", ticket.created(0), ticket.assigned(5, "cem"), ticket.assigned(9, "ann"), ticket.resolved(60)))
    reopened = (ticket.created(0), ticket.assigned(5, "bob"), ticket.resolved(60), ticket.status(90, "open"))
    shard.says("tickets", *tickets("t2", *reopened, ticket.assigned(100, "cem"), ticket.resolved(120)))
    assert first_contacts(shard, 200) == {
        ("provisional", "ann"): 1.0, ("provisional", "bob"): 0.0, ("final", "ann"): None, ("final", "bob"): None,
    }  # fmt: skip


def by(customer_id: str, call_id: str, person: str, at_s: float) -> list[bytes]:
    events: list[Any] = [
        call.started(at_s, customer_id=customer_id),
        call.queued(at_s),
        call.answered(at_s + 5, person),
        call.ended(at_s + 60),
    ]
    return [told(event, str(number), call_id=call_id) for number, event in enumerate(events)]


def tickets(ticket_id: str, *events: Any) -> list[bytes]:
    return [told(event, str(number), ticket_id=ticket_id) for number, event in enumerate(events)]


def test_a_report_shows_them_too():
    report = Report(settings(topics=INPUTS, policy=PER_AGENT))
    for number, person in enumerate(PEOPLE):
        report.add("calls", conversation(f"c{number}", person, 10, 70))
    assert of_agents(report.snapshot(), "range")["calls_handled", "count", "eve"] == (1, None)


# --- requests per agent ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("policy", [Policy(), PER_AGENT])
def test_requests_per_agent_are_conversations_and_cases_by_people_with_any(policy):
    """Five conversations, one more of ann, and a case given to her: 7 by 5."""
    snapshot = site(policy=policy).board(call.ms(500))
    row = one(snapshot, "requests_per_agent", "mean")
    assert (row.value, row.samples) == (7 / 5, 5)
    row = one(snapshot, "requests_per_agent", "mean", channel="phone")
    assert (row.value, row.samples) == (6 / 5, 5)
    row = one(snapshot, "requests_per_agent", "mean", channel="email")
    assert (row.value, row.samples, row.reason) == (None, 1, "hidden")


def test_without_a_request_there_is_no_sample_and_of_few_people_it_is_hidden():
    shard = KeptShard(settings(topics=INPUTS))
    shard.says("calls", told(call.queued(0)))
    row = one(shard.board(call.ms(10)), "requests_per_agent", "mean")
    assert (row.value, row.samples, row.reason) == (None, 0, "no_sample")
    shard.says("calls", told(call.answered(5), "2"), told(call.ended(65), "3"))
    row = one(shard.board(call.ms(70)), "requests_per_agent", "mean")
    assert (row.value, row.samples, row.reason) == (None, 1, "hidden")
    row = one(shard.board(call.ms(70), BoardSettings(min_group=1)), "requests_per_agent", "mean")
    assert (row.value, row.samples) == (1, 1)


def test_a_conversation_that_turns_out_to_be_anothers_moves_over():
    shard = KeptShard(settings(topics=INPUTS))
    shard.says("calls", told(call.queued(0)), told(call.answered(30), "2"), told(call.ended(90), "3"))
    shard.says("calls", told(call.answered(10, "bob"), "late"))  # bob had it first: two conversations
    row = one(shard.board(call.ms(100), BoardSettings(min_group=1)), "requests_per_agent", "mean")
    assert (row.value, row.samples) == (1, 2)
    shard.says("calls", told(call.queued(20), "again"))  # and ended his for a queue: still two
    row = one(shard.board(call.ms(100), BoardSettings(min_group=1)), "requests_per_agent", "mean")
    assert (row.value, row.samples) == (1, 2)
