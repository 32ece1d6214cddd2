"""Numbers of people at work, and of what each has to do, counted by hand (metrics.md, section 5)."""

from __future__ import annotations

from tests.core.cases import call_tales as call
from tests.core.cases.agent_tales import HOUR, beats, ms, says
from tests.core.driving import one, told
from tests.core.kpis.duty import desk, people, tell

# --- who does what -----------------------------------------------------------------------------------------------------


def test_people_count_once_for_the_site_and_in_each_of_their_queues():
    shard = desk()
    tell(shard, "ann", says(0, "available", "billing", "support"))
    tell(shard, "bob", says(0, "busy", "billing"))
    tell(shard, "cem", says(0, "break"))
    tell(shard, "dan", beats(0), now_s=10)
    snapshot = shard.board(ms(10))
    assert people(snapshot) == {"available": 1, "busy": 1, "break": 1, "offline": 1}
    assert people(snapshot, queue="billing") == {"available": 1, "busy": 1}
    assert people(snapshot, queue="support") == {"available": 1}
    assert {tuple(row.labels) for row in snapshot.rows(kpis=["agents"])} == {("state",), ("queue", "state")}


def test_without_an_agent_there_are_no_rows_about_them():
    shard = desk()
    shard.says("calls", told(call.queued(0)))
    snapshot = shard.board(ms(1))
    assert not list(snapshot.rows(kpis=["agents", "occupancy", "conversations_per_agent"]))


def test_vector_37_an_agent_in_two_queues_is_one_in_each_and_one_in_all():
    shard = desk()
    tell(shard, "ann", says(0, "busy", "billing", "support"), now_s=60)
    snapshot = shard.board(ms(60))
    assert people(snapshot) == people(snapshot, queue="billing") == people(snapshot, queue="support") == {"busy": 1}


def test_vector_39_who_vanishes_without_a_word_is_credited_until_the_silence_counts():
    """Busy from 0 on, heard until 600: offline at 690. 690 of 690 staffed seconds were busy, and an hour later they still are."""
    shard = desk()
    tell(shard, "ann", says(0, "busy"), beats(*range(0, 601, 30)), now_s=HOUR)
    row = one(shard.board(ms(HOUR)), "occupancy", "ratio", "30d")
    assert (row.value, row.samples) == (1.0, 690)
    assert people(shard.board(ms(HOUR))) == {"offline": 1}


# --- conversations and requests per agent --------------------------------------------------------------------------------


def test_conversations_per_agent_are_those_of_now_by_people_who_could_have_one():
    shard = desk()
    tell(shard, "ann", says(0, "busy", "billing"))
    tell(shard, "bob", says(0, "available", "billing"))
    tell(shard, "cem", says(0, "break", "billing"), now_s=20)
    shard.says("calls", told(call.queued(0)), told(call.answered(5), "2"), told(call.held(10), "3"))
    shard.says("calls", told(call.queued(0), call_id="C2"), told(call.answered(5, "bob"), "2", call_id="C2"))
    shard.says("calls", told(call.queued(0), call_id="C3"), told(call.answered(5), "2", call_id="C3"))
    row = one(shard.board(ms(20)), "conversations_per_agent", "mean", "now")
    assert (row.value, row.samples) == (1.5, 2)
    assert one(shard.board(ms(20)), "conversations_per_agent", "mean", "now", queue="billing").value == 1.5


def test_conversations_without_anybody_there_are_no_number():
    shard = desk()
    tell(shard, "ann", says(0, "offline"), now_s=20)
    row = one(shard.board(ms(20)), "conversations_per_agent", "mean", "now")
    assert (row.value, row.samples, row.reason) == (None, 0, "no_agents")
