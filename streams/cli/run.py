"""Worker and board in one process: consume, checkpoint, export, serve. Ends by SIGTERM or Ctrl-C.

Without a configuration it works on a log of its own in the state directory: no broker, nothing else needed.
"""

from __future__ import annotations

import argparse

from streams.cli.configured import config_argument, configuration, port_arguments, with_ports
from streams.cli.process import serve


def arguments(parser: argparse.ArgumentParser) -> None:
    config_argument(parser)
    port_arguments(parser)


def run(args: argparse.Namespace) -> int:
    return serve(lambda: with_ports(configuration(args), args), works=True, shows=True, debug=args.debug)
