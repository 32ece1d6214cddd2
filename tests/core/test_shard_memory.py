"""What a shard remembers of a case, and for how long: sealing, forgetting, late events (architecture.md, section 3)."""

from __future__ import annotations

import pytest

from schemas.state import CLOCK_KEY, FORGOTTEN_KIND
from schemas.values import EpochMs
from streams.core.cases.case_rows import LOG_EVENTS_MAX, ROW_BYTES_MAX
from streams.core.forgotten import CHUNK
from streams.core.state_version import CalendarChanged
from tests.core.cases import call_tales as call
from tests.core.cases import ticket_tales as ticket
from tests.core.driving import KeptShard, settings, told

HOUR, DAY = 3_600, 86_400


def refused(shard: KeptShard) -> list[bytes]:
    """Reasons of the dead letters."""
    return [dict(letter.headers)["error.reason"] for letter in shard.outputs]


def figures(shard: KeptShard) -> dict[bytes, bytes]:
    """All rows for boards but that of the clock, which tells of this checkpoint alone what waited for it."""
    return {key: row for key, row in shard.panes.items() if key != CLOCK_KEY}


# --- sealing ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def old_ticket() -> KeptShard:
    """Opened on day 0, answered on day 1, and touched on day 9, which seals what happened before day 2."""
    shard = KeptShard()
    shard.says("tickets", told(ticket.created(0)), told(ticket.agent(DAY), "2"))
    shard.at(ticket.ms(9 * DAY))
    shard.says("tickets", told(ticket.customer(8 * DAY), "3"))
    return shard


def test_an_event_before_the_seal_is_too_late_a_dead_letter_and_changes_nothing(old_ticket):
    before = figures(old_ticket)
    old_ticket.says("tickets", told(ticket.agent(DAY - HOUR), "4"))
    assert refused(old_ticket) == [b"too_late"]
    assert old_ticket.count("rejected.too_late") == 1
    assert figures(old_ticket) == before
    detail = dict(old_ticket.outputs[0].headers)["error.detail"]
    assert b"2023-11-16T22:13:20.000Z" in detail  # two days on: where the seal is


def test_an_event_after_the_seal_still_corrects(old_ticket):
    old_ticket.says("tickets", told(ticket.customer(3 * DAY), "4"), told(ticket.agent(4 * DAY), "5"), told(ticket.agent(9 * DAY), "6"))
    assert refused(old_ticket) == []
    assert old_ticket.value("first_response_time", "mean", responder="human", clock="calendar") == DAY
    assert old_ticket.value("next_response_time", "count", responder="human", clock="calendar") == 2
    assert old_ticket.value("next_response_time", "mean", responder="human", clock="calendar") == DAY


def test_an_event_at_the_seal_is_in_time_and_one_a_millisecond_before_it_is_not(old_ticket):
    old_ticket.says("tickets", told(ticket.customer(2 * DAY), "4"), told(ticket.customer(2 * DAY - 0.001), "5"))
    assert refused(old_ticket) == [b"too_late"]


def test_a_repeat_of_a_sealed_event_is_a_repeat_also_after_a_restart(old_ticket):
    old_ticket.crash()
    old_ticket.says("tickets", told(ticket.created(0)), told(ticket.agent(DAY), "2"))
    assert (old_ticket.count("duplicate"), refused(old_ticket)) == (2, [])


def test_a_case_that_is_not_touched_is_not_sealed():
    """A row is only rewritten when something happens to it: so an event may come much later than the horizon, and still count."""
    shard = KeptShard()
    shard.says("tickets", told(ticket.created(0)))
    shard.at(ticket.ms(9 * DAY))
    shard.says("tickets", told(ticket.agent(3 * DAY), "2"))
    assert refused(shard) == []
    assert shard.value("first_response_time", "mean", responder="human", clock="calendar") == 3 * DAY


def test_a_log_that_grows_too_long_is_sealed_early_to_the_older_half_and_counted():
    shard = KeptShard()
    events = [told(ticket.agent(n), f"{n:x<100}") for n in range(2_500)]
    shard.says("tickets", *events)
    rows = [len(value) for key, value in shard.state.items() if key == b"tT1"]
    assert 0 < rows[0] <= ROW_BYTES_MAX
    assert shard.count("sealed_early") == 1_250
    shard.says("tickets", told(ticket.customer(1_249.5), "a"), told(ticket.customer(1_250.5), "b"), events[0], events[-1])
    assert refused(shard) == [b"too_late"]
    assert shard.count("duplicate") == 2
    assert shard.value("next_response_time", "count", responder="human", clock="calendar") == 1


def test_a_log_of_very_many_small_events_is_sealed_so_too_and_each_repeat_is_still_known():
    shard = KeptShard()
    events = [told(ticket.agent(n), f"{n}") for n in range(LOG_EVENTS_MAX + 2)]
    shard.says("tickets", *events)
    assert len(shard.state[b"tT1"]) <= ROW_BYTES_MAX
    assert shard.count("sealed_early") == LOG_EVENTS_MAX / 2 + 1
    shard.says("tickets", events[0], events[LOG_EVENTS_MAX // 2], events[-1])
    assert (shard.count("duplicate"), refused(shard)) == (3, [])


def test_however_many_calls_a_producer_tells_under_one_id_the_row_stays_within_its_limit():
    shard = KeptShard()
    for begins in range(0, 6_000, 2_000):
        whole = [(n, (call.queued(n), call.answered(n + 0.1), call.ended(n + 0.2))) for n in range(begins, begins + 2_000)]
        shard.says("calls", *(told(event, f"{n}{type(event).__name__}") for n, events in whole for event in events))
    assert len(shard.state[b"cC1"]) <= ROW_BYTES_MAX
    assert shard.value("calls_handled", window="30d") == 6_000
    shard.crash()
    latest, oldest = told(call.queued(5_999), "5999CallQueued"), told(call.queued(0), "0CallQueued")
    shard.says("calls", latest, oldest)
    assert (shard.count("duplicate"), refused(shard)) == (1, [b"too_late"])
    assert shard.value("calls_offered", window="30d") == 6_000


# --- forgetting ------------------------------------------------------------------------------------------------------


@pytest.fixture
def ended_call() -> KeptShard:
    shard = KeptShard()
    shard.says("calls", told(call.queued(0)), told(call.answered(10), "2"), told(call.ended(60), "3"))
    return shard


def test_a_call_is_kept_for_24_hours_after_its_end_and_then_forgotten(ended_call):
    ended_call.at(ticket.ms(60 + 24 * HOUR - 1))
    assert b"cC1" in ended_call.state
    ended_call.at(ticket.ms(60 + 24 * HOUR))
    assert b"cC1" not in ended_call.state
    assert ended_call.checkpoints[-1].state.count((b"cC1", None)) == 1
    assert ended_call.count("forgotten") == 1
    assert ended_call.value("calls_handled") == 1  # what it counted stays


def test_a_straggler_of_a_forgotten_case_is_too_late_also_after_a_restart(ended_call):
    ended_call.at(ticket.ms(2 * DAY))
    for id_ in ("4", "5"):
        ended_call.says("calls", told(call.wrapped(90), id_))
        ended_call.crash()
    assert refused(ended_call) == [b"too_late", b"too_late"]
    assert ended_call.value("calls_received") == 1


def test_a_forgotten_id_is_remembered_for_90_days_and_opens_a_new_case_after_that(ended_call):
    ended_call.at(ticket.ms(2 * DAY))
    ended_call.at(ticket.ms(91 * DAY))
    ended_call.says("calls", told(call.queued(91 * DAY), "4"))
    assert refused(ended_call) == [b"too_late"]
    ended_call.at(ticket.ms(94 * DAY))
    ended_call.says("calls", told(call.abandoned(94 * DAY), call_id="C2"))  # the next checkpoint drops it
    ended_call.says("calls", told(call.queued(94 * DAY), "5"))
    assert refused(ended_call) == [b"too_late"]
    assert b"cC1" in ended_call.state
    assert not any(key[:1] == FORGOTTEN_KIND for key in ended_call.state)


def test_a_forgotten_call_does_not_stand_in_the_way_of_a_ticket_of_the_same_id(ended_call):
    ended_call.at(ticket.ms(2 * DAY))
    ended_call.says("tickets", told(ticket.created(2 * DAY), ticket_id="C1"))
    assert refused(ended_call) == []
    assert ended_call.value("tickets_created") == 1


def test_a_ticket_is_kept_for_90_days_after_it_was_resolved_and_as_long_as_it_is_not():
    shard = KeptShard()
    shard.says("tickets", told(ticket.created(0)), told(ticket.created(0), ticket_id="T2"), told(ticket.resolved(DAY), "2"))
    shard.at(ticket.ms(91 * DAY - 1))
    assert b"tT1" in shard.state
    shard.at(ticket.ms(91 * DAY))
    assert (b"tT1" in shard.state, b"tT2" in shard.state) == (False, True)
    assert shard.value("unresolved_cases", window="now") == 1


def test_a_case_that_goes_on_before_its_time_has_come_is_not_forgotten(ended_call):
    ended_call.says("calls", told(call.queued(20 * HOUR), "4"))
    ended_call.at(ticket.ms(25 * HOUR))  # its last event was at 20 h, its visit ended unobserved at 24 h
    assert b"cC1" in ended_call.state
    assert ended_call.value("calls_unobserved") == 1
    ended_call.at(ticket.ms(48 * HOUR - 1))
    assert b"cC1" in ended_call.state
    ended_call.at(ticket.ms(48 * HOUR))
    assert b"cC1" not in ended_call.state


def test_a_chat_whose_limit_is_as_long_as_it_is_kept_still_takes_its_real_end():
    shard = KeptShard()
    shard.says("calls", told(call.queued(0, channel="chat")))
    shard.at(ticket.ms(24 * HOUR))
    assert shard.value("calls_unobserved") == 1
    shard.says("calls", told(call.answered(25 * HOUR), "2"))
    assert refused(shard) == []
    assert (shard.value("calls_unobserved"), shard.value("calls_answered")) == (0, 1)


def test_a_call_that_was_never_seen_to_end_is_forgotten_after_its_limit_and_24_hours():
    shard = KeptShard()
    shard.says("calls", told(call.queued(0)), told(call.started(0), call_id="C2"))
    shard.at(ticket.ms(3 * DAY))
    assert {key for key in shard.state if key[:1] == b"c"} == set()
    assert shard.value("calls_unobserved") == 1
    assert shard.value("waiting", window="now") == 0


def test_more_forgotten_ids_than_a_row_holds_are_all_remembered():
    shard = KeptShard()
    many = CHUNK + 10
    shard.says("calls", *(told(call.abandoned(0), call_id=f"C{n}") for n in range(many)))
    shard.at(ticket.ms(2 * DAY))
    assert sorted(len(value) for key, value in shard.state.items() if key[:1] == FORGOTTEN_KIND) == [8 * 10, 8 * CHUNK]
    shard.crash()
    shard.says("calls", *(told(call.abandoned(1), "2", call_id=f"C{n}") for n in (0, 1, CHUNK - 1, CHUNK, many - 1)))
    assert shard.count("rejected.too_late") == 5
    shard.says("calls", told(call.abandoned(2 * DAY), call_id="new"))
    shard.at(ticket.ms(4 * DAY))
    shard.crash()
    shard.says("calls", told(call.abandoned(2 * DAY), "2", call_id="new"), told(call.abandoned(1), "3", call_id="C1"))
    assert shard.count("rejected.too_late") == 2


def test_where_nothing_is_bounded_nothing_is_sealed_or_forgotten():
    shard = KeptShard(settings(bounded=False))
    shard.says("tickets", told(ticket.created(0)), told(ticket.resolved(DAY), "2"))
    shard.at(ticket.ms(400 * DAY))
    shard.says("tickets", told(ticket.agent(HOUR), "3"))
    assert refused(shard) == []
    assert shard.count("forgotten") == 0


# --- late ------------------------------------------------------------------------------------------------------------


def test_an_event_whose_panes_are_gone_counts_in_case_standings_and_totals_alone_and_is_counted():
    shard = KeptShard()
    shard.says("tickets", told(ticket.created(40 * DAY), ticket_id="T2"))
    shard.at(ticket.ms(40 * DAY))
    shard.says("tickets", told(ticket.created(0)))
    assert shard.count("late_events") == 1
    assert shard.value("tickets_created") == 1
    assert shard.value("unresolved_cases", window="now") == 2
    snapshot = shard.board(EpochMs(ticket.ms(40 * DAY)))
    assert sum(sums.get(200, 0) for sums in snapshot.totals.values()) == 2


def test_an_event_that_is_late_within_the_panes_kept_corrects_each_that_is():
    shard = KeptShard()
    shard.says("calls", told(call.queued(10 * DAY), call_id="C2"))
    shard.at(ticket.ms(10 * DAY))
    shard.says("calls", told(call.queued(10 * DAY - 600)), told(call.abandoned(10 * DAY - 570), "2"))
    assert shard.count("late_events") == 0
    assert [shard.value("calls_abandoned", window=window) for window in ("5m", "15m", "1h", "today", "30d")] == [0, 1, 1, 1, 1]


def test_state_of_other_business_days_is_refused():
    shard = KeptShard(settings(reset_minutes=0))
    shard.checkpoint()
    shard.settings = settings(reset_minutes=7 * 60)
    shard.produce("calls", b'{"type":"call.queued","id":"1","time":1700000000000,"call_id":"c1","queue":"billing"}')
    shard.read("calls")
    shard.checkpoint()
    with pytest.raises(CalendarChanged, match="counts by days of UTC from 00:00, the configuration says UTC from 07:00"):
        shard.crash()
