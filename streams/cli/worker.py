"""Consume the topics of the configuration and checkpoint; any number of workers share the partitions. Ends by SIGTERM or Ctrl-C.

On an embedded log there is one worker; use `deskpulse run` there, which serves the figures too.
"""

from __future__ import annotations

import argparse

from streams.app import engine_of, run_until_signal, worker_of
from streams.cli.configured import config_argument, configuration
from streams.cli.process import stay
from streams.config import Config


def arguments(parser: argparse.ArgumentParser) -> None:
    config_argument(parser)


def run(args: argparse.Namespace) -> int:
    return stay(_work(configuration(args)), debug=args.debug)


async def _work(config: Config) -> None:
    engine = engine_of(config)
    try:
        await engine.open()
        await run_until_signal(worker_of(config, engine))
    finally:
        await engine.close()
