"""People at work, told to a shard whose board is looked at."""

from __future__ import annotations

from typing import Any

from streams.core.snapshot import Snapshot
from tests.core.cases.agent_tales import ms
from tests.core.driving import KeptShard, settings, told

INPUTS = {"agents": "agents", "calls": "calls", "tickets": "tickets"}


def desk(**changes: Any) -> KeptShard:
    return KeptShard(settings(topics=INPUTS, **changes))


def tell(shard: KeptShard, agent_id: str, *events: Any, now_s: float | None = None) -> None:
    each = [some if isinstance(some, list) else [some] for some in events]
    for number, event in enumerate(event for some in each for event in some):
        shard.says("agents", told(event, event.id or str(number), agent_id=agent_id))
    if now_s is not None:
        shard.at(ms(now_s))


def people(snapshot: Snapshot, **labels: str) -> dict[str, int]:
    """By state, those at 0 left out."""
    rows = snapshot.rows(kpis=["agents"], cuts=[tuple(labels)])
    found = {row.labels["state"]: row.value for row in rows if labels.items() <= row.labels.items()}
    assert set(found) == {"available", "busy", "wrap_up", "break", "training", "offline"}
    return {state: int(count or 0) for state, count in found.items() if count}
