"""A worker as a process: it says what it has, ends when told to, and says in one line why it cannot start."""

from __future__ import annotations

import signal
import sys
from pathlib import Path

import pytest

from tests.cli.calling import deskpulse
from tests.program import Program
from tests.tools import calls_and_tickets_alone


def worker(tmp_path: Path, state: Path) -> Program:
    return Program(
        [sys.executable, "-m", "streams.cli", "worker", "--metrics-port", "0"],
        tmp_path / "worker.log",
        {"DESKPULSE_STATE": str(state), "TZ": "UTC"},
    )


@pytest.mark.slow
def test_it_works_until_it_is_told_to_end_and_only_one_on_an_embedded_log(tmp_path):
    state = tmp_path / "state"
    program = worker(tmp_path, state)
    program.start(lambda: "shards 0, 1, 2, 3 of 4" in program.output())

    second = deskpulse("worker", "--metrics-port", "0", env={"DESKPULSE_STATE": str(state)})
    assert second.code == 3
    assert second.err.endswith(f"deskpulse: {state} is in use by a worker, process {program.pid}: stop it, or take another `log`\n")

    assert program.process is not None
    program.signal(signal.SIGTERM)
    assert program.process.wait(15) == 0
    assert "Traceback" not in program.output()
    assert f"events and state in embedded://{state}\n" in program.output()
    assert program.output().endswith("deskpulse: ended, as it was told to\n")
    program.stop()


def test_no_kafka_is_told():
    ended = deskpulse("worker", "--metrics-port", "0", env={"DESKPULSE_LOG": "kafka://127.0.0.1:1"})
    said = "kafka://127.0.0.1:1: no Kafka answers there: start it, or correct `log` in site.toml or DESKPULSE_LOG"
    assert ended == (3, "", f"deskpulse: {said}\n")


@pytest.mark.kafka
def test_missing_topics_are_told_with_the_way_to_make_them(kafka, prefix, tmp_path):
    site = tmp_path / "site.toml"
    site.write_text(f'log = "kafka://{kafka}"\napp = "{prefix}app"\n{calls_and_tickets_alone(prefix)}')
    ended = deskpulse("worker", "--metrics-port", "0", "-c", site)
    assert ended.code == 2
    assert ended.err.startswith(f"deskpulse: topics are missing: {prefix}calls, {prefix}tickets, {prefix}app-contacts, {prefix}app-state")
    assert ended.err.endswith(": create them with `deskpulse topics create`\n")
