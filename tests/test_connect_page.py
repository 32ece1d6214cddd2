"""The programs of docs/connect.md do what the page says: lines of a queue_log become figures, and events are sent until they are taken."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Final

import pytest

from tests.cli.calling import deskpulse
from tests.tools import ROOT

PAGE: Final = (ROOT / "docs/connect.md").read_text()
QUEUE_LOG, POST = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)

LOG: Final = """\
1266833361|NONE|NONE|NONE|QUEUESTART|
1266833911|1.1|9000|NONE|ENTERQUEUE||0163296010
1266833911|1.1|9000|Local/2001@internal/n|RINGNOANSWER|0
1266833912|1.1|9000|Local/2004@internal/n|CONNECT|1|1266833911.7
1266833915|1.1|9000|Local/2004@internal/n|COMPLETEAGENT|1|3|1
1266833931|1.2|9000|NONE|ENTERQUEUE||anonymous
1266833991|1.2|9000|NONE|ABANDON|2|2|60
1266834000|1.3|9000|NONE|ENTERQUEUE|
1266834030|1.3|9000|NONE|EXITWITHTIMEOUT|1|1|30
1266834040|1.4|9000|NONE|ENTERQUEUE||0163296011
1266834041|1.4|9000|NONE|EXITEMPTY|1|1|1
1266834050|1.5|9000|NONE|ENTERQUEUE||0163296012
1266834051|1.5|9000|Local/2004@internal/n|CONNECT|1
1266834060|1.5|9000|Local/2004@internal/n|BLINDTRANSFER|555|from-internal|1|9|1
damaged
"""


def test_lines_of_a_queue_log_become_figures(tmp_path: Path):
    (tmp_path / "queue_log.py").write_text(QUEUE_LOG)
    made = subprocess.run(
        [sys.executable, tmp_path / "queue_log.py"], input=LOG + LOG, capture_output=True, text=True, check=True, timeout=60
    )
    (tmp_path / "calls.jsonl").write_text(made.stdout)
    told = json.loads(deskpulse("report", "--json", tmp_path / "calls.jsonl").out)
    counts = {(row["kpi"], row["labels"].get("queue")): row["value"] for row in told["rows"] if row["stat"] == "count"}
    assert told["events"] == {"read": 26, "accepted": 13, "duplicate": 13, "rejected": {}, "unknown_type": 0}, "a log that is read twice"
    assert [
        counts[f"calls_{name}", "9000"] for name in ("offered", "answered", "abandoned", "left", "blocked", "handled", "transferred")
    ] == [5, 2, 1, 1, 1, 2, 1]


@pytest.fixture
def answers() -> Iterator[tuple[int, list[int], list[bytes]]]:
    """A deskpulse that is busy at first: (port, what it answered, what it took). It knows the word `event` alone."""
    statuses: list[int] = []
    taken: list[bytes] = []

    class Ingest(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            assert (self.path, self.headers["Authorization"]) == ("/api/v1/events", "Bearer secret")
            statuses.append(503 if not statuses else 202 if set(body.split(b"\n")) == {b"event"} else 422)
            if statuses[-1] == 202:
                taken.extend(body.split(b"\n"))
            self.send_response(statuses[-1])
            self.end_headers()
            self.wfile.write(b"said")

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Ingest)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server.server_address[1], statuses, taken
    server.shutdown()
    server.server_close()


def test_events_are_sent_until_they_are_taken_and_what_is_none_is_told_and_passed_over(tmp_path: Path, answers):
    port, statuses, taken = answers
    (tmp_path / "post.py").write_text(POST)
    (tmp_path / "token").write_text("secret\n")
    argv = [sys.executable, str(tmp_path / "post.py"), f"http://127.0.0.1:{port}", str(tmp_path / "token")]
    done = subprocess.run(argv, input=b"event\nwrong\nevent", capture_output=True, check=True, timeout=60)
    assert statuses == [503, 422, 202, 422, 202]
    assert taken == [b"event", b"event"]
    assert done.stderr == b"503 said\n422 said\n", "what was refused for good, and why it waited"
