"""One deskpulse on a real Kafka of its own, for a measurement."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from kafka import KafkaAdminClient, KafkaConsumer, TopicPartition
from kafka.errors import RetriableError

from streams.config import Config, load
from streams.runtime.layout import layout_of
from streams.runtime.sender import sender
from tests.program import Program
from tests.tools import free_port

PARTITIONS = 4
INPUTS = ("calls", "tickets", "agents", "surveys", "customers", "articles", "finance")
TICKS = os.sysconf("SC_CLK_TCK")


class Sample(NamedTuple):
    """Committed records of the group at a moment, and the CPU seconds that all processes of the worker have used so far."""

    at_s: float
    committed: int
    cpu_s: float


class Site:
    """Configuration, topics and processes under one application name.

    topics      logical name -> topic, those that are there are taken as they are; the other inputs are turned off. None: own ones for
                calls and tickets
    partitions  of topics that are made
    """

    def __init__(
        self,
        directory: Path,
        bootstrap: str,
        app: str,
        topics: Mapping[str, str] | None = None,
        partitions: int = PARTITIONS,
        **settings: str,
    ) -> None:
        self.topics = topics or {"calls": f"{app}-calls", "tickets": f"{app}-tickets"}
        self.partitions = partitions
        self.directory = directory / app
        self.directory.mkdir(parents=True)
        self.bootstrap = bootstrap
        self.file = self.directory / "site.toml"
        self.http, self.metrics = free_port(), free_port()
        lines = [
            f'log = "kafka://{bootstrap}"',
            f'app = "{app}"',
            'zone = "UTC"',
            *(f"{key} = {value}" for key, value in settings.items()),
            "[http]",
            f'address = "127.0.0.1:{self.http}"',
            "[metrics]",
            f'address = "127.0.0.1:{self.metrics}"',
            "[topics]",
            *(f'{topic} = "{self.topics.get(topic, "")}"' for topic in INPUTS),
            "[limits]",
            f"partitions = {partitions}",
        ]
        self.file.write_text("\n".join(lines) + "\n")
        self.config: Config = load(self.file, {})
        self.layout = layout_of(self.config)
        self.worker = self.program("worker")
        self.board = self.program("board")
        subprocess.run([*self.command("topics"), "create", "-c", str(self.file)], check=True, stdout=subprocess.DEVNULL)

    def command(self, name: str) -> list[str]:
        return [sys.executable, "-m", "streams.cli", name]

    def program(self, name: str) -> Program:
        return Program([*self.command(name), "-c", str(self.file)], self.directory / f"{name}.log")

    def work_as(self, processes: int, packages: Path) -> None:
        """How the worker runs from now on. `packages`: where its code is imported from."""
        argv = [sys.executable, "-P", "-m", "streams.cli", "worker", "-c", str(self.file), "--processes", str(processes)]
        self.worker = Program(argv, self.worker.log, {"PYTHONPATH": str(packages)})

    def fill(self, records: Iterable[tuple[str, bytes, bytes]]) -> int:
        """Append (logical topic, key, value); returns how many."""
        with self.filling() as put:
            return put(records)

    @contextmanager
    def filling(self) -> Iterator[Callable[[Iterable[tuple[str, bytes, bytes]]], int]]:
        """The same, as often as called."""
        with sender(self.config.log, self.config.kafka, self.layout, self.partitions) as out:

            def put(records: Iterable[tuple[str, bytes, bytes]]) -> int:
                taken = 0
                for topic, key, value in records:
                    out.send(self.topics[topic], key, value)
                    taken += 1
                out.flush()
                return taken

            yield put

    @contextmanager
    def ends(self) -> Iterator[tuple[int, KafkaAdminClient]]:
        """How many records the source topics hold, and a client that can ask what is committed."""
        tps = [TopicPartition(topic, p) for topic in self.layout.sources for p in range(self.partitions)]
        consumer = KafkaConsumer(bootstrap_servers=self.bootstrap)
        admin = KafkaAdminClient(bootstrap_servers=self.bootstrap)
        try:
            yield sum(consumer.end_offsets(tps).values()), admin
        finally:
            consumer.close()
            admin.close()

    def committed(self, admin: KafkaAdminClient) -> int:
        try:
            offsets: Mapping[TopicPartition, object] = admin.list_group_offsets({self.config.app: None})[self.config.app]
        except RetriableError:  # the group is new
            return 0
        return sum(max(0, offset.offset) for tp, offset in offsets.items() if tp.topic in self.layout.sources)  # type: ignore[attr-defined]

    def run_to_end(self, timeout_s: float = 600) -> list[Sample]:
        """Start the worker and watch it until all that is there is committed."""
        samples: list[Sample] = []
        with self.ends() as (records, admin):
            self.worker.start(lambda: True)
            limit = time.monotonic() + timeout_s
            while not samples or samples[-1].committed < records:
                assert time.monotonic() < limit, self.worker.output()[-2000:]
                assert self.worker.running, self.worker.output()[-2000:]
                samples.append(Sample(time.monotonic(), self.committed(admin), cpu_seconds(self.worker.pid)))
                time.sleep(0.05)
        return samples


def family(pid: int) -> list[int]:
    """A process and its children."""
    return [pid, *map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())]


def cpu_seconds(pid: int) -> float:
    """Of a process and its children together."""
    stats = [Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split() for one in family(pid)]
    return sum(int(fields[11]) + int(fields[12]) for fields in stats) / TICKS


def resident_mib(pid: int) -> float:
    """Of a process and its children together; what they share counts once."""
    smaps = [Path(f"/proc/{one}/smaps_rollup").read_text() for one in family(pid)]
    return sum(int(text.split("\nPss:")[1].split()[0]) for text in smaps) / 1024
