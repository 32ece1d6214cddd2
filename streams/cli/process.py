"""What the commands that stay have in common: their log on stderr, the event loop, and no word about it when they are told to end."""

from __future__ import annotations

import argparse
import gc
import logging
import sys
from collections.abc import Coroutine
from typing import Any

import uvloop

from streams.app import hush_libraries
from streams.cli.configured import configuration, with_ports
from streams.config import Config
from streams.runtime.inputs import with_inputs_there
from streams.service import Service

FORM = "%(asctime)s.%(msecs)03d %(levelname)s %(name)s: %(message)s"


def serve(args: argparse.Namespace, *, works: bool, shows: bool) -> int:
    """Runs a worker, a board or both until a signal; returns 0."""

    async def served(config: Config) -> None:
        await Service(await with_inputs_there(config), works=works, shows=shows).run_until_signal()

    return stay(served(with_ports(configuration(args), args)), debug=args.debug)


def stay(work: Coroutine[Any, Any, None], *, debug: bool) -> int:
    """Runs `work` to its end, which is a signal or an error; returns 0."""
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format=FORM, datefmt="%Y-%m-%dT%H:%M:%S")
    if not debug:
        hush_libraries()
    # Millions of short-lived events and no cycles among them: collecting as often as the interpreter does by itself costs a third.
    gc.set_threshold(200_000, 20, 100)
    uvloop.run(work)
    return 0
