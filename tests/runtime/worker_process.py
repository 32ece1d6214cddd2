"""A worker with counting shards as a process of its own: `python -m tests.runtime.worker_process BOOTSTRAP PREFIX NAME`."""

from __future__ import annotations

import logging
import sys

import uvloop

from streams.app import hush_libraries, run_until_signal
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
    try:
        await run_until_signal(worker)
    finally:
        print(worker.stats())
        await engine.close()


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
