"""The fields of a record, in whichever mode of CloudEvents it is told, or in none."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec
from msgspec import Raw

from streams.core.refusal import Refusal, shown

Headers = Sequence[tuple[str, bytes]]
Fields = dict[str, Raw]

CONTEXT_ONLY: Final = frozenset({"specversion", "data", "data_base64", "datacontenttype", "dataschema"})
STAND_INS: Final = (("type", "ce_type"), ("id", "ce_id"), ("time", "ce_time"), ("source", "ce_source"))

_as_fields: Final = msgspec.json.Decoder(Fields)
_as_anything: Final = msgspec.json.Decoder()


def fields_of(value: bytes, headers: Headers) -> Fields:
    """The fields of the record, whatever its CloudEvents mode: those of the body, under them those of `data`, then those of headers."""
    fields = _object(value, "$")
    if "specversion" in fields:
        context = {name: raw for name, raw in fields.items() if not _is_null(raw)}
        data = _object(context["data"], "$.data") if "data" in context else {}
        fields = data | {name: raw for name, raw in context.items() if name not in CONTEXT_ONLY}
    for name, header_name in STAND_INS:
        if name not in fields or _is_null(fields[name]):
            text = header(headers, header_name)
            if text is not None:
                fields[name] = Raw(msgspec.json.encode(text))
    return fields


def header(headers: Headers, name: str) -> str | None:
    """The text of the last header of that name; None where there is none, or none in UTF-8."""
    text = None
    for header_name, raw in headers:
        if header_name == name and raw is not None:
            try:
                text = raw.decode()
            except UnicodeDecodeError:
                text = None
    return text


def value_of(fields: Fields, name: str) -> object:
    """What a field holds; None where it is absent or null. Raises Refusal `not_json`."""
    raw = fields.get(name)
    return None if raw is None else _anything(raw, f"$.{name}")


def _object(value: bytes | Raw, path: str) -> Fields:
    try:
        return _as_fields.decode(value)
    except msgspec.ValidationError:
        _anything(value, path)
        raise Refusal("not_object" if path == "$" else "bad_type", f"expected an object, got {shown(Raw(value))} @ {path}") from None
    except RecursionError:
        raise Refusal("not_json", f"nested too deep @ {path}") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Refusal("not_json", f"{_malformed(value, error)} @ {path}") from None


def _anything(value: bytes | Raw, path: str) -> object:
    try:
        return _as_anything.decode(value)
    except RecursionError:
        raise Refusal("not_json", f"nested too deep @ {path}") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Refusal("not_json", f"{_malformed(value, error)} @ {path}") from None


def _malformed(value: bytes | Raw, error: Exception) -> str:
    value = bytes(value)
    if value.startswith(b"\xef\xbb\xbf"):
        return "expected JSON, got a byte order mark: write UTF-8 without it"
    if not value.strip():
        return "expected JSON, got nothing"
    return f"expected JSON: {error}"


def _is_null(raw: Raw) -> bool:
    return bytes(raw) == b"null"
