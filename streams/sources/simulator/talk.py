"""Conversations: talk, hold, transfer, the end, wrap-up; and the calls that agents make themselves."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Protocol

from schemas.values import MINUTE_MS

from .calls import Call, Trunk
from .centre import Centre, Queue
from .draws import length_ms
from .floor import Callback
from .staff import Agent, Staff
from .surveys import Surveys
from .tape import Tape

_PATIENT_MS = 15 * MINUTE_MS  # who waited so long is half as content
_HOLD_MS = (8_000, 90_000)
_OUT_ANSWERED = 0.65
_ELSEWHERE = ("supplier", "technician", "head-office")


class Queues(Protocol):
    """What a conversation needs of the queues, see floor.py."""

    def enqueue(self, call: Call, queue: Queue) -> None: ...

    def owe(self, callback: Callback) -> None: ...


class Logbook(Protocol):
    """Where tickets are made for calls, see desks.py."""

    def log(self, call: Call, agent: Agent) -> None: ...

    def message(self, call: Call) -> None: ...


class Talk:
    """Fulfils floor.Conversations. `floor` is set once, by who builds both."""

    floor: Queues

    def __init__(
        self, centre: Centre, tape: Tape, rng: random.Random, staff: Staff, trunk: Trunk, logbook: Logbook, surveys: Surveys
    ) -> None:
        self._centre = centre
        self._habits = centre.habits
        self._tape = tape
        self._rng = rng
        self._staff = staff
        self._trunk = trunk
        self._logbook = logbook
        self._surveys = surveys

    def answer(self, call: Call, agent: Agent) -> None:
        """Agent and customer are connected; a direct call names the queue, as it was in none."""
        fields: dict[str, object] = {"agent_id": agent.id}
        assert call.queue
        if not call.visit and not call.outbound:
            fields["queue"] = call.queue.name
        self._tape.say(call, "call.answered", fields)
        self._connected(call, agent)

    def over(self, call: Call, by: str) -> None:
        """The call ends without, or after, a conversation; the line is free again."""
        self._trunk.free(call)
        self._tape.say(call, "call.ended", {"by": by}, lost=self._lost())

    def leave_message(self, call: Call) -> None:
        self._tape.after(2_000, self._logbook.message, call)

    def ring_back(self, callback: Callback, agent: Agent) -> None:
        """The agent, at work on this already, rings a customer who asked for it. Nobody there: once more in 20 minutes."""

        def again() -> None:
            if callback.tries < 2:
                self._tape.after(20 * MINUTE_MS, self.floor.owe, Callback(callback.queue, callback.customer, callback.tries + 1))

        self.dial_out(callback.queue, callback.customer, agent, again)

    def dial_out(self, queue: Queue, customer: str, agent: Agent, in_vain: Callable[[], None] | None = None) -> None:
        """An outbound call by an agent who has begun with it; `in_vain` is called if nobody answers or no line is free."""
        call = Call(self._tape.new_id("calls"), "phone", customer, outbound=True)
        call.queue = queue
        ring_ms = round(self._rng.uniform(5_000, 25_000))
        answered = self._rng.random() < _OUT_ANSWERED
        if not self._trunk.take(call):
            answered = False
            self._tape.after(2_000, self._staff.done, agent)
        else:
            self._tape.say(call, "call.started", {"channel": "phone", "direction": "outbound", "customer_id": customer})
            self._tape.after(ring_ms, self.answer if answered else self._no_answer, call, agent)
        if in_vain and not answered:
            in_vain()

    def _no_answer(self, call: Call, agent: Agent) -> None:
        self.over(call, "agent")
        self._staff.done(agent)

    # --- the conversation -----------------------------------------------------------------------------------------------

    def _connected(self, call: Call, agent: Agent) -> None:
        assert call.queue
        self._staff.state(agent, "busy")
        talk_ms = length_ms(self._rng, call.queue.talk, 5_000)
        if self._rng.random() < call.queue.hold:
            first_ms = round(talk_ms * self._rng.uniform(0.2, 0.8))
            self._tape.after(first_ms, self._hold, call, agent, talk_ms - first_ms)
        else:
            self._tape.after(talk_ms, self._finish, call, agent)

    def _hold(self, call: Call, agent: Agent, rest_ms: int) -> None:
        self._tape.say(call, "call.held", {"agent_id": agent.id})
        self._tape.after(round(self._rng.uniform(*_HOLD_MS)), self._resume, call, agent, rest_ms)

    def _resume(self, call: Call, agent: Agent, rest_ms: int) -> None:
        self._tape.say(call, "call.resumed", {"agent_id": agent.id}, lost=self._lost())
        self._tape.after(rest_ms, self._finish, call, agent)

    def _finish(self, call: Call, agent: Agent) -> None:
        assert call.queue
        if (
            not call.outbound
            and call.transfers < 2
            and self._rng.random() < call.queue.transfer
            and self._transfer(call, agent, call.queue)
        ):
            call.transfers += 1
            self._staff.done(agent)
            return
        self.over(call, "customer" if self._rng.random() < 0.6 else "agent")
        self._ask(call)
        if call.queue.wrap is None:
            self._wrapped(call, agent, told=False)
        else:
            self._staff.state(agent, "wrap_up")
            self._tape.after(length_ms(self._rng, call.queue.wrap), self._wrapped, call, agent, True)

    def _ask(self, call: Call) -> None:
        assert call.queue
        labels: dict[str, object] = {"queue": call.queue.name, "channel": call.channel, "customer_id": call.customer}
        self._surveys.ask("csat", call.id, labels, _PATIENT_MS / (_PATIENT_MS + call.waited_ms))

    def _wrapped(self, call: Call, agent: Agent, told: bool) -> None:
        if told:
            self._tape.say(call, "call.wrapped", {"agent_id": agent.id}, lost=self._lost())
        assert call.queue
        if call.queue.logs_to and not call.outbound and self._rng.random() < call.queue.logged:
            self._logbook.log(call, agent)
        self._staff.done(agent)

    def _transfer(self, call: Call, agent: Agent, queue: Queue) -> bool:
        """To another queue, to a colleague, out of the house. False: nobody is there to take it."""
        draw = self._rng.random()
        if draw < 0.6:
            there = [
                other
                for other in self._centre.queues
                if other.channel == call.channel and other is not queue and self._staff.staffed(other.name)
            ]
            if not there:
                return False
            other = there[self._rng.randrange(len(there))]
            self._tell_transfer(call, "queue", other.name, "blind")
            call.priority = "high"
            self._tape.after(round(self._rng.uniform(200, 1_500)), self.floor.enqueue, call, other)
        elif draw < 0.9:
            colleague = self._staff.free_for(queue.name, but=agent)
            if colleague is None:
                return False
            self._tell_transfer(call, "agent", colleague.id, "consult")
            self._staff.begin(colleague)
            self._tape.after(round(self._rng.uniform(300, 2_000)), self._taken_over, call, colleague)
        else:
            self._tell_transfer(call, "external", _ELSEWHERE[self._rng.randrange(len(_ELSEWHERE))], "blind")
            self._tape.after(length_ms(self._rng, queue.talk), self.over, call, "customer")
        return True

    def _tell_transfer(self, call: Call, to: str, target: str, kind: str) -> None:
        self._tape.say(call, "call.transferred", {"to": to, "target": target, "kind": kind})

    def _taken_over(self, call: Call, agent: Agent) -> None:
        self._tape.say(call, "call.answered", {"agent_id": agent.id})
        self._connected(call, agent)

    def _lost(self) -> bool:
        return self._rng.random() < self._habits.lost
