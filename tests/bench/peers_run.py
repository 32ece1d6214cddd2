"""One run of one program over the calls of the comparison: how fast, at what cost, whether right, how long to restore, how late."""

from __future__ import annotations

import os
import random
import shutil
import statistics
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple, Protocol, TypeVar

import msgspec
from kafka import KafkaAdminClient, KafkaConsumer, TopicPartition
from kafka.errors import KafkaError
from kafka.structs import OffsetAndMetadata

from schemas import fields as f
from schemas.state import TOTAL, read_key
from schemas.values import Cell
from tests.bench.peers_calls import Record, Sums, call_event
from tests.bench.peers_changes import last_values, seconds_until_seen
from tests.bench.peers_programs import PEERS, Peer
from tests.bench.peers_table import Result
from tests.bench.site import PARTITIONS, Site, cpu_seconds, resident_mib
from tests.desk import ask
from tests.program import Program

T = TypeVar("T")

PROBES: Final = 5
PROBE_S: Final = 15.0
TIMEOUT_S: Final = 1800.0
POLL_S: Final = 0.04
MEMORY_S: Final = 0.5
OURS: Final = (f.CALLS_OFFERED, f.ANSWER_WAIT, f.ANSWER_WAIT + 1, f.ANSWERED_IN, f.HANDLE)
"""What they count, as fields of our panes."""


class Contestant(Protocol):
    """
    app      its group, and how its own topics begin
    changes  where what it says of a queue can be read
    within   a topic of its own that it reads, too; "": none
    """

    name: str
    app: str
    changes: str
    within: str

    def start(self, records: int) -> Program:
        """`records`: so many are there for it."""
        ...

    def first_at_s(self) -> float | None:
        """When it took in the first record since its start, by the wall clock."""
        ...

    def has_taken_in(self, count: int) -> bool:
        """So many records since its start: as many as it was started with."""
        ...

    def forget(self) -> None:
        """What it keeps on disk is gone."""
        ...

    def sums(self) -> dict[str, Sums]:
        """What it says, by queue."""
        ...


class Foreign:
    """One of the peers, as its README runs it."""

    def __init__(self, peer: Peer, app: str, topic: str, bootstrap: str, directory: Path) -> None:
        self.name, self.app = peer.name, app
        self.changes, self.within = (name.format(app=app, topic=topic) for name in (peer.changes, peer.within))
        self._peer = peer
        self._bootstrap = bootstrap
        self._state = directory / app
        self._env = {"KAFKA": bootstrap, "APP": app, "TOPIC": topic, "STATE_DIR": str(self._state), **peer.env}
        self._log = directory / f"{app}.log"
        self._program: Program | None = None

    def start(self, records: int) -> Program:
        self._state.mkdir(parents=True, exist_ok=True)
        env = {**self._env, "N": str(records), "PYTHONDONTWRITEBYTECODE": "1"}
        self._program = Program(["/usr/bin/env", "-C", str(PEERS), *self._peer.argv], self._log, env)
        self._program.start(lambda: True)
        return self._program

    def first_at_s(self) -> float | None:
        return self._said("FIRST")

    def has_taken_in(self, count: int) -> bool:
        return self._said("LAST") is not None

    def forget(self) -> None:
        shutil.rmtree(self._state, ignore_errors=True)

    def sums(self) -> dict[str, Sums]:
        sums: dict[str, Sums] = defaultdict(lambda: [0] * 5)
        assert self._peer.row is not None
        for (_, key), value in last_values(self._bootstrap, self.changes).items():
            row = self._peer.row(key, value)
            sums[row.queue] = [have + more for have, more in zip(sums[row.queue], row.sums, strict=False)]
        return dict(sums)

    def _said(self, word: str) -> float | None:
        assert self._program is not None
        lines = [line.split() for line in self._program.output().splitlines() if line.startswith(f"{word} ")]
        return float(lines[0][1]) if lines else None


class Own:
    """deskpulse, reading nothing but these calls, with all KPIs."""

    within = ""

    def __init__(self, name: str, app: str, topic: str, bootstrap: str, directory: Path, processes: int, packages: Path) -> None:
        self.name, self.app = name, app
        self._site = Site(directory, bootstrap, app, {"calls": topic})
        self._site.work_as(processes, packages)
        self._processes = processes
        self.changes = self._site.layout.panes

    def start(self, records: int) -> Program:
        self._site.worker.start(lambda: True)
        return self._site.worker

    def first_at_s(self) -> float | None:
        return time.time() if self._taken_in() else None

    def has_taken_in(self, count: int) -> bool:
        return self._taken_in() >= count

    def forget(self) -> None:
        """It keeps nothing there."""

    def sums(self) -> dict[str, Sums]:
        sums: dict[str, Sums] = defaultdict(lambda: [0] * 5)
        for (_, key), value in last_values(self._site.bootstrap, self.changes).items():
            if (parts := read_key(key))[0] == TOTAL:
                row = msgspec.msgpack.decode(value, type=dict[int, int])
                queue = Cell(*parts[1:]).queue
                sums[queue] = [have + row.get(field, 0) for have, field in zip(sums[queue], OURS, strict=True)]
        return dict(sums)

    def _taken_in(self) -> int:
        return sum(self._taken_in_at(self._site.metrics + number) for number in range(self._processes))

    def _taken_in_at(self, port: int) -> int:
        try:
            page = ask("GET", f"127.0.0.1:{port}", "/metrics", timeout_s=1).body.decode()
        except OSError:
            return 0
        return sum(int(float(line.split()[1])) for line in page.splitlines() if line.startswith("deskpulse_worker_records_total "))


class Field(NamedTuple):
    """Where all of them run: the topic, who appends to it, and what a plain fold gives."""

    bootstrap: str
    topic: str
    put: Callable[[Sequence[Record]], int]
    expected: dict[str, Sums]

    def run(self, contestant: Contestant, round_: int) -> Result:
        admin, asking = KafkaAdminClient(bootstrap_servers=self.bootstrap), KafkaConsumer(bootstrap_servers=self.bootstrap)
        try:
            return self._run(contestant, round_, _Group(contestant, self.topic, admin, asking))
        finally:
            asking.close()
            admin.close()

    def _run(self, contestant: Contestant, round_: int, group: _Group) -> Result:
        load = os.getloadavg()[0]
        events = sum(group.ends(self.topic).values())
        program = contestant.start(events)
        try:
            first_s = _until(program, contestant.first_at_s)
            peak_mib, looked_s = 0.0, 0.0
            while not group.is_through():
                _alive(program, first_s)
                if time.time() - looked_s > MEMORY_S:
                    peak_mib, looked_s = max(peak_mib, resident_mib(program.pid)), time.time()
                time.sleep(POLL_S)
            took_s, cpu_s = time.time() - first_s, cpu_seconds(program.pid)
            peak_mib = max(peak_mib, resident_mib(program.pid))
            sums = contestant.sums()
            right = all(sums.get(queue) == expected for queue, expected in self.expected.items())
            latency_s = self._latency_s(contestant)
            _until(program, lambda: group.is_through() or None)
            program.kill()
            contestant.forget()
            group.back_by_one()
            began_s = time.time()
            program = contestant.start(PARTITIONS)
            _until(program, lambda: contestant.has_taken_in(PARTITIONS) or None)
            restore_s = time.time() - began_s
        finally:
            program.kill()
        return Result(
            program=contestant.name,
            round=round_,
            events=events,
            events_per_s=events / took_s,
            cpu_s_per_million=cpu_s / events * 1e6,
            peak_mib=peak_mib,
            right=right,
            restore_s=restore_s,
            latency_s=latency_s,
            load=load,
        )

    def _latency_s(self, contestant: Contestant) -> float:
        """From a call that joins a queue of its own to the row of that queue, read committed."""
        took_s = []
        for number in range(PROBES):
            time.sleep(random.uniform(0.3, 1.3))  # anywhere between two commits
            queue = f"probe-{number}"

            def join(queue: str = queue) -> None:
                self.put([call_event("queued", f"{contestant.app}-{queue}", queue, time.time_ns() // 1_000_000)])

            took_s.append(seconds_until_seen(self.bootstrap, contestant.changes, queue.encode(), join, PROBE_S))
        return statistics.median(took_s)


class _Group:
    """How far a contestant has committed."""

    def __init__(self, contestant: Contestant, topic: str, admin: Any, asking: Any) -> None:
        self._contestant = contestant
        self._topic = topic
        self._admin = admin
        self._asking = asking

    def ends(self, topic: str) -> dict[TopicPartition, int]:
        tps = [TopicPartition(topic, part) for part in range(PARTITIONS)]
        return dict(self._asking.end_offsets(tps))

    def is_through(self) -> bool:
        within = self._contestant.within
        # Of a topic written in transactions the last record is their marker.
        return self._is_read(self._topic, 0) and (not within or self._is_read(within, 1))

    def back_by_one(self) -> None:
        """When nobody is in the group any more."""
        limit = time.time() + 60
        while self._admin.describe_groups([self._contestant.app])[self._contestant.app]["group_state"] not in ("Empty", "Dead"):
            assert time.time() < limit, f"{self._contestant.name} is still in its group"
            time.sleep(0.2)
        last = {tp: OffsetAndMetadata(end - 1, "", -1) for tp, end in self.ends(self._topic).items()}
        self._admin.alter_group_offsets(self._contestant.app, last)

    def _is_read(self, topic: str, slack: int) -> bool:
        try:
            offsets = self._admin.list_group_offsets({self._contestant.app: None})[self._contestant.app]
            ends = self.ends(topic)
        except KafkaError:  # the group, or its topic, is new
            return False
        return all(end - slack <= (offsets[tp].offset if tp in offsets else 0) for tp, end in ends.items())


def _until(program: Program, found: Callable[[], T | None]) -> T:
    began_s = time.time()
    while (value := found()) is None:
        _alive(program, began_s)
        time.sleep(POLL_S / 2)
    return value


def _alive(program: Program, began_s: float) -> None:
    assert program.running, program.output()[-1500:]
    assert time.time() - began_s < TIMEOUT_S, f"not done in {TIMEOUT_S:g} s: {program.output()[-1500:]}"
