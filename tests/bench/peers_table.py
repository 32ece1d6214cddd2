"""What the runs of a comparison come to: a table in Markdown, and ratios of runs that stood beside each other."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping, Sequence
from typing import Final

import msgspec


class Result(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One run of one program.

    round       runs of one round stood beside each other
    right       its figures are those of a plain fold; None: it keeps none
    restore_s   from the start of the process until it has taken in what was left for it, after a kill
    latency_s   from an event to what follows from it, as a reader of committed records sees it; median of some
    load        of the machine when it began, over a minute
    """

    program: str
    round: int
    events: int
    events_per_s: float
    cpu_s_per_million: float
    peak_mib: float
    right: bool | None = None
    restore_s: float | None = None
    latency_s: float | None = None
    load: float = 0.0


COLUMNS: Final[Mapping[str, Callable[[Result], float | None]]] = {
    "events/s": lambda run: run.events_per_s,
    "CPU s per million": lambda run: run.cpu_s_per_million,
    "peak MiB": lambda run: run.peak_mib,
    "restore s": lambda run: run.restore_s,
    "latency s": lambda run: run.latency_s,
}


def table(runs: Sequence[Result], base: str) -> str:
    """Lowest, median and highest of the runs of each program; throughput also as a ratio to `base` in the same round."""
    heads = ["program", "events", "runs", "right", *COLUMNS, f"of {base}"]
    lines = [heads, ["---"] * len(heads)]
    for program in dict.fromkeys(run.program for run in runs):
        own = [run for run in runs if run.program == program]
        events = "/".join(f"{count:,}" for count in sorted({run.events for run in own}))
        cells = [spread([value for run in own if (value := column(run)) is not None]) for column in COLUMNS.values()]
        lines.append([program, events, str(len(own)), _right(own), *cells, spread(ratios(runs, program, base))])
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def ratios(runs: Sequence[Result], program: str, base: str) -> list[float]:
    """Events per second of `program` to those of `base`, round by round; a round without one of them tells nothing."""
    of_base = {run.round: run.events_per_s for run in runs if run.program == base}
    return [run.events_per_s / of_base[run.round] for run in runs if run.program == program and run.round in of_base]


def spread(values: Sequence[float]) -> str:
    if not values:
        return ""
    shown = [_shown(value) for value in (min(values), statistics.median(values), max(values))]
    return shown[1] if len(values) == 1 else " / ".join(shown)


def _shown(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def _right(runs: Sequence[Result]) -> str:
    said = {run.right for run in runs if run.right is not None}
    return "" if not said else "yes" if said == {True} else "NO"
