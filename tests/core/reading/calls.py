"""A slow reading of a call: events.md, topic `calls`, and metrics.md, sections 3, 5 and 7, sentence by sentence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from schemas import events as ev
from schemas.events import CallEvent
from schemas.values import HOUR_MS, MINUTE_MS, SECOND_MS
from tests.core.reading.tally import Tally

THRESHOLDS_MS: Final = {"phone": 20 * SECOND_MS, "chat": 60 * SECOND_MS, "video": 60 * SECOND_MS}
SHORT_MS: Final = 5 * SECOND_MS
VISITS_MS: Final = {"chat": 24 * HOUR_MS}
TALK_MS: Final = 12 * HOUR_MS
WRAP_UP_MS: Final = 10 * MINUTE_MS


@dataclass
class Visit:
    labels: dict[str, str]
    queued_ms: int
    outcome: str = ""
    ended_ms: int = -1


@dataclass
class Talk:
    labels: dict[str, str]
    agent_id: str
    answered_ms: int
    held_ms: int = -1
    hold_ms: int = 0
    ended_ms: int = -1
    wrap_ms: int = -1


@dataclass
class Call:
    """`visit` and `talk` are those that go on."""

    channel: str
    outbound: bool
    visits: list[Visit] = field(default_factory=list)
    talks: list[Talk] = field(default_factory=list)
    visit: Visit | None = None
    talk: Talk | None = None
    counted: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    @property
    def labels(self) -> dict[str, str]:
        return self.visits[-1].labels if self.visits else {"queue": "", "channel": self.channel}

    def count(self, name: str, labels: dict[str, str]) -> None:
        self.counted.append((name, labels))

    def end_visit(self, outcome: str, at_ms: int) -> None:
        if self.visit is not None:
            self.visit.outcome, self.visit.ended_ms = outcome, at_ms
            self.visit = None

    def end_talk(self, at_ms: int) -> None:
        if self.talk is not None:
            self.resume(at_ms)
            self.talk.ended_ms = at_ms
            self.talk = None

    def resume(self, at_ms: int) -> None:
        if self.talk is not None and self.talk.held_ms >= 0:
            self.talk.hold_ms += at_ms - self.talk.held_ms
            self.talk.held_ms = -1


def read_call(events: Sequence[CallEvent], now_ms: int, tally: Tally) -> None:
    """What a call adds to the figures at `now_ms`."""
    told = sorted(events, key=lambda event: (event.time, event.seq, event.RANK, event.id))
    started = next((event for event in told if isinstance(event, ev.CallStarted)), None)
    channel = started.channel if started is not None else getattr(told[0], "channel", None) or "phone"
    call = Call(channel, started is not None and started.direction == "outbound")
    for event in told:
        _hear(call, event)
    if not call.outbound:
        tally.add("received", call.visits[0].labels if call.visits else call.labels)
    for name, labels in call.counted:
        tally.add(name, labels)
    for visit in call.visits:
        _count_visit(visit, now_ms, tally)
    for talk in call.talks:
        _count_talk(talk, "out" if call.outbound else "in", now_ms, tally)


def _hear(call: Call, event: CallEvent) -> None:
    at_ms = event.time
    match event:
        case ev.CallQueued():
            call.end_visit("left", at_ms)
            call.end_talk(at_ms)
            labels = {"queue": event.queue, "channel": event.channel or call.channel}
            call.visit = Visit(labels, at_ms)
            call.visits.append(call.visit)
        case ev.CallAnswered():
            call.end_talk(at_ms)
            labels = call.labels if call.visit is not None or not event.queue else {**call.labels, "queue": event.queue}
            call.end_visit("answered", at_ms)
            call.talk = Talk(labels, event.agent_id, at_ms)
            call.talks.append(call.talk)
        case ev.CallMissed():
            call.count("missed", call.labels)
        case ev.CallHeld():
            if call.talk is not None and call.talk.held_ms < 0:
                call.talk.held_ms = at_ms
        case ev.CallResumed():
            call.resume(at_ms)
        case ev.CallTransferred():
            call.count("transferred", call.labels if call.talk is None else call.talk.labels)
            call.end_talk(at_ms)
        case ev.CallLeft():
            call.end_visit("callback" if event.reason == "callback" else "left", at_ms)
        case ev.CallAbandoned():
            if not call.visits and not call.talks and not any(name == "prequeue" for name, _ in call.counted):
                call.count("prequeue", call.labels)
            call.end_visit("abandoned", at_ms)
        case ev.CallRejoined():
            if call.visit is None and call.visits and call.visits[-1].outcome == "abandoned":
                call.visit = call.visits[-1]  # as if never gone
                call.visit.outcome = ""
        case ev.CallBlocked():
            where = "queue" if call.visit is not None else "outside"
            labels = call.labels if call.visit is not None else {"queue": event.queue or "", "channel": call.channel}
            call.count(f"{'closed' if event.reason == 'closed' else 'blocked'}_{where}", labels)
            call.end_visit("blocked", at_ms)
        case ev.CallEnded():
            call.end_visit("abandoned" if event.by == "customer" else "unobserved", at_ms)
            call.end_talk(at_ms)
        case ev.CallWrapped():
            waiting = [talk for talk in call.talks if talk.ended_ms >= 0 > talk.wrap_ms and event.agent_id in (None, talk.agent_id)]
            if waiting:
                waiting[-1].wrap_ms = min(at_ms - waiting[-1].ended_ms, WRAP_UP_MS)


def _count_visit(visit: Visit, now_ms: int, tally: Tally) -> None:
    threshold_ms = THRESHOLDS_MS.get(visit.labels["channel"], 20 * SECOND_MS)
    limit_ms = visit.queued_ms + VISITS_MS.get(visit.labels["channel"], 4 * HOUR_MS)
    if not visit.outcome and now_ms >= limit_ms:
        visit.outcome, visit.ended_ms = "unobserved", limit_ms
    wait_ms = (visit.ended_ms if visit.outcome else now_ms) - visit.queued_ms
    within = wait_ms <= threshold_ms
    short = visit.outcome == "abandoned" and wait_ms <= SHORT_MS
    tally.add("offered", visit.labels)
    if visit.outcome:
        outcome = "short" if short else visit.outcome
        tally.add(outcome, visit.labels)
        tally.add(f"{outcome}_ms", visit.labels, wait_ms)
        tally.add(f"{outcome}_{'within' if within else 'after'}", visit.labels)
    else:
        tally.stands("waiting", visit.labels, wait_ms)
    if visit.outcome == "answered" and within:
        tally.add("decided_in", visit.labels)
    elif not within or (visit.outcome == "abandoned" and not short):
        tally.add("decided_out", visit.labels)
    elif not visit.outcome:
        tally.add("undecided", visit.labels)


def _count_talk(talk: Talk, way: str, now_ms: int, tally: Tally) -> None:
    if talk.ended_ms < 0:
        if now_ms < talk.answered_ms + TALK_MS:
            tally.add("holding" if talk.held_ms >= 0 else "talking", talk.labels)
        return
    length_ms, wrap_ms = talk.ended_ms - talk.answered_ms, max(0, talk.wrap_ms)
    for name, amount in (
        ("handled", 1),
        ("handle_ms", length_ms + wrap_ms),
        ("talk_ms", length_ms - talk.hold_ms),
        ("hold_ms", talk.hold_ms),
        ("wrap_ms", wrap_ms),
        ("held", talk.hold_ms > 0),
    ):
        tally.add(f"{name}_{way}", talk.labels, amount)
