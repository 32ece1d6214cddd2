"""Of several boards one exports, and never two at the same time: also where one stood still and does not know it."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from functools import partial
from itertools import pairwise
from pathlib import Path

import pytest

from streams.config.parts import Kafka, KafkaLog
from streams.errors import TopicLayoutError, Unreachable
from streams.runtime.clock import steady_s
from streams.runtime.leader import LeaseLeadership, LockLeadership
from streams.runtime.transport.connection import Connection
from tests.kafka.server import KafkaServer, create_topic
from tests.program import Program
from tests.runtime.logs import create_topics, layout_for
from tests.tools import ROOT, free_port

SESSION_S, MARGIN_S = 3.0, 1.0


class Watched:
    """A board in a process of its own, with what it has said of itself."""

    def __init__(self, directory: Path, name: str, bootstrap: str, prefix: str) -> None:
        argv = [sys.executable, "-m", "tests.runtime.leading", bootstrap, prefix, str(SESSION_S), str(MARGIN_S)]
        self.program = Program(argv, directory / f"{name}.log", {"PYTHONPATH": str(ROOT)})

    def start(self) -> None:
        """Returns when it stands for it."""
        self.program.start(lambda: bool(self.looks()), timeout_s=30)

    def looks(self) -> list[tuple[float, bool]]:
        lines = [line.split() for line in self.program.output().splitlines()[:-1]]
        return [(float(line[0]), line[1] == "1") for line in lines if len(line) == 2 and line[1] in "01"]

    def exports(self) -> bool:
        """By its last word, which is not old."""
        looks = self.looks()
        return bool(looks) and looks[-1][1] and steady_s() - looks[-1][0] < 0.5

    def exported(self) -> list[float]:
        return [at_s for at_s, exports in self.looks() if exports]

    def wait(self, exports: bool, limit_s: float) -> None:
        self.program.wait(lambda: self.exports() == exports, limit_s)


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as opened:
        yield opened


def boards(stack: ExitStack, directory: Path, bootstrap: str, prefix: str, *names: str) -> list[Watched]:
    layout = layout_for(prefix)
    create_topics(bootstrap, layout)
    create_topic(bootstrap, layout.leader)
    watched = [Watched(directory, name, bootstrap, prefix) for name in names]
    for one in watched:
        stack.callback(one.program.kill)
    return watched


@pytest.mark.slow
def test_a_board_that_was_stopped_and_wakes_up_does_not_export(kafka: str, prefix: str, tmp_path: Path, stack: ExitStack):
    first, second = boards(stack, tmp_path, kafka, prefix, "first", "second")
    first.start()
    first.wait(True, 20)
    second.start()
    time.sleep(1.0)  # the group takes it in
    first.wait(True, 20)
    for zombie, other in ((first, second), (second, first)):
        assert zombie.exports()
        assert not other.exports()
        zombie.program.pause()
        paused_s = steady_s()
        other.wait(True, 20)
        time.sleep(0.5)
        zombie.program.resume()
        time.sleep(3.0)  # it learns what has become of it
        other.wait(True, 10)
        assert max(zombie.exported()) < paused_s + 0.05, "it exported with a lease that had run out"
        assert paused_s < max(other.exported())
    never_both(first, second)


@pytest.mark.slow
def test_whoever_leaves_hands_over_at_once_and_who_is_killed_after_its_session(kafka: str, prefix: str, tmp_path: Path, stack: ExitStack):
    first, second, third = boards(stack, tmp_path, kafka, prefix, "first", "second", "third")
    for board in (first, second, third):
        board.start()
    first.program.wait(partial(anyone, (first, second, third)), 20)
    for how, limit_s in (("stop", 2.5), ("kill", SESSION_S + 3.0)):
        leader, *others = sorted((b for b in (first, second, third) if b.program.running), key=lambda board: not board.exports())
        getattr(leader.program, how)()
        others[0].program.wait(partial(anyone, others), limit_s)
    never_both(first, second, third)


@pytest.mark.slow
def test_without_a_broker_nobody_exports(kafka_server: KafkaServer, prefix: str, tmp_path: Path, stack: ExitStack):
    first, second = boards(stack, tmp_path, kafka_server.bootstrap, prefix, "first", "second")
    first.start()
    second.start()
    first.program.wait(partial(anyone, (first, second)), 20)
    kafka_server.pause()
    cut_s = steady_s()
    time.sleep(SESSION_S + 1.0)
    assert max(first.exported() + second.exported()) < cut_s + SESSION_S - MARGIN_S + 0.05
    kafka_server.resume()
    first.program.wait(partial(anyone, (first, second)), 20)
    never_both(first, second)


def anyone(boards: Iterable[Watched]) -> bool:
    return any(board.exports() for board in boards)


def never_both(*watched: Watched) -> None:
    """Spans of exporting, each as long as nobody else exports in between, do not overlap. Looks are a few ms apart."""
    exported = sorted((at_s, number) for number, board in enumerate(watched) for at_s in board.exported())
    changes = [(before, after) for before, after in pairwise(exported) if before[1] != after[1]]
    assert exported
    # Two that export at the same time would take turns all the while.
    assert len(changes) <= 8, changes
    assert all(after[0] - before[0] > 0.1 for before, after in changes), changes


async def test_it_says_which_topic_is_missing(kafka: str, prefix: str):
    leadership = LeaseLeadership(Connection(KafkaLog(brokers=(kafka,)), Kafka()), f"{prefix}leader")
    with pytest.raises(TopicLayoutError, match=f"{prefix}leader.*topics create"):
        await leadership.open()
    await leadership.close()
    nobody = LeaseLeadership(Connection(KafkaLog(brokers=(f"127.0.0.1:{free_port()}",)), Kafka()), f"{prefix}leader")
    with pytest.raises(Unreachable):
        await nobody.open()
    assert not nobody.leads()
    await nobody.close()


async def test_a_client_that_has_left_the_group_by_a_fault_of_its_own_is_replaced(kafka: str, prefix: str):
    """It would raise the same for ever, and nobody lead where there is one board."""
    create_topic(kafka, f"{prefix}leader")
    leadership = LeaseLeadership(Connection(KafkaLog(brokers=(kafka,)), Kafka()), f"{prefix}leader")
    await leadership.open()
    holding = asyncio.create_task(leadership.hold())
    try:
        async with asyncio.timeout(40):
            while not leadership.leads():
                await asyncio.sleep(0.05)
            consumer = leadership._consumer

            async def fault(*_: object) -> None:
                raise TypeError("a fault of the client")

            consumer._coordinator.ensure_active_group = fault
            consumer._coordinator.request_rejoin()
            while leadership._consumer is consumer or not leadership.leads():
                await asyncio.sleep(0.05)
    finally:
        holding.cancel()
        await leadership.close()


async def test_on_an_embedded_log_the_first_leads_until_it_ends(tmp_path: Path):
    first, second = LockLeadership(tmp_path, "app"), LockLeadership(tmp_path, "app")
    await first.open()
    await second.open()
    assert (first.leads(), second.leads()) == (True, False)
    assert first.since_ms is not None
    assert second.since_ms is None
    other = LockLeadership(tmp_path, "other")
    await other.open()
    assert other.leads()
    await first.close()
    assert not first.leads()
    async with asyncio.timeout(3.0):
        await second.hold()
    assert second.leads()
    await second.close()
    await other.close()


async def test_the_lock_of_a_process_that_was_killed_is_free(tmp_path: Path):
    code = (
        "import asyncio, pathlib, sys\n"
        "from streams.runtime.leader import LockLeadership\n"
        "leadership = LockLeadership(pathlib.Path(sys.argv[1]), 'app')\n"
        "asyncio.run(leadership.open())\n"
        "print(leadership.leads(), flush=True)\n"
        "input()\n"
    )
    holder = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT, text=True
    )
    assert holder.stdout is not None
    assert await asyncio.to_thread(holder.stdout.readline) == "True\n"
    leadership = LockLeadership(tmp_path, "app")
    await leadership.open()
    assert not leadership.leads()
    holder.kill()
    holder.communicate()
    async with asyncio.timeout(3.0):
        await leadership.hold()
    assert leadership.leads()
    await leadership.close()
