"""The slow way from a record to an event, taken where plain decoding refuses or is not enough.

Here CloudEvents are unwrapped, values are put right (a label is cut, an unknown channel is `other`) and every refusal gets its reason and
a detail that says what was expected, what came, and where. Absent, null and, for ids and labels, the empty text are the same thing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, Literal, NoReturn

import msgspec
from msgspec import NODEFAULT, Raw, Struct, inspect

from schemas.amounts import amount_text
from schemas.events import TYPES, Event
from schemas.instants import instant_ms
from schemas.records import RejectionReason
from schemas.values import EpochMs
from schemas.words import AMOUNT_PATTERN, CURRENCY_PATTERN, LABEL_LENGTH_MAX, PERIOD_PATTERN, TIME_MS_MAX

Headers = Sequence[tuple[str, bytes]]
Fields = dict[str, Raw]

CHANNEL_ALIASES: Final = {"voice": "phone", "web": "form"}
CONTEXT_ONLY: Final = frozenset({"specversion", "data", "data_base64", "datacontenttype", "dataschema"})
STAND_INS: Final = (("type", "ce_type"), ("id", "ce_id"), ("time", "ce_time"), ("source", "ce_source"))
SHOWN_MAX: Final = 48
FORMS: Final = {CURRENCY_PATTERN: "a currency of three capital letters, such as EUR", PERIOD_PATTERN: "a month, such as 2024-03"}

_as_fields: Final = msgspec.json.Decoder(Fields)
_as_anything: Final = msgspec.json.Decoder()


class Refusal(Exception):
    """The record is no event. Never leaves the core: intake makes a `Rejected` of it."""

    def __init__(self, reason: RejectionReason, detail: str) -> None:
        super().__init__(reason, detail)
        self.reason: RejectionReason = reason
        self.detail = detail


class UnknownType(Exception):
    """A type that this topic does not have."""


class FieldRule(Struct, frozen=True):
    """How one field of an event class is read."""

    name: str
    kind: Literal["time", "id", "label", "labels", "text", "form", "amount", "word", "number", "decimal", "flag"]
    required: bool
    nullable: bool
    words: tuple[str, ...] = ()
    pattern: str = ""
    length_max: int = 0
    least: int = 0
    most: int = 0


def rules_of(event_type: type[Event]) -> tuple[FieldRule, ...]:
    """The rules of a class, read from its annotations."""
    info = inspect.type_info(event_type)
    assert isinstance(info, inspect.StructType)
    return tuple(_rule(field) for field in info.fields)


def _rule(field: inspect.Field) -> FieldRule:
    union = field.type.types if isinstance(field.type, inspect.UnionType) else (field.type,)
    required = field.default is NODEFAULT
    nullable = any(isinstance(member, inspect.NoneType) for member in union)
    members = [member for member in union if not isinstance(member, inspect.NoneType)]
    match members:
        case [inspect.IntType(ge=int(least), le=int(most)), inspect.FloatType()]:
            return FieldRule(field.name, "decimal", required, nullable, least=least, most=most)
        case [_, _]:
            return FieldRule(field.name, "time", required, nullable)
        case [inspect.LiteralType(values=words)]:
            return FieldRule(field.name, "word", required, nullable, words=tuple(str(word) for word in words))
        case [inspect.ListType(item_type=inspect.StrType(max_length=int(length_max)), max_length=int(most))]:
            return FieldRule(field.name, "labels", required, nullable, length_max=length_max, most=most)
        case [inspect.StrType(pattern=str(pattern))]:
            form: Literal["form", "amount"] = "amount" if pattern == AMOUNT_PATTERN else "form"
            return FieldRule(field.name, form, required, nullable, pattern=pattern)
        case [inspect.StrType(max_length=None)]:
            return FieldRule(field.name, "text", required, nullable)
        case [inspect.StrType(max_length=int(length_max))]:
            kind: Literal["id", "label"] = "label" if length_max == LABEL_LENGTH_MAX else "id"
            return FieldRule(field.name, kind, required, nullable, length_max=length_max)
        case [inspect.IntType(ge=int(least), le=int(most))]:
            return FieldRule(field.name, "number", required, nullable, least=least, most=most)
        case [inspect.BoolType()]:
            return FieldRule(field.name, "flag", required, nullable)
    raise AssertionError(f"no rule for {field.name}: {field.type}")


RULES: Final = {event_type: rules_of(event_type) for types in TYPES.values() for event_type in types.values()}


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


def mended(types: Mapping[str, type[Event]], fields: Fields, notes: dict[str, int]) -> Event:
    """The event that `fields` say, put right where that is allowed and then counted in `notes`.

    Raises UnknownType for a `type` outside of `types`, Refusal for everything else that is wrong.
    """
    event_type = types.get(_type(fields))
    if event_type is None:
        raise UnknownType
    values: dict[str, Any] = {}
    for rule in RULES[event_type]:
        found = _value(fields, rule.name)
        if found is None or (found == "" and rule.kind != "text"):
            if rule.required and rule.nullable and rule.name in fields:
                values[rule.name] = None
            elif rule.required:
                raise Refusal("missing_field", f"expected {_noun(rule)}, got {_shown(fields.get(rule.name))} @ $.{rule.name}")
            continue
        values[rule.name] = _read(rule, found, fields[rule.name], notes)
    return event_type(**values)


def _type(fields: Fields) -> str:
    found = _value(fields, "type")
    if found is None:
        raise Refusal("missing_field", f"expected a type, got {_shown(fields.get('type'))} @ $.type")
    if not isinstance(found, str):
        raise Refusal("bad_type", f"expected a type, got {_shown(fields['type'])} @ $.type")
    return found


def _read(rule: FieldRule, found: object, raw: Raw, notes: dict[str, int]) -> object:
    """`found`, not null, as `rule` wants it."""

    def refuse(expected: str, reason: RejectionReason = "bad_type") -> NoReturn:
        raise Refusal(reason, f"expected {expected}, got {_shown(raw)} @ $.{rule.name}")

    if rule.kind == "flag":
        return found if isinstance(found, bool) else refuse("true or false")
    if rule.kind == "time":
        return read_time(found, rule.name)
    if rule.kind == "number":
        if type(found) is not int or not rule.least <= found <= rule.most:
            refuse(f"an integer {rule.least} to {rule.most}")
        return found
    if rule.kind == "decimal":
        if isinstance(found, bool) or not isinstance(found, int | float) or not rule.least <= found <= rule.most:
            refuse(f"a number {rule.least} to {rule.most}")
        return found
    if rule.kind == "amount":
        return _amount(found, raw, refuse)
    if rule.kind == "labels":
        return _labels(rule, found, notes, refuse)
    if not isinstance(found, str):
        refuse(_noun(rule))
    if rule.kind == "form":
        return found if re.fullmatch(rule.pattern, found) else refuse(FORMS[rule.pattern])
    if rule.kind == "label":
        return _cut(rule, found, notes)
    if rule.kind == "id" and len(found) > rule.length_max:
        raise Refusal("bad_type", f"expected 1 to {rule.length_max} characters, got {len(found)} @ $.{rule.name}")
    if rule.kind == "word" and found not in rule.words:
        if rule.name == "channel":
            return CHANNEL_ALIASES.get(found, "other")
        if rule.name == "reason":
            return "other"
        if rule.name == "priority":
            notes["priority_unknown"] += 1
            return "normal"
        refuse(f"one of {', '.join(rule.words)}")
    return found


def _cut(rule: FieldRule, found: str, notes: dict[str, int]) -> str:
    if len(found) > rule.length_max:
        notes["labels_cut"] += 1
    return found[: rule.length_max]


def _labels(rule: FieldRule, found: object, notes: dict[str, int], refuse: Callable[[str], NoReturn]) -> list[str]:
    """Those that say something; an empty one is an absent one."""
    if not isinstance(found, list) or len(found) > rule.most:
        refuse(f"a list of up to {rule.most} texts")
    if not all(isinstance(label, str) for label in found):
        refuse("a list of texts")
    return [_cut(rule, label, notes) for label in found if label]


def _amount(found: object, raw: Raw, refuse: Callable[[str], NoReturn]) -> str:
    if isinstance(found, bool) or not isinstance(found, int | float | str):
        refuse("an amount, a decimal number or its text")
    try:
        return amount_text(found if isinstance(found, str) else bytes(raw).decode())  # as it is written, not as a float has it
    except ValueError as error:
        refuse(f"an amount ({error})")


def read_time(found: object, name: str) -> EpochMs:
    """Epoch milliseconds from what `name` holds. Raises Refusal `bad_time`."""
    if isinstance(found, str):
        try:
            return instant_ms(found)
        except ValueError as error:
            raise Refusal("bad_time", f"expected RFC 3339 with an offset, got {_shown(found)} @ $.{name}: {error}") from None
    elif type(found) is int:
        if 0 <= found <= TIME_MS_MAX:
            return EpochMs(found)
        expected = "epoch milliseconds of the years 1970 to 9999"
    else:
        expected = "RFC 3339 with an offset or integer epoch milliseconds"
    raise Refusal("bad_time", f"expected {expected}, got {_shown(found)} @ $.{name}")


def _object(value: bytes | Raw, path: str) -> Fields:
    try:
        return _as_fields.decode(value)
    except msgspec.ValidationError:
        _anything(value, path)
        raise Refusal("not_object" if path == "$" else "bad_type", f"expected an object, got {_shown(Raw(value))} @ {path}") from None
    except RecursionError:
        raise Refusal("not_json", f"nested too deep @ {path}") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Refusal("not_json", f"{_malformed(value, error)} @ {path}") from None


def _value(fields: Fields, name: str) -> object:
    raw = fields.get(name)
    return None if raw is None else _anything(raw, f"$.{name}")


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


def _noun(rule: FieldRule) -> str:
    words = rule.name.replace("_", " ")
    return f"{'an' if words[0] in 'aeiou' else 'a'} {words}"


def _shown(found: object) -> str:
    """What came, as JSON, short enough for a header."""
    if found is None:
        return "nothing"
    text = (bytes(found) if isinstance(found, Raw) else msgspec.json.encode(found)).decode("utf-8", "replace")
    return text if len(text) <= SHOWN_MAX else f"{text[:SHOWN_MAX]}…"
