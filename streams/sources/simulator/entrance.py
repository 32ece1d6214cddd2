"""How calls come in: the trunk, opening hours, the voice menu, calls to a person; and who picks up the phone to call out."""

from __future__ import annotations

import random

from .calls import Call, Trunk
from .centre import Centre, Queue, Spread
from .desks import Desks
from .draws import length_ms, one_of
from .floor import Floor
from .local import LocalTime
from .staff import Staff
from .talk import Talk
from .tape import Fields, Tape

_MENU = Spread(14, 0.5)  # voice menu, or the form in front of a chat


class Entrance:
    """Every new call begins here."""

    def __init__(
        self,
        centre: Centre,
        tape: Tape,
        rng: random.Random,
        local: LocalTime,
        staff: Staff,
        trunk: Trunk,
        floor: Floor,
        talk: Talk,
        desks: Desks,
    ) -> None:
        self._centre = centre
        self._habits = centre.habits
        self._tape = tape
        self._rng = rng
        self._local = local
        self._staff = staff
        self._trunk = trunk
        self._floor = floor
        self._talk = talk
        self._desks = desks
        self._phones = [queue for queue in centre.queues if queue.channel == "phone"]

    def dial(self, queue: Queue, customer: str, tries: int = 0) -> None:
        """A customer calls that queue, for the first time or (`tries` > 0) again."""
        rng = self._rng
        ticket = self._desks.open_ticket() if rng.random() < self._habits.about_a_ticket else None
        if ticket:
            customer = ticket.customer
        call = Call(self._tape.new_id("calls"), queue.channel, customer, tries=tries)
        call.queue = queue
        call.priority = one_of(rng, (("urgent", queue.urgent), ("high", queue.high), ("normal", 1 - queue.urgent - queue.high)))
        direct = queue.channel == "phone" and rng.random() < self._habits.direct
        menu_ms = length_ms(rng, _MENU, 1_500)
        gives_up = rng.random() < self._habits.prequeue_abandoned

        fields: Fields = {"channel": call.channel, "customer_id": customer}
        if queue.channel == "phone":
            fields["line"] = f"trunk/{queue.name}"
        if ticket:
            fields["case_id"] = ticket.id
        self._tape.say(call, "call.started", fields)
        if not self._trunk.take(call):
            self._tape.say(call, "call.blocked", {"reason": "trunk_busy", "sip_code": 503})
            self._floor.comes_again(call)
        elif not self._local.open(queue.hours, self._tape.now_ms):
            self._tape.after(menu_ms, self._closed, call)
        elif gives_up:
            self._tape.after(menu_ms, self._give_up, call)
        elif direct and (agent := self._staff.free_for(queue.name)):
            self._staff.begin(agent)
            self._tape.after(round(rng.uniform(2_000, 12_000)), self._talk.answer, call, agent)
        else:
            self._tape.after(menu_ms, self._floor.enqueue, call, queue)

    def call_out(self, customer: str) -> None:
        """Somebody idle rings a customer, for a reason of the house. Nobody idle: later, perhaps."""
        queue = self._phones[self._rng.randrange(len(self._phones))]
        agent = self._staff.free_for(queue.name)
        if agent:
            self._staff.begin(agent)
            self._talk.dial_out(queue, customer, agent)

    def _closed(self, call: Call) -> None:
        assert call.queue
        self._tape.say(call, "call.blocked", {"reason": "closed", "queue": call.queue.name})
        self._tape.after(2_000, self._talk.over, call, "system")

    def _give_up(self, call: Call) -> None:
        self._tape.say(call, "call.abandoned", {})
        self._talk.over(call, "customer")
