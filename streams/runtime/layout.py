"""Which topics one deskpulse uses, and how they have to be laid out: equal numbers of partitions, and compaction where rows live."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

import msgspec

from schemas.values import DAY_MS, MINUTE_MS
from streams.config import Config
from streams.errors import TopicLayoutError

DEAD_LETTERS = "dead-letters"
SLA_BREACHES = "sla-breaches"

BOARD_LAG_MS: Final = 5 * MINUTE_MS
"""How far a board may fall behind before rows of a checkpoint are gone that it has not read yet."""

# Rows: the last value of a key is all that counts. Small segments and an eager cleaner, or a restore reads every old version: at 5,000
# events/s some gigabytes an hour.
STATE_ROWS: Mapping[str, str] = {
    "cleanup.policy": "compact",
    "segment.bytes": str(64 << 20),
    "segment.ms": "600000",
    "min.cleanable.dirty.ratio": "0.2",
    "min.compaction.lag.ms": "0",  # they are read from the start alone, by who has fenced all others that could write
    "max.compaction.lag.ms": str(DAY_MS),  # what was deleted, or names a customer who was forgotten, is not there for ever
}
PANE_ROWS: Mapping[str, str] = {**STATE_ROWS, "min.compaction.lag.ms": str(BOARD_LAG_MS)}


class Layout(msgspec.Struct, frozen=True):
    """The topics of one application, by their names in the log.

    app      prefix of the internal topics, consumer group, and prefix of the transactional ids
    sources  events, read in; equal numbers of partitions, as many as contacts, state and panes have
    outputs  written for others; any number of partitions
    """

    app: str
    sources: tuple[str, ...]
    outputs: tuple[str, ...] = ()

    @property
    def contacts(self) -> str:
        """What shards tell each other of their customers: written by each of them, read in by that of the customer."""
        return f"{self.app}-contacts"

    @property
    def read(self) -> tuple[str, ...]:
        """All that a shard reads in."""
        return (*self.sources, self.contacts)

    @property
    def state(self) -> str:
        return f"{self.app}-state"

    @property
    def panes(self) -> str:
        return f"{self.app}-panes"

    @property
    def heartbeats(self) -> str:
        return f"{self.app}-heartbeats"

    @property
    def leader(self) -> str:
        """One partition, no records: its owner in the group of the same name is the board that leads. Workers do not need it."""
        return f"{self.app}-leader"

    @property
    def partitioned(self) -> tuple[str, ...]:
        """Topics whose partition p belongs to shard p."""
        return (*self.read, self.state, self.panes)

    @property
    def all(self) -> tuple[str, ...]:
        return (*self.partitioned, self.heartbeats, *self.outputs)

    def transactional_id(self, partition: int) -> str:
        return f"{self.app}-{partition}"


def layout_of(config: Config) -> Layout:
    """The topics that this configuration speaks of."""
    return Layout(app=config.app, sources=tuple(config.topics.in_log.values()), outputs=(DEAD_LETTERS, SLA_BREACHES))


def check_layout(layout: Layout, partitions: Mapping[str, int]) -> int:
    """The number of shards, where `partitions` (topic -> its count) fits `layout`.

    Raises TopicLayoutError: a topic is missing, or those that have to be equal are not.
    """
    missing = [topic for topic in layout.all if not partitions.get(topic)]
    if missing:
        raise TopicLayoutError(f"topics are missing: {', '.join(missing)}: create them with `deskpulse topics create`")
    counts = {topic: partitions[topic] for topic in layout.partitioned}
    if len(set(counts.values())) > 1:
        said = ", ".join(f"{topic} {count}" for topic, count in counts.items())
        raise TopicLayoutError(
            f"topics that are read together differ in their number of partitions: {said}: "
            "`deskpulse topics show` says how to make them equal; a new `app` name then replays them"
        )
    return counts[layout.state]


def shards_of(layout: Layout, count: int, assigned: Iterable[tuple[str, int]]) -> set[int]:
    """The shards of an assignment of (topic, partition): of each all that it reads in, or it is not one that we can work with.

    count  of partitions at the start
    Raises TopicLayoutError.
    """
    found: dict[int, set[str]] = {}
    for topic, partition in assigned:
        found.setdefault(partition, set()).add(topic)
    for partition, topics in found.items():
        if partition >= count or topics != set(layout.read):
            raise TopicLayoutError(
                f"partition {partition} was assigned of {', '.join(sorted(topics))} only, or was added since the start with {count}: "
                "`deskpulse topics show` says how to make the topics equal; a new `app` name then replays them"
            )
    return set(found)
