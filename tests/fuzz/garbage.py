"""What programs and people send that nobody foresaw: strategies for records, requests and configurations, right ones made wrong."""

from __future__ import annotations

import copy
import json
import tomllib
from typing import Any, Final

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from schemas.events import TYPES
from streams.core.kpis.catalogue import CATALOGUE
from streams.core.kpis.kpi import WINDOWS
from streams.core.report import Line
from streams.outputs.asking import ROW_CUTS
from streams.testing.histories import histories
from streams.testing.wire import to_wire
from tests.core.test_intake_properties import NAMES, headers, json_values
from tests.tools import ROOT

TOPICS: Final = sorted(TYPES)
CONTEXT: Final = ("specversion", "type", "id", "time", "source", "data", "data_base64", "datacontenttype", "dataschema", "subject")

cloudevents_headers = headers | st.lists(
    st.tuples(
        st.sampled_from(CONTEXT).map(lambda name: f"ce_{name}") | st.sampled_from(("content-type", "CE_TYPE", "ce-id", "")),
        st.binary(max_size=60) | st.sampled_from((b"1.0", b"call.queued", b"2024-03-04T09:00:00Z", b"application/cloudevents+json")),
    ),
    max_size=8,
)


@st.composite
def wire(draw: DrawFn, topic: str) -> tuple[bytes | None, bytes | None]:
    """Key and value of a record that was an event, and mostly still is nearly one."""
    key, value = to_wire(draw(st.sampled_from(draw(histories(topic)))))
    match draw(st.integers(0, 9)):
        case 0 | 1:
            return key, value
        case 2:
            place, damage = draw(st.integers(0, len(value))), draw(st.binary(max_size=4))
            return key, value[:place] + damage + value[place + len(damage) :]
        case 3:
            return key, value[: draw(st.integers(0, len(value)))]
        case 4:
            depth = draw(st.sampled_from((10, 1_000, 30_000)))
            return key, value[:-1] + b',"note":' + b"[" * depth + b"]" * depth + b"}"
        case 5:
            return draw(st.none() | st.binary(max_size=10)), value
        case 6:
            return key, draw(st.binary(max_size=100))
        case 7:
            return key, json.dumps(
                {"specversion": "1.0", **{name: draw(json_values) for name in draw(st.sets(st.sampled_from(CONTEXT)))}}
            ).encode()
        case 8:
            return key, value[:-1] + b',"note":"' + b"x" * draw(st.sampled_from((1, 64_000, 70_000))) + b'"}'
    body = json.loads(value) | draw(st.dictionaries(st.sampled_from(NAMES), json_values, max_size=3))
    for name in draw(st.sets(st.sampled_from(sorted(body)), max_size=1)):
        del body[name]
    return key, json.dumps(body).encode()


@st.composite
def batches(draw: DrawFn, topic: str, records_max: int = 8) -> list[Line]:
    """Records as they follow each other in a log."""
    found: list[Line] = []
    for _ in range(draw(st.integers(0, records_max))):
        key, value = draw(wire(topic))
        found.append(Line(len(found), key, value, draw(cloudevents_headers) if draw(st.booleans()) else ()))
    return found


@st.composite
def bodies(draw: DrawFn) -> bytes:
    """Of POST /api/v1/events."""
    records = [draw(wire(draw(st.sampled_from(TOPICS)))) for _ in range(draw(st.integers(0, 4)))]
    return draw(st.sampled_from((b"\n", b"\r\n", b"", b"\n\n", b"\x00"))).join(value or b"" for _, value in records)


words = st.text(max_size=30) | st.sampled_from([kpi.name for kpi in CATALOGUE]) | st.sampled_from((*WINDOWS, "now", *ROW_CUTS))
parameters = st.sampled_from(
    (
        "kpi",
        "window",
        "queue",
        "channel",
        "cut",
        "compare",
        "format",
        "stat",
        "step",
        "hours",
        "since",
        "until",
        "labels",
        "board",
        "limit",
        "",
    )
)
queries = st.lists(st.tuples(parameters | st.text(max_size=8), words), max_size=6)
PATHS: Final = ("rows", "history", "explain", "board", "cases/breaching", "openapi.json")

SITE: Final[dict[str, Any]] = tomllib.loads((ROOT / "deploy" / "site.toml").read_text()) | tomllib.loads("""
[calendar.night]
zone = "America/New_York"
hours = { mon-sun = "22:00-06:00" }
dates = { 2026-12-31 = "08:00-12:00", 01-02 = "closed" }
[http]
address = "127.0.0.1:8080"
[metrics]
windows = ["5m", "1h"]
[limits]
partitions = 4
lateness = "7d"
[limits.keep]
calls = "24h"
[privacy]
per_agent = true
[target.handle_time.p90]
warn = 300
[board.sales]
tiles = ["waiting", "service_level"]
[topics]
calls = "calls"
[backlog]
after = "average"
""")
toml_values = st.recursive(
    st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.dates()
    | st.times()
    | st.datetimes()
    | st.sampled_from(
        ("24h", "0s", "Europe/Riga", "08:00-18:00", "closed", "billing", "phone", "kafka://a:1", "embedded:///tmp", "é" * 300)
    ),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=12) | st.sampled_from(sorted(SITE)), inner, max_size=4),
    max_leaves=8,
)


@st.composite
def sites(draw: DrawFn) -> dict[str, Any]:
    """Entries of a site.toml, some of them changed, moved or of another kind."""
    site = copy.deepcopy(SITE)
    for _ in range(draw(st.integers(0, 3))):
        table: Any = site
        for _ in range(draw(st.integers(0, 3))):
            inner = [value for value in (table.values() if isinstance(table, dict) else table) if isinstance(value, dict | list) and value]
            if not inner:
                break
            table = draw(st.sampled_from(inner))
        if isinstance(table, list):
            table[draw(st.integers(0, len(table) - 1))] = draw(toml_values)
        elif draw(st.booleans()) and table:
            table[draw(st.sampled_from(sorted(table)))] = draw(toml_values)
        else:
            table[draw(st.text(max_size=12) | st.sampled_from(sorted(SITE)))] = draw(toml_values)
    return site
