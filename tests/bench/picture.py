"""python -m tests.bench.picture growth.json docs/scale.svg

What `tests.bench.growth` has seen, drawn: a field for each kind of work, 1x, 10x and 100x from left to right, the cost of a unit upward. As
much work as before at the same cost for each unit is a level line.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final
from xml.sax.saxutils import escape

import msgspec

from tests.bench.growth import Point

WIDTH: Final = 190
HEIGHT: Final = 150
GAP: Final = 30
TOP: Final = 70
LEFT: Final = 20
EDGE: Final = 25
STYLE: Final = (
    "text{font:12px sans-serif;fill:#333}.head{font-weight:bold}.small{font-size:11px;fill:#666}"
    ".axis{stroke:#bbb}.line{stroke:#1f6f8b;stroke-width:2;fill:none}.dot{fill:#1f6f8b}"
)


def picture(points: Sequence[Point], units: dict[str, str]) -> str:
    """units  kind of work -> what a unit of it is"""
    kinds = list(dict.fromkeys(point.what for point in points))
    width = LEFT * 2 + len(kinds) * (WIDTH + GAP) - GAP
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {TOP + HEIGHT + 60}" role="img">',
        "<title>Cost of a unit of work at 1, 10 and 100 times as much of it</title>",
        f"<style>{STYLE}</style>",
        f'<text x="{LEFT}" y="20" class="head">CPU for a unit of work, where there is 1, 10 and 100 times as much of it</text>',
    ]
    for number, kind in enumerate(kinds):
        own = sorted((point for point in points if point.what == kind), key=lambda point: point.times)
        parts += _field(LEFT + number * (WIDTH + GAP), own, units.get(kind, "unit"))
    return "\n".join([*parts, "</svg>"]) + "\n"


def _field(left: float, points: Sequence[Point], unit: str) -> list[str]:
    """Upwards from 0, so that what is level looks level."""
    top_us = max(point.unit_us for point in points) * 1.25
    step = (WIDTH - 2 * EDGE) / max(1, len(points) - 1)
    inner = [(left + EDGE + number * step, TOP + HEIGHT * (1 - point.unit_us / top_us)) for number, point in enumerate(points)]
    parts = [
        f'<text x="{left}" y="{TOP - 28}" class="head">{escape(points[0].what)}</text>',
        f'<text x="{left}" y="{TOP - 12}" class="small">µs of CPU for {escape(unit)}</text>',
        f'<line class="axis" x1="{left}" y1="{TOP + HEIGHT}" x2="{left + WIDTH}" y2="{TOP + HEIGHT}"/>',
        f'<polyline class="line" points="{" ".join(f"{x:.1f},{y:.1f}" for x, y in inner)}"/>',
    ]
    for (x, y), point in zip(inner, points, strict=True):
        parts += [
            f'<circle class="dot" cx="{x:.1f}" cy="{y:.1f}" r="4"/>',
            f'<text x="{x:.1f}" y="{y - 9:.1f}" text-anchor="middle">{point.unit_us:.1f}</text>',
            f'<text x="{x:.1f}" y="{TOP + HEIGHT + 18}" text-anchor="middle" class="small">{point.amount:,}</text>',
        ]
    return parts


UNITS: Final = {
    "events": "an event",
    "queues": "an event",
    "open cases": "an event beside them",
    "partitions": "an event",
    "cells of a board": "a row read at its start",
}


def main() -> None:
    source, target = map(Path, sys.argv[1:])
    target.write_text(picture(msgspec.json.decode(source.read_bytes(), type=list[Point]), UNITS), encoding="utf-8")


if __name__ == "__main__":
    main()
