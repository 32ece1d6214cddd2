"""deskpulse as it is run: worker, board and run as processes, each with a site.toml of its own; figures asked over HTTP.

desk = Desk(tmp_path, 'kafka://127.0.0.1:9092', 'clock = "event"')
desk.call("topics", "create")
board = desk.instance("board", "b1")
board.start()
board.rows(window="today")
"""

from __future__ import annotations

import http.client
import json
import os
import sys
import time
import urllib.parse
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple

from tests.cli.calling import Ended, deskpulse
from tests.program import Program
from tests.tools import ROOT, free_port

ANSWER_S = 10.0


class Answer(NamedTuple):
    status: int
    body: bytes
    headers: dict[str, str]


class Instance:
    """One process of one desk: `program` is started, stopped, killed, paused; `log` keeps what it said over all its lives."""

    def __init__(self, command: str, name: str, config: Path, http: str, metrics: str, more_env: Mapping[str, str] | None = None) -> None:
        self.name = name
        self.http = http
        self.metrics = metrics
        self.config = config
        self.rights = {"Authorization": f"Bearer {more_env['DESKPULSE_TOKEN']}"} if more_env and "DESKPULSE_TOKEN" in more_env else {}
        """The header that its API wants to see."""
        argv = [sys.executable, "-m", "streams.cli", command, "-c", str(config)]
        # Nothing of the environment may reach it as configuration.
        env = dict.fromkeys(("DESKPULSE_LOG", "DESKPULSE_KAFKA_PASSWORD", "DESKPULSE_TOKEN"), "")
        env |= {"PYTHONPATH": str(ROOT), "DESKPULSE_STATE": str(config.parent / "state"), "TZ": "UTC", **(more_env or {})}
        self.program = Program(argv, config.with_suffix(".log"), env)

    def launch(self) -> None:
        """Starts it and waits for nothing."""
        self.program.start(ready=lambda: True)

    def start(self, timeout_s: float = 30) -> None:
        """Starts it; returns when it says that it is ready."""
        self.program.start(ready=self.is_ready, timeout_s=timeout_s)

    def end(self, timeout_s: float = 20) -> int:
        """The exit code after SIGTERM; SIGKILL, and so -9, after `timeout_s`."""
        self.program.stop(timeout_s)
        assert self.program.process is not None
        return self.program.process.returncode

    def is_ready(self) -> bool:
        try:
            return self.ask(self.metrics, "/-/ready").status == 200
        except OSError:
            return False

    def ask(self, address: str, path: str, timeout_s: float = ANSWER_S, **headers: str) -> Answer:
        """One GET at an address of this process. Raises OSError where nobody answers in time."""
        return ask("GET", address, path, timeout_s=timeout_s, headers=headers)

    def page(self, accept: str = "text/plain") -> str:
        """/metrics."""
        answer = self.ask(self.metrics, "/metrics", Accept=accept)
        assert answer.status == 200, answer
        return answer.body.decode()

    def document(self, timeout_s: float = ANSWER_S, **query: str | list[str]) -> dict[str, Any]:
        """/api/v1/rows with its envelope. Raises OSError also where it refuses, as while it restores."""
        answer = self.ask(self.http, f"/api/v1/rows?{urllib.parse.urlencode(query, doseq=True)}", timeout_s, **self.rights)
        assert answer.status in (200, 503), answer
        if answer.status != 200:
            raise ConnectionRefusedError(f"{self.name} answers {answer.status}: {answer.body[:200]!r}")
        found: dict[str, Any] = json.loads(answer.body)
        return found

    def log(self) -> str:
        """What it said, over all its lives."""
        return self.program.log.read_text(errors="replace") if self.program.log.exists() else ""


class Desk:
    """All processes over one log; what is left of them ends with it."""

    def __init__(self, directory: Path, log: str, settings: str = "") -> None:
        """settings  lines of TOML; tables come after top-level keys"""
        directory.mkdir(parents=True, exist_ok=True)
        self.directory = directory
        self.instances: list[Instance] = []
        self._head, _, self._tables = f'log = "{log}"\n{settings}\n'.partition("\n[")
        self.config = self._write("site", "")

    def instance(self, command: str, name: str, env: Mapping[str, str] | None = None) -> Instance:
        """Not started. `command`: worker, board or run."""
        http, metrics = f"127.0.0.1:{free_port()}", f"127.0.0.1:{free_port()}"
        config = self._write(name, f'[http]\naddress = "{http}"\n[metrics]\naddress = "{metrics}"\n')
        made = Instance(command, name, config, http, metrics, env)
        self.instances.append(made)
        return made

    def call(self, *arguments: str | Path, code: int = 0) -> Ended:
        """A command that ends by itself, with this configuration."""
        ended = deskpulse(*arguments, "-c", self.config)
        assert ended.code == code, ended
        return ended

    def __enter__(self) -> Desk:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        for instance in self.instances:
            instance.program.kill()

    def _write(self, name: str, own: str) -> Path:
        tables = f"[{self._tables}" if self._tables else ""
        path = self.directory / f"{name}.toml"
        path.write_text(f"{self._head}\n{own}{tables}")
        return path


def ask(
    method: str,
    address: str,
    path: str,
    body: bytes | None = None,
    timeout_s: float = ANSWER_S,
    headers: Mapping[str, str] | None = None,
) -> Answer:
    """One request. Raises OSError where nobody answers in time."""
    connection = http.client.HTTPConnection(address, timeout=timeout_s)
    try:
        connection.request(method, path, body, dict(headers or {}))
        response = connection.getresponse()
        return Answer(response.status, response.read(), dict(response.getheaders()))
    except http.client.HTTPException as error:  # it went away in the middle of an answer
        raise ConnectionResetError(f"{address}{path}: {error!r}") from error
    finally:
        connection.close()


def wait_for(what: str, is_so: Callable[[], object], timeout_s: float, pause_s: float = 0.1) -> None:
    """Returns as soon as it is so. Raises TimeoutError, which says what was awaited."""
    end = time.monotonic() + timeout_s
    while not is_so():
        if time.monotonic() > end:
            raise TimeoutError(f"not within {timeout_s:g} s: {what}")
        time.sleep(pause_s)


def seed() -> int:
    """From SEED, any word, else by chance; printed, so that what failed can be tried again."""
    word = os.environ.get("SEED") or os.urandom(4).hex()
    print(f"SEED={word}")
    return int.from_bytes(word.encode())
