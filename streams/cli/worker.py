"""Consume the topics of the configuration and checkpoint; any number of workers share the partitions. Ends by SIGTERM or Ctrl-C.

On an embedded log there is one worker; use `deskpulse run` there, which serves the figures too.
"""

from __future__ import annotations

import argparse

from streams.cli.configured import config_argument, configuration, port_arguments, with_ports
from streams.cli.process import stay
from streams.config import Config
from streams.service import Service


def arguments(parser: argparse.ArgumentParser) -> None:
    config_argument(parser)
    port_arguments(parser)


def run(args: argparse.Namespace) -> int:
    return stay(_run(with_ports(configuration(args), args)), debug=args.debug)


async def _run(config: Config) -> None:
    await Service(config, works=True, shows=False).run_until_signal()
