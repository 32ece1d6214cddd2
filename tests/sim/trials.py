"""Which seeds are tried, and what is done with each."""

from __future__ import annotations

import os
from collections.abc import Mapping
from random import Random
from typing import Final

from streams.testing.simulation import Simulation, told
from tests.sim.centre import centre

SOURCES: Final = (told, told, centre)
SEEDS: Final = 150
LONGEST_SEED: Final = 12
"""Digits. A longer word of digits is the hash of a commit, which is no seed but what seeds are drawn from."""


def asked_for(environment: Mapping[str, str] = os.environ) -> int | None:
    """The one seed to be repeated: SEED=4711. None: there are to be many."""
    word = environment.get("SEED", "")
    return int(word) if word.isdecimal() and len(word) <= LONGEST_SEED and "SEEDS" not in environment else None


def seeds(environment: Mapping[str, str] = os.environ) -> list[int]:
    """SEED alone, or SEEDS of them, drawn from SEED: the hash of a commit, so that each commit tries new ones."""
    one = asked_for(environment)
    if one is not None:
        return [one]
    rng = Random(environment.get("SEED", "deskpulse"))
    return [rng.randrange(10**9) for _ in range(int(environment.get("SEEDS", SEEDS)))]


def tried(seed: int) -> Simulation:
    """A whole run. Whatever goes wrong in it says how to see it again."""
    trial = Simulation(seed, SOURCES)
    try:
        while trial.events_left():
            trial.step()
        trial.heal()
        trial.run_until_idle(steps_max=10_000)
        trial.check_figures()
        trial.check_counters()
    except BaseException as error:
        error.add_note(f"`make sim SEED={seed}` repeats it. {trial}")
        raise
    return trial
