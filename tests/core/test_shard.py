"""The machine of one partition: what it takes in, what it refuses, what it remembers (architecture.md, section 3; events.md)."""

from __future__ import annotations

import msgspec
import pytest

from schemas.events import TYPES
from schemas.state import CLOCK_KEY, POLICY_KIND, SHARD_KEY, STATE_VERSION, ClockRow
from schemas.values import HOUR_MS, MINUTE_MS, SECOND_MS, DurationMs, EpochMs
from streams.core.cases.due_head import due_of
from streams.core.clocks.policy import Policy, QueuePolicy
from streams.core.clocks.sla import SlaRule
from streams.core.log import Batch, Output
from streams.core.report import Line
from streams.core.state_version import OtherStateVersion
from streams.testing.promises import targets
from tests.core.cases import call_tales as call
from tests.core.cases import ticket_tales as ticket
from tests.core.driving import KeptShard, settings, told

T0 = call.START_MS
assert ticket.START_MS == T0


# --- dead letters and counters ---------------------------------------------------------------------------------------


def test_a_record_that_is_no_event_goes_to_the_dead_letters_byte_for_byte_with_what_is_wrong_as_headers():
    shard = KeptShard()
    shard.records["calls"] = [
        Line(0, None, told(call.queued(0))),
        Line(1, b"k\xff", b'{"type": "call.queued"\xff', [("trace", b"\x00\x01")]),
    ]
    shard.read("calls")
    shard.checkpoint()
    (letter,) = shard.outputs
    headers = dict(letter.headers)
    detail = headers.pop("error.detail")
    assert (letter.topic, letter.key, letter.value) == ("dead-letters", b"k\xff", b'{"type": "call.queued"\xff')
    assert headers == {
        "trace": b"\x00\x01",
        "error.reason": b"not_json",
        "error.topic": b"calls",
        "error.partition": b"0",
        "error.offset": b"1",
    }
    assert b"JSON" in detail
    assert (shard.count("rejected.not_json"), shard.count("accepted"), shard.count("records")) == (1, 1, 2)


def test_of_a_record_too_large_for_any_topic_the_dead_letter_holds_what_fits_and_says_how_long_it_was():
    shard = KeptShard()
    shard.records["calls"] = [Line(0, bytes(70_000), bytes(3 << 20), [("trace", bytes(70_000))])]
    shard.read("calls")
    shard.checkpoint()
    (letter,) = shard.outputs
    headers = dict(letter.headers)
    assert headers["error.reason"] == b"too_large"
    assert headers["error.cut"] == b"key of 70000 bytes, value of 3145728 bytes, headers of 70005 bytes"
    assert "trace" not in headers
    assert len(letter.key or b"") + len(letter.value or b"") + sum(map(len, headers.values())) < 1 << 20


def test_a_dead_letter_is_written_once_however_often_the_worker_dies():
    shard = KeptShard()
    shard.produce("calls", b"nonsense")
    shard.read("calls")
    shard.crash()  # before the checkpoint: it is read again
    shard.read("calls")
    shard.checkpoint()
    shard.crash()  # after it: it is not
    shard.read("calls")
    shard.checkpoint()
    assert [letter.value for letter in shard.outputs] == [b"nonsense"]


def test_a_key_that_is_not_the_entity_id_is_refused_where_there_are_several_partitions():
    shard = KeptShard(settings(partitions=2))
    shard.records["calls"] = [Line(0, b"C2", told(call.queued(0))), Line(1, b"C1", told(call.queued(0)))]
    shard.read("calls")
    assert (shard.count("rejected.key_mismatch"), shard.count("accepted")) == (1, 1)


def test_an_event_from_the_future_is_refused_by_the_wall_clock_alone():
    shard = KeptShard()
    shard.produce("calls", told(call.queued(0)))
    shard.read("calls", wall_ms=EpochMs(T0 - 5 * MINUTE_MS - 1))
    assert shard.count("rejected.future_time") == 1
    shard.produce("calls", told(call.queued(0)))
    shard.read("calls", wall_ms=EpochMs(T0 - 5 * MINUTE_MS))
    assert shard.count("accepted") == 1


def test_tombstones_and_unknown_types_are_counted_and_no_dead_letters():
    shard = KeptShard()
    shard.records["calls"] = [Line(0, b"C1", None), Line(1, b"C1", b'{"type":"call.sung","id":"1","time":1,"call_id":"C1"}')]
    shard.read("calls")
    shard.checkpoint()
    assert (shard.count("tombstone"), shard.count("unknown_type"), shard.outputs) == (1, 1, [])
    assert shard.positions["calls"] == 2


def test_repeats_are_counted_and_change_nothing_also_after_a_restart():
    shard = KeptShard()
    shard.produce("calls", told(call.queued(0)), told(call.queued(0)))
    shard.read("calls")
    shard.checkpoint()
    shard.crash()
    shard.produce("calls", told(call.queued(0)))
    shard.read("calls")
    assert (shard.count("accepted"), shard.count("duplicate")) == (0, 1)
    shard.checkpoint()
    assert shard.value("calls_offered") == 1


def test_of_two_contents_under_one_id_the_first_read_stays_and_the_other_is_counted():
    shard = KeptShard()
    shard.produce("calls", told(call.queued(0)), told(call.queued(0, "support")), told(call.abandoned(0)))
    shard.read("calls")
    shard.checkpoint()
    assert shard.count("conflicting_duplicates") == 2
    assert (shard.value("calls_offered", queue="billing"), shard.value("waiting", window="now")) == (1, 1)
    assert shard.outputs == []


def test_one_id_in_two_cases_is_two_events():
    shard = KeptShard()
    shard.produce("calls", told(call.queued(0)), told(call.queued(0), call_id="C2"))
    shard.read("calls")
    assert shard.count("accepted") == 2


# --- positions -------------------------------------------------------------------------------------------------------


NOWHERE = dict.fromkeys((*TYPES, "deskpulse-contacts"), 0)


def test_a_batch_that_begins_behind_the_position_is_refused_and_nothing_happens():
    shard = KeptShard()
    shard.checkpoint()  # the policy in force
    assert shard.shard.apply("calls", Batch([Line(3, None, told(call.queued(0)))], 3, 4), None) is False
    assert (shard.shard.positions, shard.shard.stats, shard.shard.take()) == (NOWHERE, {}, None)


def test_records_below_the_position_are_passed_over():
    shard = KeptShard()
    shard.produce("calls", told(call.queued(0)), told(call.answered(5), "2"))
    shard.read("calls")
    again = Batch([*shard.records["calls"], Line(2, None, told(call.ended(65), "3"))], 0, 3)
    assert shard.shard.apply("calls", again, None)
    assert (shard.count("accepted"), shard.count("duplicate"), shard.count("records")) == (3, 0, 3)
    assert shard.shard.positions["calls"] == 3


def test_a_batch_that_lies_wholly_below_the_position_moves_nothing_back():
    shard = KeptShard()
    shard.produce("calls", *(told(call.queued(n), str(n), call_id=f"C{n}") for n in range(5)))
    shard.read("calls")
    assert shard.shard.apply("calls", Batch(shard.records["calls"][:2], 0, 2), None)
    assert (shard.shard.positions["calls"], shard.count("accepted")) == (5, 5)


def test_a_batch_without_records_moves_the_position_and_that_is_a_change():
    shard = KeptShard()
    assert shard.shard.apply("tickets", Batch([], 0, 7), None)
    shard.checkpoint()
    assert shard.positions == {**NOWHERE, "tickets": 7}


def test_without_a_change_there_is_no_checkpoint():
    shard = KeptShard()
    shard.produce("calls", told(call.queued(0)), told(call.left(1), "2"))
    shard.read("calls")
    shard.checkpoint()
    assert shard.shard.take() is None
    shard.shard.advance(call.ms(MINUTE_MS))  # settles the minute: a change by the clock alone
    assert shard.shard.take() is not None
    assert shard.shard.take() is None


# --- time ------------------------------------------------------------------------------------------------------------


def test_the_clock_never_falls_not_over_a_restart_either():
    shard = KeptShard()
    shard.produce("calls", told(call.queued(0)))
    shard.read("calls")
    shard.shard.advance(call.ms(50))
    shard.shard.advance(call.ms(10))
    assert shard.shard.now_ms == call.ms(50)
    shard.checkpoint()
    shard.crash()
    assert shard.shard.now_ms == call.ms(50)
    shard.shard.advance(call.ms(10))
    assert shard.shard.now_ms == call.ms(50)


def test_the_clock_stands_still_while_records_are_applied():
    shard = KeptShard()
    shard.produce("calls", told(call.queued(0)), told(call.queued(3_600), call_id="C2"))
    shard.read("calls")
    assert (shard.shard.now_ms, shard.shard.watermark_ms) == (0, call.ms(3_600))
    shard.checkpoint()
    assert shard.value("service_level", "event") is None


def test_what_is_due_passes_by_the_clock_and_the_shard_says_when():
    shard = KeptShard()
    shard.produce("calls", told(call.queued(0)))
    shard.read("calls")
    shard.checkpoint()
    due_ms = shard.shard.next_due_ms()
    assert due_ms is not None
    assert T0 + 19 * SECOND_MS < due_ms <= T0 + 20 * SECOND_MS + 1
    shard.shard.advance(EpochMs(T0 + 20 * SECOND_MS))
    shard.checkpoint()
    assert shard.value("service_level", "event") is None
    shard.shard.advance(EpochMs(T0 + 20 * SECOND_MS + 1))
    shard.checkpoint()
    assert shard.value("service_level", "event") == 0
    assert shard.value("waiting", window="now") == 1


def test_what_is_due_after_a_restart_is_known_from_the_head_of_the_row():
    shard = KeptShard()
    shard.produce("calls", told(call.queued(0)))
    shard.read("calls")
    shard.checkpoint()
    assert due_of(shard.state[b"cC1"]) == T0 + 20 * SECOND_MS + 1
    shard.crash()
    shard.shard.advance(call.ms(60))
    shard.checkpoint()
    assert shard.value("service_level", "event") == 0


def test_an_answer_that_is_read_late_takes_back_what_passed_by_the_clock():
    shard = KeptShard()
    shard.produce("calls", told(call.queued(0)))
    shard.read("calls")
    shard.shard.advance(call.ms(60))
    shard.checkpoint()
    shard.crash()
    shard.produce("calls", told(call.answered(15), "2"))
    shard.read("calls")
    shard.checkpoint()
    assert shard.value("service_level", "event") == 1


def test_a_call_and_a_ticket_of_one_id_have_due_instants_of_their_own():
    shard = KeptShard()
    shard.produce("calls", told(call.queued(0), call_id="7"))
    shard.produce("tickets", told(ticket.created(0, "chat"), ticket_id="7"))
    for topic in ("calls", "tickets"):
        shard.read(topic)
    shard.shard.advance(call.ms(121))
    shard.checkpoint()
    assert shard.value("service_level", "event") == 0
    assert shard.value("first_response_time", "within_target", responder="human", clock="calendar") == 0


def test_a_checkpoint_tells_the_event_that_waited_longest_for_it():
    shard = KeptShard()

    def waited() -> dict[str, int]:
        shard.checkpoint()
        return msgspec.msgpack.decode(shard.panes[CLOCK_KEY], type=ClockRow).waited

    shard.produce("calls", told(call.queued(1), call_id="C0"))
    shard.read("calls")
    shard.shard.advance(call.ms(1))
    assert waited() == {}  # whether a topic's first event is a late one nobody knows
    shard.produce("calls", told(call.queued(9), call_id="C2"), told(call.queued(5)))
    shard.read("calls")
    shard.shard.advance(call.ms(10))
    assert waited() == {"calls": call.ms(5)}
    shard.produce("calls", told(call.queued(7), call_id="C3"))  # late: it waited for us no longer than for those before it
    shard.read("calls")
    assert waited() == {}
    ahead = told(call.queued(900), call_id="C5")
    shard.produce("calls", told(call.queued(8), call_id="C4"), ahead, told(call.queued(300), call_id="C6"))
    shard.read("calls")
    shard.crash()
    shard.read("calls")
    shard.shard.advance(call.ms(310))
    assert waited() == {"calls": call.ms(300)}
    shard.produce("calls", told(call.queued(320), call_id="C7"))  # one that is ahead of the clock hides none of those behind it
    shard.read("calls")
    assert waited() == {"calls": call.ms(320)}


def test_all_of_several_topics_were_read_up_to_the_lowest_of_their_latest_events():
    shard = KeptShard()
    assert shard.shard.read_until_ms([]) == shard.shard.read_until_ms(["calls", "tickets"]) == 0
    shard.produce("calls", told(call.queued(9)), told(call.queued(5), call_id="C2"))
    shard.read("calls")
    assert shard.shard.read_until_ms(["calls"]) == call.ms(9)
    assert shard.shard.read_until_ms(["calls", "tickets"]) == 0
    shard.produce("tickets", told(ticket.created(3)))
    shard.read("tickets")
    shard.checkpoint()
    shard.crash()
    assert shard.shard.read_until_ms(["calls", "tickets"]) == ticket.ms(3)


# --- policies --------------------------------------------------------------------------------------------------------

PATIENT = Policy(queues={"billing": QueuePolicy(threshold_ms=DurationMs(60 * SECOND_MS))})


def test_a_case_keeps_the_thresholds_under_which_it_opened_also_when_it_is_folded_anew():
    shard = KeptShard()
    shard.produce("calls", told(call.queued(0)), told(call.queued(1), call_id="C2"))
    shard.read("calls")
    shard.checkpoint()
    shard.settings = settings(policy=PATIENT)
    shard.crash()
    shard.produce("calls", told(call.queued(2), call_id="C3"))
    shard.produce("calls", *(told(call.answered(40 + n), "2", call_id=f"C{n}") for n in (1, 2, 3)))
    shard.produce("calls", told(call.started(0), "0", call_id="C2"))  # out of order: folds it anew
    shard.read("calls")
    shard.checkpoint()
    assert shard.value("service_level", "event") == 1 / 3
    assert sorted(key for key in shard.state if key[:1] == POLICY_KIND) == [POLICY_KIND + b"1", POLICY_KIND + b"2"]


def test_a_policy_that_comes_back_has_its_old_revision():
    shard = KeptShard()
    for policy in (Policy(), PATIENT, Policy()):
        shard.settings = settings(policy=policy)
        shard.crash()
        shard.produce("calls", told(call.queued(0), call_id=f"C{len(shard.records['calls'])}"))
        shard.read("calls")
        shard.checkpoint()
    assert len([key for key in shard.state if key[:1] == POLICY_KIND]) == 2


# --- other versions --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("by", "what_to_do"), [(1, r"start 9\.8\.7 or newer"), (-1, "begin anew under another app")])
def test_state_of_another_version_is_refused_and_says_who_wrote_it_and_what_to_do(by, what_to_do):
    shard = KeptShard()
    shard.produce("calls", told(call.queued(0)))
    shard.read("calls")
    shard.checkpoint()
    own = msgspec.msgpack.decode(shard.state[SHARD_KEY])
    shard.state[SHARD_KEY] = msgspec.msgpack.encode([STATE_VERSION + by, "9.8.7", {"of": "another shape"}, *own[3:]])
    with pytest.raises(OtherStateVersion, match=rf"version {STATE_VERSION + by}, by deskpulse 9\.8\.7.*{what_to_do}"):
        shard.crash()


def test_outputs_of_a_checkpoint_are_given_once():
    shard = KeptShard()
    shard.produce("calls", b"nonsense")
    shard.read("calls")
    first = shard.shard.take()
    assert first is not None
    assert [type(output) for output in first.outputs] == [Output]
    shard.produce("calls", told(call.queued(0)))
    shard.read("calls")
    second = shard.shard.take()
    assert second is not None
    assert second.outputs == []


def test_cases_that_open_after_a_change_of_promises_are_under_the_new_ones_and_the_others_keep_theirs():
    hour, two = (Policy(slas=(SlaRule(targets_ms=targets(None, hours * HOUR_MS, None, None)),)) for hours in (1, 2))
    shard = KeptShard(settings(policy=hour))
    shard.says("tickets", told(ticket.created(0)))
    shard.shard.reload(settings(policy=two))
    shard.says("tickets", told(ticket.created(0), ticket_id="T2"))
    shard.crash()
    shard.at(ticket.ms(1.5 * 3_600))
    assert shard.value("sla_breached", window="today") == 1
    shard.at(ticket.ms(2.5 * 3_600))
    assert shard.value("sla_breached", window="30d") == 2
