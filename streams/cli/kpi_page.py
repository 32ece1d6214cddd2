"""docs/kpis.md: every KPI with all that the catalogue says of it. Made of the entries of `deskpulse catalogue --json`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from streams.cli.row_table import REASONS, UNITS, written
from streams.core.kpis.kpi import WINDOWS

KEPT_IN: Final = Path("docs/kpis.md")
Entry = Mapping[str, Any]

HEAD: Final = """\
# Every figure, and what it means

Made by `make gen` from the catalogue in `streams/core/kpis`; `deskpulse catalogue NAME` prints the same, and `deskpulse explain NAME` shows
the numbers that one figure was made of.

- **Formulas** are written in counts and standings, as they are kept. A duration `x` is also the number of its samples, `x_ms` their sum.
- **Durations** are seconds, ratios 0 to 1. No traffic is no sample, never 0 % or 100 %.
- **Windows**: {windows}. `range` is the window of a report over files, `now` is of what stands at this moment.
- **By**: the labels of its rows; there is one of the whole site, too. Rows of an `agent` are there where `[privacy] per_agent` is set.
- **Prometheus**: `WINDOW` is one of `[metrics] windows` (today, interval), `CUT` one of `[metrics] cuts` (site, queue), with its labels.
- **The example** is one invented day (`deskpulse catalogue --example`) at 17:00, of the whole site. Mail is promised an answer within an
  hour and a resolve within eight, of 9:00 to 18:00; billing that nobody waits for more than 30 s.
- **Elsewhere**: figures of other products. *Equal* means: equal numbers for equal events, under the condition that is named.

"""


def page(entries: Sequence[Entry]) -> str:
    """All of it, in the order of the catalogue."""
    text = HEAD.replace("{windows}", " ".join(f"`{window}`" for window in WINDOWS))
    text += ", ".join(f"[{entry['name']}](#{entry['name']})" for entry in entries) + "\n"
    return text + "".join("\n" + "\n".join(_section(entry)) + "\n" for entry in entries)


def _section(entry: Entry) -> Iterator[str]:
    yield f"## {entry['name']}"
    yield ""
    yield entry["definition"]
    yield ""
    yield "| statistic | unit | what it is | from |"
    yield "| --- | --- | --- | --- |"
    for stat, said in entry["by_stat"].items():
        yield f"| `{stat}` | {said['unit']} | {_cell(said['help'])} | `{_cell(said['formula'])}` |"
    yield ""
    yield f"- **By** {', '.join(_labels(entry)) or 'nothing: of the site alone'}"
    yield f"- **Windows** {_windows(entry)}"
    if entry["prometheus"]:
        yield f"- **Prometheus** {', '.join(f'`{family}`' for family in entry['prometheus'])}"
    yield from (f"- {sentence}" for sentence in entry["edges"])
    yield from (f"- **Left out** {left_out_text(part)}" for part in entry["left_out"])
    if entry["example"]:
        yield f"- **Example** {'; '.join(example_text(row) for row in entry['example'])}"
    yield from (f"- **Elsewhere** {elsewhere_text(other)}" for other in entry["elsewhere"])


def left_out_text(part: Mapping[str, Any]) -> str:
    """short abandons: given up within the short-abandon threshold (event, answered)"""
    stats = f" ({', '.join(part['stats'])})" if part["stats"] else ""
    return f"{part['what']}: {part['why']}{stats}"


def elsewhere_text(other: Mapping[str, Any]) -> str:
    """Asterisk, SL of queue show: equal; is `answered`, but a call counts only after its conversation"""
    return f"{other['product']}, {other['figure']}: {'equal' if other['same'] else 'differs'}; {other['says']}"


def example_text(row: Mapping[str, Any]) -> str:
    """event 60.0 % of 10"""
    labels = "".join(f" {label}={value}" for label, value in row["labels"].items())
    value = REASONS.get(row.get("reason", ""), "-") if row["value"] is None else written(row["value"], UNITS[row["kpi"], row["stat"]])
    of = f" of {row['samples']}" if row["value"] is not None and "samples" in row else ""
    return f"{row['stat']}{labels} {value}{of}"


def _labels(entry: Entry) -> Iterator[str]:
    for label in entry["labels"]:
        values = entry["label_values"].get(label)
        yield f"{label} ({', '.join(values)})" if values else label


def _windows(entry: Entry) -> str:
    by_windows: dict[tuple[str, ...], list[str]] = {}
    for stat, said in entry["by_stat"].items():
        by_windows.setdefault(tuple(said["windows"]), []).append(stat)
    if len(by_windows) == 1:
        return _window_names(next(iter(by_windows)))
    return "; ".join(f"{', '.join(stats)}: {_window_names(windows)}" for windows, stats in by_windows.items())


def _window_names(windows: Sequence[str]) -> str:
    return "all" if tuple(windows) == WINDOWS else ", ".join(windows)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
