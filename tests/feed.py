"""Records onto a Kafka at a steady rate, with a journal of what was in the log at which instant."""

from __future__ import annotations

import threading
import time
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from types import TracebackType
from typing import NamedTuple

from kafka import KafkaProducer

from tests.traffic import Sent


class Tally(NamedTuple):
    """At `at_s`: visits, which are distinct call.queued, and tickets that any event tells of. Rows count both one by one."""

    at_s: float
    visits: int
    tickets: int


class Tallies:
    """The journal of one sender: `sending` before some records can be in the log, `sent` when they are for sure."""

    def __init__(self) -> None:
        self._surely = [Tally(0.0, 0, 0)]
        self._possibly = [Tally(0.0, 0, 0)]
        self._known: set[object] = set()

    def surely(self, at_s: float) -> Tally:
        """What was in the log at that instant, at least."""
        return self._surely[bisect_left(self._surely, (at_s,)) - 1]

    def possibly(self, at_s: float) -> Tally:
        """What was in the log at that instant, at most."""
        return self._possibly[bisect_left(self._possibly, (at_s,)) - 1]

    def sending(self, records: Iterable[Sent]) -> None:
        _, visits, tickets = self._possibly[-1]
        for topic, key, value, reason in records:
            if value is None or reason is not None or b"call.dreamt" in value:
                continue
            if topic == "tickets" and key not in self._known:
                self._known.add(key)
                tickets += 1
            elif b'"call.queued"' in value and (key, value) not in self._known:
                self._known.add((key, value))
                visits += 1
        self._possibly.append(Tally(time.time(), visits, tickets))

    def sent(self) -> None:
        self._surely.append(self._possibly[-1]._replace(at_s=time.time()))


class Feed(Tallies):
    """Sends records at a steady rate on a thread of its own, over outages too. Its journal is in seconds of the wall clock."""

    def __init__(self, bootstrap: str, records: Sequence[Sent], records_per_second: float) -> None:
        super().__init__()
        self.failure: BaseException | None = None
        self._records = records
        self._rate = records_per_second
        self._stopped = threading.Event()
        self._producer = KafkaProducer(
            bootstrap_servers=bootstrap, acks="all", enable_idempotence=True, linger_ms=5, reconnect_backoff_max_ms=500,
            request_timeout_ms=10_000,
        )  # fmt: skip
        self._thread = threading.Thread(target=self._run, name="feed", daemon=True)

    @property
    def done(self) -> bool:
        """All of it is in the log."""
        return not self._thread.is_alive()

    def __enter__(self) -> Feed:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        self._stopped.set()
        self._thread.join(None if error is None else 1.0)  # what has failed may have left it without a broker
        self._producer.close(timeout=1)
        if error is None and self.failure is not None:
            raise self.failure

    def _run(self) -> None:
        try:
            for some in slices(self._records, max(1, int(self._rate / 20))):
                if self._stopped.wait(len(some) / self._rate):
                    return
                self.sending(some)
                waiting = [self._producer.send(topic, key=key, value=value) for topic, key, value, _ in some]
                for future in waiting:
                    future.get(timeout=90)
                self.sent()
        except BaseException as failure:
            self.failure = failure
            raise


def slices(records: Sequence[Sent], length: int) -> Iterator[Sequence[Sent]]:
    return (records[first : first + length] for first in range(0, len(records), length))
