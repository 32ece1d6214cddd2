"""One process of worker and board: told to end at any moment, it ends as a whole."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
from pathlib import Path

from schemas.values import Partition
from streams.core.log import Restored
from streams.runtime.board import Board
from streams.runtime.transport.embedded_log import EmbeddedLog
from streams.service import Service
from tests.test_config import config_of


async def test_told_to_end_while_it_reads_its_state_back_it_does_not_begin_to_show(tmp_path: Path, monkeypatch, caplog):
    asked = asyncio.Event()
    begun: list[object] = []
    start = Board.start

    async def hanging(self: EmbeddedLog, partition: Partition) -> Restored:
        asked.set()
        await asyncio.Event().wait()
        raise AssertionError("nobody lets it")

    async def noted(self: Board) -> None:
        begun.append(self)
        await start(self)

    monkeypatch.setattr(EmbeddedLog, "open", hanging)
    monkeypatch.setattr(Board, "start", noted)
    caplog.set_level(logging.INFO)
    config = config_of(f'log = "embedded://{tmp_path}"\nhttp.address = "127.0.0.1:0"\nmetrics.address = "127.0.0.1:0"')
    serving = asyncio.create_task(Service(config, works=True, shows=True).run_until_signal(lambda: begun.append("said so")))
    await asyncio.wait_for(asked.wait(), 20)
    os.kill(os.getpid(), signal.SIGTERM)
    await asyncio.wait_for(serving, 30)
    assert begun == []
    assert "figures at" not in caplog.text
    assert [record.message for record in caplog.records if record.levelno >= logging.WARNING] == []
