"""The shards are asked step by step, each when all have done the former; who does not hear is named."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
import pytest

from schemas.contacts import ForgetRequest
from streams.core.naming import Names
from streams.errors import Unreachable
from streams.runtime.forgetting import Person, ask_shards, names_of
from streams.runtime.transport.log import TopicPartition
from streams.runtime.transport.partitioner import partition_of

PEOPLE = [Person("u1", "u1"), Person("u2", "pseudonym-of-2")]
CALLS, CONTACTS = "calls", "app-contacts"


class SlowLog:
    """`Erasable` whose shards read one record of each partition between two looks; those of `deaf` read nothing."""

    def __init__(self, partitions: int, deaf: Sequence[TopicPartition] = ()) -> None:
        self.partitions = partitions
        self.records: dict[TopicPartition, list[bytes]] = {
            TopicPartition(topic, part): [] for topic in (CALLS, CONTACTS) for part in range(partitions)
        }
        self.read = dict.fromkeys(self.records, 0)
        self.unread_at_request: list[int] = []
        self._deaf = deaf

    async def ends(self) -> Mapping[TopicPartition, int]:
        return {tp: len(records) for tp, records in self.records.items()}

    async def positions(self) -> Mapping[TopicPartition, int]:
        for tp, records in self.records.items():
            if tp not in self._deaf:
                self.read[tp] = min(self.read[tp] + 1, len(records))
        return dict(self.read)

    async def request(self, values: Sequence[bytes]) -> None:
        self.unread_at_request.append(sum(len(records) - self.read[tp] for tp, records in self.records.items()))
        for part in range(self.partitions):
            self.records[TopicPartition(CONTACTS, part)] += values

    async def erase(self, names: Names, before: Mapping[TopicPartition, int]) -> Mapping[str, int]:
        raise AssertionError("not here")


async def test_all_shards_hear_of_each_step_after_the_one_before_was_done():
    log = SlowLog(3)
    log.records[TopicPartition(CALLS, 1)] += [b"{}", b"{}", b"{}"]
    before = await ask_shards(log, PEOPLE, limit_s=10)
    assert log.unread_at_request == [0, 0, 0, 0], "also what had arrived before"
    assert before == {tp: len(records) for tp, records in log.records.items()}
    for part in range(3):
        asked = [msgspec.json.decode(value, type=ForgetRequest) for value in log.records[TopicPartition(CONTACTS, part)]]
        assert [request.step for request in asked[::2]] == ["cases", "contacts", "cases", "rest"]
        assert [request.customer_id for request in asked[:2]] == ["u1", "pseudonym-of-2"]
        for person, alias in {(request.customer_id, request.alias) for request in asked}:
            assert partition_of(person.encode(), 3) == partition_of(alias.encode(), 3)
            assert person not in alias


async def test_each_call_draws_another_name():
    log = SlowLog(1)
    await ask_shards(log, PEOPLE[:1], limit_s=10)
    await ask_shards(log, PEOPLE[:1], limit_s=10)
    requests = [msgspec.json.decode(value, type=ForgetRequest) for value in log.records[TopicPartition(CONTACTS, 0)]]
    assert len({request.alias for request in requests}) == 2


async def test_a_partition_that_nobody_reads_is_named_and_nothing_is_asked():
    log = SlowLog(2, deaf=[TopicPartition(CALLS, 1)])
    log.records[TopicPartition(CALLS, 1)].append(b"{}")
    with pytest.raises(Unreachable, match=r"not read within 0.3 s: calls-1: start workers on all partitions"):
        await ask_shards(log, PEOPLE, limit_s=0.3)
    assert log.unread_at_request == []


def test_records_may_name_a_person_by_the_id_or_by_the_pseudonym():
    names = names_of(PEOPLE)
    assert all(names.stand_in(key, b"{}", ()) for key in (b"u1", b"u2", b"pseudonym-of-2"))
    assert not names.stand_in(b"u3", b"{}", ())
