"""The slow way from a record to an event, taken where plain decoding refuses or is not enough.

Here values are put right (a label is cut, an unknown channel is `other`), and every refusal gets its reason and a detail that says what was
expected, what came, and where. Absent, null and, for ids and labels, the empty text are the same thing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final, NoReturn

from msgspec import Raw

from schemas.amounts import amount_text
from schemas.events import Event
from schemas.instants import instant_ms
from schemas.records import RejectionReason
from schemas.values import EpochMs
from schemas.words import CURRENCY_PATTERN, PERIOD_PATTERN, TIME_MS_MAX
from streams.core.cloudevents import Fields, value_of
from streams.core.field_rules import RULES, FieldRule
from streams.core.refusal import Refusal, shown

CHANNEL_ALIASES: Final = {"voice": "phone", "web": "form"}
FORMS: Final = {CURRENCY_PATTERN: "a currency of three capital letters, such as EUR", PERIOD_PATTERN: "a month, such as 2024-03"}


class UnknownType(Exception):
    """A type that this topic does not have."""


def mended(types: Mapping[str, type[Event]], fields: Fields, notes: dict[str, int]) -> Event:
    """The event that `fields` say, put right where that is allowed and then counted in `notes`.

    Raises UnknownType for a `type` outside of `types`, Refusal for everything else that is wrong.
    """
    event_type = types.get(_type(fields))
    if event_type is None:
        raise UnknownType
    values: dict[str, Any] = {}
    for rule in RULES[event_type]:
        found = value_of(fields, rule.name)
        if found is None or (found == "" and rule.kind != "text"):
            if rule.required and rule.nullable and rule.name in fields:
                values[rule.name] = None
            elif rule.required:
                raise Refusal("missing_field", f"expected {_noun(rule)}, got {shown(fields.get(rule.name))} @ $.{rule.name}")
            continue
        values[rule.name] = _read(rule, found, fields[rule.name], notes)
    return event_type(**values)


def _type(fields: Fields) -> str:
    found = value_of(fields, "type")
    if found is None:
        raise Refusal("missing_field", f"expected a type, got {shown(fields.get('type'))} @ $.type")
    if not isinstance(found, str):
        raise Refusal("bad_type", f"expected a type, got {shown(fields['type'])} @ $.type")
    return found


def _read(rule: FieldRule, found: object, raw: Raw, notes: dict[str, int]) -> object:
    """`found`, not null, as `rule` wants it."""

    def refuse(expected: str, reason: RejectionReason = "bad_type") -> NoReturn:
        raise Refusal(reason, f"expected {expected}, got {shown(raw)} @ $.{rule.name}")

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
            raise Refusal("bad_time", f"expected RFC 3339 with an offset, got {shown(found)} @ $.{name}: {error}") from None
    elif type(found) is int:
        if 0 <= found <= TIME_MS_MAX:
            return EpochMs(found)
        expected = "epoch milliseconds of the years 1970 to 9999"
    else:
        expected = "RFC 3339 with an offset or integer epoch milliseconds"
    raise Refusal("bad_time", f"expected {expected}, got {shown(found)} @ $.{name}")


def _noun(rule: FieldRule) -> str:
    words = rule.name.replace("_", " ")
    return f"{'an' if words[0] in 'aeiou' else 'a'} {words}"
