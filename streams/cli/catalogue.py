"""Print every figure there is: name and statistics, unit, formula, labels, windows. Of those that are named, all there is to say.

Formulas are written in counts and standings, as they are kept; a duration `x` is also the number of its samples, `x_ms` their sum.
With --json a list of objects, one per name; what differs between its statistics stands under `by_stat`. `--write` makes docs/kpis.md of the
same; `--example` prints the events of the example day.
"""

from __future__ import annotations

import argparse
import textwrap
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from streams.cli.as_json import print_json
from streams.cli.example import example_events, example_of
from streams.cli.kpi_page import KEPT_IN, elsewhere_text, example_text, left_out_text, page
from streams.config.values import nearest
from streams.core.cuts import cuts_of
from streams.core.kpis.catalogue import CATALOGUE, NAMES
from streams.core.kpis.formula_text import formula_text
from streams.core.kpis.kpi import WINDOWS_OF, Kpi
from streams.core.kpis.prose import PROSE
from streams.core.kpis.prose.prose import Prose
from streams.errors import UsageError
from streams.outputs.families import families_of

WIDTH = 110


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("names", nargs="*", metavar="KPI", help="only these")
    parser.add_argument(
        "--json", action="store_true", help="print a list of objects: name, stats, unit, formula, labels, windows, help, aka, ..."
    )
    parser.add_argument("--example", action="store_true", help="print the events of the example day, as `deskpulse report` reads them")
    parser.add_argument(
        "--write", nargs="?", type=Path, const=KEPT_IN, metavar="FILE", help=f"write all of it as a page ({KEPT_IN} without a name)"
    )


def run(args: argparse.Namespace) -> int:
    if args.example:
        print(example_events().decode(), end="")
        return 0
    for name in args.names:
        if name not in NAMES:
            near = nearest(name, NAMES)
            raise UsageError(f'there is no "{name}": ' + (f"did you mean {near}?" if near else "see `deskpulse catalogue`"))
    entries = [entry(name) for name in args.names or NAMES]
    if args.write is not None:
        _write(page([entry(name) for name in NAMES]), args.write)
    elif args.json:
        print_json(entries)
    else:
        print("\n".join(line for found in entries for line in (*_lines(found), *(_more(found) if args.names else ()), "")))
    return 0


def _write(text: str, path: Path) -> None:
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")
        print(f"wrote {path}")


def entry(name: str) -> dict[str, Any]:
    """All that the catalogue says of one KPI. `unit`, `formula` and `help` are those of its first statistic."""
    rows = [kpi for kpi in CATALOGUE if kpi.name == name]
    first = rows[0]
    prose = PROSE.get(name) or Prose(definition=first.help)
    by_stat: dict[str, dict[str, Any]] = {}
    for kpi in rows:  # rows of one statistic that differ in their labels: the first one speaks for all
        by_stat.setdefault(kpi.stat, {"unit": kpi.unit, "formula": formula_text(kpi.formula), "windows": _windows(kpi), "help": kpi.help})
    label_values = {
        label: _unique(kpi.labels[label] for kpi in rows if label in kpi.labels)
        for label in _unique(key for kpi in rows for key in kpi.labels)
    }
    return {
        "name": name,
        "stats": list(by_stat),
        "unit": first.unit,
        "formula": by_stat[first.stat]["formula"],
        "labels": _unique([*(label for kpi in rows for cut in cuts_of(kpi) for label in cut), *label_values]),
        "windows": _unique(window for kpi in rows for window in _windows(kpi)),
        "help": first.help,
        "aka": first.aka,
        "label_values": label_values,
        "by_stat": by_stat,
        "definition": prose.definition,
        "edges": list(prose.edges),
        "left_out": [{"what": part.what, "why": part.why, "stats": list(part.stats)} for part in prose.left_out],
        "elsewhere": [msgspec.to_builtins(other) for other in prose.elsewhere],
        "prometheus": [str(family) for family in families_of(name)],
        "example": [row.document() for row in example_of(name)],
    }


def _windows(kpi: Kpi) -> list[str]:
    """Beside them every windowed figure has `range`, in reports."""
    return list(WINDOWS_OF[kpi.when])


def _unique(words: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(words))


def _lines(found: dict[str, Any]) -> list[str]:
    labels = [
        f"{label} ({', '.join(found['label_values'][label])})" if label in found["label_values"] else label for label in found["labels"]
    ]
    aka = f", also: {found['aka']}" if found["aka"] else ""
    by = f"by {', '.join(labels)}" if labels else "of the site alone"
    lines = [f"{found['name']}  {by}{aka}"]
    for stat, said in found["by_stat"].items():
        when = "" if len(said["windows"]) > 1 else f", {said['windows'][0]}"
        lines += textwrap.wrap(f"{stat} ({said['unit']}{when}): {said['help']}", WIDTH, initial_indent="  ", subsequent_indent="      ")
        lines += textwrap.wrap(f"= {said['formula']}", WIDTH, initial_indent="      ", subsequent_indent="        ")
    return lines


def _more(found: dict[str, Any]) -> Iterator[str]:
    """What is said of one that somebody asks for by its name."""
    for title, said in (
        ("", [found["definition"]]),
        ("edges", found["edges"]),
        ("left out", [left_out_text(part) for part in found["left_out"]]),
        ("elsewhere", [elsewhere_text(other) for other in found["elsewhere"]]),
        ("prometheus", found["prometheus"]),
        ("example day", [example_text(row) for row in found["example"]]),
    ):
        if title and said:
            yield f"  {title}:"
        for sentence in said:
            yield from textwrap.wrap(
                sentence, WIDTH, initial_indent="    - " if title else "  ", subsequent_indent="      " if title else "  "
            )
