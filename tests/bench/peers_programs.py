"""Who takes part in the comparison, and where their programs come from: a folder of peers beside the repository, installed under `.cache`.

Their sources are run where they lie and never copied. What they need is fetched from the registries that pip and Maven know here.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import Final, NamedTuple

import msgspec

from tests.tools import CACHE, JAVA, MAVEN, ROOT, Tool

PEERS: Final = ROOT.parent / "shared" / "peers"
HOME: Final = CACHE / "peers"
JAVAC: Final = Tool(("javac",), "default-jdk-headless")
FAUST: Final = ("faust-streaming==0.15.3", "aiokafka==0.14.0", "cramjam", "orjson", "uvloop")
QUIX: Final = ("quixstreams==3.28.1",)
JAVA_OPTIONS: Final = ("-Xmx1g", "-XX:+UseParallelGC", "-Dorg.slf4j.simpleLogger.defaultLogLevel=error")


class Row(NamedTuple):
    """A row of a changelog: of one queue and minute offered, answered, ms waited, answered within 20 s, handled, ms talked."""

    queue: str
    sums: Sequence[int]


class Peer(msgspec.Struct, frozen=True, kw_only=True):
    """
    argv      what is run, in the folder of the peers
    env       beside those that all get: KAFKA, APP, TOPIC, N, STATE_DIR
    changes   the topic of its aggregates, with {app} and {topic}; "": it keeps none, and ends by itself
    within    a topic of its own that it reads, too: all is done when that is read as well
    row       key and value of such a record -> what they mean
    events    at most so many are given to it
    """

    name: str
    argv: tuple[str, ...]
    env: dict[str, str] = {}
    changes: str = ""
    within: str = ""
    row: Callable[[bytes, bytes], Row] | None = None
    events: int = 1 << 62


class Missing(Exception):
    """Why a peer cannot take part."""


def streams_row(key: bytes, value: bytes) -> Row:
    """Kafka Streams: the minute in 4 bytes and the queue; six numbers of 8 bytes."""
    return Row(key[4:].decode(), [int.from_bytes(value[at : at + 8], signed=True) for at in range(0, 48, 8)])


def listed_row(key: bytes, value: bytes) -> Row:
    """Faust and Quix Streams: `[partition|]queue|minute`, somewhere in quotes; a list."""
    return Row(key.decode().replace('"', "").split("|")[-2], msgspec.json.decode(value, type=list[int]))


def peers(faust_events: int, say: Callable[[str], None], wanted: Callable[[str], bool]) -> Iterator[Peer]:
    """All of those wanted that can be had here; `say` is told, loudly, of each that cannot. What is not there yet is installed."""
    if not PEERS.is_dir():
        say(f"LEFT OUT: all peers: {PEERS} is not there")
        return
    for name, make in (("Kafka Streams", _kafka_streams), ("Quix Streams", _quix), ("Faust", lambda: _faust(faust_events))):
        if not any(wanted(started) for started in (name, f"{name}, 1 thread", f"{name}, 2 threads")):
            continue
        say(f"{name}: looked for, and installed under .cache where it is not there yet")
        try:
            yield from (peer for peer in make() if wanted(peer.name))
        except (Missing, FileNotFoundError, subprocess.CalledProcessError) as error:
            said = (getattr(error, "stdout", "") or "").strip().splitlines()[-5:]
            say("\n".join((f"LEFT OUT: {name}: {error}", *said)))


def _kafka_streams() -> list[Peer]:
    source = PEERS / "kstreams"
    home = HOME / "kstreams"
    if not (home / "classes" / "CallFold.class").exists():
        _run(
            MAVEN.path(), "--batch-mode", "--quiet", "--file", str(source / "pom.xml"),
            "dependency:copy-dependencies", "-DincludeScope=runtime", f"-DoutputDirectory={home / 'lib'}",
        )  # fmt: skip
        # Maven would write beside the source.
        _run(
            JAVAC.path(),
            "--release",
            "17",
            "-d",
            str(home / "classes"),
            "-cp",
            f"{home / 'lib'}/*",
            *map(str, sorted(source.rglob("*.java"))),
        )
    argv = (JAVA.path(), *JAVA_OPTIONS, "-cp", f"{home / 'classes'}:{home / 'lib'}/*", "CallFold")
    return [
        Peer(
            name=f"Kafka Streams, {threads} thread{'s' * (threads > 1)}",
            argv=argv,
            env={"THREADS": str(threads), "STORE": "memory"},
            changes="{app}-aggregates-changelog",
            row=streams_row,
        )
        for threads in (1, 2)
    ]


def _quix() -> list[Peer]:
    python = _environment("quix", QUIX)
    return [
        Peer(
            name="Quix Streams",
            argv=(python, "quix_fold.py"),
            changes="changelog__{app}--repartition.{topic}.queue--default",
            within="repartition__{app}--{topic}--queue",
            row=listed_row,
        )
    ]


def _faust(events: int) -> list[Peer]:
    python = _environment("faust", FAUST)
    argv = (python, "faust_fold.py", "--loop", "uvloop", "worker", "--without-web", "-l", "error")
    return [Peer(name="Faust", argv=argv, changes="{app}-aggregates-changelog", row=listed_row, events=events)]


def _environment(name: str, packages: Sequence[str]) -> str:
    """The Python of an environment of its own, made where it is not there or holds others."""
    home = HOME / name
    python, made = home / "bin" / "python", home / "made-of"
    if not made.exists() or made.read_text() != " ".join(packages):
        _run(sys.executable, "-m", "venv", "--clear", str(home))
        _run(str(python), "-m", "pip", "install", "--quiet", *packages)
        made.write_text(" ".join(packages))
    return str(python)


def _run(*argv: str) -> None:
    subprocess.run(argv, check=True, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
