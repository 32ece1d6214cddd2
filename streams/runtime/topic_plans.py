"""How the topics of one deskpulse should be on a Kafka, and what is wrong with those that are there. Pure."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from schemas.values import DAY_MS, HOUR_MS
from streams.runtime.layout import DEAD_LETTERS, PANE_ROWS, STATE_ROWS, Layout

SHORT_LIVED = {"cleanup.policy": "delete", "retention.ms": str(HOUR_MS), "segment.ms": "600000"}
SIX_WEEKS = {"cleanup.policy": "delete", "retention.ms": str(42 * DAY_MS)}
"""Of contacts: longer than a shard keeps one, so that where positions are lost all that counts can be read once more."""
WEEK = {"cleanup.policy": "delete", "retention.ms": str(7 * DAY_MS)}
LETTERS = WEEK | {"segment.ms": str(DAY_MS)}
"""Of dead letters, which hold what people wrote: a segment goes as a whole, so that with longer ones they could stay for twice as long."""


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """How one topic should be.

    partitions  None: as many as there are, or as the sources have where it is created
    configs     what it is created with
    ours        nobody else writes configs of it: where they differ from `configs`, `create` sets them again
    """

    name: str
    what: str
    partitions: int | None
    configs: Mapping[str, str]
    ours: bool


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """How one topic is; partitions 0: it is not there. `wrong`: complaints, each with its way out."""

    name: str
    what: str
    partitions: int
    replication: int
    configs: dict[str, str]
    wrong: tuple[str, ...]


def plans(layout: Layout, partitions: int) -> tuple[Plan, ...]:
    """How the topics of `layout` should be, with `partitions` for each that a shard reads or writes."""
    return (
        *(Plan(name=name, what="events", partitions=partitions, configs={}, ours=False) for name in layout.sources),
        Plan(name=layout.contacts, what="contacts", partitions=partitions, configs=SIX_WEEKS, ours=True),
        Plan(name=layout.state, what="state", partitions=partitions, configs=STATE_ROWS, ours=True),
        Plan(name=layout.panes, what="panes", partitions=partitions, configs=PANE_ROWS, ours=True),
        Plan(name=layout.heartbeats, what="heartbeats", partitions=1, configs=SHORT_LIVED, ours=True),
        Plan(name=layout.leader, what="which board leads", partitions=1, configs=SHORT_LIVED, ours=True),
        *(
            Plan(name=name, what="output", partitions=None, configs=LETTERS, ours=True)
            if name == DEAD_LETTERS
            else Plan(name=name, what="output", partitions=None, configs=WEEK, ours=False)
            for name in layout.outputs
        ),
    )


def partitions_to_make(layout: Layout, counts: Mapping[str, int], wanted: int) -> int:
    """As many as the topics have that are there already, if they agree; else `wanted`. `counts`: topic -> partitions, 0 = not there."""
    there = {counts[name] for name in layout.partitioned if counts.get(name)}
    return there.pop() if len(there) == 1 else wanted


def judge(plan: Plan, partitions: int, configs: Mapping[str, str], layout: Layout) -> tuple[str, ...]:
    """What is wrong with a topic as it is, and what to do; empty where it is right."""
    if not partitions:
        return ("not there: `deskpulse topics create` makes it",)
    wrong = []
    if plan.partitions is not None and partitions != plan.partitions:
        if plan.name in layout.sources:
            way_out = "empty, delete it: `deskpulse topics create` makes it anew; with events, `deskpulse topics grow` says the way"
        elif plan.name in (layout.contacts, layout.state, layout.panes):
            way_out = f'choose a new `app` name, such as "{layout.app}-2", and create its topics: it replays the events'
        else:
            way_out = "stop every deskpulse, delete it, and create it again: it holds nothing that lasts"
        wrong.append(f"{partitions} partitions, expected {plan.partitions}: {way_out}")
    if plan.ours:
        wrong += [
            f"{key} is {configs.get(key)}, expected {value}: `deskpulse topics create` sets it"
            for key, value in plan.configs.items()
            if configs.get(key) != value
        ]
    elif "compact" in configs.get("cleanup.policy", ""):
        wrong.append("compacted, so all but the last event of a case will vanish: set its cleanup.policy to delete")
    return tuple(wrong)
