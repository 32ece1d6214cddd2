"""Formulas of the catalogue as PromQL over what adds up, so that they hold for any choice of queues and channels.

A ratio of the selection is the sum of its parts divided by the sum of its parts; ready ratios and percentiles cannot be added.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final, NamedTuple

from streams.core.kpis.formulas import Count
from streams.outputs.metric import PREFIX
from streams.outputs.parts import PARTS
from streams.outputs.parts.part import CELL_LABELS, Part

WINDOW: Final = "${window}"
STEP: Final = "$__rate_interval"
CHOSEN: Final = {
    "site": 'site="$site"',
    "queue": 'queue=~"$queue"',
    "channel": 'channel=~"$channel"',
    "job": 'job=~"$job"',
    "instance": 'instance=~"$instance"',
}
"""Label -> what is chosen of it above."""

Series = Callable[[Part, Mapping[str, str]], str]
"""A part and values of its own labels -> what is to be summed up."""


def selector(name: str, labels: Sequence[str] = (), own: Mapping[str, str] | None = None) -> str:
    """The family of that name, without prefix, of the site and of what is chosen of `labels`. `own`: values, `a|b` for several."""
    chosen = [CHOSEN[label] for label in ("site", *labels) if label in CHOSEN]
    fixed = [f'{label}{"=~" if "|" in value else "="}"{value}"' for label, value in (own or {}).items()]
    return f"{PREFIX}{name}{{{', '.join([*chosen, *fixed])}}}"


def by_labels(function: str, by: Sequence[str], inner: str) -> str:
    """sum by (queue) (inner)"""
    return f"{function} by ({', '.join(by)}) ({inner})" if by else f"{function}({inner})"


def of_window(window: str) -> Series:
    """What a calendar window holds now."""
    return lambda part, own: selector(f"{window}_{part.stem}", CELL_LABELS[part.scope], own)


def per_second(part: Part, own: Mapping[str, str]) -> str:
    """How fast the counter grows. It grows as minutes close."""
    return f"rate({selector(f'{part.stem}_total', CELL_LABELS[part.scope], own)}[{STEP}])"


def total(count: Count, kpi: str, by: Sequence[str], series: Series) -> str:
    """A count of the catalogue. Raises ValueError where no parts give it."""
    counters = series is per_second
    whole = [Term(part, {}) for part in PARTS if dict(part.counts) == {(): count} and (part.counter or not counters)]
    both = set(count.plus) & set(count.minus)
    plus, minus = ([field for field in fields if field not in both] for fields in (count.plus, count.minus))
    added = whole[:1] or terms(plus, kpi, counters)
    taken = [] if whole else terms(minus, kpi, counters)
    sums = [[by_labels("sum", by, series(term.part, term.own)) for term in side] for side in (added, taken)]
    return " - ".join([" + ".join(sums[0]), *sums[1]])


def quotient(part: str, whole: str) -> str:
    """part / whole. Of nothing there is no ratio: then there is no series either."""
    above, below = (f"({one})" if " + " in one or " - " in one else one for one in (part, whole))
    return f"{above} / ({below} > 0)"


class Term(NamedTuple):
    """A part, or some values of it."""

    part: Part
    own: Mapping[str, str]


def terms(fields: Sequence[int], kpi: str, counters: bool) -> list[Term]:
    """Parts that add up to `fields`, each field once; as few as can be, those of the KPI before others."""
    left, found = set(fields), dict[str, tuple[Part, list[tuple[str, ...]]]]()
    assert len(left) == len(fields), fields
    while left:
        choices = [
            (len(of), part.kpi == kpi, values, part)
            for part in PARTS
            if part.counter or not counters
            for values, of in _pieces(part)
            if of <= left
        ]
        if not choices:
            raise ValueError(f"{kpi}: no part gives the fields {sorted(left)}")
        size, _, values, part = max(choices, key=lambda choice: choice[:2])
        left -= next(of for own, of in _pieces(part) if own == values and len(of) == size)
        found.setdefault(part.stem, (part, []))[1].append(values)
    return [Term(part, _own(part, values)) for part, values in found.values()]


def _pieces(part: Part) -> list[tuple[tuple[str, ...], set[int]]]:
    """All of it, and each of its values; nothing where something is subtracted."""
    if any(count.minus for count in part.counts.values()):
        return []
    return [((), part.fields), *((values, set(count.plus)) for values, count in part.counts.items() if values)]


def _own(part: Part, values: Sequence[tuple[str, ...]]) -> dict[str, str]:
    if () in values:
        return {}
    if len(part.labels) == 1:
        return {part.labels[0]: "|".join(value for (value,) in values)}
    assert len(values) == 1, (part.stem, values)
    return dict(zip(part.labels, values[0], strict=True))
