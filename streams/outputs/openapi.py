"""`/api/v1/openapi.json`: what the API takes and gives, for programs. Names come from the catalogue."""

from __future__ import annotations

from typing import Any, Final, get_args

from schemas.values import CHANNELS, PRIORITIES
from streams.core.clocks.sla import CLOCKS
from streams.core.history import STEPS
from streams.core.kpis.catalogue import NAMES
from streams.core.kpis.kpi import WINDOWS, Unit
from streams.core.kpis.tiles import Kind
from streams.outputs.access import COOKIE
from streams.outputs.asking import COMPARISONS, ROW_CUTS
from streams.outputs.breaching import LIMIT, LIMIT_MAX, STATES
from streams.outputs.ingest import BODY_BYTES_MAX, LINES_MAX
from streams.outputs.ready import CUTS
from streams.outputs.series import STATS

Schema = dict[str, Any]

STRING: Final[Schema] = {"type": "string"}
NUMBER: Final[Schema] = {"type": "number"}
INTEGER: Final[Schema] = {"type": "integer"}
LABELS: Final[Schema] = {"type": "object", "additionalProperties": STRING}


def _object(properties: Schema, required: list[str]) -> Schema:
    return {"type": "object", "properties": properties, "required": required}


def _ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def _parameter(name: str, schema: Schema, description: str, *, several: bool = True, required: bool = False) -> Schema:
    whole = {"type": "array", "items": schema} if several else schema
    return {"name": name, "in": "query", "schema": whole, "description": description, "required": required}


def _answer(description: str, schema: Schema, content_type: str = "application/json") -> Schema:
    return {"description": description, "content": {content_type: {"schema": schema}}}


ENVELOPE: Final[Schema] = {
    "as_of": {"type": "string", "format": "date-time"},
    "data_age_seconds": {
        "type": ["number", "null"],
        "description": "Everything in the log so long ago is in the numbers; null while unknown.",
    },
    "completeness": {"type": "number", "minimum": 0, "maximum": 1, "description": "Partitions kept up to date / all partitions."},
}
SCHEMAS: Final[Schema] = {
    "Row": _object(
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
    "Rows": _object({**ENVELOPE, "rows": {"type": "array", "items": _ref("Row")}}, [*ENVELOPE, "rows"]),
    "Explained": _object({**ENVELOPE, "explanations": {"type": "array", "items": _ref("Explanation")}}, [*ENVELOPE, "explanations"]),
    "Explanation": {
        "allOf": [
            _ref("Row"),
            _object(
                {
                    "unit": STRING,
                    "definition": STRING,
                    "what": STRING,
                    "formula": STRING,
                    "inputs": {
                        "type": "array",
                        "items": _object(
                            {"name": STRING, "what": STRING, "amount": NUMBER, "unit": STRING}, ["name", "what", "amount", "unit"]
                        ),
                    },
                    "left_out": {"type": "array", "items": _object({"what": STRING, "why": STRING, "amount": INTEGER}, ["what", "why"])},
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
    "Series": _object(
        {
            "kpi": STRING,
            "stat": STRING,
            "labels": LABELS,
            "values": {"type": "array", "items": {"type": ["number", "null"]}},
            "samples": {"type": "array", "items": {"type": ["integer", "null"]}},
        },
        ["kpi", "stat", "labels", "values"],
    ),
    "History": _object(
        {
            **ENVELOPE,
            "step": {"type": "string", "enum": list(STEPS)},
            "starts": {"type": "array", "items": {"type": "string", "format": "date-time"}},
            "series": {"type": "array", "items": _ref("Series")},
        },
        [*ENVELOPE, "step", "starts", "series"],
    ),
    "Board": _object(
        {
            "board": STRING,
            "title": STRING,
            "site": STRING,
            "zone": STRING,
            "language": {"type": ["string", "null"], "description": "null: that of the browser."},
            "dark": {"type": ["boolean", "null"], "description": "null: as the system has it."},
            "rotate_seconds": INTEGER,
            "pages": {"type": "array", "items": {"type": "array", "items": STRING}, "description": "Names of tiles, page by page."},
            "tiles": {"type": "object", "additionalProperties": _ref("Tile")},
            "queues": {
                "type": "array",
                "items": _object(
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
    "Tile": _object(
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
    "Breaching": _object(
        {
            **ENVELOPE,
            "total": {**INTEGER, "description": "How many there are, whatever the limit."},
            "cases": {
                "type": "array",
                "items": _object(
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
    "Refusal": _object({"reason": STRING, "error": STRING, "nearest": {"type": ["string", "null"]}}, ["reason", "error"]),
    "WrongLines": _object(
        {
            "reason": STRING,
            "error": STRING,
            "accepted": {"type": "integer", "const": 0},
            "wrong": INTEGER,
            "lines": {
                "type": "array",
                "items": _object({"line": INTEGER, "reason": STRING, "detail": STRING}, ["line", "reason", "detail"]),
            },
        },
        ["reason", "error", "accepted", "wrong", "lines"],
    ),
}
REFUSED: Final = {
    "400": _answer("A name that nothing here has; the message names the nearest.", _ref("Refusal")),
    "401": _answer("No token, or a wrong one.", _ref("Refusal")),
    "503": _answer("The state is being read back: reason `restoring`.", _ref("Refusal")),
}
QUEUE: Final = _parameter("queue", STRING, "Rows of these queues.")
CHANNEL: Final = _parameter("channel", {"type": "string", "enum": list(CHANNELS)}, "Rows of these channels.")
KPI: Final[Schema] = {"type": "string", "enum": list(NAMES)}
BESIDE: Final = (
    "Beside each value of a window that of the same window before: an interval and today up to the same time, all others as a whole. "
    "What stands now has none."
)
FORMAT: Final = _parameter("format", {"type": "string", "enum": ["json", "csv"]}, "Or by Accept: text/csv.", several=False)
CUT: Final[Schema] = {"type": "string", "enum": list(CUTS)}
ROW_CUT: Final[Schema] = {"type": "string", "enum": list(ROW_CUTS)}
BOARD: Final = _parameter("board", STRING, "Its name in the configuration; without it the first.", several=False)
NO_BOARD: Final = _answer("There is no such board; the message names the nearest.", _ref("Refusal"))
STREAM: Final = (
    "Each event has as_of, now (the clock of the server, by which the age of what has `since` counts on), data_age_seconds, completeness, "
    "restored and layout. `snapshot` has all rows; `rows` those that are others now, and in gone the keys of those that are no more; "
    "`beat` none. A row of the oldest has since when it is there. Rows of a board have compare: the same of other days. "
    "Whoever does not read is dropped."
)

PATHS: Final[Schema] = {
    "/api/v1/rows": {
        "get": {
            "summary": "KPI rows of this moment",
            "parameters": [
                _parameter("kpi", KPI, "These KPIs."),
                _parameter("window", {"type": "string", "enum": [*WINDOWS, "now"]}, "These windows; now: what stands."),
                QUEUE,
                CHANNEL,
                _parameter("cut", ROW_CUT, "By which labels: site has none."),
                _parameter("compare", {"type": "string", "enum": list(COMPARISONS)}, BESIDE, several=False),
                FORMAT,
            ],
            "responses": {
                "200": {
                    "description": "The rows, in the order of the catalogue.",
                    "content": {"application/json": {"schema": _ref("Rows")}, "text/csv": {"schema": STRING}},
                },
                **REFUSED,
            },
        }
    },
    "/api/v1/history": {
        "get": {
            "summary": "The panes that are kept, as series: minutes for 2 h, quarter hours for 50 h, days for 35 d",
            "parameters": [
                _parameter("kpi", KPI, "These KPIs; what stands only now has no history.", required=True),
                _parameter("stat", {"type": "string", "enum": list(STATS)}, "Only these of their stats."),
                _parameter("since", STRING, "RFC 3339, epoch milliseconds, or a length back from now such as 6h.", several=False),
                _parameter("step", {"type": "string", "enum": list(STEPS), "default": "15m"}, "Length of a stretch.", several=False),
                QUEUE,
                CHANNEL,
                _parameter("cut", CUT, "By which labels; without it by those that are chosen by.", several=False),
                FORMAT,
            ],
            "responses": {
                "200": {
                    "description": "One value per start; null where there is no sample.",
                    "content": {"application/json": {"schema": _ref("History")}, "text/csv": {"schema": STRING}},
                },
                **REFUSED,
            },
        }
    },
    "/api/v1/explain": {
        "get": {
            "summary": "Why a figure is what it is: formula, the numbers put in, what was left out and why, sample, window, target",
            "parameters": [
                _parameter("kpi", KPI, "This KPI.", several=False, required=True),
                _parameter("stat", {"type": "string", "enum": list(STATS)}, "Only these of its stats."),
                _parameter("window", {"type": "string", "enum": [*WINDOWS, "now"]}, "In these windows; without it today and now."),
                _parameter("queue", STRING, "Of this queue.", several=False),
                _parameter("channel", {"type": "string", "enum": list(CHANNELS)}, "Of this channel.", several=False),
                _parameter("priority", {"type": "string", "enum": list(PRIORITIES)}, "Of this priority.", several=False),
            ],
            "responses": {
                "200": _answer("One explanation per row: the row, and beside it what it was made of.", _ref("Explained")),
                **REFUSED,
            },
        }
    },
    "/api/v1/board": {
        "get": {
            "summary": "What a wallboard shows and where: pages, tiles with their targets, queues",
            "parameters": [BOARD],
            "responses": {"200": _answer("The board.", _ref("Board")), "401": REFUSED["401"], "404": NO_BOARD},
        }
    },
    "/api/v1/stream": {
        "get": {
            "summary": "Rows as server-sent events: `snapshot`, then `rows` that have changed, once per second at most, and `beat`",
            "description": STREAM,
            "parameters": [
                BOARD,
                _parameter("kpi", KPI, "In place of a board: rows of these KPIs."),
                _parameter("window", {"type": "string", "enum": [*WINDOWS, "now"]}, "With kpi: these windows."),
                QUEUE,
                CHANNEL,
                _parameter("cut", ROW_CUT, "With kpi: by which labels."),
            ],
            "responses": {
                "200": _answer("Events until one side goes.", STRING, "text/event-stream"),
                "400": REFUSED["400"],
                "401": REFUSED["401"],
                "404": NO_BOARD,
                "503": _answer("There are too many readers: reason `too_many_readers`.", _ref("Refusal")),
            },
        }
    },
    "/api/v1/cases/breaching": {
        "get": {
            "summary": "The cases behind a promise that is at risk or broken, by id, what was due first coming first",
            "description": "Off unless privacy.case_ids = true. One entry per clock of a case that is not over.",
            "parameters": [
                _parameter(
                    "limit", {"type": "integer", "minimum": 1, "maximum": LIMIT_MAX, "default": LIMIT}, "At most so many.", several=False
                ),
                _parameter("queue", STRING, "Of these queues."),
                _parameter("clock", {"type": "string", "enum": list(CLOCKS)}, "Of these clocks."),
                _parameter("state", {"type": "string", "enum": list(STATES)}, "In these states."),
            ],
            "responses": {"200": _answer("The cases.", _ref("Breaching")), "403": _answer("Off.", _ref("Refusal")), **REFUSED},
        }
    },
    "/api/v1/events": {
        "post": {
            "summary": "Events into the log: all of a request, or nothing",
            "description": f"One event, or one per line; at most {BODY_BYTES_MAX} bytes and {LINES_MAX} events. Off without a token.",
            "requestBody": {
                "required": True,
                "content": {"application/json": {"schema": {"type": "object"}}, "application/x-ndjson": {"schema": STRING}},
            },
            "responses": {
                "202": _answer("All are durably in the log.", _object({"accepted": INTEGER}, ["accepted"])),
                "401": REFUSED["401"],
                "403": _answer("Ingest is off.", _ref("Refusal")),
                "413": _answer("Too many bytes or events for one request.", _ref("Refusal")),
                "422": _answer("Lines that are no events; nothing was taken.", _ref("WrongLines")),
                "503": _answer("The log does not answer: send all of it again, repeats count once.", _ref("Refusal")),
            },
        }
    },
    "/status": {
        "get": {"summary": "What this process is and how it does, for people", "responses": {"200": _answer("", {"type": "object"})}}
    },
    "/api/v1/openapi.json": {"get": {"summary": "This document", "responses": {"200": _answer("", {"type": "object"})}}},
}
SECURITY: Final = {
    "token": {"type": "http", "scheme": "bearer"},
    "link": {"type": "apiKey", "in": "cookie", "name": COOKIE, "description": "Of a link to a board: it reads, and writes nothing."},
}


def openapi_document(version: str) -> Schema:
    """OpenAPI 3.1. version: of the program."""
    return {
        "openapi": "3.1.0",
        "info": {"title": "deskpulse", "version": version, "license": {"name": "Apache 2.0", "identifier": "Apache-2.0"}},
        "security": [{}, {"token": []}, {"link": []}],
        "paths": PATHS,
        "components": {"schemas": SCHEMAS, "securitySchemes": SECURITY},
    }
