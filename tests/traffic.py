"""Traffic out of recorded logs, as bad as producers make it: repeated, out of order, with records among it that are no events.

traffic = Traffic(shared_data, seed=4711)
traffic.records             # to be sent, in this order
traffic.write(path)         # the events alone, each once, for `deskpulse report`
"""

from __future__ import annotations

import gzip
import json
import random
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from schemas.values import DAY_MS, HOUR_MS
from streams.sources.event_files import moved, outline

END_MS: Final = 1_712_339_220_000
"""2024-04-05T17:47:00Z: inside an interval; the clocks of Europe have changed in the 30 days before."""

SPAN_MS: Final = 28 * DAY_MS
"""So that all of it lies in the window 30d."""

TICKETS_TO: Final = 1_459_378_800_000  # 2016-03-30T23:00:00Z, in the middle of the log
GROUPS: Final = 8
"""Of the help desk, those with most tickets; others would make pages longer and nothing harder."""

MOVED_SHARE, MOVED_PLACES = 0.3, 300
MOVED_FAR_SHARE, MOVED_FAR_PLACES = 0.01, 15_000
REPEATED_SHARE, REPEATED_PLACES = 0.1, 4_000


class Sent(NamedTuple):
    """One record to be sent. `reason`: why it has to be rejected; None: it is an event, or is skipped."""

    topic: str
    key: bytes | None
    value: bytes | None
    reason: str | None = None


class Traffic:
    """`events`: the good ones, each once, by time. `records`: what is sent, in that order."""

    def __init__(self, shared_data: Path, seed: int, *, every_nth_call: int = 2) -> None:
        chance = random.Random(seed)
        self.events = sorted(_events(shared_data / "events", every_nth_call), key=lambda event: event[0])
        good = [Sent(topic, key, value) for _, topic, key, value in self.events]
        self.rejected = list(bad_records(chance))
        self.records = disordered(good, [*self.rejected, *skipped_records()], chance)

    def write(self, path: Path) -> Path:
        path.write_bytes(b"".join(value + b"\n" for _, _, _, value in self.events))
        return path

    @property
    def last_ms(self) -> int:
        return self.events[-1][0]


def disordered(good: Sequence[Sent], odd: Sequence[Sent], chance: random.Random) -> list[Sent]:
    """Events as producers send them: some later, some again, and what is none anywhere among them."""
    placed: list[tuple[float, Sent]] = []
    for place, sent in enumerate(good):
        placed.append((place + _delay(chance), sent))
        while chance.random() < REPEATED_SHARE:
            placed.append((place + chance.uniform(0, REPEATED_PLACES), sent))
    placed += [(chance.uniform(0, len(good)), sent) for sent in odd]
    return [sent for _, sent in sorted(placed, key=lambda pair: pair[0])]


def _delay(chance: random.Random) -> float:
    drawn = chance.random()
    return chance.uniform(0, MOVED_FAR_PLACES if drawn < MOVED_FAR_SHARE else MOVED_PLACES if drawn < MOVED_SHARE else 0)


def _events(directory: Path, every_nth_call: int) -> Iterator[tuple[int, str, bytes, bytes]]:
    """Two weeks of a bank's calls, two hours of a PBX and a month of a help desk's tickets, moved so that all end together."""
    bank = list(_read(directory / "bank_1999-02-01_14.jsonl.gz"))
    if every_nth_call > 1:
        bank = [event for event in bank if int(event[2][:5]) % every_nth_call == 0]
    pbx = list(_read(directory / "queue_log_freepbx_2010.jsonl.gz"))
    tickets = [event for event in _of_busy_groups(list(_read(directory / "servicenow_2016-03.jsonl.gz"))) if event[0] <= TICKETS_TO]
    bank = list(_about(bank, tickets))
    # The PBX ends in the afternoon before, so that its calls are in the short windows of nobody but of today.
    for events, end_ms in ((bank, END_MS), (pbx, END_MS - HOUR_MS), (tickets, END_MS)):
        by_ms = end_ms - events[-1][0]
        for at_ms, topic, key, value in events:
            if at_ms + by_ms > END_MS - SPAN_MS:
                yield at_ms + by_ms, topic, key, moved(value, by_ms)


def _about(
    calls: Iterable[tuple[int, str, bytes, bytes]], tickets: Iterable[tuple[int, str, bytes, bytes]]
) -> Iterator[tuple[int, str, bytes, bytes]]:
    """The calls, of each fifth one the customer of a ticket, or the case, or both."""
    owned = [(key.decode(), json.loads(value)["customer_id"]) for _, _, key, value in tickets if b'"customer_id"' in value]
    for at_ms, topic, key, value in calls:
        number = int(key[:5])
        if number % 5 == 0 and b'"call.started"' in value:
            case_id, customer_id = owned[number % len(owned)]
            about = ({"customer_id": customer_id}, {"case_id": case_id}, {"customer_id": customer_id, "case_id": case_id})[number % 3]
            rest = {name: said for name, said in json.loads(value).items() if name != "customer_id"}
            yield at_ms, topic, key, json.dumps(rest | about).encode()
        else:
            yield at_ms, topic, key, value


def _of_busy_groups(events: Sequence[tuple[int, str, bytes, bytes]]) -> Iterator[tuple[int, str, bytes, bytes]]:
    """All events of the tickets that were never elsewhere."""
    groups: dict[bytes, set[str]] = {}
    for _, _, key, value in events:
        if b'"queue"' in value:
            groups.setdefault(key, set()).add(json.loads(value)["queue"])
    busy = {group for group, _ in Counter(group for some in groups.values() for group in some).most_common(GROUPS)}
    return (event for event in events if event[2] in groups and groups[event[2]] <= busy)


def _read(path: Path) -> Iterator[tuple[int, str, bytes, bytes]]:
    for value in gzip.decompress(path.read_bytes()).splitlines():
        topic, key, at_ms = outline(value)
        assert topic is not None
        assert key is not None
        assert at_ms is not None
        yield at_ms, topic, key, value


def bad_records(chance: random.Random) -> Iterator[Sent]:
    """Of each reason that a record can have where no event is ever too late, for both topics; all different from each other."""
    for topic, id_field, kind in (("calls", "call_id", "call.started"), ("tickets", "ticket_id", "ticket.created")):
        for number in range(3):
            id_ = f"bad-{topic}-{number}"
            key = id_.encode()
            fine = {"type": kind, "id": "1", "time": END_MS - DAY_MS - number, id_field: id_, "channel": "phone"}

            def written(**changes: Any) -> bytes:
                return json.dumps({k: v for k, v in {**fine, **changes}.items() if v is not ...}).encode()  # noqa: B023

            soon_ms = time.time_ns() // 1_000_000 + HOUR_MS
            yield Sent(topic, key, bytes(chance.choices(range(33, 256), k=40)) + b"{%d" % number, "not_json")
            yield Sent(topic, key, b"[%d]" % number, "not_object")
            yield Sent(topic, key, written(padding="x" * (66_000 + number)), "too_large")
            yield Sent(topic, key, written(id=...), "missing_field")
            yield Sent(topic, key, written(id=number), "bad_type")
            yield Sent(topic, key, written(time=f"2024-04-05T10:00:0{number}"), "bad_time")
            yield Sent(topic, key, written(time=soon_ms + number), "future_time")
            yield Sent(topic, b"other-" + key, written(), "key_mismatch")
            yield Sent(topic, None, written(), "key_mismatch")


def skipped_records() -> Iterator[Sent]:
    """Tombstones, and types that nobody knows yet: counted, and in no dead letter."""
    for topic, id_field in (("calls", "call_id"), ("tickets", "ticket_id")):
        for number in range(3):
            key = f"new-{number}".encode()
            yield Sent(topic, key, None)
            yield Sent(topic, key, json.dumps({"type": "call.dreamt", "id": "1", "time": END_MS, id_field: f"new-{number}"}).encode())
