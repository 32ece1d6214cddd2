"""The wheel of due instants (architecture.md, section 3)."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from streams.core.clocks.wheel import Wheel


def test_names_come_when_their_second_has_begun():
    wheel = Wheel()
    wheel.set("a", 5_900)
    assert list(wheel.pop(4_999)) == []
    assert list(wheel.pop(5_000)) == ["a"]
    assert list(wheel.pop(9_000)) == []


def test_next_is_the_beginning_of_the_earliest_second_and_none_when_nothing_is_due():
    wheel = Wheel()
    assert wheel.next_ms() is None
    wheel.set("a", 9_500)
    wheel.set("b", 5_900)
    assert wheel.next_ms() == 5_000
    list(wheel.pop(5_000))
    assert wheel.next_ms() == 9_000
    list(wheel.pop(10_000))
    assert wheel.next_ms() is None


def test_earlier_seconds_come_first_and_of_one_second_all():
    wheel = Wheel()
    for name, due_ms in (("c", 7_000), ("a", 1_500), ("b", 1_000), ("d", 8_000)):
        wheel.set(name, due_ms)
    assert list(wheel.pop(7_999)) == ["a", "b", "c"]


def test_a_name_that_moved_comes_in_both_its_seconds():
    wheel = Wheel()
    wheel.set("a", 5_000)
    wheel.set("a", 8_000)
    assert list(wheel.pop(5_000)) == list(wheel.pop(8_000)) == ["a"]


def test_what_is_set_in_a_second_that_has_passed_comes_at_once():
    wheel = Wheel()
    list(wheel.pop(60_000))
    wheel.set("a", 5_000)
    assert list(wheel.pop(60_000)) == ["a"]


def test_the_earliest_slot_can_be_looked_into_without_taking_it():
    wheel = Wheel(60_000)
    assert wheel.next() == []
    for name, due_ms in (("late", 60_000), ("a", 1_500), ("b", 59_999)):
        wheel.set(name, due_ms)
    assert wheel.next() == ["a", "b"]
    assert wheel.next_ms() == 0
    assert list(wheel.pop(0)) == ["a", "b"]
    assert wheel.next_ms() == 60_000


@given(st.lists(st.integers(0, 20_000), max_size=30), st.lists(st.integers(0, 25_000), max_size=8))
def test_each_comes_once_and_never_before_its_second(dues_ms, ticks_ms):
    wheel = Wheel()
    for number, due_ms in enumerate(dues_ms):
        wheel.set(str(number), due_ms)
    seen: list[int] = []
    for now_ms in sorted(ticks_ms):
        came = [int(name) for name in wheel.pop(now_ms)]
        assert all(dues_ms[number] // 1000 * 1000 <= now_ms for number in came)
        seen += came
        assert sorted(seen) == [number for number, due_ms in enumerate(dues_ms) if due_ms // 1000 * 1000 <= now_ms]
