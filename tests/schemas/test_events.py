"""The event classes keep the tables of the contract."""

from __future__ import annotations

import pytest

from schemas.events import ENTITY_FIELD, TYPES
from schemas.values import CHANNELS, PRIORITIES, STATUSES
from streams.core.field_rules import RULES

RANKED = {
    "calls": [
        "call.started",
        "call.queued",
        "call.offered",
        "call.missed",
        "call.answered",
        "call.held",
        "call.resumed",
        "call.transferred",
        "call.left",
        "call.abandoned",
        "call.rejoined",
        "call.blocked",
        "call.ended",
        "call.wrapped",
    ],
    "tickets": [
        "ticket.snapshot",
        "ticket.created",
        "ticket.updated",
        "ticket.assigned",
        "ticket.message",
        "ticket.handoff",
        "ticket.status",
        "ticket.merged",
        "ticket.deleted",
    ],
    "agents": ["agent.state", "agent.heartbeat"],
    "surveys": ["survey.answered", "survey.sent"],
    "customers": ["customer.joined", "customer.left", "customer.purchased", "customer.active"],
    "articles": ["article.opened", "article.read", "article.contacted"],
    "finance": ["finance.entry"],
}
FIRST_RANK = {topic: 0 if topic == "tickets" else 1 for topic in RANKED}
TWO_KINDS = {"reason", "agent_id"}
"""A reason is one of a set of words for a call, any text for a customer; an agent_id a label, but an id where it is the key."""


def test_every_topic_is_in_the_table():
    assert set(RANKED) == set(TYPES) == set(ENTITY_FIELD)


@pytest.mark.parametrize("topic", RANKED)
def test_types_stand_in_the_order_of_their_ranks(topic):
    assert list(TYPES[topic]) == RANKED[topic]
    assert [event_type.RANK for event_type in TYPES[topic].values()] == list(
        range(FIRST_RANK[topic], FIRST_RANK[topic] + len(RANKED[topic]))
    )


@pytest.mark.parametrize("topic", RANKED)
def test_every_event_begins_with_id_time_and_entity(topic):
    for event_type in TYPES[topic].values():
        assert event_type.__struct_fields__[:3] == ("id", "time", ENTITY_FIELD[topic])


def test_one_field_has_one_set_of_words_in_all_events():
    words = {(rule.name, rule.kind) for rules in RULES.values() for rule in rules if rule.name not in TWO_KINDS}
    assert len(words) == len({name for name, _ in words}), "a field name means the same kind of value everywhere"


def test_words_are_those_of_the_values():
    sets = {rule.name: set(rule.words) for rules in RULES.values() for rule in rules if rule.kind == "word"}
    assert sets["channel"] == set(CHANNELS)
    assert sets["priority"] == set(PRIORITIES)
    assert sets["status"] == set(STATUSES)
