"""How each field of an event is read: rules, taken from the annotations of its class."""

from __future__ import annotations

from typing import Final, Literal

from msgspec import NODEFAULT, Struct, inspect

from schemas.events import TYPES, Event
from schemas.words import AMOUNT_PATTERN, LABEL_LENGTH_MAX


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
