"""The live queues: who waits, who is offered to whom, and the ways in which waiting ends without an answer."""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Callable
from typing import Protocol

import msgspec

from schemas.values import MINUTE_MS

from .calls import Call, WaitingLine
from .centre import Centre, Queue
from .draws import one_of, patience_ms
from .staff import Agent, Staff
from .tape import Tape

_RING_MS = {"phone": (2_000, 9_000), "video": (2_000, 9_000)}  # from offered to answered; other channels take a little longer
_RING_OTHER_MS = (3_000, 15_000)
_LEAVES_BY = {"phone": (("callback", 0.6), ("voicemail", 0.25), ("key", 0.1), ("withdrawn", 0.05))}
_LEAVES_OTHER = (("voicemail", 0.9), ("withdrawn", 0.1))


class Callback(msgspec.Struct):
    """A promise to ring a customer."""

    queue: Queue
    customer: str
    tries: int = 0


class Conversations(Protocol):
    """What happens once agent and customer are connected, see talk.py. The agent has begun work already."""

    def answer(self, call: Call, agent: Agent) -> None: ...

    def ring_back(self, callback: Callback, agent: Agent) -> None: ...

    def leave_message(self, call: Call) -> None: ...

    def over(self, call: Call, by: str) -> None: ...


class Floor:
    """`redial(queue, customer, tries)` is what a customer does later who got nowhere."""

    def __init__(
        self, centre: Centre, tape: Tape, rng: random.Random, staff: Staff, talk: Conversations, redial: Callable[[Queue, str, int], None]
    ) -> None:
        self._habits = centre.habits
        self._tape = tape
        self._rng = rng
        self._staff = staff
        self._talk = talk
        self._redial = redial
        self._order = 0
        self._callbacks: dict[str, deque[Callback]] = {queue.name: deque() for queue in centre.queues}
        self.lines = {queue.name: WaitingLine(queue) for queue in centre.queues}
        staff.when_last_gone(self._nobody_left)

    # --- into the queue, and out of it by an agent -------------------------------------------------------------------

    def enqueue(self, call: Call, queue: Queue) -> None:
        """Opens a visit, or blocks the call if nobody works there or too many wait already."""
        call.queue = queue
        line = self.lines[queue.name]
        if not self._staff.staffed(queue.name):
            self.turn_away(call, "no_agents")
        elif line.count >= queue.waiting_max:
            self.turn_away(call, "queue_full")
        else:
            self._order += 1
            call.order = self._order
            call.queued_ms = self._tape.now_ms
            fields: dict[str, object] = {"queue": queue.name, "channel": call.channel}
            if call.priority != "normal":
                fields["priority"] = call.priority
            self._tape.say(call, "call.queued", {**fields, "customer_id": call.customer})
            self._wait(call, line)

    def find_work(self, agent: Agent) -> bool:
        """Gives a free agent the call that is next in the queues of their skills, else a callback that is owed."""
        best: tuple[tuple[int, int], WaitingLine] | None = None
        for skill in agent.team.skills:
            line = self.lines.get(skill)
            first = line.first() if line else None
            if line and first and (best is None or first < best[0]):
                best = first, line
        if best:
            self._offer(best[1].take(), agent)
            return True
        for skill in agent.team.skills:
            if self._callbacks.get(skill):
                self._staff.begin(agent)
                self._talk.ring_back(self._callbacks[skill].popleft(), agent)
                return True
        return False

    def owe(self, callback: Callback) -> None:
        """Somebody will ring this customer: now, if there is anybody idle."""
        agent = self._staff.free_for(callback.queue.name)
        if agent:
            self._staff.begin(agent)
            self._talk.ring_back(callback, agent)
        else:
            self._callbacks[callback.queue.name].append(callback)

    def turn_away(self, call: Call, reason: str) -> None:
        """Blocked, in the queue or in front of it; after an announcement the call ends. Some try again later."""
        assert call.queue
        self._end_visit(call)
        self._tape.say(call, "call.blocked", {"reason": reason, "queue": call.queue.name})
        self._tape.after(round(self._rng.uniform(2_000, 9_000)), self._talk.over, call, "system")
        self.comes_again(call)

    def comes_again(self, call: Call) -> None:
        if call.queue and call.tries < 3 and self._rng.random() < self._habits.redialled:
            self._tape.after(round(self._rng.uniform(0.5, 12) * MINUTE_MS), self._redial, call.queue, call.customer, call.tries + 1)

    def _wait(self, call: Call, line: WaitingLine) -> None:
        queue, tape, rng = line.queue, self._tape, self._rng
        call.visit += 1
        call.waiting = True
        line.count += 1
        tape.after(patience_ms(rng, queue.patience), self._abandon, call, call.visit)
        tape.after(round(queue.offer_after_s * 1000), self._take_offer, call, call.visit)
        if queue.overflow_to:
            tape.after(round(queue.overflow_after_s * 1000), self._overflow, call, call.visit, queue.overflow_to)
        tape.after(round(queue.timeout_s * 1000), self._time_out, call, call.visit)
        self._match(call, line)

    def _match(self, call: Call, line: WaitingLine) -> None:
        agent = self._staff.free_for(line.queue.name)
        if agent:
            self._offer(call, agent)
        else:
            line.add(call)

    def _offer(self, call: Call, agent: Agent) -> None:
        self._staff.begin(agent)
        call.ringing = agent
        call.offer += 1
        self._tape.say(call, "call.offered", {"agent_id": agent.id})
        if self._rng.random() < self._habits.offer_missed:
            reason, after_ms = one_of(self._rng, ((("no_answer", 20_000), 0.7), (("rejected", 4_000), 0.2), (("unreachable", 1_500), 0.1)))
            self._tape.after(after_ms, self._missed, call, call.offer, agent, reason)
        else:
            self._tape.after(round(self._rng.uniform(*_RING_MS.get(call.channel, _RING_OTHER_MS))), self._answered, call, call.offer, agent)

    def _answered(self, call: Call, offer: int, agent: Agent) -> None:
        if call.waiting and offer == call.offer:
            self._end_visit(call, still_there=True)
            call.waited_ms += self._tape.now_ms - call.queued_ms
            self._talk.answer(call, agent)

    def _missed(self, call: Call, offer: int, agent: Agent, reason: str) -> None:
        if not call.waiting or offer != call.offer:
            return
        self._tape.say(call, "call.missed", {"agent_id": agent.id, "reason": reason})
        call.ringing = None
        self._staff.break_off(agent, 2 * MINUTE_MS, "missed_call")
        self._staff.done(agent)
        assert call.queue
        if self._staff.staffed(call.queue.name):
            self._match(call, self.lines[call.queue.name])
        else:
            self.turn_away(call, "no_agents")

    # --- out of the queue without an answer ---------------------------------------------------------------------------

    def _end_visit(self, call: Call, *, still_there: bool = False) -> None:
        """`still_there`: the agent at whom it rings keeps the call; else they are free again, once this instant is told."""
        if not call.waiting:
            return
        assert call.queue
        call.waiting = False
        call.visit += 1
        call.offer += 1
        self.lines[call.queue.name].count -= 1
        if call.ringing and not still_there:
            self._tape.after(0, self._staff.done, call.ringing)
        call.ringing = None

    def _abandon(self, call: Call, visit: int) -> None:
        if call.visit != visit:
            return
        self._end_visit(call)
        if self._rng.random() < self._habits.rejoined:
            self._tape.say(call, "call.abandoned", {})
            self._tape.after(round(self._rng.uniform(3_000, 25_000)), self._rejoin, call)
            return
        if call.channel == "phone":  # the chat server knows only that the customer closed the window
            self._tape.say(call, "call.abandoned", {})
        self._talk.over(call, "customer")
        self.comes_again(call)

    def _rejoin(self, call: Call) -> None:
        assert call.queue
        self._tape.say(call, "call.rejoined", {})
        if self._staff.staffed(call.queue.name):
            self._wait(call, self.lines[call.queue.name])
        else:
            self.turn_away(call, "no_agents")

    def _take_offer(self, call: Call, visit: int) -> None:
        if call.visit != visit or call.ringing or not call.queue or self._rng.random() >= call.queue.takes_offer:
            return
        reason = one_of(self._rng, _LEAVES_BY.get(call.channel, _LEAVES_OTHER))
        self._leave(call, reason)
        if reason == "callback":
            self.owe(Callback(call.queue, call.customer))
        elif reason == "voicemail":
            self._talk.leave_message(call)
        self._tape.after(3_000, self._talk.over, call, "customer")

    def _time_out(self, call: Call, visit: int) -> None:
        if call.visit == visit and not call.ringing:
            self._leave(call, "timeout")
            self._tape.after(6_000, self._talk.over, call, "system")

    def _overflow(self, call: Call, visit: int, to: str) -> None:
        if call.visit == visit and not call.ringing and self._staff.staffed(to):
            self._leave(call, "overflow")
            self._tape.after(300, self.enqueue, call, self.lines[to].queue)

    def _leave(self, call: Call, reason: str) -> None:
        self._end_visit(call)
        self._tape.say(call, "call.left", {"reason": reason})

    def _nobody_left(self, skill: str) -> None:
        for call in self.lines[skill].all() if skill in self.lines else ():
            self.turn_away(call, "no_agents")
