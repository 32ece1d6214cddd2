"""`[board.NAME]`: what a wallboard shows, on which pages; and the board that is there where none is configured."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import count
from typing import Final

import msgspec

from schemas.values import CHANNELS, PRIORITIES
from streams.config import parts
from streams.config.sections import channel
from streams.config.table import Complaints, Table
from streams.config.values import Parser, Wrong, flag, list_of, nearest, one_of, queue_beside, text, whole
from streams.core.cuts import cuts_of
from streams.core.kpis.catalogue import CATALOGUE, NAMES
from streams.core.kpis.kpi import WINDOWS_OF
from streams.core.kpis.tiles import CUT_LABELS, Tile, usual_tile

DEFAULT: Final = "default"
TILES_OF_PAGE: Final = 8
"""Where nobody says what is on which page."""
TILES_MAX: Final = 64
ROTATE_SECONDS_MAX: Final = 3_600
NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
LANGUAGE: Final = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")

USUAL_PAGES: Final[Sequence[Sequence[tuple[str, str]]]] = (
    (
        *(("calls", "waiting"), ("calls", "service_level"), ("calls", "speed_of_answer"), ("calls", "abandon_rate")),
        *(("agents", "agents"), ("calls", "blockage"), ("calls", "calls_offered")),
    ),
    (
        *(("tickets", "backlog"), ("tickets", "sla_clocks_due"), ("tickets", "first_response_time"), ("tickets", "resolution_time")),
        *(("tickets", "tickets_created"), ("tickets", "tickets_resolved"), ("surveys", "csat"), ("surveys", "nps")),
    ),
)
"""Of the default board: the topic without which a tile is left out, and the tile."""


def boards(top: Table, queues: Sequence[str]) -> tuple[parts.Wallboard, ...]:
    """`queues`: those that are configured."""
    return tuple(board(name, table, queues) for name, table in top.tables("board"))


def board(name: str, table: Table, queues: Sequence[str]) -> parts.Wallboard:
    if not NAME.fullmatch(name):
        table.complaints.add(f"{table.path}: the name of a board goes into addresses: A-Z a-z 0-9 _ . - and at most 64 of them")
    tiles: list[object] = table.get("tiles", _listed, [])
    pages: list[list[object]] = table.get("pages", _pages, [])
    if ("tiles" in table.entries) == ("pages" in table.entries):
        table.complain("tiles", 'a board needs tiles = ["waiting", ...], or pages = [["waiting", ...], [...]] and no tiles')
    of_pages = pages or [tiles[first : first + TILES_OF_PAGE] for first in range(0, len(tiles), TILES_OF_PAGE)]
    key = "pages" if "pages" in table.entries else "tiles"
    numbers = count(1)
    shown = [[_tile(entry, f"{table.name(key)}[{next(numbers)}]", table.complaints) for entry in page] for page in of_pages]
    listed: tuple[str, ...] = table.get("queues", list_of(queue_beside(queues)), ())
    if len(listed) == 1:
        shown = [[tile and _of_queue(tile, listed[0]) for tile in page] for page in shown]
    default = parts.Wallboard(name=name, title=name)
    part = parts.Wallboard(
        name=name,
        title=table.get("title", text, name),
        pages=tuple(tuple(tile for tile in page if tile is not None) for page in shown),
        rotate_seconds=table.get("rotate_seconds", whole(0, ROTATE_SECONDS_MAX), default.rotate_seconds),
        queues=listed,
        language=table.get("language", _language, None),
        dark=table.get("dark", flag, None),
    )
    if sum(map(len, part.pages)) > TILES_MAX:
        table.complaints.add(f"{table.name(key)}: a board has at most {TILES_MAX} tiles: make two of it")
    table.finish()
    return part


def _of_queue(tile: Tile, queue: str) -> Tile:
    """The same of one queue, where it is about the whole site and can be told of a queue."""
    can = ("queue",) in cuts_of(tile.row)
    return msgspec.structs.replace(tile, labels={**tile.labels, "queue": queue}) if can and not tile.cut else tile


def default_board(topics: Mapping[str, str]) -> parts.Wallboard:
    """topics  those that are read, by their logical names"""
    pages = [[tile for topic, name in page if topic in topics and (tile := usual_tile(name)) is not None] for page in USUAL_PAGES]
    return parts.Wallboard(name=DEFAULT, title="", pages=tuple(tuple(page) for page in pages if page))


def _listed(value: object) -> list[object]:
    if not isinstance(value, list) or not value:
        raise Wrong('expected a list of tiles, such as ["waiting", "service_level"]')
    return value


def _pages(value: object) -> list[list[object]]:
    if not isinstance(value, list) or not value or not all(isinstance(page, list) and page for page in value):
        raise Wrong('expected a list of pages, each a list of tiles: [["waiting", "service_level"], ["backlog"]]')
    return value


def _language(value: object) -> str:
    if not isinstance(value, str) or not LANGUAGE.fullmatch(value):
        raise Wrong('expected the code of a language, such as "lv"')
    return value


def _tile(entry: object, where: str, complaints: Complaints) -> Tile | None:
    """A name of the catalogue, or { kpi, stat, window, labels, title }. What is wrong is noted, and then there is none."""
    given = {"kpi": entry} if isinstance(entry, str) else entry
    if not isinstance(given, Mapping):
        complaints.add(f'{where}: expected the name of a KPI, or {{ kpi = "service_level", window = "today" }}')
        return None
    before = len(complaints.lines)
    table = Table(given, complaints, where)
    tile = _tile_of(table)
    table.finish()
    return tile if len(complaints.lines) == before else None


def _tile_of(table: Table) -> Tile | None:
    name = table.get("kpi", _kpi, None)
    if name is None:
        if "kpi" not in table.entries:
            table.complain("kpi", "say which, as `deskpulse catalogue` names it")
        for key in ("stat", "window", "labels", "title"):
            table.get(key, lambda value: value, None)
        return None
    stats = tuple(dict.fromkeys(row.stat for row in CATALOGUE if row.name == name))
    usual = usual_tile(name, table.get("stat", one_of(*stats), None))
    assert usual is not None, f"{name} has a first row"
    labels = table.get("labels", _labels(usual), usual.labels)
    shown = Tile(kpi=name, stat=usual.stat, window=usual.window, labels=labels)
    windows = WINDOWS_OF[shown.row.when]
    cuts = cuts_of(shown.row)
    if shown.cut not in cuts:
        told = ", ".join(" and ".join(cut) or "nothing" for cut in cuts)
        by = " and ".join(shown.cut) or "nothing"
        table.complaints.add(f"{table.path}: {name} is not told by {by}, only by {told}: give it such labels")
    return Tile(
        kpi=name,
        stat=usual.stat,
        window=table.get("window", one_of(*windows), usual.window),
        labels=labels,
        title=table.get("title", text, None),
    )


def _kpi(value: object) -> str:
    if value in NAMES:
        return str(value)
    meant = nearest(value, NAMES) if isinstance(value, str) else None
    raise Wrong("there is no such KPI: " + (f"did you mean {meant}?" if meant else "see `deskpulse catalogue`"))


def _labels(usual: Tile) -> Parser[Mapping[str, str]]:
    """Those of a row of the catalogue, where it is not the first one, and those of a cut: { queue = "billing" }."""
    values: Mapping[str, Parser[str]] = {"queue": text, "channel": channel, "priority": one_of(*PRIORITIES)}

    def parse(value: object) -> Mapping[str, str]:
        if not isinstance(value, Mapping):
            raise Wrong('expected labels such as { queue = "billing" }')
        cut = {label: values[label](value[label]) for label in CUT_LABELS if label in value}
        rows = [dict(row.labels) for row in CATALOGUE if (row.name, row.stat) == (usual.kpi, usual.stat)]
        own = {label: word for label, word in value.items() if label not in cut}
        if own and own not in rows:
            raise Wrong("; ".join(_expected(usual, rows)))
        return {**(own or usual.labels), **cut}

    return parse


def _expected(usual: Tile, rows: Sequence[Mapping[str, str]]) -> Iterator[str]:
    written = " or ".join("{ " + ", ".join(f'{label} = "{word}"' for label, word in row.items()) + " }" for row in rows if row)
    yield f"expected {written}" if written else f"{usual.kpi} {usual.stat} has no labels of its own"
    yield f"beside them queue, channel ({', '.join(CHANNELS)}) and priority"
