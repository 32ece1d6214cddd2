"""A case: its log, the state of its fold, and what is known of it beside (architecture.md, section 3)."""

from __future__ import annotations

from hashlib import blake2b
from typing import Any

from schemas.values import NEVER_MS
from streams.core.cases.fold import Standing
from streams.core.clocks.policy import Policy
from streams.core.forgotten import HASH_BYTES
from streams.core.tellings import Told


class Case:
    """One case, decoded. What a fold knows of it stands in `state`; how it stood when it was last written, in `stood` and `due_ms`.

    `log`, `ids_start`, `ids` and `agent_id` are its events: streams/core/cases/event_log.py.
    """

    __slots__ = (
        "agent_id",
        "base",
        "changed",
        "count",
        "due_ms",
        "id_",
        "ids",
        "ids_start",
        "key",
        "last_ms",
        "last_place",
        "log",
        "origin_ms",
        "passed_ms",
        "policy",
        "sealed",
        "sealed_ms",
        "state",
        "stood",
        "told",
        "touched",
    )

    def __init__(self, id_: str, key: bytes, policy: Policy, origin_ms: int, state: Any) -> None:
        self.id_ = id_
        self.key = key  # of its row
        self.policy = policy  # in force when it opened
        self.origin_ms = origin_ms  # time of the first event in `log`
        self.count = 0  # of events in `log`
        self.last_ms = -1
        self.last_place = 0  # seq and rank of the last event
        self.passed_ms = 0  # the latest due instant that passed by the clock
        self.sealed_ms = 0  # an event before this is too late
        self.sealed = b""  # 8-byte hashes of the ids of the latest sealed events
        self.base = b""  # the state after them
        self.ids_start = ""  # what the ids of the events in `log` begin with
        self.ids = ""  # the rest of each, with ID_END before, between and after
        self.log = b""
        self.agent_id = ""  # the latest that is named in `log`, whoever has the case
        self.state = state
        self.told: Told | None = None  # to other topics; None: nothing
        self.stood: tuple[Standing, ...] = ()
        self.due_ms = NEVER_MS
        self.touched = False  # since the last settle
        self.changed = False  # since the last take


def id_hash(id_: str) -> bytes:
    """8 bytes that stand for an id that is no longer kept."""
    return blake2b(id_.encode(), digest_size=HASH_BYTES).digest()


def holds(hashes: bytes, hash_: bytes) -> bool:
    """Whether `hash_` is among those that stand back to back in `hashes`."""
    at = hashes.find(hash_)
    while at % HASH_BYTES and at >= 0:
        at = hashes.find(hash_, at + 1)
    return at >= 0
