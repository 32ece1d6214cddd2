"""One look at what the shards have written: a board that takes part in nothing, and is gone again.

It joins no group, holds no lock and writes nothing, so that whoever runs on the same log does not notice.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

from schemas.values import EpochMs
from streams.core.snapshot import Snapshot
from streams.runtime.board import Board
from streams.runtime.clock import steady_s
from streams.runtime.leader import Leadership

LOOK_S: Final = 0.05
AGE_S: Final = 2.0
"""How long to wait for a word on the age of what was read, where somebody works on it."""


class Bystander:
    """`Leadership` of one who never leads."""

    since_ms: EpochMs | None = None

    async def open(self) -> None:
        pass

    async def hold(self) -> None:
        pass

    def leads(self) -> bool:
        return False

    async def close(self) -> None:
        pass


async def look(make_board: Callable[[Leadership], Board]) -> Snapshot:
    """The moment at which all was read that was there. Raises what a board raises at its start and while it reads."""
    board = make_board(Bystander())
    try:
        await board.start()
        ended = asyncio.ensure_future(board.wait())
        await _until(lambda: board.restored or ended.done())
        if ended.done():
            ended.result()
        ended.cancel()
        # Who works on it says every second up to when it has read; nobody says anything of a log that is at rest.
        limit_s = steady_s() + AGE_S
        await _until(lambda: steady_s() > limit_s or _knows_its_age(board.snapshot()))
        return board.snapshot()
    finally:
        await board.stop()


def _knows_its_age(snapshot: Snapshot) -> bool:
    return snapshot.liveness.data_age_ms is not None or not snapshot.liveness.live


async def _until(told: Callable[[], bool]) -> None:
    while not told():  # noqa: ASYNC110  a board is asked, it tells nobody by itself
        await asyncio.sleep(LOOK_S)
