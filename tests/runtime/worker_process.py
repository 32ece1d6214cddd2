"""A worker with counting shards as a process of its own: `python -m tests.runtime.worker_process BOOTSTRAP PREFIX NAME`."""

from __future__ import annotations

import asyncio
import logging
import signal
import sys

import uvloop

from streams.app import hush_libraries
from streams.config.parts import Kafka, KafkaLog
from streams.errors import DeskpulseError
from streams.runtime.transport.kafka import KafkaEngine
from streams.runtime.worker import Worker, WorkerSettings
from tests.runtime.counting import counting
from tests.runtime.logs import layout_for


async def run(bootstrap: str, prefix: str, name: str) -> None:
    layout = layout_for(prefix)
    engine = KafkaEngine(KafkaLog(brokers=(bootstrap,)), Kafka(), layout)
    await engine.open()
    settings = WorkerSettings(layout=layout, worker=name, checkpoint_interval_s=0.3)
    worker = Worker(settings, engine, lambda _: counting(layout.outputs[0]))
    told = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, told.set)
    running, telling = asyncio.ensure_future(work(worker)), asyncio.ensure_future(told.wait())
    try:
        await asyncio.wait([running, telling], return_when=asyncio.FIRST_COMPLETED)
    finally:
        await worker.stop()
        print(worker.stats())
        await engine.close()
    await running


async def work(worker: Worker) -> None:
    await worker.start()
    await worker.wait()


def main() -> int:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    hush_libraries()
    try:
        uvloop.run(run(*sys.argv[1:]))
    except DeskpulseError as error:
        print(f"deskpulse: {error}", file=sys.stderr)
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
