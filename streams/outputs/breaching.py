"""`/api/v1/cases/breaching`: the cases whose promises are at risk or breached, by id, what was due first coming first."""

from __future__ import annotations

from heapq import nsmallest
from typing import Any, Final

from multidict import MultiMapping

from schemas.instants import rfc3339
from schemas.values import EpochMs
from streams.core.clocks.sla import CLOCKS
from streams.core.snapshot import Snapshot
from streams.outputs.asking import known_parameters, queues_of, words
from streams.outputs.courtesy import courteous
from streams.outputs.rows import envelope
from streams.outputs.serving import Refusal, quoted

PARAMETERS: Final = ("limit", "queue", "clock", "state")
STATES: Final = ("at_risk", "breached")
LIMIT: Final = 100
LIMIT_MAX: Final = 1_000


def breaching(query: MultiMapping[str], snapshot: Snapshot) -> dict[str, Any]:
    """What it answers. Meant for a thread: a bad day has tens of thousands of them. Raises Refusal 400."""
    known_parameters(query, PARAMETERS)
    queues = words(query, "queue", queues_of(snapshot))
    clocks = words(query, "clock", CLOCKS)
    states = words(query, "state", STATES)
    limit = _limit(query)
    found = [
        (due_ms, case.topic, case.case_id, CLOCKS[clock], STATES[breached], queue, channel, priority)
        for case in courteous(snapshot.pressing, every=1_000)
        for clock, queue, channel, priority, due_ms, breached in case.clocks
        if (queues is None or queue in queues)
        and (clocks is None or CLOCKS[clock] in clocks)
        and (states is None or STATES[breached] in states)
    ]
    cases = [
        {
            "case_id": case_id,
            "topic": topic,
            "clock": clock,
            "state": state,
            "due": rfc3339(EpochMs(due_ms)),
            "queue": queue or None,
            "channel": channel,
            "priority": priority,
        }
        for due_ms, topic, case_id, clock, state, queue, channel, priority in nsmallest(limit, found)
    ]
    return {**envelope(snapshot), "total": len(found), "cases": cases}


def _limit(query: MultiMapping[str]) -> int:
    text = query.get("limit", str(LIMIT))
    limit = int(text) if text.isdecimal() and text.isascii() else 0
    if not 1 <= limit <= LIMIT_MAX:
        raise Refusal(400, "bad_limit", f"limit is {quoted(text)}: a number from 1 to {LIMIT_MAX}")
    return limit
