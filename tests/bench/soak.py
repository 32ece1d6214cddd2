"""python -m tests.bench.soak [--hours H] [--rate N] [--restart-minutes M] [--json FILE]

Two workers and a board on a real Kafka, calls and tickets at a steady rate in real time. Every M minutes one of the workers is killed or
told to end, in turns, and started anew. Looked at all the while: memory, open files and tasks of each process. At the end all figures have
to be those of what was sent, and none of the three may have grown from the second quarter of the time to the last.

What grows by its nature is kept short: calls are forgotten after 10 minutes. What is left of each is its id. The events name no customers:
what those take is told by tests.bench.customers. Rows of panes come for two hours before the first of them go; what they take is known, and
not held against it. Where it lasts less than an hour, memory still fills up and is not judged.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import cycle
from pathlib import Path
from statistics import median_low
from typing import Final

import msgspec

from schemas.state import ADDED, MINUTE, PANE, QUARTER, read_key
from schemas.values import EpochMs
from streams.sources.benchload import BenchRecord, bench_records
from tests.bench.peers_changes import last_values
from tests.bench.site import Site, family, resident_mib
from tests.bench.tally import Tally, differences, told
from tests.desk import Desk, Instance, wait_for
from tests.kafka.server import KafkaServer

SETTINGS: Final = """
app = "soak"
zone = "UTC"
topics = { calls = "soak-calls", tickets = "soak-tickets", agents = "", surveys = "", customers = "", articles = "", finance = "" }
[limits]
partitions = 4
[limits.keep]
calls = "10m"
tickets = "10m"
"""
BATCH_S: Final = 0.1
BATCH_MAX: Final = 5_000
RUN_UP_S: Final = 400.0
"""After so long as many calls end as begin: what happened then is sent at once."""
CUSTOMER: Final = re.compile(rb'"customer_id":"[^"]*",')
TIME: Final = re.compile(rb'"time":(\d+)')
TASKS: Final = re.compile(r"\ndeskpulse_loop_tasks (\S+)")
JUDGED_HOURS: Final = 1.0
BYTES_PER_CASE: Final = 150.0
"""Memory that may be left of a case that is forgotten, in all processes together, beside the panes."""
BYTES_PER_ROW: Final = 2_800.0
"""Of panes, in a board and in a worker: 1.4 KB in each (docs/scale.md)."""
MINUTES_KEPT_S: Final = 121 * 60.0
SETTLED_S: Final = 120.0


class Look(msgspec.Struct, frozen=True, kw_only=True):
    """All processes together, `at_s` after the beginning; cases: sent so far."""

    at_s: float
    cases: int
    sent: int
    late_s: float
    board_mib: float
    workers_mib: float
    files: int
    tasks: int

    @property
    def mib(self) -> float:
        return self.board_mib + self.workers_mib


class Source(threading.Thread):
    """Sends what happens as it happens, and counts it."""

    def __init__(self, site: Site, rate: int, seconds: float) -> None:
        super().__init__(name="source")
        self.tally = Tally()
        self.sent = 0
        self.late_s = 0.0
        """How long ago the newest record was to be sent."""
        self._site = site
        self._rate = rate
        self._seconds = seconds

    def run(self) -> None:
        events = int(self._rate * (self._seconds + RUN_UP_S))
        records = bench_records(events, EpochMs(int((time.time() - RUN_UP_S) * 1000)), events_per_second=self._rate)
        end_s = time.time() + self._seconds
        with self._site.filling() as put:
            for batch in self._batches(records):
                self.sent += put(batch)
                if time.time() > end_s:
                    return

    def _batches(self, records: Iterable[BenchRecord]) -> Iterator[list[BenchRecord]]:
        """What is due by now, each tenth of a second."""
        batch: list[BenchRecord] = []
        until_ms = 0
        for topic, key, value in records:
            at_ms = int(TIME.search(value)[1])  # type: ignore[index]
            if len(batch) == BATCH_MAX:
                yield batch
                batch = []
            while at_ms > until_ms:
                yield batch
                batch = []
                time.sleep(BATCH_S)
                until_ms = time.time_ns() // 1_000_000
                self.late_s = max(0.0, (until_ms - at_ms) / 1000)
            value = CUSTOMER.sub(b"", value)
            self.tally.add(value)
            batch.append((topic, key, value))


def look(began_s: float, source: Source, instances: Sequence[Instance]) -> Look | None:
    """At a board and its workers. None: one of them is just being started."""
    try:
        pids = [pid for instance in instances for pid in family(instance.program.pid)]
        return Look(
            at_s=time.time() - began_s,
            cases=source.tally.cases,
            sent=source.sent,
            late_s=source.late_s,
            board_mib=resident_mib(instances[0].program.pid),
            workers_mib=sum(resident_mib(instance.program.pid) for instance in instances[1:]),
            files=sum(len(os.listdir(f"/proc/{pid}/fd")) for pid in pids),
            tasks=sum(map(_tasks, instances)),
        )
    except OSError:
        return None


def _tasks(instance: Instance) -> int:
    found = TASKS.search(instance.page())
    assert found, f"{instance.name} does not say how many tasks it has"
    return int(float(found[1]))


def fills_up(keys: Iterable[bytes], before_s: float, end_s: float) -> int:
    """How many of the rows of panes that are there at the end were not, and nothing in their place, some time before it.

    As many begin in one minute as in another. Minutes go after two hours, quarters after two days.
    """
    kept: Counter[int] = Counter()
    for key in keys:
        kind, *rest = read_key(key)
        if kind in (PANE, ADDED):
            kept[rest[-2]] += 1
    minutes = 1 - min(before_s, MINUTES_KEPT_S) / min(end_s, MINUTES_KEPT_S)
    return round(kept[MINUTE] * minutes + kept[QUARTER] * (1 - before_s / end_s))


def grown(looks: Sequence[Look], hours: float, pane_keys: Iterable[bytes] = ()) -> list[str]:
    """What was more in the last quarter of the time than in the second. pane_keys: of the rows that were there at the end."""
    end_s = looks[-1].at_s
    before, after = ([one for one in looks if end_s * begin <= one.at_s <= end_s * (begin + 0.25)] for begin in (0.25, 0.75))
    found = []
    for what, tolerated in (("files", 10), ("tasks", 10)):
        # The middle one: what is under way at one moment says little, and what leaks is there at each.
        was, is_ = (median_low([getattr(one, what) for one in some]) for some in (before, after))
        if is_ > was + tolerated:
            found.append(f"{what}: {was} in the second quarter, {is_} in the last")
    was_mib, is_mib = (max(one.mib for one in some) for some in (before, after))
    cases = after[-1].cases - before[-1].cases
    rows = fills_up(pane_keys, before[-1].at_s, end_s)
    per_case = ((is_mib - was_mib) * 2**20 - rows * BYTES_PER_ROW) / cases
    was_board, is_board = (max(one.board_mib for one in some) for some in (before, after))
    said = (
        f"memory: {was_mib:.0f} MiB at most in the second quarter, {is_mib:.0f} in the last; without the {rows:,} rows of panes that came"
        f" between {per_case:.0f} bytes for each case; of it the board {was_board:.0f} and {is_board:.0f}"
    )
    print(said)
    if hours >= JUDGED_HOURS and per_case > BYTES_PER_CASE:
        found.append(said)
    return found


def run(directory: Path, bootstrap: str, args: argparse.Namespace) -> list[str]:
    """What is wrong at the end."""
    site = Site(directory, bootstrap, "soak")
    with Desk(directory / "desk", f"kafka://{bootstrap}", SETTINGS) as desk:
        board = desk.instance("board", "board")
        workers = [desk.instance("worker", name) for name in ("worker-1", "worker-2")]
        for instance in (board, *workers):
            instance.start()
        source = Source(site, args.rate, args.hours * 3600)
        began_s = time.time()
        source.start()
        looks = list(_watched(source, [board, *workers], began_s, args))
        source.join()
        with site.ends() as (records, admin):
            wait_for("all is committed", lambda: site.committed(admin) >= records, SETTLED_S)
        time.sleep(3)
        say(f"{source.sent:,} records of {source.tally.cases:,} cases were sent")
        panes = last_values(bootstrap, site.layout.panes)
        wrong = differences(told(panes), source.tally.counts)
        wrong += [f"the board: {text}" for text in _shown(board, source.tally)]
        for instance in (board, *workers):
            if instance.end() != 0 or "Traceback" in instance.log():
                wrong.append(f"{instance.name}: {instance.log()[-2000:]}")
    if args.json:
        args.json.write_bytes(b"\n".join(map(msgspec.json.encode, looks)) + b"\n")
    return wrong + grown(looks, args.hours, [key for _, key in panes])


def _watched(source: Source, instances: Sequence[Instance], began_s: float, args: argparse.Namespace) -> Iterator[Look]:
    """Looks, while workers are ended and started anew in turns."""
    turns = cycle([(worker, kill) for kill in (False, True) for worker in instances[1:]])
    next_s = began_s + args.restart_minutes * 60
    while source.is_alive():
        source.join(args.look_seconds)
        if (seen := look(began_s, source, instances)) is not None:
            say(" ".join(f"{name}={value:,.0f}" for name, value in msgspec.structs.asdict(seen).items()))
            yield seen
        if time.time() > next_s and source.is_alive():
            next_s += args.restart_minutes * 60
            worker, kill = next(turns)
            if kill:
                worker.program.kill()
            else:
                assert worker.end() == 0, worker.log()[-2000:]
            say(f"{worker.name} was {'killed' if kill else 'ended'}, and is started anew")
            worker.start(timeout_s=300)


def _shown(board: Instance, tally: Tally) -> Iterator[str]:
    """What the board says otherwise, of all queues together."""
    for kpi, what in (("calls_offered", "calls offered"), ("calls_answered", "calls answered"), ("tickets_created", "tickets created")):
        rows = board.document(kpi=kpi, window="30d", cut="site")["rows"]
        shown, expected = sum(row["value"] for row in rows), sum(n for count, n in tally.counts.items() if count.what == what)
        if shown != expected:
            yield f"{kpi} is {shown}, {expected} were sent"


def say(text: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {text}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench.soak", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--hours", type=float, default=2.0)
    parser.add_argument("--rate", type=int, default=5_000)
    parser.add_argument("--restart-minutes", type=float, default=10.0)
    parser.add_argument("--look-seconds", type=float, default=10.0)
    parser.add_argument("--json", type=Path, help="where each look is written, too")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, KafkaServer(Path(name) / "kafka") as server:
        wrong = run(Path(name), server.bootstrap, args)
    print("\n".join(wrong) or "all figures are those of what was sent, and nothing has grown")
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
