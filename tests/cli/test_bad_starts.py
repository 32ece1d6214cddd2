"""A start that cannot be: one clear line, the exit code that output.md names, no traceback, and nothing is lost by it."""

from __future__ import annotations

import json
import re
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from kafka.admin import KafkaAdminClient

from schemas.state import CLOCK_KEY, SHARD_KEY, STATE_VERSION
from tests.cli.calling import Ended, deskpulse
from tests.desk import Desk, Instance, ask, wait_for
from tests.kafka.server import create_topic
from tests.program import Program
from tests.tools import calls_and_tickets_alone

STAYING = ("worker", "board", "run")
NOBODY = "kafka://127.0.0.1:1"

SETTINGS = 'clock = "event"\n[limits]\npartitions = 2'
CALLS = 40


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with Desk(tmp_path / "desk", f"embedded://{tmp_path / 'log'}", SETTINGS) as desk:
        yield desk


@pytest.fixture
def events(tmp_path: Path) -> Path:
    return calls(tmp_path / "events.jsonl", 0, CALLS)


def calls(path: Path, first: int, count: int, padding: int = 0) -> Path:
    """Answered calls, one a minute."""
    lines = []
    for number in range(first, first + count):
        at_ms = 1_700_000_000_000 + number * 60_000
        for id_, kind, more in (("1", "call.queued", {"queue": "billing"}), ("2", "call.answered", {"agent_id": "ann"})):
            event = {"type": kind, "id": id_, "time": at_ms + int(id_) * 1000, "call_id": f"c{number}", "padding": "x" * padding, **more}
            lines.append(json.dumps(event))
    path.write_text("\n".join(lines) + "\n")
    return path


def said(ended: Ended, code: int, *words: str) -> None:
    """One line, the code, and what it has to name."""
    assert (ended.code, ended.out) == (code, ""), ended
    lines = [line for line in ended.err.splitlines() if not is_log(line)]
    assert len(lines) == 1, ended.err
    assert lines[0].startswith("deskpulse: "), ended.err
    for word in words:
        assert word in lines[0]


def is_log(line: str) -> bool:
    """What a process says of its life before it finds out."""
    return re.match(r"20\d\d-\d\d-\d\dT\S+ (INFO|WARNING) deskpulse", line) is not None


def start(instance: Instance) -> Ended:
    """A start that is to fail, with the configuration of that process."""
    return deskpulse(*instance.program.argv[3:], env={key: value for key, value in (instance.program.env or {}).items() if value})


def counted(desk: Desk, calls_offered: int = CALLS) -> None:
    """A start that goes well shows all of it."""
    instance = desk.instance("run", "well")
    instance.start()

    def shown() -> list[int]:
        return [row["value"] for row in instance.document(kpi="calls_answered", window="30d", cut="site")["rows"]]

    wait_for(f"{calls_offered} calls are shown", lambda: shown() == [calls_offered], 20)
    assert instance.end() == 0
    assert "Traceback" not in instance.log()


# --- Kafka -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", [*STAYING, "topics create", "topics show", "replay"])
def test_nobody_answers(command, events):
    arguments = (*command.split(), events) if command == "replay" else command.split()
    said(deskpulse(*arguments, env={"DESKPULSE_LOG": NOBODY}), 3, NOBODY, "no Kafka answers there: start it")


@pytest.fixture
def kafka_desk(kafka: str, prefix: str, tmp_path: Path) -> Iterator[Desk]:
    with Desk(tmp_path / "desk", f"kafka://{kafka}", f'app = "{prefix}app"\nclock = "event"\n{calls_and_tickets_alone(prefix)}') as desk:
        yield desk


@pytest.mark.kafka
@pytest.mark.parametrize("command", [*STAYING, "replay"])
def test_topics_are_missing(command, kafka_desk, events):
    if command == "replay":
        ended = deskpulse("replay", events, "-c", kafka_desk.config)
    else:
        ended = start(kafka_desk.instance(command, "one"))
    said(ended, 2, "topics are missing", "deskpulse topics create")


@pytest.mark.kafka
def test_topics_of_unequal_partitions(kafka, prefix, kafka_desk, events):
    create_topic(kafka, f"{prefix}calls", 4)
    create_topic(kafka, f"{prefix}tickets", 2)
    created = deskpulse("topics", "create", "-c", kafka_desk.config)
    assert created.code == 1, created
    assert "expected" in created.out
    for command in ("worker", "run"):
        said(start(kafka_desk.instance(command, command)), 2, f"{prefix}calls 4", f"{prefix}tickets 2", "deskpulse topics show")
    # Nothing is lost: what is sent meanwhile waits in the topics, and counts as soon as they are right.
    assert deskpulse("replay", "--shift", "keep", events, "-c", kafka_desk.config).code == 0
    admin = KafkaAdminClient(bootstrap_servers=kafka)
    admin.create_partitions({f"{prefix}tickets": 4})
    admin.close()
    counted(kafka_desk)


# --- Configuration ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", [*STAYING, "topics show", "replay", "report", "check"])
def test_a_key_that_is_none(command, events, tmp_path):
    site = tmp_path / "site.toml"
    site.write_text("[limits]\npartitons = 4\n")
    files = [events] if command in ("replay", "report") else []
    ended = deskpulse(*command.split(), *files, *([site] if command == "check" else ["-c", site]))
    if command == "check":
        ended = ended._replace(code=2 if ended.code == 1 else ended.code, out="", err=ended.err or f"deskpulse: {ended.out}")
    said(ended, 2, str(site), "limits.partitons = 4 is not a known key", "limits.partitions")


# --- Ports ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("command", "section"), [("worker", "metrics"), ("board", "metrics"), ("board", "http"), ("run", "http")])
def test_a_port_in_use(command, section, desk, events):
    desk.call("replay", "--shift", "keep", events)
    instance = desk.instance(command, "one")
    with socket.create_server(("127.0.0.1", int(getattr(instance, section).rpartition(":")[2]))):
        said(start(instance), 3, getattr(instance, section), "in use", f"{section}.address")
    counted(desk)


def test_a_second_worker_on_an_embedded_log(desk, events):
    desk.call("replay", "--shift", "keep", events)
    first = desk.instance("run", "first")
    first.start()
    for command in ("worker", "run"):
        said(start(desk.instance(command, command)), 3, "in use by a worker", str(first.program.pid))
    assert first.program.running
    assert first.end() == 0
    counted(desk)


# --- The embedded log -----------------------------------------------------------------------------------------------------


def database(desk: Desk) -> sqlite3.Connection:
    return sqlite3.connect(desk.directory.parent / "log" / "log.db", isolation_level=None)


@pytest.mark.parametrize("command", [*STAYING, "replay"])
def test_a_log_of_a_newer_version(command, desk, events):
    desk.call("replay", "--shift", "keep", events)
    db = database(desk)
    (version,) = db.execute("pragma user_version").fetchone()
    db.execute(f"pragma user_version = {version + 1}")
    if command == "replay":
        ended = deskpulse("replay", events, "-c", desk.config)
    else:
        ended = start(desk.instance(command, "one"))
    said(ended, 2, f"version {version + 1}", "start the newer release")
    db.execute(f"pragma user_version = {version}")
    db.close()
    counted(desk)


@pytest.mark.parametrize(("by", "what_to_do"), [(1, "start 9.8.7 or newer"), (-1, "begin anew under another app")])
@pytest.mark.parametrize(
    ("command", "table", "key"), [("worker", "row", SHARD_KEY), ("run", "row", SHARD_KEY), ("board", "tail", CLOCK_KEY)]
)
def test_state_of_another_version(command, table, key, by, what_to_do, desk, events):
    desk.call("replay", "--shift", "keep", events)
    counted(desk)
    db = database(desk)
    rows = db.execute(f"select topic, part, key, value from {table} where key = ?", (key,)).fetchall()
    assert rows
    for row in rows:
        first, *rest = msgspec.msgpack.decode(row[3])
        assert first == STATE_VERSION
        other = msgspec.msgpack.encode([STATE_VERSION + by, "9.8.7", *rest[1:]])
        db.execute(f"update {table} set value = ? where topic = ? and part = ? and key = ?", (other, *row[:3]))
    said(start(desk.instance(command, "one")), 2, f"version {STATE_VERSION + by}", what_to_do)
    if by < 0 and command == "run":
        with Desk(desk.directory.parent / "anew", f"embedded://{desk.directory.parent / 'log'}", f'app = "anew"\n{SETTINGS}') as anew:
            counted(anew)
    for row in rows:
        db.execute(f"update {table} set value = ? where topic = ? and part = ? and key = ?", (row[3], *row[:3]))
    db.close()
    counted(desk)


@pytest.mark.parametrize("command", [*STAYING, "replay"])
def test_a_log_that_is_no_directory_or_no_database(command, tmp_path, events):
    (tmp_path / "file").write_text("not a directory")
    (tmp_path / "damaged").mkdir()
    (tmp_path / "damaged" / "log.db").write_bytes(b"not a database, but long enough to be taken for the head of one" * 20)
    files = [events] if command == "replay" else []
    said(deskpulse(command, *files, env={"DESKPULSE_LOG": f"embedded://{tmp_path / 'file'}"}), 3, f"{tmp_path / 'file'}")
    said(deskpulse(command, *files, env={"DESKPULSE_LOG": f"embedded://{tmp_path / 'damaged'}"}), 2, "damaged", "backup")


# --- A full disk ----------------------------------------------------------------------------------------------------------

DISK_BYTES = 6 << 20


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own, small."""
    place = tmp_path / "disk"
    place.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "tmpfs", str(place)], capture_output=True, text=True)
    if mounted.returncode:
        pytest.skip(f"no right to mount a file system: {mounted.stderr.strip()}")
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=True)


@pytest.fixture
def small(disk: Path, tmp_path: Path) -> Iterator[Desk]:
    with Desk(tmp_path / "desk", f"embedded://{disk / 'log'}", 'clock = "event"\n[limits]\npartitions = 2') as desk:
        yield desk


def fill(disk: Path) -> Path:
    filler = disk / "filler"
    with filler.open("wb") as file:
        try:
            while True:
                file.write(b"\0" * 65_536)
                file.flush()
        except OSError:
            pass
    return filler


@pytest.mark.slow
@pytest.mark.parametrize("command", ["run", "worker"])
def test_a_disk_that_is_full_at_the_start(command, disk, small, events):
    small.call("replay", "--shift", "keep", events)
    filler = fill(disk)
    said(start(small.instance(command, "one")), 3, str(disk / "log"), "full", "make room")
    filler.unlink()
    counted(small)


@pytest.mark.slow
def test_a_disk_that_fills_up_under_replay(disk, small, tmp_path):
    many = calls(tmp_path / "many.jsonl", 0, 4_000, padding=2_000)
    ended = deskpulse("replay", "--shift", "keep", many, "-c", small.config)
    said(ended, 3, str(disk / "log"), "full", "make room")
    # What was taken is there, and sending all of it again, on a larger disk, gives each event once.
    subprocess.run(["mount", "-o", f"remount,size={16 * DISK_BYTES}", str(disk)], check=True)
    small.call("replay", "--shift", "keep", many)
    counted(small, 4_000)


@pytest.mark.slow
def test_a_disk_that_fills_up_while_it_works(disk, small, tmp_path):
    """Ingest is refused with the reason, nothing acknowledged is lost, and it goes on by itself or with the next start."""
    instance = small.instance("run", "one", {"DESKPULSE_TOKEN": "of-the-test"})
    instance.start()
    taken, refused = 0, b""
    for first in range(0, 100_000, 50):
        lines = calls(tmp_path / "some.jsonl", first, 50, padding=500).read_bytes()
        try:
            answer = ask("POST", instance.http, "/api/v1/events", lines, headers=instance.rights)
        except OSError:
            break
        if answer.status != 202:
            assert answer.status == 503, answer
            refused = answer.body
            break
        taken = first + 50
    assert b"full" in refused or not instance.program.running
    subprocess.run(["mount", "-o", f"remount,size={16 * DISK_BYTES}", str(disk)], check=True)
    code = instance.end()
    assert code in (0, 3), instance.log()
    assert "Traceback" not in instance.log()
    # All of the refused request may be in the log, or none of it.
    again = calls(tmp_path / "again.jsonl", taken, 50, padding=500)
    small.call("replay", "--shift", "keep", again)
    counted(small, taken + 50)


def test_it_is_told_to_end_while_it_starts(desk, events):
    desk.call("replay", "--shift", "keep", events)
    program = Program([sys.executable, *desk.instance("run", "one").program.argv[1:]], desk.directory / "ended.log", {"PYTHONPATH": "."})
    program.start(lambda: True)
    program.stop(20)
    assert "Traceback" not in program.output()
    counted(desk)
