"""Pieces that a document of OpenAPI is written with."""

from __future__ import annotations

from typing import Any, Final

Schema = dict[str, Any]

STRING: Final[Schema] = {"type": "string"}
NUMBER: Final[Schema] = {"type": "number"}
INTEGER: Final[Schema] = {"type": "integer"}
LABELS: Final[Schema] = {"type": "object", "additionalProperties": STRING}


def object_of(properties: Schema, required: list[str]) -> Schema:
    return {"type": "object", "properties": properties, "required": required}


def ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def parameter(name: str, schema: Schema, description: str, *, several: bool = True, required: bool = False) -> Schema:
    whole = {"type": "array", "items": schema} if several else schema
    return {"name": name, "in": "query", "schema": whole, "description": description, "required": required}


def answer(description: str, schema: Schema, content_type: str = "application/json") -> Schema:
    return {"description": description, "content": {content_type: {"schema": schema}}}
