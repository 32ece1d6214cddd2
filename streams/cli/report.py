"""The figures of files of events (JSON lines of the event contract, .gz too), or of the log of an installation.

Over files it is the same program as on the topics; the clock is the highest event time, and nothing is too late. All of time is one window,
`range`; --window shows those of a board at that instant. --since drops what happened before, but still uses earlier events to understand
what came later; --until hides later events and sets the clock. Times are RFC 3339 with a zone, or epoch milliseconds. The first lines that
are no events are told on stderr; where not one of them is an event, nothing is printed, and the exit code is 1.

With --from-log the figures are those of the configured log at this moment, also while it runs: nothing there notices. Without --window
they are of today and of now. Without --by the cuts are the whole, by queue, and by channel.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from streams.cli.as_json import print_json
from streams.cli.configured import config_argument, configuration
from streams.cli.from_files import report_of, tell_refused
from streams.cli.from_log import snapshot_of
from streams.cli.options import instant_of
from streams.cli.row_table import table
from streams.core.cuts import APART_CUTS, REPORT_CUTS, TICKET_CUTS
from streams.core.kpis.kpi import WINDOWS
from streams.core.report import document
from streams.core.snapshot import RANGE, Snapshot
from streams.errors import UsageError
from streams.outputs.rows import envelope
from streams.outputs.spreadsheet import rows_csv

BY = [",".join(cut) for cut in (*TICKET_CUTS, *APART_CUTS) if cut]
OF_A_LOG = ("today", "now")


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", nargs="*", type=Path, metavar="FILE")
    config_argument(parser)
    parser.add_argument("--from", dest="format", choices=("events",), default="events", help="what the files hold")
    parser.add_argument("--from-log", action="store_true", help="of the log of the configuration, not of files")
    parser.add_argument("--since", type=instant_of, metavar="T", help="leave out what happened before")
    parser.add_argument("--until", type=instant_of, metavar="T", help="leave out what happened after; it is now then")
    parser.add_argument(
        "--window",
        action="append",
        choices=(*WINDOWS, "now", RANGE),
        metavar="W",
        help=f"once or more often: {' | '.join((*WINDOWS, 'now'))}; of files also {RANGE}, which goes with now alone",
    )
    parser.add_argument("--compare", choices=("previous",), help="with the same of the window before beside it")
    parser.add_argument("--by", choices=BY, metavar="LABELS", help=f"the whole and this cut: {' | '.join(BY)}")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print an object: as_of, events (of files), rows")
    form.add_argument("--csv", action="store_true", help="print a table for spreadsheets")


def run(args: argparse.Namespace) -> int:
    config = configuration(args)
    _check(args)
    report = None if args.from_log else report_of(config, args.files, since_ms=args.since, until_ms=args.until, windows=args.window)
    if report is not None:
        tell_refused(report, config, args.files, args.until)
    snapshot = snapshot_of(config) if report is None else report.snapshot()
    cuts: Sequence[tuple[str, ...]] = REPORT_CUTS if args.by is None else [(), tuple(args.by.split(","))]
    windows = args.window or (OF_A_LOG if args.from_log else None)
    wanted: dict[str, Any] = {"windows": windows, "cuts": cuts, "compare": args.compare is not None}
    if args.csv:
        print(rows_csv(snapshot.rows(**wanted, empty_once=True), args.compare is not None), end="")
        return 0
    found = document(report, snapshot, **wanted) if report is not None else _of_a_log(snapshot, **wanted)
    if args.json:
        print_json(found)
    else:
        print("\n".join(table(found)))
    return 0


def _check(args: argparse.Namespace) -> None:
    """Raises UsageError."""
    if args.from_log and args.files:
        raise UsageError("--from-log reads the log, not files: name files, or --from-log")
    if not args.from_log and not args.files:
        raise UsageError("name files of events, or --from-log for the figures of the configured log")
    if args.from_log and (args.since is not None or args.until is not None):
        raise UsageError("--since and --until are for files: a log is shown by --window")
    if args.from_log and RANGE in (args.window or ()):
        raise UsageError(f"--window {RANGE} is all of time in files: of a log there is {WINDOWS[-1]} at most")
    if args.compare is not None and not args.from_log and set(args.window or (RANGE,)) == {RANGE}:
        raise UsageError("--compare needs --window: before the whole range there is nothing")
    if args.since is not None and args.until is not None and args.until <= args.since:
        raise UsageError("--until is not after --since: nothing lies between them")


def _of_a_log(snapshot: Snapshot, **wanted: Any) -> dict[str, Any]:
    return {**envelope(snapshot), "rows": [row.document() for row in snapshot.rows(**wanted, empty_once=True)]}
