"""Hypothesis strategies: pieces of stories. An event of some type with any values that the contract allows, and pieces made of pieces."""

from __future__ import annotations

from functools import cache
from typing import Any, Final, NamedTuple

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from schemas import events as ev
from schemas.events import Event
from schemas.surveys import SCALES
from schemas.values import DAY_MS, EpochMs
from streams.core.field_rules import RULES, FieldRule
from streams.testing.wire import entity_field

START_MS: Final = EpochMs(1_709_542_800_000)  # Monday, 2024-03-04T09:00:00Z
NAMES: Final = {
    "queue": ("billing", "support", "Rückfragen"),
    "agent_id": ("ann", "bob", "cem"),
    "topic": ("invoice", "login"),
    "customer_id": ("u1", "u2"),
    "case_id": ("T1",),
    "call_id": ("C1",),
    "into": ("T9",),
    "target": ("billing", "ann", "+441632960101"),
    "line": ("trunk1",),
    "source": ("asterisk/pbx1",),
    "reason": ("lunch", "moved away"),
    "queues": ("billing", "support"),
    "referred_by": ("u9",),
    "program": ("friends", "partners"),
    "article": ("reset-password", "opening-hours"),
}
AMOUNTS: Final = ("0", "1", "12.5", "99.99", "0.000001", "-20", "1000000")
FORMS: Final = {"currency": ("EUR",), "period": ("2024-02", "2024-03")}
SCORES: Final = (0, 1, 2, 3, 4, 5, 6, 7, 9, 10, 4.5, 0.25, 100)
READ_SECONDS: Final = (0, 3, 9.999, 10, 10.5, 60, 600)


class Step(NamedTuple):
    """An event without a time."""

    event_type: type[Event]
    fields: dict[str, Any]


Story = SearchStrategy[list[Step]]


def values_of(rule: FieldRule) -> SearchStrategy[Any]:
    """What a field may hold behind intake."""
    if rule.kind == "time":
        ahead = rule.name == "until"
        values: SearchStrategy[Any] = st.integers(0, DAY_MS if ahead else 30 * DAY_MS).map(
            lambda away_ms: START_MS + away_ms if ahead else START_MS - away_ms
        )
    elif rule.kind == "word":
        values = st.sampled_from(rule.words)
    elif rule.kind == "flag":
        values = st.booleans()
    elif rule.kind == "number":
        values = st.integers(rule.least, rule.most)
    elif rule.kind == "decimal":
        values = st.sampled_from(READ_SECONDS if rule.name == "seconds" else SCORES)
    elif rule.kind == "amount":
        values = st.sampled_from(AMOUNTS)
    elif rule.kind == "form":
        values = st.sampled_from(FORMS[rule.name])
    elif rule.kind == "labels":
        values = st.lists(st.sampled_from(NAMES[rule.name]), max_size=2, unique=True)
    else:
        values = st.sampled_from(NAMES[rule.name])
    return st.none() | values if rule.required and rule.nullable else values


@st.composite
def steps(draw: DrawFn, /, event_type: type[Event], **fixed: Any) -> Step:
    """An event of that type, any of its optional fields or none, some fields `fixed`."""
    required, optional = _free_fields(event_type)
    fields = {name: draw(values) for name, values in required.items() if name not in fixed}
    present = draw(st.integers(0, 2 ** len(optional) - 1))  # one bit each: a draw per field would take most of the time
    fields |= {name: draw(values) for bit, (name, values) in enumerate(optional.items()) if present >> bit & 1}
    fields |= fixed
    if event_type is ev.SurveyAnswered:
        _put_on_its_scale(fields)
    return Step(event_type, fields)


def _put_on_its_scale(fields: dict[str, Any]) -> None:
    """The contract wants min <= score <= max."""
    low, high = SCALES[fields["kind"]]
    low, high = fields.get("min", low), fields.get("max", high)
    if low >= high:
        fields.pop("min", None)
        fields.pop("max", None)
        low, high = SCALES[fields["kind"]]
    fields["score"] = min(max(fields["score"], low), high)


@cache
def _free_fields(event_type: type[Event]) -> tuple[dict[str, SearchStrategy[Any]], dict[str, SearchStrategy[Any]]]:
    """Required and optional fields of a class that a story may choose."""
    free = [rule for rule in RULES[event_type] if rule.name not in ("id", "time", "seq", entity_field(event_type))]
    return {rule.name: values_of(rule) for rule in free if rule.required}, {
        rule.name: values_of(rule) for rule in free if not rule.required
    }


def one(event_type: type[Event], **fixed: Any) -> Story:
    return steps(event_type, **fixed).map(lambda step: [step])


def story(*pieces: Story) -> Story:
    """One piece after the other."""
    return st.tuples(*pieces).map(lambda parts: [step for part in parts for step in part])


def some(piece: Story, most: int, least: int = 0) -> Story:
    """A piece again and again."""
    return st.lists(piece, min_size=least, max_size=most).map(lambda parts: [step for part in parts for step in part])


def nothing() -> Story:
    return st.builds(list)


def maybe(piece: Story) -> Story:
    return st.one_of(nothing(), piece)
