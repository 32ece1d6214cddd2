"""A shard that only counts, for tests of what carries shards: per key how many records, and one output per key when it is complete."""

from __future__ import annotations

from collections.abc import Iterable

from schemas.values import EpochMs, Partition
from streams.core.log import Batch, Changes, Output, Restored
from streams.runtime.machine import Machine, MakeMachine

COMPLETE = 4
TOTAL = b"total"


class CountingShard:
    """Rows of the state: key -> count. Row of the panes: `total` -> all of them. An output when a key has come COMPLETE times."""

    def __init__(self, partition: Partition, restored: Restored, outputs: str | None) -> None:
        self.partition = partition
        self.positions = dict(restored.positions)
        self.counts = {key: int(value) for key, value in restored.state.items()}
        self.total = int(restored.panes.get(TOTAL, b"0"))
        self.now_ms = EpochMs(0)
        self.watermark_ms: EpochMs | None = None
        self.advanced: list[EpochMs] = []
        self._outputs_topic = outputs
        self._dirty: set[bytes] = set()
        self._outputs: list[Output] = []
        self._taken = dict(self.positions)
        assert self.total == sum(self.counts.values()), "state and panes are of different checkpoints"

    def apply(self, topic: str, batch: Batch, wall_ms: EpochMs) -> bool:
        position = self.positions[topic]
        if batch.start > position:
            return False
        for record in batch:
            if record.offset < position:
                continue
            key = record.key or b""
            count = self.counts[key] = self.counts.get(key, 0) + 1
            self.total += 1
            self._dirty.add(key)
            self.watermark_ms = max(self.watermark_ms or EpochMs(0), EpochMs(record.timestamp))
            if count == COMPLETE and self._outputs_topic:
                self._outputs.append(Output(self._outputs_topic, key, b"complete", [("partition", str(self.partition).encode())]))
        self.positions[topic] = max(position, batch.end)
        return True

    def read_until_ms(self, topics: Iterable[str]) -> EpochMs:
        return self.watermark_ms or EpochMs(0)

    def advance(self, now_ms: EpochMs) -> None:
        self.now_ms = max(self.now_ms, now_ms)

    def next_due_ms(self) -> EpochMs | None:
        return None

    def take(self) -> Changes | None:
        if self.positions == self._taken:
            return None
        state: list[tuple[bytes, bytes | None]] = [(key, str(self.counts[key]).encode()) for key in self._dirty]
        panes: list[tuple[bytes, bytes | None]] = [(TOTAL, str(self.total).encode())]
        changes = Changes(state, panes, self._outputs, dict(self.positions))
        self._dirty, self._outputs, self._taken = set(), [], dict(self.positions)
        return changes


def counting(outputs: str | None = None) -> MakeMachine:
    def make(partition: Partition, restored: Restored) -> Machine:
        return CountingShard(partition, restored, outputs)

    return make
