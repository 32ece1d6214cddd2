"""python -m tests.bench.streams [--clients N] [--seconds N] [--rate N] [--deaf N]

N wallboards that follow one board over /api/v1/stream while events go through: how long after an event was appended each of them was told,
what they take of the board's memory and time, and that readers that never read are dropped and hold up nobody.
"""

from __future__ import annotations

import argparse
import asyncio
import re
import socket
import tempfile
import threading
import time
import urllib.request
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import Final

from schemas.values import EpochMs
from streams.sources.benchload import bench_records
from tests.bench.__main__ import now_ms, say, until_ready
from tests.bench.site import Site, cpu_seconds, resident_mib
from tests.kafka.server import KafkaServer

PROBES: Final = re.compile(rb'"kpi":"waiting","stat":"count","window":"now","labels":\{"queue":"probe"\},"value":(\d+)')
REQUEST: Final = b"GET /api/v1/stream HTTP/1.1\r\nHost: board\r\n\r\n"
QUIET_S: Final = 5.0
FULL_S: Final = 60
"""Of simulated time, before the load begins."""
PER_SECOND: Final = 10
"""Probes."""


class Reader:
    """One wallboard. seen: when it was told of each probe; beats: when anything came."""

    def __init__(self) -> None:
        self.seen: list[float] = []
        self.beats: list[float] = []
        self.bytes = 0

    async def follow(self, port: int) -> None:
        incoming, outgoing = await asyncio.open_connection("127.0.0.1", port, limit=2**24)
        outgoing.write(REQUEST)
        try:
            while event := await incoming.readuntil(b"\n\n"):
                now_s = time.monotonic()
                self.beats.append(now_s)
                self.bytes += len(event)
                found = PROBES.search(event)
                while found is not None and len(self.seen) < int(found[1]):
                    self.seen.append(now_s)
        finally:
            outgoing.close()


class Crowd:
    """Readers in a thread of their own."""

    def __init__(self, port: int, count: int) -> None:
        self.readers = [Reader() for _ in range(count)]
        self._port = port
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> Crowd:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._work.cancel)
        self._thread.join()

    def _run(self) -> None:
        async def all_of_them() -> None:
            await asyncio.gather(*(reader.follow(self._port) for reader in self.readers))

        self._work = self._loop.create_task(all_of_them())
        try:
            self._loop.run_until_complete(self._work)
        except asyncio.CancelledError:
            pass
        finally:
            self._loop.close()


def deaf_ones(port: int, count: int) -> list[socket.socket]:
    found = []
    for _ in range(count):
        one = socket.socket()
        one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        one.connect(("127.0.0.1", port))
        one.sendall(REQUEST)
        found.append(one)
    return found


def figure(site: Site, name: str) -> float:
    """Of /metrics of the board."""
    with urllib.request.urlopen(f"http://127.0.0.1:{site.metrics}/metrics", timeout=10) as page:
        return float(re.search(rf"^deskpulse_{name} (\S+)$", page.read().decode(), re.MULTILINE)[1])  # type: ignore[index]


def load(site: Site, name: str, seconds: int, rate: int) -> list[float]:
    """Sends so many events per second; returns when each probe was appended. `name`: of its probes, each time another."""
    appended = []
    events = bench_records(rate * (seconds + FULL_S), EpochMs(now_ms() - FULL_S * 1000), events_per_second=rate)
    records = list(islice(events, rate * FULL_S, rate * (FULL_S + seconds)))
    with site.filling() as put:
        began = time.monotonic()
        for step in range(seconds * PER_SECOND):
            probe = f"{name}-{step}"
            value = f'{{"type":"call.queued","id":"1","time":{now_ms()},"call_id":"{probe}","queue":"probe"}}'
            some = records[step * rate // PER_SECOND : (step + 1) * rate // PER_SECOND]
            put([*some, ("calls", probe.encode(), value.encode())])
            appended.append(time.monotonic())
            time.sleep(max(0.0, began + (step + 1) / PER_SECOND - time.monotonic()))
        say(f"{len(records) / (time.monotonic() - began):,.0f} events/s")
    return appended


def measure(site: Site, clients: int, deaf: int, seconds: int, rate: int) -> None:
    load(site, "first", 5, rate)  # so that queues are known and panes there
    time.sleep(QUIET_S)
    with Crowd(site.http, 1):
        time.sleep(QUIET_S)
        alone_mib, alone_s = resident_mib(site.board.pid), cpu_seconds(site.board.pid)
        time.sleep(QUIET_S)
        alone_s = (cpu_seconds(site.board.pid) - alone_s) / QUIET_S
    with Crowd(site.http, clients) as crowd:
        time.sleep(QUIET_S)
        mib, quiet_s = resident_mib(site.board.pid), cpu_seconds(site.board.pid)
        time.sleep(QUIET_S)
        quiet_s = (cpu_seconds(site.board.pid) - quiet_s) / QUIET_S
        say(f"{figure(site, 'board_stream_clients'):.0f} clients: {(mib - alone_mib) * 1024 / (clients - 1):.1f} KiB each")
        say(f"cores of the board: {alone_s:.3f} with one client, {quiet_s:.3f} with {clients}, while nothing happens")
        silent = deaf_ones(site.http, deaf)
        known = len(crowd.readers[0].seen)
        busy_s, began = cpu_seconds(site.board.pid), time.monotonic()
        appended = load(site, "probe", seconds, rate)
        busy_s = (cpu_seconds(site.board.pid) - busy_s) / (time.monotonic() - began)
        time.sleep(QUIET_S)
        report(crowd.readers, appended, known)
        say(f"core of the board {busy_s:.2f}; resident {resident_mib(site.board.pid) - alone_mib:+.1f} MiB")
        left = figure(site, "board_stream_clients") - clients
        left = figure(site, "board_stream_clients") - clients
        say(f"of {deaf} that never read {left:.0f} are left")
    for one in silent:
        one.close()


def report(readers: Sequence[Reader], appended: Sequence[float], known: int) -> None:
    delays = sorted(seen - at for reader in readers for at, seen in zip(appended, reader.seen[known:], strict=False))
    missed = sum(len(appended) - len(reader.seen[known:]) for reader in readers)
    gaps = sorted(after - before for reader in readers for before, after in zip(reader.beats, reader.beats[1:], strict=False))
    say(f"{len(delays):,} told, {missed} missed: p50 {delays[len(delays) // 2]:.2f} s, p99 {delays[-len(delays) // 100]:.2f} s")
    say(f"longest {delays[-1]:.2f} s; between two messages p50 {gaps[len(gaps) // 2]:.2f} s, longest {gaps[-1]:.2f} s")
    messages = sum(len(reader.beats) for reader in readers)
    say(f"{sum(reader.bytes for reader in readers) / messages / 1024:,.1f} KiB per message")


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench.streams", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--clients", type=int, default=100)
    parser.add_argument("--deaf", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=20)
    parser.add_argument("--rate", type=int, default=10_000)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, KafkaServer(Path(name) / "kafka") as server:
        site = Site(Path(name), server.bootstrap, "streams")
        # The board has the ports of the file; the worker gets others.
        own = site.file.with_name("worker.toml")
        own.write_text(site.file.read_text().replace(str(site.metrics), str(site.metrics + 1)).replace(str(site.http), str(site.http + 1)))
        site.worker.argv[-1] = str(own)
        try:
            site.worker.start(lambda: True)
            site.board.start(lambda: True)
            until_ready(site, time.monotonic())
            measure(site, args.clients, args.deaf, args.seconds, args.rate)
        finally:
            site.worker.stop()
            site.board.stop()


if __name__ == "__main__":
    main()
