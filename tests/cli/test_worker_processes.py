"""`deskpulse worker --processes`: one command, several workers that share the partitions, and what comes of it when one is lost."""

from __future__ import annotations

import json
import os
import re
import signal
import time
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from pathlib import Path
from typing import Any

import pytest

from schemas.values import HOUR_MS, EpochMs
from streams.config import load
from streams.config.sections import ONE_WRITER
from streams.runtime.layout import layout_of
from streams.runtime.sender import sender
from streams.sources.benchload import BenchRecord, bench_records
from tests.cli.calling import deskpulse
from tests.desk import Desk, Instance, wait_for
from tests.tools import calls_and_tickets_alone

PARTITIONS = 4
OWNED = re.compile(r'\ndeskpulse_worker_partition_owner\{partition="(\d)"\} 1')


@pytest.mark.parametrize("processes", ["2", "auto"])
def test_an_embedded_log_has_one_worker(tmp_path, processes):
    ended = deskpulse("worker", "--processes", processes, env={"DESKPULSE_STATE": str(tmp_path)})
    said = f"--processes {processes}, and the log is embedded://{tmp_path}: {ONE_WRITER}"
    assert ended == (2, "", f"deskpulse: {said}\n")


@pytest.mark.parametrize("processes", ["0", "257", "two", "-1"])
def test_a_number_that_cannot_be_is_told(processes):
    ended = deskpulse("worker", f"--processes={processes}")
    said = f'argument --processes: expected a whole number from 1 to 256, or "auto": one per core, not {processes}'
    assert ended == (2, "", f"deskpulse: {said}: see `deskpulse worker --help`\n")


def test_ports_that_do_not_reach_are_told():
    ended = deskpulse("worker", "--processes", "3", "--metrics-port", "65534", env={"DESKPULSE_LOG": "kafka://127.0.0.1:1"})
    said = "worker 2 would have its metrics at port 65536: choose a lower one in metrics.address or by --metrics-port"
    assert ended == (2, "", f"deskpulse: {said}\n")


def test_what_stops_one_stops_all_with_its_exit_code():
    ended = deskpulse("worker", "--processes", "2", "--metrics-port", "0", env={"DESKPULSE_LOG": "kafka://127.0.0.1:1"})
    assert ended.code == 3
    assert "deskpulse: kafka://127.0.0.1:1: no Kafka answers there" in ended.err
    assert re.search(r"worker [01] \(process \d+\) ended with exit code 3: all end with it\n", ended.err), ended.err


def addresses(pair: Instance) -> list[str]:
    """Of the metrics of both."""
    host, _, port = pair.metrics.rpartition(":")
    return [pair.metrics, f"{host}:{int(port) + 1}"]


def owned(pair: Instance) -> list[list[str]]:
    """The partitions of each; none while it does not answer."""
    found = []
    for address in addresses(pair):
        try:
            found.append(OWNED.findall(pair.ask(address, "/metrics").body.decode()))
        except OSError:
            found.append([])
    return found


def share(pair: Instance) -> None:
    """Until each has its part."""
    wait_for("each of the two has two partitions", lambda: [len(some) for some in owned(pair)] == [2, 2], 60)
    assert sorted(chain(*owned(pair))) == ["0", "1", "2", "3"]


def pids(pair: Instance) -> list[int]:
    return [int(pid) for pid in re.findall(r"worker \d is process (\d+)", pair.program.output())]


@pytest.fixture
def desk(kafka: str, prefix: str, tmp_path: Path) -> Iterator[Desk]:
    settings = f'app = "{prefix}app"\nzone = "UTC"\n{calls_and_tickets_alone(prefix)}\n[limits]\npartitions = {PARTITIONS}\n'
    settings += '[worker]\nprocesses = 2\nname = "w"\n'
    with Desk(tmp_path / "desk", f"kafka://{kafka}", settings) as desk:
        desk.call("topics", "create")
        yield desk


def send(desk: Desk, records: Iterable[BenchRecord]) -> list[dict[str, Any]]:
    """Returns them as events."""
    config = load(desk.config, {})
    events = []
    with sender(config.log, config.kafka, layout_of(config), PARTITIONS) as out:
        for topic, key, value in records:
            out.send(config.topics.in_log[topic], key, value)
            events.append(json.loads(value))
        out.flush()
    return events


def figures_of(events: Sequence[dict[str, Any]]) -> dict[str, float]:
    """By a plain look at all of them: nobody here waits twice, abandons, or hears of an agent before a queue."""
    queued = {event["call_id"]: event["time"] for event in events if event["type"] == "call.queued"}
    waits_ms = [event["time"] - queued[event["call_id"]] for event in events if event["type"] == "call.answered"]
    return {
        "calls_offered": len(queued),
        "calls_answered": len(waits_ms),
        "speed_of_answer": sum(waits_ms) / len(waits_ms) / 1000,
        "tickets_created": sum(event["type"] == "ticket.created" for event in events),
        "tickets_resolved": sum(event.get("status") == "resolved" for event in events),
    }


def figures_on(board: Instance, names: Iterable[str]) -> dict[str, float]:
    try:
        rows = board.document(kpi=list(names), window="30d", cut="site")["rows"]
    except OSError:
        return {}
    return {row["kpi"]: row["value"] for row in rows if row["stat"] in ("count", "mean")}


@pytest.mark.kafka
@pytest.mark.slow
def test_two_share_the_partitions_and_one_that_is_killed_ends_both_and_costs_nothing(desk: Desk):
    pair, board = desk.instance("worker", "pair"), desk.instance("board", "board")
    board.launch()
    pair.launch()
    assert pair.program.process is not None
    two_hours_ago = EpochMs(time.time_ns() // 1_000_000 - 2 * HOUR_MS)
    load_ = bench_records(30_000, two_hours_ago, events_per_second=1_000)
    share(pair)
    events = send(desk, islice(load_, 10_000))

    os.kill(pids(pair)[1], signal.SIGKILL)
    events += send(desk, islice(load_, 10_000))
    assert pair.program.process.wait(30) == 128 + signal.SIGKILL
    assert f"worker 1 (process {pids(pair)[1]}) was ended by SIGKILL: all end with it\n" in pair.log()

    pair.launch()
    share(pair)
    events += send(desk, load_)
    wanted = figures_of(events)
    assert len(events) > 29_000
    wait_for("the figures of all events", lambda: figures_on(board, wanted) == pytest.approx(wanted), 60)
    time.sleep(2)  # what counts twice would come after
    assert figures_on(board, wanted) == pytest.approx(wanted)

    for number, some in enumerate(owned(pair)):
        assert re.search(rf"deskpulse\.worker\[{number}\]: generation \d+: shards {', '.join(some)} of 4\n", pair.program.output()), (
            pair.log()
        )
        assert f"worker {number} is process {pids(pair)[number]}, metrics at {addresses(pair)[number]}, name w-{number}\n" in pair.log()
    assert pair.end() == 0
    assert "Traceback" not in pair.log()
