"""The way of an alert from Prometheus to a pager: the files that we hand out, with short intervals and with addresses of this machine.

with Hook() as hook, AlertmanagerServer(tmp_path, hook) as alertmanager:
    config = prometheus_config({"main": ["127.0.0.1:8601"]}, alertmanager.address)
    ...
    hook.messages                        # what was sent, where to, and when
"""

from __future__ import annotations

import json
import re
import threading
import time
import urllib.request
from collections.abc import Iterable, Mapping, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Literal, NamedTuple

from schemas.instants import rfc3339
from tests.program import Program
from tests.tools import ALERTMANAGER, ROOT, free_port

RULES: Final = ROOT / "deploy" / "prometheus" / "rules.yml"
TARGET: Final = '      - targets: ["127.0.0.1:8601"]\n'
HOURS: Final = 'start_time: "08:00", end_time: "18:00"'
DAYS: Final = '["monday:friday"]'
WEEK: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


class Message(NamedTuple):
    """One alert that was sent to a receiver. `to`: page, chat or watchdog; `at_s` by the clock of `time.time`."""

    at_s: float
    to: str
    status: str
    labels: dict[str, str]
    annotations: dict[str, str]

    @property
    def name(self) -> str:
        return self.labels["alertname"]


class Hook:
    """Receives what Alertmanager sends to webhooks."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        hook = self

        class Request(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                at_s, to = time.time(), self.path.strip("/")
                hook.messages += [Message(at_s, to, alert["status"], alert["labels"], alert["annotations"]) for alert in body["alerts"]]
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", free_port()), Request)
        self._thread = threading.Thread(target=self._server.serve_forever, name="hook", daemon=True)

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self._server.server_port}"

    def pages(self, site: str) -> list[Message]:
        """What somebody was woken for."""
        return [one for one in self.messages if one.to == "page" and one.status == "firing" and one.labels.get("site") == site]

    def __enter__(self) -> Hook:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class AlertmanagerServer:
    """A real Alertmanager with the configuration that we hand out.

    opening  whether its opening hours are now: the hours of the file are replaced, so that it does not matter when a test runs
    """

    def __init__(self, directory: Path, hook: Hook, opening: Literal["always", "not today"] = "always") -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self.address = f"127.0.0.1:{free_port()}"
        config = directory / "alertmanager.yml"
        config.write_text(alertmanager_config(hook.address, opening))
        self.program = Program(
            [
                ALERTMANAGER.path(), f"--config.file={config}", f"--storage.path={directory / 'data'}",
                f"--web.listen-address={self.address}", "--cluster.listen-address=",
            ],
            directory / "alertmanager.log",
        )  # fmt: skip

    def send(self, alerts: Sequence[Mapping[str, str]], *, over: bool = False) -> None:
        """As Prometheus does: these fire, or have resolved."""
        ends = {"endsAt": rfc3339(round(time.time() * 1000))} if over else {}
        body = json.dumps([{"labels": dict(labels), "annotations": {}, **ends} for labels in alerts]).encode()
        request = urllib.request.Request(f"http://{self.address}/api/v2/alerts", body, {"Content-Type": "application/json"}, method="POST")
        with urllib.request.urlopen(request, timeout=10):
            pass

    def _ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://{self.address}/-/ready", timeout=5):
                return True
        except OSError:
            return False

    def __enter__(self) -> AlertmanagerServer:
        self.program.start(ready=self._ready)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        self.program.stop()


def alertmanager_config(hook: str, opening: Literal["always", "not today"]) -> str:
    text = (ROOT / "deploy" / "alertmanager" / "alertmanager.yml").read_text()
    tomorrow = WEEK[(time.localtime().tm_wday + 2) % 7]  # in every zone another day than today
    text = replaced(text, HOURS, 'start_time: "00:00", end_time: "24:00"')
    text = replaced(text, DAYS, '["sunday:saturday"]' if opening == "always" else f'["{tomorrow}"]')
    return replaced(text, "127.0.0.1:9095", hook)


def prometheus_config(sites: Mapping[str, Iterable[str]], alertmanager: str) -> str:
    """That of deploy/prometheus, asking each second. sites: name -> addresses of the metrics of its workers and boards"""
    text = (RULES.parent / "prometheus.yml").read_text()
    text, times = re.subn(r"_interval: \S+", "_interval: 1s", text)
    assert times == 2, text
    text = replaced(text, "127.0.0.1:9093", alertmanager)
    text = replaced(text, "- rules.yml", f"- {RULES}")
    before, target, _ = text.partition(TARGET)
    assert target, text
    blocks: list[dict[str, Any]] = [{"targets": list(addresses), "labels": {"site": site}} for site, addresses in sites.items()]
    return before + "".join(f"      - {json.dumps(block)}\n" for block in blocks)


def replaced(text: str, what: str, by: str) -> str:
    assert what in text, f"{what} is no longer in the file: {text}"
    return text.replace(what, by)
