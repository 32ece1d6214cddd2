"""A slow reading of a ticket: events.md, topic `tickets`, and metrics.md, sections 4, 5 and 7, sentence by sentence. Without snapshots."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from schemas import events as ev
from schemas.events import TicketEvent
from schemas.values import DAY_MS, HOUR_MS, MINUTE_MS
from tests.core.reading.tally import Tally

TARGETS_MS: Final = {
    **dict.fromkeys(("phone", "video"), 4 * MINUTE_MS),
    "chat": 2 * MINUTE_MS,
    **dict.fromkeys(("social", "sms", "messaging"), HOUR_MS),
    **dict.fromkeys(("email", "form", "forum", "other"), DAY_MS),
}
PRIORITIES: Final = ("low", "normal", "high", "urgent")
PAUSED: Final = ("pending", "on_hold")
RESOLVED: Final = ("resolved", "closed")
ZONE: Final = ZoneInfo("Europe/Riga")
OPENS, CLOSES = 8, 18
"""From Monday to Friday, of the one queue that has hours."""

Labels = dict[str, str]


def open_ms(start_ms: int, end_ms: int) -> int:
    """How much of the hours lies between two instants, date by date."""
    date = datetime.fromtimestamp(start_ms / 1000, ZONE).date() - timedelta(days=1)
    total = 0
    while date <= datetime.fromtimestamp(end_ms / 1000, ZONE).date():
        if date.weekday() < 5:
            opens, closes = (round(datetime(date.year, date.month, date.day, at, tzinfo=ZONE).timestamp() * 1000) for at in (OPENS, CLOSES))
            total += max(0, min(end_ms, closes) - max(start_ms, opens))
        date += timedelta(days=1)
    return total


@dataclass
class Length:
    """From an instant to another one: all of it, without the pauses, and in the hours of the queues."""

    labels: Labels
    calendar_ms: int
    working_ms: int
    business_ms: int


@dataclass
class Ticket:
    """`turns` are resolves and reopens, `facts` what stays whatever comes. `wait_ms` since when the customer waits, -1: not at all."""

    labels: Labels
    opened_ms: int
    by: str
    queue_with_hours: str
    status: str = "open"
    wait_ms: int = -1
    overdue: bool = False
    human_wrote: bool = False
    bot_wrote: bool = False
    person: str | None = None
    last_person: str | None = None
    assigned: Labels | None = None
    pauses: list[tuple[int, int]] = field(default_factory=list)
    paused_since_ms: int = -1
    queues: list[tuple[int, str]] = field(default_factory=list)
    turns: list[tuple[str, Labels]] = field(default_factory=list)
    first: Length | None = None
    full: Length | None = None
    gone: bool = False
    facts: list[tuple[str, Labels, int]] = field(default_factory=list)

    def fact(self, name: str, amount: int = 1) -> None:
        self.facts.append((name, self.labels, amount))

    def wait(self, at_ms: int) -> None:
        if self.wait_ms < 0:
            self.wait_ms, self.overdue = at_ms, False

    def pass_target(self, now_ms: int) -> None:
        """A wait past due counts `out` (human) at its due instant, whatever ends it later."""
        if self.wait_ms >= 0 and not self.overdue and self.wait_ms + TARGETS_MS[self.labels["channel"]] < now_ms:
            self.overdue = True
            self.fact("next_human_out" if self.human_wrote else "first_human_out")

    def business_ms(self, start_ms: int, end_ms: int) -> int:
        total = 0
        ends = [at_ms for at_ms, _ in self.queues[1:]] + [end_ms]
        for (from_ms, queue), to_ms in zip(self.queues, ends, strict=True):
            low, high = max(start_ms, from_ms), min(end_ms, to_ms)
            if low < high:
                total += open_ms(low, high) if queue == self.queue_with_hours else high - low
        return total

    def turn(self, status: str, at_ms: int) -> None:
        if self.paused_since_ms >= 0:
            self.pauses.append((self.paused_since_ms, at_ms))
        self.paused_since_ms = at_ms if status in PAUSED else -1
        self.status = status

    def resolve(self, at_ms: int) -> None:
        self.turn("resolved", at_ms)
        self.wait_ms = -1
        length_ms = at_ms - self.opened_ms
        paused_ms = sum(end_ms - start_ms for start_ms, end_ms in self.pauses)
        self.full = Length(self.labels, length_ms, length_ms - paused_ms, self.business_ms(self.opened_ms, at_ms))
        self.first = self.first or self.full
        self.turns.append(("resolved", self.labels))

    def reopen(self, status: str, at_ms: int) -> None:
        self.turn(status, at_ms)
        self.full = None
        self.turns.append(("reopened", self.labels))


def read_ticket(events: Sequence[TicketEvent], now_ms: int, queue_with_hours: str, tally: Tally) -> None:
    """What a ticket adds to the figures at `now_ms`."""
    told = sorted(events, key=lambda event: (event.time, event.seq, event.RANK, event.id))
    ticket = _opened(told, queue_with_hours)
    opened_as = ticket.labels
    for number, event in enumerate(told):
        ticket.pass_target(event.time)
        _hear(ticket, event, opens=number == 0)
        if ticket.gone:
            break
    if not ticket.gone:
        ticket.pass_target(now_ms)
    _count(ticket, opened_as, now_ms, tally)


def _opened(told: Sequence[TicketEvent], queue_with_hours: str) -> Ticket:
    """At its earliest event, with status `open`; labels and `by` of `ticket.created` hold wherever it stands in time."""
    first = told[0]
    created = next((event for event in told if isinstance(event, ev.TicketCreated)), None)
    labels = {"queue": "", "channel": "other", "priority": "normal"}
    if created is not None:
        labels = {"queue": created.queue or "", "channel": created.channel, "priority": created.priority or "normal"}
    if isinstance(first, ev.TicketUpdated | ev.TicketAssigned):
        labels = _named(labels, first)
    ticket = Ticket(labels, first.time, "customer" if created is None else created.by, queue_with_hours)
    ticket.queues.append((first.time, labels["queue"]))
    ticket.fact("created")
    if ticket.by == "agent":
        ticket.human_wrote = True
    else:
        ticket.wait(first.time)
        if created is None or created.call_id is None:
            ticket.fact("requested")
    if labels["queue"]:
        ticket.assigned = labels
    return ticket


def _named(labels: Labels, event: TicketEvent) -> Labels:
    """The labels with those that the event names in their place."""
    return {label: getattr(event, label, None) or value for label, value in labels.items()}


def _hear(ticket: Ticket, event: TicketEvent, *, opens: bool) -> None:
    at_ms = event.time
    match event:
        case ev.TicketUpdated() | ev.TicketAssigned():
            _relabel(ticket, event, opens=opens)
            if isinstance(event, ev.TicketAssigned):
                _assign(ticket, event.agent_id)
            if ticket.assigned is None and (ticket.person is not None or ticket.labels["queue"]):
                ticket.assigned = ticket.labels
        case ev.TicketMessage(by="customer"):
            if not event.thanks:
                if ticket.status == "resolved":
                    ticket.reopen("open", at_ms)
                if event.public:
                    ticket.wait(at_ms)
        case ev.TicketMessage():
            if event.public and not event.auto:
                _answer(ticket, event.by, at_ms)
        case ev.TicketHandoff():
            if ticket.status != "resolved":
                ticket.wait(at_ms)
        case ev.TicketStatus():
            status = "resolved" if event.status in RESOLVED else event.status
            if status == ticket.status:
                return
            if status == "resolved":
                ticket.resolve(at_ms)
            elif ticket.status != "resolved":
                ticket.turn(status, at_ms)
            elif status != "bot":
                ticket.reopen(status, at_ms)
                if not ticket.human_wrote:
                    ticket.wait(at_ms)
        case ev.TicketMerged() | ev.TicketDeleted():
            ticket.gone = True
            ticket.fact("merged" if isinstance(event, ev.TicketMerged) else "deleted")


def _relabel(ticket: Ticket, event: TicketEvent, *, opens: bool) -> None:
    before, ticket.labels = ticket.labels, _named(ticket.labels, event)
    if opens or before == ticket.labels:
        return
    moved = ticket.labels["queue"] != before["queue"]
    raised = PRIORITIES.index(ticket.labels["priority"]) > PRIORITIES.index(before["priority"])
    if (moved and before["queue"]) or raised:
        ticket.fact("escalated")
    if moved:
        ticket.queues.append((event.time, ticket.labels["queue"]))


def _assign(ticket: Ticket, person: str | None) -> None:
    ticket.person = person
    if person is not None:
        if ticket.last_person not in (None, person):
            ticket.fact("reassigned")
        ticket.last_person = person


def _answer(ticket: Ticket, by: str, at_ms: int) -> None:
    """First: human = no human wrote before, bot = nobody wrote before."""
    who = "human" if by == "agent" else "bot"
    if ticket.wait_ms >= 0:
        later = ticket.human_wrote or (who == "bot" and ticket.bot_wrote)
        name = f"{'next' if later else 'first'}_{who}"
        ticket.fact(name)
        ticket.fact(f"{name}_calendar_ms", at_ms - ticket.wait_ms)
        ticket.fact(f"{name}_business_ms", ticket.business_ms(ticket.wait_ms, at_ms))
        if not ticket.overdue or who == "bot":
            ticket.fact(f"{name}_{'out' if ticket.overdue else 'in'}")
        ticket.wait_ms = -1
    if who == "human":
        ticket.human_wrote = True
    else:
        ticket.bot_wrote = True


def _count(ticket: Ticket, opened_as: Labels, now_ms: int, tally: Tally) -> None:
    for name, labels, amount in ticket.facts:
        tally.add(name, labels, amount)
    if ticket.assigned is not None:
        tally.add("assigned", ticket.assigned)
    if ticket.gone:
        return
    resolved = ticket.status == "resolved"
    for name, labels in ticket.turns:
        tally.add(name, labels)
    if resolved:
        tally.add("holding", ticket.turns[-1][1])
    for to, length in (("first", ticket.first), ("full", ticket.full)):
        if length is not None:
            tally.add(f"{to}_resolution", length.labels)
            tally.add(f"{to}_resolution_calendar_ms", length.labels, length.calendar_ms)
            tally.add(f"{to}_resolution_working_ms", length.labels, length.working_ms)
            tally.add(f"{to}_resolution_business_ms", length.labels, length.business_ms)
    names = {name for name, _, _ in ticket.facts}
    tally.add("cohort", opened_as)
    for name, counts in (("resolved", resolved), ("escalated", "escalated" in names), ("reassigned", "reassigned" in names)):
        tally.add(f"cohort_{name}", opened_as, counts)
    if ticket.assigned is not None:
        tally.add("assigned_cohort", ticket.assigned)
        tally.add("assigned_cohort_resolved", ticket.assigned, resolved)
    if not resolved:
        _stand(ticket, now_ms, tally.stands)


def _stand(ticket: Ticket, now_ms: int, stands: Callable[[str, Labels, int], None]) -> None:
    age_ms = now_ms - ticket.opened_ms
    stands("unresolved", ticket.labels, age_ms)
    stands(f"unresolved_{ticket.status}", ticket.labels, age_ms)
    if ticket.person is None:
        stands("unassigned", ticket.labels, age_ms)
    if ticket.status != "bot" and age_ms > DAY_MS:
        stands("backlog", ticket.labels, age_ms)
    if ticket.wait_ms >= 0:
        stands("next_unanswered" if ticket.human_wrote else "first_unanswered", ticket.labels, now_ms - ticket.wait_ms)
        if ticket.status != "bot":
            stands("open", ticket.labels, now_ms - ticket.wait_ms)
