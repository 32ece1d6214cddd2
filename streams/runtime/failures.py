"""Shards that fail: how long each waits before it is read again from the log, and that it is told once."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterator
from itertools import chain, repeat

from schemas.values import Partition
from streams.errors import Fenced
from streams.runtime.trouble import Trouble

log = logging.getLogger("deskpulse.worker")

REOPEN_WAITS_S = (0.5, 1.0, 2.0, 5.0)
# A zombie that wakes up learns of its lost membership by a heartbeat (1 s); until then it must not fight the new owner.
FENCED_WAIT_S = 4.0


class Failures:
    """Of all partitions of a worker."""

    def __init__(self) -> None:
        self._troubles: dict[Partition, Trouble] = {}
        self._in_a_row: Counter[Partition] = Counter()

    def wait_s(self, partition: Partition, error: BaseException, *, anew: bool) -> float:
        """A shard has failed. anew: it has written a checkpoint since it was opened, so that this failure is no more of the last one."""
        trouble = self._troubles.setdefault(partition, Trouble(log, f"partition {partition} is read again from the log"))
        if anew:
            self._in_a_row.pop(partition, None)
            trouble.over()
        trouble.tell(error)
        wait_s = REOPEN_WAITS_S[min(self._in_a_row[partition], len(REOPEN_WAITS_S) - 1)]
        self._in_a_row[partition] += 1
        return FENCED_WAIT_S if isinstance(error, Fenced) else wait_s


def pauses_s(first_s: float) -> Iterator[float]:
    """Before each try to open a shard, without end."""
    return chain((first_s, *REOPEN_WAITS_S), repeat(REOPEN_WAITS_S[-1]))
