"""An agent: states, queues, what ends by itself, and who is silent (events.md, topic `agents` and What ends by the clock)."""

from __future__ import annotations

from schemas import fields as f
from tests.core.cases.agent_tales import BILLING, EVERYONE, HOUR, MINUTE, SUPPORT, beating, beats, says, tell


def test_a_state_holds_until_the_next_one():
    tale = tell(says(0, "available"), says(60, "busy"), says(200, "wrap_up"), says(220, "available"), now_s=300)
    assert tale.shown == ("available", 220)
    assert tale.turns(f.STAFFED) == [(0, 1)]
    assert tale.turns(f.OCCUPIED) == [(60, 1), (220, -1)]


def test_break_training_and_offline_are_not_staffed():
    for state in ("break", "training", "offline"):
        tale = tell(says(0, "busy"), says(100, state), now_s=300)
        assert tale.shown == (state, 100)
        assert tale.turns(f.STAFFED) == tale.turns(f.OCCUPIED) == [(0, 1), (100, -1)]


def test_the_same_state_again_goes_on():
    tale = tell(says(0, "available"), says(60, "available", reason="again"))
    assert tale.shown == ("available", 0)
    assert tale.turns(f.STAFFED) == [(0, 1)]


def test_two_states_at_one_instant_are_taken_in_their_order():
    tale = tell(says(0, "available"), says(60, "busy", seq=1), says(60, "break", seq=2), now_s=100)
    assert tale.shown == ("break", 60)
    assert tale.turns(f.OCCUPIED) == []
    assert tale.turns(f.STAFFED) == [(0, 1), (60, -1)]


# --- queues ----------------------------------------------------------------------------------------------------------


def test_who_serves_two_queues_is_in_both_and_once_for_the_site():
    tale = tell(says(0, "available", "billing", "support"), now_s=10)
    assert tale.queues == ["billing", "support"]
    assert sorted(standing for standing, _, _ in tale.standings) == [f.AGENTS["available"], *[f.QUEUE_AGENTS["available"]] * 2]
    assert tale.turns(f.QUEUE_STAFFED, BILLING) == tale.turns(f.QUEUE_STAFFED, SUPPORT) == tale.turns(f.STAFFED) == [(0, 1)]


def test_queues_that_are_not_told_stay_and_told_ones_replace_them():
    tale = tell(says(0, "available", "billing"), says(60, "busy"), says(120, "busy", "support"), says(180, "busy", queues=[]), now_s=200)
    assert tale.queues == [""]
    assert tale.turns(f.QUEUE_OCCUPIED, BILLING) == [(60, 1), (120, -1)]
    assert tale.turns(f.QUEUE_OCCUPIED, SUPPORT) == [(120, 1), (180, -1)]
    assert tale.turns(f.QUEUE_OCCUPIED, EVERYONE) == [(180, 1)]  # whose queues nobody knows
    assert tale.turns(f.OCCUPIED) == [(60, 1)]
    assert tale.shown == ("busy", 60)


def test_a_queue_told_twice_counts_once():
    assert tell(says(0, "busy", "billing", "billing")).turns(f.QUEUE_OCCUPIED, BILLING) == [(0, 1)]


# --- what ends by itself -----------------------------------------------------------------------------------------------


def test_a_wrap_up_with_an_end_turns_into_available_and_any_other_state_into_offline():
    tale = tell(says(0, "wrap_up", until_s=30), now_s=30)
    assert tale.shown == ("available", 30)
    assert tale.turns(f.OCCUPIED) == [(0, 1), (30, -1)]
    for state in ("available", "busy", "break", "training"):
        tale = tell(says(0, state, until_s=30), now_s=40)
        assert tale.shown == ("offline", 30)
        assert tale.timed_out() == []


def test_before_its_end_a_state_holds_and_an_event_before_it_makes_it_void():
    assert tell(says(0, "break", until_s=30), now_s=29.999).shown == ("break", 0)
    assert tell(says(0, "break", until_s=30), says(20, "available"), now_s=40).shown == ("available", 20)


def test_an_end_before_the_beginning_is_at_the_beginning():
    tale = tell(says(100, "wrap_up", until_s=50), now_s=100)
    assert tale.shown == ("available", 100)
    assert tale.turns(f.OCCUPIED) == []


# --- silence -----------------------------------------------------------------------------------------------------------


def test_without_heartbeats_somebody_is_there_for_16_hours_after_the_last_word():
    assert tell(says(0, "busy"), now_s=16 * HOUR - 0.001).shown == ("busy", 0)
    tale = tell(says(0, "busy"), now_s=16 * HOUR)
    assert tale.shown == ("offline", 16 * HOUR)
    assert tale.timed_out() == [16 * HOUR]
    assert tale.turns(f.OCCUPIED) == [(0, 1), (16 * HOUR, -1)]


def test_who_sent_heartbeats_and_is_silent_for_90_seconds_is_offline():
    told = says(0, "busy"), beating(0, 600)
    assert tell(*told, now_s=689.999).shown == ("busy", 0)
    tale = tell(*told, now_s=690)
    assert tale.shown == ("offline", 690)
    assert tale.timed_out() == [690]


def test_a_word_is_a_sign_of_life_too():
    tale = tell(beats(0), says(60, "busy"), now_s=149)
    assert tale.shown == ("busy", 60)
    assert tell(beats(0), says(60, "busy"), now_s=150).shown == ("offline", 150)


def test_before_the_first_heartbeat_nobody_has_to_send_any():
    tale = tell(says(0, "busy"), beating(HOUR, HOUR + 60), now_s=HOUR + 149)
    assert tale.shown == ("busy", 0)
    assert tale.timed_out() == []
    assert tell(says(0, "busy"), beating(HOUR, HOUR + 60), now_s=HOUR + 150).timed_out() == [HOUR + 150]


def test_a_heartbeat_after_a_silence_brings_back_what_was_told_last():
    tale = tell(says(0, "busy"), beats(0, 60, 600), now_s=620)
    assert tale.shown == ("busy", 600)
    assert tale.timed_out() == [150]
    assert tale.turns(f.OCCUPIED) == [(0, 1), (150, -1), (600, 1)]


def test_a_sign_of_life_at_the_very_instant_is_in_time():
    assert tell(says(0, "busy"), beats(0, 90), now_s=91).timed_out() == []
    assert tell(says(0, "busy"), beats(0), says(90, "available"), now_s=91).timed_out() == []


def test_what_ends_by_itself_during_a_silence_is_over_when_it_ends():
    tale = tell(says(0, "wrap_up", until_s=200), beats(0, 600), now_s=610)
    assert tale.shown == ("available", 600)
    assert tale.turns(f.OCCUPIED) == [(0, 1), (90, -1)]
    assert tale.turns(f.STAFFED) == [(0, 1), (90, -1), (600, 1)]


def test_who_is_offline_anyway_does_not_time_out():
    assert tell(says(0, "offline"), beats(0), now_s=17 * HOUR).timed_out() == []
    assert tell(says(0, "break", until_s=30), beats(0), now_s=17 * HOUR).timed_out() == []


def test_who_is_known_by_heartbeats_only_is_offline():
    tale = tell(beating(0, 5 * MINUTE), now_s=10 * MINUTE)
    assert tale.shown == ("offline", 0)
    assert tale.timed_out() == []
    assert not tale.facts
