"""python -m tests.bench [--events N] [--runs N] [--processes N] [--compiled] [throughput restore latency]

throughput  events/s of one worker with checkpoints each second, full catalogue, beside the raw loop (aiokafka + orjson): the same
            records, broker and run, one after the other, `--runs` times; from the first commit seen to the last. With --processes
            also with so many processes, with --compiled also with the compiled core (`make compiled`), side by side
restore     memory per open ticket with three promises; kill -9, and the time from process start until all shards are restored
latency     an event appended -> visible on /metrics of a board, with 10,000 events/s going through, a checkpoint each --checkpoint seconds
"""

from __future__ import annotations

import argparse
import json
import platform
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator, Sequence
from itertools import islice
from operator import itemgetter
from pathlib import Path
from typing import Any, NamedTuple

from deploy.compiled import COPY, is_fresh
from schemas.values import EpochMs
from streams.sources.benchload import TICKET_EVENTS, BenchRecord, bench_records
from tests.bench.site import Site, resident_mib
from tests.kafka.server import KafkaServer
from tests.tools import ROOT

EVENTS_PER_SECOND = 2_000  # of simulated time
GIVEN_UP_S = 15
ASKED_EVERY_S = 0.1
FULL_S = 400  # of simulated time, until as many cases end as begin


def now_ms() -> int:
    return time.time_ns() // 1_000_000


class Way(NamedTuple):
    """How a worker may run: in how many processes, and where its code is imported from."""

    name: str
    processes: int
    packages: Path


def ways(processes: int, compiled: bool) -> list[Way]:
    """The plain worker in one process, and beside it the others asked for."""
    cores = {"plain": ROOT, "compiled": COPY} if compiled else {"plain": ROOT}
    return [Way(f"{core} x {count}", count, packages) for core, packages in cores.items() for count in sorted({1, processes})]


def throughput(directory: Path, bootstrap: str, events: int, runs: int, ways: Sequence[Way]) -> dict[str, Any]:
    site = Site(directory, bootstrap, "throughput")
    start = EpochMs(now_ms() - events * 1000 // EVENTS_PER_SECOND - 3_600_000)
    count = site.fill(bench_records(events, start, events_per_second=EVENTS_PER_SECOND))
    say(f"{count:,} records are in the topics")
    results: dict[str, list[dict[str, float]]] = {way.name: [] for way in ways}
    for run in range(runs):
        raw = json.loads(
            subprocess.run(
                [sys.executable, "-m", "tests.bench.raw", bootstrap, str(count), *site.layout.sources],
                check=True,
                capture_output=True,
                text=True,
            ).stdout
        )
        for number, way in enumerate(ways):
            other = Site(directory, bootstrap, f"throughput{run}-{number}", site.topics)
            other.work_as(way.processes, way.packages)
            samples = other.run_to_end()
            rss = resident_mib(other.worker.pid)
            other.worker.stop()
            first = next(s for s in samples if s.committed)
            last = samples[-1]
            result = {
                "events_per_s": (last.committed - first.committed) / (last.at_s - first.at_s),
                "cpu_s_per_million": last.cpu_s / count * 1e6,
                "raw_events_per_s": count / raw["seconds"],
                "raw_cpu_s_per_million": raw["cpu_seconds"] / count * 1e6,
                "rss_mib": rss,
            }
            result["ratio"] = result["events_per_s"] / result["raw_events_per_s"]
            results[way.name].append(result)
            say(f"{way.name}: " + " ".join(f"{k}={v:,.2f}" for k, v in result.items()))
    medians = {name: {k: statistics.median(r[k] for r in some) for k in some[0]} for name, some in results.items()}
    for name, median in medians.items():
        say(
            f"median of {runs}: {name:24} {median['events_per_s']:10,.0f} events/s  {median['cpu_s_per_million']:6.1f} CPU s per million  "
            f"{median['ratio']:5.2f} of the raw loop  {median['rss_mib']:6.0f} MiB"
        )
    return {"events": count, "runs": results, "median": medians}


def open_tickets(count: int, start_ms: EpochMs) -> Iterator[BenchRecord]:
    """Tickets whose last event, the resolve, is left out; one after the other, as where a help desk is taken over."""
    runs = 256
    for run in range(runs):
        tickets = count * (run + 1) // runs - count * run // runs
        records = list(bench_records(tickets * TICKET_EVENTS, start_ms, ticket_share=1.0, events_per_second=20_000, run=run))
        records.sort(key=itemgetter(1))  # by ticket; each stays in its order
        yield from (record for record in records if b'"status":"resolved"' not in record[2])


def restore(directory: Path, bootstrap: str, tickets: int) -> dict[str, Any]:
    site = Site(directory, bootstrap, "restore", sla='[{first_response = "4h", next_response = "8h", resolution = "24h"}]')
    site.worker.start(lambda: True)
    time.sleep(5)
    empty_mib = resident_mib(site.worker.pid)
    site.worker.stop()
    count = site.fill(open_tickets(tickets, EpochMs(now_ms() - 7_200_000)))
    say(f"{count:,} records of {tickets:,} open tickets are in the topics")
    site.run_to_end()
    site.worker.kill()
    # Until the group has given the dead one up: what is measured is reading the state back, not waiting for a session to end.
    time.sleep(GIVEN_UP_S)
    began = time.monotonic()
    site.worker.start(lambda: True)
    ready_s = until_ready(site, began)
    time.sleep(2)
    mib = resident_mib(site.worker.pid)
    site.worker.stop()
    result = {"tickets": tickets, "restore_s": ready_s, "rss_mib": mib, "bytes_per_open_ticket": (mib - empty_mib) * 2**20 / tickets}
    say(" ".join(f"{k}={v:,.2f}" for k, v in result.items()))
    return result


def until_ready(site: Site, began: float) -> float:
    while time.monotonic() - began < 120:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{site.metrics}/-/ready", timeout=1):
                return time.monotonic() - began
        except OSError:
            time.sleep(0.02)
    raise AssertionError(site.worker.output()[-2000:])


def latency(directory: Path, bootstrap: str, seconds: int, rate: int, interval_s: float) -> dict[str, Any]:
    site = Site(directory, bootstrap, f"latency{int(interval_s * 1000)}", checkpoint_interval=str(interval_s))
    worker_ports = site.file.read_text()
    # The board has the ports of the file; the worker gets others.
    own = site.file.with_name("worker.toml")
    own.write_text(worker_ports.replace(str(site.metrics), str(site.metrics + 1)).replace(str(site.http), str(site.http + 1)))
    site.worker.argv[-1] = str(own)
    site.worker.start(lambda: True)
    site.board.start(lambda: True)
    until_ready(site, time.monotonic())
    appended: list[float] = []
    seen: list[float] = []
    stop = threading.Event()

    def watch() -> None:
        while not stop.is_set():
            began = time.monotonic()
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{site.metrics}/metrics", timeout=5) as page:
                    text = page.read().decode()
            except OSError as error:
                say(f"/metrics: {error}")
                continue
            for line in text.splitlines():
                if line.startswith("deskpulse_waiting_calls{") and 'queue="probe"' in line:
                    shown = int(float(line.rpartition(" ")[2]))
                    while len(seen) < shown:
                        seen.append(time.monotonic())
            stop.wait(max(0.0, ASKED_EVERY_S - (time.monotonic() - began)))

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        # Made beforehand: whoever sends must not take the machine from those that are measured.
        events = bench_records(rate * (seconds + FULL_S), EpochMs(now_ms() - FULL_S * 1000), events_per_second=rate)
        load = list(islice(events, rate * FULL_S, rate * (FULL_S + seconds)))
        with site.filling() as put:
            began = time.monotonic()
            for step in range(seconds * 10):
                probe = f"probe-{step}"
                value = f'{{"type":"call.queued","id":"1","time":{now_ms()},"call_id":"{probe}","queue":"probe"}}'
                put([*load[step * rate // 10 : (step + 1) * rate // 10], ("calls", probe.encode(), value.encode())])
                appended.append(time.monotonic())
                time.sleep(max(0.0, began + (step + 1) / 10 - time.monotonic()))
            took_s = time.monotonic() - began
        time.sleep(5)
    finally:
        stop.set()
        watcher.join()
        site.worker.stop()
        site.board.stop()
    delays = sorted(s - a for a, s in zip(appended, seen, strict=False))
    assert len(seen) == len(appended), f"{len(appended)} probes were appended, {len(seen)} seen"
    result = {
        "probes": len(delays),
        "p50_s": delays[len(delays) // 2],
        "p99_s": delays[-max(1, len(delays) // 100)],
        "max_s": delays[-1],
        "appended_per_s": len(load) / took_s,
    }
    say(" ".join(f"{k}={v:,.2f}" for k, v in result.items()))
    return result


def say(text: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {text}", flush=True)


def main() -> None:
    raw = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__, formatter_class=raw)
    parser.add_argument("what", nargs="*", default=["throughput", "restore", "latency"])
    parser.add_argument("--events", type=int, default=2_000_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--compiled", action="store_true")
    parser.add_argument("--tickets", type=int, default=300_000)
    parser.add_argument("--seconds", type=int, default=30)
    parser.add_argument("--rate", type=int, default=10_000)
    parser.add_argument("--checkpoint", type=float, default=1.0)
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    if args.compiled and not is_fresh(COPY):
        parser.error(f"{COPY} is not made of these sources: make compiled")
    results: dict[str, Any] = {"python": platform.python_version(), "machine": platform.processor() or platform.machine()}
    with tempfile.TemporaryDirectory() as name, KafkaServer(Path(name) / "kafka") as server:
        directory = Path(name)
        if "throughput" in args.what:
            results["throughput"] = throughput(directory, server.bootstrap, args.events, args.runs, ways(args.processes, args.compiled))
        if "restore" in args.what:
            results["restore"] = restore(directory, server.bootstrap, args.tickets)
        if "latency" in args.what:
            results["latency"] = latency(directory, server.bootstrap, args.seconds, args.rate, args.checkpoint)
    print(json.dumps(results, indent=2))
    if args.json:
        args.json.write_text(json.dumps(results, indent=2))


if __name__ == "__main__":
    main()
