"""Rows of the catalogue as queries: in a calendar window, lately by the counters, and now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from deploy.grafana.card import Query
from deploy.grafana.promql import STEP, WINDOW, Series, by_labels, of_window, per_second, quotient, selector, total
from streams.core.kpis.answers import NetPromoters
from streams.core.kpis.catalogue import CATALOGUE
from streams.core.kpis.formulas import Count, Mean, Ratio, Share
from streams.core.kpis.kpi import Kpi
from streams.core.kpis.view import Formula
from streams.outputs.histograms import HISTOGRAMS
from streams.outputs.parts import PARTS
from streams.outputs.parts.part import CELL_LABELS
from streams.outputs.ready import READY, UNIT_SUFFIX
from streams.outputs.standing_families import STANDINGS, Stood

UNITS: Final = {
    "count": "short",
    "ratio": "percentunit",
    "seconds": "s",
    "days": "s",
    "number": "short",
    "score": "none",
    "money": "none",
}
"""Of the catalogue -> of Grafana. Days go out in seconds."""
SAID: Final = ("count", "rate", "ratio", "share", "score", "now")
"""Statistics that go without saying."""
LATELY: Final = "By the counters, which grow as minutes close: about a minute behind."
SITE: Final = "Of the whole site, whatever is chosen above."
QUEUE: Final = "All channels of a queue together."
NOW: Final = "Now."
AGO: Final = {"": "", "1d": "At the same time a day before.", "1w": "At the same time a week before."}


def row(name: str, stat: str, **labels: str) -> Kpi:
    """The row of the catalogue with those labels. Raises LookupError."""
    for kpi in CATALOGUE:
        if (kpi.name, kpi.stat, dict(kpi.labels)) == (name, stat, labels):
            return kpi
    raise LookupError(f"{name} {stat} {labels}")


def words(kpi: Kpi) -> str:
    """service_level -> Service level"""
    return kpi.name.replace("_", " ").capitalize().replace("Csat", "CSAT").replace("Nps", "NPS").replace("Ces", "CES").replace("Iqs", "IQS")


def in_window(
    name: str, stat: str, by: Sequence[str] = (), *, window: str = WINDOW, ago: str = "", called: str = "", **labels: str
) -> Query:
    """What the window chosen above, or another one, holds now. `ago`: what it held then, e.g. 1d."""
    kpi = row(name, stat, **labels)
    which = "In the window chosen above." if window == WINDOW else f"In the window {window}."
    expr = _of_parts(kpi, by, _before(ago, of_window(window)) if ago else of_window(window))
    if expr is not None:
        return _query(kpi, expr, by, called, f"{which} {AGO[ago]}".strip())
    assert not ago, kpi
    return _query(kpi, _ready(kpi, by, window), by, called, f"{which} {QUEUE if 'queue' in by else SITE}")


def lately(name: str, stat: str, by: Sequence[str] = (), *, called: str = "", **labels: str) -> Query:
    """Of the time between two points of a line: counts in an hour, ratios and means as they are."""
    kpi = row(name, stat, **labels)
    match kpi.formula:
        case Count():
            return _query(kpi, f"3600 * ({total(kpi.formula, kpi.name, by, per_second)})", by, called, f"In an hour. {LATELY}")
        case Ratio(part=part_count, whole=whole_count, undecided=None) | Mean(sum_ms=part_count, count=whole_count):
            part, whole = (total(count, kpi.name, by, per_second) for count in (part_count, whole_count))
            return _query(kpi, quotient(part, whole), by, called, LATELY)
        case _:
            raise ValueError(f"{name} {stat}: counters do not give it")


def standing(name: str, stat: str = "count", by: Sequence[str] = (), *, called: str = "", **labels: str) -> Query:
    """What stands now."""
    kpi = row(name, stat, **labels)
    return _query(kpi, standing_expr(family_of(kpi, by), by, labels), by, called, NOW)


def standings(name: str, by: Sequence[str], *, called: str = "", **labels: str) -> Query:
    """How many stand now, by a label whose values are rows of their own in the catalogue: age bands, states."""
    kpi = next(kpi for kpi in CATALOGUE if kpi.name == name and kpi.stat == "count" and labels.items() <= kpi.labels.items())
    return _query(kpi, standing_expr(family_of(kpi, by), by, labels), by, called, NOW)


def ready_now(name: str, stat: str, by: Sequence[str] = (), *, called: str = "") -> Query:
    """What is formed of what stands now."""
    kpi = row(name, stat)
    return _query(kpi, _ready(kpi, by, ""), by, called, f"{NOW} {QUEUE if by else SITE}")


def family_of(kpi: Kpi, by: Sequence[str]) -> Stood:
    """People are told once for the site, and by queue, where who serves two is in both."""
    found = [stood for stood in STANDINGS if (kpi.name, kpi.stat) in stood.kpis]
    return next(stood for stood in found if kpi.name != "agents" or ("queue" in by) == (stood.scope == "queue_agents"))


def standing_expr(stood: Stood, by: Sequence[str], own: Mapping[str, str]) -> str:
    family = selector(stood.name, CELL_LABELS[stood.scope], own)
    if stood.form == "oldest":
        return f"{CLOCK} - {by_labels('min', by, family)}"
    return by_labels("sum", by, family)


CLOCK: Final = f"scalar(max({selector('clock_timestamp_seconds')}))"
"""The instant that the numbers belong to."""


def spread(name: str, **labels: str) -> Query:
    """A histogram over time, for a heatmap."""
    histogram = next(found for found in HISTOGRAMS if found.name == name)
    family = selector(f"{name}_bucket", CELL_LABELS[histogram.scope], labels)
    return Query(expr=f"sum by (le) (increase({family}[{STEP}]))", name="{{le}}", says=f"{histogram.help} {LATELY}")


def percentile(name: str, per_cent: int, **labels: str) -> Query:
    """Of the time between two points of a line, out of the histogram: as exact as its edges are close."""
    histogram = next(found for found in HISTOGRAMS if found.name == name)
    family = selector(f"{name}_bucket", CELL_LABELS[histogram.scope], labels)
    expr = f"histogram_quantile({per_cent / 100}, sum by (le) (rate({family}[{STEP}])))"
    return Query(expr=expr, name=f"p{per_cent}", says=f"{histogram.help} pN: N % are at most this long, by the edges. {LATELY}", unit="s")


def part_in_window(stem: str, by: Sequence[str] = (), *, called: str, window: str = WINDOW, **labels: str) -> Query:
    """A count that is no KPI of its own."""
    part = next(part for part in PARTS if part.stem == stem)
    expr = by_labels("sum", by, of_window(window)(part, labels))
    return Query(expr=expr, name=called, says=f"`{stem}`: {part.help}", unit="s" if part.in_ms else "short")


def target(kpi: str) -> Query:
    """From where on the site calls a value of that KPI a warning, and critical; of the chosen queues the earliest."""
    expr = f"min by (level) ({selector('target', ('queue',), {'kpi': kpi})})"
    return Query(expr=expr, name="{{level}}", says=f"warn, crit: the marks of `[target.{kpi}]`, where there are some.", target=True)


def _query(kpi: Kpi, expr: str, by: Sequence[str], called: str, where: str) -> Query:
    labels = " ".join(kpi.labels.values()) if not set(kpi.labels) <= set(by) else ""
    which = " ".join(filter(None, (f"`{kpi.name}`", kpi.stat, labels)))
    title = words(kpi) if kpi.stat in SAID else f"{words(kpi)}, {kpi.stat.replace('_', ' ')}"
    name = called or " ".join(f"{{{{{label}}}}}" for label in by) or kpi.stat
    says = f"{which}: {kpi.help} {where}".removesuffix(NOW if " now" in kpi.help else "").rstrip()
    return Query(expr=expr, name=name, says=says, title=title, tells=((kpi.name, kpi.stat),), unit=UNITS[kpi.unit])


def _before(ago: str, series: Series) -> Series:
    return lambda part, own: f"{series(part, own)} offset {ago}"


def _of_parts(kpi: Kpi, by: Sequence[str], series: Series) -> str | None:
    """None: it is not made of parts alone, or not of those that have the labels of a choice."""
    formula: Formula = kpi.formula
    if kpi.name == "articles_per_request":  # views of articles have no queue, requests have
        return None
    if isinstance(formula, Count):
        return total(formula, kpi.name, by, series)
    if isinstance(formula, Share):
        return f"{total(formula.count, kpi.name, by, series)} / on () group_left () ({total(formula.count, kpi.name, (), series)} > 0)"
    if isinstance(formula, Mean):
        return quotient(total(formula.sum_ms, kpi.name, by, series), total(formula.count, kpi.name, by, series))
    if isinstance(formula, Ratio):
        part, whole = total(formula.part, kpi.name, by, series), total(formula.whole, kpi.name, by, series)
        if formula.undecided is not None:
            undecided = by_labels("sum", by, selector("undecided_calls", CELL_LABELS["calls"]))
            part, whole = f"{part} + {undecided}" if formula.undecided_in else part, f"{whole} + {undecided}"
        return quotient(part, whole)
    if isinstance(formula, NetPromoters):
        promoters, detractors, answers = (
            total(count, kpi.name, by, series) for count in (formula.promoters, formula.detractors, formula.answers)
        )
        return f"100 * {quotient(f'{promoters} - {detractors}', answers)}"
    return None


def _ready(kpi: Kpi, by: Sequence[str], window: str) -> str:
    """One board exports it, so there is one series: max only takes away which board that is."""
    cut = {(): "site", ("queue",): "queue"}[tuple(by)]
    for ready in READY:
        for found, values in ready.rows:
            if found is kpi:
                name = ready.name(window, cut).removeprefix("deskpulse_")
                assert name.endswith(UNIT_SUFFIX[kpi.unit])
                return by_labels("max", by, selector(name, by, dict(zip(ready.labels, values, strict=True))))
    raise LookupError(f"{kpi.name} {kpi.stat} is no ready KPI")
