"""What records of the bench come to, folded in the plainest way: what a shard has to say of them at rest."""

from __future__ import annotations

from collections import Counter
from typing import Final, NamedTuple

import msgspec

from schemas import fields as f
from schemas.state import TOTAL, read_key
from schemas.values import Cell

FIELDS: Final = {
    "calls offered": f.CALLS_OFFERED,
    "calls answered": f.ANSWER_WAIT,
    "ms waited": f.ANSWER_WAIT + 1,
    "tickets created": f.TICKETS_CREATED,
    "tickets resolved": f.TICKETS_RESOLVED_HOLDING,
}


class Count(NamedTuple):
    what: str
    queue: str


class Event(msgspec.Struct):
    type: str
    time: int
    call_id: str = ""
    ticket_id: str = ""
    queue: str = ""
    status: str = ""


_decode = msgspec.json.Decoder(Event).decode


class Tally:
    """Records go in as they are sent. Calls join one queue, and tickets are resolved once."""

    def __init__(self) -> None:
        self.counts: Counter[Count] = Counter()
        self.cases = 0
        self._queues: dict[str, tuple[str, int]] = {}
        """Of a case that is open: its queue, and when it came to it."""

    def add(self, value: bytes) -> None:
        event = _decode(value)
        match event.type:
            case "call.queued":
                self._open(event.call_id, event, "calls offered")
            case "call.answered":
                queue, since_ms = self._queues.pop(event.call_id)
                self.counts[Count("calls answered", queue)] += 1
                self.counts[Count("ms waited", queue)] += event.time - since_ms
            case "ticket.created":
                self._open(event.ticket_id, event, "tickets created")
            case "ticket.status" if event.status == "resolved":
                self.counts[Count("tickets resolved", self._queues.pop(event.ticket_id)[0])] += 1

    def _open(self, case: str, event: Event, what: str) -> None:
        self.cases += 1
        self._queues[case] = (event.queue, event.time)
        self.counts[Count(what, event.queue)] += 1


def told(rows: dict[tuple[int, bytes], bytes]) -> Counter[Count]:
    """The same, as the totals among rows of a panes topic say it."""
    counts: Counter[Count] = Counter()
    for (_, key), value in rows.items():
        kind, *cell = read_key(key)
        if kind == TOTAL:
            sums = msgspec.msgpack.decode(value, type=dict[int, int])
            counts.update({Count(what, Cell(*cell).queue): sums[field] for what, field in FIELDS.items() if sums.get(field)})
    return counts


def differences(said: Counter[Count], expected: Counter[Count]) -> list[str]:
    """Where they are not the same."""
    return [
        f"{count.what} of {count.queue}: told {said[count]}, sent {expected[count]}"
        for count in sorted(said.keys() | expected.keys())
        if said[count] != expected[count]
    ]
