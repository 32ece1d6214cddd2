"""What the commands that stay have in common: their log on stderr, the event loop, and no word about it when they are told to end."""

from __future__ import annotations

import gc
import logging
import sys
from collections.abc import Coroutine
from typing import Any

import uvloop

from streams.app import hush_libraries

FORM = "%(asctime)s.%(msecs)03d %(levelname)s %(name)s: %(message)s"


def stay(work: Coroutine[Any, Any, None], *, debug: bool) -> int:
    """Runs `work` to its end, which is a signal or an error; returns 0."""
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format=FORM, datefmt="%Y-%m-%dT%H:%M:%S")
    if not debug:
        hush_libraries()
    # Millions of short-lived events and no cycles among them: collecting as often as the interpreter does by itself costs a third.
    gc.set_threshold(200_000, 20, 100)
    uvloop.run(work)
    return 0
