"""Puts the invented centre together and lets it run."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

from schemas.values import DAY_MS, EpochMs

from .calls import Trunk
from .centre import Centre, Desk, Incident, Queue
from .desks import Desks
from .draws import branch, next_arrival_ms
from .entrance import Entrance
from .floor import Floor
from .local import LocalTime
from .shop import Shop
from .staff import Agent, Staff
from .surveys import Surveys
from .talk import Talk
from .tape import Made, Tape, base36

_LOOK_AHEAD_MS = DAY_MS  # an arrival is looked for so far ahead at once
_RUNS = 36**5


def simulate(centre: Centre, rng: random.Random, start_ms: EpochMs, end_ms: EpochMs | None = None) -> Iterator[Made]:
    """The events of the centre from `start_ms` until before `end_ms` (None: for ever), in time order.

    The same centre, generator state and start give the same events. What is under way at the end stays as it is: open.
    Ids are unique over topics, seeds and starts, so that several runs may go into one log.
    """
    world = World(centre, rng, int(start_ms))
    tape = world.tape
    while (at_ms := tape.next_ms()) is not None and (end_ms is None or at_ms < end_ms):
        tape.step()
        if tape.made:
            made, tape.made = tape.made, []
            yield from made


class World:
    """All parts of one centre, wired, with everything that comes from outside already on its way."""

    def __init__(self, centre: Centre, rng: random.Random, start_ms: int) -> None:
        run = (rng.getrandbits(25) + start_ms // 1000 * 1_048_573) % _RUNS
        self.centre = centre
        self.tape = Tape(start_ms, base36(run).rjust(5, "0"))
        self.local = LocalTime(centre.zone)
        # One stream of random numbers each: what one part draws does not move the others.
        streams = {
            name: branch(rng)
            for name in ("staff", "floor", "talk", "desks", "surveys", "entrance", "customers", "arrivals", "incident", "shop", "questions")
        }
        self._customers = streams["customers"]
        self._arrivals = streams["arrivals"]
        self.staff = Staff(centre.teams, self.tape, streams["staff"], self.local, self._find_work)
        self.trunk = Trunk(centre.lines)
        surveys = Surveys(centre.habits, self.tape, streams["surveys"], streams["questions"])
        self.desks = Desks(centre, self.tape, streams["desks"], self.staff, surveys)
        self.talk = Talk(centre, self.tape, streams["talk"], self.staff, self.trunk, self.desks, surveys)
        self.floor = Floor(centre, self.tape, streams["floor"], self.staff, self.talk, self._redial)
        self.talk.floor = self.floor
        self.entrance = Entrance(
            centre, self.tape, streams["entrance"], self.local, self.staff, self.trunk, self.floor, self.talk, self.desks
        )
        self._open_doors(streams["incident"])
        shop_arrivals = branch(streams["shop"])
        Shop(centre, self.tape, streams["shop"], self.local, lambda rate, do: self._stream(rate, do, self.share, branch(shop_arrivals)))
        per_hour = len(self.staff.agents) * centre.habits.agents_asked_per_hour
        self._stream(per_hour, surveys.ask_agent, self.share, branch(streams["questions"]))

    def share(self, at_ms: int) -> float:
        """Of the busiest hour's arrivals, 0..1."""
        return self.centre.day[self.local.hour(at_ms)] * self.centre.week[self.local.weekday(at_ms)]

    def _open_doors(self, incident_rng: random.Random) -> None:
        centre, start_ms = self.centre, self.tape.now_ms
        for queue in centre.queues:
            self._stream(queue.per_hour, self._dial(queue), self.share)
        for desk in centre.desks:
            self._stream(desk.per_hour, self._write(desk), self._always if desk.by_system == 1 else self.share)
        phone_agents = sum(agent.team.skills[0] in self.floor.lines for agent in self.staff.agents)
        if any(queue.channel == "phone" for queue in centre.queues):
            self._stream(centre.habits.outbound_per_agent_hour * phone_agents, self._call_out, self.share)
        for incident in centre.incidents:
            begin, end = start_ms + incident.after_ms, start_ms + incident.after_ms + incident.length_ms
            self.tape.at(begin, self._incident, incident)
            self.tape.at(end, self._incident_over)
            for queue in centre.queues:
                self._stream(queue.per_hour * (incident.arrivals - 1), self._dial(queue), self.share, branch(incident_rng), begin, end)
        for number in range(centre.carried_in if centre.desks else 0):
            self.tape.at(start_ms + number, self._carry_in, centre.desks[number % len(centre.desks)])

    def _stream(
        self,
        per_hour: float,
        arrive: Callable[[], None],
        share: Callable[[int], float],
        rng: random.Random | None = None,
        begin_ms: int | None = None,
        end_ms: int | None = None,
    ) -> None:
        """Poisson arrivals, one planned at a time, from `begin_ms` (now) until before `end_ms` (for ever)."""
        if per_hour <= 0:
            return
        own = rng or branch(self._arrivals)

        def plan(from_ms: int) -> None:
            give_up = from_ms + _LOOK_AHEAD_MS if end_ms is None else min(from_ms + _LOOK_AHEAD_MS, end_ms)
            at_ms = next_arrival_ms(own, from_ms, per_hour, share, give_up)
            if at_ms < give_up:
                self.tape.at(at_ms, happen)
            elif end_ms is None or at_ms < end_ms:
                self.tape.at(at_ms, plan, at_ms)

        def happen() -> None:
            plan(self.tape.now_ms)
            arrive()

        plan(self.tape.now_ms if begin_ms is None else begin_ms)

    def _find_work(self, agent: Agent) -> bool:
        return self.floor.find_work(agent) or self.desks.find_work(agent)

    def _customer(self) -> str:
        return f"cust-{self._customers.randrange(self.centre.customers):05d}"

    def _dial(self, queue: Queue) -> Callable[[], None]:
        return lambda: self.entrance.dial(queue, self._customer())

    def _write(self, desk: Desk) -> Callable[[], None]:
        return lambda: self.desks.arrive(desk, self._customer())

    def _redial(self, queue: Queue, customer: str, tries: int) -> None:
        self.entrance.dial(queue, customer, tries)

    def _call_out(self) -> None:
        self.entrance.call_out(self._customer())

    def _carry_in(self, desk: Desk) -> None:
        self.desks.carry_in(desk, self._customer())

    def _incident(self, incident: Incident) -> None:
        self.trunk.working = incident.lines
        self.staff.leave_in(incident)

    def _incident_over(self) -> None:
        self.trunk.working = 1.0

    @staticmethod
    def _always(_at_ms: int) -> float:
        return 1.0
