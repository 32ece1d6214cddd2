"""python -m tests.bench.peers [--events N] [--faust-events N] [--rounds N] [--only WORD...] [--json FILE]

The same job side by side: calls of four events each in one topic of 4 partitions on one broker, folded exactly once with a commit each
second. Kafka Streams, Quix Streams and Faust (at least once; fewer events, as it is slow) keep six numbers per queue and minute; deskpulse
all its KPIs; the raw loop reads and parses, no more. In each round all run one after the other, in an order of its own.

events/s   all events over the time from the first taken in until all are committed, so up to one interval of waiting is in it
CPU        of the program and its children, start included; that of the broker comes on top, on the same machine
right      offered, answered, waited, answered within 20 s and handled of each queue are those of a plain fold
restore    after kill -9, state on disk removed and nobody left in the group: from the start until one record per partition is taken in
latency    from a call that joins a queue to the row of that queue, as a reader of committed records sees it; median of 5
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

import msgspec

from deploy.compiled import COPY, is_fresh
from tests.bench.peers_calls import EVENTS, calls
from tests.bench.peers_programs import Peer, peers
from tests.bench.peers_run import Field, Foreign, Own
from tests.bench.peers_table import Result, table
from tests.bench.site import Site
from tests.kafka.server import FULL_SPEED, KafkaServer
from tests.tools import ROOT

RAW = "raw loop"
Entry = tuple[str, Callable[[int], Result]]
"""Name, and what runs it in a round."""


def say(text: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {text}", flush=True)


def field(directory: Path, bootstrap: str, events: int, running: ExitStack) -> Field:
    """A topic with so many events."""
    site = Site(directory, bootstrap, f"fill{events}")
    made, expected = calls(events, time.time_ns() // 1_000_000)
    put = running.enter_context(site.filling())
    count = put(made)
    say(f"{count:,} events are in {site.topics['calls']}")
    return Field(bootstrap, site.topics["calls"], put, expected)


def raw(ground: Field, round_: int) -> Result:
    events = EVENTS * sum(sums[0] for sums in ground.expected.values())
    argv = [sys.executable, "-m", "tests.bench.raw", ground.bootstrap, str(events), ground.topic]
    told = json.loads(subprocess.run(argv, check=True, capture_output=True, text=True, cwd=ROOT).stdout)
    return Result(
        program=RAW,
        round=round_,
        events=events,
        events_per_s=events / told["seconds"],
        cpu_s_per_million=told["cpu_seconds"] / events * 1e6,
        peak_mib=told["peak_mib"],
    )


def entries(directory: Path, bootstrap: str, found: Sequence[Peer], events: int, running: ExitStack) -> Iterator[Entry]:
    ground = field(directory, bootstrap, events, running)
    yield RAW, lambda round_: raw(ground, round_)
    for number, peer in enumerate(found):
        own = field(directory, bootstrap, peer.events, running) if peer.events < events else ground

        def foreign(round_: int, peer: Peer = peer, own: Field = own, number: int = number) -> Result:
            return own.run(Foreign(peer, f"peer{number}-{round_}", own.topic, bootstrap, directory), round_)

        yield peer.name, foreign
    cores = {"plain": ROOT}
    if is_fresh(COPY):
        cores["compiled"] = COPY
    else:
        say("LEFT OUT: deskpulse with the compiled core: it is not made of these sources: make compiled")
    for core, packages in cores.items():
        for processes in (1, 2):
            name = f"deskpulse, {core}, {processes} process{'es' * (processes > 1)}"

            def ours(round_: int, name: str = name, core: str = core, packages: Path = packages, processes: int = processes) -> Result:
                app = f"{core}{processes}-{round_}"
                return ground.run(Own(name, app, ground.topic, bootstrap, directory, processes, packages), round_)

            yield name, ours


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench.peers", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--faust-events", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", nargs="+", help="programs whose name contains one of these words; the raw loop is always there")
    parser.add_argument("--json", type=Path, help="where each run is written, too")
    args = parser.parse_args()
    found = list(peers(args.faust_events, say, lambda name: _wanted(name, args.only)))
    runs: list[Result] = []
    with (
        tempfile.TemporaryDirectory() as name,
        KafkaServer(Path(name) / "kafka", java_options=FULL_SPEED) as server,
        ExitStack() as running,
    ):
        taking_part = [
            entry
            for entry in entries(Path(name), server.bootstrap, found, args.events, running)
            if entry[0] == RAW or _wanted(entry[0], args.only)
        ]
        for round_ in range(args.rounds):
            for program, run in random.sample(taking_part, len(taking_part)):
                say(f"round {round_ + 1}: {program}")
                try:
                    runs.append(run(round_))
                except (AssertionError, TimeoutError) as error:
                    say(f"FAILED: {program}: {error}")
                    continue
                say(msgspec.json.encode(runs[-1]).decode())
                if args.json:
                    args.json.write_bytes(b"\n".join(map(msgspec.json.encode, runs)) + b"\n")
    print(table(runs, RAW))


def _wanted(name: str, words: Sequence[str] | None) -> bool:
    return not words or any(word in name for word in words)


if __name__ == "__main__":
    main()
