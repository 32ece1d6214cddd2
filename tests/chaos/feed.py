"""Records onto a Kafka by a transactional producer, which aborts some of what it sends and sends again what may have failed."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from types import TracebackType
from typing import Any, Final

from aiokafka.errors import KafkaError

from streams.config.parts import Kafka, KafkaLog
from streams.runtime.transport.connection import Connection, expect_lost_futures
from tests.feed import Tallies, slices
from tests.traffic import Sent

DECOYS_AT_ONCE: Final = 20
TRIES: Final = 60
PAUSE_S: Final = 1.0
ANSWER_S: Final = 20.0
STOP_S: Final = 2.0


class TransactionalFeed(Tallies):
    """Sends `records` at a steady rate on a thread of its own, each slice in a transaction; `decoys` in others that it aborts.

    A slice whose commit had no answer is sent again: it may be in the log twice. aborted, resent: records of transactions that were.
    """

    def __init__(self, bootstrap: str, records: Sequence[Sent], decoys: Sequence[Sent], records_per_second: float) -> None:
        super().__init__()
        self.failure: BaseException | None = None
        self.aborted = self.resent = 0
        self._connection = Connection(KafkaLog(brokers=tuple(bootstrap.split(","))), Kafka())
        self._records = records
        self._decoys = list(decoys)
        self._rate = records_per_second
        self._stopped = threading.Event()
        self._producer: Any = None
        self._thread = threading.Thread(target=self._run, name="feed", daemon=True)

    @property
    def done(self) -> bool:
        """All of it is in the log."""
        if self.failure is not None:
            raise self.failure
        return not self._thread.is_alive()

    def __enter__(self) -> TransactionalFeed:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        self._stopped.set()
        self._thread.join(None if error is None else 1.0)

    def _run(self) -> None:
        try:
            asyncio.run(self._feed())
        except BaseException as failure:
            self.failure = failure
            raise

    async def _feed(self) -> None:
        expect_lost_futures()
        try:
            for some in slices(self._records, max(1, int(self._rate / 5))):
                await asyncio.sleep(len(some) / self._rate)
                if self._stopped.is_set():
                    return
                if self._decoys:
                    decoys, self._decoys = self._decoys[:DECOYS_AT_ONCE], self._decoys[DECOYS_AT_ONCE:]
                    await self._insist(decoys, commit=False)
                    self.aborted += len(decoys)
                self.sending(some)
                await self._insist(some, commit=True)
                self.sent()
        finally:
            await self._close()

    async def _insist(self, some: Sequence[Sent], *, commit: bool) -> None:
        for attempt in range(TRIES):
            try:
                async with asyncio.timeout(ANSWER_S):
                    await self._send(some, commit=commit)
                return
            except (KafkaError, TimeoutError):
                await self._close()
                if attempt == TRIES - 1 or self._stopped.is_set():
                    raise
                await asyncio.sleep(PAUSE_S)
                self.resent += len(some)

    async def _send(self, some: Sequence[Sent], *, commit: bool) -> None:
        if self._producer is None:
            self._producer = self._connection.producer(
                transactional_id="chaos-feed", transaction_timeout_ms=20_000, request_timeout_ms=10_000
            )
            await self._producer.start()  # ends what was under way before
        producer = self._producer
        await producer.begin_transaction()
        await asyncio.gather(*[await producer.send(topic, value, key=key) for topic, key, value, _ in some])
        await (producer.commit_transaction() if commit else producer.abort_transaction())

    async def _close(self) -> None:
        producer, self._producer = self._producer, None
        if producer is not None:
            stopping = asyncio.ensure_future(producer.stop())
            await asyncio.wait({stopping}, timeout=STOP_S)  # it may hang after a broker is gone
            stopping.cancel()
