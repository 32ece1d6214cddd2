"""The desks: tickets come in, lie on a pile, are answered by people, wait for customers and suppliers, and are resolved."""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Callable

from schemas.values import DAY_MS, HOUR_MS, MINUTE_MS

from .calls import Call
from .centre import Centre, Desk
from .draws import length_ms, one_of
from .staff import Agent, Staff
from .surveys import Surveys
from .tape import Fields, Tape
from .tickets import Pile, Ticket

_BOT_SOLVES = 0.45
_SPAM = 0.015
_DUPLICATE = 0.2  # of tickets that come while the one looked at is open on the same desk: the same customer, once more
_NEW_OWNER = 0.25  # of later touches: the colleague who picks it up keeps it
_KNOWN_OPEN = 300  # so many recent tickets are remembered for calls about them and for duplicates

Step = Callable[[Ticket, int], None]  # ticket, and its turn when this was planned


class Desks:
    """All desks. An agent's `find_work` comes here after the live queues."""

    def __init__(self, centre: Centre, tape: Tape, rng: random.Random, staff: Staff, surveys: Surveys) -> None:
        self._tape = tape
        self._rng = rng
        self._staff = staff
        self._surveys = surveys
        self._order = 0
        self._desks = {desk.name: desk for desk in centre.desks}
        self._piles = {desk.name: Pile(desk) for desk in centre.desks}
        self._recent: deque[Ticket] = deque(maxlen=_KNOWN_OPEN)

    def find_work(self, agent: Agent) -> bool:
        best: tuple[tuple[int, int], Pile] | None = None
        for skill in agent.team.skills:
            pile = self._piles.get(skill)
            first = pile.first() if pile else None
            if pile and first and (best is None or first < best[0]):
                best = first, pile
        if best:
            self._pick_up(best[1].take(), agent)
        return best is not None

    def open_ticket(self) -> Ticket | None:
        """A recent one that is not resolved yet, if the one drawn is so."""
        ticket = self._recent[self._rng.randrange(len(self._recent))] if self._recent else None
        return ticket if ticket and not ticket.ended else None

    # --- how a ticket comes to be ----------------------------------------------------------------------------------------

    def arrive(self, desk: Desk, customer: str) -> None:
        """Somebody or something writes."""
        rng = self._rng
        by = one_of(rng, (("system", desk.by_system), ("agent", desk.by_agent), ("customer", 1 - desk.by_system - desk.by_agent)))
        other = self.open_ticket()
        duplicate = by == "customer" and other is not None and other.desk is desk and rng.random() < _DUPLICATE
        ticket = self._new(desk, one_of(rng, desk.channels), other.customer if duplicate and other else customer)
        self._create(ticket, by)
        if by == "agent":
            ticket.replies = 1  # the first word was ours
            self._set(ticket, "pending")
            self._later(ticket, self._customer_writes, 4 * HOUR_MS)
        elif rng.random() < _SPAM:
            self._tape.after(round(rng.uniform(1, 30) * MINUTE_MS), self._delete, ticket, ticket.turn)
        elif by == "customer" and rng.random() < desk.bot:
            self._set(ticket, "bot")
            self._tape.after(3_000, self._bot, ticket, ticket.turn, 1)
        else:
            if desk.auto_reply and by == "customer":
                self._tape.after(1_500, self._tape.say, ticket, "ticket.message", {"by": "agent", "auto": True})
            self._want(ticket)
            if duplicate and other:
                self._tape.after(round(rng.uniform(2, 40) * MINUTE_MS), self._merge, ticket, other)

    def log(self, call: Call, agent: Agent) -> None:
        """The agent logs a ticket for the call just handled; most are done with it."""
        assert call.queue
        assert call.queue.logs_to
        ticket = self._new(self._desks[call.queue.logs_to], call.channel, call.customer)
        self._create(ticket, "agent", {"call_id": call.id})
        self._assign(ticket, agent.id)
        if self._rng.random() < 0.7:
            self._tape.after(500, self._resolve, ticket, ticket.turn, agent.id)
        else:
            self._tape.after(800, self._back_to_pile, ticket, ticket.turn)

    def message(self, call: Call) -> None:
        """The customer leaves a message instead of waiting in a queue."""
        if call.queue and call.queue.logs_to:
            ticket = self._new(self._desks[call.queue.logs_to], call.channel, call.customer)
            self._create(ticket, "customer", {"call_id": call.id})
            self._want(ticket)

    def carry_in(self, desk: Desk, customer: str) -> None:
        """A ticket from before the start of the story."""
        rng = self._rng
        age_ms = round(rng.expovariate(1 / (20 * HOUR_MS)))
        ticket = self._new(desk, one_of(rng, desk.channels), customer, age_ms)
        ticket.status = one_of(rng, (("open", 0.6), ("pending", 0.3), ("on_hold", 0.1)))
        fields: Fields = {"created": ticket.created_ms, "status": ticket.status, "queue": desk.name, "channel": ticket.channel}
        if ticket.status == "open":
            fields["waiting_since"] = ticket.created_ms + round(age_ms * rng.random())
        if ticket.priority != "normal":
            fields["priority"] = ticket.priority
        self._tape.say(ticket, "ticket.snapshot", fields)
        if ticket.status == "open":
            self._want(ticket)
        else:
            self._later(ticket, self._customer_writes if ticket.status == "pending" else self._third_party, 5 * HOUR_MS)

    def _new(self, desk: Desk, channel: str, customer: str, age_ms: int = 0) -> Ticket:
        ticket = Ticket(self._tape.new_id("tickets"), desk, channel, customer, self._tape.now_ms - age_ms)
        ticket.about = desk.topics[self._rng.randrange(len(desk.topics))]
        ticket.priority = one_of(self._rng, (("normal", 0.84), ("high", 0.09), ("low", 0.05), ("urgent", 0.02)))
        self._recent.append(ticket)
        return ticket

    def _create(self, ticket: Ticket, by: str, extra: Fields | None = None) -> None:
        fields: Fields = {"channel": ticket.channel, "queue": ticket.desk.name, "topic": ticket.about, "customer_id": ticket.customer}
        if ticket.priority != "normal":
            fields["priority"] = ticket.priority
        if by != "customer":
            fields["by"] = by
        self._tape.say(ticket, "ticket.created", fields | (extra or {}))

    # --- what people, customers, bots and clocks do with it: each checks that nothing happened in between ------------------

    def _want(self, ticket: Ticket) -> None:
        """On the pile, or to somebody idle. Urgent ones may turn up late: somebody raises the priority of what lies there."""
        ticket.turn += 1
        agent = self._staff.free_for(ticket.desk.name)
        if agent:
            self._pick_up(ticket, agent)
            return
        self._order += 1
        self._piles[ticket.desk.name].add(ticket, self._order)
        self._tape.after(round(self._rng.uniform(1, 6) * HOUR_MS), self._lies_there, ticket, ticket.turn)

    def _lies_there(self, ticket: Ticket, turn: int) -> None:
        if ticket.turn != turn or not ticket.wanted:
            return
        draw = self._rng.random()
        if draw < 0.15 and ticket.priority in ("low", "normal"):
            ticket.priority = "high"
            self._tape.say(ticket, "ticket.updated", {"priority": "high"})
            self._want(ticket)
        elif draw < 0.4 and not ticket.nagged:
            ticket.nagged = True
            self._tape.say(ticket, "ticket.message", {"by": "customer"})

    def _pick_up(self, ticket: Ticket, agent: Agent) -> None:
        self._staff.begin(agent)
        self._staff.state(agent, "busy")
        ticket.turn += 1
        ticket.wanted = False
        if ticket.agent_id is None or (ticket.agent_id != agent.id and self._rng.random() < _NEW_OWNER):
            self._assign(ticket, agent.id)
        self._tape.after(length_ms(self._rng, ticket.desk.touch, 10_000), self._touched, ticket, ticket.turn, agent)

    def _touched(self, ticket: Ticket, turn: int, agent: Agent) -> None:
        if ticket.turn == turn and not ticket.ended:
            self._answer(ticket, agent.id)
        self._staff.done(agent)

    def _answer(self, ticket: Ticket, agent_id: str) -> None:
        say, draw = self._tape.say, self._rng.random()
        if draw < 0.06 and ticket.desk.escalates_to:
            ticket.desk = self._desks[ticket.desk.escalates_to]
            ticket.priority = "urgent" if ticket.priority == "high" else "high"
            ticket.agent_id = None
            say(ticket, "ticket.updated", {"queue": ticket.desk.name, "priority": ticket.priority})
            say(ticket, "ticket.assigned", {"agent_id": None, "queue": ticket.desk.name})
            self._want(ticket)
        elif draw < 0.14:
            say(ticket, "ticket.message", {"by": "agent", "agent_id": agent_id, "public": False})
            self._set(ticket, "on_hold", agent_id)
            self._later(ticket, self._third_party, 3 * HOUR_MS)
        else:
            say(ticket, "ticket.message", {"by": "agent", "agent_id": agent_id})
            ticket.replies += 1
            if draw < 0.62:
                self._tape.after(1_000, self._resolve, ticket, ticket.turn, agent_id)
            elif draw < 0.93:
                self._set(ticket, "pending", agent_id)
                self._later(ticket, self._customer_writes, 2 * HOUR_MS)
            else:
                self._later(ticket, self._customer_writes, HOUR_MS)

    def _customer_writes(self, ticket: Ticket, turn: int) -> None:
        if ticket.turn != turn or ticket.ended:
            return
        if self._rng.random() < 0.2:  # never does: closed in the end
            self._tape.after(2 * DAY_MS, self._resolve, ticket, ticket.turn, ticket.agent_id)
            return
        self._tape.say(ticket, "ticket.message", {"by": "customer"})
        self._set(ticket, "open")
        self._want(ticket)

    def _third_party(self, ticket: Ticket, turn: int) -> None:
        if ticket.turn == turn and not ticket.ended:
            self._set(ticket, "open")
            self._want(ticket)

    def _back_to_pile(self, ticket: Ticket, turn: int) -> None:
        if ticket.turn == turn and not ticket.ended:
            self._want(ticket)

    def _resolve(self, ticket: Ticket, turn: int, agent_id: str | None) -> None:
        if ticket.turn != turn or ticket.ended:
            return
        self._set(ticket, "resolved", agent_id)
        labels: Fields = {"queue": ticket.desk.name, "channel": ticket.channel, "customer_id": ticket.customer}
        self._surveys.ask("nps" if self._rng.random() < 0.3 else "csat", ticket.id, labels, 1 / (1 + 0.1 * ticket.replies))
        draw = self._rng.random()
        if draw < 0.12:
            self._later(ticket, self._thanks, HOUR_MS)
        elif draw < 0.19 and not ticket.reopened:
            self._later(ticket, self._reopen, 6 * HOUR_MS)
        else:
            self._tape.after(4 * DAY_MS, self._close, ticket, ticket.turn)

    def _thanks(self, ticket: Ticket, turn: int) -> None:
        if ticket.turn == turn and ticket.status == "resolved":
            self._tape.say(ticket, "ticket.message", {"by": "customer", "thanks": True})
            self._tape.after(4 * DAY_MS, self._close, ticket, ticket.turn)

    def _reopen(self, ticket: Ticket, turn: int) -> None:
        if ticket.turn == turn and ticket.status == "resolved":
            ticket.reopened = True
            self._tape.say(ticket, "ticket.message", {"by": "customer"})
            self._set(ticket, "open")
            self._want(ticket)

    def _close(self, ticket: Ticket, turn: int) -> None:
        if ticket.turn == turn and ticket.status == "resolved":
            self._set(ticket, "closed")

    def _bot(self, ticket: Ticket, turn: int, said: int) -> None:
        if ticket.turn != turn or ticket.ended:
            return
        if said <= 2:
            self._tape.say(ticket, "ticket.message", {"by": "bot"})
            self._tape.after(length_ms(self._rng, ticket.desk.touch) // 6, self._bot_asks, ticket, turn, said)
        elif self._rng.random() < _BOT_SOLVES:
            self._resolve(ticket, turn, None)
        else:
            self._tape.say(ticket, "ticket.handoff", {})
            self._set(ticket, "open")
            self._want(ticket)

    def _bot_asks(self, ticket: Ticket, turn: int, said: int) -> None:
        if ticket.turn == turn and not ticket.ended and said == 1:
            self._tape.say(ticket, "ticket.message", {"by": "customer"})
        self._tape.after(3_000, self._bot, ticket, turn, said + 1)

    def _delete(self, ticket: Ticket, turn: int) -> None:
        if ticket.turn == turn and not ticket.ended:
            ticket.status = "deleted"
            self._tape.say(ticket, "ticket.deleted", {"reason": "spam"})

    def _merge(self, ticket: Ticket, into: Ticket) -> None:
        if not ticket.ended and not into.ended:
            ticket.status, ticket.wanted = "merged", False
            self._tape.say(ticket, "ticket.merged", {"into": into.id})

    def _assign(self, ticket: Ticket, agent_id: str) -> None:
        ticket.agent_id = agent_id
        self._tape.say(ticket, "ticket.assigned", {"agent_id": agent_id})

    def _set(self, ticket: Ticket, status: str, agent_id: str | None = None) -> None:
        ticket.turn += 1
        ticket.status = status
        by: Fields = {"agent_id": agent_id} if agent_id else {}
        self._tape.say(ticket, "ticket.status", {"status": status, **by})

    def _later(self, ticket: Ticket, do: Step, usual_ms: int) -> None:
        self._tape.after(round(usual_ms * self._rng.lognormvariate(0, 0.9)), do, ticket, ticket.turn)
