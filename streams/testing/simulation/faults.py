"""Kinds of faults, each one move: what its name says happens to somebody in the world, where there is somebody to whom it can."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from schemas.values import HOUR_MS, MINUTE_MS, SECOND_MS
from streams.testing.simulation.any_event import CUSTOMERS
from streams.testing.simulation.worker import Worker
from streams.testing.simulation.world import World

JUMPS_MS: Final = (SECOND_MS, MINUTE_MS, 20 * MINUTE_MS, 3 * HOUR_MS)
# Far behind, a clock makes nothing but dead letters of what comes in.
SKEW_MS_LEAST, SKEW_MS_MOST = -20 * MINUTE_MS, 6 * HOUR_MS


def kill(world: World) -> None:
    """A worker dies, and what it had begun to write comes to nothing."""
    writing = world.writing() if world.rng.random() < 0.5 else None
    worker = world.someone() if writing is None else writing[0]
    if worker is not None:
        world.happened["kill inside a commit" if worker.writing() else "kill before a commit"] += 1
        _bury(world, worker)


def kill_after_commit(world: World) -> None:
    """A worker dies when its checkpoint is in the log, before it knows so."""
    chosen = world.writing()
    if chosen is not None:
        worker, partition = chosen
        world.happened["kill after a commit"] += worker.end_checkpoint(partition, world.now_ms)
        _bury(world, worker)


def _bury(world: World, worker: Worker) -> None:
    world.workers.remove(worker)
    world.mail.pop(worker.name, None)
    if world.rng.random() < 0.7:
        world.assign(keep=True)


def commit_lost(world: World) -> None:
    """A checkpoint fails: its transaction was aborted."""
    chosen = world.writing()
    if chosen is not None:
        worker, partition = chosen
        if worker.held[partition].epoch == world.log.epochs[partition]:
            world.log.abort(partition)
            world.happened["commit lost"] += 1
        worker.end_checkpoint(partition, world.now_ms)


def answer_lost(world: World) -> None:
    """A checkpoint is in the log, and its worker is told that it failed."""
    chosen = world.writing()
    if chosen is not None:
        world.happened["answer lost"] += 1
        chosen[0].end_checkpoint(chosen[1], world.now_ms, answered=False)


def rebalance(world: World) -> None:
    """Shards are given out anew: some move, some stay."""
    world.happened["rebalance"] += 1
    world.assign(keep=world.rng.random() < 0.3)


def zombie(world: World) -> None:
    """A worker hears nothing of the group for a while, and goes on."""
    hearing = [worker for worker in world.workers if worker.hears]
    if len(hearing) > 1:
        worker = world.rng.choice(hearing)
        worker.hears = False
        world.mail.pop(worker.name, None)
        world.assign(keep=True)
        world.happened["zombie"] += 1


def drop(world: World) -> None:
    """A batch on its way to a shard is lost."""
    worker = world.someone()
    if worker is not None and worker.on_their_way:
        worker.on_their_way.pop(world.rng.randrange(len(worker.on_their_way)))
        world.happened["batch dropped"] += 1


def repeat(world: World) -> None:
    """A batch comes twice."""
    worker = world.someone()
    if worker is not None and worker.on_their_way:
        worker.on_their_way.append(world.rng.choice(worker.on_their_way))
        world.happened["batch repeated"] += 1


def overtake(world: World) -> None:
    """A batch comes after others that were behind it."""
    worker = world.someone()
    if worker is not None and len(worker.on_their_way) > 1:
        worker.on_their_way.append(worker.on_their_way.pop(0))
        world.happened["batch overtaken"] += 1


def starve(world: World) -> None:
    """One topic is hardly read for a while."""
    world.pace[world.rng.choice(world.log.topics)] = world.rng.choice((0.0, 0.05, 1.0))
    world.happened["pace changed"] += 1


def clock_forward(world: World) -> None:
    """The clock of a worker is set ahead."""
    _set_clock(world, 1)


def clock_back(world: World) -> None:
    """The clock of a worker is set back."""
    _set_clock(world, -1)


def _set_clock(world: World, sign: int) -> None:
    worker = world.someone()
    if worker is not None:
        skew_ms = worker.skew_ms + sign * world.rng.randrange(world.rng.choice(JUMPS_MS))
        worker.skew_ms = max(SKEW_MS_LEAST, min(skew_ms, SKEW_MS_MOST))
        world.checks.skew_ms_lowest = min(world.checks.skew_ms_lowest, worker.skew_ms)
        world.happened["clock set ahead" if sign > 0 else "clock set back"] += 1


def board_restart(world: World) -> None:
    """A board begins anew."""
    world.rng.choice(world.boards).restart()
    world.happened["board restart"] += 1


def board_repeat(world: World) -> None:
    """A board reads rows twice."""
    board = world.rng.choice(world.boards)
    for partition in board.behind():
        board.read(partition, world.rng.choice((3, 1_000)), world.now_ms, twice=True)
        world.happened["rows read twice"] += 1


def disk_full(world: World) -> None:
    """There is no room for what is written, for a while."""
    world.log.full = True
    world.happened["disk full"] += 1


def forget(world: World) -> None:
    """Somebody has a customer forgotten; one who does is killed midway, or another begins with another one."""
    if world.forgetting is not None:
        if world.rng.random() < 0.7:
            return
        world.happened["forgetting killed"] += 1
    world.forget(world.rng.choice(CUSTOMERS))


def compact(world: World) -> None:
    """Old versions of rows go from the log."""
    world.log.compact(world.rng.randrange(world.plan.partitions))
    world.happened["compaction"] += 1


FAULTS: Final[dict[str, Callable[[World], None]]] = {
    fault.__name__: fault
    for fault in (
        kill, kill_after_commit, commit_lost, answer_lost, rebalance, zombie, drop, repeat, overtake, starve, clock_forward, clock_back,
        board_restart, board_repeat, compact, disk_full, forget,
    )
}  # fmt: skip
