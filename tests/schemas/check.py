"""A validator for the part of JSON Schema that the generated documents use. It refuses keywords it does not know."""

from __future__ import annotations

import re
from typing import Any

from schemas.instants import instant_ms

SILENT = {"title", "description", "default", "examples", "discriminator", "$schema", "$defs"}
KINDS: dict[str, Any] = {
    "object": lambda value: isinstance(value, dict),
    "string": lambda value: isinstance(value, str),
    "array": lambda value: isinstance(value, list),
    "integer": lambda value: type(value) is int,
    "number": lambda value: type(value) in (int, float),
    "boolean": lambda value: isinstance(value, bool),
    "null": lambda value: value is None,
}


def is_valid(value: Any, schema: dict[str, Any], root: dict[str, Any]) -> bool:
    """Whether `value` keeps `schema`; references are looked up in `root`."""
    return all(_holds(keyword, wanted, value, schema, root) for keyword, wanted in schema.items() if keyword not in SILENT)


def _holds(keyword: str, wanted: Any, value: Any, schema: dict[str, Any], root: dict[str, Any]) -> bool:
    match keyword:
        case "$ref":
            target: Any = root
            for part in wanted.removeprefix("#/").split("/"):
                target = target[part]
            return is_valid(value, target, root)
        case "type":
            return any(KINDS[kind](value) for kind in ([wanted] if isinstance(wanted, str) else wanted))
        case "enum":
            return value in wanted
        case "anyOf":
            return any(is_valid(value, form, root) for form in wanted)
        case "oneOf":
            return sum(is_valid(value, form, root) for form in wanted) == 1
        case "required":
            return not isinstance(value, dict) or all(name in value for name in wanted)
        case "properties":
            return not isinstance(value, dict) or all(is_valid(value[name], wanted[name], root) for name in wanted if name in value)
        case "minimum":
            return type(value) not in (int, float) or value >= wanted
        case "maximum":
            return type(value) not in (int, float) or value <= wanted
        case "minLength":
            return not isinstance(value, str) or len(value) >= wanted
        case "maxLength":
            return not isinstance(value, str) or len(value) <= wanted
        case "pattern":
            return not isinstance(value, str) or re.search(wanted, value) is not None
        case "items":
            return not isinstance(value, list) or all(is_valid(item, wanted, root) for item in value)
        case "maxItems":
            return not isinstance(value, list) or len(value) <= wanted
        case "format":
            assert wanted == "date-time"
            return not isinstance(value, str) or _is_instant(value)
    raise AssertionError(f"keyword {keyword} is not known here")


def _is_instant(text: str) -> bool:
    try:
        instant_ms(text)
    except ValueError:
        return False
    return True
