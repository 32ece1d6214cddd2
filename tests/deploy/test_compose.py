"""deploy/compose.yaml: right by its schema, guarded, and its very commands work together on a real Kafka."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import time
import tomllib
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from streams.cli import main
from tests.deploy import compose
from tests.kafka.server import KafkaServer
from tests.program import Program
from tests.prometheus.server import promtool
from tests.tools import ROOT, free_port

SERVICES: dict[str, dict[str, Any]] = compose.document()["services"]
TOKEN = "5f1c09ab"
WRITES_INTO_ITS_IMAGE = {"kafka"}
ONCE = {"topics"}
each_service = pytest.mark.parametrize("name", SERVICES)


def test_it_is_what_compose_understands():
    schema = compose.schema()
    found = jsonschema.validators.validator_for(schema)(schema).iter_errors(compose.document())
    assert [f"{'.'.join(map(str, error.path))}: {error.message}" for error in found] == []


def test_all_parts_are_there():
    assert set(SERVICES) >= {"kafka", "topics", "worker", "board-1", "board-2", "prometheus", "alertmanager", "grafana", "simulator"}
    assert SERVICES["worker"]["deploy"]["replicas"] == 2
    assert SERVICES["simulator"]["profiles"] == ["simulator"]


@each_service
def test_a_service_can_do_no_more_than_it_has_to(name: str):
    service = SERVICES[name]
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]
    assert service["mem_limit"]
    assert service["pids_limit"]
    assert service["logging"]["options"]["max-size"], "logs that grow for ever fill the disk"
    assert service.get("read_only", False) != (name in WRITES_INTO_ITS_IMAGE)
    assert not service.get("privileged")
    assert "network_mode" not in service
    if name not in WRITES_INTO_ITS_IMAGE:
        assert re.match(r"[1-9]\d*:", service["user"]), "not root"


@each_service
def test_a_service_comes_back_says_how_it_is_and_has_a_version(name: str):
    service = SERVICES[name]
    assert service["restart"] == ("on-failure" if name in ONCE else "unless-stopped")
    assert ("test" in service["healthcheck"]) != (name in ONCE | {"simulator"})
    assert re.search(r":v?\d+\.\d+\.\d+$", service["image"]), "an image without a version is another one tomorrow"


@each_service
def test_a_service_is_reached_from_this_machine_alone_and_holds_no_secret(name: str):
    service = SERVICES[name]
    assert all(port.startswith("127.0.0.1:") for port in service.get("ports", []))
    for variable, value in service.get("environment", {}).items():
        if re.search("PASSWORD|TOKEN|SECRET", variable):
            assert variable.endswith("__FILE")
            assert value.startswith("/run/secrets/")
    assert all("file" in compose.document()["secrets"][secret] for secret in service.get("secrets", []))


@each_service
def test_what_a_service_mounts_and_waits_for_is_there(name: str):
    named = compose.document()["volumes"]
    for volume in SERVICES[name].get("volumes", []):
        source, _, *mode = volume.split(":")
        assert source in named or (compose.DEPLOY / source).exists(), volume
        assert source in named or mode == ["ro"], volume
    for other, wanted in SERVICES[name].get("depends_on", {}).items():
        once = wanted["condition"] == "service_completed_successfully"
        assert once == (other in ONCE)


def test_the_image_has_the_version_of_the_program():
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert {service["image"] for service in compose.ours().values()} == {f"deskpulse:{version}"}
    build = compose.ours()["worker"]["build"]
    assert (compose.DEPLOY / build["context"] / build["dockerfile"]).is_file()


def test_its_site_is_fine_and_secrets_stay_out_of_the_repository(tmp_path, capsys):
    assert main(["check", str(compose.site(tmp_path, TOKEN))]) == 0, capsys.readouterr()
    assert "deploy/secrets/" in (ROOT / ".gitignore").read_text().splitlines()


@pytest.mark.prometheus
def test_prometheus_reads_its_configuration_and_asks_all_processes(tmp_path: Path):
    """The rules lie where the volumes put them; here they are beside it."""
    text = (compose.DEPLOY / "compose" / "prometheus.yml").read_text()
    for volume in SERVICES["prometheus"]["volumes"]:
        source, target = volume.split(":")[:2]
        if source.startswith("./"):
            text = text.replace(target, str(compose.DEPLOY / source))
    assert "/etc/prometheus" not in text, "rules that nothing mounts"
    (tmp_path / "prometheus.yml").write_text(text)
    promtool("check", "config", tmp_path / "prometheus.yml")
    asked = set(re.findall(r'"([a-z0-9-]+)(?::8601)?"', text))
    assert asked >= {name for name in compose.ours() if name not in ONCE | {"simulator"}}


def test_no_limit_of_prometheus_drops_the_scrape_of_a_large_site():
    """200 queues are some 100,000 samples, a name may have 256 bytes, and past a limit nothing of a scrape is taken."""
    document = compose.document(compose.DEPLOY / "compose" / "prometheus.yml")
    limits = {name for section in (document["global"], *document["scrape_configs"]) for name in section if name.endswith("_limit")}
    assert limits == set()


def asked(port: int, path: str) -> Any:
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", headers={"Authorization": f"Bearer {TOKEN}"})
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.load(answer)


def until(there: Callable[[], bool], what: str, limit_s: float = 60) -> None:
    end_s = time.monotonic() + limit_s
    while not there():
        assert time.monotonic() < end_s, f"not in time: {what}"
        time.sleep(0.1)


def passes(check: Sequence[str]) -> bool:
    return subprocess.run(check, capture_output=True).returncode == 0


@pytest.mark.kafka
@pytest.mark.slow
def test_its_commands_work_together(kafka_server: KafkaServer, tmp_path: Path):
    env = {"DESKPULSE_LOG": f"kafka://{kafka_server.bootstrap}", "PYTHONPATH": str(ROOT)}
    site = compose.site(tmp_path, TOKEN)
    topics = Program(compose.argv("topics", site), tmp_path / "topics.log", env)
    topics.start(lambda: "heartbeats: created" in topics.output())
    assert topics.process is not None
    assert topics.process.wait(20) == 0, topics.output()

    metrics = {name: free_port() for name in ("worker", "worker again", "board-1", "board-2")}
    pages = {name: free_port() for name in ("board-1", "board-2")}
    programs = {}
    with ExitStack() as stack:
        for name, port in metrics.items():
            service = name.removesuffix(" again")
            more = ["--metrics-port", str(port)] + (["--http-port", str(pages[name])] if name in pages else [])
            programs[name] = Program(compose.argv(service, site, *more), tmp_path / f"{name}.log", env)
            stack.callback(programs[name].stop)
            programs[name].start(lambda: True)
        programs["simulator"] = Program(compose.argv("simulator", site), tmp_path / "simulator.log", env)
        stack.callback(programs["simulator"].stop)
        programs["simulator"].start(lambda: True)

        for name, port in metrics.items():
            until(partial(passes, compose.health_check(name.removesuffix(" again"), port)), f"{name} is alive")

        def shares() -> list[int]:
            return [len(asked(metrics[name], "/status")["worker"]["partitions"]) for name in ("worker", "worker again")]

        until(lambda: shares() == [4, 4], "two workers share eight partitions")

        def open_cases(name: str) -> float:
            rows = asked(pages[name], "/api/v1/rows?kpi=open_cases&window=now")["rows"]
            return float(sum(row["value"] for row in rows if row["stat"] == "count" and not row["labels"]))

        with pytest.raises(urllib.error.HTTPError, match="401"):
            urllib.request.urlopen(f"http://127.0.0.1:{pages['board-1']}/", timeout=10)
        until(lambda: all(asked(metrics[name], "/status")["ready"] for name in pages), "the boards have read all rows")
        until(lambda: open_cases("board-1") > 100, "the simulator's tickets are seen")
        until(lambda: open_cases("board-1") == open_cases("board-2"), "both boards say the same")
        until(lambda: sum(asked(port, "/status")["board"]["leads"] for port in (metrics["board-1"], metrics["board-2"])) == 1, "one leads")

        for program in programs.values():
            program.signal(signal.SIGTERM)
        ended = {name: program.process.wait(30) for name, program in programs.items() if program.process}
    assert ended == {**dict.fromkeys(metrics, 0), "simulator": -15}, [program.output()[-2000:] for program in programs.values()]
