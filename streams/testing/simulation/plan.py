"""What a seed decides before the first step: the installation, the traffic, and which faults there are in this run, how often.

A run with few kinds of faults, each of them often, reaches what a run with a little of everything never does.
"""

from __future__ import annotations

from collections.abc import Collection
from random import Random
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from schemas.values import DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS, DurationMs
from streams.core.clocks.policy import Policy, QueuePolicy
from streams.testing.promises import PROMISES
from streams.testing.simulation.traffic import Disorder

ODDITIES: Final = ("swapped", "late", "repeated", "conflicting", "early", "poison")
CLOCK_FAULTS: Final = ("clock_forward", "clock_back")
POLICIES: Final = (
    Policy(),
    PROMISES,
    Policy(
        queues={"billing": QueuePolicy(threshold_ms=DurationMs(5 * SECOND_MS), short_abandon_ms=DurationMs(SECOND_MS))},
        visit_limit_ms=DurationMs(HOUR_MS),
        left_after_ms=DurationMs(DAY_MS),
        per_agent=True,
        wrap_up_limit_ms=DurationMs(MINUTE_MS),
    ),
)


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """reconfigured  workers start with one policy or another, so that cases of several are open
    promising     the policy, where it is one for all, promises much
    event_clock   time is the highest event time; nothing is sealed or forgotten
    lateness_ms   short: what describes a whole case comes first, as it cannot change what is sealed
    traffic       number of the source of events, for whoever has several
    rates         kind of fault -> per step of the run
    markers       share of records that are followed by a marker
    checkpoints   how many begin, for one that somebody fetches
    steps_max     with faults on
    """

    partitions: int
    workers: int
    boards: int
    zone: str
    reset_minutes: int
    event_clock: bool
    reconfigured: bool
    promising: bool
    keep_calls_ms: DurationMs
    lateness_ms: DurationMs
    traffic: int
    cases: int
    span_ms: DurationMs
    disorder: Disorder
    rates: dict[str, float]
    batch_max: int
    markers: float
    checkpoints: float
    steps_max: int

    @property
    def tzinfo(self) -> ZoneInfo:
        return ZoneInfo(self.zone)

    @property
    def seals_early(self) -> bool:
        return self.lateness_ms < DAY_MS

    @property
    def clocks_are_right(self) -> bool:
        """All machines agree on the time."""
        return not any(self.rates.get(kind) for kind in CLOCK_FAULTS)


def draw(rng: Random, sources: int, faults: Collection[str]) -> Plan:
    """`sources`: how many kinds of traffic there are."""
    lateness_ms = rng.choice((7 * DAY_MS, 7 * DAY_MS, 12 * HOUR_MS, HOUR_MS))
    disordered = {name: rng.choice((0.02, 0.1, 0.3)) for name in ODDITIES if rng.random() < 0.4}
    if lateness_ms < DAY_MS:  # two descriptions of one case
        disordered.pop("conflicting", None)
    quiet = rng.random() < 0.1
    rates = {kind: rng.choice((0.002, 0.01, 0.03)) for kind in faults if not quiet and rng.random() < 0.4}
    return Plan(
        partitions=rng.choice((1, 1, 2, 2, 3, 4, 8)),
        workers=rng.randint(1, 4),
        boards=rng.randint(1, 2),
        zone=rng.choice(("UTC", "Europe/Berlin", "America/New_York")),
        reset_minutes=rng.choice((0, 0, 240)),
        event_clock=rng.random() < 0.2,
        reconfigured=rng.random() < 0.3,
        promising=rng.random() < 0.5,
        keep_calls_ms=DurationMs(rng.choice((24 * HOUR_MS, HOUR_MS, 10 * MINUTE_MS))),
        lateness_ms=DurationMs(lateness_ms),
        traffic=rng.randrange(sources),
        cases=rng.choice((6, 20, 60, 120)),
        span_ms=DurationMs(rng.choice((MINUTE_MS, 30 * MINUTE_MS, 6 * HOUR_MS, 2 * DAY_MS, 12 * DAY_MS))),
        disorder=Disorder(**disordered, late_ms_max=rng.choice((10 * MINUTE_MS, 5 * HOUR_MS, 40 * HOUR_MS))),
        rates=rates,
        batch_max=rng.choice((2, 10, 100)),
        markers=rng.choice((0.0, 0.0, 0.2)),
        checkpoints=rng.choice((0.2, 1.0, 2.5)),
        steps_max=rng.choice((400, 1_000, 1_500)),
    )
