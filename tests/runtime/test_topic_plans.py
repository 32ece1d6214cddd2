"""What is right about topics, judged without a broker."""

from __future__ import annotations

import pytest

from streams.runtime.layout import PANE_ROWS, STATE_ROWS, Layout
from streams.runtime.topic_plans import LETTERS, judge, partitions_to_make, plans

LAYOUT = Layout(app="dp", sources=("calls", "tickets"), outputs=("dead-letters", "sla-breaches"))
PLANS = {plan.name: plan for plan in plans(LAYOUT, 4)}
EQUAL_SOURCES = "empty, delete it: `deskpulse topics create` makes it anew; with events, `deskpulse topics grow` says the way"
NEW_APP = 'choose a new `app` name, such as "dp-2", and create its topics: it replays the events'
KEEP_EVENTS = "compacted, so all but the last event of a case will vanish: set its cleanup.policy to delete"
DELETE = {"cleanup.policy": "delete"}


@pytest.mark.parametrize(
    ("counts", "made"),
    [
        ({}, 4),
        ({"calls": 6}, 6),
        ({"calls": 6, "tickets": 6, "dp-state": 0}, 6),
        ({"calls": 6, "tickets": 8}, 4),
        ({"dp-state": 2}, 2),
        ({"dead-letters": 9, "dp-heartbeats": 1}, 4),
    ],
)
def test_new_topics_follow_the_old_ones_where_these_agree(counts, made):
    assert partitions_to_make(LAYOUT, counts, 4) == made


def test_every_topic_of_the_layout_is_planned():
    assert set(LAYOUT.all) <= set(PLANS)
    assert {name: plan.partitions for name, plan in PLANS.items()} == {
        "calls": 4, "tickets": 4, "dp-contacts": 4, "dp-state": 4, "dp-panes": 4, "dp-heartbeats": 1, "dp-leader": 1, "dead-letters": None,
        "sla-breaches": None,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("topic", "partitions", "configs", "wrong"),
    [
        ("calls", 4, DELETE, ()),
        ("calls", 0, {}, ("not there: `deskpulse topics create` makes it",)),
        ("calls", 6, DELETE, (f"6 partitions, expected 4: {EQUAL_SOURCES}",)),
        ("tickets", 4, {"cleanup.policy": "compact,delete"}, (KEEP_EVENTS,)),
        ("dp-state", 4, STATE_ROWS, ()),
        ("dp-state", 2, STATE_ROWS, (f"2 partitions, expected 4: {NEW_APP}",)),
        ("dp-panes", 4, {**PANE_ROWS, "segment.ms": "1"}, ("segment.ms is 1, expected 600000: `deskpulse topics create` sets it",)),
        ("dead-letters", 1, LETTERS, ()),
        (
            "dead-letters",
            1,
            {**LETTERS, "retention.ms": "-1"},
            ("retention.ms is -1, expected 604800000: `deskpulse topics create` sets it",),
        ),
        ("sla-breaches", 1, {"cleanup.policy": "delete", "retention.ms": "5"}, ()),
    ],
)
def test_what_is_wrong_is_told_with_the_way_out(topic, partitions, configs, wrong):
    assert judge(PLANS[topic], partitions, configs, LAYOUT) == wrong
