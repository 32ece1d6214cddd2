"""JSON Schema of the events, generated from their classes.

The schema says what a producer should write. Reading is more lenient: an unknown channel is `other`, an unknown reason too, a long label
is cut, fields that no class has are ignored.
"""

from __future__ import annotations

from typing import Any, Final, get_args

import msgspec

from schemas.events import TYPES, CallEvent, Event, TicketEvent
from schemas.words import Channel, Priority

TOPICS: Final = {
    "calls": "Anything with a live queue: phone, chat, video. The record key is the call_id.",
    "tickets": "Cases worked off without a live queue: e-mail, forms, social media. The record key is the ticket_id.",
}
UNIONS: Final[dict[str, Any]] = {"calls": CallEvent, "tickets": TicketEvent}

# Field -> what it says, in every event that has it.
FIELDS: Final = {
    "type": "Names the event.",
    "id": "Unique per event inside its call or ticket. The same id again is a duplicate and changes nothing.",
    "time": "When it happened at the source: RFC 3339 with an offset, or epoch milliseconds.",
    "seq": "The source's own order where several events of one call or ticket share one time.",
    "source": "Who says so.",
    "call_id": "The call. In calls also the record key.",
    "ticket_id": "The ticket; also the record key.",
    "case_id": "The ticket this call belongs to.",
    "customer_id": "The customer, the same in all topics.",
    "agent_id": "The person who works.",
    "queue": "The queue, group or skill.",
    "topic": "What it is about.",
    "channel": f"One of {', '.join(get_args(Channel))}; voice is read as phone, web as form, anything else as other.",
    "priority": f"One of {', '.join(get_args(Priority))}; absent: normal.",
    "direction": "Who called whom.",
    "line": "Trunk or number it came in by.",
    "reason": "Why.",
    "to": "What the call is transferred to.",
    "target": "Name of that queue or agent, or an external number.",
    "kind": "Whether the agents spoke to each other first.",
    "sip_code": "What the network answered.",
    "by": "Who did it.",
    "created": "When the ticket was opened.",
    "status": "The status from now on.",
    "waiting_since": "Since when the customer waits for an answer.",
    "public": "Whether the customer sees it.",
    "auto": "Whether a machine wrote it in a person's name; no answer then.",
    "thanks": "The customer's last word: no reopen.",
    "into": "The ticket it was merged into.",
}

SAMPLES: Final[dict[str, Any]] = {
    "id": "8c1f-3",
    "time": "2024-03-04T09:00:00.250+01:00",
    "call_id": "c-20240304-0017",
    "ticket_id": "T-4711",
    "agent_id": "ann",
    "queue": "billing",
    "channel": "email",
    "created": 1709539200000,
    "into": "T-4700",
    "target": "support",
}


def schema_of(topic: str) -> dict[str, Any]:
    """The JSON Schema (2020-12) of what a record value of `topic` holds."""
    definitions = definitions_of(topic, "#/$defs/")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": topic,
        "description": TOPICS[topic],
        "oneOf": [{"$ref": f"#/$defs/{name}"} for name in definitions],
        "$defs": definitions,
    }


def definitions_of(topic: str, prefix: str) -> dict[str, dict[str, Any]]:
    """Class name -> its schema, in the order of rank; `prefix` leads to where the caller puts them."""
    _, components = msgspec.json.schema_components([UNIONS[topic]], ref_template=f"{prefix}{{name}}")
    return {event_type.__name__: _described(components[event_type.__name__], event_type) for event_type in TYPES[topic].values()}


def _described(schema: dict[str, Any], event_type: type[Event]) -> dict[str, Any]:
    schema["description"] = " ".join(schema["description"].split())
    properties: dict[str, Any] = schema["properties"]
    for name, field in properties.items():
        field["description"] = FIELDS[name]
        if field.get("default", ...) is None:
            del field["default"]  # null is absent, not a value of its own
        if name in ("time", "created", "waiting_since"):
            next(form for form in field["anyOf"] if form["type"] == "string")["format"] = "date-time"
        if name == "channel":
            properties[name] = _any_word(field)
    schema["examples"] = [example(event_type)]
    return schema


def _any_word(field: dict[str, Any]) -> dict[str, Any]:
    """The field without its set of words: another word is no error there."""
    kept = {key: value for key, value in field.items() if key not in ("enum", "anyOf")}
    return {"type": ["string", "null"] if "anyOf" in field else "string", "minLength": 1} | kept


def example(event_type: type[Event]) -> dict[str, Any]:
    """A small event of that type as it stands on the wire: what is required, no more."""
    schema: dict[str, Any] = msgspec.json.schema(event_type)["$defs"][event_type.__name__]
    sample: dict[str, Any] = {}
    for name, field in schema["properties"].items():
        if name in schema["required"]:
            sample[name] = SAMPLES[name] if name in SAMPLES else field["enum"][0]
    return sample
