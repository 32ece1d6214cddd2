"""A board in a process of its own: says on every line when it looked, and whether it may export. Arguments: broker, prefix, session.

It looks as often as it can, which is what a scrape of any moment would see.
"""

from __future__ import annotations

import asyncio
import logging
import signal
import sys

from streams.config.parts import Kafka, KafkaLog
from streams.core.board import BoardSettings
from streams.runtime.board import Board
from streams.runtime.clock import steady_s
from streams.runtime.leader import LeaseLeadership
from streams.runtime.transport.kafka import KafkaEngine
from tests.runtime.logs import layout_for

LOOK_S = 0.002


async def look(bootstrap: str, prefix: str, session_s: float, margin_s: float) -> None:
    layout = layout_for(prefix)
    engine = KafkaEngine(KafkaLog(brokers=(bootstrap,)), Kafka(), layout)
    await engine.open()
    leadership = LeaseLeadership(engine.connection, layout.leader, session_s=session_s, margin_s=margin_s)
    board = Board(BoardSettings(), engine.tail, layout, leadership)
    await board.start()
    ended = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
    said: bool | None = None
    said_s = 0.0
    while not ended.is_set():
        looked_s = steady_s()
        exports = board.exports()
        if exports or exports != said or looked_s - said_s > 0.1:
            print(f"{looked_s:.4f} {int(exports)}", flush=True)
            said, said_s = exports, looked_s
        await asyncio.sleep(LOOK_S)
    await board.stop()
    await engine.close()


if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING)
    asyncio.run(look(sys.argv[1], sys.argv[2], float(sys.argv[3]), float(sys.argv[4])))
