"""`Erasable` over one SQLite file: records lose all but their place, and the file is written anew without what it held."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from streams.core.naming import Names
from streams.runtime.layout import DEAD_LETTERS
from streams.runtime.transport.database import WorkerLock, clear_errors
from streams.runtime.transport.embedded_log import Place
from streams.runtime.transport.log import NewRecord, TopicPartition
from streams.runtime.transport.store import Stored


class EmbeddedErasing:
    """`Erasable`. A worker has to run on the log until `erase`, and must not any more then."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._store = place.store()

    @property
    def partitions(self) -> int:
        return self._place.partitions

    async def ends(self) -> Mapping[TopicPartition, int]:
        with clear_errors(self._place.directory):
            return {tp: self._store.span(tp)[1] for tp in self._read()}

    async def positions(self) -> Mapping[TopicPartition, int]:
        with clear_errors(self._place.directory):
            return {tp: self._store.position(tp) for tp in self._read()}

    async def request(self, values: Sequence[bytes]) -> None:
        contacts = self._place.layout.contacts
        records = [NewRecord(None, value) for value in values]
        with clear_errors(self._place.directory):
            self._store.append({TopicPartition(contacts, part): records for part in range(self.partitions)})

    async def erase(self, names: Names, before: Mapping[TopicPartition, int]) -> Mapping[str, int]:
        layout = self._place.layout
        lock = WorkerLock(self._place.directory)
        try:
            with clear_errors(self._place.directory):
                erased = {
                    topic: sum(self._erase(TopicPartition(topic, part), names, before) for part in range(self._store.counts[topic]))
                    for topic in (*layout.read, *layout.outputs)
                }
                self._store.compact()
        finally:
            lock.release()
        return {topic: count for topic, count in erased.items() if count}

    def _erase(self, tp: TopicPartition, names: Names, before: Mapping[TopicPartition, int]) -> int:
        end = before.get(tp, 0) if tp.topic in self._place.layout.read else self._store.span(tp)[1]
        loosely = tp.topic == DEAD_LETTERS

        def erased(record: Stored) -> Stored | None:
            if record.offset >= end or not names.stand_in(record.key, record.value, record.headers, loosely=loosely):
                return None
            return Stored(record.offset, None, None, record.timestamp)

        return self._store.rewrite(tp, erased)

    def close(self) -> None:
        self._store.close()

    def _read(self) -> list[TopicPartition]:
        return [TopicPartition(topic, part) for topic in self._place.layout.read for part in range(self._store.counts[topic])]
