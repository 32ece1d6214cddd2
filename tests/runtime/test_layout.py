from __future__ import annotations

import pytest

from streams.errors import TopicLayoutError
from streams.runtime.layout import Layout, check_layout, shards_of

LAYOUT = Layout("app", ("calls", "tickets"), ("dead-letters",))
RIGHT = {"calls": 8, "tickets": 8, "app-contacts": 8, "app-state": 8, "app-panes": 8, "app-heartbeats": 1, "dead-letters": 3}


def test_equal_topics_give_the_number_of_shards():
    assert check_layout(LAYOUT, RIGHT) == 8


def test_missing_topics_are_named_with_what_makes_them():
    with pytest.raises(TopicLayoutError, match=r"missing: tickets, app-heartbeats: create them with `deskpulse topics create`"):
        check_layout(LAYOUT, {**RIGHT, "tickets": 0, "app-heartbeats": 0})


@pytest.mark.parametrize("topic", ["calls", "tickets", "app-contacts", "app-state", "app-panes"])
def test_topics_read_together_have_equal_numbers(topic):
    with pytest.raises(TopicLayoutError, match=rf"{topic} 4.*topics show"):
        check_layout(LAYOUT, {**RIGHT, topic: 4})


def test_outputs_and_heartbeats_may_differ():
    assert check_layout(LAYOUT, {**RIGHT, "dead-letters": 1, "app-heartbeats": 1}) == 8


def test_an_assignment_has_all_that_each_of_its_shards_reads():
    assert shards_of(LAYOUT, 8, [(topic, part) for topic in LAYOUT.read for part in (1, 5)]) == {1, 5}
    assert shards_of(LAYOUT, 8, []) == set()


@pytest.mark.parametrize(
    "assigned",
    [
        [("calls", 0)],
        [("calls", 0), ("tickets", 0)],
        [(topic, part) for part, topic in enumerate(LAYOUT.read)],
        [(topic, 8) for topic in LAYOUT.read],
    ],
)
def test_any_other_assignment_is_refused(assigned):
    with pytest.raises(TopicLayoutError, match="topics show"):
        shards_of(LAYOUT, 8, assigned)
