"""Forgetting customers: asks all shards, waits until they have done it, then erases what the log itself holds of them.

Shards keep the state, so each of them does its part within its checkpoints (`ForgetRequest` says the steps). Only then may records go:
what had arrived when it was called has been read, and nothing is lost but whose it was.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Mapping, Sequence
from typing import Final, NamedTuple, Protocol

import msgspec

from schemas.contacts import ForgetRequest
from streams.core.naming import Names
from streams.errors import Unreachable
from streams.runtime.transport.log import TopicPartition
from streams.runtime.transport.partitioner import partition_of

STEPS: Final = ("cases", "contacts", "cases", "rest")
LOOK_S: Final = 0.1

_encode = msgspec.json.Encoder().encode


class Person(NamedTuple):
    """A customer, by the id that producers use and by the one that is kept: a pseudonym, or the same."""

    id_: str
    kept_as: str


class Erasable(Protocol):
    """A log, for this. Raises Unreachable, TopicLayoutError."""

    @property
    def partitions(self) -> int:
        """As many as there are shards."""
        ...

    async def ends(self) -> Mapping[TopicPartition, int]:
        """Where each partition that shards read ends now."""
        ...

    async def positions(self) -> Mapping[TopicPartition, int]:
        """Up to where shards have read them, as committed."""
        ...

    async def request(self, values: Sequence[bytes]) -> None:
        """Append to each partition of the contacts."""
        ...

    async def erase(self, names: Names, before: Mapping[TopicPartition, int]) -> Mapping[str, int]:
        """Erase the records that name them: of what shards read those before that place, all dead letters. Returns how many, by topic."""
        ...


async def ask_shards(log: Erasable, people: Sequence[Person], limit_s: float) -> Mapping[TopicPartition, int]:
    """Let all shards forget `people`. Returns up to where they had read when they did: before that nothing is needed any more.

    limit_s  for each step. Raises Unreachable where it passes; called again, it begins anew and does no harm.
    """
    before = await log.ends()
    await _read(log, before, limit_s)
    aliases = [_alias(person.kept_as, log.partitions) for person in people]
    for step in STEPS:
        requests = [ForgetRequest(person.kept_as, alias, step) for person, alias in zip(people, aliases, strict=True)]
        await log.request([_encode(request) for request in requests])
        ends = await log.ends()
        await _read(log, ends, limit_s)
    return ends


def names_of(people: Sequence[Person]) -> Names:
    """What records may call them."""
    return Names({id_ for person in people for id_ in person})


def _alias(id_: str, partitions: int, draw: Callable[[], str] = lambda: secrets.token_hex(8)) -> str:
    """A name by chance that leads back to nobody. It lies where the id does, so that one shard has both."""
    while True:
        alias = f"forgotten-{draw()}"
        if partition_of(alias.encode(), partitions) == partition_of(id_.encode(), partitions):
            return alias


async def _read(log: Erasable, ends: Mapping[TopicPartition, int], limit_s: float) -> None:
    """Returns when all shards have read and written up to there."""
    behind = list(ends)
    try:
        async with asyncio.timeout(limit_s):
            while behind := _behind(ends, await log.positions()):  # noqa: ASYNC110  a log is asked, it tells nobody by itself
                await asyncio.sleep(LOOK_S)
    except TimeoutError:
        shown = ", ".join(f"{topic}-{part}" for topic, part in behind[:3])
        raise Unreachable(
            f"not read within {limit_s:g} s: {shown}{' and others' if len(behind) > 3 else ''}: "
            "start workers on all partitions, or wait until they have caught up, and call again"
        ) from None


def _behind(ends: Mapping[TopicPartition, int], positions: Mapping[TopicPartition, int]) -> list[TopicPartition]:
    return [tp for tp, end in ends.items() if end and positions.get(tp, 0) < end]
