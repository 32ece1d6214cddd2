"""The clock of the simulation and the tape its events are written on."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from typing import Final, NamedTuple, TypeVarTuple

from schemas.events import ENTITY_FIELD

Ts = TypeVarTuple("Ts")
Fields = dict[str, object]

_DIGITS: Final = "0123456789abcdefghijklmnopqrstuvwxyz"
_LETTER: Final = {"calls": "c", "tickets": "t", "agents": "a", "surveys": "s", "customers": "u", "articles": "v", "finance": "f"}


class Made(NamedTuple):
    """One event: when it happened, the topic it belongs to, its record key, its content."""

    at_ms: int
    topic: str
    key: str
    event: Fields


class Subject:
    """What events are about: a call, a ticket, an agent, a customer and so on. Numbers events that share one millisecond by `seq`."""

    __slots__ = ("id", "said_ms", "seq", "topic")

    def __init__(self, topic: str, subject_id: str) -> None:
        self.topic = topic
        self.id = subject_id
        self.said_ms = -1
        self.seq = 0


class Tape:
    """Runs what is due, one instant after the other; whatever it does is said at that instant, so `made` is in time order."""

    def __init__(self, start_ms: int, run: str) -> None:
        self.now_ms = start_ms
        self.made: list[Made] = []
        self._run = run
        self._due: list[tuple[int, int, Callable[[], None]]] = []
        self._order = 0
        self._said = dict.fromkeys(_LETTER, 0)
        self._subjects = dict.fromkeys(_LETTER, 0)

    def after(self, delay_ms: int, do: Callable[[*Ts], None], *args: *Ts) -> None:
        self.at(self.now_ms + max(0, delay_ms), do, *args)

    def at(self, at_ms: int, do: Callable[[*Ts], None], *args: *Ts) -> None:
        """Do it then, or now if that has passed. What is due at one instant is done in the order in which it was asked for."""
        self._order += 1
        heapq.heappush(self._due, (max(at_ms, self.now_ms), self._order, lambda: do(*args)))

    def next_ms(self) -> int | None:
        return self._due[0][0] if self._due else None

    def step(self) -> None:
        """Do the next thing. There must be one."""
        self.now_ms, _, do = heapq.heappop(self._due)
        do()

    def new_id(self, topic: str) -> str:
        """A subject's id: the run, a letter for the topic, a number. Runs with another seed or start have other ids."""
        self._subjects[topic] += 1
        return f"{self._run}-{_LETTER[topic]}{base36(self._subjects[topic])}"

    def say(self, subject: Subject, kind: str, fields: Fields, *, lost: bool = False) -> None:
        """An event of `subject`, now. `lost`: it happened, but nobody will ever read of it."""
        topic = subject.topic
        self._said[topic] += 1
        if lost:
            return
        event: Fields = {
            "type": kind,
            "id": f"{self._run}{_LETTER[topic]}{base36(self._said[topic])}",
            "time": self.now_ms,
            _KEY[topic]: subject.id,
        }
        if subject.said_ms == self.now_ms:
            subject.seq += 1
            event["seq"] = subject.seq
        else:
            subject.said_ms = self.now_ms
            subject.seq = 0
        event.update(fields)
        self.made.append(Made(self.now_ms, topic, subject.id, event))


_KEY: Final = ENTITY_FIELD


def base36(number: int) -> str:
    digits = ""
    while True:
        number, digit = divmod(number, 36)
        digits = _DIGITS[digit] + digits
        if not number:
            return digits
