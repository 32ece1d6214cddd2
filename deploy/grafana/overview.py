"""What stands on which dashboard, as a page of the documentation."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from deploy.grafana.card import Card, Page


def table_of(pages: Iterable[Page]) -> str:
    return "\n".join(line for page in pages for line in _page(page))


def _page(page: Page) -> Iterator[str]:
    yield from (f"## {page.title}", "", page.answers, "")
    yield from ("| row | panel | figures |", "| --- | --- | --- |")
    for shelf in page.shelves:
        for number, card in enumerate(shelf.cards):
            yield f"| {'' if number else shelf.title} | {card.title} | {_figures(card)} |"
    yield ""


def _figures(card: Card) -> str:
    """Of the catalogue, with their statistics; empty: of the program."""
    stats: dict[str, list[str]] = {}
    for name, stat in card.tells:
        stats.setdefault(name, []).append(stat)
    return ", ".join(f"`{name}` {' '.join(found)}" for name, found in stats.items())
