"""The long round of chaos on a Kafka of its own, on this machine: `make chaos`; SEED=word repeats one, ARGS="--rounds 3" is a longer one.

All kinds of trouble, each in turn by chance, while a transactional producer sends the invented centre on all topics; then all is at rest,
and every row, breach, contact and dead letter is held against the events alone. At last records vanish unread, and a topic grows.
"""

from __future__ import annotations

import argparse
import logging
import random
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from kafka import KafkaProducer

from schemas.instants import instant_ms
from tests.chaos.endings import grow_a_topic, lose_unread_records
from tests.chaos.feed import TransactionalFeed
from tests.chaos.ordeal import PARTITIONS, Ordeal
from tests.chaos.proxy import Proxy
from tests.chaos.rest import apart, check_dead_letters, expected, in_log, wrong_rows
from tests.chaos.traffic import SHARE, Traffic
from tests.desk import Desk, Instance, seed
from tests.kafka.server import KafkaServer
from tests.set_clock import SetClock
from tests.tools import COMPILER, free_port
from tests.traffic import Sent
from tests.watcher import Watcher

SETTINGS: Final = f"""
zone = "Europe/Riga"
clock = "event"                 # the centre is one of the past: now is the highest event time, as in a report
[limits]
partitions = {PARTITIONS}
[queue.orders]
threshold_seconds = 30
[[sla]]
channel = "email"
first_response = "30m"
resolution = "8h"
[[sla]]
queue = "orders"
queue_wait = "60s"
[[sla]]
next_response = "1h"
pause = ["pending"]
"""
ACT_S: Final = 25
"""About so long takes an act, and what is sent lasts for all of them."""
MEMORY_BYTES_MAX: Final = 1 << 30


def main() -> int:
    parser = argparse.ArgumentParser(prog="make chaos", description=__doc__)
    parser.add_argument("--only", metavar="WORD", default="", help="acts with that word in their name alone")
    parser.add_argument("--rounds", type=int, default=1, help="how often each act comes (default: 1)")
    parser.add_argument("--share", type=float, default=SHARE, help=f"of the arrivals of the invented centre (default: {SHARE})")
    args = parser.parse_args()
    for client in ("kafka", "aiokafka"):  # the feed outlives the broker, and its client tells of each try
        logging.getLogger(client).setLevel(logging.CRITICAL)
    chance = random.Random(seed())
    with tempfile.TemporaryDirectory(prefix="chaos-") as place, ExitStack() as stack:
        whole = Round(Path(place), chance, stack, args.share)
        try:
            whole.play(args.rounds, args.only)
        except BaseException:
            feed = whole.feed
            print(f"sent: {feed.possibly(time.time())}, once more {feed.resent}, aborted {feed.aborted}, {feed.failure!r}")
            for name, shown in whole.ordeal.watcher.shown.items():
                print(f"{name} shows {shown[-1]}")
            for instance in whole.desk.instances:
                print(f"--- {instance.name}\n{instance.log()[-1500:]}")
            raise
    print("nothing lost, nothing doubled")
    return 0


class Round:
    """Everything that takes part in it."""

    def __init__(self, place: Path, chance: random.Random, stack: ExitStack, share: float) -> None:
        self.chance = chance
        self.place = place
        self.traffic = Traffic(chance.randrange(1 << 32), share=share)
        doors = {free_port(): free_port() for _ in range(3)}
        self.server = stack.enter_context(KafkaServer(place / "kafka", doors=doors))
        self.proxies = [stack.enter_context(Proxy(behind, told)) for behind, told in doors.items()]
        self.desk = stack.enter_context(Desk(place / "desk", f"kafka://{self.server.bootstrap}", SETTINGS))
        self.desk.call("topics", "create")
        first, second, third = [{"DESKPULSE_LOG": f"kafka://127.0.0.1:{proxy.port}"} for proxy in self.proxies]
        self.clock = SetClock(place) if COMPILER.find() else None
        if self.clock is not None:
            second |= self.clock.env
        self.workers = [self.desk.instance("worker", "worker-1", first), self.desk.instance("worker", "worker-2", second)]
        self.boards = [self.desk.instance("board", "board-1", third), self.desk.instance("board", "board-2")]
        self.more = [self.desk.instance("worker", name) for name in ("worker-3", "worker-4")]

    def play(self, rounds: int, only: str) -> None:
        for instance in (*self.boards, *self.workers):
            instance.launch()
        acts = [act for act in self.acts() if only in act[0]] * rounds
        self.chance.shuffle(acts)
        if not any("flood" in name for name, _ in acts):
            self.traffic.leave_out_flood()
        rate = len(self.traffic.records) / (len(acts) * ACT_S)
        with (
            TransactionalFeed(self.server.bootstrap, self.traffic.records, self.traffic.decoys, rate) as feed,
            Watcher(self.boards, feed) as watcher,
        ):
            self.feed = feed
            self.ordeal = ordeal = Ordeal(self.workers, watcher, self.chance)
            for name, act in acts:
                ordeal.all_work()  # who starts without a broker ends, and here is nobody who would start it again
                ordeal.healed()
                ordeal.tell(f"--- {name}")
                act(ordeal)
            ordeal.come_to_rest(lambda: feed.done, 600)
        ordeal.tell(f"{len(self.traffic.records)} records sent, {feed.resent} of them once more, {feed.aborted} in aborted transactions")
        ordeal.tell(f"pages seen: {watcher.pages}, answers of rows: { {name: len(shown) for name, shown in watcher.shown.items()} }")
        assert watcher.complaints == []
        self.check()
        lose_unread_records(ordeal, self.server, self.boards, self.workers)
        grow_a_topic(ordeal, self.server, self.boards, self.workers)
        for instance in (*self.workers, *self.boards, *self.more):
            assert "Traceback" not in instance.log(), instance.log()[-4000:]

    def acts(self) -> list[tuple[str, Callable[[Ordeal], None]]]:
        return [
            ("processes killed", Ordeal.kill_at_random),
            ("2 -> 4 -> 1 -> 2 workers", lambda ordeal: ordeal.scale(self.more)),
            ("a worker stopped for longer than its session", Ordeal.freeze_one),
            ("the leading board stopped", lambda ordeal: ordeal.freeze_leading_board(self.boards)),
            ("the leading board killed", lambda ordeal: ordeal.kill_leading_board(self.boards)),
            ("all workers killed", Ordeal.kill_both),
            ("the broker restarted", lambda ordeal: ordeal.restart_broker(self.server)),
            ("the broker stopped for longer than a transaction may take", lambda ordeal: ordeal.freeze_broker(self.server)),
            ("connections cut", lambda ordeal: ordeal.cut_off(self.proxies)),
            ("connections slow", lambda ordeal: ordeal.slow_down(self.proxies)),
            ("connections half open for longer than a transaction may take", lambda ordeal: ordeal.half_open(self.proxies)),
            ("a flood of events of 64 KiB", self.flood),
            ("the clock of a worker set ahead and back", self.set_clock),
        ]

    def set_clock(self, ordeal: Ordeal) -> None:
        if self.clock is None:
            ordeal.tell(f"NOT DONE: no clock is set without a C compiler (apt-get install {COMPILER.package})")
        else:
            ordeal.set_clock(self.clock)

    def flood(self, ordeal: Ordeal) -> None:
        """As fast as the broker takes them. Sent again in a later round they are repeats."""
        send(self.server.bootstrap, self.traffic.flood)
        ordeal.healed()
        peaks = {worker.name: peak_bytes(worker) for worker in ordeal.workers}
        ordeal.tell("memory, at most: " + ", ".join(f"{name} {peak >> 20} MB" for name, peak in peaks.items()))
        assert max(peaks.values()) < MEMORY_BYTES_MAX

    def check(self) -> None:
        ordeal, desk, board = self.ordeal, self.desk, self.boards[0]
        count, wrong = wrong_rows(desk, board.document, self.traffic.write(self.place / "events.jsonl"))
        assert not wrong, f"{len(wrong)} of {count} rows are wrong:\n" + "\n".join(wrong[:20])
        as_of: str = board.document(window="now", cut="site")["as_of"]
        told = in_log(desk, self.server.bootstrap)
        wrong = apart(told, expected(desk, self.traffic.events, instant_ms(as_of)))
        assert not wrong, f"{len(wrong)} breaches and contacts are wrong:\n" + "\n".join(wrong[:20])
        check_dead_letters(self.server.bootstrap, self.traffic.rejected)
        ordeal.tell(
            f"exact: {count} rows, {len(told.breaches)} breaches, {len(told.contacts)} contacts, {len(self.traffic.rejected)} dead letters"
        )
        for instance in (*self.workers, *self.boards):
            assert instance.program.running, f"{instance.name} ended by itself:\n{instance.log()[-2000:]}"


def send(bootstrap: str, some: Sequence[Sent]) -> None:
    producer = KafkaProducer(bootstrap_servers=bootstrap, acks="all", linger_ms=5, batch_size=900_000, delivery_timeout_ms=300_000)
    try:
        for future in [producer.send(topic, key=key, value=value) for topic, key, value, _ in some]:
            future.get(timeout=300)
    finally:
        producer.close()


def peak_bytes(instance: Instance) -> int:
    """Of its memory, since it was started."""
    status = Path(f"/proc/{instance.program.pid}/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) * 1024


if __name__ == "__main__":
    sys.exit(main())
