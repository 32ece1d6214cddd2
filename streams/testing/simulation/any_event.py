"""An event of some type with any values that the contract allows, drawn from one `Random`."""

from __future__ import annotations

from random import Random
from typing import Any, Final

from schemas import events as ev
from schemas.events import ENTITY_FIELD, TYPES, Event
from schemas.surveys import SCALES
from schemas.values import DAY_MS
from streams.core.field_rules import RULES, FieldRule

Step = tuple[type[Event], dict[str, Any]]
"""An event without a time."""

CUSTOMERS: Final = ("ada@mail", "ben@mail")
"""Their ids are found nowhere by chance."""
NAMES: Final = {
    "queue": ("billing", "support", "Rückfragen"),
    "agent_id": ("ann", "bob", "cem"),
    "topic": ("invoice", "login"),
    "customer_id": CUSTOMERS,
    "referred_by": CUSTOMERS,
    "program": ("friends",),
    "article": ("reset",),
    "case_id": ("t1",),
    "call_id": ("c1",),
    "into": ("t9",),
    "target": ("billing", "ann", "+441632960101"),
    "line": ("trunk1",),
    "source": ("asterisk/pbx1",),
    "reason": ("lunch",),
}
AMOUNTS: Final = ("0", "12.5", "99.99", "-20", "1000000")
FORMS: Final = {"currency": ("EUR",), "period": ("2024-02", "2024-03", "2024-04")}
_ENTITY: Final = {event_type: ENTITY_FIELD[topic] for topic, types in TYPES.items() for event_type in types.values()}

START_MS: Final = 1_711_616_400_000
"""2024-03-28T09:00:00Z, a Thursday; on the Sunday after it the clocks of Europe change."""
CHANNELS: Final = ("phone", "phone", "chat", "email")
"""Few, so that cells are shared: figures of a cell with one case hide what adding up does wrong."""


def any_event(rng: Random, event_type: type[Event], **fixed: Any) -> Step:
    """An event of that type: any of its optional fields or none, some fields `fixed`."""
    fields = dict(fixed)
    for rule in RULES[event_type]:
        if rule.name in fields or rule.name in ("id", "time", "seq", _ENTITY[event_type]):
            continue
        if rule.required or rng.random() < 0.4:
            fields[rule.name] = _value(rng, rule)
    if event_type is ev.SurveyAnswered:
        _put_on_its_scale(rng, fields)
    return event_type, fields


def _put_on_its_scale(rng: Random, fields: dict[str, Any]) -> None:
    """The contract wants min <= score <= max."""
    low, high = SCALES[fields["kind"]]
    fields |= {name: end for name, end in (("min", low), ("max", high)) if name in fields}
    fields["score"] = rng.randint(low, high) - (0.5 if rng.random() < 0.2 else 0)
    fields["score"] = max(fields["score"], low)


def _value(rng: Random, rule: FieldRule) -> Any:
    if rule.required and rule.nullable and rng.random() < 0.3:
        return None
    if rule.name == "channel":
        return rng.choice(CHANNELS)
    match rule.kind:
        case "time":
            return START_MS + rng.randrange(2 * DAY_MS) * (1 if rule.name == "until" else -1)
        case "labels":
            return rng.sample(NAMES["queue"], rng.randrange(3))
        case "word":
            return rng.choice(rule.words)
        case "flag":
            return rng.random() < 0.5
        case "number":
            return rng.randint(rule.least, rule.most)
        case "decimal":
            return rng.choice((0, 3, 9.999, 10, 60))
        case "amount":
            return rng.choice(AMOUNTS)
        case "form":
            return rng.choice(FORMS[rule.name])
    return rng.choice(NAMES[rule.name])
