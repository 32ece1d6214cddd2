"""A real Prometheus that scrapes every second, and promtool.

with PrometheusServer(tmp_path, targets={"deskpulse": "127.0.0.1:9400"}, rules=[Path("rules.yml")]) as prometheus:
    prometheus.wait_for('up{job="deskpulse"} == 1')
    prometheus.query("sum(deskpulse_backlog)")             # [({"queue": "billing"}, 3.0), ...]
"""

from __future__ import annotations

import json
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import TracebackType

import pytest

from tests.program import Program
from tests.tools import PROMETHEUS, PROMTOOL, free_port

Sample = tuple[dict[str, str], float]


class PrometheusServer:
    """One Prometheus with its data in `directory`, on a free loopback port.

    targets  job -> HOST:PORT, scraped at /metrics every second
    rules    files of alert and recording rules, evaluated every second
    labels   job -> labels that its series get beside `job` and `instance`
    text     the whole configuration, in place of all that
    """

    def __init__(
        self,
        directory: Path,
        targets: Mapping[str, str],
        rules: Iterable[Path] = (),
        labels: Mapping[str, Mapping[str, str]] = {},
        text: str = "",
    ) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self.address = f"127.0.0.1:{free_port()}"
        config = directory / "prometheus.yml"
        # JSON is YAML.
        config.write_text(text or json.dumps({
            "global": {"scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "1s"},
            "rule_files": [str(path.resolve()) for path in rules],
            "scrape_configs": [
                {"job_name": job, "static_configs": [{"targets": [target], "labels": dict(labels.get(job, {}))}]}
                for job, target in targets.items()
            ],
        }))  # fmt: skip
        self.program = Program(
            [
                PROMETHEUS.path(), f"--config.file={config}", f"--storage.tsdb.path={directory / 'data'}",
                f"--web.listen-address={self.address}", "--web.enable-lifecycle",
            ],
            directory / "prometheus.log",
        )  # fmt: skip

    def start(self) -> None:
        self.program.start(ready=self._ready)

    def stop(self) -> None:
        self.program.stop()

    def query(self, promql: str) -> list[Sample]:
        """The labels (without the name) and values of an instant query; a scalar has no labels. Raises ValueError on wrong PromQL."""
        result = self.get("query", query=promql)
        if result["resultType"] in {"scalar", "string"}:
            return [({}, float(result["result"][1]))]
        return [
            ({key: value for key, value in series["metric"].items() if key != "__name__"}, float(series["value"][1]))
            for series in result["result"]
        ]

    def wait_for(self, promql: str, timeout_s: float = 15) -> list[Sample]:
        """The first answer of the query that is not empty. Raises TimeoutError if none comes."""
        end = time.monotonic() + timeout_s
        while not (samples := self.query(promql)):
            if time.monotonic() > end:
                raise TimeoutError(f"nothing for {promql} in {timeout_s} s; targets: {self.get('targets')['activeTargets']}")
            time.sleep(0.1)
        return samples

    def get(self, path: str, **parameters: str) -> dict:
        """`data` of Prometheus' own API, e.g. get("alerts"), get("rules"), get("targets")."""
        url = f"http://{self.address}/api/v1/{path}?{urllib.parse.urlencode(parameters)}"
        try:
            with urllib.request.urlopen(url, timeout=10) as response:
                data: dict = json.load(response)["data"]
                return data
        except urllib.error.HTTPError as error:
            raise ValueError(f"{url}: {error.read().decode()}") from error

    def _ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://{self.address}/-/ready", timeout=5):
                return True
        except OSError:  # HTTPError is one too: 503 until it is ready
            return False

    def __enter__(self) -> PrometheusServer:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        self.stop()


def promtool(*arguments: str | Path, stdin: str | bytes | None = None) -> str:
    """Runs e.g. promtool("test", "rules", path) or promtool("check", "metrics", stdin=text). Its complaints fail the test."""
    text = stdin.encode() if isinstance(stdin, str) else stdin
    done = subprocess.run([PROMTOOL.path(), *map(str, arguments)], input=text, capture_output=True)
    output = (done.stdout + done.stderr).decode()
    if done.returncode != 0:
        pytest.fail(f"promtool {' '.join(map(str, arguments))}:\n{output}")
    return output
