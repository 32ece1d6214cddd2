"""The log of a case: its events as few bytes, as most of the memory of a case under way is its log (architecture.md, section 3).

An entry is a msgpack array, [type number, ms since the case's `origin_ms`, fields of the event that are its own ..], entries stand back to
back. A word of a closed set is its place in the set. An agent who is that of the entry before, of those that name one, is SAME_AGENT.
Ids stand beside the entries, what all of them begin with apart from the rest: they are looked through for every event.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from schemas.words import ID_END
from streams.core.cases.case import Case
from streams.core.cases.event_type import EventType

SAME_AGENT: Final = True
ARRAY_OF_32_BITS: Final = b"\xdd"

_encode = msgspec.msgpack.Encoder().encode
_decode_entries = msgspec.msgpack.Decoder(list[list[Any]]).decode


class EventLog:
    """Reads and writes the logs of the cases of one topic."""

    def __init__(self, event_types: Sequence[type[Any]], entity: str) -> None:
        """event_types  in the order of their numbers, as `types` then are"""
        self._entity = entity
        self.types = [EventType(number, event_type, entity) for number, event_type in enumerate(event_types)]
        self._by_class: dict[type, EventType] = {t.event_type: t for t in self.types}

    def type_of(self, event: Any) -> EventType:
        """How it is logged."""
        return self._by_class[type(event)]

    def holds(self, case: Case, id_: str) -> bool:
        """Whether there is an event of this id."""
        start = case.ids_start
        return id_.startswith(start) and ID_END + id_[len(start) :] + ID_END in case.ids

    def last_id(self, case: Case) -> str:
        """Of the last event; there is one."""
        return case.ids_start + case.ids[:-1].rpartition(ID_END)[2]

    def append(self, case: Case, kind: EventType, event: Any, place: int) -> None:
        """`event`, which is of this type, comes after all others. `place` is its `kind.place`."""
        at_ms: int = event.time
        id_: str = event.id
        if case.count == 0:
            case.origin_ms = at_ms
            case.ids_start, case.ids = id_, ID_END + ID_END
        else:
            if not id_.startswith(case.ids_start):
                _shorten_start(case, id_)
            case.ids = case.ids + id_[len(case.ids_start) :] + ID_END
        case.log = case.log + _entry_after(case, kind, event)
        case.count += 1
        case.last_ms = at_ms
        case.last_place = place

    def events(self, case: Case) -> list[Any]:
        """All events, in order."""
        events: list[Any] = []
        agent_id = ""
        entity, types, origin_ms = self._entity, self.types, case.origin_ms
        entries = _decode_entries(ARRAY_OF_32_BITS + case.count.to_bytes(4, "big") + case.log)
        for entry, id_ in zip(entries, _ids(case), strict=True):
            number: int = entry[0]
            kind = types[number]
            for at, words in kind.words:
                if entry[at] is not None:
                    entry[at] = words[entry[at]]
            at = kind.agent_at
            if at:
                if entry[at] is SAME_AGENT:
                    entry[at] = agent_id
                agent_id = entry[at] or agent_id
            fields: dict[str, Any] = dict(zip(kind.names, entry[2:], strict=True))
            events.append(kind.event_type(id=id_, time=origin_ms + entry[1], **{entity: ""}, **fields))
        return events

    def write(self, case: Case, events: Sequence[Any]) -> None:
        """Let the log hold `events`, which are in order."""
        case.count = len(events)
        if events:
            last = events[-1]
            case.origin_ms = events[0].time
            case.last_ms, case.last_place = last.time, self.type_of(last).place(last)
        _write_ids(case, [event.id for event in events])
        case.agent_id = ""
        case.log = b"".join([_entry_after(case, self.type_of(event), event) for event in events])

    def same(self, event: Any, other: Any) -> bool:
        """Whether both say the same, but for their ids. 4 and 4.0 are the same."""
        kind = self.type_of(event)
        return type(other) is type(event) and _entry(kind, event, 0) == _entry(kind, other, 0)


def _entry(kind: EventType, event: Any, origin_ms: int) -> list[Any]:
    entry = [kind.number, event.time - origin_ms, *kind.values_of(event)]
    for at, codes in kind.worded:
        entry[at] = codes[entry[at]]
    return entry


def _entry_after(case: Case, kind: EventType, event: Any) -> bytes:
    """The entry that comes next in the log of a case. Notes the agent that it names."""
    entry = _entry(kind, event, case.origin_ms)
    at = kind.agent_at
    if at:
        agent_id = entry[at]
        if agent_id and agent_id == case.agent_id:
            entry[at] = SAME_AGENT
        elif agent_id:
            case.agent_id = agent_id
    return _encode(entry)


def _ids(case: Case) -> list[str]:
    start = case.ids_start
    return [start + rest for rest in case.ids[1:-1].split(ID_END)] if case.count else []


def _write_ids(case: Case, ids: Sequence[str]) -> None:
    start = ids[0] if ids else ""
    for id_ in ids:
        start = _common_start(start, id_)
    case.ids_start = start
    case.ids = "".join([ID_END, *[id_[len(start) :] + ID_END for id_ in ids]]) if ids else ""


def _shorten_start(case: Case, id_: str) -> None:
    """Let the ids begin with no more than `id_` begins with, too."""
    start = _common_start(case.ids_start, id_)
    moved = case.ids_start[len(start) :]
    case.ids_start = start
    case.ids = case.ids.replace(ID_END, ID_END + moved)[: -len(moved)]


def _common_start(start: str, text: str) -> str:
    """What both begin with: most often all but a few characters of `start`."""
    while not text.startswith(start):
        start = start[:-1]
    return start
