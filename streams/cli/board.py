"""Serve page, API and /metrics from what the workers have written; any number of boards show equal figures. Ends by SIGTERM or Ctrl-C.

One of them leads and exports the business families on /metrics; the others take over when it goes.
"""

from __future__ import annotations

import argparse

from streams.cli.configured import config_argument, configuration, port_arguments, with_ports
from streams.cli.process import serve


def arguments(parser: argparse.ArgumentParser) -> None:
    config_argument(parser)
    port_arguments(parser)


def run(args: argparse.Namespace) -> int:
    return serve(with_ports(configuration(args), args), works=False, shows=True, debug=args.debug)
