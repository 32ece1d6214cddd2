"""Age and liveness out of heartbeats, and how long events take to a board: pure, numbers for the time."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.state import STATE_VERSION, ClockRow
from schemas.values import EpochMs
from streams.runtime.beats import Beats
from streams.runtime.delays import EDGES_S, Delays
from streams.runtime.heartbeat import Heartbeat, PartitionBeat, encode_heartbeat

NOW = EpochMs(1_000_000)


def heartbeat(*partitions: int, epoch: int | None = 1, until_ms: int | None = NOW - 500, worker: str = "w1", at_ms: int = NOW) -> Heartbeat:
    beats = [
        PartitionBeat(
            partition=partition,
            epoch=epoch,
            positions={},
            watermark_ms=None,
            now_ms=NOW,
            caught_up_until_ms=None if until_ms is None else EpochMs(until_ms),
            lag_records=0,
            lag_ms=0,
        )
        for partition in partitions
    ]
    return Heartbeat(worker=worker, at_ms=EpochMs(at_ms), of=2, partitions=beats)


def all_complete(beats: Beats, behind_ms: int) -> None:
    beats.settle(lambda _: EpochMs(behind_ms))


def test_the_age_is_that_of_the_partition_that_is_worst_off():
    beats = Beats(2)
    beats.hear(heartbeat(0, until_ms=NOW - 300), NOW, 0.0)
    beats.hear(heartbeat(1, until_ms=NOW - 900), NOW, 0.0)
    all_complete(beats, NOW + 1)
    assert beats.age_ms(EpochMs(NOW + 1)) == 901


def test_there_is_no_age_before_every_partition_has_been_told_of():
    beats = Beats(2)
    beats.hear(heartbeat(0), NOW, 0.0)
    all_complete(beats, NOW + 1)
    assert beats.age_ms(NOW) is None
    beats.hear(heartbeat(1, until_ms=None), NOW, 0.0)
    all_complete(beats, NOW + 1)
    assert beats.age_ms(NOW) is None  # it is there, but has not caught up since it was opened


def test_a_heartbeat_counts_only_once_the_rows_are_complete_behind_its_arrival():
    beats = Beats(1)
    beats.hear(heartbeat(0, until_ms=NOW - 900), NOW, 0.0)
    all_complete(beats, NOW)  # its rows may have come in the same millisecond
    assert beats.age_ms(NOW) is None
    all_complete(beats, NOW + 1)
    assert beats.age_ms(NOW) == 900


AHEAD_MS = st.sampled_from((0, 0, 0, 3_600_000, -60_000))


@given(st.lists(st.tuples(st.booleans(), st.integers(1, 3_000), AHEAD_MS), max_size=60))
def test_the_age_is_never_less_than_what_is_complete_allows(steps):
    """Heartbeats come and rows get complete in any rhythm. The worker's clock is set now and then, also between the instant that a
    heartbeat tells of and its own. `told` is the truth of each instant."""
    beats, told, now_ms, complete_ms, former_ahead_ms = Beats(1), [], int(NOW), 0, 0
    for is_heartbeat, pause_ms, ahead_ms in steps:
        now_ms += pause_ms
        if is_heartbeat:
            until_ms = now_ms - 100 + former_ahead_ms
            beats.hear(heartbeat(0, until_ms=until_ms, at_ms=now_ms + ahead_ms), EpochMs(now_ms), now_ms / 1000)
            former_ahead_ms = ahead_ms
            told.append((now_ms, now_ms - 100))
        else:
            complete_ms = now_ms - pause_ms // 2
            all_complete(beats, complete_ms)
        age_ms = beats.age_ms(EpochMs(now_ms))
        proven = [until_ms for arrived_ms, until_ms in told if arrived_ms < complete_ms]
        assert age_ms is None or (proven and age_ms >= now_ms - max(proven))


def test_rows_that_never_get_complete_in_time_do_not_hold_up_what_they_prove():
    beats = Beats(1)
    for second in range(100):
        now_ms = NOW + 1000 * second
        beats.hear(heartbeat(0, until_ms=now_ms, at_ms=now_ms), EpochMs(now_ms), float(second))
        all_complete(beats, NOW + 1000 * second - 3_500)  # always three and a half seconds behind
    age_ms = beats.age_ms(EpochMs(NOW + 99_000))
    assert age_ms is not None
    assert 3_500 <= age_ms <= 8_000


def test_a_partition_nobody_speaks_of_for_five_seconds_is_not_live():
    beats = Beats(2)
    beats.hear(heartbeat(0, 1), NOW, 10.0)
    assert beats.live(10.0) == beats.live(14.9) == 2
    beats.hear(heartbeat(1), NOW, 14.9)
    assert beats.live(15.0) == 1


def test_a_heartbeat_that_lay_in_the_log_is_as_old_as_it_says():
    beats = Beats(2)
    beats.hear(heartbeat(0, 1), NOW, 10.0, age_s=5.5)
    assert beats.live(10.0) == 0


def test_how_old_it_is_nobody_knows_where_a_heartbeat_that_lay_in_the_log_is_from_ahead_of_our_clock():
    beats = Beats(1)
    beats.read([(b"w1", encode_heartbeat(heartbeat(0, until_ms=NOW + 59_000, at_ms=NOW + 60_000)))], NOW, 10.0, old=True)
    all_complete(beats, NOW + 1)
    assert beats.age_ms(NOW) is None
    beats.read([(b"w1", encode_heartbeat(heartbeat(0, until_ms=NOW + 59_000, at_ms=NOW + 60_000)))], EpochMs(NOW + 1), 10.0, old=False)
    all_complete(beats, NOW + 2)
    assert beats.age_ms(EpochMs(NOW + 2)) == 1_001


def test_what_arrived_before_our_clock_was_set_back_holds_up_nothing():
    beats = Beats(1)
    beats.hear(heartbeat(0, until_ms=NOW + 3_600_000, at_ms=NOW + 3_600_000), EpochMs(NOW + 3_600_000), 1.0)
    beats.hear(heartbeat(0, until_ms=NOW - 100, at_ms=NOW), NOW, 2.0)
    all_complete(beats, NOW + 1)
    assert beats.age_ms(EpochMs(NOW + 1)) == 101


def test_who_lost_a_partition_does_not_speak_for_it():
    beats = Beats(1)
    beats.hear(heartbeat(0, epoch=7, until_ms=NOW - 2_000), NOW, 10.0)
    beats.hear(heartbeat(0, epoch=6, until_ms=NOW, worker="zombie"), NOW, 16.0)
    all_complete(beats, NOW + 1)
    assert beats.live(16.0) == 0
    assert beats.age_ms(NOW) == 2_000


def test_a_new_owner_that_has_not_caught_up_shows_what_the_former_one_had():
    beats = Beats(1)
    beats.hear(heartbeat(0, epoch=1, until_ms=NOW - 2_000), NOW, 10.0)
    beats.hear(heartbeat(0, epoch=2, until_ms=None, worker="w2"), NOW, 11.0)
    all_complete(beats, NOW + 1)
    assert beats.live(15.5) == 1
    assert beats.age_ms(NOW) == 2_000


def test_one_that_is_not_open_and_one_that_is_not_there_say_nothing():
    beats = Beats(1)
    beats.hear(heartbeat(0, epoch=None), NOW, 10.0)
    beats.hear(heartbeat(1), NOW, 10.0)
    assert beats.live(10.0) == 0
    assert beats.age_ms(NOW) is None


def clock_row(**waited: int) -> bytes:
    return msgspec.msgpack.encode(ClockRow(STATE_VERSION, "1", 0, None, "UTC from 00:00", waited=waited))


def test_a_delay_is_that_of_the_event_that_waited_longest():
    delays = Delays()
    delays.see([clock_row(calls=1_000, tickets=700)], EpochMs(1_200))
    assert delays.counted().sum_s == pytest.approx(0.2 + 0.5)
    delays.see([clock_row()], EpochMs(90_000))
    assert sum(delays.counted().counts) == 2


def test_the_delay_of_an_event_ahead_of_our_clock_is_none():
    delays = Delays()
    delays.see([clock_row(calls=3_000)], EpochMs(1_900))
    assert (delays.counted().counts[0], delays.counted().sum_s) == (1, 0.0)


def test_each_delay_stands_under_the_first_edge_that_holds_it():
    delays = Delays()
    for delay_s in (0.1, 0.11, 4_000.0):
        delays.see([clock_row(calls=2_000)], EpochMs(2_000 + int(delay_s * 1000)))
    counted = delays.counted()
    assert counted.edges_s == EDGES_S
    assert (counted.counts[0], counted.counts[1], counted.counts[-1]) == (1, 1, 1)
