"""Which inputs are read where the Kafka holds only some of the topics."""

from __future__ import annotations

import pytest

from streams.config import read
from streams.runtime.inputs import with_inputs_there
from tests.kafka.server import create_topic


async def test_on_an_embedded_log_all_of_them_are_read():
    config = read({})
    assert await with_inputs_there(config) is config


@pytest.mark.kafka
async def test_an_input_that_nobody_named_and_that_is_not_there_is_not_read(kafka, prefix):
    create_topic(kafka, f"{prefix}surveys", 2)
    named = {"calls": f"{prefix}calls", "tickets": f"{prefix}tickets", "surveys": f"{prefix}surveys", "articles": f"{prefix}articles"}
    config = await with_inputs_there(read({"log": f"kafka://{kafka}", "topics": named}))
    assert set(config.topics.in_log) >= {"calls", "tickets", "surveys", "articles"}, "what is named has to be there, and is missed if not"
    assert not {"customers", "finance"} & set(config.topics.in_log)
