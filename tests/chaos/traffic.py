"""Traffic of the invented centre on all topics, as bad as producers make it; needs no recorded logs.

traffic = Traffic(seed=4711)
traffic.records             # to be sent, in this order
traffic.decoys              # to be sent in transactions that are aborted
traffic.flood               # events as large as they may be
traffic.write(path)         # the events alone, each once, for `deskpulse report`
"""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Final

import msgspec

from schemas.values import DAY_MS, MINUTE_MS, EpochMs
from streams.core.intake import VALUE_BYTES_MAX
from streams.sources.simulator import INVENTED, simulate
from tests.chaos.poison import poison
from tests.traffic import END_MS, Sent, disordered, skipped_records

DAYS: Final = 3
SHARE: Final = 0.5
POISON_EACH: Final = 5
DECOYS: Final = 2_000
FLOOD: Final = 600
"""Some 40 MB, as fast as the broker takes them."""


class Traffic:
    """`events`: the good ones, each once, by time, the flood among them. `records`: what is sent, in that order, without the flood."""

    def __init__(self, seed: int, *, share: float = SHARE) -> None:
        """share  of the arrivals of the invented centre"""
        chance = random.Random(seed)
        centre = msgspec.structs.replace(INVENTED.scaled(share), carried_in=0)
        told = [
            Sent(made.topic, made.key.encode(), msgspec.json.encode(made.event))
            for made in simulate(centre, chance, EpochMs(END_MS - DAYS * DAY_MS), EpochMs(END_MS))
        ]
        self.flood = [_large(number) for number in range(FLOOD)]
        self.decoys = [_decoy(number) for number in range(DECOYS)]
        self.events = [*told, *self.flood]
        self.rejected = list(poison(END_MS - DAY_MS, POISON_EACH))
        self.records = disordered(told, [*self.rejected, *skipped_records()], chance)

    def leave_out_flood(self) -> None:
        """It is not sent."""
        flood = set(self.flood)
        self.events = [sent for sent in self.events if sent not in flood]

    def write(self, path: Path) -> Path:
        path.write_bytes(b"".join(sent.value + b"\n" for sent in self.events if sent.value is not None))
        return path


def _large(number: int) -> Sent:
    """The beginning of a call, with a note in it that nobody asked for."""
    key = f"flood-{number}"
    event = {"type": "call.started", "id": "1", "time": END_MS - 2 * DAY_MS + number, "call_id": key, "channel": "phone", "note": ""}
    event["note"] = "x" * (VALUE_BYTES_MAX - len(json.dumps(event)))
    value = json.dumps(event).encode()
    assert len(value) == VALUE_BYTES_MAX
    return Sent("calls", key.encode(), value)


def _decoy(number: int) -> Sent:
    """Nobody was ever told of it: its transaction was aborted."""
    key = f"decoy-{number}"
    event = {"type": "call.queued", "id": "1", "time": END_MS - MINUTE_MS * number, "call_id": key, "queue": "orders", "channel": "phone"}
    return Sent("calls", key.encode(), json.dumps(event).encode())
