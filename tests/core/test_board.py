"""Rows of all shards, merged: absolute, in any number of partitions, under names that are capped (architecture.md, section 5)."""

from __future__ import annotations

from collections.abc import Sequence
from zlib import crc32

import msgspec
import pytest

from schemas.events import Event
from schemas.fields import CALLS_OFFERED, TICKETS_CREATED
from schemas.instants import rfc3339
from schemas.state import CLOCK_KEY, STATE_VERSION
from schemas.values import EpochMs
from streams.core.board import BoardSettings, BoardState
from streams.core.snapshot import Snapshot
from streams.core.state_version import OtherStateVersion
from streams.testing.wire import entity_field, topic_of
from tests.core.cases import call_tales as call
from tests.core.cases import ticket_tales as ticket
from tests.core.driving import LIVE, KeptShard, comparable, one, told

HOUR, DAY = 3_600, 86_400

ANSWERED_AFTER_S, ABANDONED_AFTER_S = (3, 12, 19, 25, 31.5), (2, 9, 40)
MORNING: Sequence[tuple[str, Event]] = (
    *((f"C{n}", call.queued(n)) for n in range(5)),
    *((f"C{n}", call.answered(n + wait_s)) for n, wait_s in enumerate(ANSWERED_AFTER_S)),
    *((f"C{n}", call.ended(n + wait_s + 60)) for n, wait_s in enumerate(ANSWERED_AFTER_S)),
    *((f"A{n}", call.queued(n, "support")) for n in range(3)),
    *((f"A{n}", call.abandoned(n + wait_s)) for n, wait_s in enumerate(ABANDONED_AFTER_S)),
    *((f"B{n}", call.started(0, customer_id="ann" if n else "bob")) for n in range(3)),
    *((f"B{n}", call.blocked(1)) for n in range(3)),
    ("W1", call.queued(100)),
    ("W2", call.queued(90, "support", channel="chat")),
    ("T1", ticket.created(0)),
    ("T1", ticket.agent(50)),
    ("T1", ticket.resolved(70)),
    ("T2", ticket.created(30, queue=None, priority="high")),
)


def shards(partitions: int, events: Sequence[tuple[str, Event]] = MORNING, now_s: float = 120) -> list[KeptShard]:
    """The events spread over so many shards by the id of their case."""
    all_ = [KeptShard() for _ in range(partitions)]
    for shard in all_:
        shard.peers = all_
    for number, (case_id, event) in enumerate(events):
        shard = all_[crc32(case_id.encode()) % partitions]
        shard.produce(topic_of(type(event)), told(event, str(number), **{entity_field(type(event)): case_id}))
    for shard in all_:
        for topic in shard.settings.topics:
            shard.read(topic)
        shard.checkpoint()
    for shard in all_:
        shard.hear()
        shard.at(call.ms(now_s))
    return all_


def board(all_: Sequence[KeptShard], settings: BoardSettings | None = None, times: int = 1) -> BoardState:
    state = BoardState(settings or BoardSettings())
    for _ in range(times):
        for partition, shard in enumerate(all_):
            state.apply(partition, shard.panes.items())
    return state


def rows(snapshot: Snapshot):
    return comparable(row.document() for row in snapshot.rows())


NOW_MS = call.ms(120)


# --- merging ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("partitions", [2, 3, 7])
def test_several_partitions_add_up_to_what_one_would_show(partitions):
    alone, spread = board(shards(1)).snapshot(NOW_MS, LIVE), board(shards(partitions)).snapshot(NOW_MS, LIVE)
    assert rows(spread) == rows(alone)
    assert (spread.settled, spread.corrections, spread.totals) == (alone.settled, alone.corrections, alone.totals)
    assert spread.sources == {"calls": call.ms(100), "tickets": ticket.ms(70)}


def test_rows_are_absolute_so_that_applying_them_again_changes_nothing():
    all_ = shards(3)
    assert rows(board(all_, times=3).snapshot(NOW_MS, LIVE)) == rows(board(all_).snapshot(NOW_MS, LIVE))
    again = board(all_, times=3).snapshot(NOW_MS, LIVE)
    once = board(all_).snapshot(NOW_MS, LIVE)
    assert (again.settled, again.corrections, again.totals) == (once.settled, once.corrections, once.totals)


def test_a_board_that_reads_every_version_of_a_row_shows_what_one_that_reads_the_last_shows():
    shard = KeptShard()
    reader = BoardState(BoardSettings())
    for number, (case_id, event) in enumerate(MORNING):
        shard.says(topic_of(type(event)), told(event, str(number), **{entity_field(type(event)): case_id}))
        shard.at(event.time)
        reader.apply(0, shard.checkpoints[-1].panes)
        reader.snapshot(event.time, LIVE)
    for changes in shard.checkpoints:
        reader.apply(0, changes.panes)
    shard.at(NOW_MS)
    reader.apply(0, shard.checkpoints[-1].panes)
    assert rows(reader.snapshot(NOW_MS, LIVE)) == rows(board([shard]).snapshot(NOW_MS, LIVE))


def test_a_cell_whose_facts_were_all_taken_back_keeps_its_counters_also_on_a_board_that_begins_later():
    """Its ticket turned out to be of another queue after the minute had settled: the counters of the first one may not go."""
    shard = KeptShard()
    shard.says("tickets", told(ticket.status(10, "open"), "2"))
    shard.at(call.ms(600))
    (first,) = shard.board(call.ms(600)).book.cells
    shard.says("tickets", told(ticket.created(0, queue="billing", channel="email"), "1"))
    shard.at(call.ms(1200))
    later = shard.board(call.ms(1200))
    assert later.settled[first][TICKETS_CREATED] == 1
    assert first in later.book.cells


def test_a_customer_who_was_blocked_in_two_partitions_is_one_caller():
    snapshot = board(shards(7)).snapshot(NOW_MS, LIVE)
    assert one(snapshot, "calls_blocked", "count").value == 3
    assert one(snapshot, "blockage", "distinct_callers").value == 2


def test_the_longest_wait_is_that_of_all_partitions_and_goes_when_it_is_taken_back():
    all_ = [KeptShard(), KeptShard()]
    for partition, wait_s in enumerate((50, 70)):
        all_[partition].says("calls", told(call.queued(0)), told(call.answered(wait_s), "2"))
    state = board(all_)
    assert one(state.snapshot(NOW_MS, LIVE), "speed_of_answer", "max").value == 70
    all_[1].says("calls", told(call.left(60), "0"))  # it had left before: the answer was no answer of that visit
    state.apply(1, all_[1].checkpoints[-1].panes)
    row = one(state.snapshot(NOW_MS, LIVE), "speed_of_answer", "max")
    assert (row.value, row.samples) == (50, 1)


def test_the_oldest_wait_is_that_of_all_partitions_and_a_tombstone_takes_it_away():
    all_ = [KeptShard(), KeptShard()]
    for partition, since_s in enumerate((50, 20)):
        all_[partition].says("calls", told(call.queued(since_s)))
    state = board(all_)
    assert one(state.snapshot(NOW_MS, LIVE), "waiting", "oldest", "now").value == 100
    all_[1].says("calls", told(call.abandoned(60), "2"))
    state.apply(1, all_[1].checkpoints[-1].panes)
    assert one(state.snapshot(NOW_MS, LIVE), "waiting", "oldest", "now").value == 70
    assert one(state.snapshot(NOW_MS, LIVE), "waiting", "count", "now").value == 1


def test_a_slot_that_begins_anew_leaves_nothing_of_what_it_held():
    shard = KeptShard()
    shard.says("calls", told(call.queued(0)))
    state = board([shard])
    later_s = 2 * HOUR
    shard.at(call.ms(later_s))
    shard.says("calls", told(call.queued(later_s), call_id="C2"))
    state.apply(0, shard.checkpoints[-1].panes)
    snapshot = state.snapshot(call.ms(later_s), LIVE)
    windows = ("1h", "today", "30d")  # today began at midnight, after the first call
    assert [one(snapshot, "calls_offered", "count", window).value for window in windows] == [1, 1, 2]


# --- names -----------------------------------------------------------------------------------------------------------


def test_queues_beyond_the_cap_are_shown_together_as_other_configured_ones_first_then_by_name():
    events: list[tuple[str, Event]] = []
    for n, queue in enumerate(("d", "b", "c", "a", "zeta")):
        events += [(f"C{n}", call.queued(n, queue)), (f"C{n}", call.abandoned(n + 10)), (f"C{n}", call.queued(n + 20, queue))]
    capped = BoardSettings(queues={"zeta": ["phone"]}, label_values=3)
    snapshot = board(shards(2, events, now_s=60), capped).snapshot(call.ms(60), LIVE)
    assert {row.labels["queue"]: row.value for row in snapshot.rows(kpis=["calls_abandoned"], windows=["today"], cuts=[("queue",)])} == {
        "a": 1,
        "b": 1,
        "other": 2,
        "zeta": 1,
    }
    assert {row.labels["queue"]: row.value for row in snapshot.rows(kpis=["waiting"], cuts=[("queue",)]) if row.stat == "oldest"} == {
        "a": 37,
        "b": 39,
        "other": 40,
        "zeta": 36,
    }
    assert one(snapshot, "calls_abandoned", "count", "today").value == 5
    assert one(snapshot, "waiting_by_age", "count", "now", queue="other", age_band="20-60s").value == 2
    assert snapshot.hidden_queues == 2
    assert {cell.queue for cell in snapshot.settled} <= {"a", "b", "other", "zeta"}
    assert sum(sums.get(CALLS_OFFERED, 0) for sums in snapshot.totals.values()) == 10


def test_what_has_no_queue_is_not_a_queue_that_the_cap_could_hide():
    events: list[tuple[str, Event]] = [("C1", call.started(0)), ("C2", call.queued(0, "a")), ("C3", call.queued(0, "b"))]
    capped = BoardSettings(queues={"zeta": ["phone"]}, label_values=1)
    snapshot = board(shards(1, events), capped).snapshot(NOW_MS, LIVE)
    received = {row.labels["queue"]: row.value for row in snapshot.rows(kpis=["calls_received"], windows=["today"], cuts=[("queue",)])}
    assert received == {"other": 2, "zeta": 0}
    assert one(snapshot, "calls_received", "count", "today").value == 3
    assert snapshot.hidden_queues == 2


def test_up_to_the_cap_every_queue_has_its_name():
    events: list[tuple[str, Event]] = [("C1", call.started(0)), ("C2", call.queued(0, "a")), ("C3", call.queued(0, "b"))]
    snapshot = board(shards(1, events), BoardSettings(label_values=2)).snapshot(NOW_MS, LIVE)
    assert [row.labels["queue"] for row in snapshot.rows(kpis=["calls_received"], windows=["today"], cuts=[("queue",)])] == ["a", "b"]
    assert snapshot.hidden_queues == 0


# --- time ------------------------------------------------------------------------------------------------------------


def test_a_board_on_an_event_clock_shows_the_moment_of_the_highest_clock_of_its_shards():
    state = board(shards(2), BoardSettings(event_clock=True))
    assert state.snapshot(call.ms(99 * DAY), LIVE).now_ms == NOW_MS
    assert BoardState(BoardSettings(event_clock=True)).snapshot(NOW_MS, LIVE).now_ms == NOW_MS
    assert board(shards(2)).snapshot(call.ms(99 * DAY), LIVE).now_ms == call.ms(99 * DAY)


def test_a_board_on_an_event_clock_shows_the_moment_of_an_event_that_was_written_before_the_clock_of_its_shard_moved():
    (shard,) = shards(1)
    shard.says("calls", told(call.queued(7 * HOUR), call_id="late"))
    assert shard.shard.now_ms < call.ms(7 * HOUR)
    assert board([shard], BoardSettings(event_clock=True)).snapshot(NOW_MS, LIVE).now_ms == call.ms(7 * HOUR)


def test_a_board_without_any_row_shows_nothing_and_does_not_fail():
    snapshot = BoardState(BoardSettings()).snapshot(NOW_MS, LIVE)
    assert list(snapshot.rows()) == []
    assert (snapshot.settled, snapshot.corrections, snapshot.totals, snapshot.sources) == ({}, {}, {}, {})


@pytest.mark.parametrize("by", [1, -1])
def test_rows_of_another_version_are_refused_and_the_release_that_wrote_them_is_named(by):
    (shard,) = shards(1)
    shard.panes[CLOCK_KEY] = msgspec.msgpack.encode([STATE_VERSION + by, "9.8.7", "another shape"])
    with pytest.raises(OtherStateVersion, match=r"9\.8\.7"):
        board([shard])


def test_instants_are_printed_in_utc_to_the_millisecond():
    assert rfc3339(call.START_MS + 7) == "2023-11-14T22:13:20.007Z"
    assert rfc3339(EpochMs(0)) == "1970-01-01T00:00:00.000Z"


def test_other_settings_hold_from_the_next_snapshot_on_and_not_for_one_that_was_taken():
    board = BoardState(BoardSettings(targets={"billing": 0.8}))
    before = board.snapshot(EpochMs(0), LIVE)
    board.reload(BoardSettings(targets={"billing": 0.9}, queues={"night": ["phone"]}))
    after = board.snapshot(EpochMs(0), LIVE)
    assert (before.book.target("billing"), after.book.target("billing")) == (0.8, 0.9)
    assert ([cell.queue for cell in before.book.cells], [cell.queue for cell in after.book.cells]) == ([], ["night"])
