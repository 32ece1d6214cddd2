"""Show why a figure is what it is: its formula, the numbers put in, what was left out and why, its sample, its window, its target.

The figures are those of the board that serves at http.address; with --from-log those that stand in the log; with --from those of files of
events, at the last of them. Without --window: of today and of now; of files, of all of time.
"""

from __future__ import annotations

import argparse
import json
import textwrap
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from multidict import MultiDict

from streams.cli.as_json import print_json
from streams.cli.configured import config_argument, configuration
from streams.cli.from_files import report_of, tell_refused
from streams.cli.from_log import snapshot_of
from streams.cli.row_table import REASONS, written
from streams.config import Config
from streams.core.kpis.kpi import WINDOWS
from streams.core.snapshot import RANGE
from streams.errors import Unreachable, UsageError
from streams.outputs.explaining import explained
from streams.outputs.serving import Refusal

WIDTH: Final = 110
ANSWER_S: Final = 10.0
SHOWN_MAX: Final = 10
"""Of more numbers those that are 0 are told together."""


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("kpi", metavar="KPI", help="as `deskpulse catalogue` names it")
    config_argument(parser)
    parser.add_argument("--stat", action="append", help="only this statistic; once or more often")
    parser.add_argument(
        "--window", action="append", metavar="W", help=f"once or more often: {' | '.join((*WINDOWS, 'now'))}; of files also {RANGE}"
    )
    parser.add_argument("--queue", metavar="NAME")
    parser.add_argument("--channel", metavar="NAME")
    parser.add_argument("--priority", metavar="NAME")
    source = parser.add_mutually_exclusive_group()
    source.add_argument("--url", help="of a board elsewhere, such as http://desk:8600")
    source.add_argument("--from-log", action="store_true", help="of the log of the configuration, without a board")
    source.add_argument("--from", dest="files", nargs="+", type=Path, metavar="FILE", help="of files of events")
    parser.add_argument("--json", action="store_true", help="print an object: as_of, explanations")


def run(args: argparse.Namespace) -> int:
    if args.window and RANGE in args.window and not args.files:
        raise UsageError(f"--window {RANGE} is all of time in files, --from FILE: of a log and of a board there is {WINDOWS[-1]} at most")
    config = configuration(args)
    query = MultiDict([("kpi", args.kpi)])
    for name in ("stat", "window"):
        query.extend([(name, value) for value in getattr(args, name) or ()])
    for name in ("queue", "channel", "priority"):
        if getattr(args, name) is not None:
            query.add(name, getattr(args, name))
    found = _asked(config, args.url, query) if not (args.from_log or args.files) else _made(config, args, query)
    if args.json:
        print_json(found)
    else:
        print("\n".join(line for one in found["explanations"] for line in lines(one, config.zone)))
    return 0


def _made(config: Config, args: argparse.Namespace, query: MultiDict[str]) -> dict[str, Any]:
    """Of a snapshot of our own. Raises UsageError."""
    if args.from_log:
        snapshot = snapshot_of(config)
    else:
        report = report_of(config, args.files, windows=args.window)
        tell_refused(report, config, args.files)
        snapshot = report.snapshot()
    try:
        found: dict[str, Any] = json.loads(explained(query, snapshot, config.policy()))
    except Refusal as refusal:
        raise UsageError(str(refusal)) from None
    return found


def _asked(config: Config, url: str | None, query: MultiDict[str]) -> dict[str, Any]:
    """Of a board. Raises Unreachable, UsageError."""
    base = url.rstrip("/") if url is not None else f"http://{_host(config)}:{config.http.port}"
    request = urllib.request.Request(f"{base}/api/v1/explain?{urllib.parse.urlencode(list(query.items()))}")
    if config.http.token is not None:
        request.add_header("Authorization", f"Bearer {config.http.token.reveal()}")
    try:
        with urllib.request.urlopen(request, timeout=ANSWER_S) as answer:
            found: dict[str, Any] = json.load(answer)
    except urllib.error.HTTPError as error:
        raise _understood(base, error) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "reason", error)
        raise Unreachable(f"{base}: no board answers there ({reason}): start one, or use --from-log or --from FILE") from None
    return found


def _host(config: Config) -> str:
    host = "127.0.0.1" if config.http.host in ("0.0.0.0", "::") else config.http.host
    return f"[{host}]" if ":" in host else host


def _understood(base: str, error: urllib.error.HTTPError) -> UsageError | Unreachable:
    """What the answer of a board means for the one who asked."""
    try:
        said = str(json.load(error)["error"])
    except (ValueError, KeyError, TypeError):
        said = error.reason
    if error.code == 400:
        return UsageError(said)
    return Unreachable(f"{base}: answers {error.code}: {said}")


def lines(one: Mapping[str, Any], zone: ZoneInfo) -> Iterator[str]:
    """One explanation, for a person."""
    labels = "  ".join(f"{label}={value}" for label, value in one["labels"].items())
    yield f"{one['kpi']} {one['stat']}  {one['window']}{labels and '  ' + labels}"
    yield f"  {_result(one)}"
    yield from textwrap.wrap(one["what"], WIDTH, initial_indent="  ", subsequent_indent="  ")
    yield from textwrap.wrap(f"= {one['formula']}", WIDTH, initial_indent="  ", subsequent_indent="    ")
    yield from _amounts("put in", [(part["what"], part["amount"], part["unit"], part["name"]) for part in one["inputs"]])
    yield from _amounts("left out", [(part["what"], part.get("amount"), "count", part["why"]) for part in one["left_out"]])
    yield f"  {_when(one, zone)}"
    for threshold in one.get("thresholds", ()):
        where = f"{threshold['queue']} by {threshold['channel']}"
        yield f"  threshold of {where}: {threshold['threshold_seconds']:g} s, short abandon {threshold['short_abandon_seconds']:g} s"
    if "promise" in one:
        yield f"  promised: {written(one['promise'], 'ratio')}"
    if one.get("target"):
        marks = [f"{level} {'above' if one['target']['better'] == 'low' else 'below'} {written(mark, one['unit'])}"
                 for level in ("warn", "crit") if (mark := one["target"].get(level)) is not None]  # fmt: skip
        yield f"  target: {', '.join(marks)}"
    yield ""


def _result(one: Mapping[str, Any]) -> str:
    said = [REASONS.get(one.get("reason", ""), "-") if one["value"] is None else written(one["value"], one["unit"])]
    if "samples" in one:
        said.append(f"of {one['samples']}")
    if "low" in one:
        said.append(f"95 %: {100 * one['low']:.1f} to {100 * one['high']:.1f} %")
    if one.get("few"):
        said.append("too few to judge by")
    if "level" in one:
        said.append(one["level"])
    return "  ".join(said)


def _amounts(title: str, parts: list[tuple[str, float | None, str, str]]) -> Iterator[str]:
    if parts:
        yield f"  {title}:"
    others = 0
    if len(parts) > SHOWN_MAX:
        others = sum(not amount for _, amount, _, _ in parts)
        parts = [part for part in parts if part[1]]
    shown = [(what, "?" if amount is None else written(amount, unit), why) for what, amount, unit, why in parts]
    widths = [max((len(part[column]) for part in shown), default=0) for column in range(2)]
    for what, amount_text, why in shown:
        yield f"    {what:{widths[0]}}  {amount_text:>{widths[1]}}  {why}"
    if others:
        yield f"    {others} others are 0"


def _when(one: Mapping[str, Any], zone: ZoneInfo) -> str:
    if one["start"] == one["end"]:
        return f"at {_local(one['end'], zone)}"
    since = f"; nothing is known before {_local(one['since'], zone)}" if one.get("partial") and "since" in one else ""
    return f"from {_local(one['start'], zone)} to {_local(one['end'], zone)}{since}"


def _local(written_at: str, zone: ZoneInfo) -> str:
    return f"{datetime.fromisoformat(written_at).astimezone(zone):%Y-%m-%d %H:%M:%S %Z}"
