"""What the API gives: its JSON, by name."""

from __future__ import annotations

from typing import Final, get_args

from streams.core.clocks.sla import CLOCKS
from streams.core.history import STEPS
from streams.core.kpis.catalogue import NAMES
from streams.core.kpis.kpi import WINDOWS, Unit
from streams.core.kpis.tiles import Kind
from streams.outputs.asking import STATS
from streams.outputs.breaching import STATES
from streams.outputs.openapi.form import INTEGER, LABELS, NUMBER, STRING, Schema, object_of, ref

ENVELOPE: Final[Schema] = {
    "as_of": {"type": "string", "format": "date-time"},
    "data_age_seconds": {
        "type": ["number", "null"],
        "description": "Everything in the log so long ago is in the numbers; null while unknown.",
    },
    "completeness": {"type": "number", "minimum": 0, "maximum": 1, "description": "Partitions kept up to date / all partitions."},
}
SCHEMAS: Final[Schema] = {
    "Row": object_of(
        {
            "kpi": {"type": "string", "enum": list(NAMES)},
            "stat": {"type": "string", "enum": list(STATS)},
            "window": {"type": "string", "enum": [*WINDOWS, "now"]},
            "labels": {**LABELS, "description": "A label that is not there: over all its values."},
            "value": {"type": ["number", "null"], "description": "Durations in seconds, ratios 0..1; null has a reason."},
            "samples": INTEGER,
            "low": {**NUMBER, "description": "Wilson interval of 95 %."},
            "high": NUMBER,
            "since": {"type": "string", "format": "date-time", "description": "With partial: the first event known."},
            "partial": {"type": "boolean", "description": "The window reaches back before the first event known."},
            "reason": {"type": "string", "enum": ["no_sample", "no_agents", "hidden", "unreachable"]},
            "few": {"type": "boolean", "description": "A ratio of fewer than limits.min_samples: to be shown grey; it has no level."},
            "level": {"type": "string", "enum": ["ok", "warn", "crit"], "description": "Where a target is set."},
            "previous": {"type": ["number", "null"], "description": "With compare=previous: the value of the same window before."},
            "previous_samples": INTEGER,
            "previous_start": {"type": "string", "format": "date-time"},
            "previous_end": {"type": "string", "format": "date-time"},
            "previous_reason": {"type": "string", "enum": ["no_sample", "not_kept"]},
            "compare": {
                "type": "object",
                "additionalProperties": NUMBER,
                "description": "In the stream of a board: previous, yesterday and last_week, the same part of that day; last_week_day, "
                "the whole day of a week before.",
            },
        },
        ["kpi", "stat", "window", "labels", "value"],
    ),
    "Rows": object_of({**ENVELOPE, "rows": {"type": "array", "items": ref("Row")}}, [*ENVELOPE, "rows"]),
    "Explained": object_of({**ENVELOPE, "explanations": {"type": "array", "items": ref("Explanation")}}, [*ENVELOPE, "explanations"]),
    "Explanation": {
        "allOf": [
            ref("Row"),
            object_of(
                {
                    "unit": STRING,
                    "definition": STRING,
                    "what": STRING,
                    "formula": STRING,
                    "inputs": {
                        "type": "array",
                        "items": object_of(
                            {"name": STRING, "what": STRING, "amount": NUMBER, "unit": STRING}, ["name", "what", "amount", "unit"]
                        ),
                    },
                    "left_out": {"type": "array", "items": object_of({"what": STRING, "why": STRING, "amount": INTEGER}, ["what", "why"])},
                    "start": {"type": "string", "format": "date-time"},
                    "end": {"type": "string", "format": "date-time"},
                    "thresholds": {"type": "array", "items": {"type": "object"}},
                    "promise": {**NUMBER, "description": "The service level that is promised."},
                    "target": {"type": "object", "description": "better, warn and crit, where a target is set."},
                },
                ["unit", "definition", "what", "formula", "inputs", "left_out", "start", "end"],
            ),
        ]
    },
    "Series": object_of(
        {
            "kpi": STRING,
            "stat": STRING,
            "labels": LABELS,
            "values": {"type": "array", "items": {"type": ["number", "null"]}},
            "samples": {"type": "array", "items": {"type": ["integer", "null"]}},
        },
        ["kpi", "stat", "labels", "values"],
    ),
    "History": object_of(
        {
            **ENVELOPE,
            "step": {"type": "string", "enum": list(STEPS)},
            "starts": {"type": "array", "items": {"type": "string", "format": "date-time"}},
            "series": {"type": "array", "items": ref("Series")},
        },
        [*ENVELOPE, "step", "starts", "series"],
    ),
    "Board": object_of(
        {
            "board": STRING,
            "title": STRING,
            "site": STRING,
            "zone": STRING,
            "language": {"type": ["string", "null"], "description": "null: that of the browser."},
            "dark": {"type": ["boolean", "null"], "description": "null: as the system has it."},
            "rotate_seconds": INTEGER,
            "pages": {"type": "array", "items": {"type": "array", "items": STRING}, "description": "Names of tiles, page by page."},
            "tiles": {"type": "object", "additionalProperties": ref("Tile")},
            "queues": {
                "type": "array",
                "items": object_of(
                    {"name": STRING, "title": STRING, "channel": STRING, "threshold_seconds": NUMBER, "target": NUMBER},
                    ["name", "title", "channel", "threshold_seconds", "target"],
                ),
            },
            "currency": STRING,
            "interval_minutes": INTEGER,
            "boards": {"type": "array", "items": STRING},
            "events_since": {"type": ["string", "null"], "format": "date-time"},
            "can_see_cases": {"type": "boolean"},
            "version": STRING,
            "layout": {
                "type": ["string", "null"],
                "description": "Changes with anything else of it; each message has it. null: the board reads its state back.",
            },
        },
        ["board", "title", "site", "zone", "rotate_seconds", "pages", "tiles", "queues", "boards", "layout"],
    ),
    "Tile": object_of(
        {
            "kind": {"type": "string", "enum": list(get_args(Kind))},
            "kpi": STRING,
            "stat": STRING,
            "window": STRING,
            "labels": LABELS,
            "title": {"type": ["string", "null"]},
            "unit": {"type": "string", "enum": list(get_args(Unit))},
            "better": {"type": ["string", "null"], "enum": ["low", "high", None]},
            "target": {"type": ["number", "null"]},
            "warn": {"type": ["number", "null"]},
            "crit": {"type": ["number", "null"]},
            "min_samples": INTEGER,
            "trend": {"type": ["object", "null"], "description": "What to ask /api/v1/history for; null: it has none."},
        },
        ["kind", "kpi", "stat", "window", "labels", "unit"],
    ),
    "Breaching": object_of(
        {
            **ENVELOPE,
            "total": {**INTEGER, "description": "How many there are, whatever the limit."},
            "cases": {
                "type": "array",
                "items": object_of(
                    {
                        "case_id": STRING,
                        "topic": {"type": "string", "enum": ["calls", "tickets"]},
                        "clock": {"type": "string", "enum": list(CLOCKS)},
                        "state": {"type": "string", "enum": list(STATES)},
                        "due": {"type": "string", "format": "date-time"},
                        "queue": {"type": ["string", "null"]},
                        "channel": STRING,
                        "priority": STRING,
                    },
                    ["case_id", "topic", "clock", "state", "due", "queue", "channel", "priority"],
                ),
            },
        },
        [*ENVELOPE, "total", "cases"],
    ),
    "Refusal": object_of({"reason": STRING, "error": STRING, "nearest": {"type": ["string", "null"]}}, ["reason", "error"]),
    "WrongLines": object_of(
        {
            "reason": STRING,
            "error": STRING,
            "accepted": {"type": "integer", "const": 0},
            "wrong": INTEGER,
            "lines": {
                "type": "array",
                "items": object_of({"line": INTEGER, "reason": STRING, "detail": STRING}, ["line", "reason", "detail"]),
            },
        },
        ["reason", "error", "accepted", "wrong", "lines"],
    ),
}
