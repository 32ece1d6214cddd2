"""Which inputs are read where the Kafka holds only some of the topics."""

from __future__ import annotations

import pytest

from schemas.events import TYPES
from streams.config import read
from streams.runtime.clock import wall_clock
from streams.runtime.inputs import with_inputs_there
from streams.runtime.layout import Layout, layout_of
from streams.runtime.transport.log import NewRecord, TopicPartition
from streams.runtime.transport.store import Store
from tests.kafka.server import create_topic


async def test_on_an_embedded_log_all_of_them_are_read():
    config = read({})
    assert await with_inputs_there(config) is config


def test_an_embedded_log_of_two_inputs_has_all_of_them_when_it_is_opened_again(tmp_path):
    former = Store(tmp_path, Layout("deskpulse", ("calls", "tickets"), ("dead-letters",)), 2, wall_clock)
    former.append({TopicPartition("calls", 0): [NewRecord(b"c1", b"{}")]})
    former.close()
    store = Store(tmp_path, layout_of(read({})), 2, wall_clock)
    _, restored = store.take_over(0)
    assert set(restored.positions) >= set(TYPES)
    assert [record.key for part in (0, 1) for chunk in store.chunks(TopicPartition("calls", part), 0) for record in chunk] == [b"c1"]
    store.close()


@pytest.mark.kafka
async def test_an_input_that_nobody_named_and_that_is_not_there_is_not_read(kafka, prefix):
    create_topic(kafka, f"{prefix}surveys", 2)
    named = {"calls": f"{prefix}calls", "tickets": f"{prefix}tickets", "surveys": f"{prefix}surveys", "articles": f"{prefix}articles"}
    config = await with_inputs_there(read({"log": f"kafka://{kafka}", "topics": named}))
    assert set(config.topics.in_log) >= {"calls", "tickets", "surveys", "articles"}, "what is named has to be there, and is missed if not"
    assert not {"customers", "finance"} & set(config.topics.in_log)
