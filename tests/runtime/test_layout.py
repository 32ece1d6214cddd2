from __future__ import annotations

import pytest

from streams.errors import TopicLayoutError
from streams.runtime.layout import Layout, check_layout

LAYOUT = Layout("app", ("calls", "tickets"), ("dead-letters",))
RIGHT = {"calls": 8, "tickets": 8, "app-state": 8, "app-panes": 8, "app-heartbeats": 1, "dead-letters": 3}


def test_equal_topics_give_the_number_of_shards():
    assert check_layout(LAYOUT, RIGHT) == 8


def test_missing_topics_are_named_with_what_makes_them():
    with pytest.raises(TopicLayoutError, match=r"missing: tickets, app-heartbeats: create them with `deskpulse topics create`"):
        check_layout(LAYOUT, {**RIGHT, "tickets": 0, "app-heartbeats": 0})


@pytest.mark.parametrize("topic", ["calls", "tickets", "app-state", "app-panes"])
def test_topics_read_together_have_equal_numbers(topic):
    with pytest.raises(TopicLayoutError, match=rf"{topic} 4.*topics grow"):
        check_layout(LAYOUT, {**RIGHT, topic: 4})


def test_outputs_and_heartbeats_may_differ():
    assert check_layout(LAYOUT, {**RIGHT, "dead-letters": 1, "app-heartbeats": 1}) == 8
