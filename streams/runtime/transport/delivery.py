"""How a batch travels through Faust: as one message, whose value is the batch. Shared by both transport drivers.

Faust is the frame (application, agents, assignment, lifecycle); what it does per event, its commits and its producer are left out.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol, cast

import faust
from faust.transport import base
from faust.types import TP, AppT, ConsumerMessage, Message

from streams.core.log import Batch
from streams.runtime.transport.log import End, TopicPartition

RECORDS_MAX = 2_000  # of a fetch over all partitions: some 20 ms of work, which nothing else of the process gets in between
NOTHING_WANTED_S = 0.02


class Cursor(Protocol):
    """What `Shards` asks of the Faust consumer of either driver."""

    async def seek_wait(self, partitions: Mapping[TP, int]) -> None:
        """The next batch of each begins there."""
        ...

    def stable_end(self, tp: TopicPartition) -> End | None:
        """`Reader.end`."""
        ...

    def read_position(self, tp: TopicPartition) -> int | None:
        """`Reader.position`."""
        ...

    def fault(self) -> BaseException | None:
        """Why nothing comes any more, of records or of the group, and never will. None: all is well, or it was stopped."""
        ...


class BatchSchema(faust.Schema[Any, Any]):
    """Hands the batch on as it is: decoding is the shard's."""

    def compile(self, app: AppT, **_: Any) -> Callable[..., Awaitable[Any]]:
        create_event = app.create_event

        async def decode(message: Message, *, propagate: bool = False) -> Any:
            return create_event(None, message.value, message.headers, message)

        return decode


class IdleProducer(base.Producer):
    """Nothing is sent through Faust: what a shard writes goes out by its log. Faust asks for one at its start all the same."""

    async def flush(self) -> None:
        pass

    async def create_topic(self, *_: Any, **__: Any) -> None:
        pass


def to_message(app: AppT, tp: TP, batch: Batch) -> ConsumerMessage:
    """The message that carries `batch`. Faust drops, without a word, messages of a generation that is not the app's."""
    return ConsumerMessage(
        tp.topic,
        tp.partition,
        batch.end - 1,
        0.0,
        0,
        None,
        None,
        cast(Any, batch),
        None,
        0,
        0,
        tp,
        generation_id=cast(Any, app).consumer_generation_id,
    )


class BatchConsumer(base.Consumer):
    """What both drivers do differently from Faust's consumers. Comes before them among the bases."""

    app: AppT

    def on_buffer_full(self, tp: TP) -> None:
        """The queue of the agent is full: nothing to do. Faust would stop fetching and sleep for a second; putting into the
        full queue waits by itself, exactly as long as it has to."""

    def on_buffer_drop(self, tp: TP) -> None:
        pass

    async def _wait_next_records(self, timeout: float) -> Any:
        """While every partition is being restored Faust would sleep for a whole second."""
        if self.flow_active and not self._get_active_partitions():
            await self.sleep(NOTHING_WANTED_S)
            return {}, set()
        return await super()._wait_next_records(timeout)

    def _to_message(self, tp: TP, record: Batch) -> ConsumerMessage:
        return to_message(self.app, tp, record)

    def highwater(self, tp: TP) -> int:
        """For Faust's own monitor, which nobody looks at: lag is in the heartbeats."""
        return 0

    def verify_event_path(self, now: float, tp: TP) -> None:
        """Looks for acknowledged events, and there are none."""

    async def perform_seek(self) -> None:
        """Faust has fetched while the flow was stopped, and goes back to the committed offsets; `Shards` seeks by itself."""

    async def commit(self, *_: Any, **__: Any) -> bool:
        """Positions are committed with the rows they belong to."""
        return False
