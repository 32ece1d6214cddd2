"""What the API may be asked: its paths, what each of them takes, and how it answers."""

from __future__ import annotations

from typing import Final

from schemas.values import CHANNELS, PRIORITIES
from streams.core.clocks.sla import CLOCKS
from streams.core.history import STEPS
from streams.core.kpis.catalogue import NAMES
from streams.core.kpis.kpi import WINDOWS
from streams.outputs.asking import COMPARISONS, ROW_CUTS, STATS
from streams.outputs.breaching import LIMIT, LIMIT_MAX, STATES
from streams.outputs.ingest import BODY_BYTES_MAX, LINES_MAX
from streams.outputs.openapi.form import INTEGER, STRING, Schema, answer, object_of, parameter, ref
from streams.outputs.ready import CUTS
from streams.outputs.rows import ROWS_MAX

REFUSED: Final = {
    "400": answer("A name that nothing here has; the message names the nearest.", ref("Refusal")),
    "401": answer("No token, or a wrong one.", ref("Refusal")),
    "503": answer("The state is being read back: reason `restoring`.", ref("Refusal")),
}
NO_ROWS: Final = answer(
    f"A name that nothing here has; the message names the nearest. Or more than {ROWS_MAX:,} rows: reason `too_many_rows`.", ref("Refusal")
)
QUEUE: Final = parameter("queue", STRING, "Rows of these queues.")
CHANNEL: Final = parameter("channel", {"type": "string", "enum": list(CHANNELS)}, "Rows of these channels.")
KPI: Final[Schema] = {"type": "string", "enum": list(NAMES)}
BESIDE: Final = (
    "Beside each value of a window that of the same window before: an interval and today up to the same time, all others as a whole. "
    "What stands now has none."
)
FORMAT: Final = parameter("format", {"type": "string", "enum": ["json", "csv"]}, "Or by Accept: text/csv.", several=False)
CUT: Final[Schema] = {"type": "string", "enum": list(CUTS)}
ROW_CUT: Final[Schema] = {"type": "string", "enum": list(ROW_CUTS)}
BOARD: Final = parameter("board", STRING, "Its name in the configuration; without it the first.", several=False)
NO_BOARD: Final = answer("There is no such board; the message names the nearest.", ref("Refusal"))
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
                parameter("kpi", KPI, "These KPIs."),
                parameter("stat", {"type": "string", "enum": list(STATS)}, "Only these of their stats."),
                parameter("window", {"type": "string", "enum": [*WINDOWS, "now"]}, "These windows; now: what stands."),
                QUEUE,
                CHANNEL,
                parameter("cut", ROW_CUT, "By which labels: site has none."),
                parameter("compare", {"type": "string", "enum": list(COMPARISONS)}, BESIDE, several=False),
                FORMAT,
            ],
            "responses": {
                "200": {
                    "description": "The rows, in the order of the catalogue.",
                    "content": {"application/json": {"schema": ref("Rows")}, "text/csv": {"schema": STRING}},
                },
                **REFUSED,
                "400": NO_ROWS,
            },
        }
    },
    "/api/v1/history": {
        "get": {
            "summary": "The panes that are kept, as series: minutes for 2 h, quarter hours for 50 h, days for 35 d",
            "parameters": [
                parameter("kpi", KPI, "These KPIs; what stands only now has no history.", required=True),
                parameter("stat", {"type": "string", "enum": list(STATS)}, "Only these of their stats."),
                parameter("since", STRING, "RFC 3339, epoch milliseconds, or a length back from now such as 6h.", several=False),
                parameter("step", {"type": "string", "enum": list(STEPS), "default": "15m"}, "Length of a stretch.", several=False),
                QUEUE,
                CHANNEL,
                parameter("cut", CUT, "By which labels; without it by those that are chosen by.", several=False),
                FORMAT,
            ],
            "responses": {
                "200": {
                    "description": "One value per start; null where there is no sample.",
                    "content": {"application/json": {"schema": ref("History")}, "text/csv": {"schema": STRING}},
                },
                **REFUSED,
            },
        }
    },
    "/api/v1/explain": {
        "get": {
            "summary": "Why a figure is what it is: formula, the numbers put in, what was left out and why, sample, window, target",
            "parameters": [
                parameter("kpi", KPI, "This KPI.", several=False, required=True),
                parameter("stat", {"type": "string", "enum": list(STATS)}, "Only these of its stats."),
                parameter("window", {"type": "string", "enum": [*WINDOWS, "now"]}, "In these windows; without it today and now."),
                parameter("queue", STRING, "Of this queue.", several=False),
                parameter("channel", {"type": "string", "enum": list(CHANNELS)}, "Of this channel.", several=False),
                parameter("priority", {"type": "string", "enum": list(PRIORITIES)}, "Of this priority.", several=False),
            ],
            "responses": {
                "200": answer("One explanation per row: the row, and beside it what it was made of.", ref("Explained")),
                **REFUSED,
            },
        }
    },
    "/api/v1/board": {
        "get": {
            "summary": "What a wallboard shows and where: pages, tiles with their targets, queues",
            "parameters": [BOARD],
            "responses": {"200": answer("The board.", ref("Board")), "401": REFUSED["401"], "404": NO_BOARD},
        }
    },
    "/api/v1/stream": {
        "get": {
            "summary": "Rows as server-sent events: `snapshot`, then `rows` that have changed, once per second at most, and `beat`",
            "description": STREAM,
            "parameters": [
                BOARD,
                parameter("kpi", KPI, "In place of a board: rows of these KPIs."),
                parameter("stat", {"type": "string", "enum": list(STATS)}, "With kpi: these stats."),
                parameter("window", {"type": "string", "enum": [*WINDOWS, "now"]}, "With kpi: these windows."),
                QUEUE,
                CHANNEL,
                parameter("cut", ROW_CUT, "With kpi: by which labels."),
            ],
            "responses": {
                "200": answer("Events until one side goes.", STRING, "text/event-stream"),
                "400": NO_ROWS,
                "401": REFUSED["401"],
                "404": NO_BOARD,
                "503": answer("There are too many readers: reason `too_many_readers`.", ref("Refusal")),
            },
        }
    },
    "/api/v1/cases/breaching": {
        "get": {
            "summary": "The cases behind a promise that is at risk or broken, by id, what was due first coming first",
            "description": "Off unless privacy.case_ids = true. One entry per clock of a case that is not over.",
            "parameters": [
                parameter(
                    "limit", {"type": "integer", "minimum": 1, "maximum": LIMIT_MAX, "default": LIMIT}, "At most so many.", several=False
                ),
                parameter("queue", STRING, "Of these queues."),
                parameter("clock", {"type": "string", "enum": list(CLOCKS)}, "Of these clocks."),
                parameter("state", {"type": "string", "enum": list(STATES)}, "In these states."),
            ],
            "responses": {"200": answer("The cases.", ref("Breaching")), "403": answer("Off.", ref("Refusal")), **REFUSED},
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
                "202": answer("All are durably in the log.", object_of({"accepted": INTEGER}, ["accepted"])),
                "401": REFUSED["401"],
                "403": answer("Ingest is off.", ref("Refusal")),
                "408": answer("The body did not come in time.", ref("Refusal")),
                "413": answer("Too many bytes or events for one request.", ref("Refusal")),
                "422": answer("Lines that are no events; nothing was taken.", ref("WrongLines")),
                "503": answer("The log does not answer, or many wait for it: send all of it again, repeats count once.", ref("Refusal")),
            },
        }
    },
    "/status": {
        "get": {"summary": "What this process is and how it does, for people", "responses": {"200": answer("", {"type": "object"})}}
    },
    "/api/v1/openapi.json": {"get": {"summary": "This document", "responses": {"200": answer("", {"type": "object"})}}},
}
