"""Consume the topics of the configuration and checkpoint; any number of workers share the partitions. Ends by SIGTERM or Ctrl-C.

--processes N runs N of them here, one for each core with `auto`: as Python uses one core alone, that is how a machine is used. They listen
for metrics at N ports in a row, and if one ends, all do. On an embedded log there is one worker; use `deskpulse run` there, which serves
the figures too.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from functools import partial
from typing import Literal

import msgspec

from streams.cli.configured import PORT_MAX, config_argument, configuration, port_arguments, with_ports
from streams.cli.crew import Crew
from streams.cli.process import serve, write_log
from streams.config import Config, EmbeddedLog
from streams.config.sections import ONE_WRITER, processes
from streams.config.values import Wrong
from streams.errors import UsageError


def arguments(parser: argparse.ArgumentParser) -> None:
    config_argument(parser)
    port_arguments(parser)
    parser.add_argument("--processes", type=_processes, metavar="N", help="instead of worker.processes: how many, or auto for one per core")


def run(args: argparse.Namespace) -> int:
    def read() -> Config:
        return with_ports(configuration(args), args)

    config = read()
    count = _count(config.worker.processes if args.processes is None else args.processes, config)
    if count == 1:
        return serve(read, works=True, shows=False, debug=args.debug)
    members = [member_of(config, number) for number in range(count)]
    crew = Crew("worker")
    for number, member in enumerate(members):
        name = f", name {member.worker.name}" if member.worker.name else ""
        if crew.fork(f"metrics at {member.metrics.host}:{member.metrics.port}{name}"):
            return serve(partial(_read_for, read, number), works=True, shows=False, debug=args.debug, mark=f"[{number}]")
    write_log(debug=args.debug)
    return crew.wait()


def _read_for(read: Callable[[], Config], number: int) -> Config:
    return member_of(read(), number)


def member_of(config: Config, number: int) -> Config:
    """That of one of several: the next port for metrics, and a name of its own where it has one."""
    port = config.metrics.port and config.metrics.port + number
    if port > PORT_MAX:
        raise UsageError(
            f"worker {number} would have its metrics at port {port}: choose a lower one in metrics.address or by --metrics-port"
        )
    name = config.worker.name and f"{config.worker.name}-{number}"
    return msgspec.structs.replace(
        config,
        metrics=msgspec.structs.replace(config.metrics, port=port),
        worker=msgspec.structs.replace(config.worker, name=name),
    )


def _count(wanted: int | Literal["auto"], config: Config) -> int:
    if wanted != 1 and isinstance(config.log, EmbeddedLog):
        raise UsageError(f"--processes {wanted}, and the log is {config.log}: {ONE_WRITER}")
    return len(os.sched_getaffinity(0)) if wanted == "auto" else wanted


def _processes(text: str) -> int | Literal["auto"]:
    try:
        return processes(int(text) if text.isdecimal() else text)
    except Wrong as wrong:
        raise argparse.ArgumentTypeError(f"{wrong}, not {text}") from None
