"""What happens to workers, boards, the broker and the network between them, each step followed by what the boards have to say of it."""

from __future__ import annotations

import random
import signal
import time
from collections.abc import Callable, Sequence
from itertools import cycle
from typing import Final

from streams.runtime.beats import SILENT_S
from streams.runtime.faust_app import SESSION_S
from streams.runtime.transport.kafka_log import TRANSACTION_TIMEOUT_MS
from tests.chaos.proxy import Proxy
from tests.desk import Instance, wait_for
from tests.kafka.server import KafkaServer
from tests.set_clock import SetClock
from tests.watcher import Watcher

PARTITIONS: Final = 4
KILLS: Final = [signal.SIGKILL] * 4 + [signal.SIGTERM] * 2
HEALED_S: Final = 90.0
FRESH_S: Final = 4.0
"""Data is young where it is at most so old: a checkpoint each second, a heartbeat each second, and what a busy machine needs."""
TIMED_OUT_S: Final = TRANSACTION_TIMEOUT_MS / 1000 + 3
"""After so long the broker has ended a transaction of which it hears nothing."""


class Ordeal:
    """What happens to the workers, each step followed by what the boards have to say of it."""

    def __init__(self, workers: Sequence[Instance], watcher: Watcher, chance: random.Random) -> None:
        self.workers = list(workers)
        self.watcher = watcher
        self.chance = chance
        self.began_s = time.time()

    def tell(self, text: str) -> None:
        print(f"{time.time() - self.began_s:6.1f} s  {text}", flush=True)

    def healed(self, limit_s: float = HEALED_S) -> None:
        took_s = self.watcher.wait("complete and fresh", lambda shown: shown.completeness == 1 and age(shown.age_s) < FRESH_S, limit_s)
        self.tell(f"complete and fresh after {took_s:.1f} s")

    def come_to_rest(self, is_sent: Callable[[], bool], limit_s: float) -> None:
        """Until everything is sent, which takes so long at most, and in the figures of all boards."""
        wait_for("everything is sent", is_sent, limit_s)
        sent_s = time.time()
        self.tell("everything is sent")
        self.watcher.wait(
            "everything sent is in the figures",
            lambda shown: shown.completeness == 1 and age(shown.age_s) < shown.at_s - 1 - sent_s,
            HEALED_S,
        )
        time.sleep(3)  # every shard's clock goes on to the highest event time that another one has read

    def missed(self, worker: Instance) -> None:
        """The boards say that its partitions are kept up to date by nobody, unless another is so quick that it is no longer so."""
        began_s = time.time()
        others = [other for other in self.workers if other is not worker]
        seen = [False] * len(self.watcher.shown)

        def is_said() -> bool:
            seen[:] = [any(shown.completeness < 1 for shown in self.watcher.since(began_s, name)) for name in self.watcher.shown]
            return all(seen) or sum(map(_partitions, others)) == PARTITIONS

        wait_for(f"the boards miss {worker.name}", is_said, SILENT_S + 5)
        self.tell(f"missed after {time.time() - began_s:.1f} s" if all(seen) else "taken over before it was missed")

    def all_work(self) -> None:
        """Each worker has partitions, so that it is missed when it goes."""
        try:
            wait_for("all workers have partitions", lambda: all(w.is_ready() and _partitions(w) for w in self.workers), HEALED_S)
        except TimeoutError as error:
            logs = "".join(f"\n{worker.name}:\n{worker.log()[-3000:]}" for worker in self.workers)
            raise TimeoutError(f"{error}{logs}") from None

    def kill_at_random(self) -> None:
        kills = list(KILLS)
        self.chance.shuffle(kills)
        for number, worker in zip(kills, cycle(self.workers), strict=False):
            time.sleep(self.chance.uniform(1, 5))
            if number == signal.SIGKILL:
                worker.program.kill()
            else:
                code = worker.end()
                if code == -signal.SIGTERM and not worker.program.output():
                    code = 0  # the interpreter itself was just starting
                assert code == 0, f"{worker.name} ended with {code}:\n{worker.log()[-2000:]}"
            self.tell(f"{worker.name}: {number.name}")
            time.sleep(self.chance.uniform(0, 3))
            worker.launch()

    def freeze_one(self) -> None:
        """For longer than the group waits for it: another takes over, and it wakes up as one who has lost everything."""
        self.all_work()
        worker = self.chance.choice(self.workers)
        worker.program.pause()
        self.tell(f"{worker.name}: stopped")
        frozen_s = time.time()
        self.missed(worker)
        time.sleep(max(0.0, frozen_s + SESSION_S + 3 - time.time()))
        self.healed()  # while it still sleeps
        worker.program.resume()
        self.tell(f"{worker.name}: goes on after {time.time() - frozen_s:.1f} s")
        time.sleep(3)
        self.healed()

    def set_clock(self, clock: SetClock) -> None:
        """Of one worker. No Kafka takes what is written at a time more than an hour ahead of its own."""
        for ahead_s in (3_000, -240, 0):
            clock.set(ahead_s)
            self.tell(f"a worker's clock is set: {ahead_s} s ahead")
            time.sleep(4)
        self.healed()

    def kill_both(self) -> None:
        """Nobody reads: the boards show what they had, say that nobody keeps it up to date, and how old it is."""
        for worker in self.workers:
            worker.program.kill()
        gone_s = time.time()
        took_s = self.watcher.wait("nothing is kept up to date", lambda shown: shown.completeness == 0, SILENT_S + 3)
        self.tell(f"both killed; nothing live after {took_s:.1f} s")
        time.sleep(2)
        for name in self.watcher.shown:
            shown = self.watcher.latest(name)
            assert shown.age_s is not None
            assert shown.age_s > shown.at_s - gone_s - 0.5, f"{name} says {shown.age_s} s, nobody has read for {shown.at_s - gone_s:.1f} s"
        for worker in self.workers:
            worker.launch()
        self.healed()

    def restart_broker(self, server: KafkaServer) -> None:
        server.stop()
        gone_s = time.time()
        self.tell("the broker is stopped")
        time.sleep(4)
        for name in self.watcher.shown:
            shown = self.watcher.latest(name)
            assert shown.age_s is not None
            assert shown.age_s > shown.at_s - gone_s - 0.5, f"{name} says {shown.age_s} s without a broker for {shown.at_s - gone_s:.1f} s"
        server.start()
        self.tell("the broker is back")
        self.healed()

    def scale(self, more: Sequence[Instance]) -> None:
        """2 -> 4 -> 1 -> 2: two come, one goes, two are killed, one of those comes back."""
        first, second = self.workers
        for worker in more:
            worker.launch()
        self.workers = [first, second, *more]
        self.all_work()
        self.healed()
        assert more[0].end() == 0, more[0].log()[-2000:]
        for worker in (second, more[1]):
            worker.program.kill()
        self.workers = [first]
        self.tell(f"{first.name} alone is left")
        wait_for(f"{first.name} has all", lambda: _partitions(first) == PARTITIONS, HEALED_S)
        self.healed()
        second.launch()
        self.workers = [first, second]
        self.all_work()
        self.healed()

    def cut_off(self, proxies: Sequence[Proxy]) -> None:
        """The connections of some processes to the broker end again and again, and for a while."""
        for proxy in proxies:
            for _ in range(3):
                proxy.cut()
                time.sleep(self.chance.uniform(0.1, 1))
                proxy.mend()
                time.sleep(self.chance.uniform(0.5, 2))
        proxy = self.chance.choice(proxies)
        proxy.cut()
        self.tell("cut off")
        time.sleep(SESSION_S + 2)
        proxy.mend()
        self.healed()

    def slow_down(self, proxies: Sequence[Proxy]) -> None:
        """All that goes between some processes and the broker takes a while, each way."""
        for proxy in proxies:
            proxy.delay(self.chance.uniform(0.05, 0.3))
        self.tell("slow")
        time.sleep(10)
        for proxy in proxies:
            proxy.mend()
        self.healed()

    def half_open(self, proxies: Sequence[Proxy]) -> None:
        """Nothing comes from a process, and nothing reaches it, for longer than the group and its transactions wait."""
        proxy = self.chance.choice(proxies)
        proxy.half_open()
        self.tell("half open")
        time.sleep(TIMED_OUT_S)
        proxy.mend()
        self.healed()

    def freeze_broker(self, server: KafkaServer) -> None:
        """It answers nothing for longer than a checkpoint and a transaction may take."""
        server.pause()
        self.tell("the broker is stopped in its tracks")
        time.sleep(TIMED_OUT_S)
        server.resume()
        self.healed()

    def freeze_leading_board(self, boards: Sequence[Instance]) -> None:
        """Another exports. When the first one wakes up it exports nothing, not even to who had asked it before."""
        leading = next(board for board in boards if board.name == self.watcher.exports.leader)
        leading.program.pause()
        self.another_exports(leading, "stopped")
        leading.program.resume()
        time.sleep(2)
        assert self.watcher.exports.leader != leading.name
        self.healed()

    def kill_leading_board(self, boards: Sequence[Instance]) -> None:
        """Another exports, and goes on from where this one was; it comes back and shows nothing before it has read everything."""
        leading = next(board for board in boards if board.name == self.watcher.exports.leader)
        leading.program.kill()
        self.another_exports(leading, "killed")
        leading.start()
        self.healed()

    def another_exports(self, leading: Instance, what: str) -> None:
        began_s = time.time()
        wait_for("another board exports", lambda: self.watcher.exports.leader != leading.name, 20)
        self.tell(f"{leading.name}: {what}, {self.watcher.exports.leader} exports {self.watcher.exports.since_s - began_s:.1f} s later")


def _partitions(worker: Instance) -> int:
    return worker.page().count("\ndeskpulse_worker_partition_owner{")


def age(age_s: float | None) -> float:
    return float("inf") if age_s is None else age_s
