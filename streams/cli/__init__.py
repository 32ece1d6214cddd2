"""`deskpulse`: the frame of the command line. One file per command beside this one; a command is imported when it is called.

A command module has a docstring (its help), `arguments(parser)` that adds its own, and `run(args) -> int`, its exit code:

    0    fine
    1    the answer is no: a check failed
    2    wrong use or configuration
    3    cannot reach what it needs
    70   a fault of the program itself
    130  interrupted, 141 nobody reads our output any more: both without a word

What goes wrong is one line on stderr, `deskpulse: ...`: what, where, and the next move. Tracebacks come with `--debug` alone.
"""

from __future__ import annotations

import argparse
import difflib
import importlib
import os
import sys
import traceback
from collections.abc import Sequence
from typing import NoReturn

from streams.errors import DeskpulseError, UsageError

COMMANDS = {
    "demo": "an invented contact centre with its wallboard, in one process; nothing else needed",
    "run": "worker and board in one process: consume, checkpoint, export, serve",
    "worker": "consume and checkpoint; any number of them",
    "board": "serve wallboard, API and /metrics; any number of them",
    "report": "the figures of files of events",
    "replay": "send files of events to the topics, their times shifted or kept",
    "simulate": "the events of an invented contact centre, printed, into a file or sent to the topics",
    "topics": "create the topics, show how they are, or the way to more partitions",
    "doctor": "look at configuration, log, topics, rights, clocks and workers, and say what to do",
    "lag": "how far the workers are behind, in records and seconds",
    "breaches": "the promises that were broken, and those at risk, as the log tells of them",
    "dead-letters": "look at the records that were rejected, or send them again",
    "forget": "erase what is kept of customers",
    "check": "say what is wrong with a configuration",
    "explain": "why a figure is what it is: formula, numbers put in, what was left out and why",
    "catalogue": "every figure there is: name, unit, formula, labels, windows",
    "schemas": "JSON Schema and AsyncAPI of what goes over the topics",
}

FAULT, INTERRUPTED, NO_READER = 70, 130, 141


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one line, as everything here."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message}: see `{self.prog} --help`")


class Version(argparse.Action):
    """Looked up only when asked for: it takes longer than the help."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object, **__: object) -> NoReturn:
        from streams.release import core, release

        print(f"deskpulse {release()}, core {core()}")
        raise SystemExit(0)


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command. Returns its exit code, whatever happens; never raises."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    debug = "--debug" in arguments
    try:
        code = _run(arguments)
        sys.stdout.flush()
        return code
    except SystemExit as end:  # argparse, after --help
        return end.code if isinstance(end.code, int) else 0
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or the interpreter complains when it flushes
        return NO_READER
    except DeskpulseError as error:
        return _complain(str(error), error.exit_code, error, debug)
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        return _complain(f"{where}{error.strerror or error}", 3, error, debug)
    except Exception as error:  # noqa: BLE001  the outermost: a fault of ours
        return _complain(f"a fault of the program itself, {_place(error)}: `--debug` shows the way there", FAULT, error, debug)


def _run(arguments: list[str]) -> int:
    if not __debug__:
        raise UsageError("its assertions are part of it, it does not run under `python -O`: start it without -O and PYTHONOPTIMIZE")
    parser = _parser()
    args = parser.parse_args(arguments)
    if args.command is None:
        parser.print_help(sys.stderr)
        return 2
    if args.command not in COMMANDS:
        near = difflib.get_close_matches(args.command, COMMANDS, n=1)
        raise UsageError(f'there is no command "{args.command}": ' + (f"did you mean {near[0]}?" if near else "see `deskpulse --help`"))
    module = importlib.import_module(f"streams.cli.{args.command.replace('-', '_')}")
    sub = Parser(prog=f"deskpulse {args.command}", description=module.__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    sub.add_argument("--debug", action="store_true", help="show tracebacks")
    module.arguments(sub)
    given = sub.parse_args(args.rest)
    if not (args.debug or given.debug):
        _hush()
    code: int = module.run(given)
    return code


def _parser() -> Parser:
    width = max(map(len, COMMANDS)) + 2
    parser = Parser(
        prog="deskpulse",
        description="Contact-centre figures while they happen.",
        epilog="commands:\n" + "\n".join(f"  {name:{width}}{what}" for name, what in COMMANDS.items()),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        usage="deskpulse [--version] [--debug] COMMAND ...",
    )
    parser.add_argument("--version", action=Version, nargs=0, help="print the version and exit")
    parser.add_argument("--debug", action="store_true", help="show tracebacks")
    parser.add_argument("command", nargs="?", help=argparse.SUPPRESS)
    parser.add_argument("rest", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)
    return parser


def _hush() -> None:
    """Clients log each attempt that fails; we say in one line what came of them."""
    import logging

    for name in ("aiokafka", "faust", "mode"):
        logging.getLogger(name).setLevel(logging.CRITICAL)


def _complain(message: str, code: int, error: BaseException, debug: bool) -> int:
    if debug:
        traceback.print_exception(error)
    print(f"deskpulse: {' '.join(message.split())}", file=sys.stderr)
    return code


def _place(error: BaseException) -> str:
    """What and where, for who reports it: AssertionError: ... (streams/core/shard.py:120)."""
    frames = traceback.extract_tb(error.__traceback__)
    name = frames[-1].filename if frames else ""
    place = f" ({name[name.rfind('streams') :]}:{frames[-1].lineno})" if frames else ""
    return f"{type(error).__name__}: {error}{place}"
