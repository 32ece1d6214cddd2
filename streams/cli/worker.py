"""Consume the topics of the configuration and checkpoint; any number of workers share the partitions. Ends by SIGTERM or Ctrl-C.

On an embedded log there is one worker; use `deskpulse run` there, which serves the figures too.
"""

from __future__ import annotations

import argparse

from streams.cli.configured import config_argument, port_arguments
from streams.cli.process import serve


def arguments(parser: argparse.ArgumentParser) -> None:
    config_argument(parser)
    port_arguments(parser)


def run(args: argparse.Namespace) -> int:
    return serve(args, works=True, shows=False)
