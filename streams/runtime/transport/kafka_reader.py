"""Batches out of Kafka, each with the positions it lies between; and rows for boards."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from aiokafka import TopicPartition as AiokafkaTopicPartition
from aiokafka.consumer import fetcher as fetching
from aiokafka.errors import IllegalStateError, OffsetOutOfRangeError

from schemas.values import EpochMs, Partition
from streams.core.log import Batch
from streams.errors import TopicLayoutError
from streams.runtime.transport.connection import Connection
from streams.runtime.transport.log import End, LeftBehind, Rows, TopicPartition
from streams.runtime.transport.overtaken import Losses

TAIL_RECORDS = 1_000
FETCH_WAIT_MS = 250  # how old the word of the log about its end may be, where nothing new comes


LEAN = object()
"""In place of a consumer's deserializer of keys, which we have none of: it wants `LeanRecords`."""


class LeanRecords(fetching.PartitionRecords):  # type: ignore[misc]
    """Hands on the records as they were decoded: they have offset, timestamp, key, value and headers.

    The client copies each into an object of its own that knows its topic and partition too; that costs as much as reading an event.
    """

    def _consumer_record(self, tp: Any, record: Any) -> Any:
        return record if self._key_deserializer is LEAN else super()._consumer_record(tp, record)


def read_lean(consumer: Any) -> None:
    """From now on `consumer`, which was started, hands on `LeanRecords`."""
    consumer._fetcher._key_deserializer = LEAN


fetching.PartitionRecords = LeanRecords  # there is no setting for it; tests/runtime holds the client to what is used here


class KafkaReader:
    """`Reader` over a consumer that somebody else starts, subscribes and stops. Runs in the loop of that consumer."""

    def __init__(self, consumer: Any, losses: Losses) -> None:
        self._consumer = consumer
        self._losses = losses
        self._assignment: Any = None
        self._starts: dict[Any, int] = {}
        self._asked: dict[TopicPartition, Asked] = {}

    async def fetch(self, wanted: Collection[TopicPartition], timeout_s: float, records_max: int) -> Mapping[TopicPartition, list[Batch]]:
        fetcher = self._consumer._fetcher
        read_lean(self._consumer)
        with fetcher._subscriptions.fetch_context():
            fetched = await fetcher.fetched_records(wanted, timeout=timeout_s, max_records=records_max)
        # No await from the fetcher's return to here: the positions are those behind these records.
        assignment = self._current()
        found = {}
        for tp in wanted:
            self._look_for_hole(assignment, tp)
            records = fetched.get(tp, ())
            start, end = self._starts.get(tp), self._position(assignment, tp)
            if end is None or (not records and (start is None or start == end)):
                continue
            if start is not None and end < start:
                raise TopicLayoutError(
                    f"{tp.topic}-{tp.partition} ends at {end}, and was read up to {start} already: it was made anew, or has lost records, "
                    "and new ones would be passed over: choose a new `app` name, which reads it from its beginning"
                )
            # Where only markers of transactions were passed, there is a batch without records.
            found[tp] = [Batch(records, start if start is not None else records[0].offset, end)]
            self._starts[tp] = end
        return found

    def seek(self, tp: TopicPartition, offset: int) -> None:
        self._current()
        try:
            self._consumer.seek(AiokafkaTopicPartition(*tp), offset)
        except IllegalStateError:
            return  # revoked meanwhile; who gets it next seeks by itself
        self._starts[tp] = offset

    def position(self, tp: TopicPartition) -> int | None:
        """May be called from another thread."""
        return self._starts.get(tp)

    def end(self, tp: TopicPartition) -> End | None:
        """May be called from another thread."""
        subscription = self._consumer._subscription.subscription
        assignment = subscription.assignment if subscription is not None else None
        try:
            state = assignment.state_value(AiokafkaTopicPartition(*tp)) if assignment is not None else None
        except KeyError:
            return None
        answered_ms = state.timestamp if state is not None else None  # first: an end that is newer than it does no harm
        if state is None or answered_ms is None or state.lso is None:
            return None
        asked_ms = self._asked.setdefault(tp, Asked()).before(answered_ms)
        return None if asked_ms is None else End(state.lso, asked_ms)

    def _current(self) -> Any:
        """The assignment. What was sought in a former one is forgotten: the positions of the new one are others."""
        subscription = self._consumer._subscription.subscription
        assignment = subscription.assignment if subscription is not None else None
        if assignment is not self._assignment:
            self._assignment = assignment
            self._starts.clear()
        return assignment

    def _look_for_hole(self, assignment: Any, tp: TopicPartition) -> None:
        hole = assignment.state_value(tp).take_hole() if assignment is not None and tp in assignment.tps else None
        if hole is not None:
            self._losses.note(tp, hole)

    def _position(self, assignment: Any, tp: TopicPartition) -> int | None:
        if assignment is None or tp not in assignment.tps:
            return None
        state = assignment.state_value(tp)
        return int(state.position) if state.has_valid_position else None


class Asked:
    """When a partition was asked for its end at the earliest: when the answer before had come.

    The client notes when an answer is looked at. A process that stood still looks at one that has lain there, and knows nothing of what was
    written since it was given.
    """

    __slots__ = ("_answered_ms", "_before_ms")

    def __init__(self) -> None:
        self._answered_ms: EpochMs | None = None
        self._before_ms: EpochMs | None = None

    def before(self, answered_ms: int) -> EpochMs | None:
        """`answered_ms`: when the last answer was looked at. None: it is the first."""
        if answered_ms != self._answered_ms:
            self._before_ms, self._answered_ms = self._answered_ms, EpochMs(answered_ms)
        return self._before_ms


class Progress:
    """Up to when one partition of a tail is complete.

    What is asked after some instant is answered with an end behind everything written until then; when that end is passed, all of
    it was read. The high watermark is that end: the last stable offset may lie before a transaction that is committed already.
    """

    __slots__ = ("_answered_ms", "_end", "_until_ms", "complete_ms")

    def __init__(self) -> None:
        self.complete_ms = EpochMs(0)
        self._answered_ms = self._until_ms = EpochMs(0)
        self._end: int | None = None

    def look(self, answered_ms: int, end: int, position: int) -> None:
        """answered_ms  when the last answer came; `end` is what it said
        position     of the reader now
        """
        if self._end is None and answered_ms != self._answered_ms:
            self._end, self._until_ms = end, self._answered_ms  # it was asked after the answer before it had come
        self._answered_ms = EpochMs(answered_ms)
        if self._end is not None and position >= self._end:
            self.complete_ms, self._end = self._until_ms, None


class KafkaTail:
    """`Tail`."""

    def __init__(self, connection: Connection, topics: Sequence[str]) -> None:
        self._connection = connection
        self._topics = topics
        self._consumer: Any = None
        self._counts: dict[str, int] = {}
        self._tps: list[Any] = []
        self._missing: dict[Any, int] = {}
        self._progress: dict[TopicPartition, Progress] = {}

    async def open(self) -> None:
        counts = await self._connection.partitions()
        missing = [topic for topic in self._topics if topic not in counts]
        if missing:
            raise TopicLayoutError(f"topics are missing: {', '.join(missing)}: create them with `deskpulse topics create`")
        self._counts = {topic: counts[topic] for topic in self._topics}
        self._consumer = self._connection.consumer(
            group_id=None,
            auto_offset_reset="none",
            fetch_max_wait_ms=FETCH_WAIT_MS,
            max_partition_fetch_bytes=4 << 20,
        )
        with self._connection.errors():
            await self._consumer.start()
            read_lean(self._consumer)
            self._tps = [AiokafkaTopicPartition(topic, part) for topic in self._topics for part in range(counts[topic])]
            self._consumer.assign(self._tps)
            self._progress = {TopicPartition(*tp): Progress() for tp in self._tps}
            self._missing = await self._consumer.end_offsets(self._tps)
            await self._consumer.seek_to_beginning(*self._tps)
            await self._look()

    async def read(self, timeout_s: float) -> list[Rows]:
        if self._consumer._fetcher.error_future.done():
            raise LeftBehind("its client has stopped, by a fault of its own")
        with self._connection.errors():
            try:
                fetched = await self._consumer.getmany(timeout_ms=int(timeout_s * 1000), max_records=TAIL_RECORDS)
            except OffsetOutOfRangeError as error:
                raise LeftBehind(str(error)) from error
            self._note_progress()
            if self._missing:
                await self._look()
        return [Rows(tp.topic, tp.partition, [(record.key, record.value) for record in records]) for tp, records in fetched.items()]

    @property
    def restored(self) -> bool:
        return self._consumer is not None and not self._missing

    def partitions(self, topic: str) -> int:
        return self._counts[topic]

    @property
    def answered_ms(self) -> EpochMs:
        answered = [self._consumer.last_poll_timestamp(tp) or 0 for tp in self._tps] if self._consumer is not None else []
        return EpochMs(min(answered, default=0))

    def complete_ms(self, topic: str, partition: Partition) -> EpochMs:
        return self._progress[TopicPartition(topic, partition)].complete_ms

    async def close(self) -> None:
        if self._consumer is not None:
            await self._consumer.stop()

    def _note_progress(self) -> None:
        assignment = self._consumer._subscription.subscription.assignment
        for tp, progress in self._progress.items():
            state = assignment.state_value(tp)
            if state.timestamp is not None and state.has_valid_position:
                progress.look(state.timestamp, state.highwater, state.position)

    async def _look(self) -> None:
        """Strikes off the partitions whose captured end is reached."""
        self._missing = {tp: end for tp, end in self._missing.items() if await self._consumer.position(tp) < end}
