"""`/api/v1/board`: what a page has to know that does not change from second to second, and the rows that its tiles are made of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from typing import Any, Final
from zoneinfo import ZoneInfo

import msgspec
import orjson

from streams.config import Queue, Target, Wallboard
from streams.config.boards import default_board
from streams.config.parts import Topics
from streams.core.book import DEFAULT_TARGET
from streams.core.clocks.policy import Policy
from streams.core.cuts import cuts_of
from streams.core.history import has_history
from streams.core.kpis.kpi import WINDOWS_OF, Kpi
from streams.core.kpis.tiles import LISTS_QUEUES, Tile, better
from streams.core.row import Row
from streams.core.settings import CURRENCY
from streams.core.snapshot import Snapshot
from streams.outputs.asking import queues_of, unknown

TREND: Final = {"step": "15m", "step_seconds": 900, "hours": 8}
"""Of a trend line: as /api/v1/history gives it."""
TREND_OF_DAYS: Final = {"step": "1d", "step_seconds": 86_400, "hours": 30 * 24}
"""Of a tile in one of OF_DAYS: of what takes days to be told, a quarter of an hour says nothing."""
OF_DAYS: Final = frozenset(WINDOWS_OF["days"]) - {"today", "yesterday"}


class Site(msgspec.Struct, frozen=True, kw_only=True):
    """What page and boards say of the site. `zone`: of the instants they show; `policy`: what is promised to callers, as it is
    configured now; `case_ids`: whether cases may be shown."""

    title: str = "deskpulse"
    version: str = "0"
    zone: ZoneInfo = ZoneInfo("UTC")
    policy: Policy = Policy()
    boards: tuple[Wallboard, ...] = (default_board(Topics().in_log),)
    queues: tuple[Queue, ...] = ()
    targets: tuple[Target, ...] = ()
    currency: str = CURRENCY
    interval_minutes: int = 30
    case_ids: bool = False

    def as_now(self, board: Wallboard) -> Wallboard:
        """The board of that name; what it was, where there is none any more."""
        return next((one for one in self.boards if one.name == board.name), board)

    def board(self, name: str | None) -> Wallboard:
        """The board of that name; None: the first. Raises Refusal 404."""
        if name is None:
            return self.boards[0]
        for board in self.boards:
            if board.name == name:
                return board
        raise unknown("board", name, [board.name for board in self.boards], status=404)


def board_document(site: Site, board: Wallboard, snapshot: Snapshot) -> dict[str, Any]:
    """What /api/v1/board answers. `layout` changes with anything else in it; the stream says it too: then ask anew. It is null while
    the board reads its state back: queues are missing then, and what a screen shows is better."""
    names, channels = tile_names(board), channels_of(snapshot)
    document = {
        "board": board.name,
        "title": board.title or site.title,
        "site": site.title,
        "zone": site.zone.key,
        "language": board.language,
        "dark": board.dark,
        "rotate_seconds": board.rotate_seconds,
        "pages": [[names[at, place] for place in range(len(page))] for at, page in enumerate(board.pages)],
        "tiles": {names[at, place]: _tile(site, tile, snapshot) for at, page in enumerate(board.pages) for place, tile in enumerate(page)},
        "queues": [_queue(site, name, channels) for name in board.queues or queues_of(snapshot)],
        "currency": site.currency,
        "interval_minutes": site.interval_minutes,
        "boards": [one.name for one in site.boards],
        "events_since": snapshot.book.since,
        "can_see_cases": site.case_ids,
        "version": site.version,
    }
    layout = sha256(orjson.dumps(document)).hexdigest()[:16] if snapshot.liveness.restored else None
    return {**document, "layout": layout}


def tile_names(board: Wallboard) -> Mapping[tuple[int, int], str]:
    """(page, place) -> what its tile is called: by its KPI; where that is taken, with a number."""
    names: dict[tuple[int, int], str] = {}
    for at, page in enumerate(board.pages):
        for place, tile in enumerate(page):
            same = sum(other.kpi == tile.kpi for other in [*(t for before in board.pages[:at] for t in before), *page[:place]])
            names[at, place] = f"{tile.kpi}-{same + 1}" if same else tile.kpi
    return names


def _tile(site: Site, tile: Tile, snapshot: Snapshot) -> dict[str, Any]:
    row, queue = tile.row, tile.labels.get("queue")
    target = next((target for target in site.targets if target.concerns(row)), None)
    marks = None if target is None else target.marks_of(queue)
    promised = tile.kpi == "service_level" and row.unit == "ratio"
    trend = TREND_OF_DAYS if tile.window in OF_DAYS else TREND
    return {
        "kind": tile.kind,
        "kpi": tile.kpi,
        "stat": tile.stat,
        "window": tile.window,
        "labels": dict(tile.labels),
        "title": tile.title,
        "unit": row.unit,
        "better": target.better if target else better(tile.kpi, tile.stat),
        "target": snapshot.book.target(queue) if promised else None,
        "warn": None if marks is None else marks.warn,
        "crit": None if marks is None else marks.crit,
        "min_samples": snapshot.book.min_samples,
        "trend": {"kpi": tile.kpi, "stat": tile.stat, **trend} if has_history(row.formula) else None,
    }


def channels_of(snapshot: Snapshot) -> Mapping[str, str]:
    """The channel of each queue that was seen; of several the first."""
    found: dict[str, str] = {}
    for cell in snapshot.book.cells:
        if cell.channel:
            found[cell.queue] = min(cell.channel, found.get(cell.queue, cell.channel))
    return found


def _queue(site: Site, name: str, channels: Mapping[str, str]) -> dict[str, Any]:
    configured = next((queue for queue in site.queues if queue.name == name), None)
    channel = configured.channel if configured else channels.get(name, "phone")
    return {
        "name": name,
        "title": configured.title if configured else name,
        "channel": channel,
        "threshold_seconds": site.policy.threshold_ms(name, channel) / 1000,
        "target": configured.target if configured and configured.target is not None else DEFAULT_TARGET,
    }


def board_rows(board: Wallboard, snapshot: Snapshot) -> Iterator[Row]:
    """What its tiles show, each row once."""
    seen: set[tuple[str, str, str, tuple[tuple[str, str], ...]]] = set()
    for tile in (tile for page in board.pages for tile in page):
        for kpi, window in tile.rows():
            for cut, values in _places(board, tile, kpi, snapshot):
                for row in snapshot.rows_of(kpi, (window,), cut, values, compare=True):
                    key = (row.kpi, row.stat, row.window, tuple(sorted(row.labels.items())))
                    if key not in seen:
                        seen.add(key)
                        yield row


def _places(board: Wallboard, tile: Tile, kpi: Kpi, snapshot: Snapshot) -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
    """Cuts and their values: of the tile, and of each queue where it lists them."""
    yield tile.cut, tuple(tile.labels[label] for label in tile.cut)
    if not tile.cut and tile.kind in LISTS_QUEUES and ("queue",) in cuts_of(kpi):
        wanted: Sequence[str] = board.queues or queues_of(snapshot)
        yield from ((("queue",), (queue,)) for queue in wanted)
