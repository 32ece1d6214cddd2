"""People at work: shifts, breaks, who is free for what. Never gives one person two things to do."""

from __future__ import annotations

import random
from collections import OrderedDict
from collections.abc import Callable

from schemas.values import DAY_MS, HOUR_MS, MINUTE_MS

from .centre import Incident, Team
from .draws import branch
from .local import LocalTime
from .tape import Subject, Tape

_BREAKS = ((0.28, 10, "coffee"), (0.5, 30, "lunch"), (0.75, 10, "coffee"))  # share of the shift, minutes


_BEAT_MS = MINUTE_MS


class Agent(Subject):
    """Someone of a team. `working` is said by who gave the work; between two pieces of work an agent is free, on a break, or gone."""

    __slots__ = ("away_ms", "away_reason", "on_duty", "team", "working")

    def __init__(self, agent_id: str, team: Team) -> None:
        super().__init__("agents", agent_id)
        self.team = team
        self.on_duty = False
        self.working = False
        self.away_ms = 0  # a break that is due, taken when the work at hand is done
        self.away_reason = ""


class Staff:
    """All teams. Who becomes free is offered to `find_work`; whoever it leaves idle waits in `free_for`, longest idle first."""

    def __init__(
        self, teams: tuple[Team, ...], tape: Tape, rng: random.Random, local: LocalTime, find_work: Callable[[Agent], bool]
    ) -> None:
        self._tape = tape
        self._rng = rng
        self._local = local
        self._find_work = find_work
        self._on_last_gone: list[Callable[[str], None]] = []
        self._idle: dict[str, OrderedDict[str, Agent]] = {team.name: OrderedDict() for team in teams}
        self._idle_since: dict[str, int] = {}
        self._idle_order = 0
        self._teams_of: dict[str, list[Team]] = {}
        self._on_duty: dict[str, int] = {}
        self.agents: list[Agent] = []
        for team in teams:
            for skill in team.skills:
                self._teams_of.setdefault(skill, []).append(team)
            for number in range(1, team.size + 1):
                agent = Agent(f"{team.name}-{number:02d}", team)
                self.agents.append(agent)
                self._plan(agent, local.day(tape.now_ms) - 1, branch(rng))

    def when_last_gone(self, do: Callable[[str], None]) -> None:
        """`do(skill)` is called when nobody with that skill is on duty any more."""
        self._on_last_gone.append(do)

    def staffed(self, skill: str) -> bool:
        return self._on_duty.get(skill, 0) > 0

    def free_for(self, skill: str, but: Agent | None = None) -> Agent | None:
        """Who has been idle longest, of those who can do it; not `but`."""
        best: Agent | None = None
        for team in self._teams_of.get(skill, ()):
            for agent in self._idle[team.name].values():
                if agent is not but:
                    if best is None or self._idle_since[agent.id] < self._idle_since[best.id]:
                        best = agent
                    break
        return best

    def begin(self, agent: Agent) -> None:
        """Takes an idle agent away for work. Whoever calls it ends it with `done`."""
        assert agent.on_duty, f"{agent.id} is not on duty"
        assert not agent.working, f"{agent.id} works already"
        agent.working = True
        self._idle[agent.team.name].pop(agent.id, None)

    def done(self, agent: Agent) -> None:
        """The work is over: go home, take the break that is due, or do the next thing."""
        assert agent.working, f"{agent.id} did not work"
        agent.working = False
        self._release(agent)

    def state(self, agent: Agent, state: str, reason: str | None = None) -> None:
        fields: dict[str, object] = {"state": state}
        if reason:
            fields["reason"] = reason
        if state == "available":
            fields["queues"] = list(agent.team.skills)
        self._tape.say(agent, "agent.state", fields)

    def break_off(self, agent: Agent, length_ms: int, reason: str) -> None:
        """A break as soon as the work at hand is done."""
        if not agent.on_duty:
            return
        if length_ms > agent.away_ms:
            agent.away_ms, agent.away_reason = length_ms, reason
        if agent.id in self._idle[agent.team.name]:
            self._release(agent)

    def leave_in(self, incident: Incident) -> None:
        """The incident begins: a share of those on duty goes, until it is over."""
        there = [agent for agent in self.agents if agent.on_duty]
        for agent in self._rng.sample(there, round(len(there) * incident.agents_away)):
            self.break_off(agent, incident.length_ms, "alarm")

    def _release(self, agent: Agent) -> None:
        idle = self._idle[agent.team.name]
        idle.pop(agent.id, None)
        if not agent.on_duty:
            agent.away_ms = 0
            self.state(agent, "offline")
        elif agent.away_ms:
            length_ms, agent.away_ms = agent.away_ms, 0
            agent.working = True  # on the break: nobody may give work
            self.state(agent, "break", agent.away_reason)
            self._tape.after(length_ms, self.done, agent)
        else:
            self.state(agent, "available")
            if not self._find_work(agent):
                self._idle_order += 1
                self._idle_since[agent.id] = self._idle_order
                idle[agent.id] = agent

    # Shifts are planned a day at a time, from the day before the start on, so that a night shift is already there.
    def _plan(self, agent: Agent, day: int, rng: random.Random) -> None:
        team = agent.team
        begin = self._local.instant(day, team.begins) + rng.randrange(-3 * MINUTE_MS, 2 * MINUTE_MS)
        end = begin + round(team.hours * HOUR_MS) + rng.randrange(0, 10 * MINUTE_MS)
        if (day + 3) % 7 in team.days and end > self._tape.now_ms:
            self._tape.at(begin, self._arrive, agent)
            self._tape.at(end, self._go, agent)
            for share, minutes, reason in _BREAKS:
                at = begin + round((end - begin) * (share + rng.uniform(-0.1, 0.1)))
                if at >= self._tape.now_ms:
                    self._tape.at(at, self.break_off, agent, minutes * MINUTE_MS, reason)
        self._tape.at(max(begin, self._local.instant(day, 0)) + DAY_MS // 2, self._plan, agent, day + 1, rng)

    def _arrive(self, agent: Agent) -> None:
        for skill in agent.team.skills:
            self._on_duty[skill] = self._on_duty.get(skill, 0) + 1
        agent.on_duty = True
        if not agent.working:
            self._release(agent)
        if agent.team.beats:
            self._beat(agent)

    def _beat(self, agent: Agent) -> None:
        if agent.on_duty:
            self._tape.say(agent, "agent.heartbeat", {})
            self._tape.after(_BEAT_MS, self._beat, agent)

    def _go(self, agent: Agent) -> None:
        agent.on_duty = False
        for skill in agent.team.skills:
            self._on_duty[skill] -= 1
        if not agent.working:
            self._release(agent)
        for skill in agent.team.skills:
            if not self.staffed(skill):
                for do in self._on_last_gone:
                    do(skill)
