"""Records onto a Kafka by a transactional producer, which aborts some of what it sends and sends again what may have failed."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from contextlib import suppress
from types import TracebackType
from typing import Any, Final

from kafka import KafkaProducer
from kafka.errors import KafkaError

from tests.feed import Tallies, slices
from tests.traffic import Sent

DECOYS_AT_ONCE: Final = 20
TRIES: Final = 60
PAUSE_S: Final = 1.0


class TransactionalFeed(Tallies):
    """Sends `records` at a steady rate on a thread of its own, each slice in a transaction; `decoys` in others that it aborts.

    A slice whose commit had no answer is sent again: it may be in the log twice. aborted, resent: records of transactions that were.
    """

    def __init__(self, bootstrap: str, records: Sequence[Sent], decoys: Sequence[Sent], records_per_second: float) -> None:
        super().__init__()
        self.failure: BaseException | None = None
        self.aborted = self.resent = 0
        self._bootstrap = bootstrap
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
        self._close()

    def _run(self) -> None:
        try:
            for some in slices(self._records, max(1, int(self._rate / 5))):
                if self._stopped.wait(len(some) / self._rate):
                    return
                if self._decoys:
                    decoys, self._decoys = self._decoys[:DECOYS_AT_ONCE], self._decoys[DECOYS_AT_ONCE:]
                    self._insist(decoys, commit=False)
                    self.aborted += len(decoys)
                self.sending(some)
                self._insist(some, commit=True)
                self.sent()
        except BaseException as failure:
            self.failure = failure
            raise

    def _insist(self, some: Sequence[Sent], *, commit: bool) -> None:
        for attempt in range(TRIES):
            try:
                self._send(some, commit=commit)
                return
            except KafkaError:
                self._close()
                if attempt == TRIES - 1 or self._stopped.wait(PAUSE_S):
                    raise
                self.resent += len(some)

    def _send(self, some: Sequence[Sent], *, commit: bool) -> None:
        if self._producer is None:
            self._producer = KafkaProducer(
                bootstrap_servers=self._bootstrap, transactional_id="chaos-feed", acks="all", linger_ms=5, reconnect_backoff_max_ms=500,
                request_timeout_ms=10_000, max_block_ms=10_000, transaction_timeout_ms=20_000,
            )  # fmt: skip
            self._producer.init_transactions()  # ends what was under way before
        producer = self._producer
        producer.begin_transaction()
        waiting = [producer.send(topic, key=key, value=value) for topic, key, value, _ in some]
        for future in waiting:
            future.get(timeout=20)
        if commit:
            producer.commit_transaction()
        else:
            producer.abort_transaction()

    def _close(self) -> None:
        producer, self._producer = self._producer, None
        if producer is not None:
            with suppress(KafkaError, AssertionError):
                producer.close(timeout=1)
