"""python -m tests.bench.growth [--scale S] [--only WORD...] [--json FILE]

What a unit of work costs when there is 1, 10 and 100 times as much of it: events, queues, open cases, partitions, cells of a board.
Shards and boards alone, without a log: of an event, all from its record to the rows of the checkpoint after it, each second of its time,
100 events. Each figure is of a process of its own. With --json, `python -m tests.bench.picture FILE` draws it.
"""

from __future__ import annotations

import argparse
import gc
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import groupby, islice
from pathlib import Path
from typing import Final
from zlib import crc32

import msgspec

from schemas import fields as f
from schemas.state import DAY, MINUTE, QUARTER, RING, SETTLED, TOTAL, cell_key, pane_key
from schemas.values import CHANNELS, DAY_MS, MINUTE_MS, PRIORITIES, Cell, EpochMs
from streams.core.board import BoardSettings, BoardState
from streams.core.log import Batch, Restored
from streams.core.report import Line
from streams.core.settings import ShardSettings
from streams.core.shard import Shard
from streams.core.snapshot import Liveness
from streams.runtime.transport.partitioner import partition_of
from streams.sources.benchload import BenchRecord, bench_records
from tests.bench.customers import resident_bytes

START_MS: Final = EpochMs(1_772_445_600_000)
TIMES: Final = (1, 10, 100)
EVENTS_PER_S: Final = 100
"""Of simulated time, and so for each checkpoint."""
RUN_UP: Final = 400 * EVENTS_PER_S
"""Events until as many cases end as begin; not measured."""


class Point(msgspec.Struct, frozen=True, kw_only=True):
    """
    what, times  which kind of work, and how many times as much of it
    amount       of it
    unit_us      CPU for a unit of work, in microseconds
    more         what else was seen
    """

    what: str
    times: int
    amount: int
    unit_us: float
    more: dict[str, float]


class Crowd:
    """Some shards, and the rows of their last checkpoints."""

    def __init__(self, partitions: int) -> None:
        topics = {topic: topic for topic in ("calls", "tickets")}
        self.settings = ShardSettings(topics=topics, partitions=partitions)
        self.shards = [Shard(partition, self.settings) for partition in range(partitions)]
        self.rows: list[tuple[dict[bytes, bytes], dict[bytes, bytes]]] = [({}, {}) for _ in range(partitions)]
        self.written = 0
        self.cpu_s = 0.0
        self.events = 0

    def feed(self, records: Iterable[BenchRecord], per_checkpoint: int = EVENTS_PER_S) -> None:
        """The usual checkpoint comes after each second of their time."""
        for _, some in groupby(enumerate(records), key=lambda numbered: numbered[0] // per_checkpoint):
            batches: dict[tuple[int, str], list[tuple[bytes, bytes]]] = {}
            now_ms = 0
            for _, (topic, key, value) in some:
                batches.setdefault((partition_of(key, len(self.shards)), topic), []).append((key, value))
                self.events += 1
            now_ms = msgspec.json.decode(value)["time"]
            began = time.process_time()
            for (partition, topic), records_ in batches.items():
                shard = self.shards[partition]
                start = shard.positions[topic]
                lines = [Line(start + number, key, value) for number, (key, value) in enumerate(records_)]
                assert shard.apply(topic, Batch(lines, start, start + len(lines)), now_ms)
            self.checkpoint(now_ms)
            self.cpu_s += time.process_time() - began

    def checkpoint(self, now_ms: int) -> None:
        for shard, kept in zip(self.shards, self.rows, strict=True):
            shard.advance(EpochMs(now_ms))
            changes = shard.take()
            if changes is None:
                continue
            for rows, into in zip((changes.state, changes.panes), kept, strict=True):
                self.written += len(rows)
                for key, value in rows:
                    if value is None:
                        into.pop(key, None)
                    else:
                        into[key] = value

    def work(self, events: int, queues: int = 40, start_ms: EpochMs = START_MS) -> float:
        """CPU for an event, in microseconds, once as many cases end as begin."""
        coming = load(RUN_UP + events, queues, start_ms)
        self.feed(islice(coming, RUN_UP))
        self.cpu_s, self.events, self.written = 0.0, 0, 0
        self.feed(coming)
        return self.unit_us()

    def unit_us(self) -> float:
        return self.cpu_s / self.events * 1e6


def load(events: int, queues: int = 40, start_ms: EpochMs = START_MS) -> Iterator[BenchRecord]:
    """That of `make bench`, over so many queues."""
    for topic, key, value in bench_records(events, start_ms, events_per_second=EVENTS_PER_S):
        head, found, tail = value.partition(b'"queue":"queue-')
        yield topic, key, b'%s"queue":"queue-%d%s' % (head, crc32(key) % queues, tail[2:]) if found else value


def events(times: int, scale: float) -> Point:
    crowd, count = Crowd(4), int(3_000 * scale) * times
    unit_us = crowd.work(count)
    return Point(what="events", times=times, amount=count, unit_us=unit_us, more={"rows_per_event": crowd.written / crowd.events})


def queues(times: int, scale: float) -> Point:
    return _spread("queues", times, 20 * times, Crowd(4), 20 * times, scale)


def partitions(times: int, scale: float) -> Point:
    return _spread("partitions", times, 4 * times, Crowd(4 * times), 40, scale)


def _spread(what: str, times: int, amount: int, crowd: Crowd, queues: int, scale: float) -> Point:
    """The same events, among more."""
    unit_us = crowd.work(int(30_000 * scale), queues)
    board = BoardState(BoardSettings())
    began = time.process_time()
    for partition, (_, panes) in enumerate(crowd.rows):
        board.apply(partition, list(panes.items()))
    start_s = time.process_time() - began
    began = time.process_time()
    _rows(board)
    more = {
        "rows_per_event": crowd.written / crowd.events,
        "board_rows": float(sum(len(panes) for _, panes in crowd.rows)),
        "board_start_s": start_s,
        "board_answer_s": time.process_time() - began,
    }
    return Point(what=what, times=times, amount=amount, unit_us=unit_us, more=more)


def open_cases(times: int, scale: float) -> Point:
    """Tickets that are open, and what an event costs beside them; what they take, and how long it takes to read them back."""
    count = int(10_000 * scale) * times
    crowd = Crowd(4)
    gc.collect()
    gc.freeze()
    before = resident_bytes()
    crowd.feed(_tickets(range(count)), per_checkpoint=2_000)
    after = resident_bytes()
    opened_us = crowd.unit_us()
    crowd.cpu_s, crowd.events = 0.0, 0
    crowd.feed(_tickets(range(count, count + 1_000)), per_checkpoint=1)
    alone_us = crowd.unit_us()
    later_ms = EpochMs(START_MS + count + DAY_MS + 10 * MINUTE_MS)
    began = time.process_time()
    crowd.checkpoint(later_ms)  # what becomes due of them within a day
    due_s = time.process_time() - began
    unit_us = crowd.work(int(20_000 * scale), start_ms=later_ms)
    restored = [
        Restored(dict(state), dict(panes), dict(shard.positions)) for shard, (state, panes) in zip(crowd.shards, crowd.rows, strict=True)
    ]
    crowd.shards = []
    gc.collect()
    gc.freeze()
    began = time.process_time()
    again = [Shard(partition, crowd.settings, one) for partition, one in enumerate(restored)]
    more = {
        "bytes_per_case_and_its_row_in_the_log": (after - before) / count,
        "opening_us": opened_us,
        "opening_alone_us": alone_us,
        "due_together_us": due_s / count * 1e6,
        "restore_s": time.process_time() - began,
        "shards": float(len(again)),
    }
    return Point(what="open cases", times=times, amount=count, unit_us=unit_us, more=more)


def _tickets(numbers: Iterable[int]) -> Iterator[BenchRecord]:
    for number in numbers:
        key, at_ms = b"o%08d" % number, START_MS + number
        yield (
            "tickets",
            key,
            b'{"type":"ticket.created","id":"%s-1","time":%d,"ticket_id":"%s","channel":"email","queue":"queue-%d","priority":"normal",'
            b'"by":"customer"}' % (key, at_ms, key, number % 40),
        )


def board_cells(times: int, scale: float) -> Point:
    """A board whose cells have all been busy in this minute: its start, its memory, what a change and an answer cost."""
    count = int(1_000 * scale) * times
    found = [Cell(f"queue-{number // 20}", CHANNELS[number % 5], PRIORITIES[number // 5 % 4]) for number in range(count)]
    gc.collect()
    gc.freeze()
    before = resident_bytes()
    board = BoardState(BoardSettings())
    rows = [row for cell in found for row in _rows_of(cell)]
    began = time.process_time()
    board.apply(0, rows)
    start_s = time.process_time() - began
    took = len(rows)
    rows.clear()
    gc.collect()
    more = {"start_s": start_s, "rows": float(took), "bytes_per_cell": (resident_bytes() - before) / count}
    began = time.process_time()
    _rows(board)
    more["first_answer_s"] = time.process_time() - began
    change = [row for cell in found[:1_000] for row in _rows_of(cell)]
    began = time.process_time()
    board.apply(0, change)
    more["1000_cells_change_s"] = time.process_time() - began
    began = time.process_time()
    _rows(board)
    more["next_answer_s"] = time.process_time() - began
    return Point(what="cells of a board", times=times, amount=count, unit_us=start_s / took * 1e6, more=more)


_SUMS: Final = {f.CALLS_OFFERED: 12, f.ANSWER_WAIT: 11, f.ANSWER_WAIT + 1: 182_000, f.SERVICE_IN: 9, f.SERVICE_OUT: 3, f.TALK_MS: 2_100_000}


def _rows_of(cell: Cell) -> Iterator[tuple[bytes, bytes]]:
    """As a shard writes them of a cell: its panes, its totals, what is settled."""
    encode = msgspec.msgpack.Encoder().encode
    for resolution, step_ms in ((MINUTE, MINUTE_MS), (QUARTER, 15 * MINUTE_MS), (DAY, DAY_MS)):
        number = START_MS // step_ms
        yield pane_key(cell, resolution, number % RING[resolution]), encode((number * step_ms, _SUMS, {f.ANSWER_WAIT: [3_000, 40_000]}))
    for kind in (TOTAL, SETTLED):
        yield cell_key(kind, cell), encode(_SUMS)


def _rows(board: BoardState) -> None:
    live = Liveness(partitions=1, live=1, data_age_ms=0, restored=True, leads=True)
    list(board.snapshot(EpochMs(START_MS + 30_000), live).rows(windows=["now", "15m", "today"], cuts=[(), ("queue",)]))


KINDS: Final[Mapping[str, Callable[[int, float], Point]]] = {
    "events": events,
    "queues": queues,
    "open cases": open_cases,
    "partitions": partitions,
    "cells of a board": board_cells,
}


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench.growth", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--scale", type=float, default=1.0, help="of all amounts: 0.1 is a try")
    parser.add_argument("--only", nargs="+", choices=list(KINDS))
    parser.add_argument("--json", type=Path)
    parser.add_argument("--one", nargs=2, metavar=("WHAT", "TIMES"), help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.one:
        gc.set_threshold(200_000, 20, 100)  # as a worker has it
        sys.stdout.buffer.write(msgspec.json.encode(KINDS[args.one[0]](int(args.one[1]), args.scale)))
        return
    points = []
    for what in args.only or KINDS:
        for times in TIMES:
            argv = [sys.executable, "-m", "tests.bench.growth", "--scale", str(args.scale), "--one", what, str(times)]
            point = msgspec.json.decode(subprocess.run(argv, check=True, stdout=subprocess.PIPE).stdout, type=Point)
            more = " ".join(f"{name}={value:,.2f}" for name, value in point.more.items())
            print(f"{point.what} {point.amount:,}: {point.unit_us:.1f} us {more}", flush=True)
            points.append(point)
    if args.json:
        args.json.write_text(json.dumps(msgspec.to_builtins(points), indent=1) + "\n")


if __name__ == "__main__":
    main()
