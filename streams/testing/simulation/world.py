"""Everything that is there in one run, and what goes on in it without any fault: one move of somebody at a time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from random import Random
from typing import Final

import msgspec

from schemas.events import TYPES
from schemas.values import DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS, EpochMs, Partition
from streams.core.board import BoardSettings
from streams.core.clocks.days import Days
from streams.core.settings import KEEP_MS, ShardSettings
from streams.testing.promises import PROMISES
from streams.testing.simulation.any_event import START_MS
from streams.testing.simulation.board import SimulatedBoard
from streams.testing.simulation.checks import Checks
from streams.testing.simulation.forgetting import Forgetting
from streams.testing.simulation.log import SimulatedLog
from streams.testing.simulation.plan import POLICIES, Plan
from streams.testing.simulation.traffic import Sent
from streams.testing.simulation.worker import Held, Worker

TOPICS: Final = {topic: topic for topic in TYPES}

LABEL_VALUES: Final = 10_000
"""More than there are: a queue that goes to `other` as more come is gone from the counters."""


class World:
    """
    now_ms    true time; the clocks of the workers may say something else
    event_ms  the highest event time that any shard has read, where time is that of events
    pace      topic -> how likely it is that a fetch asks for it
    mail      name of a worker -> its shards of the newest generation of the group, of which it has not heard yet
    happened  counted: faults, and what they led to
    forgetting  under way, and `forgotten` those who are; `half_forgotten`: somebody began to, and was killed
    """

    def __init__(self, rng: Random, plan: Plan, sent: Sequence[Sent]) -> None:
        self.rng = rng
        self.plan = plan
        self.settings = ShardSettings(
            topics=TOPICS,
            partitions=plan.partitions,
            zone=plan.tzinfo,
            reset_minutes=plan.reset_minutes,
            keep_ms=dict.fromkeys(KEEP_MS, plan.keep_calls_ms) | {"tickets": 90 * DAY_MS},
            lateness_ms=plan.lateness_ms,
            bounded=not plan.event_clock,
        )
        self.days = Days(plan.tzinfo, plan.reset_minutes)
        self.board_settings = BoardSettings(
            zone=plan.tzinfo, reset_minutes=plan.reset_minutes, event_clock=plan.event_clock, label_values=LABEL_VALUES
        )
        self.log = SimulatedLog(tuple(TOPICS), self.settings.contacts, plan.partitions)
        self.checks = Checks(self.log, self.settings)
        self.boards = [SimulatedBoard(self.board_settings, self.log, same_edges=not plan.reconfigured) for _ in range(plan.boards)]
        self.workers: list[Worker] = []
        self.now_ms = EpochMs(START_MS)
        self.event_ms: EpochMs | None = None
        self.pace = dict.fromkeys(self.log.topics, 1.0)
        self.happened: Counter[str] = Counter()
        self.mail: dict[str, list[Partition]] = {}
        self.unsent = list(reversed(sent))
        self.forgetting: Forgetting | None = None
        self.forgotten: set[str] = set()
        self.half_forgotten: set[str] = set()
        self._lives = 0
        for _ in range(plan.workers):
            self._start_worker()
        self.assign(keep=False)

    # --- who is there ---------------------------------------------------------------------------------------------------

    def held(self) -> list[Held]:
        """All open shards; one that two workers believe to be theirs, twice."""
        return [held for worker in self.workers for _, held in sorted(worker.held.items())]

    def someone(self) -> Worker | None:
        return self.rng.choice(self.workers) if self.workers else None

    def writing(self) -> tuple[Worker, Partition] | None:
        """One of those who are in the midst of a checkpoint."""
        writing = [(worker, partition) for worker in self.workers for partition in worker.writing()]
        return self.rng.choice(writing) if writing else None

    def _some(self) -> list[Worker]:
        """Who gets a turn."""
        return [worker for worker in self.workers if self.rng.random() < 0.7]

    def _start_worker(self) -> None:
        self._lives += 1
        policy = self.rng.choice(POLICIES) if self.plan.reconfigured else PROMISES if self.plan.promising else POLICIES[0]
        self.workers.append(Worker(f"w{self._lives}", self.log, msgspec.structs.replace(self.settings, policy=policy), self.happened))

    def make_room(self) -> None:
        self.log.full = False

    def start_dead(self) -> bool:
        """Another worker comes in the place of one that died; whether one had."""
        if len(self.workers) == self.plan.workers:
            return False
        self._start_worker()
        self.assign(keep=self.rng.random() < 0.5)
        return True

    # --- the group ------------------------------------------------------------------------------------------------------

    def assign(self, *, keep: bool) -> None:
        """A new generation of the group; each member hears of it at a moment of its own. keep: what can stay where it is, stays."""
        members = [worker for worker in self.workers if worker.hears]
        shares: dict[str, list[Partition]] = {worker.name: [] for worker in members}
        for partition in range(self.plan.partitions if members else 0):
            owners = [worker for worker in members if keep and partition in worker.assigned]
            shares[self.rng.choice(owners or members).name].append(partition)
        self.mail.update(shares)

    def hear(self) -> None:
        for worker in self.workers:
            if not worker.hears and self.rng.random() < 0.1:
                worker.hears = True
                self.assign(keep=self.rng.random() < 0.5)
            elif worker.name in self.mail and self.rng.random() < 0.5:
                self.give_mail(worker, last_checkpoint=self.rng.random() < 0.7)

    def give_mail(self, worker: Worker, *, last_checkpoint: bool) -> None:
        worker.hear(self.mail.pop(worker.name), self.now_ms, last_checkpoint=last_checkpoint)

    def open(self) -> None:
        for worker in self.workers:
            for partition in worker.to_open(self.now_ms):
                if self.rng.random() < 0.7:
                    self.open_at(worker, partition)

    def open_at(self, worker: Worker, partition: Partition) -> None:
        shard = worker.open(partition, self.now_ms)
        if shard is None:
            return
        self.checks.step()
        self.checks.opened(partition, worker.held[partition].epoch, worker.name, worker.settings.policy_of_site(), shard.now_ms)

    # --- records, time, checkpoints -------------------------------------------------------------------------------------

    def produce(self, records_max: int) -> None:
        if self.log.full:
            return  # they are told so, and send again
        for _ in range(min(self.rng.randint(1, records_max), len(self.unsent))):
            sent = self.unsent.pop()
            self.now_ms = EpochMs(max(self.now_ms, sent.at_ms))
            self.log.append(sent.topic, sent.key, sent.value, self.now_ms)
            if self.rng.random() < self.plan.markers:
                self.log.mark(sent.topic, self.log.partition_of(sent.key))

    def pass_time(self) -> None:
        """Mostly a little. Sometimes to where something is due, or a moment before or after."""
        dues_ms = [due_ms for due_ms in self._dues_ms() if self.now_ms < due_ms < self.now_ms + self.plan.span_ms // 10 + MINUTE_MS]
        if dues_ms and self.rng.random() < 0.5:
            self.now_ms = EpochMs(max(self.now_ms, self.rng.choice(dues_ms) + self.rng.randrange(-200, 1_200)))
            self.fetch()
            self.tick()
            return
        longest_ms = self.rng.choice((SECOND_MS, SECOND_MS, 20 * SECOND_MS, 5 * MINUTE_MS, min(self.plan.span_ms // 20, HOUR_MS)))
        self.now_ms = EpochMs(self.now_ms + self.rng.randint(0, longest_ms))

    def _dues_ms(self) -> list[int]:
        return [due_ms for held in self.held() if (due_ms := held.shard.next_due_ms()) is not None]

    def next_due_ms(self) -> int | None:
        """When time alone changes some shard next."""
        return min(self._dues_ms(), default=None)

    def fetch(self) -> None:
        for worker in self._some():
            for partition in sorted(worker.held):
                for topic in self.log.topics:
                    if self.rng.random() < self.pace[topic]:
                        worker.fetch(topic, partition, self.plan.batch_max, self.now_ms)

    def deliver(self) -> None:
        for worker in self._some():
            for _ in range(self.rng.randint(1, 3)):
                if worker.on_their_way:
                    worker.deliver(0, self.now_ms)

    def tick(self) -> None:
        for worker in self._some():
            for partition in sorted(worker.held):
                self.tick_at(worker, partition)

    def tick_at(self, worker: Worker, partition: Partition) -> None:
        held = worker.held[partition]
        before_ms = held.shard.now_ms
        if self.plan.event_clock:
            self.event_ms = EpochMs(max(self.event_ms or 0, held.shard.watermark_ms))
            if not self.event_ms:
                return  # nobody has read an event yet
        worker.tick(partition, self.now_ms, self.event_ms)
        assert held.shard.now_ms >= before_ms, f"the clock of partition {partition} fell from {before_ms} to {held.shard.now_ms}"
        if self.plan.clocks_are_right:
            self._check_unread(held)

    def _check_unread(self, held: Held) -> None:
        """No instant passes, and nobody is told that it has, while what was in the log then lies unread."""
        shard = held.shard
        unread = [self.log.unread(topic, shard.partition, position)[:1] for topic, position in shard.positions.items()]
        unread_ms = min((record.timestamp for some in unread for record in some), default=None)
        if unread_ms is not None:
            said_ms = held.open.caught_up_until_ms or 0
            assert said_ms <= unread_ms, f"partition {shard.partition} is said to be caught up until {said_ms}, {unread} is unread"
            if not self.plan.event_clock and not self.plan.disorder.early:
                assert shard.now_ms <= unread_ms, f"the clock of partition {shard.partition} is at {shard.now_ms}, {unread} is unread"

    def forget(self, customer: str) -> None:
        """Somebody begins to have a customer forgotten. Who has left by then comes under another id, as one who was never here."""
        self.half_forgotten.add(customer)
        self.forgotten.discard(customer)  # who is to be forgotten once more is known to the shards until that is done
        for place, sent in enumerate(self.unsent):
            self.unsent[place] = sent.renamed(customer, f"{customer[::-1]}-again")
        self.forgetting = Forgetting(self.log, self.rng, customer)

    def forget_on(self) -> None:
        if self.forgetting is not None and not self.log.full and self.forgetting.go_on(self.now_ms):
            customer = self.forgetting.customer
            self.forgetting = None
            self.half_forgotten.discard(customer)
            self.forgotten.add(customer)
            self.happened["forgotten"] += 1
            self.check_forgotten()

    def check_forgotten(self) -> None:
        for customer in sorted(self.forgotten):
            named = self.log.names(customer.encode())
            assert not named, f"{customer} was forgotten, and stands in {named}"

    def begin_checkpoint(self) -> None:
        for worker in self._some():
            for partition in sorted(worker.held):
                if self.rng.random() < 0.7:
                    worker.begin_checkpoint(partition, self.now_ms)

    def end_checkpoint(self) -> None:
        for worker in self._some():
            for partition in worker.writing():
                if self.rng.random() < 0.7:
                    worker.end_checkpoint(partition, self.now_ms)

    def read_board(self) -> None:
        board = self.rng.choice(self.boards)
        for partition in board.behind():
            board.read(partition, self.rng.choice((3, 20, 1_000)), self.now_ms)
