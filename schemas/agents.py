"""Events of the topic `agents`: what each person who works is doing. Key: `agent_id`.

RANK orders events of one agent that share `time` and `seq`. Optional fields are None when absent.
"""

from __future__ import annotations

from typing import ClassVar

from msgspec import Struct

from schemas.words import AgentStateWord, Id, Instant, Label, Labels, Seq


class AgentBase(Struct, tag_field="type", gc=False, omit_defaults=True):
    """What every event of an agent says."""

    id: Id
    time: Instant
    agent_id: Id


class AgentState(AgentBase, tag="agent.state"):
    """The agent is in this state from now on. `queues`: those that the agent serves, absent where unchanged. `until`: the state ends then
    by itself, if nothing is said before: wrap-up turns into available, every other state into offline."""

    RANK: ClassVar[int] = 1
    state: AgentStateWord
    seq: Seq = 0
    source: str | None = None
    reason: Label | None = None
    queues: Labels | None = None
    until: Instant | None = None


class AgentHeartbeat(AgentBase, tag="agent.heartbeat"):
    """The agent's desk is alive. Who once sent one and falls silent is offline."""

    RANK: ClassVar[int] = 2
    seq: Seq = 0
    source: str | None = None


AgentEvent = AgentState | AgentHeartbeat
