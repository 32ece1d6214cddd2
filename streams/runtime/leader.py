"""Which of several boards exports the business figures: one at a time, or sums over targets would be double (output.md, section 3).

On Kafka the boards share a consumer group on a topic with one partition, and the owner of it leads, by a lease: its membership has
been confirmed by the broker within less than the time after which the broker would give the partition to another. A process that
was stopped for longer wakes up with a lease that has run out, before it knows anything else.
"""

from __future__ import annotations

import asyncio
import fcntl
import logging
import os
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol

from aiokafka import ConsumerRebalanceListener
from aiokafka import TopicPartition as AiokafkaTopicPartition
from aiokafka.coordinator.assignors.abstract import AbstractPartitionAssignor
from aiokafka.coordinator.protocol import ConsumerProtocolMemberAssignment, ConsumerProtocolMemberMetadata
from aiokafka.errors import CommitFailedError, IllegalStateError, KafkaError

from schemas.values import EpochMs
from streams.errors import TopicLayoutError, Unreachable
from streams.runtime.clock import Clock, steady_s, wall_clock
from streams.runtime.transport.connection import Connection
from streams.runtime.trouble import Trouble

log = logging.getLogger("deskpulse.board")

SESSION_S = 6.0
CONFIRM_INTERVAL_S = 1.0
# What may pass between a look at the lease and the last byte of an answer, and what clocks differ in pace.
MARGIN_S = 2.0
EAGER_S = 0.05  # until the first confirmation
RETRY_S = 1.0
STOP_LIMIT_S = 3.0


class Leadership(Protocol):
    """Whether this process is the one. Two never are at the same time."""

    async def open(self) -> None:
        """Stand for it. Raises Unreachable, TopicLayoutError."""
        ...

    async def hold(self) -> None:
        """Keeps it, or keeps trying to get it; runs until it is cancelled, or until nothing more is to be done."""
        ...

    def leads(self) -> bool:
        """Now, at this very moment; True for no longer than some seconds from the last word of the log."""
        ...

    @property
    def since_ms(self) -> EpochMs | None:
        """Wall clock when it took over. None: it does not lead."""
        ...

    async def close(self) -> None:
        """Gives it up; another may take over at once."""
        ...


class LeaseLeadership:
    """`Leadership` by a consumer group."""

    def __init__(
        self,
        connection: Connection,
        topic: str,
        *,
        session_s: float = SESSION_S,
        margin_s: float = MARGIN_S,
        clock: Clock = wall_clock,
        steady: Callable[[], float] = steady_s,
    ) -> None:
        """topic   has one partition; also the name of the group"""
        assert session_s > margin_s + CONFIRM_INTERVAL_S, f"a session of {session_s:g} s leaves no time to lead"
        self._connection = connection
        self._topic = topic
        self._session_s = session_s
        self._margin_s = margin_s
        self._clock = clock
        self._steady = steady
        self._place = AiokafkaTopicPartition(topic, 0)
        self._consumer: Any = None
        self._news = asyncio.Event()
        self._term = 0
        self.incumbent = False
        self._since_ms: EpochMs | None = None
        self._confirmed_s: float | None = None

    async def open(self) -> None:
        if not (await self._connection.partitions()).get(self._topic):
            raise TopicLayoutError(f"topics are missing: {self._topic}: create them with `deskpulse topics create`")
        self._consumer = self._connection.consumer(
            group_id=self._topic,
            partition_assignment_strategy=[Incumbent(self)],
            auto_offset_reset="latest",
            session_timeout_ms=int(self._session_s * 1000),
            heartbeat_interval_ms=int(CONFIRM_INTERVAL_S * 1000),
            # Who does not come back to a rebalance is left out after that: its lease is long over then.
            rebalance_timeout_ms=int(2 * self._session_s * 1000),
        )
        self._consumer.subscribe([self._topic], listener=Listener(self))
        try:
            await self._consumer.start()
        except (KafkaError, OSError) as error:
            await self._consumer.stop()
            raise self._connection.understood(error) from error

    def leads(self) -> bool:
        return self._confirmed_s is not None and self._steady() - self._confirmed_s < self._session_s - self._margin_s

    @property
    def since_ms(self) -> EpochMs | None:
        return self._since_ms if self.leads() else None

    async def close(self) -> None:
        self.lost()
        if self._consumer is not None:
            stopping = asyncio.ensure_future(self._consumer.stop())
            await asyncio.wait({stopping}, timeout=STOP_LIMIT_S)
            stopping.cancel()

    def lost(self) -> None:
        """Not ours, or not known to be. Where the group only counts anew, it may stay with who had it until now."""
        self.incumbent = self.leads()
        if self._confirmed_s is not None:
            log.info("this board does not lead")
        self._term += 1
        self._since_ms = self._confirmed_s = None

    def won(self) -> None:
        """Ours by the word of the group; we lead from the first confirmation on."""
        self._term += 1
        self._since_ms, self._confirmed_s = self._clock(), None
        self._news.set()

    async def hold(self) -> None:
        """A commit with our generation is taken only from a member, and its time runs anew from when the broker got it.

        So the lease counts from before the commit was sent, and only if the partition was ours all the while.
        """
        trouble, anew = Trouble(log, "who leads is not known"), False
        while True:
            self._news.clear()
            try:
                if anew:
                    await self.close()
                    await self.open()
                    anew = False
                await self._consumer.getmany(timeout_ms=0)  # shows that we are alive, and raises what went wrong behind our back
                if self._since_ms is not None:
                    term, sent_s = self._term, self._steady()
                    await self._consumer.commit({self._place: 0})
                    if term == self._term:
                        self._confirmed(sent_s)
                trouble.over()
            except (CommitFailedError, IllegalStateError):
                self.lost()
            except (KafkaError, Unreachable) as error:
                trouble.tell(self._connection.understood(error) if isinstance(error, KafkaError) else error)
                await asyncio.sleep(RETRY_S)
                # Where the client's own part in the group has ended, by a fault of its own, it never comes back.
                anew = anew or self._consumer._coordinator._coordination_task.done()
            if self._since_ms is None or self.leads():
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._news.wait(), CONFIRM_INTERVAL_S)
            else:
                await asyncio.sleep(EAGER_S)

    def _confirmed(self, sent_s: float) -> None:
        if self._confirmed_s is None:
            log.info("this board leads")
        self._confirmed_s = sent_s


class Incumbent(AbstractPartitionAssignor):  # type: ignore[misc]
    """Gives the partition to the board that led until now, so that one more or less moves nothing; else to any."""

    name = "deskpulse-incumbent"

    def __init__(self, leadership: LeaseLeadership) -> None:
        self._leadership = leadership

    def metadata(self, topics: Iterable[str]) -> Any:
        return ConsumerProtocolMemberMetadata(0, list(topics), b"1" if self._leadership.incumbent else b"")

    def assign(self, cluster: Any, members: Mapping[str, Any]) -> dict[str, Any]:
        chosen = min(members, key=lambda member: (not members[member].user_data, member))
        return {
            member: ConsumerProtocolMemberAssignment(0, [(topic, [0]) for topic in metadata.subscription if member == chosen], b"")
            for member, metadata in members.items()
        }

    def on_assignment(self, assignment: Any) -> None: ...


class Listener(ConsumerRebalanceListener):  # type: ignore[misc]
    """What the group tells a `LeaseLeadership`. It is told before the group goes on without us."""

    def __init__(self, leadership: LeaseLeadership) -> None:
        self._leadership = leadership

    async def on_partitions_revoked(self, revoked: Any) -> None:
        self._leadership.lost()

    async def on_partitions_assigned(self, assigned: Any) -> None:
        if any(tp.partition == 0 for tp in assigned):
            self._leadership.won()


class LockLeadership:
    """`Leadership` on an embedded log: who holds a lock on a file leads, until it ends, however that comes."""

    def __init__(self, directory: Path, app: str, *, clock: Clock = wall_clock) -> None:
        self._path = directory / f"{app}-leader.lock"
        self._clock = clock
        self._file: int | None = None
        self._since_ms: EpochMs | None = None

    async def open(self) -> None:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except OSError as error:
            raise Unreachable(f"{self._path}: {os.strerror(error.errno or 0)}: choose another directory for `log`") from None
        self._try()

    async def hold(self) -> None:
        while self._since_ms is None:
            await asyncio.sleep(RETRY_S)
            self._try()

    def leads(self) -> bool:
        return self._since_ms is not None

    @property
    def since_ms(self) -> EpochMs | None:
        return self._since_ms

    async def close(self) -> None:
        if self._file is not None:
            os.close(self._file)
        self._file = self._since_ms = None

    def _try(self) -> None:
        assert self._file is not None, "open() comes first"
        with suppress(BlockingIOError):
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._since_ms = self._clock()
            log.info("this board leads")
