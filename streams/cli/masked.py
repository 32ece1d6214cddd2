"""Records as they may be shown: what a person or a number could be read from is hidden, what helps to find the fault is not."""

from __future__ import annotations

import json
import re
from typing import Any, Final

SAFE: Final = frozenset({
    *("type", "time", "created", "seq", "source", "queue", "channel", "priority", "status", "direction", "reason", "by", "kind", "state"),
    *("to", "public", "auto", "thanks", "currency", "period", "max", "min", "specversion"),
})  # fmt: skip
"""Fields whose values say nothing of anybody."""
ADDRESS: Final = re.compile(r"[^\s@<>\"']+@[^\s@<>\"']+")
QUOTED: Final = re.compile(r"""(["'])(.*?)\1""")
GOT: Final = re.compile(r"\bgot .*?(?= @ |$)")
SHOWN_MAX: Final = 400


def masked_key(key: bytes | None) -> str | None:
    """Of a case: call-4711 -> call-####; addresses are hidden as a whole."""
    return None if key is None else _digits(ADDRESS.sub("@", key.decode("utf-8", "replace")))[:SHOWN_MAX]


def masked_id(key: bytes | None) -> str | None:
    """Ann 4711 -> xxx ####, the same as where a value has it: it may be that of a person."""
    return None if key is None else _letters(key.decode("utf-8", "replace"))[:SHOWN_MAX]


def masked_detail(detail: str) -> str:
    """Of what is wrong: it repeats a value behind `got`, in quotes, or as an address. The rest are our own words."""
    shown = GOT.sub(lambda found: _digits(found[0]), ADDRESS.sub("@", detail))
    return QUOTED.sub(lambda found: found[1] + _letters(found[2]) + found[1], shown)


def masked_value(value: bytes | None) -> str | None:
    """JSON with its names, and with the values of harmless fields; of all others only their shape. What is no JSON is shape alone."""
    if value is None:
        return None
    try:
        shown = json.dumps(_masked(json.loads(value)), ensure_ascii=False)
    except (ValueError, RecursionError):
        shown = _letters(value.decode("utf-8", "replace"))
    return shown if len(shown) <= SHOWN_MAX else f"{shown[:SHOWN_MAX]}..."


def _masked(found: Any, name: str = "") -> Any:
    if isinstance(found, dict):
        return {ADDRESS.sub("@", str(key)): _masked(value, str(key)) for key, value in found.items()}
    if isinstance(found, list):
        return [_masked(value, name) for value in found]
    if found is None or isinstance(found, bool):
        return found
    if name in SAFE:
        return ADDRESS.sub("@", found) if isinstance(found, str) else found
    return _letters(str(found))


def _digits(text: str) -> str:
    return re.sub(r"\d", "#", text)


def _letters(text: str) -> str:
    """Ann 4711 -> xxx ####"""
    return re.sub(r"[^\W\d_]", "x", _digits(text))
