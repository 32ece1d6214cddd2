"""What stands on which dashboard, as a page of the documentation."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from deploy.grafana.card import Card, Page
from streams.outputs.metric import PREFIX


def table_of(pages: Iterable[Page]) -> str:
    return "\n".join(line for page in pages for line in _page(page))


def _page(page: Page) -> Iterator[str]:
    yield from (f"## {page.title}", "", page.answers, "")
    yield from ("| row | panel | shows |", "| --- | --- | --- |")
    for shelf in page.shelves:
        for number, card in enumerate(shelf.cards):
            yield f"| {'' if number else shelf.title} | {card.title} | {_figures(card)} |"
    yield ""


def _figures(card: Card) -> str:
    """Rows of the catalogue with their statistics; where there are none, the families that are asked."""
    if not card.tells:
        names = [name for query in card.queries for name in re.findall(rf"{PREFIX}[a-z_{{}}$]+", query.expr)]
        return ", ".join(f"`{name}`" for name in dict.fromkeys(name.replace("${window}", "WINDOW") for name in names))
    stats: dict[str, list[str]] = {}
    for name, stat in card.tells:
        stats.setdefault(name, []).append(stat)
    return ", ".join(f"`{name}` {' '.join(found)}" for name, found in stats.items())
