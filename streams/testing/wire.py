"""Events as records: the topic of each, its key and its value."""

from __future__ import annotations

import msgspec

from schemas.events import ENTITY_FIELD, TYPES, Event


def topic_of(event_type: type[Event]) -> str:
    """The logical topic of an event class."""
    return next(topic for topic, types in TYPES.items() if event_type in types.values())


def entity_field(event_type: type[Event]) -> str:
    return ENTITY_FIELD[topic_of(event_type)]


def to_wire(event: Event) -> tuple[bytes, bytes]:
    """Key and value of the record that says `event`."""
    entity_id: str = getattr(event, entity_field(type(event)))
    return entity_id.encode(), msgspec.json.encode(event)
