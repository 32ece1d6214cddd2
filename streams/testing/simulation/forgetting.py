"""Somebody who has a customer forgotten, as `deskpulse forget` does it: step by step, each when all shards have done the former."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random

import msgspec

from schemas.contacts import ForgetRequest
from streams.runtime.forgetting import STEPS
from streams.testing.simulation.log import SimulatedLog, TopicPartition


class Forgetting:
    """One call of it. Who is killed in the midst of it leaves the shards half done; called again it begins anew, under another name."""

    def __init__(self, log: SimulatedLog, rng: Random, customer: str) -> None:
        self.customer = customer
        self._log = log
        self._steps = list(STEPS)
        self._alias = _alias(log, rng, customer)
        self._wanted: Mapping[TopicPartition, int] = dict(log.ends)

    def go_on(self, now_ms: int) -> bool:
        """Ask for the next step where the former is done; whether there is none left."""
        if any(self._log.positions[tp] < end for tp, end in self._wanted.items()):
            return False
        if not self._steps:
            return True
        request = ForgetRequest(self.customer, self._alias, self._steps.pop(0))  # type: ignore[arg-type]
        self._log.ask_all(msgspec.json.encode(request), now_ms)
        self._wanted = dict(self._log.ends)
        return False


def _alias(log: SimulatedLog, rng: Random, customer: str) -> str:
    """It lies where the id does."""
    while True:
        alias = f"forgotten-{rng.randrange(10**9)}"
        if log.partition_of(alias.encode()) == log.partition_of(customer.encode()):
            return alias
