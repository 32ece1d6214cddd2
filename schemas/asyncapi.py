"""The AsyncAPI 3.0 document of the topics, and all generated documents by name."""

from __future__ import annotations

from typing import Any, Final, get_args

import msgspec

from schemas.events import ENTITY_FIELD, TYPES
from schemas.jsonschema import TOPICS, definitions_of, example, schema_of
from schemas.records import DEAD_LETTER_HEADERS, SELDOM_HEADERS, RejectionReason, SlaRecord

CONTRACT_VERSION: Final = "1.0.0"
KAFKA_BINDING: Final = "0.5.0"

CONTRACT: Final = (
    "Producers should keep the order per case, but nothing depends on it: any order and any repetition within the lateness "
    "horizon gives the same final numbers. A record may also be a CloudEvent 1.0, binary or structured. Unknown types are skipped and "
    "counted, unknown fields ignored, records that break the contract are copied to dead-letters."
)


OUTPUTS: Final = {
    "dead-letters": ("Rejected input records, byte for byte, the reason in their headers.", "DeadLetter"),
    "sla-breaches": ("What became of promises: at risk, breached, or a breach taken back. Each once, at its due instant.", "SlaRecord"),
}
"""Topic -> what it holds, and the name of its messages."""


def asyncapi() -> dict[str, Any]:
    """What is read and written, as AsyncAPI 3.0."""
    messages: dict[str, Any] = {"DeadLetter": _dead_letter(), "SlaRecord": _sla_record()}
    schemas: dict[str, Any] = {"SlaRecord": sla_schema()}
    for topic in TYPES:
        schemas |= definitions_of(topic, "#/components/schemas/")
        messages |= _messages(topic, schemas)
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "deskpulse events", "version": CONTRACT_VERSION, "description": CONTRACT, "license": {"name": "Apache-2.0"}},
        "defaultContentType": "application/json",
        "channels": {topic: _channel(topic, TOPICS[topic], _names(topic)) for topic in TYPES}
        | {topic: _channel(topic, said, [message]) for topic, (said, message) in OUTPUTS.items()},
        "operations": {f"read-{topic}": _operation("receive", topic) for topic in TYPES}
        | {f"write-{topic}": _operation("send", topic) for topic in OUTPUTS},
        "components": {"messages": messages, "schemas": schemas},
    }


def documents() -> dict[str, str]:
    """File name -> text of every generated document. They are kept in `schemas/generated/`."""
    files = {f"{topic}.schema.json": schema_of(topic) for topic in TYPES} | {"asyncapi.json": asyncapi()}
    return {name: msgspec.json.format(msgspec.json.encode(document), indent=2).decode() + "\n" for name, document in files.items()}


def _names(topic: str) -> list[str]:
    return [event_type.__name__ for event_type in TYPES[topic].values()]


def _channel(address: str, description: str, names: list[str]) -> dict[str, Any]:
    return {
        "address": address,
        "description": description,
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in names},
        "bindings": {"kafka": {"topic": address, "bindingVersion": KAFKA_BINDING}},
    }


def _operation(action: str, channel: str) -> dict[str, Any]:
    return {"action": action, "channel": {"$ref": f"#/channels/{channel}"}}


def _messages(topic: str, schemas: dict[str, Any]) -> dict[str, Any]:
    key = {"type": "string", "description": f"The {ENTITY_FIELD[topic]}, so that all events of one share a partition."}
    return {
        event_type.__name__: {
            "name": kind,
            "summary": schemas[event_type.__name__]["description"],
            "payload": {"$ref": f"#/components/schemas/{event_type.__name__}"},
            "bindings": {"kafka": {"key": key, "bindingVersion": KAFKA_BINDING}},
            "examples": [{"payload": example(event_type)}],
        }
        for kind, event_type in TYPES[topic].items()
    }


def sla_schema() -> dict[str, Any]:
    """The JSON Schema of a record of `sla-breaches`."""
    _, components = msgspec.json.schema_components([SlaRecord])
    schema: dict[str, Any] = components["SlaRecord"]
    schema["description"] = " ".join(schema["description"].split())
    for name in ("due", "time"):
        field = schema["properties"][name]
        next(form for form in field.get("anyOf", [field]) if form["type"] == "string")["format"] = "date-time"
    return schema


def _sla_record() -> dict[str, Any]:
    example = SlaRecord(
        type="sla.breached",
        clock="first_response",
        instance="8c1f-3",
        due="2024-03-04T09:00:00.250Z",
        time="2024-03-04T09:00:00.250Z",
        queue="billing",
        channel="email",
        priority="urgent",
        target_seconds=3600,
    )
    key = {"type": "string", "description": "The id of the call or ticket, so that all that is told of one shares a partition."}
    return {
        "name": "sla",
        "summary": "What became of a promise to one call or ticket.",
        "payload": {"$ref": "#/components/schemas/SlaRecord"},
        "bindings": {"kafka": {"key": key, "bindingVersion": KAFKA_BINDING}},
        "examples": [{"payload": msgspec.to_builtins(example)}],
    }


def _dead_letter() -> dict[str, Any]:
    headers: dict[str, Any] = {name: {"type": "string", "description": meaning} for name, meaning in DEAD_LETTER_HEADERS.items()}
    headers["error.reason"]["enum"] = list(get_args(RejectionReason))
    return {
        "name": "dead-letter",
        "summary": "An input record that broke the contract.",
        "contentType": "application/octet-stream",
        "headers": {"type": "object", "properties": headers, "required": [name for name in headers if name not in SELDOM_HEADERS]},
        "payload": {"description": "The value as it came."},
    }
