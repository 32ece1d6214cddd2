"""One run: a world moved step by step as the seed draws, with faults; then healed, and held against the oracle."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from random import Random
from types import MappingProxyType
from typing import Final

import msgspec

from schemas.fields import DURATIONS, NO_COUNTS
from schemas.values import HOUR_MS, MINUTE_MS, SECOND_MS, EpochMs, Partition
from streams.core.cuts import TICKET_CUTS
from streams.core.kpis.kpi import WINDOWS
from streams.core.log import Record
from streams.core.panes.addition import add_sums
from streams.core.panes.histogram import SHIFT
from streams.core.panes.pane import Sums
from streams.testing.simulation.faults import FAULTS
from streams.testing.simulation.oracle import Expected, figures, folded, rows_by_name, wrong_figures, wrong_rows
from streams.testing.simulation.plan import Plan, draw
from streams.testing.simulation.traffic import Said, described_first, send, told
from streams.testing.simulation.world import World

STEP_MS: Final = 250
PRODUCE: Final = 1.5
Move = Callable[[], object]
Source = Callable[[Random, int, int], list[Said]]
"""(random, number of cases, ms within which they begin) -> their events."""


class Simulation:
    """
    trial = Simulation(4711)
    while trial.events_left():
        trial.step()
    trial.heal()
    trial.run_until_idle(steps_max=10_000)
    trial.check_figures()
    trial.check_counters()
    """

    def __init__(self, seed: int, sources: Sequence[Source] = (told,), fixed: Mapping[str, object] = MappingProxyType({})) -> None:
        """fixed  what of the plan is not left to the seed"""
        self.seed = seed
        self.rng = rng = Random(seed)
        self.plan: Plan = msgspec.structs.replace(draw(rng, len(sources), FAULTS), **fixed)
        plan = self.plan
        said = sources[plan.traffic](rng, plan.cases, plan.span_ms)
        sent = send(described_first(said) if plan.seals_early else said, plan.disorder, rng)
        self.world = world = World(rng, plan, sent)
        self.records = len(sent)
        self.steps = 0
        usual: dict[Move, float] = {
            world.pass_time: 0.5,
            world.fetch: 2.0,
            world.deliver: 2.0,
            world.tick: 1.0,
            world.begin_checkpoint: 2 * plan.checkpoints,
            world.end_checkpoint: 2 * plan.checkpoints,
            world.hear: 1.5,
            world.open: 1.5,
            world.read_board: 1.0,
            world.start_dead: 0.5,
            world.forget_on: 0.5,
            world.make_room: 0.2,
        }
        total = PRODUCE + sum(usual.values())
        # All is sent before the last quarter of the steps.
        produced = max(1, round(2 * len(sent) * total / PRODUCE / (0.75 * plan.steps_max)))
        faults: dict[Move, float] = {partial(FAULTS[kind], world): rate * total for kind, rate in plan.rates.items()}
        moves: dict[Move, float] = {partial(world.produce, produced): PRODUCE, **usual, **faults}
        self._moves, self._weights = list(moves), list(moves.values())

    def __str__(self) -> str:
        happened = ", ".join(f"{what} {count}" for what, count in sorted(self.world.happened.items()) if count)
        world = self.world
        counts = (
            f"{self.steps} steps, {len(world.log.commits)} checkpoints, {self.records} records, {len(world.checks.letters)} dead letters"
        )
        return f"seed {self.seed}: {self.plan}\n{counts}; {happened or 'no faults'}"

    # --- driving --------------------------------------------------------------------------------------------------------

    def events_left(self) -> bool:
        """Whether there is something to do with faults on."""
        return self.steps < self.plan.steps_max

    def step(self) -> None:
        """One move of somebody, and what must be true after it."""
        self.world.now_ms = EpochMs(self.world.now_ms + self.rng.randrange(STEP_MS))
        (move,) = self.rng.choices(self._moves, self._weights)
        move()
        self.steps += 1
        self.world.checks.step()
        if self.rng.random() < 0.003:
            self.check_checkpoint(self.rng.randrange(self.plan.partitions))

    def heal(self) -> None:
        """No more faults: everybody lives, listens, and knows what time it is."""
        for worker in self.world.workers:
            worker.hears, worker.skew_ms = True, 0
        while self.world.start_dead():
            pass
        self.world.log.full = False
        self.world.pace = dict.fromkeys(self.world.log.topics, 1.0)
        self.world.assign(keep=True)

    def run_until_idle(self, steps_max: int) -> None:
        """All is sent, read, written and shown; then the clocks go on past every clock there was, and that is written and shown, too."""
        self._settle(steps_max)
        world = self.world
        latest_ms = max(world.now_ms, *(max(held.shard.now_ms, held.shard.watermark_ms) for held in world.held()))
        world.now_ms = EpochMs(latest_ms + self.rng.choice((0, 1, SECOND_MS, 20 * SECOND_MS, HOUR_MS, 6 * HOUR_MS)))
        self._settle(steps_max)

    def _settle(self, steps_max: int) -> None:
        for _ in range(steps_max):
            if not self._go_on():
                return
        raise AssertionError(f"not idle after {steps_max} rounds: {self}")

    def _go_on(self) -> bool:
        """Everybody makes all moves once; whether there was anything to do."""
        world = self.world
        busy = bool(world.unsent)
        if busy:
            world.produce(100)
        if world.forgetting is None and world.half_forgotten:
            world.forget(min(world.half_forgotten))
        busy |= world.forgetting is not None
        world.forget_on()
        for worker in world.workers:
            if worker.name in world.mail:
                busy = True
                world.give_mail(worker, last_checkpoint=True)
            for partition in sorted(worker.assigned - worker.held.keys()):
                busy = True
                if partition in worker.to_open(world.now_ms):
                    world.open_at(worker, partition)
            for partition in sorted(worker.held):
                for topic in world.log.topics:
                    busy |= worker.fetch(topic, partition, 1_000, world.now_ms)
            while worker.on_their_way:
                worker.deliver(0, world.now_ms)
            for partition in sorted(worker.held):
                positions = worker.held[partition].shard.positions
                busy |= any(positions[topic] < world.log.ends[topic, partition] for topic in world.log.topics)
                world.tick_at(worker, partition)
                worker.begin_checkpoint(partition, world.now_ms)
                # One that fails is opened anew.
                busy |= worker.end_checkpoint(partition, world.now_ms) or partition not in worker.held
        for board in world.boards:
            for partition in board.behind():
                busy = True
                board.read(partition, 1_000, world.now_ms)
        world.now_ms = EpochMs(world.now_ms + SECOND_MS * busy)
        self.steps += 1
        world.checks.step()
        return busy

    # --- checks ---------------------------------------------------------------------------------------------------------

    def check_figures(self) -> None:
        """The log holds, and every board shows, what the oracle says of all records that were not rejected, and these were with reason."""
        world = self.world
        world.checks.letters_are_right()
        world.check_forgotten()
        for topic, partition in world.log.records:
            position, end = world.checks.committed_positions(partition)[topic], world.log.ends[topic, partition]
            assert position == end, f"{topic}-{partition} was read up to {position} of {end}"
        now_ms = world.boards[0].snapshot(world.now_ms).now_ms
        partitions = range(self.plan.partitions)
        expected = self._expected(partitions, now_ms)
        if self.plan.event_clock:
            # Not the very highest event time that was ever read: a clock set back may have made a dead letter of that event.
            last_ms = max(expected.snapshot.sources.values(), default=now_ms)
            assert last_ms <= now_ms <= (world.event_ms or world.now_ms), f"events went up to {last_ms}, shown is {now_ms}"
        rows = [row for partition in partitions for row in world.log.panes(partition)]
        _none_of(wrong_figures(figures(rows, now_ms, self.world.days), expected.figures))
        self._check_breaches(partitions, expected)
        windows = ("now", "30d", self.rng.choice(WINDOWS))
        cuts = ((), self.rng.choice(TICKET_CUTS[1:]))
        expected_rows = rows_by_name(expected.snapshot, windows, cuts)
        for board in world.boards:
            shown = board.snapshot(world.now_ms)
            _none_of(wrong_rows(rows_by_name(shown, windows, cuts), expected_rows))
            assert shown.sources == expected.snapshot.sources, f"{shown.sources}, expected {expected.snapshot.sources}"

    def check_checkpoint(self, partition: Partition) -> None:
        """The last checkpoint of a partition is what its records are, up to the positions in it, at the clock in it."""
        now_ms = self.world.checks.committed_ms(partition)
        expected = self._expected([partition], now_ms, self.world.checks.contacts(partition))
        _none_of(wrong_figures(figures(self.world.log.panes(partition), now_ms, self.world.days), expected.figures))
        self._check_breaches([partition], expected)

    def _check_breaches(self, partitions: Sequence[Partition], expected: Expected) -> None:
        told = self.world.checks.breaches(partitions)
        _none_of([f"{promise} is told to be breached: {promise in told}" for promise in sorted(told ^ expected.breaches)])

    def _expected(self, partitions: Sequence[Partition], now_ms: EpochMs, contacts: Sequence[Record] | None = None) -> Expected:
        world = self.world
        return folded(world.settings, world.board_settings, world.checks.accepted(partitions), now_ms, contacts)

    def check_counters(self) -> None:
        """When the last minute is settled: counters and their corrections make the totals. Corrections do not tell sums of durations."""
        world = self.world
        if self.plan.event_clock:
            return  # without another event it stands still
        self._pass_dues_within(2 * MINUTE_MS)
        world.now_ms = EpochMs(world.now_ms + 2 * MINUTE_MS)
        self._settle(100)
        for board in world.boards:
            snapshot = board.snapshot(world.now_ms)
            counted: Sums = {}
            total: Sums = {}
            for sums in snapshot.settled.values():
                add_sums(counted, sums)
            for cell, sums in snapshot.totals.items():
                if not cell.about:  # of one agent, article or program no counter tells
                    add_sums(total, sums)
            add_sums(counted, {field: added - removed for field, (added, removed) in snapshot.corrections.items()})
            fields = {field for field in {*counted, *total} if not field >> SHIFT and field - 1 not in DURATIONS and field not in NO_COUNTS}
            wrong = {
                field: (counted.get(field, 0), total.get(field, 0)) for field in fields if counted.get(field, 0) != total.get(field, 0)
            }
            assert not wrong, f"field: (settled and corrected, total) {wrong}"

    def _pass_dues_within(self, length_ms: int) -> None:
        """Let the clocks go on until no instant is due for so long."""
        while (due_ms := self.world.next_due_ms()) is not None and due_ms <= self.world.now_ms + length_ms:
            self.world.now_ms = EpochMs(max(self.world.now_ms, due_ms) + SECOND_MS)
            self._settle(100)


def _none_of(complaints: list[str]) -> None:
    assert not complaints, f"{len(complaints)} are wrong:\n" + "\n".join(complaints[:12])
