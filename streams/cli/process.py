"""What the commands that stay have in common: their log on stderr, the event loop, and no word about it when they are told to end."""

from __future__ import annotations

import gc
import logging
import resource
import signal
import sys
from collections.abc import Callable, Coroutine
from typing import Any

import uvloop

from streams.app import hush_libraries
from streams.cli import heap
from streams.config import Config
from streams.runtime.inputs import with_inputs_there
from streams.service import Reread, Service

FORM = "%(asctime)s.%(msecs)03d %(levelname)s %(name)s: %(message)s"


def serve(read: Callable[[], Config], *, works: bool, shows: bool, debug: bool, mark: str = "") -> int:
    """Runs a worker, a board or both until a signal; returns 0. `read`: the configuration, now and at SIGHUP. `mark`: as in write_log()."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGHUP})  # it would end us; so it waits until the service listens to it
    config = read()

    async def served() -> None:
        await Service(await with_inputs_there(config), works=works, shows=shows, reread=Reread(config, read)).run_until_signal()

    return stay(served(), debug=debug, mark=mark)


def stay(work: Coroutine[Any, Any, None], *, debug: bool, mark: str = "") -> int:
    """Runs `work` to its end, which is a signal or an error; returns 0. `mark`: as in write_log()."""
    write_log(debug=debug, mark=mark)
    open_all_files()
    heap.keep_small()
    # Millions of short-lived events and no cycles among them: collecting as often as the interpreter does by itself costs a third.
    gc.set_threshold(200_000, 20, 100)
    uvloop.run(work)
    return 0


def open_all_files() -> None:
    """As many as we may: readers of boards must not use up those that the log needs. Most systems begin with 1,024."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def write_log(*, debug: bool, mark: str = "") -> None:
    """What is logged goes to stderr. `mark`: stands in each line, where several processes write there."""
    form = FORM.replace("%(name)s", f"%(name)s{mark}")
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format=form, datefmt="%Y-%m-%dT%H:%M:%S")
    if not debug:
        hush_libraries()
