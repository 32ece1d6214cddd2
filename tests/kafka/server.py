"""A real Apache Kafka on this machine, without Docker: one KRaft node, ready in about 3 s.

with KafkaServer(tmp_path) as kafka:
    kafka.create_topic("calls", partitions=4)
    ...                                        # kafka.bootstrap is its address
    kafka.restart()                            # same port, same records
"""

from __future__ import annotations

import fcntl
import hashlib
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import TracebackType

from kafka.admin import KafkaAdminClient, NewTopic

from tests.program import Program
from tests.tools import CACHE, JAVA, MAVEN, free_port

HERE = Path(__file__).resolve().parent
CLUSTER_ID = "ZGVza3B1bHNlLXRlc3RzMQ"  # 16 bytes in base64, as Kafka wants them

# Serial collector and first compiler only: a broker that starts quickly and leaves the cores to the program under test.
QUICK_START = ("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
# For measurements: the compiler a real broker has.
FULL_SPEED = ("-XX:+UseParallelGC",)


class KafkaServer:
    """One broker and controller in one process, its data in `directory`, on free loopback ports that stay the same.

    settings     lines of server.properties that replace or add to ours
    java_options QUICK_START, or FULL_SPEED where its throughput is measured
    doors        more ports at which it listens -> the port that it tells clients of each, where a proxy stands
    node, nodes  its number among several that are one Kafka, and the port of the controller of each; none: it is alone
    """

    def __init__(
        self,
        directory: Path,
        *,
        settings: Mapping[str, str] | None = None,
        heap: str = "1g",
        java_options: tuple[str, ...] = QUICK_START,
        doors: Mapping[int, int] | None = None,
        node: int = 1,
        nodes: Mapping[int, int] | None = None,
    ) -> None:
        self.directory = directory
        self.port = free_port()
        self.bootstrap = f"127.0.0.1:{self.port}"
        self.log = directory / "kafka.log"
        self.properties = directory / "server.properties"
        self._settings = settings or {}
        self._doors = doors or {}
        self._node = node
        self._nodes = nodes or {node: free_port()}
        self._java = [
            JAVA.path(), f"-Xmx{heap}", *java_options, "-Xshare:auto", "-Djava.awt.headless=true",
            f"-Dlog4j2.configurationFile={HERE / 'log4j2.properties'}", "-cp", f"{jars()}/*",
        ]  # fmt: skip
        self.program = Program([*self._java, "kafka.Kafka", str(self.properties)], self.log)

    def start(self) -> None:
        """Returns when it answers. The first start lays out the storage; later ones keep what is there."""
        self.launch()
        self.program.wait(self.is_ready, timeout_s=60)

    def launch(self) -> None:
        """Starts it and waits for nothing: one of several answers only when most of them are there."""
        if not self.properties.exists():
            self._format()
        self.program.start(ready=lambda: True)

    def is_ready(self) -> bool:
        return "Kafka Server started" in self.program.output()

    def stop(self) -> None:
        """A clean end, as by `systemctl stop`. The records stay."""
        self.program.stop()

    def kill(self) -> None:
        """The end of a power cut."""
        self.program.kill()

    def restart(self) -> None:
        """stop() and start(): same port, same records."""
        self.stop()
        self.start()

    def pause(self) -> None:
        """Answers nothing until resume(), connections stay open."""
        self.program.pause()

    def resume(self) -> None:
        self.program.resume()

    def create_topic(self, name: str, partitions: int = 1, **configs: str | int) -> None:
        create_topic(self.bootstrap, name, partitions, **configs)

    def __enter__(self) -> KafkaServer:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        self.stop()

    def _format(self) -> None:
        controller = self._nodes[self._node]
        copies = str(len(self._nodes))
        in_sync = str(len(self._nodes) // 2 + 1)
        lines = {
            "process.roles": "broker,controller",
            "node.id": str(self._node),
            "controller.quorum.voters": ",".join(f"{node}@127.0.0.1:{port}" for node, port in self._nodes.items()),
            "listeners": ",".join([f"PLAINTEXT://{self.bootstrap}", f"CONTROLLER://127.0.0.1:{controller}", *_doors(self._doors)]),
            "advertised.listeners": ",".join([f"PLAINTEXT://{self.bootstrap}", *_doors(self._doors.values())]),
            "controller.listener.names": "CONTROLLER",
            "listener.security.protocol.map": ",".join(f"{name}:PLAINTEXT" for name in ("CONTROLLER", "PLAINTEXT", *map(_door, range(9)))),
            "log.dirs": str(self.directory / "data"),
            # A topic that nobody created is an error of the program, not something to come up by itself.
            "auto.create.topics.enable": "false",
            "offsets.topic.replication.factor": copies,
            "offsets.topic.num.partitions": "4",
            "transaction.state.log.replication.factor": copies,
            "transaction.state.log.min.isr": in_sync,
            "transaction.state.log.num.partitions": "4",
            "share.coordinator.state.topic.replication.factor": copies,
            "share.coordinator.state.topic.min.isr": in_sync,
            "share.coordinator.state.topic.num.partitions": "1",
            "group.initial.rebalance.delay.ms": "0",
            # After a kill the node has to wait until its own former registration has lapsed: 9 s by default.
            "broker.session.timeout.ms": "2000",
            "broker.heartbeat.interval.ms": "250",
            "group.min.session.timeout.ms": "1000",  # so that a test of a lost worker does not wait 6 s
            "log.cleaner.dedupe.buffer.size": str(16 << 20),
        }
        lines.update(self._settings)
        self.directory.mkdir(parents=True, exist_ok=True)
        draft = self.properties.with_suffix(".new")
        draft.write_text("".join(f"{key}={value}\n" for key, value in lines.items()))
        command = [*self._java, "kafka.tools.StorageTool", "format", "--cluster-id", CLUSTER_ID, "--config", str(draft)]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError(f"the storage could not be laid out:\n{done.stdout}{done.stderr}")
        draft.rename(self.properties)


def create_topic(bootstrap: str, name: str, partitions: int = 1, **configs: str | int) -> None:
    """With one replica. A config is written with underscores: cleanup_policy="compact"."""
    admin = KafkaAdminClient(bootstrap_servers=bootstrap)
    try:
        topic_configs = {key.replace("_", "."): str(value) for key, value in configs.items()}
        admin.create_topics([NewTopic(name, num_partitions=partitions, replication_factor=1, topic_configs=topic_configs)])
    finally:
        admin.close()


def _doors(ports: Iterable[int]) -> list[str]:
    return [f"{_door(number)}://127.0.0.1:{port}" for number, port in enumerate(ports)]


def _door(number: int) -> str:
    return f"DOOR{number}"


def jars() -> Path:
    """The folder with Kafka's jars, fetched by Maven when pom.xml has changed. Several processes may call it at once."""
    pom = HERE / "pom.xml"
    home = CACHE / "kafka" / hashlib.sha256(pom.read_bytes()).hexdigest()[:12]
    if home.exists():
        return home
    home.parent.mkdir(parents=True, exist_ok=True)
    with (home.parent / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if home.exists():
            return home
        draft = home.with_suffix(".new")
        shutil.rmtree(draft, ignore_errors=True)
        goal = ["dependency:copy-dependencies", "-DincludeScope=runtime", f"-DoutputDirectory={draft}"]
        done = subprocess.run([MAVEN.path(), "--batch-mode", "--quiet", "--file", str(pom), *goal], capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError(f"Maven could not fetch Kafka:\n{done.stdout}{done.stderr}")
        draft.rename(home)
    return home
