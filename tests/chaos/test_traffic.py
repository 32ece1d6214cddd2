"""What chaos sends: each record is what it is said to be."""

from __future__ import annotations

import time

from schemas.events import ENTITY_FIELD, TYPES
from schemas.values import EpochMs
from streams.core.intake import Intake, Rejected
from tests.chaos.poison import KINDS, poison
from tests.chaos.traffic import Traffic
from tests.traffic import END_MS


def test_of_every_kind_of_poison_it_is_known_why_it_is_rejected():
    records = list(poison(END_MS, 2))
    assert len(KINDS) == 20
    assert len({(topic, key, value) for topic, key, value, _ in records}) == len(records) == 80
    now_ms = EpochMs(time.time_ns() // 1_000_000)
    for topic, key, value, reason in records:
        answer = Intake(topic, 4).read(key, value, (), now_ms)
        assert isinstance(answer, Rejected), (key, value)
        assert answer.reason == reason, (key, answer)


def test_the_rest_are_events_of_all_topics():
    traffic = Traffic(4711, share=0.02)
    intakes = {topic: Intake(topic, 4) for topic in TYPES}
    for topic, key, value, _ in (*traffic.events, *traffic.decoys):
        event = intakes[topic].read(key, value, (), None)
        assert getattr(event, ENTITY_FIELD[topic]) == (key or b"").decode(), event
    assert {sent.topic for sent in traffic.events} == set(TYPES)
    assert {sent.value for sent in traffic.decoys}.isdisjoint(sent.value for sent in traffic.records)
