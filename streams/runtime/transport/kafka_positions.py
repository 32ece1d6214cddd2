"""Where a shard goes on in its topics: as the group of the workers says, or where that has forgotten, as the last checkpoint says itself.

A broker forgets the positions of a group that had no members for `offsets.retention.minutes`. Whoever began anew then would count cases
once more that are so long ago that nobody knows their ids. So each checkpoint holds its positions twice: as offsets of the group, which
tools for Kafka know, and as a row.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec
from aiokafka import TopicPartition as AiokafkaTopicPartition
from aiokafka.errors import GroupLoadInProgressError, for_code
from aiokafka.protocol.commit import OffsetFetchRequest

OFFSETS_RETRY_S: Final = 0.1

encode_positions = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(dict[str, int]).decode


def remembered(committed: Mapping[Any, int], row: bytes | None, tps: Sequence[Any]) -> Mapping[Any, int]:
    """The next offset wanted of each of `tps`, which are all of one shard; one that nothing is known of is not in it.

    committed  by the group. It forgets all of a shard at once, so what it lacks beside others is of a topic that is new, or was made anew
    row        by the last checkpoint, encoded; None: there is none
    """
    if committed or row is None:
        return committed
    own = _decode(row)
    return {tp: own[tp.topic] for tp in tps if tp.topic in own}


async def committed_positions(consumer: Any, tps: Sequence[Any]) -> dict[Any, int]:
    """What the group of `consumer` has committed; a partition without a commit is not in it. Raises KafkaError.

    Asks by itself: the client does not look at the error of the answer as a whole, so that while a broker loads its offsets after a
    restart it says that nothing was ever committed, and everything would be read once more from the beginning.
    """
    coordinator = consumer._coordinator
    by_topic: dict[str, list[int]] = {}
    for tp in tps:
        by_topic.setdefault(tp.topic, []).append(tp.partition)
    while True:
        await coordinator.ensure_coordinator_known()
        response = await coordinator._send_req(OffsetFetchRequest(coordinator.group_id, list(by_topic.items())))
        found = [(AiokafkaTopicPartition(topic, part), offset, code) for topic, parts in response.topics for part, offset, _, code in parts]
        error = next((for_code(code) for code in (response.error_code, *(code for _, _, code in found)) if code), None)
        if error is None:
            assert {tp for tp, _, _ in found} == set(tps), f"asked for {tps}, got {found}"
            return {tp: offset for tp, offset, _ in found if offset >= 0}
        if not error.retriable:
            raise error()
        if error is not GroupLoadInProgressError:
            coordinator.coordinator_dead()
        await asyncio.sleep(OFFSETS_RETRY_S)
