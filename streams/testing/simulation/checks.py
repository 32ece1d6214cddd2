"""What must be true after every step, whatever has happened."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from typing import Any, Final, NamedTuple

import msgspec

from schemas.events import ENTITY_FIELD, TYPES
from schemas.state import CASE_KINDS, POLICY_KIND
from schemas.values import NEVER_MS, EpochMs, Partition
from streams.core.cases.kinds import KINDS
from streams.core.clocks.policy import Policy
from streams.core.contacts import read_contact
from streams.core.intake import AHEAD_MS_MAX, Intake, Rejected, Skipped
from streams.core.log import Output
from streams.core.settings import ShardSettings
from streams.testing.breaches import Breaches, Promise
from streams.testing.simulation.log import Commit, Kept, SimulatedLog
from streams.testing.simulation.plan import POLICIES

TOPIC_OF: Final = {kind: topic for topic, kind in CASE_KINDS.items()}


class Place(NamedTuple):
    """Of a record in the log."""

    topic: str
    partition: Partition
    offset: int


class Checks:
    """Follows the log, and believes nothing that it is told.

    letters         place of a record -> why it lies among the dead letters
    skew_ms_lowest  how far behind any clock has been
    """

    def __init__(self, log: SimulatedLog, settings: ShardSettings) -> None:
        self.letters: dict[Place, str] = {}
        self.skew_ms_lowest = 0
        self._log = log
        self._settings = settings
        self._seen = 0
        self._owners: dict[Partition, tuple[int, str]] = {}
        self._last: dict[Partition, Commit] = {}
        self._current: dict[Partition, Policy] = {}
        self._policies: dict[tuple[Partition, int], Policy] = {}
        self._policy_of: dict[tuple[str, str], Policy] = {}
        self._contacts: set[tuple[str, str, int]] = set()
        self._breaches: dict[Partition, Breaches] = {}

    def opened(self, partition: Partition, epoch: int, owner: str, policy: Policy, now_ms: EpochMs) -> None:
        """`owner` has a shard now, whose clock stands at `now_ms`; what opens in it does so under `policy`."""
        self._current[partition] = policy
        before, _ = self._owners.get(partition, (0, ""))
        assert epoch > before, f"partition {partition} was opened with epoch {epoch} after {before}"
        self._owners[partition] = (epoch, owner)
        last = self._last.get(partition)
        assert now_ms == (last.now_ms if last else 0), f"the clock of partition {partition} was {last}, and is {now_ms} after a restore"

    def step(self) -> None:
        """Look at the checkpoints that are new in the log."""
        for commit in self._log.commits[self._seen :]:
            self._committed(commit)
        self._seen = len(self._log.commits)

    def _committed(self, commit: Commit) -> None:
        partition = commit.partition
        last = self._last.get(partition)
        assert (commit.epoch, commit.owner) == self._owners[partition], f"{commit} is not by the owner, {self._owners[partition]}"
        for topic, position in commit.positions.items():
            before = last.positions[topic] if last else 0
            assert before <= position <= self._log.ends[topic, partition], f"{topic}-{partition} went from {before} to {position}"
        assert last is None or commit.now_ms >= last.now_ms, f"the clock of partition {partition} fell from {last} to {commit}"
        for output in commit.changes.outputs:
            if output.topic == self._settings.contacts:
                self._told(output)
            elif output.topic == self._settings.sla_breaches:
                self._breaches.setdefault(partition, Breaches()).hear(output)
            else:
                self._lettered(output, commit, last)
        for key, value in commit.changes.state:
            if value is not None:
                self._written(partition, key, value)
        self._under_which_policy(commit, last)
        self._last[partition] = commit

    def _told(self, output: Output) -> None:
        """A revision of a contact is told once: to a customer, and where it was another's before, to that one."""
        told = read_contact(Kept(0, output.key, output.value, (), 0))
        assert isinstance(told, tuple), f"{output} is no contact: {told}"
        key, record = told
        name = (key, record.contact_id, record.rev)
        assert name not in self._contacts, f"{record} was told to {key} before"
        self._contacts.add(name)

    def _lettered(self, output: Output, commit: Commit, last: Commit | None) -> None:
        place, reason = self._place(output)
        assert place.partition == commit.partition, f"{place} in a checkpoint of partition {commit.partition}"
        before = last.positions[place.topic] if last else 0
        assert before <= place.offset < commit.positions[place.topic], f"{place} was not read between {last} and {commit}"
        assert place not in self.letters, f"{place} is twice among the dead letters: {self.letters[place]}, {reason}"
        record = self.record(place)
        assert (record.key, record.value) == (output.key, output.value), f"{place} is another record than its dead letter"
        self.letters[place] = reason

    def _written(self, partition: Partition, key: bytes, value: bytes) -> None:
        """A case keeps the policy under which it has opened."""
        kind = key[:1]
        if kind == POLICY_KIND:
            policy = _decode_policy(value)
            self._policies[partition, policy.revision] = policy
        elif kind in TOPIC_OF:
            topic, id_ = TOPIC_OF[kind], key[1:].decode()
            policies = {revision: policy for (of, revision), policy in self._policies.items() if of == partition}
            policy = KINDS[topic].rows.read(id_, key, value, policies).policy
            before = self._policy_of.setdefault((topic, id_), policy)
            assert before.same_rules(policy), f"{topic} {id_} has opened under {before}, and is now under {policy}"

    def _under_which_policy(self, commit: Commit, last: Commit | None) -> None:
        """Also a case that was forgotten before a row of it was written has had a policy: the one then in force."""
        current = self._current[commit.partition]
        for topic, logical in self._settings.topics.items():
            for record in self._log.unread(topic, commit.partition, last.positions[topic] if last else 0):
                if record.offset < commit.positions[topic]:
                    id_ = self._entity_id(logical, Place(topic, commit.partition, record.offset), record)
                    if id_ is not None:
                        self._policy_of.setdefault((logical, id_), current)

    def _entity_id(self, logical: str, place: Place, record: Kept) -> str | None:
        """Of the case that an event belongs to; None: it is a dead letter, or passed over."""
        if record.value is None or place in self.letters:
            return None
        fields = msgspec.json.decode(record.value)
        id_: str = fields[ENTITY_FIELD[logical]]
        return id_ if fields["type"] in TYPES[logical] else None

    def _place(self, output: Output) -> tuple[Place, str]:
        assert output.topic == self._settings.dead_letters
        headers = dict(output.headers)
        topic, partition, offset = (headers[f"error.{name}"].decode() for name in ("topic", "partition", "offset"))
        return Place(topic, int(partition), int(offset)), headers["error.reason"].decode()

    def record(self, place: Place) -> Kept:
        records = self._log.records[place.topic, place.partition]
        return records[bisect_left(records, place.offset, key=lambda record: record.offset)]

    def committed_ms(self, partition: Partition) -> EpochMs:
        """The clock of the last checkpoint."""
        last = self._last.get(partition)
        return EpochMs(last.now_ms if last else 0)

    def committed_positions(self, partition: Partition) -> dict[str, int]:
        last = self._last.get(partition)
        return last.positions if last else dict.fromkeys(self._log.topics, 0)

    def accepted(self, partitions: Iterable[Partition]) -> list[tuple[Policy, list[tuple[str, bytes]]]]:
        """Topic and value of what the last checkpoints have read and not rejected, in log order, by the policy of their cases."""
        found: list[tuple[Policy, list[tuple[str, bytes]]]] = [(policy, []) for policy in POLICIES]
        for partition in partitions:
            positions = self.committed_positions(partition)
            for topic, logical in self._settings.topics.items():
                for record in self._log.records[topic, partition]:
                    if record.offset >= positions[topic]:
                        break
                    id_ = self._entity_id(logical, Place(topic, partition, record.offset), record)
                    if id_ is not None and record.value is not None:
                        policy = self._policy_of[logical, id_]
                        next(some for known, some in found if self._of_site(known).same_rules(policy)).append((topic, record.value))
        return found

    def _of_site(self, policy: Policy) -> Policy:
        return msgspec.structs.replace(self._settings, policy=policy).policy_of_site()

    def breaches(self, partitions: Iterable[Partition]) -> set[Promise]:
        """Told, and not withdrawn."""
        return {promise for partition in partitions if partition in self._breaches for promise in self._breaches[partition].holding}

    def contacts(self, partition: Partition) -> list[Kept]:
        """What the last checkpoint has read of customers."""
        topic = self._settings.contacts
        position = self.committed_positions(partition)[topic]
        return [record for record in self._log.records[topic, partition] if record.offset < position]

    def letters_are_right(self) -> None:
        """Every record that is no event lies among the dead letters, once; and every event that does was too late, or came too early."""
        for topic, logical in self._settings.topics.items():
            for partition in range(self._log.partitions):
                self._check_letters(topic, logical, partition)

    def _check_letters(self, topic: str, logical: str, partition: Partition) -> None:
        intake = Intake(logical, self._settings.partitions, self._settings.currency)
        first_ms: dict[str, int] = {}
        for record in self._log.records[topic, partition]:
            place = Place(topic, partition, record.offset)
            reason = self.letters.get(place)
            event: Any = intake.read(record.key, record.value, record.headers, None)
            if isinstance(event, Rejected | Skipped):
                assert reason == (event.reason if isinstance(event, Rejected) else None), f"{place} is {event}, its letter says {reason}"
                continue
            entity_id = getattr(event, ENTITY_FIELD[logical])
            if reason == "future_time":
                early_ms = event.time - record.timestamp - self.skew_ms_lowest
                assert early_ms > AHEAD_MS_MAX, f"{place} was no more than {early_ms} ms ahead of a clock"
            elif reason == "too_late":
                known_ms = first_ms[entity_id] + min(self._settings.keep_ms.get(logical, NEVER_MS), self._settings.lateness_ms)
                now_ms = self.committed_ms(partition)
                assert self._settings.bounded, f"{place} is too late where nothing is forgotten"
                assert known_ms <= now_ms, f"{place} cannot be too late at {now_ms}: its case began at {first_ms[entity_id]}"
            else:
                assert reason is None, f"{place} is an event, and rejected: {reason}"
                first_ms[entity_id] = min(event.time, first_ms.get(entity_id, event.time))


_decode_policy = msgspec.msgpack.Decoder(Policy).decode
