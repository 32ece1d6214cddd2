"""JSON Schema of the events, generated from their classes.

The schema says what a producer should write. Reading is more lenient: an unknown channel is `other`, an unknown reason too, a long label
is cut, fields that no class has are ignored.
"""

from __future__ import annotations

from typing import Any, Final, get_args

import msgspec

from schemas.events import TYPES, Event
from schemas.words import AMOUNT_MAX, Channel, Priority

TOPICS: Final = {
    "calls": "Anything with a live queue: phone, chat, video. The record key is the call_id.",
    "tickets": "Cases worked off without a live queue: e-mail, forms, social media. The record key is the ticket_id.",
    "agents": "What each person who works is doing. The record key is the agent_id.",
    "surveys": "What people answer when they are asked. The record key is the survey_id.",
    "customers": "Who came, left, bought, was active. The record key is the customer_id.",
    "articles": "Views of the pages of the help centre. The record key is the view_id.",
    "finance": "What support cost and what the company earned, by month. The record key is the entry_id.",
}

# Field -> what it says, in every event that has it.
FIELDS: Final = {
    "type": "Names the event.",
    "id": "Unique per event inside its case (the call, the ticket, ...). The same id again is a duplicate and changes nothing.",
    "time": "When it happened at the source: RFC 3339 with an offset, or epoch milliseconds.",
    "seq": "The source's own order where several events of one case share one time.",
    "source": "Who says so.",
    "call_id": "The call. In calls also the record key.",
    "ticket_id": "The ticket; also the record key.",
    "case_id": "The ticket it belongs to.",
    "survey_id": "The survey that one person was asked; also the record key.",
    "view_id": "One reader's view of one page; also the record key.",
    "entry_id": "The entry; also the record key.",
    "customer_id": "The customer, the same in all topics. In customers also the record key.",
    "agent_id": "The person who works. In agents also the record key.",
    "queue": "The queue, group or skill.",
    "topic": "What it is about.",
    "channel": f"One of {', '.join(get_args(Channel))}; voice is read as phone, web as form, anything else as other.",
    "priority": f"One of {', '.join(get_args(Priority))}; absent: normal.",
    "direction": "Who called whom.",
    "line": "Trunk or number it came in by.",
    "reason": "Why.",
    "to": "What the call is transferred to.",
    "target": "Name of that queue or agent, or an external number.",
    "kind": "Of which kind it is.",
    "sip_code": "What the network answered.",
    "by": "Who did it.",
    "created": "When the ticket was opened.",
    "status": "The status from now on.",
    "waiting_since": "Since when the customer waits for an answer.",
    "public": "Whether the customer sees it.",
    "auto": "Whether a machine wrote it in a person's name; no answer then.",
    "thanks": "The customer's last word: no reopen.",
    "into": "The ticket it was merged into.",
    "state": "The agent's state from now on.",
    "queues": "The queues that the agent serves.",
    "until": "When the state ends by itself: wrap_up turns into available, any other into offline.",
    "score": "The answer, a number on the scale.",
    "max": "The highest score; absent: csat 5, nps 10, ces 7, iqs 100, agent_satisfaction 5.",
    "min": "The lowest score; absent: nps and iqs 0, the others 1.",
    "referred_by": "The customer who recommended us.",
    "program": "The referral program.",
    "amount": "In the currency's unit, with up to 6 decimals.",
    "currency": "ISO 4217; it has to be the one of the site.",
    "article": "The page.",
    "seconds": "Reading time so far.",
    "period": "The month that the amount belongs to.",
}

# What a field says in one event alone.
OWN_FIELDS: Final = {("CallTransferred", "kind"): "Whether the agents spoke to each other first."}

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
    "survey_id": "s-20240304-0003",
    "score": 5,
    "customer_id": "u-1001",
    "amount": "129.90",
    "currency": "EUR",
    "view_id": "v-20240304-0042",
    "article": "reset-password",
    "seconds": 35.5,
    "entry_id": "2024-03-rent",
    "period": "2024-03",
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
    _, components = msgspec.json.schema_components(list(TYPES[topic].values()), ref_template=f"{prefix}{{name}}")
    return {event_type.__name__: _described(components[event_type.__name__], event_type) for event_type in TYPES[topic].values()}


def _described(schema: dict[str, Any], event_type: type[Event]) -> dict[str, Any]:
    schema["description"] = " ".join(schema["description"].split())
    properties: dict[str, Any] = schema["properties"]
    for name, field in properties.items():
        field["description"] = OWN_FIELDS.get((event_type.__name__, name), FIELDS[name])
        if field.get("default", ...) is None:
            del field["default"]  # null is absent, not a value of its own
        if name == "amount":
            properties[name] = _text_or_number(field)
        if name in ("time", "created", "waiting_since", "until"):
            next(form for form in field["anyOf"] if form["type"] == "string")["format"] = "date-time"
        if name == "channel":
            properties[name] = _any_word(field)
    schema["examples"] = [example(event_type)]
    return schema


def _any_word(field: dict[str, Any]) -> dict[str, Any]:
    """The field without its set of words: another word is no error there."""
    kept = {key: value for key, value in field.items() if key not in ("enum", "anyOf")}
    return {"type": ["string", "null"] if "anyOf" in field else "string", "minLength": 1} | kept


def _text_or_number(field: dict[str, Any]) -> dict[str, Any]:
    text = {"type": field.pop("type"), "pattern": field.pop("pattern")}
    return {"anyOf": [text, {"type": "number", "minimum": -AMOUNT_MAX, "maximum": AMOUNT_MAX}]} | field


def example(event_type: type[Event]) -> dict[str, Any]:
    """A small event of that type as it stands on the wire: what is required, no more."""
    schema: dict[str, Any] = msgspec.json.schema(event_type)["$defs"][event_type.__name__]
    sample: dict[str, Any] = {}
    for name, field in schema["properties"].items():
        if name in schema["required"]:
            sample[name] = SAMPLES[name] if name in SAMPLES else field["enum"][0]
    return sample
