"""What stands on a dashboard, as data."""

from __future__ import annotations

from typing import Any, Final, Literal

import msgspec

from deploy.grafana.colours import NEUTRAL, Steps

Kind = Literal["stat", "bars", "series", "table", "heatmap", "states"]
Figure = tuple[str, str]
"""Name and statistic of the catalogue."""
SETTLED: Final = "5m"
"""Counters of the business grow once a minute; lines of shorter steps would show that and nothing else."""


class Query(msgspec.Struct, frozen=True, kw_only=True):
    """One question to Prometheus.

    expr    with the variables of the dashboard
    name    what its value is called: legend of a line, column of a table (empty: there is none). May hold {{label}}
    says    which definition it shows
    title   what it is called above a panel of its own
    tells   the rows of the catalogue that it shows
    unit    of Grafana; empty: that of the card
    steps   colours of its values; None: those of the card
    target  it is what others are held against: drawn as a dashed line
    """

    expr: str
    name: str
    says: str
    title: str = ""
    tells: tuple[Figure, ...] = ()
    unit: str = ""
    steps: Steps | None = None
    target: bool = False


class Card(msgspec.Struct, frozen=True, kw_only=True):
    """One panel.

    title         empty: what its first query is called, without the statistic where there are several
    unit          of Grafana; empty: that of its first query
    text          what it answers, before the definitions of its queries
    width         of 24
    none          shown where nothing is there
    stacked       lines on top of each other: they add up
    min_interval  no point for less time than this
    maximum       of a bar, where there is one
    mapped        value -> text
    leads         name and title of the page that tells more
    """

    kind: Kind
    queries: tuple[Query, ...]
    title: str = ""
    unit: str = ""
    text: str = ""
    width: int = 6
    height: int = 8
    steps: Steps = NEUTRAL
    none: str = "no sample"
    stacked: bool = False
    min_interval: str = ""
    maximum: float | None = None
    mapped: tuple[tuple[str, str], ...] = ()
    leads: tuple[str, str] | None = None

    def __post_init__(self) -> None:
        first = self.queries[0]
        of_all = first.title if len(self.queries) == 1 else first.title.partition(",")[0]
        msgspec.structs.force_setattr(self, "title", self.title or of_all)
        msgspec.structs.force_setattr(self, "unit", self.unit or first.unit)

    @property
    def description(self) -> str:
        """Text, and the definition of each query once."""
        said = list(dict.fromkeys(query.says for query in self.queries if query.says))
        definitions = said if len(said) == 1 else [f"- {one}" for one in said]
        return "\n\n".join(part for part in (self.text, "\n".join(definitions)) if part)

    @property
    def tells(self) -> tuple[Figure, ...]:
        """All rows of the catalogue that it shows, each once."""
        return tuple(dict.fromkeys(figure for query in self.queries for figure in query.tells))


class Shelf(msgspec.Struct, frozen=True):
    """Cards below one heading. `open` False: folded until somebody wants them."""

    title: str
    cards: tuple[Card, ...]
    open: bool = True


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """One dashboard.

    name     of its file, and of its address behind `deskpulse-`
    answers  for whom it is, and which questions it answers
    since    where its time range begins
    of_business  it has the variables of the business: queue, channel, window. Otherwise those of processes
    """

    name: str
    title: str
    answers: str
    shelves: tuple[Shelf, ...]
    since: str = "now-24h"
    refresh: str = "1m"
    of_business: bool = True

    @property
    def uid(self) -> str:
        return f"deskpulse-{self.name}"

    @property
    def cards(self) -> tuple[Card, ...]:
        return tuple(card for shelf in self.shelves for card in shelf.cards)


def stat(*queries: Query, title: str = "", text: str = "", **more: Any) -> Card:
    """Big numbers of this moment."""
    return Card(kind="stat", queries=queries, title=title, text=text, **{"width": 4, "height": 4, **more})


def bars(*queries: Query, title: str = "", text: str = "", **more: Any) -> Card:
    """Numbers of this moment beside each other."""
    return Card(kind="bars", queries=queries, title=title, text=text, **more)


def series(*queries: Query, title: str = "", text: str = "", **more: Any) -> Card:
    """Lines over time."""
    return Card(kind="series", queries=queries, title=title, text=text, **{"width": 12, **more})


def table(*queries: Query, title: str, text: str = "", **more: Any) -> Card:
    """A line per queue, or what else the queries are by; a column per query."""
    return Card(kind="table", queries=queries, title=title, text=text, **{"width": 24, "none": "–", **more})


def heatmap(query: Query, title: str, text: str = "", **more: Any) -> Card:
    """How often what length occurred, over time."""
    return Card(kind="heatmap", queries=(query,), title=title, text=text, **{"width": 12, "unit": "s", "min_interval": SETTLED, **more})


def states(query: Query, title: str, text: str = "", **more: Any) -> Card:
    """Colours over time, a line for each."""
    return Card(kind="states", queries=(query,), title=title, text=text, **{"width": 12, **more})
