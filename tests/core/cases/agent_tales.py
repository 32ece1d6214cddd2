"""Short words to tell an agent's day, what the fold makes of it, and what the contract says is true at an instant, read off the events."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from schemas import fields as f
from schemas.events import AgentEvent, AgentHeartbeat, AgentState
from schemas.values import HOUR_MS, SECOND_MS, Cell, EpochMs
from streams.core.cases.agents import AGENTS
from streams.core.cases.fold import Fact, Standing
from streams.core.clocks.policy import Policy
from tests.core.cases import tale
from tests.core.cases.tale import Facts, net

START_MS = tale.START_MS
MINUTE, HOUR = 60, 3_600
POLICY = Policy()
EVERYONE = Cell("", "", "")
BILLING, SUPPORT = Cell("billing", "", ""), Cell("support", "", "")
STATES = {standing: state for state, standing in f.AGENTS.items()}
STAFFED, OCCUPIED = {"available", "busy", "wrap_up"}, {"busy", "wrap_up"}


def ms(at_s: float) -> EpochMs:
    return EpochMs(START_MS + round(at_s * 1000))


def says(at_s: float, state: str, *queues: str, until_s: float | None = None, **more: Any) -> AgentState:
    """`queues`: told only where there are any."""
    until_ms = None if until_s is None else ms(until_s)
    fields = {"id": "", "queues": list(queues) or None, "until": until_ms, **more}
    return AgentState(time=ms(at_s), agent_id="ann", state=state, **fields)  # type: ignore[arg-type]


def beats(*at_s: float) -> list[AgentHeartbeat]:
    return [AgentHeartbeat(id="", time=ms(one_s), agent_id="ann") for one_s in at_s]


def beating(from_s: int, to_s: int, every_s: int = 30) -> list[AgentHeartbeat]:
    return beats(*range(from_s, to_s + 1, every_s))


class Tale(NamedTuple):
    """What is true after a tale."""

    facts: Facts
    standings: tuple[Standing, ...]

    @property
    def shown(self) -> Any:
        """The state in force, and since when."""
        ((state, since_s),) = [(STATES[s], (since_ms - START_MS) / 1000) for s, _, since_ms in self.standings if s in STATES]
        return state, since_s

    @property
    def queues(self) -> list[str]:
        return sorted(cell.queue for standing, cell, _ in self.standings if standing in f.QUEUE_AGENTS.values())

    def turns(self, spell: int, cell: Cell = EVERYONE) -> list[tuple[float, int]]:
        """(when, +1 where such spells begin and -1 where they end)."""
        found = [(at_ms, weight) for (field, at_ms, at, _), weight in self.facts.items() if field == spell and at == cell]
        instants = {at_ms: weight for (field, at_ms, at, _), weight in self.facts.items() if field == spell + 1 and at == cell}
        assert instants == {at_ms: weight * at_ms for at_ms, weight in found}
        return sorted(((at_ms - START_MS) / 1000, weight) for at_ms, weight in found)

    def timed_out(self) -> list[float]:
        return sorted(
            (at_ms - START_MS) / 1000 for (field, at_ms, _, _), n in self.facts.items() if field == f.AGENTS_TIMED_OUT for _ in range(n)
        )


def ordered(events: Iterable[AgentEvent]) -> list[AgentEvent]:
    """With ids, as the shard would step them."""
    numbered = list(events)
    for number, event in enumerate(numbered):
        event.id = event.id or f"e{number:02}"
    # Of heartbeats only the instants are kept: at one instant they come after all that is told, whatever their `seq`.
    return sorted(numbered, key=lambda event: (event.time, type(event) is AgentHeartbeat, event.seq, event.RANK, event.id))


def tell(*told: AgentEvent | Sequence[AgentEvent], now_s: float | None = None) -> Tale:
    """The agent as these events make it at `now_s`, else at the last of them."""
    several = [[one] if isinstance(one, AgentState | AgentHeartbeat) else one for one in told]
    events = ordered(event for some in several for event in some)
    return fold(events, events[-1].time if now_s is None else ms(now_s))


def fold(events: Iterable[AgentEvent], now_ms: int) -> Tale:
    """What is true at `now_ms`."""
    facts: list[Fact] = []
    state = AGENTS.begin(None, ())
    for event in ordered(events):
        AGENTS.step(state, event, POLICY, facts)
    AGENTS.pass_due(state, EpochMs(now_ms), POLICY, facts)
    return Tale(net(facts), AGENTS.standings(state))


# --- read off the events, by the words of the contract alone -----------------------------------------------------------


def shown_at(events: Iterable[AgentEvent], at_ms: int) -> str | None:
    """The state in force at an instant; None before the first event."""
    past = [event for event in events if event.time <= at_ms]
    if not past:
        return None
    heard_ms = max(event.time for event in past)
    heartbeats = [event.time for event in past if isinstance(event, AgentHeartbeat)]
    if at_ms >= heard_ms + (90 * SECOND_MS if heartbeats else 16 * HOUR_MS):
        return "offline"
    return told_at(past, at_ms)


def told_at(events: Iterable[AgentEvent], at_ms: int) -> str:
    """The state that was told last, or what it turned into by itself."""
    states = [event for event in events if isinstance(event, AgentState) and event.time <= at_ms]
    if not states:
        return "offline"
    last = max(states, key=lambda event: (event.time, event.seq, event.id))
    if last.until is None or at_ms < last.until:
        return last.state
    return "available" if last.state == "wrap_up" else "offline"


def queues_at(events: Iterable[AgentEvent], at_ms: int) -> set[str]:
    """Those that were told last."""
    told = [event for event in events if isinstance(event, AgentState) and event.time <= at_ms and event.queues is not None]
    return set(max(told, key=lambda event: (event.time, event.seq, event.id)).queues or ()) if told else set()


def silences(events: Iterable[AgentEvent], now_ms: int) -> list[int]:
    """When a silence made somebody offline who was not: after each sign of life, unless the next comes in time."""
    known = sorted(events, key=lambda event: event.time)
    found = set()
    for event in known:
        heartbeats = any(isinstance(other, AgentHeartbeat) and other.time <= event.time for other in known)
        lapse_ms = event.time + (90 * SECOND_MS if heartbeats else 16 * HOUR_MS)
        next_ms = min((other.time for other in known if other.time > event.time), default=None)
        if (lapse_ms <= now_ms if next_ms is None else lapse_ms < next_ms) and told_at(known, lapse_ms) != "offline":
            found.add(lapse_ms)
    return sorted(found)
